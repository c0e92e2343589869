package truthforge.sync.flow;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What change feeds need not tell: rows that a transaction of our own wrote, and whose state behind
 * it was taken in from the answer and stored. An entry of that transaction on such a row says
 * nothing new. It is passed over once: a second one of the same transaction is a trigger's, and
 * anybody else's change has a transaction of its own.
 *
 * <p>Only in memory, and no more than a bounded number: what is not known here is read.
 */
public final class OwnWrites {

  /** Of a system, as 8 bytes each. */
  private static final int MOST_ROWS = 1 << 20;

  private final Map<String, Known> known = new HashMap<>();

  private static final class Known {
    private final NavigableMap<Long, Rows> transactions = new TreeMap<>();
    private String feed;
    private long rows;
  }

  /** The rows of a transaction, by digests of their ids, sorted. */
  private static final class Rows {
    private final long[] digests;
    private final boolean[] passed;

    Rows(Collection<String> externalIds) {
      digests = externalIds.stream().mapToLong(OwnWrites::digest).sorted().toArray();
      passed = new boolean[digests.length];
    }
  }

  /** What the answer told of these rows is stored. */
  synchronized void note(String system, long transaction, Collection<String> externalIds) {
    Known of = known.computeIfAbsent(system, s -> new Known());
    if (of.transactions.containsKey(transaction)) {
      // Several statements in one: which entry is whose cannot be told.
      of.rows -= of.transactions.put(transaction, new Rows(List.of())).digests.length;
      return;
    }
    of.transactions.put(transaction, new Rows(externalIds));
    of.rows += externalIds.size();
    while (of.rows > MOST_ROWS) {
      of.rows -= of.transactions.pollFirstEntry().getValue().digests.length;
    }
  }

  /**
   * A reading of a feed begins: what lies behind it is not asked for any more. A feed that is
   * another one, or stands before a transaction of ours, knows nothing of them.
   *
   * @param feed what tells one state of a database from another
   * @param reached the transaction up to which it was read
   * @param end beyond all transactions of the feed so far
   */
  public synchronized void begin(String system, String feed, long reached, long end) {
    Known of = known.computeIfAbsent(system, s -> new Known());
    boolean another = of.feed != null && !of.feed.equals(feed);
    if (another || (!of.transactions.isEmpty() && of.transactions.lastKey() >= end)) {
      of.transactions.clear();
    }
    of.feed = feed;
    of.transactions.headMap(reached, false).clear();
    of.rows = of.transactions.values().stream().mapToLong(rows -> rows.digests.length).sum();
  }

  /** What answers told may not be all that there is to know. */
  public synchronized void forget(String system) {
    known.remove(system);
  }

  /** Whether an entry says nothing new; true but once for an entry. */
  public synchronized boolean passOver(String system, long transaction, String externalId) {
    Known of = known.get(system);
    Rows rows = of == null ? null : of.transactions.get(transaction);
    if (rows == null) {
      return false;
    }
    int place = Arrays.binarySearch(rows.digests, digest(externalId));
    if (place < 0 || rows.passed[place]) {
      return false;
    }
    rows.passed[place] = true;
    return true;
  }

  private static long digest(String externalId) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < externalId.length(); i++) {
      hash = (hash ^ externalId.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
