package truthforge.sync.systems.bigquery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import truthforge.sync.systems.Elapsed;

/**
 * Keeps the statements that change one table within what BigQuery takes: 25 in ten seconds. A few
 * are left to other people.
 */
final class DmlPace {

  static final int MOST = 20;
  static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

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

  /**
   * @return 0 when a place was taken; else how many nanoseconds to wait before asking again
   */
  synchronized long reserve() {
    long now = time.nanos();
    while (!begun.isEmpty() && now - begun.peekFirst() >= WINDOW_NANOS) {
      begun.removeFirst();
    }
    if (begun.size() >= MOST) {
      return WINDOW_NANOS - (now - begun.peekFirst());
    }
    begun.addLast(now);
    return 0;
  }
}
