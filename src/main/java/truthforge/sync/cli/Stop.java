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
  private static final long SECONDS_IN_SILENCE = 1;

  private final Terminal terminal;
  private final IntConsumer halt;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile int exitCode;
  private volatile boolean changesNothing;
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

  /** The command only looks: an answer that is still to come is not worth waiting for. */
  void changesNothing() {
    changesNothing = true;
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
    halt.accept(hasEnded() ? exitCode : ExitCodes.FOUND);
  }

  /** Otherwise it says what becomes of what is under way. */
  private boolean hasEnded() {
    try {
      if (ended.await(SECONDS_IN_SILENCE, TimeUnit.SECONDS)) {
        return true;
      }
      if (changesNothing) {
        say("Stopped before its end, while a system had not answered. Nothing was changed.");
        return false;
      }
      say("Waiting for the answer to what is under way, " + SECONDS + " seconds at most ...");
      if (ended.await(SECONDS - SECONDS_IN_SILENCE, TimeUnit.SECONDS)) {
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    say(
        "The work at hand did not end in "
            + SECONDS
            + " seconds and was broken off; the next start goes on from what is stored.");
    return false;
  }

  private void say(String words) {
    terminal.err().println(words);
  }
}
