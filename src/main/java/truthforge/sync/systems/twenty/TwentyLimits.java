package truthforge.sync.systems.twenty;

import truthforge.sync.flow.Batch;

/** How many people may be changed one by one in a cycle; beyond that they are changed together. */
public final class TwentyLimits {

  private final int conditionalLimit;
  private int left;

  /**
   * @param conditionalLimit conditional changes in a cycle
   */
  public TwentyLimits(int conditionalLimit) {
    this.conditionalLimit = conditionalLimit;
    this.left = conditionalLimit;
  }

  /**
   * @param initial in the initial sync all are changed together
   */
  public synchronized void beginCycle(boolean initial) {
    left = initial ? 0 : conditionalLimit;
  }

  /** Whether the changes of this batch may be made one by one; counts them if so. */
  public synchronized boolean allowsConditional(Batch batch) {
    int changes = batch.changes().size();
    if (changes > left) {
      return false;
    }
    left -= changes;
    return true;
  }
}
