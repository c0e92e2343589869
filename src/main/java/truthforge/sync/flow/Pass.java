package truthforge.sync.flow;

import java.util.HashMap;
import java.util.Map;

/**
 * One walk through all that a system is due. Remembers, for its own duration only, how far it is
 * and how often a record's state has moved under it.
 */
public final class Pass {

  static final int TRIES = 3;

  private final String system;
  private final int batchSize;
  private final Map<String, Integer> conditionsFailed = new HashMap<>();
  private String after;
  private String rereadAfter;
  private int round;
  private long sent;
  private long parked;

  Pass(String system, int batchSize) {
    this.system = system;
    this.batchSize = batchSize;
  }

  public String system() {
    return system;
  }

  public int batchSize() {
    return batchSize;
  }

  /** Records that were written in this pass. */
  public long sent() {
    return sent;
  }

  /** Records that were parked in this pass. */
  public long parked() {
    return parked;
  }

  String after() {
    return after;
  }

  void moveTo(String contactId) {
    after = contactId;
  }

  String rereadAfter() {
    return rereadAfter;
  }

  void rereadMovedTo(String contactId) {
    rereadAfter = contactId;
  }

  /**
   * Begins again from the first contact, for those whose records have been read anew.
   *
   * @return whether another round is worth it in this pass
   */
  public boolean nextRound() {
    after = null;
    rereadAfter = null;
    return ++round < TRIES;
  }

  void countSent(int more) {
    sent += more;
  }

  void countParked() {
    parked++;
  }

  boolean givesUpOn(String contactId) {
    return conditionsFailed.merge(contactId, 1, Integer::sum) >= TRIES;
  }
}
