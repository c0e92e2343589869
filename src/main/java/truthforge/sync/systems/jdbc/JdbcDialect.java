package truthforge.sync.systems.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import truthforge.sync.mapping.Limit;

/**
 * The SQL by which one kind of database reads and writes a table of contacts.
 *
 * <p>Each function gives the text of one statement that returns rows. Its parameters are written
 * {@code :?name}, as camel-jdbc binds them from headers: values never become part of a text. Many
 * records travel as one parameter that holds a JSON array. A parameter that a text names must be
 * given, if only as null.
 *
 * <p>Unless said otherwise a row holds all columns of the table and {@link ContactTable#REVISION}:
 * the state of the row, on which a later {@link #update} or {@link #delete} is conditional.
 */
public sealed interface JdbcDialect permits PostgresqlJdbcDialect, SqliteJdbcDialect {

  /**
   * The dialect of a connected database.
   *
   * @throws IllegalArgumentException for a database that is neither PostgreSQL nor SQLite
   */
  static JdbcDialect of(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    return switch (product) {
      case "PostgreSQL" -> PostgresqlJdbcDialect.INSTANCE;
      case "SQLite" -> SqliteJdbcDialect.INSTANCE;
      default ->
          throw new IllegalArgumentException(
              "Contacts can be kept in PostgreSQL or SQLite, not in " + product + ".");
    };
  }

  /** What a column of this declared type can hold. */
  ColumnType columnType(String typeName);

  /**
   * The types beneath those that people made of others, by column; a column of the database's own
   * type is missing.
   */
  Map<String, String> typesBeneath(Connection connection, String schema, String name)
      throws SQLException;

  /** What columns refuse of values that are of their type; a column that takes all is missing. */
  Map<String, Limit> limits(Connection connection, String schema, String name) throws SQLException;

  /** Whether this database keeps times in columns of this type. */
  boolean keepsTime(ColumnType type);

  boolean hasSchemas();

  /** Whether a column takes nothing but values of its type. */
  boolean keepsTypes();

  /** Whether the database tells another clock than that of the machine that this runs on. */
  boolean hasClockOfItsOwn();

  /** Whether a name can be written so that camel-jdbc sees no parameter in it. */
  boolean escapesNames();

  /**
   * An expression for what tells one form of a table from another: its columns, their types, its
   * triggers; a text, null where there is no such table.
   */
  String shape(String schema, String name);

  /** Whether a key or a unique constraint of the table may be checked late. */
  boolean defers(Connection connection, String schema, String name) throws SQLException;

  /** Whether a trigger of the table sets {@code updated_at} at every update of a row. */
  boolean movesUpdatedAt(Connection connection, String schema, String name) throws SQLException;

  /**
   * Rows with {@code updated_at} at or after {@code :?since} (ISO 8601, UTC), ordered by time and
   * id, at most {@code :?limit}; a page shorter than that is the last one. Rows without a readable
   * time come too, after all others; in SQLite times of a form that does not sort as text come
   * after those that do, by id. {@link Page#NEXT} goes on beyond {@code :?after_updated_at} and
   * {@code :?after_id}, both as the last row told them, the time possibly null. In a table without
   * {@code updated_at} every row is one without time.
   */
  String changedSince(ContactTable table, Page page);

  /** All rows by id, at most {@code :?limit}, on later pages beyond {@code :?after_id}. */
  String all(ContactTable table, Page page);

  /**
   * As {@link #all}, but only the id column, {@code contact_id} where there is one, the revision
   * and {@link ContactTable#HASH}: equal texts mean equal rows. In SQLite it holds the row's values
   * themselves, so it belongs into no log.
   */
  String hashes(ContactTable table, Page page);

  /** The rows with the ids of the JSON array {@code :?ids}. */
  String byIds(ContactTable table);

  /** The rows with the contact ids of the JSON array {@code :?contact_ids}. */
  String byContactIds(ContactTable table);

  /**
   * The rows that have any address of the JSON array {@code :?emails}, whatever the letter case.
   */
  String byEmails(ContactTable table);

  /**
   * Creates a row for each object of the JSON array {@code :?rows}, and returns the created ones. A
   * row that would collide with one that is there is left out, and is missing in the answer. All
   * objects have exactly the keys {@code columns}; every other column gets its default.
   *
   * @throws IllegalArgumentException for a column that the table lacks or computes itself
   */
  String insert(ContactTable table, Collection<String> columns);

  /**
   * Changes a row for each object {@code {"id", "expected", "set"}} of the JSON array {@code
   * :?rows}, provided that its revision still is {@code expected} (null: has none), and returns the
   * rows as they are then. What is missing in the answer was refused. Only the columns in an
   * object's {@code set} change; JSON null clears. {@code updated_at} moves.
   *
   * @param columns all columns that are in the {@code set} of any object
   * @throws IllegalArgumentException for the id, {@code updated_at}, and a column that the table
   *     lacks or computes itself
   */
  String update(ContactTable table, Collection<String> columns);

  /**
   * Removes for ever each row {@code {"id", "expected"}} of the JSON array {@code :?rows} whose
   * revision still is the expected one, and returns what it removed.
   */
  String delete(ContactTable table);

  /** One row: {@code live}, {@code deleted}, and the latest {@code updated_at} or null. */
  String count(ContactTable table);

  /**
   * One row with the database's clock as {@code now}, ISO 8601 text in UTC, and the table's {@link
   * #shape}.
   */
  String now(ContactTable table);

  /** Whether every change of the table goes to a change feed that this user may read. */
  boolean hasFeed(Connection connection, ContactTable table) throws SQLException;

  /**
   * One row that says where the change feed of a table stands, beside {@code now} as in {@link
   * #now}: what {@link FeedState} is read from. Positions are compared with {@code :?after_txid}
   * and {@code :?after_seq}, null where there is none. Only for a table that {@link #hasFeed has
   * one}.
   */
  String feedState(ContactTable table);

  /**
   * Entries of the feed beyond {@code :?after_txid} and {@code :?after_seq}, in its order, at most
   * {@code :?limit}, with {@code txid}, {@code seq}, {@code op} (I, U, D, or T for a table that was
   * emptied), {@code pk} as text, and whether an entry is {@code ours}: of this table.
   */
  String feedEntries(ContactTable table);

  /**
   * Statements that let the feed forget entries up to {@code :?txid} and {@code :?seq}, which were
   * read from the feed of {@code :?identity}.
   */
  List<String> feedPrunes(ContactTable table);

  /** The columns of a write in the table's order, checked. */
  static List<String> columnsToWrite(ContactTable table, Collection<String> columns) {
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("A write to table " + table.name() + " names no column.");
    }
    for (String column : columns) {
      if (!table.writable(column)) {
        throw new IllegalArgumentException(
            "Table " + table.name() + " has no column " + column + " that can be written.");
      }
    }
    return table.columns().keySet().stream().filter(columns::contains).toList();
  }

  /** The columns of a change in the table's order, checked. */
  static List<String> columnsToChange(ContactTable table, Collection<String> columns) {
    if (columns.contains(table.idColumn()) || columns.contains(ContactTable.UPDATED_AT)) {
      throw new IllegalArgumentException(
          "The id and the time of change of a row in table " + table.name() + " are not for us.");
    }
    return columnsToWrite(table, columns);
  }
}
