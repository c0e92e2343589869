package truthforge.sync.systems.jdbc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The JSON arrays that the statements of {@link JdbcDialect} take. */
public final class JdbcWrites {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JdbcWrites() {}

  /**
   * A change of one row.
   *
   * @param expected the revision as last read; null where the row had none
   * @param set the new values by column; JSON null clears
   */
  public record Change(String id, String expected, ObjectNode set) {}

  /**
   * What one statement carries.
   *
   * @param columns for {@link JdbcDialect#insert} or {@link JdbcDialect#update}
   * @param rows the parameter {@code :?rows}
   */
  public record Batch(Set<String> columns, String rows) {}

  /** One batch for each set of columns: a column that a row does not name gets its default. */
  public static List<Batch> inserts(ContactTable table, List<ObjectNode> rows) {
    Map<Set<String>, List<ObjectNode>> groups = new LinkedHashMap<>();
    rows.forEach(row -> groups.computeIfAbsent(columns(row), c -> new ArrayList<>()).add(row));
    return groups.values().stream().map(group -> insert(table, group)).toList();
  }

  /**
   * One batch of rows that all name the same columns.
   *
   * @param rows never empty
   */
  static Batch insert(ContactTable table, List<ObjectNode> rows) {
    ArrayNode array = NODES.arrayNode(rows.size());
    rows.forEach(row -> array.add(fitted(table, row)));
    return new Batch(new TreeSet<>(columns(rows.get(0))), array.toString());
  }

  static Set<String> columns(ObjectNode row) {
    Set<String> columns = new HashSet<>();
    row.fieldNames().forEachRemaining(columns::add);
    return columns;
  }

  /**
   * All changes in one batch.
   *
   * @throws IllegalArgumentException for two changes of one row: which of them would stay is
   *     nobody's choice
   */
  public static Batch update(ContactTable table, List<Change> changes) {
    Set<String> columns = new TreeSet<>();
    Set<String> ids = new HashSet<>();
    ArrayNode rows = NODES.arrayNode();
    for (Change change : changes) {
      if (!ids.add(change.id())) {
        throw new IllegalArgumentException("Two changes of one row in one batch.");
      }
      change.set().fieldNames().forEachRemaining(columns::add);
      rows.addObject()
          .put("id", change.id())
          .put("expected", change.expected())
          .set("set", fitted(table, change.set()));
    }
    return new Batch(columns, rows.toString());
  }

  /** The parameter of {@link JdbcDialect#delete}: rows with the revisions as last read. */
  public static String deletes(List<JdbcRow> rows) {
    ArrayNode array = NODES.arrayNode();
    rows.forEach(row -> array.addObject().put("id", row.id()).put("expected", row.revision()));
    return array.toString();
  }

  /** The parameter of the statements that look rows up. */
  public static String texts(Collection<String> texts) {
    ArrayNode array = NODES.arrayNode();
    texts.forEach(array::add);
    return array.toString();
  }

  private static ObjectNode fitted(ContactTable table, ObjectNode row) {
    ObjectNode fitted = NODES.objectNode();
    row.properties()
        .forEach(
            column ->
                fitted.set(
                    column.getKey(),
                    fitted(table.columns().get(column.getKey()), column.getValue())));
    return fitted;
  }

  private static JsonNode fitted(ColumnType type, JsonNode value) {
    if (value.isBoolean() && (type == ColumnType.INTEGER || type == ColumnType.NUMBER)) {
      return NODES.numberNode(value.booleanValue() ? 1 : 0);
    }
    if (value.isTextual() && (type == ColumnType.JSON || type == ColumnType.TEXT_ARRAY)) {
      return parsed(value);
    }
    if (value.isContainerNode() && type.isText()) {
      return NODES.textNode(value.toString());
    }
    return value;
  }

  /** A mapping may give JSON as text, which a column of JSON or of lists must not get as one. */
  private static JsonNode parsed(JsonNode text) {
    try {
      JsonNode json = JSON.readTree(text.textValue());
      return json.isContainerNode() ? json : text;
    } catch (JsonProcessingException e) {
      return text;
    }
  }
}
