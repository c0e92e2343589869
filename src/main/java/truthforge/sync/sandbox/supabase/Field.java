package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A column, or a place inside a jsonb column, as a query names it.
 *
 * @param column its position; {@link #XMIN} for the system column
 * @param path keys and places inside a jsonb column; empty for the column itself
 * @param asText whether the last step was {@code ->>}
 */
record Field(String name, int column, List<String> path, boolean asText, SqlType type) {

  static final int XMIN = -1;

  static Field parse(String text, Relation relation) {
    List<String> steps = List.of(text.split("->>|->", -1));
    String column = steps.get(0).trim();
    int position = relation.position(column);
    if (position < 0) {
      if (column.equals("xmin")) {
        return new Field(column, XMIN, List.of(), false, SqlType.TEXT);
      }
      throw PgException.noColumn(relation.name(), column);
    }
    if (steps.size() == 1) {
      return new Field(column, position, List.of(), false, relation.columns().get(position).type());
    }
    boolean asText = text.lastIndexOf("->>") == text.lastIndexOf("->");
    List<String> path = new ArrayList<>(steps.subList(1, steps.size()));
    String last = path.get(path.size() - 1);
    return new Field(last, position, path, asText, asText ? SqlType.TEXT : SqlType.JSONB);
  }

  /** Null for NULL. */
  Object of(Row row) {
    if (column == XMIN) {
      return Long.toString(row.xmin());
    }
    Object value = row.at(column);
    if (path.isEmpty() || value == null) {
      return value;
    }
    JsonNode node = (JsonNode) value;
    for (String step : path) {
      if (node.isArray() && step.matches("-?\\d+")) {
        int at = Integer.parseInt(step);
        node = node.get(at < 0 ? node.size() + at : at);
      } else {
        node = node.isObject() ? node.get(step) : null;
      }
      if (node == null) {
        return null;
      }
    }
    if (!asText) {
      return node;
    }
    return node.isNull() ? null : node.isTextual() ? node.textValue() : PgJson.write(node);
  }

  boolean isColumn() {
    return path.isEmpty() && column != XMIN;
  }
}
