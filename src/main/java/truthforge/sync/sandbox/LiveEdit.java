package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/**
 * One edit that somebody made in one system.
 *
 * @param record the record's id in that system
 * @param person as people would call them; sample data
 * @param field of the model; {@code deleted_at} for a deletion and a restoration, null for a new
 *     person
 * @param before JSON null where it was empty, and for additions
 * @param after JSON null where the field was cleared; the item that was added to a list; all fields
 *     of a new person
 * @param touched whether {@code updated_at} moved too; false in BigQuery only, where nothing moves
 *     it by itself
 */
public record LiveEdit(
    SampleSystem system,
    Kind kind,
    String record,
    String person,
    String field,
    JsonNode before,
    JsonNode after,
    boolean touched) {

  private static final int MOST_SHOWN = 40;

  /** What people do. */
  public enum Kind {
    CHANGE_FIELD,
    ADD_EMAIL,
    ADD_PHONE,
    DELETE,
    RESTORE,
    ADD_PERSON
  }

  /** One plain sentence on what was done. */
  public String sentence() {
    String what =
        switch (kind) {
          case CHANGE_FIELD ->
              "changed the "
                  + field.replace('_', ' ')
                  + " of "
                  + shown(person)
                  + " from "
                  + value(before)
                  + " to "
                  + value(after);
          case ADD_EMAIL -> "gave " + shown(person) + " the email " + value(after);
          case ADD_PHONE -> "gave " + shown(person) + " the phone number " + value(after);
          case DELETE -> "deleted " + shown(person);
          case RESTORE -> "restored " + shown(person);
          case ADD_PERSON -> "added " + shown(person);
        };
    String name =
        switch (system) {
          case BIGQUERY -> "BigQuery";
          case LOCAL -> "the local database";
          default -> system.name().charAt(0) + system.name().substring(1).toLowerCase(Locale.ROOT);
        };
    return "In "
        + name
        + " somebody "
        + what
        + (touched ? "" : ", leaving updated_at as it was")
        + ".";
  }

  private static String value(JsonNode value) {
    if (value.isNull()) {
      return "nothing";
    }
    return "\"" + shown(value.isTextual() ? value.textValue() : value.toString()) + "\"";
  }

  /** On one line, short, and without what moves a terminal's cursor or turns its writing. */
  private static String shown(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\s]+", " ").strip();
    int end = Math.min(line.codePointCount(0, line.length()), MOST_SHOWN);
    String cut = line.substring(0, line.offsetByCodePoints(0, end));
    return cut.length() < line.length() ? cut + "…" : cut;
  }
}
