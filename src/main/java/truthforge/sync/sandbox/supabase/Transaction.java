package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import truthforge.sync.sandbox.supabase.TableDefinition.Check;
import truthforge.sync.sandbox.supabase.TableDefinition.Column;

/** The changes of one request, made at once and undone as one. Guarded by the database's lock. */
final class Transaction {

  private final Database database;
  private final long id;
  private final long now;
  private final List<Change> changes = new ArrayList<>();

  Transaction(Database database, long id, long now) {
    this.database = database;
    this.id = id;
    this.now = now;
  }

  long id() {
    return id;
  }

  List<Change> changes() {
    return changes;
  }

  /**
   * The row that an insert proposes, its defaults filled in, its constraints checked.
   *
   * @param values by position; a column that is not among the keys gets its default
   */
  Row propose(Table table, Map<Integer, Object> values) {
    List<Column> columns = table.definition().columns();
    Object[] row = new Object[columns.size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = values.containsKey(i) ? values.get(i) : defaultOf(table, columns.get(i));
    }
    Row proposed = new Row(row, id);
    check(table, proposed);
    return proposed;
  }

  Object defaultOf(Table table, Column column) {
    return switch (column.byDefault()) {
      case NULL -> null;
      case RANDOM_UUID -> UUID.randomUUID().toString();
      case NOW ->
          column.type().kind() == SqlType.Kind.DATE
              ? SqlType.DATE.fromText(SqlType.TIMESTAMPTZ.text(now))
              : (Object) now;
      case SEQUENCE -> database.nextOf(table.definition().name() + "_" + column.name());
      case VALUE -> column.value();
    };
  }

  Row insert(Table table, Row proposed) {
    table.refuseDuplicates(proposed, null);
    table.put(proposed);
    changes.add(new Change(table, null, proposed));
    return proposed;
  }

  /**
   * @param set by position, only what changes
   */
  Row update(Table table, Row old, Map<Integer, Object> set) {
    TableDefinition definition = table.definition();
    Object[] values = Arrays.copyOf(old.values(), definition.columns().size());
    set.forEach((column, value) -> values[column] = value);
    int touched = definition.touched();
    if (touched >= 0) {
      long clock = database.clockMicros();
      values[touched] =
          old.at(touched) == null ? clock : Math.max(clock, (Long) old.at(touched) + 1);
    }
    int counted = definition.counted();
    if (counted >= 0 && old.at(counted) != null) {
      values[counted] = (Long) old.at(counted) + 1;
    }
    Row row = new Row(values, id);
    check(table, row);
    table.refuseDuplicates(row, old);
    table.replace(old, row);
    changes.add(new Change(table, old, row));
    return row;
  }

  void delete(Table table, Row row) {
    table.remove(row);
    changes.add(new Change(table, row, null));
  }

  void undo() {
    for (int i = changes.size() - 1; i >= 0; i--) {
      Change change = changes.get(i);
      if (change.old() == null) {
        change.table().remove(change.now());
      } else if (change.now() == null) {
        change.table().put(change.old());
      } else {
        change.table().replace(change.now(), change.old());
      }
    }
    changes.clear();
  }

  /** Reads the columns of a JSON object; refuses a column that the table lacks. */
  static Map<Integer, Object> read(Table table, JsonNode object) {
    refuseUnknown(table, object);
    Map<Integer, Object> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      int column = table.definition().position(entry.getKey());
      values.put(
          column, table.definition().columns().get(column).type().fromJson(entry.getValue()));
    }
    return values;
  }

  static void refuseUnknown(Table table, JsonNode object) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      if (table.definition().position(entry.getKey()) < 0) {
        throw PgException.sql(
            "42703",
            "column \""
                + entry.getKey()
                + "\" of relation \""
                + table.definition().name()
                + "\" does not exist");
      }
    }
  }

  private static void check(Table table, Row row) {
    TableDefinition definition = table.definition();
    List<Column> columns = definition.columns();
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).notNull() && row.at(i) == null) {
        throw PgException.sql(
            "23502",
            "null value in column \""
                + columns.get(i).name()
                + "\" of relation \""
                + definition.name()
                + "\" violates not-null constraint",
            failing(columns, row),
            null);
      }
    }
    Function<String, Object> values = column -> row.at(definition.position(column));
    for (Check check : definition.checks()) {
      if (!check.holds().test(values)) {
        throw PgException.sql(
            "23514",
            "new row for relation \""
                + definition.name()
                + "\" violates check constraint \""
                + check.name()
                + "\"",
            failing(columns, row),
            null);
      }
    }
  }

  /** PostgreSQL shows the whole row, each value cut at 64 bytes. */
  private static String failing(List<Column> columns, Row row) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String text = columns.get(i).type().text(row.at(i));
      texts.add(text.length() > 64 ? text.substring(0, 64) + "..." : text);
    }
    return "Failing row contains (" + String.join(", ", texts) + ").";
  }
}
