package truthforge.sync.sandbox.bigquery;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The datasets and tables of one project. */
final class Store {

  private final String project;
  private final Clock clock;
  private final Set<String> datasets = ConcurrentHashMap.newKeySet();
  private final Map<String, StoredTable> tables = new ConcurrentHashMap<>();

  Store(String project, Clock clock) {
    this.project = project;
    this.clock = clock;
  }

  String project() {
    return project;
  }

  Clock clock() {
    return clock;
  }

  boolean hasDataset(String dataset) {
    return datasets.contains(dataset);
  }

  Set<String> datasets() {
    return Set.copyOf(datasets);
  }

  List<StoredTable> tables(String dataset) {
    requireDataset(dataset);
    return tables.values().stream()
        .filter(table -> table.dataset().equals(dataset) && !table.isExpired())
        .sorted(java.util.Comparator.comparing(StoredTable::name))
        .toList();
  }

  void createDataset(String dataset) {
    if (!datasets.add(dataset)) {
      throw Refusal.duplicate("Already Exists: Dataset " + project + ":" + dataset);
    }
  }

  StoredTable createTable(String dataset, String table, List<StoredTable.Column> columns) {
    return create(new StoredTable(project, dataset, table, columns, clock));
  }

  StoredTable create(StoredTable created) {
    String dataset = created.dataset();
    String table = created.name();
    requireDataset(dataset);
    find(dataset, table);
    if (tables.putIfAbsent(key(dataset, table), created) != null) {
      throw Refusal.duplicate("Already Exists: Table " + created.id());
    }
    return created;
  }

  void dropTable(StoredTable table) {
    tables.remove(key(table.dataset(), table.name()));
  }

  /** Null where there is none. */
  StoredTable find(String dataset, String table) {
    StoredTable found = tables.get(key(dataset, table));
    if (found != null && found.isExpired()) {
      tables.remove(key(dataset, table), found);
      return null;
    }
    return found;
  }

  StoredTable table(String dataset, String table) {
    requireDataset(dataset);
    StoredTable found = find(dataset, table);
    if (found == null) {
      throw Refusal.notFound("Not found: Table " + project + ":" + dataset + "." + table);
    }
    return found;
  }

  void requireDataset(String dataset) {
    if (!datasets.contains(dataset)) {
      throw Refusal.notFound("Not found: Dataset " + project + ":" + dataset);
    }
  }

  private static String key(String dataset, String table) {
    return dataset + "." + table;
  }
}
