package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

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
  record Entry(
      long seq,
      long txid,
      long at,
      String table,
      String op,
      JsonNode pk,
      String origin,
      JsonNode row) {}

  private record Position(long txid, long seq) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byTransaction = Long.compare(txid, other.txid);
      return byTransaction != 0 ? byTransaction : Long.compare(seq, other.seq);
    }
  }

  private final TreeMap<Position, Entry> log = new TreeMap<>();
  private final TreeMap<Long, Boolean> open = new TreeMap<>();
  private long lastSequence;

  void log(Transaction transaction, String origin, long at) {
    for (Change change : transaction.changes()) {
      Table table = change.table();
      String name = "public." + table.definition().name();
      String keyName = table.definition().columns().get(0).name();
      JsonNode row = table.toJsonb(change.now() == null ? change.old() : change.now());
      ObjectNode key = JsonNodeFactory.instance.objectNode();
      key.set(keyName, row.get(keyName));
      append(transaction.id(), at, name, change.operation().substring(0, 1), key, origin, row);
      if (change.old() != null && change.now() != null) {
        JsonNode old = table.toJsonb(change.old());
        if (!old.get(keyName).equals(row.get(keyName))) {
          ObjectNode oldKey = JsonNodeFactory.instance.objectNode();
          oldKey.set(keyName, old.get(keyName));
          append(transaction.id(), at, name, "D", oldKey, null, old);
        }
      }
    }
  }

  private void append(
      long txid, long at, String table, String op, JsonNode pk, String origin, JsonNode row) {
    long seq = ++lastSequence;
    log.put(new Position(txid, seq), new Entry(seq, txid, at, table, op, pk, origin, row));
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
    open.put(txid, true);
  }

  void release(long txid) {
    open.remove(txid);
  }

  /** Every transaction below this one is committed or rolled back for good. */
  long safeBelow(long nextTransaction) {
    return open.isEmpty() ? nextTransaction : Math.min(open.firstKey(), nextTransaction);
  }
}
