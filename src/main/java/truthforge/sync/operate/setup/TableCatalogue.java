package truthforge.sync.operate.setup;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import truthforge.sync.systems.jdbc.ContactTable;

/** What a database's catalogue tells of a table beyond its columns. */
record TableCatalogue(Connection connection, ContactTable table) {

  String qualifiedName() {
    return (table.schema() == null ? "" : SqlScript.quoted(table.schema()) + ".")
        + SqlScript.quoted(table.name());
  }

  private boolean isSqlite() {
    return table.schema() == null;
  }

  /** How many contact ids stand in more than one row. */
  long doubleContactIds() throws SQLException {
    return Long.parseLong(
        Databases.value(
            connection,
            "select count(*) from (select contact_id from "
                + qualifiedName()
                + " where contact_id is not null group by contact_id having count(*) > 1) as d"));
  }

  /** Whether it is a view or a foreign table: what it shows is kept in other tables. */
  boolean isKeptElsewhere() throws SQLException {
    return isSqlite()
        ? "view"
            .equals(
                Databases.value(
                    connection, "select type from sqlite_master where name = ?", table.name()))
        : "vf".contains(kind());
  }

  /** Whether its rows are kept in partitions, of which a change feed could not tell. */
  boolean isPartitioned() throws SQLException {
    return !isSqlite() && kind().equals("p");
  }

  private String kind() throws SQLException {
    return Databases.value(
        connection, "select relkind from pg_class where oid = ?::regclass", qualifiedName());
  }

  /** Whether rows can be added and changed, be it by triggers. PostgreSQL only. */
  boolean takesWrites() throws SQLException {
    // The bits: 4 for updates, 8 for inserts.
    return Databases.is(
        connection,
        "select pg_relation_is_updatable(?::regclass, true) & 12 = 12",
        qualifiedName());
  }

  /** How many rows have no id, or one that another row has. */
  long rowsWithoutIdOfTheirOwn() throws SQLException {
    if (!isSqlite() && isUnique(table.idColumn())) {
      return 0;
    }
    String id = SqlScript.quoted(table.idColumn());
    return Long.parseLong(
        Databases.value(
            connection, "select count(*) - count(distinct " + id + ") from " + qualifiedName()));
  }

  /** Whether the database itself keeps two rows from holding one value in that column. */
  boolean isUnique(String column) throws SQLException {
    if (primaryKey().equals(List.of(column))) {
      return true;
    }
    DatabaseMetaData metadata = connection.getMetaData();
    Map<String, List<String>> indexes = new TreeMap<>();
    try (ResultSet rows = metadata.getIndexInfo(null, table.schema(), table.name(), true, true)) {
      while (rows.next()) {
        if (rows.getString("FILTER_CONDITION") == null && rows.getString("INDEX_NAME") != null) {
          indexes
              .computeIfAbsent(rows.getString("INDEX_NAME"), name -> new ArrayList<>())
              .add(rows.getString("COLUMN_NAME"));
        }
      }
    }
    return indexes.containsValue(List.of(column));
  }

  List<String> primaryKey() throws SQLException {
    List<String> key = new ArrayList<>();
    try (ResultSet rows =
        connection.getMetaData().getPrimaryKeys(null, table.schema(), table.name())) {
      while (rows.next()) {
        key.add(rows.getString("COLUMN_NAME"));
      }
    }
    return key;
  }

  /** Whether an enabled trigger calls that function of the schema sync. PostgreSQL only. */
  boolean hasTrigger(String function) throws SQLException {
    return Databases.is(
        connection,
        """
        select exists (
          select from pg_trigger g
          join pg_class c on c.oid = g.tgrelid
          join pg_namespace n on n.oid = c.relnamespace
          join pg_proc p on p.oid = g.tgfoid
          join pg_namespace f on f.oid = p.pronamespace
          where n.nspname = ? and c.relname = ? and g.tgenabled not in ('D', 'R')
            and f.nspname = 'sync' and p.proname = ?)
        """,
        table.schema(),
        table.name(),
        function);
  }

  boolean hasFeed() throws SQLException {
    return table.dialect().hasFeed(connection, table)
        && (isSqlite()
            || Databases.is(
                connection,
                "select to_regprocedure('public.sync_apply(text, jsonb)') is not null"));
  }

  /**
   * Whether its feed is called for each row where it could be for each statement, as that of former
   * versions. It tells the same, at many times the cost.
   */
  boolean hasFormerFeed() throws SQLException {
    return !isSqlite()
        && Databases.is(
            connection,
            """
            select exists (
              select from pg_trigger g
              join pg_proc p on p.oid = g.tgfoid
              join pg_namespace f on f.oid = p.pronamespace
              where g.tgrelid = ?::regclass and g.tgenabled = 'O' and g.tgtype & 1 = 1
                and f.nspname = 'sync' and p.proname = 'log_change'
                and not exists (select from pg_inherits h where h.inhrelid = g.tgrelid))
            """,
            qualifiedName());
  }

  /** Whether rows are shown by policies alone. PostgreSQL only. */
  boolean hasRowSecurity() throws SQLException {
    return Databases.is(
        connection, "select relrowsecurity from pg_class where oid = ?::regclass", qualifiedName());
  }
}
