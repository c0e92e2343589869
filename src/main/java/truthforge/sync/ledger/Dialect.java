package truthforge.sync.ledger;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import javax.sql.DataSource;

/** What differs between the databases that a ledger can live in. */
interface Dialect {

  /** How long a connection may take. */
  default Duration connectTimeout() {
    return Duration.ofSeconds(10);
  }

  /**
   * Takes the ledger for this process, where only one may have it.
   *
   * @return gives it free again
   */
  Claim claim();

  /** Where connections come from. */
  DataSource dataSource(boolean readOnly);

  /** The folder with the migrations, on the class path. */
  String migrations();

  /** The first statements of a transaction; connections come in auto-commit mode. */
  void begin(Connection connection, boolean readOnly) throws SQLException;

  void commit(Connection connection) throws SQLException;

  void rollBack(Connection connection) throws SQLException;

  /** Whether works that wait for one another are committed together. */
  boolean flushesTogether();

  /** Whether a statement that was prepared once is cheaper the next time, on one connection. */
  default boolean keepsStatements() {
    return false;
  }

  default void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** A condition on a column that one parameter, a list of texts, decides. */
  String in(String column);

  void setTexts(PreparedStatement statement, int index, Collection<String> texts)
      throws SQLException;

  // Ids of contacts and of their records, where there are many of them

  default void setKey(PreparedStatement statement, int index, String id) throws SQLException {
    statement.setString(index, id);
  }

  default String key(ResultSet result, int column) throws SQLException {
    return result.getString(column);
  }

  /** As {@link #in}, of ids. */
  default String inKeys(String column) {
    return in(column);
  }

  default void setKeys(PreparedStatement statement, int index, Collection<String> ids)
      throws SQLException {
    setTexts(statement, index, ids);
  }

  /** A text of which there are many, as short as this database can hold it; may be null. */
  default void setDense(PreparedStatement statement, int index, String text) throws SQLException {
    statement.setString(index, text);
  }

  default String dense(ResultSet result, int column) throws SQLException {
    return result.getString(column);
  }

  /** Whether the same transaction may well succeed when it is run again. */
  boolean isWorthRetrying(SQLException e);

  boolean isDuplicate(SQLException e);

  /** What is wrong and what to do about it, without a value of any record. */
  String explain(SQLException e);

  /**
   * @throws UnsupportedOperationException where the database has its own tools for that
   */
  void backup(Path file, Instant now) throws SQLException;

  /** Where the ledger is, for messages. */
  String place();

  /** Likewise, where there is none yet. */
  String emptyPlace();

  /** An exclusive hold on the ledger. */
  interface Claim extends AutoCloseable {
    Claim NONE = () -> {};

    @Override
    void close();
  }
}
