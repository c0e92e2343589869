package truthforge.sync.systems.jdbc;

import static truthforge.sync.systems.jdbc.ContactTable.CONTACT_ID;
import static truthforge.sync.systems.jdbc.ContactTable.DELETED_AT;
import static truthforge.sync.systems.jdbc.ContactTable.EMAILS;
import static truthforge.sync.systems.jdbc.ContactTable.HASH;
import static truthforge.sync.systems.jdbc.ContactTable.REVISION;
import static truthforge.sync.systems.jdbc.ContactTable.UPDATED_AT;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import truthforge.sync.mapping.Limit;

/**
 * SQLite's SQL. A column's type binds nobody there, so times are read as whatever stands in the
 * row, and compared as moments in milliseconds: ISO text with T or blank, with or without zone, and
 * seconds or milliseconds since 1970.
 *
 * <p>A walk by time reads the times in the usual form first, by an index if there is one, then the
 * others by id, so that no page costs more than one pass over the table.
 *
 * <p>RETURNING tells a row before its AFTER triggers have run. An update therefore moves {@code
 * updated_at} itself, later than it was, so that a trigger that acts where nobody moved it stays
 * quiet and the revision returned is the final one.
 */
public final class SqliteJdbcDialect implements JdbcDialect {

  static final SqliteJdbcDialect INSTANCE = new SqliteJdbcDialect();

  private static final String TIME_FORMAT = "'%Y-%m-%dT%H:%M:%fZ'";

