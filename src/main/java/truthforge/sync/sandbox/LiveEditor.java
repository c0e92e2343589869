package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How a person edits contacts in one system. Each change is refused with an exception or made. */
interface LiveEditor {

  /**
   * A record as that person sees it.
   *
   * @param id in that system
   * @param fields by the names of the model; empty ones are missing, null or ""
   * @param record as the system shows it
   */
  record Found(String id, ObjectNode fields, ObjectNode record) {

    String person() {
      return person(fields);
    }

    static String person(ObjectNode fields) {
      String name = text(fields, "canonical_name");
      if (name.isEmpty()) {
        name = (text(fields, "first_name") + " " + text(fields, "last_name")).strip();
      }
      return name.isEmpty() ? "somebody without a name" : name;
    }

    private static String text(ObjectNode fields, String field) {
      JsonNode value = fields.path(field);
      return value.isTextual() ? value.textValue() : "";
    }
  }

  /** Any record, live or deleted; null where there is none. */
  Found find(boolean deleted);

  /**
   * @param value JSON null clears the field
   * @return whether {@code updated_at} moved
   */
  boolean set(Found found, String field, JsonNode value);

  /**
   * Adds an item at the end of a list.
   *
   * @param list {@code emails} or {@code phones}
   * @return whether {@code updated_at} moved
   */
  boolean append(Found found, String list, String item);

  /**
   * @param deleted false restores
   * @return whether {@code updated_at} moved
   */
  boolean delete(Found found, boolean deleted);

  /**
   * @return the id in that system
   */
  String add(ObjectNode fields);

  /** A firm that people of this system can be given; null where there is none. */
  String organization(SampleFirms firms);
}
