package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;

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

  /** Of what two long values have in common, so much is shown before they differ. */
  private static final int CONTEXT = 10;

  private static final Map<String, String> LABELS =
      Map.of("is_business", "business mark", "linkedin_url", "LinkedIn address");

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
                  + LABELS.getOrDefault(field, field.replace('_', ' '))
                  + " of "
                  + shown(person, 0)
                  + " from "
                  + value(before, sameBeginning())
                  + " to "
                  + value(after, sameBeginning());
          case ADD_EMAIL -> "gave " + shown(person, 0) + " the email " + value(after, 0);
          case ADD_PHONE -> "gave " + shown(person, 0) + " the phone number " + value(after, 0);
          case DELETE -> "deleted " + shown(person, 0);
          case RESTORE -> "restored " + shown(person, 0);
          case ADD_PERSON -> "added " + shown(person, 0);
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

  private static String value(JsonNode value, int left) {
    return value.isNull() ? "nothing" : "\"" + shown(text(value), left) + "\"";
  }

  private static String text(JsonNode value) {
    return value.isTextual() ? value.textValue() : value.toString();
  }

  /** How much to leave out, so that what differs in long values is shown. */
  private int sameBeginning() {
    String one = line(text(before));
    String other = line(text(after));
    int same = 0;
    while (same < Math.min(one.length(), other.length())
        && one.charAt(same) == other.charAt(same)) {
      same++;
    }
    int left = same - CONTEXT;
    boolean needed = Math.max(one.length(), other.length()) > MOST_SHOWN && left > CONTEXT;
    return !needed || Character.isLowSurrogate(one.charAt(left)) ? 0 : left;
  }

  /** On one line, without what moves a terminal's cursor or turns its writing. */
  private static String line(String text) {
    return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\s]+", " ").strip();
  }

  private static String shown(String text, int left) {
    String line = line(text).substring(left);
    int end = Math.min(line.codePointCount(0, line.length()), MOST_SHOWN);
    String cut = line.substring(0, line.offsetByCodePoints(0, end));
    return (left > 0 ? "…" : "") + cut + (cut.length() < line.length() ? "…" : "");
  }
}
