package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One {@code INSERT … ON CONFLICT} over many records.
 *
 * @param columns the names of the columns that are set
 * @param positions of the same columns
 * @param conflict the constraint on which a row counts as there already; null for a plain insert
 * @param merge whether such a row is updated, and not left alone
 * @param missingIsDefault whether a column that a record lacks gets its default, and not NULL
 */
record Upsert(
    Table table,
    List<String> columns,
    List<Integer> positions,
    Table.UniqueIndex conflict,
    boolean merge,
    boolean missingIsDefault) {

  /**
   * @param rows inserted and updated ones, in the order of the records
   */
  record Result(List<Row> rows, int inserted) {}

  Result apply(Transaction transaction, List<JsonNode> objects) {
    List<Row> rows = new ArrayList<>(objects.size());
    Set<Row> fresh = new HashSet<>();
    int inserted = 0;
    for (JsonNode object : objects) {
      Row proposed = transaction.propose(table, values(object));
      Row there = conflict == null ? null : conflict.find(proposed);
      if (there == null) {
        rows.add(transaction.insert(table, proposed));
        fresh.add(proposed);
        inserted++;
      } else if (merge) {
        if (fresh.contains(there)) {
          throw PgException.sql(
              "21000",
              "ON CONFLICT DO UPDATE command cannot affect row a second time",
              null,
              "Ensure that no rows proposed for insertion within the same command have duplicate"
                  + " constrained values.");
        }
        Map<Integer, Object> set = new LinkedHashMap<>();
        positions.forEach(column -> set.put(column, proposed.at(column)));
        Row updated = transaction.update(table, there, set);
        rows.add(updated);
        fresh.add(updated);
      }
    }
    return new Result(rows, inserted);
  }

  private Map<Integer, Object> values(JsonNode object) {
    Map<Integer, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      JsonNode value = object.get(columns.get(i));
      if (value == null && missingIsDefault) {
        continue;
      }
      int position = positions.get(i);
      values.put(position, table.definition().columns().get(position).type().fromJson(value));
    }
    return values;
  }
}
