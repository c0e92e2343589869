package truthforge.sync.operate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * A person at work in one system, by that system's own means and in its own shapes. What is refused
 * throws.
 */
interface Desk {

  /**
   * Adds a record.
   *
   * @param fields by the names of the model
   * @return its id in that system
   */
  String add(Map<String, JsonNode> fields);

  /**
   * Changes one field of a record.
   *
   * @param value as the model has it; JSON null clears
   */
  void edit(String id, String field, JsonNode value);

  /** Gives the record another contact id; null takes it away. */
  void editContactId(String id, String contactId);

  /** Deletes softly. */
  void delete(String id);

  /** Takes a soft deletion back. */
  void restore(String id);

  /** Deletes for good. */
  void destroy(String id);

  /** All records, the deleted ones too, as the system's mapping reads them. */
  List<ObjectNode> records();

  /** The id of a record in that system. */
  String idOf(ObjectNode record);
}
