package truthforge.sync.systems;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The time that this machine and the systems agree upon. It is this machine's, unless most of them
 * say otherwise: a machine whose clock is set wrong, or jumps while the service runs, upsets
 * neither what is due when, nor which of two edits was the later one.
 *
 * <p>How far each clock is from it is learned from what the systems tell anyway. All is measured by
 * a ruler that no setting of the clock moves, so a jump of this machine's clock is known for what
 * it is at once. Safe for use by several threads.
 */
public final class AgreedClock extends Clock implements Elapsed {

  /** Whose clock counts where as many say one as say another. */
  private static final String TRUTH = "bigquery";

  private final Clock machine;
  private final Elapsed elapsed;
  private final Instant begun;
  private final long begunNanos;
  private final Map<String, ClockDifference> differences = new TreeMap<>();
  private final Map<String, ClockDifference> voting = new TreeMap<>();

  private AgreedClock(Clock machine) {
    this.machine = machine;
    elapsed = Elapsed.of(machine);
    begun = machine.instant();
    begunNanos = elapsed.nanos();
  }

  /** The clock itself where it is one already. */
  public static AgreedClock of(Clock clock) {
    return clock instanceof AgreedClock agreed ? agreed : new AgreedClock(clock);
  }

  /** A moment at which a system was asked, by the ruler. */
  public record Asked(Instant at) {}

  /** To be called right before a call that tells a system's time. */
  public Asked ask() {
    return new Asked(ruler());
  }

  /**
   * A system has just told its time.
   *
   * @param told cut to {@code step}; null where it told none
   * @param step in which the system tells its time
   */
  public void told(String system, Asked asked, Instant told, Duration step) {
    learn(system, asked, told, step, true);
  }

  /** The same of what tells the time of this machine, or of one that others have a say in. */
  public void toldWithoutVote(String system, Asked asked, Instant told) {
    learn(system, asked, told, Duration.ZERO, false);
  }

  private synchronized void learn(
      String system, Asked asked, Instant told, Duration step, boolean votes) {
    if (asked == null || told == null) {
      return;
    }
    ClockDifference now = ClockDifference.of(asked.at(), told, ruler(), step);
    ClockDifference before = differences.get(system);
    ClockDifference known = before == null ? now : before.then(now);
    differences.put(system, known);
    if (votes) {
      voting.put(system, known);
    }
  }

  private Instant ruler() {
    return begun.plusNanos(elapsed.nanos() - begunNanos);
  }

  /** How far the system's clock is from the agreed time; nothing where that was never told. */
  public synchronized ClockDifference difference(String system) {
    ClockDifference known = differences.get(system);
    return known == null ? ClockDifference.NONE : known.seenFrom(agreed(ruler()));
  }

  /** How far this machine's clock is from the agreed time. */
  public synchronized ClockDifference ofThisMachine() {
    Instant ruler = ruler();
    Duration machines = Duration.between(ruler, machine.instant());
    return new ClockDifference(machines.minus(agreed(ruler)), Duration.ZERO);
  }

  /** A time that the system told, as the agreed clock would have told it. */
  public Instant corrected(String system, Instant told) {
    if (told == null) {
      return null;
    }
    ClockDifference difference = difference(system);
    return difference.isConsiderable() ? told.minus(difference.ahead()) : told;
  }

  @Override
  public synchronized Instant instant() {
    Instant ruler = ruler();
    return ruler.plus(agreed(ruler));
  }

  /** How far the agreed time is ahead of the ruler: the one in the middle of all. */
  private Duration agreed(Instant ruler) {
    Duration machines = Duration.between(ruler, machine.instant());
    if (voting.isEmpty()) {
      return machines;
    }
    List<ClockDifference> all = new ArrayList<>(voting.values());
    all.add(new ClockDifference(machines, Duration.ZERO));
    all.sort((a, b) -> a.ahead().compareTo(b.ahead()));
    ClockDifference one = all.get((all.size() - 1) / 2);
    ClockDifference other = all.get(all.size() / 2);
    Duration deciding = voting.containsKey(TRUTH) ? voting.get(TRUTH).ahead() : machines;
    boolean first =
        one.ahead().minus(deciding).abs().compareTo(other.ahead().minus(deciding).abs()) <= 0;
    ClockDifference middle = first ? one : other;
    boolean off = middle.seenFrom(machines).isConsiderable();
    return off ? middle.ahead() : machines;
  }

  @Override
  public long nanos() {
    return elapsed.nanos();
  }

  @Override
  public void sleep(long nanos) throws InterruptedException {
    elapsed.sleep(nanos);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("Times here are in UTC");
  }
}
