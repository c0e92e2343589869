package truthforge.sync.operate.port;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** An answer that is worked out once a second at most, however many ask. */
final class Recent<T> {

  private static final long FRESH = TimeUnit.SECONDS.toNanos(1);

  private final Supplier<T> work;
  private T answer;
  private long at;

  Recent(Supplier<T> work) {
    this.work = work;
  }

  synchronized T get() {
    if (answer == null || System.nanoTime() - at > FRESH) {
      answer = work.get();
      at = System.nanoTime();
    }
    return answer;
  }
}
