package truthforge.sync.ledger;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A ledger in a PostgreSQL database, in the schema that a connection starts in. It keeps no state
 * in sessions, so a transaction pooler may stand in between.
 */
final class PostgresqlDialect implements Dialect {

  static final String PREFIX = "jdbc:postgresql:";
  private static final int CONNECT_TIMEOUT_SECONDS = 10;

  private static final Pattern CONNECT_TIMEOUT =
      Pattern.compile("[?&]connectTimeout=([1-9]\\d{0,4})(&|$)");

  /** A server that went silent must not stop the service for good. An option in the URL wins. */
  private static final int ANSWER_TIMEOUT_SECONDS = 60;

  /** First half of the advisory lock's key: "ledg" in ASCII. */
  private static final int LOCK = 0x6c656467;

  private final LedgerSettings settings;

  PostgresqlDialect(LedgerSettings settings) {
    this.settings = settings;
  }

  /** Several processes may share it: transactions take their turns. */
  @Override
  public Claim claim() {
    return Claim.NONE;
  }

  @Override
  public DataSource dataSource(boolean readOnly) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setTcpKeepAlive(true);
    source.setApplicationName("truth-forge-sync");
    source.setReWriteBatchedInserts(true);
    source.setURL(settings.jdbcUrl());
    // With this driver, what was set before the URL would win over it.
    source.setConnectTimeout((int) connectTimeout().toSeconds());
    if (!settings.jdbcUrl().contains("socketTimeout=")) {
      source.setSocketTimeout(ANSWER_TIMEOUT_SECONDS);
    }
    if (settings.username() != null) {
      source.setUser(settings.username());
    }
    if (settings.password() != null) {
      source.setPassword(settings.password());
    }
    // A pooler hands the next transaction to another session, which knows no prepared statement.
    source.setPrepareThreshold(0);
    // Details quote values of records.
    source.setLogServerErrorDetail(false);
    return source;
  }

  @Override
  public Duration connectTimeout() {
    Matcher inUrl = CONNECT_TIMEOUT.matcher(settings.jdbcUrl());
    return Duration.ofSeconds(
        inUrl.find() ? Long.parseLong(inUrl.group(1)) : CONNECT_TIMEOUT_SECONDS);
  }

  @Override
  public String migrations() {
    return "ledger/postgresql";
  }

  /**
   * Transactions of all processes run one after another. Each statement then sees all that was
   * committed before the lock was had; a snapshot taken with the lock would not.
   */
  @Override
  public void begin(Connection connection, boolean readOnly) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      if (readOnly) {
        statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
      } else {
        statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ", hashtext(current_schema()))");
      }
    }
  }

  @Override
  public void commit(Connection connection) throws SQLException {
    connection.commit();
  }

  @Override
  public void rollBack(Connection connection) throws SQLException {
    connection.rollback();
  }

  /** A transaction may be asked to run again, and then alone. */
  @Override
  public boolean flushesTogether() {
    return false;
  }

  @Override
  public String in(String column) {
    return column + " = ANY (?)";
  }

  @Override
  public void setTexts(PreparedStatement statement, int index, Collection<String> texts)
      throws SQLException {
    statement.setArray(
        index, statement.getConnection().createArrayOf("text", texts.toArray(String[]::new)));
  }

  @Override
  public boolean isWorthRetrying(SQLException e) {
    return "40001".equals(e.getSQLState()) || "40P01".equals(e.getSQLState());
  }

  @Override
  public boolean isDuplicate(SQLException e) {
    return "23505".equals(e.getSQLState());
  }

  @Override
  public String explain(SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    if (state.startsWith("28")) {
      return place()
          + " refuses the name or the password. Check ledger.username and ledger.password.";
    }
    if (state.equals("3D000")) {
      return place() + " has no such database. Create it, or check ledger.jdbc-url.";
    }
    if (state.equals("53100")) {
      return "The disk of the ledger is full. Make room; the service goes on by itself.";
    }
    if (state.equals("53300")) {
      return place()
          + " has no connection left. Raise its max_connections or put a pooler before it.";
    }
    if (state.equals("25006")) {
      return place() + " can only be read. Check that ledger.jdbc-url names the primary server.";
    }
    if (state.equals("42501")) {
      return place() + " does not let this user work there. Grant it the rights on its schema.";
    }
    if (state.startsWith("XX")) {
      return place() + " is damaged. Restore it from a backup; see the server's log.";
    }
    if (state.startsWith("08") || state.startsWith("57P") || state.isEmpty()) {
      return place() + " cannot be reached. Check that the server runs, and ledger.jdbc-url.";
    }
    return place() + " refused a statement (SQLSTATE " + state + "). Run doctor.";
  }

  @Override
  public void backup(Path file, Instant now) {
    throw new UnsupportedOperationException(
        "A ledger in PostgreSQL is backed up with pg_dump, or with the server's own backups");
  }

  @Override
  public String place() {
    return "The ledger's PostgreSQL database";
  }

  @Override
  public String emptyPlace() {
    return "in its PostgreSQL database";
  }
}
