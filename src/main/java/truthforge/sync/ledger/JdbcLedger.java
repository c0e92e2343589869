package truthforge.sync.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;

/**
 * The ledger in SQLite or PostgreSQL.
 *
 * <p>On PostgreSQL the work of a transaction may run more than once, when the database asks for it.
 */
public final class JdbcLedger implements Ledger {

  private static final int TRIES = 5;
  private static final int MOST_TOGETHER = 8;

  private final Dialect dialect;
  private final Clock clock;
  private final boolean readOnly;
  private final Dialect.Claim claim;
  private final HikariDataSource pool;
  private final ReentrantLock turn = new ReentrantLock(true);

  /** Of the works that wait for one another; null where there is none. Belongs to the turn. */
  private Flush open;

  /** On the pool's one connection; null before the first. Belongs to the turn. */
  private Prepared prepared;

  private volatile long flushes;

  /** Belongs to the turn. */
  private boolean upToDate;

  private JdbcLedger(
      Dialect dialect, Clock clock, boolean readOnly, Dialect.Claim claim, HikariDataSource pool) {
    this.dialect = dialect;
    this.clock = clock;
    this.readOnly = readOnly;
    this.claim = claim;
    this.pool = pool;
  }

  /**
   * Opens the ledger, and makes it or brings it up to date where needed.
   *
   * @throws LedgerUnavailable when it cannot be opened, or another process has it (SQLite)
   * @throws IllegalArgumentException when the URL is of no known database
   */
  public static JdbcLedger open(LedgerSettings settings) {
    return open(dialect(settings), settings.clock());
  }

  static JdbcLedger open(Dialect dialect, Clock clock) {
    Dialect.Claim claim = dialect.claim();
    boolean opened = false;
    try {
      migrate(dialect);
      JdbcLedger ledger = new JdbcLedger(dialect, clock, false, claim, pool(dialect, false));
      opened = true;
      return ledger;
    } finally {
      if (!opened) {
        claim.close();
      }
    }
  }

  /**
   * Opens a ledger to look at it, also while another process has it. What would write fails with
   * {@link LedgerUnavailable}.
   *
   * @throws LedgerUnavailable when there is none, or it cannot be opened
   */
  public static JdbcLedger openReadOnly(LedgerSettings settings) {
    Dialect dialect = dialect(settings);
    return new JdbcLedger(dialect, settings.clock(), true, Dialect.Claim.NONE, pool(dialect, true));
  }

  /**
   * Makes none where there is none.
   *
   * @throws NoLedgerYet when nothing was ever remembered there
   * @throws LedgerUnavailable when that cannot be told
   */
  public static void requireOne(LedgerSettings settings) {
    Dialect dialect = dialect(settings);
    if (form(dialect).applied().length == 0) {
      throw new NoLedgerYet(dialect.emptyPlace());
    }
  }

  private static Dialect dialect(LedgerSettings settings) {
    if (settings.jdbcUrl().startsWith(SqliteDialect.PREFIX)) {
      return new SqliteDialect(settings.jdbcUrl());
    }
    if (settings.jdbcUrl().startsWith(PostgresqlDialect.PREFIX)) {
      return new PostgresqlDialect(settings);
    }
    throw new IllegalArgumentException(
        "ledger.jdbc-url must start with "
            + SqliteDialect.PREFIX
            + " or "
            + PostgresqlDialect.PREFIX);
  }

  private static void migrate(Dialect dialect) {
    try {
      Flyway flyway = flyway(dialect, false);
      for (MigrationInfo applied : flyway.info().applied()) {
        if (applied.getState() == MigrationState.FUTURE_SUCCESS) {
          throw new LedgerUnavailable(
              dialect.place()
                  + " was brought up to date by a later version of this program. Start that version,"
                  + " or put a backup made before in its place and run 'init'.",
              null);
        }
      }
      flyway.migrate();
    } catch (FlywayException e) {
      throw unavailable(dialect, e);
    }
  }

  private static Flyway flyway(Dialect dialect, boolean readOnly) {
    return Flyway.configure(JdbcLedger.class.getClassLoader())
        .dataSource(dialect.dataSource(readOnly))
        .locations("classpath:" + dialect.migrations())
        .table("ledger_schema")
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load();
  }

