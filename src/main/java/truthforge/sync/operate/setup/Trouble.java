package truthforge.sync.operate.setup;

import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Finding;

/** A system cannot be looked at, or refuses to be set up. Holds no secret and no personal data. */
final class Trouble extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String system;
  private final boolean unreachable;
  private final String remedy;

  private Trouble(String system, boolean unreachable, String what, String remedy) {
    super(what);
    this.system = system;
    this.unreachable = unreachable;
    this.remedy = remedy;
  }

  /**
   * The system does not answer, or answers that it cannot for now.
   *
   * @param why in brackets behind it
   */
  static Trouble unreachable(String system, String why, String remedy) {
    return new Trouble(system, true, "cannot be reached (" + why + ")", remedy);
  }

  /** The system answers, and what it answers stands in the way. */
  static Trouble found(String system, String what, String remedy) {
    return new Trouble(system, false, what, remedy);
  }

  Finding finding() {
    return unreachable
        ? Finding.unreachable(system, getMessage(), remedy)
        : Finding.error(system, 0, getMessage(), remedy);
  }

  /**
   * @param afterwards how things stand now, as a full sentence without its full stop
   */
  Problem problem(String afterwards) {
    return new Problem(
        unreachable ? Outcome.UNREACHABLE : Outcome.FOUND,
        system + " " + getMessage(),
        remedy + ". " + afterwards,
        null);
  }
}
