package truthforge.sync.systems.bigquery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import truthforge.sync.systems.Elapsed;

/**
 * Keeps the statements that change one table within what BigQuery takes: 25 in ten seconds. A few
 * are left to other people.
 *
 * <p>Whoever can gather waits for his turn before he knows what he is to send: then the statements
 * of ten seconds are spread over them, and nothing waits for long.
 */
final class DmlPace {

  static final int MOST = 20;
  static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Of a few changes, each goes at once. */
  static final int AT_ONCE = 4;

  private final Elapsed time;
  private final Deque<Long> begun = new ArrayDeque<>();

  DmlPace(Elapsed time) {
    this.time = time;
  }

  /** Waits until another statement may begin. */
  void take() throws InterruptedException {
    for (long wait = reserve(); wait > 0; wait = reserve()) {
      time.sleep(wait);
    }
  }

  /** Waits until it is time for another statement, without taking its place. */
  void awaitTurn() throws InterruptedException {
    for (long wait = untilTurn(); wait > 0; wait = untilTurn()) {
      time.sleep(wait);
    }
  }

  /**
   * The places that are left until the oldest statement counts no more, spread evenly.
   *
   * @return nanoseconds to wait before asking again; 0 or less for none
   */
  synchronized long untilTurn() {
    long now = trimmed();
    if (begun.size() < AT_ONCE) {
      return 0;
    }
    long left = WINDOW_NANOS - (now - begun.peekFirst());
    return begun.size() >= MOST ? left : left / (MOST - begun.size()) - (now - begun.peekLast());
  }

  private long trimmed() {
    long now = time.nanos();
    while (!begun.isEmpty() && now - begun.peekFirst() >= WINDOW_NANOS) {
      begun.removeFirst();
    }
    return now;
  }

  /**
   * @return 0 when a place was taken; else how many nanoseconds to wait before asking again
   */
  synchronized long reserve() {
    long now = trimmed();
    if (begun.size() >= MOST) {
      return WINDOW_NANOS - (now - begun.peekFirst());
    }
    begun.addLast(now);
    return 0;
  }
}
