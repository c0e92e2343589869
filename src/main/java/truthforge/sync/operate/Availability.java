package truthforge.sync.operate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.Elapsed;
import truthforge.sync.systems.SystemUnavailable;

/**
 * Which systems can be worked with now. Observing and delivering of one system never overlap; a
 * system that fails as a whole is left alone for a while, longer each time, with jitter.
 */
public final class Availability {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");
  private static final Duration SHORTEST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofMinutes(15);

  private final Map<String, State> states = new LinkedHashMap<>();
  private final Set<String> readOnly;
  private volatile boolean stopping;
  private volatile Consumer<String> beforeLeaving = system -> {};
  private final Clock clock;
  private final Elapsed elapsed;

  private static final class State {
    private final ReentrantLock turn = new ReentrantLock();

    /** How long it is to be left alone, from {@code failedAt} on; 0 for not at all. */
    private volatile long pauseNanos;

    private volatile long failedAt;
    private volatile int failures;
    private volatile String failure;
    private volatile boolean paused;
    private volatile boolean upInThisTurn;
    private volatile boolean writesInThisTurn;

    /** It failed, and was not read to its end since. */
    private volatile boolean unread;

    /** What failed last was a write: it takes one more to know that they are taken again. */
    private volatile boolean refusesWrites;

    private volatile Instant lastRead;
    private volatile SystemUnavailable.Kind kind;
  }

  /**
   * @param readOnly systems that are observed and never written
   */
  public Availability(Iterable<String> systems, Set<String> readOnly, Clock clock) {
    systems.forEach(system -> states.put(system, new State()));
    this.readOnly = Set.copyOf(readOnly);
    this.clock = clock;
    this.elapsed = Elapsed.of(clock);
  }

  /**
   * Begins a turn with the system, waiting for one under way; false where it is to be left alone.
   */
  public boolean enter(String system) {
    State state = states.get(system);
    if (stopping || state == null || state.paused || isLeftAlone(state)) {
      return false;
    }
    state.turn.lock();
    if (stopping || state.paused || isLeftAlone(state)) {
      // It became so in the turn that was waited for.
      state.turn.unlock();
      return false;
    }
    state.upInThisTurn = true;
    state.writesInThisTurn = false;
    return true;
  }

  /** Whatever is done to the clock, for as long as was meant. */
  private boolean isLeftAlone(State state) {
    return elapsed.nanos() - state.failedAt < state.pauseNanos;
  }

  /**
   * As {@link #enter}, to write. A system that failed is read to its end before it is written
   * again: a write that gets no answer leaves more doubt than a read.
   */
  public boolean enterToWrite(String system) {
    State state = states.get(system);
    if (state == null || readOnly.contains(system) || state.unread || !enter(system)) {
      return false;
    }
    if (state.unread) {
      state.turn.unlock();
      return false;
    }
    state.writesInThisTurn = true;
    return true;
  }

  /** What must be done with a system before another turn with it begins, however this one ended. */
  void beforeLeaving(Consumer<String> action) {
    beforeLeaving = action;
  }

  public void leave(String system) {
    try {
      beforeLeaving.accept(system);
    } finally {
      states.get(system).turn.unlock();
    }
  }

  /** Whether the turn under way may go on. */
  public boolean isUp(String system) {
    State state = states.get(system);
    return !stopping && state != null && state.upInThisTurn && !state.paused;
  }

  /**
   * All of the system was read: it answers. One that refuses to be written, as while its disk is
   * full, is only back when it was written.
   */
  public void read(String system) {
    State state = states.get(system);
    state.unread = false;
    state.failures = 0;
    state.pauseNanos = 0;
    state.lastRead = clock.instant();
    if (!state.refusesWrites) {
      isBack(system, state);
    }
  }

  /** All that the system was due was sent, and it took it. */
  void written(String system) {
    State state = states.get(system);
    if (state.refusesWrites && isUp(system)) {
      state.refusesWrites = false;
      isBack(system, state);
    }
  }

  private static void isBack(String system, State state) {
    if (state.failure != null) {
      LOG.info("{} is back", system);
    }
    state.failure = null;
    state.kind = null;
  }

  /** The system cannot be worked with for now; nothing is parked because of it. */
  public void failed(String system, Throwable thrown) {
    Throwable cause = Failures.telling(system, thrown);
    if (cause instanceof Ledger.LedgerUnavailable unavailable) {
      throw unavailable;
    }
    State state = states.get(system);
    state.upInThisTurn = false;
    state.unread = true;
    state.refusesWrites = state.writesInThisTurn;
    state.failures++;
    state.kind = cause instanceof SystemUnavailable unavailable ? unavailable.kind() : null;
    state.failure = Failures.inPlainWords(system, cause);
    if (cause instanceof BatchRefused) {
      state.failure += ". It is tried again by itself; if this stays, look into its log.";
    }
    state.failedAt = elapsed.nanos();
    state.pauseNanos = pause(state.failures).toNanos();
    LOG.warn("{}", state.failure);
    if (!(cause instanceof SystemUnavailable)) {
      LOG.debug("{} failed", system, cause);
    }
  }

  private static Duration pause(int failures) {
    long longest = SHORTEST.toMillis() << Math.min(failures, 10);
    long capped = Math.min(longest, LONGEST.toMillis());
    return Duration.ofMillis(capped / 2 + ThreadLocalRandom.current().nextLong(capped / 2 + 1));
  }

  /** From now on nothing is begun. */
  public void stopAll() {
    stopping = true;
  }

  public void pause(String system) {
    states.get(system).paused = true;
  }

  public void resume(String system) {
    State state = states.get(system);
    state.paused = false;
    state.pauseNanos = 0;
  }

  public boolean isPaused(String system) {
    return states.get(system).paused;
  }

  public boolean isReadOnly(String system) {
    return readOnly.contains(system);
  }

  /** Why the system cannot be worked with, in plain words; null where it can. */
  public String failure(String system) {
    return states.get(system).failure;
  }

  /** The kind of the failure; null where there is none, or of no known kind. */
  public SystemUnavailable.Kind failureKind(String system) {
    return states.get(system).kind;
  }

  /** When the system was last read to the end; null where it never was since the start. */
  public Instant lastRead(String system) {
    return states.get(system).lastRead;
  }

  /** Tries all systems again at once, whatever happened. */
  public void tryAllNow() {
    states.values().forEach(state -> state.pauseNanos = 0);
  }
}
