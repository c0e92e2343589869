package truthforge.sync.sandbox.bigquery;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;

/** A table in memory. Readers take {@link #rows()} as it is at that moment; it never changes. */
final class StoredTable {

  /** How long rows that were streamed in cannot be changed by DML. */
  static final long STREAMING_MILLIS = 30 * 60_000L;

  private static final int RUNNING_MUTATIONS = 2;
  private static final int WAITING_MUTATIONS = 20;
  private static final int MUTATIONS_A_WINDOW = 25;
  private static final long WINDOW_MILLIS = 10_000;
  private static final int LOADS_A_DAY = 1_500;
  private static final long DAY_MILLIS = 24 * 60 * 60_000L;

  /**
   * @param defaultValue null for NULL
   */
  record Column(String name, SqlType type, boolean required, Ast.Expr defaultValue) {}

  /**
   * @param streamedMillis when it was streamed in, since 1970; 0 for a row that was not
   * @param bytes what it counts in a scan
   */
  record Row(Object[] values, long streamedMillis, long bytes) {

    static Row of(Object[] values, long streamedMillis) {
      long bytes = 0;
      for (Object value : values) {
        bytes += Values.bytes(value);
      }
      return new Row(values, streamedMillis, bytes);
    }

    boolean streaming(long nowMillis) {
      return streamedMillis > 0 && nowMillis - streamedMillis < STREAMING_MILLIS;
    }
  }

  private final String project;
  private final String dataset;
  private final String name;
  private final Clock clock;
  private final long createdMillis;
  private final Semaphore mutating = new Semaphore(RUNNING_MUTATIONS, true);
  private final Deque<Long> mutations = new ArrayDeque<>();
  private int waiting;

  private final Ast.Select view;
  private final long expiresMillis;
  private final Deque<Long> loads = new ArrayDeque<>();

  private volatile List<Column> columns;
  private volatile List<Row> rows = List.of();
  private volatile long modifiedMillis;

  StoredTable(String project, String dataset, String name, List<Column> columns, Clock clock) {
    this(project, dataset, name, columns, null, 0, clock);
  }

  /**
   * @param view what a view selects; null for a table
   * @param expiresMillis when it is dropped by itself, since 1970; 0 for never
   */
  StoredTable(
      String project,
      String dataset,
      String name,
      List<Column> columns,
      Ast.Select view,
      long expiresMillis,
      Clock clock) {
    this.view = view;
    this.expiresMillis = expiresMillis;
    this.project = project;
    this.dataset = dataset;
    this.name = name;
    this.columns = List.copyOf(columns);
    this.clock = clock;
    this.createdMillis = clock.millis();
    this.modifiedMillis = createdMillis;
  }

  String id() {
    return project + ":" + dataset + "." + name;
  }

  String project() {
    return project;
  }

  String dataset() {
    return dataset;
  }

  String name() {
    return name;
  }

  List<Column> columns() {
    return columns;
  }

  /** The place of a column, or -1. */
  int column(String wanted) {
    String lower = wanted.toLowerCase(Locale.ROOT);
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().toLowerCase(Locale.ROOT).equals(lower)) {
        return i;
      }
    }
    return -1;
  }

  List<Row> rows() {
    return rows;
  }

  /** What a view selects; null for a table. */
  Ast.Select view() {
    return view;
  }

  /** Since 1970; 0 for never. */
  long expiresMillis() {
    return expiresMillis;
  }

  boolean isExpired() {
    return expiresMillis > 0 && clock.millis() >= expiresMillis;
  }

  /**
   * Takes note of a load job.
   *
   * @throws Refusal after as many in a day as BigQuery takes for one table
   */
  void beginLoad() {
    synchronized (loads) {
      long now = clock.millis();
      while (!loads.isEmpty() && now - loads.peekFirst() >= DAY_MILLIS) {
        loads.removeFirst();
      }
      if (loads.size() >= LOADS_A_DAY) {
        throw new Refusal(
            403,
            "quotaExceeded",
            "Quota exceeded: Your table exceeded quota for imports or query appends per table. For"
                + " more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas");
      }
      loads.addLast(now);
    }
  }

  long createdMillis() {
    return createdMillis;
  }

  long modifiedMillis() {
    return modifiedMillis;
  }

  /** Every change moves the time on, also within a millisecond. The caller holds this table. */
  void replaceRows(List<Row> changed) {
    rows = changed;
    touch();
  }

  void append(List<Row> more) {
    List<Row> all = new ArrayList<>(rows.size() + more.size());
    all.addAll(rows);
    all.addAll(more);
    replaceRows(all);
  }

  void addColumns(List<Column> more) {
    List<Column> all = new ArrayList<>(columns);
    all.addAll(more);
    List<Row> wider = new ArrayList<>(rows.size());
    for (Row row : rows) {
      Object[] values = java.util.Arrays.copyOf(row.values(), all.size());
      for (int i = columns.size(); i < all.size(); i++) {
        values[i] = all.get(i).type().is(SqlType.Kind.ARRAY) ? List.of() : null;
      }
      wider.add(new Row(values, row.streamedMillis(), row.bytes()));
    }
    columns = List.copyOf(all);
    replaceRows(wider);
  }

  private void touch() {
    modifiedMillis = Math.max(clock.millis(), modifiedMillis + 1);
  }

  /**
   * Waits for a place among the two statements that may change this table at once.
   *
   * @throws Refusal if twenty wait already, or 25 began in the last ten seconds
   */
  void beginMutation() throws InterruptedException {
    synchronized (mutations) {
      long now = clock.millis();
      while (!mutations.isEmpty() && now - mutations.peekFirst() >= WINDOW_MILLIS) {
        mutations.removeFirst();
      }
      if (mutations.size() >= MUTATIONS_A_WINDOW) {
        throw new Refusal(
            403,
            "rateLimitExceeded",
            "Exceeded rate limits: too many table update operations for this table. For more"
                + " information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas");
      }
      if (mutating.tryAcquire()) {
        mutations.addLast(now);
        return;
      }
      if (waiting >= WAITING_MUTATIONS) {
        throw new Refusal(
            400,
            "resourcesExceeded",
            "Resources exceeded during query execution: Too many DML statements outstanding against"
                + " table "
                + id()
                + ", limit is "
                + WAITING_MUTATIONS
                + ".");
      }
      mutations.addLast(now);
      waiting++;
    }
    try {
      mutating.acquire();
    } finally {
      synchronized (mutations) {
        waiting--;
      }
    }
  }

  void endMutation() {
    mutating.release();
  }

  /** How many statements that change this table run or wait. */
  int outstandingMutations() {
    synchronized (mutations) {
      return RUNNING_MUTATIONS - mutating.availablePermits() + waiting;
    }
  }
}
