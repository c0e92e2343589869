package truthforge.sync.systems;

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

  /** Whether it was refused because another record has what only one may have. */
  public boolean isTaken() {
    return taken;
  }

  public boolean forGood() {
    return forGood;
  }
}
