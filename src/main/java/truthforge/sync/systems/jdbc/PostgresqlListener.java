package truthforge.sync.systems.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears that a table in PostgreSQL changed, on a connection of its own. What it hears is a hint and
 * no data: a notification that is lost while it is not connected is made up for by a wake once it
 * is again, and by the next cycle.
 */
public final class PostgresqlListener implements ChangeListener {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  /** Of the trigger that {@code setup} creates; the payload is schema and table. */
  private static final String CHANNEL = "sync_change";

  /** After so long a silence the connection is asked whether it still lives. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private static final Duration LAST_WAKE = Duration.ofSeconds(5);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final String url;
  private final Properties properties;
  private final String tableName;
  private final Runnable wake;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;
  private volatile Connection connection;

  /**
   * @param system for whose name the session and the thread are called
   * @param tableName with or without its schema
   * @param wake called on a thread of this listener's; must return soon
   */
  public PostgresqlListener(
      String system,
      String url,
      String username,
      String password,
      String tableName,
      Runnable wake) {
    this.url = url;
    this.tableName = tableName.toLowerCase(Locale.ROOT);
    this.wake = wake;
    properties = JdbcDataSources.postgresql(system + " listener", url);
    // It waits for hours; whether the connection lives is asked in between.
    properties.setProperty("socketTimeout", "0");
    if (username != null) {
      properties.setProperty("user", username);
    }
    if (password != null) {
      properties.setProperty("password", password);
    }
    thread = new Thread(this::run, "listen-" + system);
    thread.setDaemon(true);
  }

  /** Whether notifications can be heard there: not in SQLite, nor behind a transaction pooler. */
  public static boolean canHear(String url) {
    return url.startsWith("jdbc:postgresql:") && !JdbcDataSources.isTransactionPooler(url);
  }

  @Override
  public void start() {
    thread.start();
  }

  private void run() {
    int failures = 0;
    while (!isStopped()) {
      try (Connection opened = DriverManager.getConnection(url, properties)) {
        connection = opened;
        listen(opened, failures > 0);
        failures = 0;
        hear(opened);
      } catch (SQLException e) {
        // Whoever reads the database tells that it is not there; here it is only tried again.
        LOG.debug("not listening (SQL state {})", e.getSQLState());
      }
      failures++;
      pause(failures);
    }
  }

  private void listen(Connection opened, boolean missedSome) throws SQLException {
    try (Statement statement = opened.createStatement()) {
      statement.execute("listen " + CHANNEL);
    }
    if (missedSome) {
      wake.run();
    }
  }

  private void hear(Connection opened) throws SQLException {
    PGConnection session = opened.unwrap(PGConnection.class);
    while (!isStopped()) {
      PGNotification[] heard = session.getNotifications((int) SILENCE.toMillis());
      if (heard == null || heard.length == 0) {
        if (!opened.isValid((int) SILENCE.toSeconds())) {
          return;
        }
      } else if (anyIsOurs(heard)) {
        wake.run();
      }
    }
  }

  private boolean anyIsOurs(PGNotification[] heard) {
    for (PGNotification one : heard) {
      String changed = one.getParameter().toLowerCase(Locale.ROOT);
      if (changed.equals(tableName) || changed.endsWith("." + tableName)) {
        return true;
      }
    }
    return false;
  }

  private void pause(int failures) {
    long longest =
        Math.min(SHORTEST_PAUSE.toMillis() << Math.min(failures, 10), LONGEST_PAUSE.toMillis());
    try {
      boolean ended =
          stopped.await(
              longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1),
              TimeUnit.MILLISECONDS);
      if (ended) {
        LOG.debug("listening ended");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopped.countDown();
    }
  }

  private boolean isStopped() {
    return stopped.getCount() == 0;
  }

  /** Ends the waiting by ending the connection; afterwards nobody is woken any more. */
  @Override
  public void close() {
    stopped.countDown();
    Connection open = connection;
    try {
      if (open != null) {
        open.abort(Runnable::run);
      }
      thread.join(LAST_WAKE.toMillis());
    } catch (SQLException e) {
      LOG.debug("the listening session could not be ended (SQL state {})", e.getSQLState());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
