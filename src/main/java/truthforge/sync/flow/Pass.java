package truthforge.sync.flow;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import truthforge.sync.merge.Write;

/**
 * One walk through all that a system is due. Remembers, for its own duration only, how far it is
 * and how often a record's state has moved under it.
 */
public final class Pass {

  static final int TRIES = 3;

  /** Each time the system is left alone longer than the last. */
  private static final int MOST_LIMITED = 3;

  /** Each may take as long as an answer is waited for. */
  private static final int MOST_UNANSWERED = 5;

  private final String system;
  private final int batchSize;
  private final int notedAtOnce;
  private final Meanwhile storing;
  private final Meanwhile deriving;
  private final Map<String, Integer> conditionsFailed = new HashMap<>();
  private String after;
  private boolean mayBeMore;
  private String rereadAfter;
  private int round;
  private int failedThisRound;
  private final Map<String, Outcome.Rejected> failures = new LinkedHashMap<>();
  private final Search search = new Search();
  private Suspects suspects;
  private final Set<String> suspectsDue = new LinkedHashSet<>();
  private final Set<String> suspectsTaken = new HashSet<>();
  private int unanswered;
  private boolean roundIsOver;
  private final Queue<Batch> noted = new ArrayDeque<>();
  private long sent;
  private long due = -1;
  private long parked;
  private long overwritten;
  private int limited;
  private long retried;
  private Instant givenOutAt;

  Pass(String system, int batchSize, int notedAtOnce, Executor executor) {
    this.system = system;
    this.storing = new Meanwhile(executor);
    this.deriving = new Meanwhile(executor);
    this.batchSize = batchSize;
    this.notedAtOnce = Math.max(1, notedAtOnce / batchSize) * batchSize;
  }

  public String system() {
    return system;
  }

  public int batchSize() {
    return batchSize;
  }

  int notedAtOnce() {
    return notedAtOnce;
  }

  /**
   * How many records will be written in all.
   *
   * @param count below 0 while unknown
   */
  public void expect(long count) {
    due = count;
  }

  /** How many records will be written in all; below 0 while unknown. */
  public long due() {
    return due;
  }

  /** Records that were written in this pass. */
  public long sent() {
    return sent;
  }

  /** Records that were parked in this pass. */
  public long parked() {
    return parked;
  }

  /** The search for the records that have batches refused. */
  Search search() {
    return search;
  }

  /** Null before anything was looked for. */
  Suspects suspects() {
    return suspects;
  }

  void suspect(Suspects found) {
    suspects = found;
  }

  /** Suspects that were met in this round and not given out yet. */
  Set<String> suspectsDue() {
    return suspectsDue;
  }

  Set<String> suspectsTaken() {
    return suspectsTaken;
  }

  /**
   * A write got no answer: whether it need not be the system, as it took others, and the pass may
   * go on, with another round.
   */
  boolean mayGoOnUnanswered() {
    unanswered++;
    roundIsOver = sent > 0 && unanswered <= MOST_UNANSWERED;
    return roundIsOver;
  }

  /** Whether what is due is to be looked for in another round only. */
  boolean isRoundOver() {
    return roundIsOver;
  }

  /** What came back is stored while the next batch is under way. */
  Meanwhile storing() {
    return storing;
  }

  /** What the next batches are is found out while this one is under way. */
  Meanwhile deriving() {
    return deriving;
  }

  /** Nothing of it goes on behind its back any more. */
  void settle() {
    storing.settle();
    deriving.settle();
  }

  /** Batches that are noted in the ledger and not sent yet. */
  Queue<Batch> noted() {
    return noted;
  }

  void note(List<Write> writes) {
    for (int from = 0; from < writes.size(); from += batchSize) {
      int to = Math.min(from + batchSize, writes.size());
      noted.add(new Batch(system, writes.subList(from, to), true));
    }
  }

  /** How often in this pass a record could not be written as it was and is to be tried anew. */
  public long retried() {
    return retried;
  }

  /** Edits that were replaced unseen, as was found out in this pass. */
  public long overwritten() {
    return overwritten;
  }

  void countOverwritten(int more) {
    overwritten += more;
  }

  /** The system limits calls: whether the pass may still wait and go on. */
  public boolean maySlowDown() {
    limited++;
    return limited <= MOST_LIMITED;
  }

  void givenOutAt(Instant time) {
    givenOutAt = time;
  }

  /** When the batch at hand was given out; null before the first. */
  Instant givenOutAt() {
    return givenOutAt;
  }

  String after() {
    return after;
  }

  /**
   * @param looked at so many contacts on the way there
   */
  void moveTo(String contactId, int looked) {
    after = contactId;
    mayBeMore = looked >= notedAtOnce;
  }

  /** Whether what was found last was as much as was asked for. */
  boolean mayBeMore() {
    return mayBeMore;
  }

  String rereadAfter() {
    return rereadAfter;
  }

  void rereadMovedTo(String contactId) {
    rereadAfter = contactId;
  }

  void countSent(int more) {
    sent += more;
  }

  void countParked() {
    parked++;
  }

  /**
   * Whether to go through what is due once more: at first, then for records that were not as last
   * seen and have been read anew, a few times, and for what is left after a write without answer.
   */
  public boolean goesOn() {
    settle();
    if (roundIsOver) {
      roundIsOver = false;
    } else if (round > 0 && (failedThisRound == 0 || round >= TRIES)) {
      return false;
    } else {
      round++;
    }
    failedThisRound = 0;
    after = null;
    rereadAfter = null;
    suspectsDue.clear();
    return true;
  }

  /** Whether it looks like the system, not the records: it failed on several and took none. */
  public boolean looksLikeTheSystem() {
    return sent == 0 && failures.size() > 1;
  }

  /** What the system said of the last of the records that it failed on; null where it took some. */
  public String systemsFailure() {
    return looksLikeTheSystem()
        ? List.copyOf(failures.values()).get(failures.size() - 1).reason()
        : null;
  }

  /** The system failed on a record; whose fault it is shows at the end of the pass. */
  void failedOn(Outcome.Rejected rejected) {
    retried++;
    failures.put(rejected.write().contactId(), rejected);
  }

  void took(String contactId) {
    failures.remove(contactId);
    if (suspects != null && suspects.contains(contactId)) {
      suspectsTaken.add(contactId);
    }
  }

  /** Failures that are the records' own, as far as can be told; none where it looks otherwise. */
  List<Outcome.Rejected> ownFailures() {
    return looksLikeTheSystem() ? List.of() : List.copyOf(failures.values());
  }

  /** The record's state moved under a write: the pass goes through what is due once more. */
  void failedUnder(String contactId) {
    failedThisRound++;
    conditionsFailed.merge(contactId, 1, Integer::sum);
  }

  /**
   * Whether a write was refused for its condition as often as is tried: of a change, each time on
   * the very state in which the record was read since.
   */
  boolean givesUpOn(Write write) {
    failedThisRound++;
    retried++;
    String state = write.isCreation() ? "" : " " + write.revision();
    return conditionsFailed.merge(write.contactId() + state, 1, Integer::sum) >= TRIES;
  }
}
