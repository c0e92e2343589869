package truthforge.sync.ledger;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** A ledger in a SQLite file, and how often it asked its database for something. */
public final class CountedLedger implements AutoCloseable {

  private final AtomicLong statements = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private final JdbcLedger ledger;

  public CountedLedger(Path file, Clock clock) {
    Dialect sqlite = new SqliteDialect(SqliteDialect.PREFIX + file);
    ledger =
        JdbcLedger.open(
            proxy(
                Dialect.class,
                (self, method, arguments) -> {
                  Object result = call(sqlite, method, arguments);
                  if (method.getName().equals("commit")) {
                    commits.incrementAndGet();
                  }
                  return result instanceof DataSource source ? counting(source) : result;
                }),
            clock);
  }

  public Ledger ledger() {
    return ledger;
  }

  /** Executions so far; a JDBC batch is one, however many rows it has. */
  public long statements() {
    return statements.get();
  }

  /** Transactions that ended well so far. */
  public long commits() {
    return commits.get();
  }

  private DataSource counting(DataSource source) {
    return proxy(
        DataSource.class,
        (self, method, arguments) -> {
          Object result = call(source, method, arguments);
          return result instanceof Connection connection ? counting(connection) : result;
        });
  }

  private Connection counting(Connection connection) {
    return proxy(
        Connection.class,
        (self, method, arguments) -> {
          Object result = call(connection, method, arguments);
          if (result instanceof CallableStatement) {
            return result;
          }
          if (result instanceof PreparedStatement statement) {
            return counting(PreparedStatement.class, statement);
          }
          return result instanceof Statement statement
              ? counting(Statement.class, statement)
              : result;
        });
  }

  private <T extends Statement> T counting(Class<T> type, T statement) {
    return proxy(
        type,
        (self, method, arguments) -> {
          if (method.getName().startsWith("execute")) {
            statements.incrementAndGet();
          }
          return call(statement, method, arguments);
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            CountedLedger.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() {
    ledger.close();
  }
}