  /** The form in which this service and its triggers write times: as texts they sort by time. */
  private static final String USUAL = "glob '????-??-??T??[:]??[:]??.???Z'";

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern TOUCH =
      Pattern.compile(
          "\\bupdate\\s+on\\b.*\\bset\\b[^;]*\\bupdated_at[\"`\\]]?\\s*=",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private SqliteJdbcDialect() {}

  @Override
  public ColumnType columnType(String typeName) {
    String type = typeName == null ? "" : typeName.toUpperCase(Locale.ROOT);
    if (type.contains("INT")) {
      return ColumnType.INTEGER;
    }
    if (type.contains("CHAR") || type.contains("TEXT") || type.contains("CLOB")) {
      return ColumnType.TEXT;
    }
    if (type.contains("BOOL")) {
      return ColumnType.BOOLEAN;
    }
    if (type.contains("JSON")) {
      return ColumnType.JSON;
    }
    if (type.contains("UUID")) {
      return ColumnType.UUID;
    }
    if (type.contains("TIME")) {
      return ColumnType.TIMESTAMP;
    }
    if (type.contains("DATE")) {
      return ColumnType.DATE;
    }
    if (type.contains("REAL")
        || type.contains("FLOA")
        || type.contains("DOUB")
        || type.contains("NUM")
        || type.contains("DEC")) {
      return ColumnType.NUMBER;
    }
    return type.isEmpty() ? ColumnType.TEXT : ColumnType.OTHER;
  }

  @Override
  public Map<String, String> typesBeneath(Connection connection, String schema, String name) {
    return Map.of();
  }

  @Override
  public boolean defers(Connection connection, String schema, String name) {
    return false;
  }

  @Override
  public Map<String, Limit> limits(Connection connection, String schema, String name) {
    return Map.of();
  }

  @Override
  public boolean keepsTime(ColumnType type) {
    return true;
  }

  @Override
  public boolean hasSchemas() {
    return false;
  }

  @Override
  public boolean hasClockOfItsOwn() {
    return false;
  }

  @Override
  public boolean keepsTypes() {
    return false;
  }

  @Override
  public boolean escapesNames() {
    return false;
  }

  /** Of the whole file: it counts every change of any table's form. */
  @Override
  public String shape(String schema, String name) {
    return "(select cast(schema_version as text) from pragma_schema_version)";
  }

  @Override
  public boolean movesUpdatedAt(Connection connection, String schema, String name)
      throws SQLException {
    String sql =
        "select sql from sqlite_master where type = 'trigger' and tbl_name = ? collate nocase";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, name);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          if (TOUCH.matcher(rows.getString(1)).find()) {
            return true;
          }
        }
      }
    }
    return false;
  }

  @Override
  public String changedSince(ContactTable table, Page page) {
    if (!table.hasUpdatedAt()) {
      return all(table, page);
    }
    String id = column(table.idColumn());
    String time = column(UPDATED_AT);
    boolean next = page == Page.NEXT;
    // Once the last row was one of other form, p.after_time is null: no row of the usual form
    // compares as later, and those of other form go on by id.
    String parameters =
        next
            ? """
            select %1$s as since, case when w %2$s then w end as after_time, %3$s as after_id
              from (select :?since as v, :?after_updated_at as w, :?after_id as x)"""
                .formatted(moment("v"), USUAL, cast(table, "x"))
            : "select %s as since from (select :?since as v)".formatted(moment("v"));
    String afterUsual =
        next ? "  and (s.%s, s.%s) > (p.after_time, p.after_id)\n  ".formatted(time, id) : "";
    String afterOther =
        next ? "and (p.after_time is not null or s.%s > p.after_id)\n    ".formatted(id) : "";
    return """
        with p as materialized (
          %1$s),
        usual as materialized (
          select s.*
          from p
          cross join %2$s as s
          where s.%3$s >= p.since and s.%3$s %4$s
          %5$sorder by s.%3$s, s.%6$s
          limit cast(:?limit as integer)),
        other as materialized (
          select s.*
          from p
          cross join %2$s as s
          where (select count(*) from usual) < cast(:?limit as integer)
            %7$sand (s.%3$s is null or not s.%3$s %4$s)
            and coalesce(%8$s >= p.since, true)
          order by s.%6$s
          limit cast(:?limit as integer))
        select
          %9$s
        from (
          select 1 as "_sync_part", usual.%3$s as "_sync_time", usual.* from usual
          union all
          select 2, null, other.* from other) as t
        order by t."_sync_part", t."_sync_time", t.%6$s
        limit cast(:?limit as integer)
        """
        .formatted(
            parameters,
            column(table.name()),
            time,
            USUAL,
            afterUsual,
            id,
            afterOther,
            moment("s." + time),
            row(table, "t."));
  }

  @Override
  public String all(ContactTable table, Page page) {
    return walk(table, row(table, "t."), page);
  }

  @Override
  public String hashes(ContactTable table, Page page) {
    List<String> parts = new ArrayList<>();
    parts.add(read(table.idColumn(), "t."));
    if (table.has(CONTACT_ID) && !table.idColumn().equals(CONTACT_ID)) {
      parts.add(read(CONTACT_ID, "t."));
    }
    parts.add(revision(table, "t.") + " as " + column(REVISION));
    parts.add(hash(table, "t.") + " as " + column(HASH));
    return walk(table, lines(parts), page);
  }

  private static String walk(ContactTable table, String parts, Page page) {
    String id = column(table.idColumn());
    String beyond =
        page == Page.FIRST ? "" : "where t." + id + " > " + cast(table, ":?after_id") + "\n";
    return """
        select
          %s
        from %s as t
        %sorder by t.%s
        limit cast(:?limit as integer)
        """
        .formatted(parts, column(table.name()), beyond, id);
  }

  @Override
  public String byIds(ContactTable table) {
    return select(
        table,
        "t.%s in (select %s from json_each(:?ids) as i)"
            .formatted(column(table.idColumn()), cast(table, "i.value")));
  }

  @Override
  public String byContactIds(ContactTable table) {
    if (!table.has(CONTACT_ID)) {
      return select(table, ":?contact_ids is null and false");
    }
    return select(
        table,
        "t.%s in (select %s from json_each(:?contact_ids) as i)"
            .formatted(column(CONTACT_ID), cast(table.columns().get(CONTACT_ID), "i.value")));
  }

  @Override
  public String byEmails(ContactTable table) {
    if (!table.has(EMAILS)) {
      return select(table, ":?emails is null and false");
    }
    String emails = "t." + column(EMAILS);
    return select(
        table,
        """
        exists (
          select 1
          from json_each(case when json_valid(%1$s) and json_type(%1$s) = 'array' then %1$s else json_array(%1$s) end) as e
          where lower(trim(e.value)) in (select lower(trim(w.value)) from json_each(:?emails) as w))"""
            .formatted(emails));
  }

  @Override
  public String insert(ContactTable table, Collection<String> columns) {
    List<String> written = JdbcDialect.columnsToWrite(table, columns);
    List<String> targets = new ArrayList<>();
    List<String> sources = new ArrayList<>();
    for (String column : written) {
      targets.add(column(column));
      sources.add(member(null, column));
    }
    if (table.hasUpdatedAt() && table.writable(UPDATED_AT) && !written.contains(UPDATED_AT)) {
      targets.add(column(UPDATED_AT));
      sources.add(countsTime(table) ? "unixepoch()" : clock());
    }
    return """
        insert into %s (%s)
        select
          %s
        from json_each(:?rows) as i
        where true
        order by i.key
        on conflict do nothing
        returning
          %s
        """
        .formatted(
            column(table.name()), String.join(", ", targets), lines(sources), row(table, ""));
  }

  @Override
  public String update(ContactTable table, Collection<String> columns) {
    List<String> sets = new ArrayList<>();
    for (String column : JdbcDialect.columnsToChange(table, columns)) {
      sets.add(
          "%1$s = case when %2$s then %3$s else t.%1$s end"
              .formatted(column(column), hasMember("set", column), member("set", column)));
    }
    if (table.hasUpdatedAt() && table.writable(UPDATED_AT)) {
      sets.add(column(UPDATED_AT) + " = " + later(table));
    }
    return """
        update %s as t
        set
          %s
        from json_each(:?rows) as i
        where t.%s = %s
          and %s is %s
        returning
          %s
        """
        .formatted(
            column(table.name()),
            lines(sets),
            column(table.idColumn()),
            cast(table, "(i.value ->> '$.id')"),
            revision(table, "t."),
            "(i.value ->> '$.expected')",
            row(table, ""));
  }

  @Override
  public String delete(ContactTable table) {
    String id = column(table.idColumn());
    String given = cast(table, "(i.value ->> '$.id')");
    return """
        delete from %1$s as t
        where t.%2$s in (
          select s.%2$s
          from json_each(:?rows) as i
          cross join %1$s as s on s.%2$s = %3$s
          where %4$s is (i.value ->> '$.expected'))
        returning
          %5$s
        """
        .formatted(column(table.name()), id, given, revision(table, "s."), row(table, ""));
  }

  @Override
  public String count(ContactTable table) {
    String deleted =
        table.has(DELETED_AT)
            ? "coalesce(trim(t." + column(DELETED_AT) + "), '') not in ('', '0')"
            : "false";
    String latest =
        table.hasUpdatedAt() ? "cast(max(t." + column(UPDATED_AT) + ") as text)" : "null";
    return """
        select
          count(*) filter (where not (%1$s)) as "live",
          count(*) filter (where %1$s) as "deleted",
          %2$s as "updated_at"
        from %3$s as t
        """
        .formatted(deleted, latest, column(table.name()));
  }

  @Override
  public String now(ContactTable table) {
    return """
        select
          %s as "now",
          %s as "shape"
        """
        .formatted(clock(), shape(table.schema(), table.name()));
  }

  @Override
  public boolean hasFeed(Connection connection, ContactTable table) throws SQLException {
    String sql =
        """
        select count(*) filter (where type = 'trigger' and tbl_name = ?1 collate nocase
            and sql like '%sync_change_log%') = 3
          and count(*) filter (where type = 'table' and name in
            ('sync_change_log', 'sync_feed_identity')) = 2
        from sqlite_master
        """;
    if (!value(connection, sql, table.name())) {
      return false;
    }
    return value(
        connection,
        "select exists (select 1 from sync_feed_identity where tbl = ?1)",
        table.name());
  }

  private static boolean value(Connection connection, String sql, String parameter)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  /** Nothing is held back: one writer at a time makes the order of seq that of commits. */
  @Override
  public String feedState(ContactTable table) {
    String name = text(table.name());
    return """
        with p as materialized (
          select
            cast(:?after_txid as integer) as txid, cast(:?after_seq as integer) as after,
            coalesce((select seq from sqlite_sequence where name = 'sync_change_log'), 0) as head)
        select
          %1$s as "now",
          i.identity || '/' || i.installed as "identity",
          i.former || '/' || i.installed as "former",
          0 as "end_txid",
          p.head as "end_seq",
          0 as "safe_txid",
          p.head as "safe_seq",
          0 as "pruned_txid",
          i.pruned as "pruned_seq",
          exists (select 1 from sync_change_log where tbl = %2$s and seq <= p.after) as "kept",
          exists (select 1 from sync_change_log where seq > p.after and tbl = %2$s) as "more",
          null as "held_since",
          %3$s as "shape"
        from p
        left join sync_feed_identity as i on i.tbl = %2$s and 3 = (
          select count(*) from sqlite_master
          where type = 'trigger' and tbl_name = %2$s collate nocase
            and sql like '%%sync_change_log%%')
        """
        .formatted(clock(), name, shape(table.schema(), table.name()));
  }

  @Override
  public String feedEntries(ContactTable table) {
    return """
        select 0 as "txid", seq as "seq", op as "op", pk as "pk", true as "ours"
        from sync_change_log
        where tbl = %s and seq > cast(:?after_seq as integer) and :?after_txid is not null
        order by seq
        limit cast(:?limit as integer)
        """
        .formatted(text(table.name()));
  }

  @Override
  public List<String> feedPrunes(ContactTable table) {
    String name = text(table.name());
    return List.of(
        """
        update sync_feed_identity
        set
          former = identity,
          identity = lower(hex(randomblob(16))),
          pruned = max(pruned, cast(:?seq as integer))
        where tbl = %s and :?identity in (identity || '/' || installed, former || '/' || installed)
          and :?txid is not null
        returning identity
        """
            .formatted(name),
        """
        delete from sync_change_log
        where tbl = %s and seq <= cast(:?seq as integer) and :?txid is not null
          and :?identity is not null
        """
            .formatted(name));
  }

  private static String text(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  private static String select(ContactTable table, String condition) {
    return """
        select
          %s
        from %s as t
        where %s
        """
        .formatted(row(table, "t."), column(table.name()), condition);
  }

  private static String row(ContactTable table, String of) {
    List<String> parts = new ArrayList<>();
    table.columns().keySet().forEach(column -> parts.add(read(column, of)));
    parts.add(revision(table, of) + " as " + column(REVISION));
    return lines(parts);
  }

  private static String read(String column, String of) {
    return of + column(column) + " as " + column(column);
  }

  private static String revision(ContactTable table, String of) {
    return switch (table.revisionKind()) {
      case UPDATED_AT -> "cast(" + of + column(UPDATED_AT) + " as text)";
      case ROW -> hash(table, of);
    };
  }

  private static String hash(ContactTable table, String of) {
    return table.columns().keySet().stream()
        .map(column -> "quote(" + of + column(column) + ")")
        .collect(Collectors.joining(" || ',' || "));
  }

  /**
   * A time as people store it in SQLite, as ISO text in UTC with milliseconds; null if it is none.
   */
  private static String moment(String value) {
    return """
        case when %1$s glob '*[^0-9.]*' then strftime(%2$s, %1$s) \
        when cast(%1$s as real) >= 1e11 then strftime(%2$s, %1$s / 1000.0, 'unixepoch') \
        when %1$s is not null then strftime(%2$s, cast(%1$s as real), 'unixepoch') end"""
        .formatted(value, TIME_FORMAT);
  }

  private static String clock() {
    return "strftime(" + TIME_FORMAT + ", 'now')";
  }

  /** Now, or a millisecond after the time that stands there if that is not past. */
  private static String later(ContactTable table) {
    String old = "t." + column(UPDATED_AT);
    if (countsTime(table)) {
      return """
          case when %1$s >= 1e11 then max(cast(unixepoch('subsec') * 1000 as integer), %1$s + 1) \
          else max(unixepoch(), coalesce(cast(%1$s as integer), 0) + 1) end"""
          .formatted(old);
    }
    return """
        max(%1$s, coalesce(strftime(%2$s, %3$s, '+0.001 seconds'), ''))"""
        .formatted(clock(), TIME_FORMAT, moment(old));
  }

  private static boolean countsTime(ContactTable table) {
    ColumnType type = table.columns().get(UPDATED_AT);
    return type == ColumnType.INTEGER || type == ColumnType.NUMBER;
  }

  private static String hasMember(String parent, String name) {
    return PLAIN.matcher(name).matches()
        ? "json_type(i.value, " + path(parent, name) + ") is not null"
        : "exists (" + find(parent, name) + ")";
  }

  private static String member(String parent, String name) {
    return PLAIN.matcher(name).matches()
        ? "i.value ->> " + path(parent, name)
        : "(" + find(parent, name) + ")";
  }

  private static String path(String parent, String name) {
    return "'$." + (parent == null ? "" : parent + ".") + name + "'";
  }

  /** A JSON path cannot name every key. */
  private static String find(String parent, String name) {
    return "select m.value from json_each(i.value%s) as m where m.key = '%s'"
        .formatted(parent == null ? "" : ", '$." + parent + "'", name.replace("'", "''"));
  }

  private static String cast(ContactTable table, String value) {
    return cast(table.columns().get(table.idColumn()), value);
  }

  private static String cast(ColumnType type, String value) {
    return switch (type) {
      case INTEGER -> "cast(" + value + " as integer)";
      case TEXT, UUID -> "cast(" + value + " as text)";
      default -> value;
    };
  }

  private static String column(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  private static String lines(List<String> parts) {
    return String.join(",\n  ", parts);
  }
}
