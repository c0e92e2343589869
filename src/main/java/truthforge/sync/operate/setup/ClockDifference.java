package truthforge.sync.operate.setup;

import java.time.Duration;
import java.time.Instant;
import truthforge.sync.config.Finding;

/**
 * How far a system's clock is from ours. It told its time somewhere between our asking and our
 * getting the answer, in steps of its own: the difference is known no better than that.
 *
 * @param ahead positive where the system's clock is ahead of ours
 * @param error how far {@code ahead} may be off, either way
 */
record ClockDifference(Duration ahead, Duration error) {

  /** Up to here the merge does not correct it, and nothing need be done. */
  static final Duration HARMLESS = Duration.ofSeconds(2);

  /**
   * @param told the system's time, cut to {@code step}
   */
  static ClockDifference of(Instant asked, Instant told, Instant answered, Duration step) {
    Duration way = Duration.between(asked, answered).dividedBy(2);
    Duration ahead = Duration.between(asked.plus(way), told.plus(step.dividedBy(2)));
    return new ClockDifference(ahead, way.abs().plus(step.dividedBy(2)));
  }

  Finding finding(String system) {
    if (ahead.abs().minus(error).compareTo(HARMLESS) <= 0) {
      return Finding.ok(system, "its clock agrees with this machine's");
    }
    return Finding.warning(
        system,
        0,
        "its clock is "
            + ahead.abs().toSeconds()
            + " seconds "
            + (ahead.isNegative() ? "behind" : "ahead of")
            + " this machine's",
        "Let this machine, and that system where it is yours, keep time by NTP: the later of two"
            + " edits wins");
  }
}
