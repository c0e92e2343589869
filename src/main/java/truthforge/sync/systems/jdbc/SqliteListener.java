package truthforge.sync.systems.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Notices by its files that a SQLite database was written, by whatever program: nothing is opened
 * and nothing is locked.
 */
public final class SqliteListener implements ChangeListener {

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final Path database;
  private final Path log;
  private final Runnable wake;
  private final ScheduledExecutorService looking;
  private String seen;

  /**
   * @param wake called on a thread of this listener's; must return soon
   */
  public SqliteListener(String system, String url, Runnable wake) {
    database = SqlitePool.file(url);
    log = Path.of(database + "-wal");
    this.wake = wake;
    looking =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "listen-" + system);
              thread.setDaemon(true);
              return thread;
            });
    seen = state();
  }

  /** Whether there is a file to look at: there is none of a database in memory. */
  public static boolean canHear(String url) {
    return url.startsWith("jdbc:sqlite:") && SqlitePool.file(url) != null;
  }

  @Override
  public void start() {
    looking.scheduleWithFixedDelay(
        this::look, LOOK_EVERY.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  void look() {
    String now = state();
    if (!now.equals(seen)) {
      seen = now;
      wake.run();
    }
  }

  private String state() {
    return state(database) + state(log);
  }

  /** An empty log, which comes and goes with those who read, is none. */
  private static String state(Path file) {
    try {
      BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
      return is.size() == 0
          ? "-"
          : is.fileKey() + "/" + is.size() + "/" + is.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    } catch (IOException e) {
      // Whoever reads the database tells that it is not there.
      return "-";
    }
  }

  @Override
  public void close() {
    looking.shutdownNow();
  }
}
