package truthforge.sync.systems;

import java.time.Duration;
import java.time.Instant;

/**
 * How far a system's clock is from another one, by which its telling was watched. It told its time
 * somewhere between our asking and our getting the answer, in steps of its own: the difference is
 * known no better than that.
 *
 * @param ahead positive where the system's clock is ahead
 * @param error how far {@code ahead} may be off, either way; never negative
 */
public record ClockDifference(Duration ahead, Duration error) {

  /** Up to here nothing is corrected, and nothing need be done. */
  public static final Duration HARMLESS = Duration.ofSeconds(2);

  public static final ClockDifference NONE = new ClockDifference(Duration.ZERO, Duration.ZERO);

  /**
   * @param told the system's time, cut to {@code step}
   */
  public static ClockDifference of(Instant asked, Instant told, Instant answered, Duration step) {
    Duration way = Duration.between(asked, answered).dividedBy(2);
    Duration ahead = Duration.between(asked.plus(way), told.plus(step.dividedBy(2)));
    return new ClockDifference(ahead, way.abs().plus(step.dividedBy(2)));
  }

  /**
   * What is known once a later measurement has told more: where both can be true, what they have in
   * common; else one of the clocks was set meanwhile, and only the later one holds.
   */
  public ClockDifference then(ClockDifference later) {
    Duration low = max(ahead.minus(error), later.ahead.minus(later.error));
    Duration high = min(ahead.plus(error), later.ahead.plus(later.error));
    if (low.compareTo(high) > 0) {
      return later;
    }
    Duration half = high.minus(low).dividedBy(2);
    return new ClockDifference(low.plus(half), half);
  }

  /** The same, seen by a clock that is {@code further} ahead of the one it was seen by. */
  public ClockDifference seenFrom(Duration further) {
    return new ClockDifference(ahead.minus(further), error);
  }

  /** Whether it is more than a system's being slow could explain, and than does no harm. */
  public boolean isConsiderable() {
    return ahead.abs().compareTo(HARMLESS) > 0 && ahead.abs().compareTo(error) > 0;
  }

  /** In plain words, as in "5 seconds ahead of". */
  public String inWords() {
    long seconds = ahead.abs().toSeconds();
    return (seconds < 120 ? seconds + " seconds" : (seconds + 30) / 60 + " minutes")
        + (ahead.isNegative() ? " behind" : " ahead of");
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
