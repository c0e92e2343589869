package truthforge.sync.systems;

import java.time.Clock;
import java.util.concurrent.TimeUnit;

/** Time that goes on evenly, whatever is done to the clock: for pauses, budgets and limits. */
public interface Elapsed {

  /** Since a moment of no meaning, in nanoseconds. */
  long nanos();

  /** Waits so many nanoseconds. */
  default void sleep(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(nanos);
  }

  /** What goes along with a clock that brings its own; else what this machine counts. */
  static Elapsed of(Clock clock) {
    return clock instanceof Elapsed own ? own : System::nanoTime;
  }
}
