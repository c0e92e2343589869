package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The records of one object, sorted by id as PostgreSQL sorts UUIDs, with an index per unique path
 * and per path that is often looked for. Not thread-safe: {@link Workspace} locks.
 */
final class Table {
  /** More are found by looking at all, in the order of their ids. */
  private static final int FEW = 1_000;

  private final ObjectType type;
  private final TreeMap<String, Row> byId = new TreeMap<>();
  private final NavigableSet<Row> byUpdated =
      new TreeSet<>(Comparator.comparingLong(Row::updated).thenComparing(Row::id));
  private List<String> indexedPaths;
  private int uniqueCount;
  private List<Map<String, Set<Row>>> indexes;
  private long nextSequence;
  private long version;
  private int live;
  private double lowestPosition = Double.NaN;
  private double highestPosition = Double.NaN;

  Table(ObjectType type) {
    this.type = type;
    reindex();
  }

  ObjectType type() {
    return type;
  }

  /** Changes whenever a record does. */
  long version() {
    return version;
  }

  int live() {
    return live;
  }

  NavigableMap<String, Row> byId() {
    return byId;
  }

  /** The record of this id, in the trash or not, or null. */
  Row get(String id) {
    return byId.get(id);
  }

  /** Whether {@link #lookUp} answers for this path. */
  boolean indexed(String path) {
    return path.equals("id") || indexedPaths.contains(path);
  }

  /** The records that hold one of the values, in the trash or not. */
  Collection<Row> lookUp(String path, Collection<String> values) {
    Set<Row> found = new LinkedHashSet<>();
    int index = indexedPaths.indexOf(path);
    for (String value : values) {
      if (path.equals("id")) {
        Row row = byId.get(value);
        if (row != null) {
          found.add(row);
        }
      } else {
        found.addAll(indexes.get(index).getOrDefault(value, Set.of()));
      }
    }
    return found;
  }

  /**
   * The records whose {@code updatedAt} is this one or later, in the trash or not; null if they are
   * more than a few.
   */
  Collection<Row> updatedSince(long micros) {
    List<Row> found = new ArrayList<>();
    for (Row row : byUpdated.descendingSet()) {
      if (row.updated() < micros) {
        return found;
      }
      if (found.size() == FEW) {
        return null;
      }
      found.add(row);
    }
    return found;
  }

  /** Whether another record, in the trash or not, has a unique value of this one. */
  boolean collides(Row row) {
    for (int i = 0; i < uniqueCount; i++) {
      if (row.key(i) != null) {
        for (Row other : indexes.get(i).getOrDefault(row.key(i), Set.of())) {
          if (!other.id().equals(row.id())) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** Stores a record in the place of the one with its id, if there is one. */
  void put(Row row) {
    remove(row.id());
    byId.put(row.id(), row);
    byUpdated.add(row);
    for (int i = 0; i < indexes.size(); i++) {
      String key = row.key(i);
      if (key != null) {
        // Most keys belong to one record, so a set is built only for the second.
        indexes
            .get(i)
            .merge(
                key,
                Set.of(row),
                (rows, one) -> {
                  Set<Row> more = rows.size() == 1 ? new LinkedHashSet<>(rows) : rows;
                  more.addAll(one);
                  return more;
                });
      }
    }
    if (!row.inTrash()) {
      live++;
    }
    version++;
  }

  void remove(String id) {
    Row former = byId.remove(id);
    if (former == null) {
      return;
    }
    byUpdated.remove(former);
    for (int i = 0; i < indexes.size(); i++) {
      String key = former.key(i);
      if (key != null) {
        Set<Row> rows = indexes.get(i).get(key);
        if (rows.size() == 1) {
          indexes.get(i).remove(key);
        } else {
          rows.remove(former);
        }
      }
    }
    if (!former.inTrash()) {
      live--;
    }
    version++;
  }

  /**
   * A row of this record, not yet stored.
   *
   * @param former the row that it replaces, or null for a new one
   * @param updatedMicros null to take the record's own {@code updatedAt}
   */
  Row row(ObjectNode record, Row former, Long updatedMicros, long touched) {
    String[] keys = new String[indexedPaths.size()];
    for (int i = 0; i < keys.length; i++) {
      JsonNode value = at(record, indexedPaths.get(i));
      keys[i] = value.isTextual() && !value.textValue().isEmpty() ? value.textValue() : null;
    }
    JsonNode deleted = record.path("deletedAt");
    Long updated =
        updatedMicros == null ? Instants.parse(record.get("updatedAt").textValue()) : updatedMicros;
    return new Row(
        record.get("id").textValue(),
        former == null ? nextSequence++ : former.sequence(),
        Instants.parse(record.get("createdAt").textValue()),
        updated,
        deleted.isTextual() ? Instants.parse(deleted.textValue()) : Row.LIVE,
        touched,
        keys,
        Json.bytes(record));
  }

  static JsonNode at(JsonNode record, String path) {
    int dot = path.indexOf('.');
    return dot < 0
        ? record.path(path)
        : record.path(path.substring(0, dot)).path(path.substring(dot + 1));
  }

  /** A position above all others: what a new record gets. */
  double firstPosition() {
    lowestPosition = Double.isNaN(lowestPosition) ? 0 : lowestPosition - 1;
    notePosition(lowestPosition);
    return lowestPosition;
  }

  double lastPosition() {
    notePosition(Double.isNaN(highestPosition) ? 0 : highestPosition + 1);
    return highestPosition;
  }

  /** Where positions stood, to go back there when a transaction is undone. */
  double lowestPosition() {
    return lowestPosition;
  }

  void resetLowestPosition(double position) {
    lowestPosition = position;
  }

  void notePosition(double position) {
    lowestPosition = Double.isNaN(lowestPosition) ? position : Math.min(lowestPosition, position);
    highestPosition =
        Double.isNaN(highestPosition) ? position : Math.max(highestPosition, position);
  }

  /** Adds a field, empty, to every record. */
  void addField(FieldSpec field) {
    type.add(field);
    List<Row> rows = new ArrayList<>(byId.values());
    reindex();
    for (Row row : rows) {
      ObjectNode record = row.record();
      record.set(field.name(), field.empty());
      put(row(record, row, row.updated(), row.touched()));
    }
  }

  private void reindex() {
    byId.clear();
    byUpdated.clear();
    live = 0;
    uniqueCount = type.uniquePaths().size();
    indexedPaths = List.copyOf(type.indexedPaths());
    indexes = new ArrayList<>();
    for (int i = 0; i < indexedPaths.size(); i++) {
      indexes.add(new HashMap<>());
    }
  }
}
