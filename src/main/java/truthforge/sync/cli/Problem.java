package truthforge.sync.cli;

/**
 * Trouble that the service foresaw, told to the operator as it stands: what is the matter and what
 * to do next. Holds neither secrets nor personal data.
 */
public final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Outcome outcome;
  private final String remedy;

  /**
   * @param remedy the next step, as a full sentence without its full stop; empty if there is none
   * @param cause may be null
   */
  public Problem(Outcome outcome, String what, String remedy, Throwable cause) {
    super(what, cause);
    this.outcome = outcome;
    this.remedy = remedy;
  }

  /** The command cannot be carried out as given: an id that is none, a system not yet read. */
  public static Problem usage(String what, String remedy) {
    return new Problem(Outcome.USAGE, what, remedy, null);
  }

  public static Problem found(String what, String remedy) {
    return new Problem(Outcome.FOUND, what, remedy, null);
  }

  /** A system does not answer. */
  public static Problem unreachable(String system, String remedy, Throwable cause) {
    return new Problem(Outcome.UNREACHABLE, system + " could not be reached", remedy, cause);
  }

  public Outcome outcome() {
    return outcome;
  }

  public String remedy() {
    return remedy;
  }
}
