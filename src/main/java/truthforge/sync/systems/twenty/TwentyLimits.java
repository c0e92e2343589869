package truthforge.sync.systems.twenty;

import java.util.function.LongSupplier;
import truthforge.sync.flow.Batch;

/**
 * How many people may be changed one by one in a cycle; beyond that they are changed together. So
 * many as are configured, as long as the calls that are left until the next cycle allow.
 */
public final class TwentyLimits {

  /** Reading the changes, the data model, companies, and what a batch replaced. */
  private static final int OTHER_CALLS = 10;

  private final int conditionalLimit;
  private final long callsPerCycle;
  private final LongSupplier callsTaken;
  private int left;
  private long takenAtBegin;

  /**
   * @param conditionalLimit conditional changes in a cycle
   * @param callsPerCycle calls that Twenty grants from one cycle to the next
   * @param callsTaken calls made since the start
   */
  public TwentyLimits(int conditionalLimit, long callsPerCycle, LongSupplier callsTaken) {
    this.conditionalLimit = conditionalLimit;
    this.callsPerCycle = callsPerCycle;
    this.callsTaken = callsTaken;
    this.left = conditionalLimit;
  }

  /**
   * @param initial in the initial sync all are changed together
   */
  public synchronized void beginCycle(boolean initial) {
    left = initial ? 0 : conditionalLimit;
    takenAtBegin = callsTaken.getAsLong();
  }

  /** Whether the changes of this batch may be made one by one; counts them if so. */
  public synchronized boolean allowsConditional(Batch batch) {
    int changes = batch.changes().size();
    long calls = callsPerCycle - OTHER_CALLS - (callsTaken.getAsLong() - takenAtBegin);
    if (changes > left || changes > calls) {
      return false;
    }
    left -= changes;
    return true;
  }
}