  private static MigrationInfoService form(Dialect dialect) {
    try {
      return flyway(dialect, true).info();
    } catch (FlywayException e) {
      throw unavailable(dialect, e);
    }
  }

  /** A copy can be made of any; to read one, its form must be known. */
  private void requireUpToDate() {
    if (!readOnly || upToDate) {
      return;
    }
    MigrationInfoService form = form(dialect);
    if (form.applied().length == 0) {
      throw new NoLedgerYet(dialect.emptyPlace());
    }
    upToDate = form.pending().length == 0;
    if (!upToDate) {
      throw new LedgerUnavailable(
          dialect.place()
              + " is of an earlier version of this program. Start 'run' or 'once', which bring it"
              + " up to date, then give this command again.",
          null);
    }
  }

  private static HikariDataSource pool(Dialect dialect, boolean readOnly) {
    DataSource source = dialect.dataSource(readOnly);
    HikariConfig config = new HikariConfig();
    config.setPoolName("ledger");
    config.setDataSource(source);
    config.setMaximumPoolSize(1);
    config.setConnectionTimeout(dialect.connectTimeout().toMillis());
    config.setMaxLifetime(0);
    config.setKeepaliveTime(0);
    config.setReadOnly(readOnly);
    config.setExceptionOverride(new ReadOnlySessions());
    try {
      return new HikariDataSource(config);
    } catch (HikariPool.PoolInitializationException e) {
      throw unavailable(dialect, e);
    }
  }

  @Override
  public <T> T transaction(Function<LedgerTransaction, T> work) {
    if (turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("A ledger transaction within another one");
    }
    if (dialect.flushesTogether() && !readOnly) {
      return together(work);
    }
    turn.lock();
    try {
      requireUpToDate();
      for (int attempt = 1; ; attempt++) {
        try {
          return once(work);
        } catch (SQLException e) {
          SQLException root = root(e);
          boolean again = e instanceof NotBegun ? attempt == 1 : dialect.isWorthRetrying(root);
          if (attempt == TRIES || !again) {
            throw new LedgerUnavailable(dialect.explain(root), e);
          }
        }
      }
    } finally {
      turn.unlock();
    }
  }

  /**
   * One commit of the database for works that wait for one another: a flush of the disk takes
   * longer than any of them. All of them are told that they are stored when they are, and not
   * before.
   */
  private final class Flush {
    private final Connection connection;
    private final CountDownLatch over = new CountDownLatch(1);
    private int works;
    private SQLException failure;

    Flush(Connection connection) {
      this.connection = connection;
    }

    /** Without a trace of what a work that failed has done. */
    <T> T add(Function<LedgerTransaction, T> work) throws SQLException {
      boolean alone = works == 0;
      boolean done = false;
      if (!alone) {
        dialect.execute(connection, "SAVEPOINT work");
      }
      try {
        JdbcTransaction transaction = newTransaction(connection);
        T result = work.apply(transaction);
        transaction.requireUnbroken();
        if (!alone) {
          dialect.execute(connection, "RELEASE work");
        }
        works++;
        done = true;
        return result;
      } catch (Sql.Failed e) {
        throw e.getCause();
      } finally {
        if (!done && alone) {
          end(false);
        } else if (!done) {
          undo();
        }
      }
    }

    /** Where the database has given up the whole transaction by itself, none of it is stored. */
    private void undo() {
      try {
        dialect.execute(connection, "ROLLBACK TO work");
        dialect.execute(connection, "RELEASE work");
      } catch (SQLException e) {
        failure = e;
        end(false);
      }
    }

    void end(boolean commits) {
      try (connection) {
        boolean done = false;
        try {
          if (commits) {
            dialect.commit(connection);
            done = true;
            flushes++;
          }
        } finally {
          if (!done) {
            rollBack(connection);
          }
        }
      } catch (SQLException e) {
        failure = failure == null ? e : failure;
      } finally {
        open = null;
        over.countDown();
      }
    }

    void await() {
      boolean interrupted = false;
      while (true) {
        try {
          over.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failure != null) {
        throw new LedgerUnavailable(dialect.explain(root(failure)), failure);
      }
    }
  }

