package truthforge.sync.systems.http;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import truthforge.sync.systems.Elapsed;

/**
 * The calls that a system grants: so many at once, and then one after each interval. Twenty counts
 * whole intervals since the last accepted call, so calls that follow each other faster gain
 * nothing.
 */
public final class CallBudget {

  private static final long LONGEST_PENALTY = TimeUnit.SECONDS.toNanos(5);
  private static final long SHORTEST_PENALTY = TimeUnit.MILLISECONDS.toNanos(600);

  /**
   * In percent of the interval: how much later than it was sent a call that is not answered yet is
   * taken to have been accepted.
   */
  private static final long SLACK = 5;

  /** In percent: of the shortest way there and back, what every call needs. */
  private static final long SURE = 95;

  private final int capacity;
  private final long intervalNanos;
  private final Elapsed time;
  private final AtomicLong taken = new AtomicLong();
  private long tokens;

  private long sent;
  private long quickestAnswer = Long.MAX_VALUE;

  /**
   * When the last call had been accepted at the latest, put forward by what the next one needs for
   * its way: no call arrives sooner than an interval after the one before, however late that was.
   */
  private long accepted;

  private long penalty;
  private long penaltySince;

  /**
   * @param perMinute calls a minute; 0 for no limit
   */
  public static CallBudget perMinute(int perMinute, Elapsed time) {
    return new CallBudget(perMinute, time);
  }

  CallBudget(int perMinute, Elapsed time) {
    this.capacity = perMinute;
    this.intervalNanos = perMinute == 0 ? 0 : TimeUnit.MINUTES.toNanos(1) / perMinute;
    this.time = time;
    this.tokens = perMinute;
    this.accepted = time.nanos();
  }

  /** Takes a call, waiting until there is one. */
  public void take() throws InterruptedException {
    long wait = reserve();
    while (wait > 0) {
      time.sleep(wait);
      wait = reserve();
    }
    taken.incrementAndGet();
  }

  /**
   * @return 0 when a call was taken; else how many nanoseconds to wait before asking again
   */
  synchronized long reserve() {
    long now = time.nanos();
    if (now - penaltySince < penalty) {
      return penalty - (now - penaltySince);
    }
    if (capacity == 0) {
      return 0;
    }
    tokens = tokensAt(now);
    if (tokens < 1) {
      return accepted + intervalNanos - now;
    }
    tokens--;
    sent = now;
    accepted = now + intervalNanos * SLACK / 100;
    return 0;
  }

  private long tokensAt(long now) {
    return Math.min(capacity, tokens + Math.max(0, now - accepted) / intervalNanos);
  }

  /**
   * The system refused a call as one too many: others use what it grants, or it grants less. The
   * next call waits, longer after each refusal.
   */
  public synchronized void limited() {
    tokens = 0;
    accepted = time.nanos();
    penaltySince = accepted;
    penalty = Math.min(LONGEST_PENALTY, Math.max(SHORTEST_PENALTY, 2 * penalty));
  }

  /** The system answered a call that it looked at. */
  public synchronized void granted() {
    penalty = 0;
    long now = time.nanos();
    quickestAnswer = Math.min(quickestAnswer, now - sent);
    accepted = now - quickestAnswer * SURE / 100;
  }

  /** Calls left at this moment; a large number where there is no limit. */
  public synchronized long left() {
    return capacity == 0 ? Integer.MAX_VALUE : tokensAt(time.nanos());
  }

  /** Calls a minute; 0 where there is no limit. */
  public int perMinute() {
    return capacity;
  }

  /** Calls taken since the start. */
  public long taken() {
    return taken.get();
  }
}
