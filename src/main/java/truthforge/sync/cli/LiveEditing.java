package truthforge.sync.cli;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import truthforge.sync.sandbox.LiveEdits;

/** Edits random contacts in random systems, every few seconds, and says what it did. */
final class LiveEditing implements AutoCloseable {

  private static final long SECONDS_BETWEEN = 2;
  private static final long SECONDS_TO_END = 10;

  private final ScheduledThreadPoolExecutor editor =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "live-edits");
            thread.setDaemon(true);
            return thread;
          });

  private LiveEditing() {
    editor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  static LiveEditing begin(LiveEdits edits, Consumer<String> say) {
    LiveEditing editing = new LiveEditing();
    editing.editor.scheduleWithFixedDelay(
        () -> say.accept(oneOf(edits)), SECONDS_BETWEEN, SECONDS_BETWEEN, TimeUnit.SECONDS);
    return editing;
  }

  /**
   * Does something once, unless this is closed before.
   *
   * @param edits for how long edits go on before
   */
  void endAfter(Duration edits, Runnable end) {
    editor.schedule(end, edits.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** An edit that is refused, for example because of the service's own writes, is not the last. */
  private static String oneOf(LiveEdits edits) {
    try {
      return edits.next().sentence();
    } catch (RuntimeException e) {
      return "Somebody tried an edit in vain: " + e.getMessage();
    }
  }

  /** Lets the edit at hand end. */
  @Override
  public void close() {
    editor.shutdown();
    try {
      if (!editor.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS)) {
        editor.shutdownNow();
      }
    } catch (InterruptedException e) {
      editor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
