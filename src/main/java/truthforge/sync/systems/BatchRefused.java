package truthforge.sync.systems;

import truthforge.sync.flow.Outcome;
import truthforge.sync.merge.Write;

/**
 * A system refused a request because of what was in it. Which record it was is not known unless
 * there was only one.
 */
public final class BatchRefused extends RuntimeException {

  private final boolean forGood;
  private final boolean taken;

  /**
   * @param reason in plain words, without personal data
   * @param forGood whether the same again cannot help
   */
  public BatchRefused(String reason, boolean forGood) {
    this(reason, forGood, false);
  }

  private BatchRefused(String reason, boolean forGood, boolean taken) {
    super(reason);
    this.forGood = forGood;
    this.taken = taken;
  }

  /** Another record has what only one may have there; it may give it up in the same pass. */
  public static BatchRefused taken(String reason) {
    return new BatchRefused(reason, true, true);
  }

  /**
   * What this means for the only write that there was.
   *
   * @param reason in plain words, without personal data
   */
  public Outcome outcome(Write write, String reason) {
    return taken ? new Outcome.Taken(write, reason) : new Outcome.Rejected(write, reason, forGood);
  }

  public boolean forGood() {
    return forGood;
  }
}
