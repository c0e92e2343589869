package truthforge.sync.systems;

/**
 * A system refused a request because of what was in it. Which record it was is not known unless
 * there was only one.
 */
public final class BatchRefused extends RuntimeException {

  private final boolean forGood;

  /**
   * @param reason in plain words, without personal data
   * @param forGood whether the same again cannot help
   */
  public BatchRefused(String reason, boolean forGood) {
    super(reason);
    this.forGood = forGood;
  }

  public boolean forGood() {
    return forGood;
  }
}
