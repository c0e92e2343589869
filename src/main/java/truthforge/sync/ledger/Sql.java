package truthforge.sync.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** JDBC in short, for one transaction on one connection. */
final class Sql {

  /** A statement failed; the transaction can only be rolled back. */
  static final class Failed extends RuntimeException {
    Failed(SQLException cause) {
      super("A statement of the ledger failed", cause);
    }

    @Override
    public synchronized SQLException getCause() {
      return (SQLException) super.getCause();
    }
  }

  private final Connection connection;
  private final Dialect dialect;
  private final Map<String, PreparedStatement> statements;
  private SQLException failure;

  /**
   * @param statements that were prepared on this connection before, by their SQL; those that are
   *     prepared here come to them
   */
  Sql(Connection connection, Dialect dialect, Map<String, PreparedStatement> statements) {
    this.connection = connection;
    this.dialect = dialect;
    this.statements = statements;
  }

  /** A work that goes on after a failure must not be committed. */
  void requireUnbroken() {
    if (failure != null) {
      throw new Failed(failure);
    }
  }

  interface Parameters {
    void set(Row row) throws SQLException;
  }

  interface Reader<T> {
    T read(ResultSet result) throws SQLException;
  }

  interface Eater {
    void eat(ResultSet result) throws SQLException;
  }

  /** The parameters of a statement, set from the first to the last. */
  final class Row {
    private final PreparedStatement statement;
    private int index;

    Row(PreparedStatement statement) {
      this.statement = statement;
    }

    Row text(String text) throws SQLException {
      statement.setString(++index, text);
      return this;
    }

    Row name(Enum<?> constant) throws SQLException {
      return text(constant.name());
    }

    Row number(long number) throws SQLException {
      statement.setLong(++index, number);
      return this;
    }

    Row flag(boolean on) throws SQLException {
      return number(on ? 1 : 0);
    }

    Row time(Instant time) throws SQLException {
      if (time == null) {
        statement.setNull(++index, Types.BIGINT);
        return this;
      }
      return number(LedgerJson.micros(time));
    }

    Row texts(Collection<String> texts) throws SQLException {
      dialect.setTexts(statement, ++index, texts);
      return this;
    }

    Row key(String id) throws SQLException {
      dialect.setKey(statement, ++index, id);
      return this;
    }

    Row keys(Collection<String> ids) throws SQLException {
      dialect.setKeys(statement, ++index, ids);
      return this;
    }

    Row dense(String text) throws SQLException {
      dialect.setDense(statement, ++index, text);
      return this;
    }

    Row system(String system) throws SQLException {
      return text(LedgerJson.ofSystem(system));
    }
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    return statement;
  }

  private Failed failed(SQLException e) {
    failure = e;
    return new Failed(e);
  }

  void each(String sql, Parameters parameters, Eater eater) {
    try {
      PreparedStatement statement = prepare(sql);
      parameters.set(new Row(statement));
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          eater.eat(result);
        }
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  <T> List<T> list(String sql, Parameters parameters, Reader<T> reader) {
    List<T> rows = new ArrayList<>();
    each(sql, parameters, result -> rows.add(reader.read(result)));
    return rows;
  }

  /** The first row, or null. */
  <T> T first(String sql, Parameters parameters, Reader<T> reader) {
    List<T> rows = list(sql, parameters, reader);
    return rows.isEmpty() ? null : rows.get(0);
  }

  long count(String sql, Parameters parameters) {
    return first(sql, parameters, result -> result.getLong(1));
  }

  int update(String sql, Parameters parameters) {
    try {
      PreparedStatement statement = prepare(sql);
      parameters.set(new Row(statement));
      return statement.executeUpdate();
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  interface ItemParameters<T> {
    void set(Row row, T item) throws SQLException;
  }

  <T> void batch(String sql, Collection<T> items, ItemParameters<T> parameters) {
    if (items.isEmpty()) {
      return;
    }
    try {
      PreparedStatement statement = prepare(sql);
      boolean done = false;
      try {
        for (T item : items) {
          parameters.set(new Row(statement), item);
          statement.addBatch();
        }
        statement.executeBatch();
        done = true;
      } finally {
        if (!done) {
          // It may be kept, and would run with the next ones.
          statement.clearBatch();
        }
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  static String system(ResultSet result, int column) throws SQLException {
    return LedgerJson.toSystem(result.getString(column));
  }

  /** What is less than every id, for null. */
  static String orFirst(String afterId) {
    return afterId == null ? "" : afterId;
  }

  static Instant time(ResultSet result, int column) throws SQLException {
    long micros = result.getLong(column);
    return result.wasNull() ? null : LedgerJson.instant(micros);
  }
}
