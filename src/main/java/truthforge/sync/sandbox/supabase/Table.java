package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import truthforge.sync.sandbox.supabase.TableDefinition.Column;
import truthforge.sync.sandbox.supabase.TableDefinition.Unique;

/** The rows of a table and its indexes. Guarded by the database's lock. */
final class Table {

  /** Sorts before every value, in a probe of an ordered index. */
  private static final Object LEAST = new Object();

  private final TableDefinition definition;
  private final Map<Object, Row> heap = new LinkedHashMap<>();
  private final List<UniqueIndex> uniques = new ArrayList<>();
  private final List<OrderedIndex> ordered = new ArrayList<>();

  Table(TableDefinition definition) {
    this.definition = definition;
    uniques.add(new UniqueIndex(new Unique(definition.primaryKeyName(), List.of(0)), heap));
    for (Unique unique : definition.uniques()) {
      uniques.add(new UniqueIndex(unique, new HashMap<>()));
      if (unique.columns().size() == 1) {
        ordered.add(new OrderedIndex(List.of(unique.columns().get(0), 0)));
      }
    }
    ordered.add(new OrderedIndex(List.of(0)));
    int updated = definition.position("updated_at");
    if (updated > 0) {
      ordered.add(new OrderedIndex(List.of(updated, 0)));
    }
  }

  TableDefinition definition() {
    return definition;
  }

  Collection<Row> rows() {
    return heap.values();
  }

  /** Null where there is none. */
  Row byPrimaryKey(Object key) {
    return heap.get(key);
  }

  /** The index on exactly these columns, in any order; null where there is none. */
  UniqueIndex uniqueOn(Collection<Integer> columns) {
    for (UniqueIndex index : uniques) {
      if (index.unique.columns().size() == columns.size()
          && index.unique.columns().containsAll(columns)) {
        return index;
      }
    }
    return null;
  }

  /** The ordered index whose leading columns are these; null where there is none. */
  OrderedIndex orderedOn(List<Integer> columns) {
    for (OrderedIndex index : ordered) {
      if (index.columns.size() >= columns.size()
          && index.columns.subList(0, columns.size()).equals(columns)) {
        return index;
      }
    }
    return null;
  }

  /** Refuses what a unique constraint forbids; {@code replaced} may be null. */
  void refuseDuplicates(Row row, Row replaced) {
    for (UniqueIndex index : uniques) {
      Row other = index.find(row);
      if (other != null && other != replaced) {
        List<String> names = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (int column : index.unique.columns()) {
          Column declared = definition.columns().get(column);
          names.add(declared.name());
          values.add(declared.type().text(row.at(column)));
        }
        throw PgException.sql(
            "23505",
            "duplicate key value violates unique constraint \"" + index.unique.name() + "\"",
            "Key ("
                + String.join(", ", names)
                + ")=("
                + String.join(", ", values)
                + ") already exists.",
            null);
      }
    }
  }

  void put(Row row) {
    uniques.forEach(index -> index.put(row));
    ordered.forEach(index -> index.rows.add(row));
  }

  void remove(Row row) {
    uniques.forEach(index -> index.remove(row));
    ordered.forEach(index -> index.rows.remove(row));
  }

  /** Puts one version in the place of another, keeping its place among the rows. */
  void replace(Row old, Row now) {
    for (UniqueIndex index : uniques) {
      if (index.key(old) == null || !index.key(old).equals(index.key(now))) {
        index.remove(old);
      }
      index.put(now);
    }
    ordered.forEach(
        index -> {
          index.rows.remove(old);
          index.rows.add(now);
        });
  }

  void clear() {
    uniques.forEach(index -> index.rows.clear());
    ordered.forEach(index -> index.rows.clear());
  }

  /** Rows by the values of a unique constraint; a row with a NULL among them is not held. */
  static final class UniqueIndex {

    private final Unique unique;
    private final Map<Object, Row> rows;

    private UniqueIndex(Unique unique, Map<Object, Row> rows) {
      this.unique = unique;
      this.rows = rows;
    }

    /** The row whose values are those of {@code like}; null where there is none. */
    Row find(Row like) {
      Object key = key(like);
      return key == null ? null : rows.get(key);
    }

    /** Of a constraint on one column. */
    Row findValue(Object value) {
      return rows.get(value);
    }

    List<Integer> columns() {
      return unique.columns();
    }

    Object key(Row row) {
      if (unique.columns().size() == 1) {
        return row.at(unique.columns().get(0));
      }
      List<Object> key = new ArrayList<>(unique.columns().size());
      for (int column : unique.columns()) {
        if (row.at(column) == null) {
          return null;
        }
        key.add(row.at(column));
      }
      return key;
    }

    private void put(Row row) {
      Object key = key(row);
      if (key != null) {
        rows.put(key, row);
      }
    }

    private void remove(Row row) {
      Object key = key(row);
      if (key != null) {
        rows.remove(key);
      }
    }
  }

  /** Rows in the order of some columns, NULL last; the primary key is always among them. */
  final class OrderedIndex {

    private final List<Integer> columns;
    private final TreeSet<Row> rows;

    private OrderedIndex(List<Integer> columns) {
      this.columns = columns;
      Comparator<Row> order = null;
      for (int column : columns) {
        SqlType type = definition.columns().get(column).type();
        Comparator<Row> next = (a, b) -> compare(type, a.at(column), b.at(column));
        order = order == null ? next : order.thenComparing(next);
      }
      rows = new TreeSet<>(order);
    }

    int firstColumn() {
      return columns.get(0);
    }

    Collection<Row> ascending() {
      return rows;
    }

    Collection<Row> descending() {
      return rows.descendingSet();
    }

    /** The rows whose first column is {@code bound} or more, or NULL. */
    Collection<Row> ascendingFrom(Object bound) {
      Object[] probe = new Object[definition.columns().size()];
      for (int column : columns) {
        probe[column] = LEAST;
      }
      probe[firstColumn()] = bound;
      return rows.tailSet(new Row(probe, 0), true);
    }

    private int compare(SqlType type, Object a, Object b) {
      if (a == b) {
        return 0;
      }
      if (a == LEAST || b == null) {
        return -1;
      }
      if (b == LEAST || a == null) {
        return 1;
      }
      return type.compare(a, b);
    }
  }

  /** The row as {@code to_jsonb} gives it. */
  JsonNode toJsonb(Row row) {
    List<Column> columns = definition.columns();
    List<Integer> order = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparing(i -> columns.get(i).name(), PgJson.KEYS));
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (int i : order) {
      object.set(columns.get(i).name(), columns.get(i).type().toJsonb(row.at(i)));
    }
    return object;
  }
}
