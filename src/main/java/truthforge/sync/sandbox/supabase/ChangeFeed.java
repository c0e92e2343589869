package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import truthforge.sync.sandbox.supabase.TableDefinition.Column;

/**
 * The change log that {@code setup} installs: an entry for each changed row, read in the order of
 * (txid, seq), below every transaction that is still open. Guarded by the database's lock.
 */
final class ChangeFeed {

  /**
   * @param at microseconds since 1970
   * @param op I, U or D
   * @param row the new row; of a delete the old one
   */
  record Entry(long seq, long txid, long at, Table table, String op, String origin, Row row) {

    String tableName() {
      return "public." + table.definition().name();
    }

    JsonNode primaryKey() {
      Column key = table.definition().columns().get(0);
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      object.set(key.name(), key.type().toJsonb(row.at(0)));
      return object;
    }

    JsonNode rowData() {
      return table.toJsonb(row);
    }
  }

  private record Position(long txid, long seq) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byTransaction = Long.compare(txid, other.txid);
      return byTransaction != 0 ? byTransaction : Long.compare(seq, other.seq);
    }
  }

  private final TreeMap<Position, Entry> log = new TreeMap<>();
  private final TreeSet<Long> open = new TreeSet<>();
  private long lastSequence;

  /** As it is now, for a backup. */
  ChangeFeed copy() {
    ChangeFeed copy = new ChangeFeed();
    copy.log.putAll(log);
    copy.lastSequence = lastSequence;
    return copy;
  }

  void log(Transaction transaction, String origin, long at) {
    for (Change change : transaction.changes()) {
      Row old = change.old();
      Row now = change.now();
      if (old != null && now != null && !old.at(0).equals(now.at(0))) {
        append(transaction.id(), at, change.table(), "D", origin, old);
      }
      String op = change.operation().substring(0, 1);
      append(transaction.id(), at, change.table(), op, origin, now == null ? old : now);
    }
  }

  private void append(long txid, long at, Table table, String op, String origin, Row row) {
    long seq = ++lastSequence;
    log.put(new Position(txid, seq), new Entry(seq, txid, at, table, op, origin, row));
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

  /** Forgets the entries of transactions before this one, and says how many. */
  long prune(long beforeTxid) {
    var old = log.headMap(new Position(beforeTxid, Long.MIN_VALUE), false);
    long count = old.size();
    old.clear();
    return count;
  }

  /** From now on, until closed, a transaction of this id is taken to be still running. */
  void hold(long txid) {
    open.add(txid);
  }

  void release(long txid) {
    open.remove(txid);
  }

  /** Every transaction below this one is committed or rolled back for good. */
  long safeBelow(long nextTransaction) {
    return open.isEmpty() ? nextTransaction : Math.min(open.first(), nextTransaction);
  }
}