  private <T> T together(Function<LedgerTransaction, T> work) {
    Flush flush;
    T result;
    turn.lock();
    try {
      flush = open == null ? begun() : open;
      open = flush;
      result = flush.add(work);
    } catch (SQLException e) {
      throw new LedgerUnavailable(dialect.explain(root(e)), e);
    } finally {
      // Whoever waits has its work in the same flush, and ends it if nobody waits then.
      if (open != null && (!turn.hasQueuedThreads() || open.works >= MOST_TOGETHER)) {
        open.end(true);
      }
      turn.unlock();
    }
    flush.await();
    return result;
  }

  /** Statements prepared on a connection, by their SQL. */
  private record Prepared(Connection connection, Map<String, PreparedStatement> statements) {}

  /**
   * The pool's own connection closes what was prepared when it is given back. Beneath it,
   * statements outlive a transaction where that is worth something.
   */
  private JdbcTransaction newTransaction(Connection connection) throws SQLException {
    if (!dialect.keepsStatements()) {
      return new JdbcTransaction(connection, dialect, clock, new HashMap<>());
    }
    Connection own = connection.unwrap(Connection.class);
    if (prepared == null || prepared.connection() != own) {
      prepared = new Prepared(own, new HashMap<>());
    }
    return new JdbcTransaction(own, dialect, clock, prepared.statements());
  }

  private Flush begun() throws SQLException {
    for (int attempt = 1; ; attempt++) {
      Connection connection = pool.getConnection();
      try {
        begin(connection);
        return new Flush(connection);
      } catch (NotBegun e) {
        connection.close();
        if (attempt > 1) {
          throw e;
        }
      }
    }
  }

  /** How often the disk was waited for. */
  long flushes() {
    return flushes;
  }

  private <T> T once(Function<LedgerTransaction, T> work) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      boolean done = false;
      try {
        begin(connection);
        JdbcTransaction transaction = newTransaction(connection);
        T result = work.apply(transaction);
        transaction.requireUnbroken();
        dialect.commit(connection);
        done = true;
        return result;
      } catch (Sql.Failed e) {
        throw e.getCause();
      } finally {
        if (!done) {
          rollBack(connection);
        }
      }
    }
  }

  /** The connection was lost while it was idle: the pool gives another one. */
  private static final class NotBegun extends SQLException {
    NotBegun(SQLException cause) {
      super("The transaction did not begin", cause.getSQLState(), cause);
    }
  }

  private void begin(Connection connection) throws SQLException {
    try {
      dialect.begin(connection, readOnly);
    } catch (SQLException e) {
      pool.evictConnection(connection);
      throw new NotBegun(e);
    }
  }

  /** A connection that cannot be rolled back is no good any more; its transaction ends with it. */
  private void rollBack(Connection connection) {
    try {
      dialect.rollBack(connection);
    } catch (SQLException e) {
      pool.evictConnection(connection);
    }
  }

  private static LedgerUnavailable unavailable(Dialect dialect, RuntimeException e) {
    Throwable cause = e;
    while (cause != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    return new LedgerUnavailable(
        cause instanceof SQLException sql
            ? dialect.explain(root(sql))
            : dialect.place() + " cannot be brought up to date. See the cause.",
        e);
  }

  /** The database's own word, beneath those of pool and batch. */
  static SQLException root(SQLException e) {
    SQLException root = e;
    for (Throwable t = e; t != null; t = next(t)) {
      if (t instanceof SQLException sql) {
        root = sql;
      }
    }
    return root;
  }

  private static Throwable next(Throwable t) {
    if (t.getCause() != null || !(t instanceof SQLException sql)) {
      return t.getCause();
    }
    return sql.getNextException();
  }

  @Override
  public void backup(Path file) {
    try {
      dialect.backup(file, clock.instant());
    } catch (SQLException e) {
      throw new LedgerUnavailable(dialect.explain(root(e)), e);
    }
  }

  /** What a PRAGMA of SQLite says, or does, on the connection of all transactions. */
  String pragma(String pragma) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("PRAGMA " + pragma)) {
      return result.next() ? result.getString(1) : null;
    } catch (SQLException e) {
      throw new LedgerUnavailable(dialect.explain(root(e)), e);
    }
  }

  @Override
  public void close() {
    try {
      pool.close();
    } finally {
      claim.close();
    }
  }
}
