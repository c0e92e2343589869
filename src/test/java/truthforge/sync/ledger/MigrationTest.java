package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ledger of an earlier version is brought up to date, and nothing in it is another thereby. */
class MigrationTest {

  /** Of the statements that bring it up to date, before each of so many a process dies. */
  private static final int EACH = 9;

  @TempDir Path folder;

  private static String url(Path file) {
    return SqliteDialect.PREFIX + file;
  }

  @Test
  void an_earlier_ledger_in_a_file_is_read_as_it_was() throws SQLException {
    Path file = folder.resolve("ledger.db");
    FourthLedger.make(new SqliteDialect(url(file)));
    try (Ledger ledger = JdbcLedger.open(LedgerSettings.of(url(file), Clock.systemUTC()))) {
      FourthLedger.mustBeIn(ledger);
    }
  }

  @Test
  void an_earlier_ledger_is_not_read_in_another_form_but_says_how_to_bring_it_up_to_date()
      throws SQLException {
    Path file = folder.resolve("ledger.db");
    FourthLedger.make(new SqliteDialect(url(file)));

    try (Ledger ledger = JdbcLedger.openReadOnly(LedgerSettings.of(url(file), Clock.systemUTC()))) {
      assertThatThrownBy(() -> ledger.transaction(tx -> tx.contactsAfter(null, 10)))
          .isInstanceOf(Ledger.LedgerUnavailable.class)
          .hasMessageContaining("is of an earlier version of this program. Start 'run' or 'once'");
    }
  }

  @Test
  void a_ledger_of_a_later_version_is_left_as_it_is() throws SQLException {
    Path file = folder.resolve("ledger.db");
    LedgerSettings settings = LedgerSettings.of(url(file), Clock.systemUTC());
    JdbcLedger.open(settings).close();
    try (Connection connection = DriverManager.getConnection(url(file));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "insert into ledger_schema (installed_rank, version, description, type, script,"
              + " installed_by, execution_time, success)"
              + " values (99, '99', 'later', 'SQL', 'V99__later.sql', 'somebody', 1, 1)");
    }

    assertThatThrownBy(() -> JdbcLedger.open(settings))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("by a later version of this program. Start that version");
  }

  @Test
  void a_process_that_dies_while_it_brings_a_ledger_up_to_date_loses_nothing() throws Exception {
    Path file = folder.resolve("ledger.db");
    Dialect sqlite = new SqliteDialect(url(file));
    FourthLedger.make(sqlite);
    List<Path> left = new ArrayList<>();
    int[] statements = {0};
    Dialect watched =
        proxy(
            Dialect.class,
            sqlite,
            () -> {
              if (statements[0]++ % EACH == 0) {
                left.add(copy(file, "left" + statements[0]));
              }
            });
    // Promise 9: whatever the last process left on the disk, it is all there.
    JdbcLedger.open(watched, Clock.systemUTC()).close();
    left.add(copy(file, "last"));
    assertThat(left).hasSizeGreaterThan(5);
    for (Path each : left) {
      try (Ledger ledger = JdbcLedger.open(LedgerSettings.of(url(each), Clock.systemUTC()))) {
        FourthLedger.mustBeIn(ledger);
      }
    }
  }

  private Path copy(Path file, String name) {
    try {
      Path copy = Files.createDirectory(folder.resolve(name)).resolve("ledger.db");
      Files.copy(file, copy);
      Path log = file.resolveSibling("ledger.db-wal");
      if (Files.exists(log)) {
        Files.copy(log, copy.resolveSibling("ledger.db-wal"));
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, which tells before each statement of any connection it gives. */
  private static <T> T proxy(Class<T> type, T target, Runnable beforeEach) {
    InvocationHandler handler =
        (self, method, arguments) -> {
          if (target instanceof Statement && method.getName().startsWith("execute")) {
            beforeEach.run();
          }
          try {
            Object result = method.invoke(target, arguments);
            if (result instanceof DataSource source) {
              return proxy(DataSource.class, source, beforeEach);
            }
            if (result instanceof Connection connection && !(target instanceof Statement)) {
              return proxy(Connection.class, connection, beforeEach);
            }
            boolean plain = method.getName().equals("createStatement");
            return plain ? proxy(Statement.class, (Statement) result, beforeEach) : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(
        Proxy.newProxyInstance(
            MigrationTest.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
