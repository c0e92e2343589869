package truthforge.sync.systems.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import truthforge.sync.mapping.Limit;

/**
 * The data model of a workspace, as {@code GET /rest/metadata/objects} tells it page by page. In
 * 2.19 {@code data} is the list of objects; in older workspaces it holds the list under {@code
 * objects}.
 */
public final class PersonFields {

  /** Pages are of 60 objects unless asked for more, and users add objects of their own. */
  private static final int LARGEST_PAGE = 200;

  private PersonFields() {}

  /**
   * The path and query of a page.
   *
   * @param after the cursor of the page before; null for the first
   */
  public static String page(String after) {
    return "/rest/metadata/objects?" + query(after);
  }

  static String query(String after) {
    return "limit="
        + LARGEST_PAGE
        + (after == null ? "" : "&starting_after=" + Filters.encoded(after));
  }

  /** The object {@code person}, if it is on this page. */
  public static Optional<JsonNode> person(JsonNode page) {
    JsonNode data = page.path("data");
    for (JsonNode object : data.isArray() ? data : data.path("objects")) {
      if (object.path("nameSingular").asText().equals("person")) {
        return Optional.of(object);
      }
    }
    return Optional.empty();
  }

  /** The cursor of the next page; null where this is the last. */
  public static String next(JsonNode page) {
    JsonNode info = page.path("pageInfo");
    return info.path("hasNextPage").asBoolean() ? info.path("endCursor").textValue() : null;
  }

  /** What a field takes of the values that are mapped to it; null where it takes all. */
  static Limit limit(JsonNode field) {
    return switch (field.path("type").asText()) {
      case "SELECT" -> Limit.ofChoices(field.path("options").findValuesAsText("value"));
      case "DATE", "DATE_TIME" -> Limit.withoutEmptyText();
      default -> null;
    };
  }

  /**
   * Whether records have the field: one that is deactivated is refused like one that is not there.
   */
  public static boolean isThere(JsonNode field) {
    return field.path("isActive").asBoolean(true);
  }
}
