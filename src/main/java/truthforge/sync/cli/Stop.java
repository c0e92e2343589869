package truthforge.sync.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Ends a task in order when the process is told to end (SIGTERM, Ctrl-C), and the process with exit
 * code 0 within 25 seconds: a JVM that is left to itself ends with 143.
 *
 * <p>Close it after everything else of the task is closed.
 */
final class Stop implements AutoCloseable {

  private static final long SECONDS = 24;

  private final Terminal terminal;
  private final IntConsumer halt;
  private final CountDownLatch closed = new CountDownLatch(1);
  private Runnable stop;
  private boolean told;

  private Stop(Terminal terminal, IntConsumer halt) {
    this.terminal = terminal;
    this.halt = halt;
  }

  /** Watches for the end of the process. */
  static Stop watch(Terminal terminal) {
    Stop stop = new Stop(terminal, Runtime.getRuntime()::halt);
    Runtime.getRuntime().addShutdownHook(new Thread(stop::onSignal, "stop"));
    return stop;
  }

  /** One whose signal and end of the process are the caller's, for tests. */
  static Stop unwatched(Terminal terminal, IntConsumer halt) {
    return new Stop(terminal, halt);
  }

  /**
   * @param action ends the task from another thread, and returns when nothing is under way; called
   *     at once if the signal came before
   */
  void by(Runnable action) {
    boolean late;
    synchronized (this) {
      stop = action;
      late = told;
    }
    if (late) {
      action.run();
    }
  }

  void onSignal() {
    if (closed.getCount() == 0) {
      return;
    }
    Runnable action;
    synchronized (this) {
      told = true;
      action = stop;
    }
    if (action != null) {
      Thread stopping = new Thread(action, "stopping");
      stopping.setDaemon(true);
      stopping.start();
    }
    try {
      if (closed.await(SECONDS, TimeUnit.SECONDS)) {
        halt.accept(ExitCodes.DONE);
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    terminal
        .err()
        .println(
            "The work at hand did not end in "
                + SECONDS
                + " seconds and was broken off; the next start goes on from what is stored.");
    halt.accept(ExitCodes.FOUND);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
