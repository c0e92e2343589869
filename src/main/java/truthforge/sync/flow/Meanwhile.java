package truthforge.sync.flow;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * What is done with the ledger while its owner calls a system: one work at a time, each after the
 * one before it. Belongs to one thread at a time.
 *
 * <p>A work that the process dies in has not happened, as if its owner had not come so far.
 */
public final class Meanwhile {

  private final Executor executor;
  private FutureTask<Runnable> underWay;

  /**
   * @param executor may run a work at once, later, or never: then it is done when it is waited for
   */
  public Meanwhile(Executor executor) {
    this.executor = executor;
  }

  /**
   * Begins a work once the one before it is done.
   *
   * @param work gives what is left for its owner to do by itself, when it is done
   * @throws RuntimeException what the work before it failed of; this one is not begun then
   */
  public void begin(Supplier<Runnable> work) {
    settle();
    underWay = new FutureTask<>(work::get);
    executor.execute(underWay);
    if (underWay.isDone()) {
      settle();
    }
  }

  /**
   * Waits until nothing is under way.
   *
   * @throws RuntimeException what the work failed of
   */
  public void settle() {
    FutureTask<Runnable> work = underWay;
    underWay = null;
    if (work != null) {
      // Does nothing where it has begun elsewhere.
      work.run();
      done(work).run();
    }
  }

  private static Runnable done(FutureTask<Runnable> work) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return work.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw rethrown(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException rethrown(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return (RuntimeException) cause;
  }
}
