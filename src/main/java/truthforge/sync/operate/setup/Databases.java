package truthforge.sync.operate.setup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;
import truthforge.sync.config.Finding;

/** Single connections to databases, and what their errors mean to an operator. */
final class Databases {

  private static final String SQLITE = "jdbc:sqlite:";
  private static final int BUSY_MILLIS = 10_000;

  private Databases() {}

  /**
   * Where a database is.
   *
   * @param options the common part of the options' names, for messages: {@code local}
   * @param username null for none
   * @param password null for none
   */
  record Address(String options, String url, String username, String password) {

    boolean isSqlite() {
      return url.startsWith(SQLITE);
    }

    /** The file of an SQLite database; empty where it is none, or in memory only. */
    Optional<Path> file() {
      if (!isSqlite()) {
        return Optional.empty();
      }
      String name = url.substring(SQLITE.length()).split("\\?", 2)[0];
      name = name.startsWith("file:") ? name.substring("file:".length()) : name;
      return name.isBlank() || name.startsWith(":")
          ? Optional.empty()
          : Optional.of(Path.of(name).toAbsolutePath().normalize());
    }

    /** Shows no password. */
    @Override
    public String toString() {
      return options;
    }
  }

  /**
   * Opens a database to look at it: nothing can be changed by the connection. A missing file of
   * SQLite stands for an empty database, and is not made.
   */
  static Connection toRead(Address address) throws SQLException {
    if (!address.isSqlite()) {
      Connection connection = DriverManager.getConnection(address.url(), postgresql(address));
      connection.setReadOnly(true);
      return connection;
    }
    Optional<Path> file = address.file();
    if (file.isPresent() && !Files.exists(file.get())) {
      return DriverManager.getConnection(SQLITE + ":memory:");
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setReadOnly(true);
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    return DriverManager.getConnection(address.url(), config.toProperties());
  }

  /** Opens a database to change it, and makes the file of SQLite where it is missing. */
  static Connection toWrite(Address address) throws SQLException {
    if (!address.isSqlite()) {
      return DriverManager.getConnection(address.url(), postgresql(address));
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    return DriverManager.getConnection(address.url(), config.toProperties());
  }

  private static Properties postgresql(Address address) {
    Properties properties = new Properties();
    if (address.username() != null) {
      properties.setProperty("user", address.username());
    }
    if (address.password() != null) {
      properties.setProperty("password", address.password());
    }
    // Supabase's transaction pooler forgets prepared statements.
    properties.setProperty("prepareThreshold", "0");
    properties.setProperty("ApplicationName", "truth-forge-sync setup");
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("loginTimeout", "10");
    properties.setProperty("socketTimeout", "120");
    properties.setProperty("logServerErrorDetail", "false");
    return properties;
  }

  /** The first column of the first row, as text; null where there is no row, or NULL in it. */
  static String value(Connection connection, String sql, Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? rows.getString(1) : null;
      }
    }
  }

  static boolean is(Connection connection, String sql, Object... parameters) throws SQLException {
    String value = value(connection, sql, parameters);
    return value != null && (value.equals("t") || value.equals("1") || value.equals("true"));
  }

  /**
   * What is said of a PostgreSQL that takes no writes; empty where it takes them. It is the setting
   * that each new session begins with, for the one that asks has made itself read-only.
   */
  static Optional<Finding> takesNoWrites(Connection connection, Address address)
      throws SQLException {
    if (is(connection, "select pg_is_in_recovery()")) {
      return Optional.of(
          Finding.error(
              address.options(),
              0,
              "the server is a copy, which takes no writes",
              "Name the primary server as " + address.options() + ".jdbc-url"));
    }
    if (is(
        connection,
        "select reset_val = 'on' from pg_settings where name = 'default_transaction_read_only'")) {
      return Optional.of(
          Finding.error(
              address.options(),
              0,
              "the database takes no writes: default_transaction_read_only is on",
              "Have an administrator set it off for the server, the database and this user; where"
                  + " a provider set it, as Supabase does while the disk is full, make room first"));
    }
    return Optional.empty();
  }

  /**
   * In words of our own: a database's message may quote rows.
   *
   * @param doing what was under way, as the end of "refuses …"
   */
  static Trouble trouble(String system, Address address, SQLException e, String doing) {
    return e instanceof SQLiteException sqlite
        ? sqlite(system, address, sqlite, doing)
        : postgresql(system, address, e, doing);
  }

  private static Trouble postgresql(String system, Address address, SQLException e, String doing) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    String code = "SQL state " + (state.isEmpty() ? "untold" : state);
    String options = address.options();
    if (state.startsWith("08") || state.startsWith("57P") || state.isEmpty()) {
      return Trouble.unreachable(
          system, code, "Check " + options + ".jdbc-url, the network, and that it runs");
    }
    if (state.startsWith("53")) {
      return Trouble.unreachable(
          system, "it is out of a resource, " + code, "Close other connections to it");
    }
    if (state.startsWith("28")) {
      return Trouble.found(
          system,
          "does not accept this user (" + code + ")",
          "Check " + options + ".username and " + options + ".password");
    }
    if (state.equals("3D000")) {
      return Trouble.found(
          system,
          "has no such database (" + code + ")",
          "Check the name at the end of " + options + ".jdbc-url, or create the database");
    }
    if (state.equals("42501")) {
      return Trouble.found(
          system,
          "refuses " + doing + ": this user lacks the right (" + code + ")",
          "Let its owner run the SQL that 'setup --dry-run' shows, or give the right to "
              + options
              + ".username");
    }
    if (state.equals("25006")) {
      return Trouble.found(
          system,
          "refuses " + doing + ": it takes no writes (" + code + ")",
          "Set " + options + ".jdbc-url to the primary server, not to a copy");
    }
    return Trouble.found(
        system,
        "refuses " + doing + " (" + code + ")",
        "See the database's log for the reason; 'setup --dry-run' shows the SQL");
  }

  private static Trouble sqlite(String system, Address address, SQLiteException e, String doing) {
    String code = e.getResultCode().name();
    String file = address.file().map(Path::toString).orElse(address.options() + ".jdbc-url");
    // The low byte is the primary result code of SQLite.
    return switch (e.getResultCode().code & 0xff) {
      case 5, 6 ->
          Trouble.unreachable(
              system, "another program keeps it locked, " + code, "Close what has it open");
      case 3, 8, 14, 23 ->
          Trouble.found(
              system,
              "refuses " + doing + ": its file cannot be opened for that (" + code + ")",
              "Check that the folder of " + file + " exists, and the rights of both");
      case 11, 26 ->
          Trouble.found(
              system,
              "is damaged, or no database (" + code + ")",
              "Check " + address.options() + ".jdbc-url, or put a backup of " + file + " back");
      case 10, 13 ->
          Trouble.found(
              system,
              "refuses " + doing + " (" + code + ")",
              "Check the disk of " + file + " and the room on it");
      default ->
          Trouble.found(
              system,
              "refuses " + doing + " (" + code + ")",
              "'setup --dry-run' shows the SQL: try it by hand");
    };
  }
}
