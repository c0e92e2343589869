package truthforge.sync.systems.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A table of contacts as it really is: people bring tables of their own, with fewer columns and
 * other types than the default one.
 *
 * @param schema null in SQLite
 * @param idColumn the column that names a row; its values never change
 * @param columns the readable columns in the table's order, the id column among them
 * @param generated those of the columns that the database computes and nobody may write
 * @param revisionKind by what a change of a row is known
 * @param defers whether a constraint of it may be checked as late as at the end of a transaction
 */
public record ContactTable(
    JdbcDialect dialect,
    String schema,
    String name,
    String idColumn,
    Map<String, ColumnType> columns,
    Set<String> generated,
    RevisionKind revisionKind,
    boolean defers) {

  /** The column in which every statement tells the revision of a row, as text. */
  public static final String REVISION = "_revision";

  /** The column in which {@link JdbcDialect#hashes} tells the state of a row, as text. */
  public static final String HASH = "_hash";

  /** The column in which a write tells the number of its transaction. */
  public static final String TRANSACTION = "_transaction";

  public static final String CONTACT_ID = "contact_id";
  public static final String EMAILS = "emails";
  public static final String CREATED_AT = "created_at";
  public static final String UPDATED_AT = "updated_at";
  public static final String DELETED_AT = "deleted_at";

  /** What camel-jdbc would take for a parameter, inside a quoted name too. */
  private static final Pattern CAMEL_PARAMETER = Pattern.compile(":\\?\\w");

  ContactTable(
      JdbcDialect dialect,
      String schema,
      String name,
      String idColumn,
      Map<String, ColumnType> columns,
      Set<String> generated,
      RevisionKind revisionKind) {
    this(dialect, schema, name, idColumn, columns, generated, revisionKind, false);
  }

  public ContactTable {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    generated = Collections.unmodifiableSet(new LinkedHashSet<>(generated));
    if (!columns.containsKey(idColumn)) {
      throw new IllegalArgumentException("Table " + name + " has no column " + idColumn + ".");
    }
    if (revisionKind == RevisionKind.UPDATED_AT && !columns.containsKey(UPDATED_AT)) {
      throw new IllegalArgumentException("Table " + name + " has no column " + UPDATED_AT + ".");
    }
  }

  public boolean has(String column) {
    return columns.containsKey(column);
  }

  /** Whether {@code updated_at} is there and of a type in which this database keeps times. */
  public boolean hasUpdatedAt() {
    return has(UPDATED_AT) && dialect.keepsTime(columns.get(UPDATED_AT));
  }

  /** Whether a write may name the column: it is there, and the database does not compute it. */
  public boolean writable(String column) {
    return has(column) && !generated.contains(column);
  }

  /**
   * Reads from the database what the table is like.
   *
   * @param tableName the table, with or without its schema before a dot; as written in the database
   *     or, where that is unambiguous, in other letter case
   * @throws MissingTableException where there is no such table or no such id column; its message
   *     says what to do
   */
  public static ContactTable read(Connection connection, String tableName, String idColumn)
      throws SQLException {
    JdbcDialect dialect = JdbcDialect.of(connection);
    Found found = find(connection, dialect, tableName);
    Map<String, ColumnType> columns = new LinkedHashMap<>();
    Map<String, String> beneath = dialect.typesBeneath(connection, found.schema(), found.name());
    Set<String> generated = new LinkedHashSet<>();
    DatabaseMetaData metadata = connection.getMetaData();
    try (ResultSet rows =
        metadata.getColumns(
            null, pattern(metadata, found.schema()), pattern(metadata, found.name()), null)) {
      while (rows.next()) {
        String column = rows.getString("COLUMN_NAME");
        if (!found.name().equals(rows.getString("TABLE_NAME"))
            || column.equals(REVISION)
            || column.equals(HASH)
            || column.equals(TRANSACTION)
            || !addressable(dialect, column)) {
          continue;
        }
        String type = beneath.getOrDefault(column, rows.getString("TYPE_NAME"));
        columns.put(column, dialect.columnType(type));
        if ("YES".equals(rows.getString("IS_GENERATEDCOLUMN"))) {
          generated.add(column);
        }
      }
    }
    if (!columns.containsKey(idColumn)) {
      throw new MissingTableException(
          "Table "
              + tableName
              + " has no column "
              + idColumn
              + ". Name the column that identifies a row in the configuration, or run `setup` to"
              + " create the default table. Its columns are: "
              + String.join(", ", columns.keySet())
              + ".");
    }
    boolean timed = columns.containsKey(UPDATED_AT) && dialect.keepsTime(columns.get(UPDATED_AT));
    RevisionKind kind =
        timed && dialect.movesUpdatedAt(connection, found.schema(), found.name())
            ? RevisionKind.UPDATED_AT
            : RevisionKind.ROW;
    return new ContactTable(
        dialect,
        found.schema(),
        found.name(),
        idColumn,
        columns,
        generated,
        kind,
        dialect.defers(connection, found.schema(), found.name()));
  }

  /**
   * By which a table whose form has changed since is known; to be asked for before it is {@link
   * #read}.
   *
   * @throws MissingTableException where there is no such table
   */
  public static String shape(Connection connection, String tableName) throws SQLException {
    JdbcDialect dialect = JdbcDialect.of(connection);
    Found found = find(connection, dialect, tableName);
    return shape(connection, dialect, found.schema(), found.name());
  }

  /** The same of this table now; null where it is not there any more. */
  public String shape(Connection connection) throws SQLException {
    return shape(connection, dialect, schema, name);
  }

  private static String shape(
      Connection connection, JdbcDialect dialect, String schema, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select " + dialect.shape(schema, name))) {
      rows.next();
      return rows.getString(1);
    }
  }

  /**
   * Whether a new row must be given its id: the id is a text or a UUID, and the database has none
   * of its own to give. SQLite would leave such an id empty, and the row could never be named.
   */
  public boolean givesNoId(Connection connection) throws SQLException {
    ColumnType type = columns.get(idColumn);
    if (!(type.isText() || type == ColumnType.UUID) || !writable(idColumn)) {
      return false;
    }
    DatabaseMetaData metadata = connection.getMetaData();
    try (ResultSet rows =
        metadata.getColumns(
            null,
            pattern(metadata, schema),
            pattern(metadata, name),
            pattern(metadata, idColumn))) {
      return rows.next() && rows.getString("COLUMN_DEF") == null;
    }
  }

  private record Found(String schema, String name) {}

  private static Found find(Connection connection, JdbcDialect dialect, String tableName)
      throws SQLException {
    List<String> schemas = new ArrayList<>();
    if (dialect.hasSchemas()) {
      if (connection.getSchema() != null) {
        schemas.add(connection.getSchema());
      }
      schemas.add("public");
    } else {
      schemas.add(null);
    }
    for (String schema : schemas) {
      Found found = find(connection.getMetaData(), schema, tableName);
      if (found != null) {
        return found;
      }
    }
    int dot = tableName.indexOf('.');
    if (dialect.hasSchemas() && dot > 0) {
      Found found =
          find(connection.getMetaData(), tableName.substring(0, dot), tableName.substring(dot + 1));
      if (found != null) {
        return found;
      }
    }
    throw new MissingTableException(
        "There is no table "
            + tableName
            + " that this user can see. Check the table's name in the configuration and the user's"
            + " rights, or run `setup` to create the table.");
  }

  private static Found find(DatabaseMetaData metadata, String schema, String name)
      throws SQLException {
    List<Found> otherCase = new ArrayList<>();
    String[] types = {"TABLE", "VIEW", "PARTITIONED TABLE", "FOREIGN TABLE"};
    try (ResultSet tables = metadata.getTables(null, pattern(metadata, schema), "%", types)) {
      while (tables.next()) {
        String tableName = tables.getString("TABLE_NAME");
        Found found = new Found(schema, tableName);
        if (tableName.equals(name)) {
          return found;
        }
        if (tableName.equalsIgnoreCase(name)) {
          otherCase.add(found);
        }
      }
    }
    return otherCase.size() == 1 ? otherCase.get(0) : null;
  }

  private static String pattern(DatabaseMetaData metadata, String name) throws SQLException {
    if (name == null) {
      return null;
    }
    String escape = metadata.getSearchStringEscape();
    return name.replace(escape, escape + escape)
        .replace("_", escape + "_")
        .replace("%", escape + "%");
  }

  private static boolean addressable(JdbcDialect dialect, String column) {
    return dialect.escapesNames() || !CAMEL_PARAMETER.matcher(column).find();
  }
}
