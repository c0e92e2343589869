package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import truthforge.sync.sandbox.supabase.TableDefinition.Column;

/**
 * The change log that {@code setup} installs: an entry for each changed row of the tables that it
 * watches, read in the order of (txid, seq), below every transaction that is still open. Guarded by
 * the database's lock.
 */
final class ChangeFeed {

  /**
   * @param at microseconds since 1970
   * @param op I, U, D, or T where all rows went at one stroke
   * @param row the new row; of a delete the old one; null for T. The log itself keeps of it the
   *     key, and all of it of a delete
   * @param forgotten nothing but its key is kept
   */
  record Entry(
      long seq,
      long txid,
      long at,
      Table table,
      String op,
      String origin,
      Row row,
      boolean forgotten) {

    boolean isOf(Table its, Object key) {
      return row != null && table.equals(its) && row.at(0).equals(key);
    }

    Entry asForgotten() {
      return new Entry(seq, txid, at, table, op, origin, row, true);
    }

    String tableName() {
      return "public." + table.definition().name();
    }

    JsonNode primaryKey() {
      Column key = table.definition().columns().get(0);
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      if (row != null) {
        object.set(key.name(), key.type().toJsonb(row.at(0)));
      }
      return object;
    }

    JsonNode rowData() {
      return op.equals("D") && !forgotten ? table.toJsonb(row) : null;
    }
  }

  private record Position(long txid, long seq) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byTransaction = Long.compare(txid, other.txid);
      return byTransaction != 0 ? byTransaction : Long.compare(seq, other.seq);
    }
  }

  /** A statement ends before its time is over. */
  private static final int MOST_PRUNED = 50_000;

  /** Of a delete: what the log keeps of the row goes too. */
  private static final String FORGET = "truth-forge-sync/forget";

  private final Set<String> watched;
  private final TreeMap<Position, Entry> log = new TreeMap<>();
  private final TreeMap<Long, Long> open = new TreeMap<>();
  private final long installed;
  private long prunedBelow;
  private long lastSequence;

  /**
   * @param watched the tables whose changes are logged
   * @param installed the transaction that installed it
   */
  ChangeFeed(Set<String> watched, long installed) {
    this.watched = Set.copyOf(watched);
    this.installed = installed;
    this.prunedBelow = installed;
  }

  /** Tells this log from one that is installed anew. */
  long installed() {
    return installed;
  }

  boolean watches(Table table) {
    return watched.contains(table.definition().name());
  }

  /** Below which transaction entries may be missing. */
  long prunedBelow() {
    return prunedBelow;
  }

  /** As it is now, for a backup. */
  ChangeFeed copy() {
    ChangeFeed copy = new ChangeFeed(watched, installed);
    copy.prunedBelow = prunedBelow;
    copy.log.putAll(log);
    copy.lastSequence = lastSequence;
    return copy;
  }

  void log(Transaction transaction, String origin, long at) {
    List<Change> changes = new ArrayList<>(transaction.changes());
    // One that does both is an upsert, and the trigger for updates is called first.
    changes.sort(Comparator.comparing(change -> change.operation().startsWith("I")));
    for (Change change : changes) {
      if (!watches(change.table())) {
        continue;
      }
      Row old = change.old();
      Row now = change.now();
      if (old != null && now != null && !old.at(0).equals(now.at(0))) {
        append(transaction.id(), at, change.table(), "D", origin, old);
      }
      String op = change.operation().substring(0, 1);
      append(transaction.id(), at, change.table(), op, origin, now == null ? old : now);
      if (now == null && FORGET.equals(origin)) {
        log.replaceAll(
            (position, entry) ->
                entry.isOf(change.table(), old.at(0)) ? entry.asForgotten() : entry);
      }
    }
  }

  void logTruncation(long txid, long at, Table table) {
    if (watches(table)) {
      append(txid, at, table, "T", null, null);
    }
  }

  private void append(long txid, long at, Table table, String op, String origin, Row row) {
    long seq = ++lastSequence;
    log.put(new Position(txid, seq), new Entry(seq, txid, at, table, op, origin, row, false));
  }

  List<Entry> after(long txid, long seq, long most, long safe) {
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : log.tailMap(new Position(txid, seq), false).values()) {
      if (entries.size() >= most || entry.txid() >= safe) {
        break;
      }
      entries.add(entry);
    }
    return entries;
  }

  /** Null where nothing is kept. */
  Long oldestKept() {
    return log.isEmpty() ? null : log.firstKey().txid();
  }

  /** Forgets entries of transactions before this one, the oldest first, and says how many. */
  long prune(long beforeTxid) {
    Position bound = new Position(beforeTxid, Long.MIN_VALUE);
    long count = 0;
    while (count < MOST_PRUNED && !log.isEmpty() && log.firstKey().compareTo(bound) < 0) {
      prunedBelow = Math.max(prunedBelow, log.pollFirstEntry().getKey().txid() + 1);
      count++;
    }
    return count;
  }

  /** From now on, until closed, a transaction of this id is taken to be still running. */
  void hold(long txid, long now) {
    open.put(txid, now);
  }

  /** When the oldest transaction began that has not ended; null where all have. */
  Long openSince() {
    return open.values().stream().min(Long::compare).orElse(null);
  }

  void release(long txid) {
    open.remove(txid);
  }

  /** Every transaction below this one is committed or rolled back for good. */
  long safeBelow(long nextTransaction) {
    return open.isEmpty() ? nextTransaction : Math.min(open.firstKey(), nextTransaction);
  }
}
