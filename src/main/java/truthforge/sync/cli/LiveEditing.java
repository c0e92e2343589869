package truthforge.sync.cli;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import truthforge.sync.sandbox.LiveEdits;

/** Edits random contacts in random systems, every few seconds, and says what it did. */
final class LiveEditing implements AutoCloseable {

  private static final long SECONDS_BETWEEN = 2;

  private final ScheduledExecutorService editor =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "live-edits");
            thread.setDaemon(true);
            return thread;
          });

  private LiveEditing() {}

  static LiveEditing begin(LiveEdits edits, Consumer<String> say) {
    LiveEditing editing = new LiveEditing();
    editing.editor.scheduleWithFixedDelay(
        () -> say.accept(sentence(edits)), SECONDS_BETWEEN, SECONDS_BETWEEN, TimeUnit.SECONDS);
    return editing;
  }

  /** One refused edit is no reason to stop editing. */
  private static String sentence(LiveEdits edits) {
    try {
      return edits.next().sentence();
    } catch (IllegalStateException e) {
      return "An edit was refused: " + e.getMessage();
    }
  }

  @Override
  public void close() {
    editor.shutdownNow();
  }
}
