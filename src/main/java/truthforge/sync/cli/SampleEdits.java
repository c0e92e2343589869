package truthforge.sync.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Somebody who edits contacts in the systems of the sandbox, each by that system's own means. */
public interface SampleEdits {

  /** The fields that can be edited, by their names in the model. */
  List<String> fields();

  /**
   * @param record the record's id in that system
   * @param field one of {@link #fields}
   * @param value JSON null clears the field
   * @throws Problem when the system refuses it
   */
  void edit(String system, String record, String field, JsonNode value);
}
