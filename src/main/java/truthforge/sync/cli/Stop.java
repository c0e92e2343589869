package truthforge.sync.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Ends a command in order when the process is told to end (SIGTERM, Ctrl-C), and the process with
 * the command's own exit code within 25 seconds: a JVM that is left to itself ends with 143, and
 * before all is said.
 */
final class Stop {

  private static final long SECONDS = 24;

  private final Terminal terminal;
  private final IntConsumer halt;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile int exitCode;
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
   * @param action ends the command from another thread, and returns when nothing is under way;
   *     called at once if the signal came before
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

  /** The command has closed all that it opened, and has said all. */
  void ended(int exitCode) {
    this.exitCode = exitCode;
    ended.countDown();
  }

  void onSignal() {
    if (ended.getCount() == 0) {
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
      if (ended.await(SECONDS, TimeUnit.SECONDS)) {
        halt.accept(exitCode);
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
}
