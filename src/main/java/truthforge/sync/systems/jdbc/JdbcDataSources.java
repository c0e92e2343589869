package truthforge.sync.systems.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.regex.Pattern;
import org.postgresql.Driver;
import truthforge.sync.ledger.ReadOnlySessions;

/** Pools of connections to the databases that hold contacts. */
public final class JdbcDataSources {

  /** Supabase's transaction pooler: a prepared statement is gone with the transaction. */
  private static final String TRANSACTION_POOLER_PORT = "6543";

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final Duration BUSY = Duration.ofSeconds(10);
  private static final Pattern CREDENTIALS =
      Pattern.compile("[?&](?:user|password)=|//[^/?]*@", Pattern.CASE_INSENSITIVE);

  private JdbcDataSources() {}

  /**
   * Opens a pool; connects only when a connection is asked for, so that an unreachable database
   * stops nothing but its own routes. An option in the URL wins over the one set here.
   *
   * @param name of the pool, in metrics and in the database's list of sessions
   * @param url {@code jdbc:postgresql:…} or {@code jdbc:sqlite:…}, without user and password: it is
   *     shown in logs
   * @param username null for none, as in SQLite
   * @param password null for none
   * @throws IllegalArgumentException for another kind of database, and for credentials in the URL
   */
  public static HikariDataSource open(String name, String url, String username, String password) {
    return open(name, url, username, password, ANSWER);
  }

  /**
   * The same.
   *
   * @param answer how long an answer may take, where the database is a server
   */
  public static HikariDataSource open(
      String name, String url, String username, String password, Duration answer) {
    if (CREDENTIALS.matcher(url).find()) {
      throw new IllegalArgumentException(
          "The JDBC URL of "
              + name
              + " holds a user or a password. Give them as username and password instead: a URL is"
              + " shown in logs.");
    }
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url);
    config.setUsername(username);
    config.setPassword(password);
    config.setInitializationFailTimeout(-1);
    config.setMinimumIdle(0);
    config.setMaximumPoolSize(4);
    config.setConnectionTimeout(Math.min(CONNECT.toMillis(), answer.toMillis()));
    if (url.startsWith("jdbc:sqlite:")) {
      config.setDataSourceProperties(sqlite(url));
      return new SqlitePool(config);
    }
    config.setDataSourceProperties(postgresql(name, url, answer));
    config.setExceptionOverride(new ReadOnlySessions());
    return new HikariDataSource(config);
  }

  /** A transaction here is one statement, so a reader need not take the writer's lock. */
  private static Properties sqlite(String url) {
    Properties properties = new Properties();
    properties.setProperty("journal_mode", "WAL");
    properties.setProperty("busy_timeout", Long.toString(BUSY.toMillis()));
    properties.setProperty("foreign_keys", "true");
    // A property wins over the URL with this driver.
    properties.keySet().removeIf(name -> url.matches(".*[?&]" + name + "=.*"));
    return properties;
  }

  /**
   * Whether each transaction there may get another session: by Supabase's port for that, or where
   * {@code prepareThreshold=0} in the URL says so.
   */
  static boolean isTransactionPooler(String url) {
    Properties parsed = Driver.parseURL(url, null);
    return parsed != null
        && (Arrays.asList(parsed.getProperty("PGPORT", "").split(","))
                .contains(TRANSACTION_POOLER_PORT)
            || "0".equals(parsed.getProperty("prepareThreshold")));
  }

  static Properties postgresql(String name, String url) {
    return postgresql(name, url, ANSWER);
  }

  private static Properties postgresql(String name, String url, Duration answer) {
    Properties parsed = Driver.parseURL(url, null);
    if (parsed == null) {
      throw new IllegalArgumentException(
          "The JDBC URL of "
              + name
              + " is none of PostgreSQL (jdbc:postgresql://host:port/database) or SQLite"
              + " (jdbc:sqlite:file).");
    }
    Properties properties = new Properties();
    if (isTransactionPooler(url)) {
      properties.setProperty("prepareThreshold", "0");
    }
    properties.setProperty("ApplicationName", "truth-forge-sync " + name);
    properties.setProperty("connectTimeout", Long.toString(CONNECT.toSeconds()));
    properties.setProperty("loginTimeout", Long.toString(CONNECT.toSeconds()));
    properties.setProperty("socketTimeout", Long.toString(answer.toSeconds()));
    properties.setProperty("tcpKeepAlive", "true");
    // The detail of an error can hold the whole refused row (promise 10).
    properties.setProperty("logServerErrorDetail", "false");
    return properties;
  }
}
