package truthforge.sync.systems.jdbc;

import static truthforge.sync.systems.jdbc.ContactTable.CONTACT_ID;
import static truthforge.sync.systems.jdbc.ContactTable.DELETED_AT;
import static truthforge.sync.systems.jdbc.ContactTable.EMAILS;
import static truthforge.sync.systems.jdbc.ContactTable.HASH;
import static truthforge.sync.systems.jdbc.ContactTable.REVISION;
import static truthforge.sync.systems.jdbc.ContactTable.TRANSACTION;
import static truthforge.sync.systems.jdbc.ContactTable.UPDATED_AT;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import truthforge.sync.mapping.Limit;

/**
 * PostgreSQL's SQL, Supabase's database included. Times, days, JSON and arrays are read as text, so
 * that no microsecond, no calendar and no closed connection changes them; none of it depends on the
 * session's settings.
 */
public final class PostgresqlJdbcDialect implements JdbcDialect {

  static final PostgresqlJdbcDialect INSTANCE = new PostgresqlJdbcDialect();

  private static final String TIME_FORMAT = "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'";

  private PostgresqlJdbcDialect() {}

  @Override
  public ColumnType columnType(String typeName) {
    return switch (typeName.toLowerCase(Locale.ROOT)) {
      case "text", "varchar", "citext", "name" -> ColumnType.TEXT;
      case "bpchar" -> ColumnType.PADDED_TEXT;
      case "uuid" -> ColumnType.UUID;
      case "int2", "int4", "int8", "serial", "bigserial", "smallserial" -> ColumnType.INTEGER;
      case "numeric", "float4", "float8" -> ColumnType.NUMBER;
      case "bool" -> ColumnType.BOOLEAN;
      case "date" -> ColumnType.DATE;
      case "timestamptz" -> ColumnType.TIMESTAMP;
      case "timestamp" -> ColumnType.LOCAL_TIMESTAMP;
      case "json", "jsonb" -> ColumnType.JSON;
      case "_text", "_varchar", "_citext", "_bpchar" -> ColumnType.TEXT_ARRAY;
      default -> ColumnType.OTHER;
    };
  }

  @Override
  public Map<String, String> typesBeneath(Connection connection, String schema, String name)
      throws SQLException {
    String sql =
        """
        with recursive beneath(name, type, list, own) as (
          select a.attname, a.atttypid, false, false
          from pg_attribute a
          join pg_class c on c.oid = a.attrelid
          join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = ? and c.relname = ? and a.attnum > 0 and not a.attisdropped
          union all
          select b.name, case t.typtype when 'd' then t.typbasetype else t.typelem end,
            b.list or t.typtype <> 'd', b.own or t.typtype = 'd'
          from beneath b
          join pg_type t on t.oid = b.type
          where t.typtype = 'd' or t.typcategory = 'A' and t.typelem <> 0)
        select b.name, case when b.list then '_' else '' end || t.typname
        from beneath b
        join pg_type t on t.oid = b.type
        where b.own and t.typtype <> 'd' and not (t.typcategory = 'A' and t.typelem <> 0)
        """;
    Map<String, String> types = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, name);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          types.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    return types;
  }

  @Override
  public Map<String, Limit> limits(Connection connection, String schema, String name)
      throws SQLException {
    // A length stands in the modifier of a type, behind four bytes of its own.
    String sql =
        """
        select a.attname, a.atttypmod - 4,
          array(select e.enumlabel from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        join pg_type t on t.oid = a.atttypid
        where n.nspname = ? and c.relname = ? and a.attnum > 0 and not a.attisdropped
          and (t.typtype = 'e' or t.typname in ('varchar', 'bpchar') and a.atttypmod > 4)
        """;
    Map<String, Limit> limits = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, name);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          int length = rows.getInt(2);
          limits.put(
              rows.getString(1),
              length > 0
                  ? Limit.ofLength(length)
                  : Limit.ofChoices(List.of((String[]) rows.getArray(3).getArray())));
        }
      }
    }
    return limits;
  }

  @Override
  public boolean keepsTime(ColumnType type) {
    return type == ColumnType.TIMESTAMP || type == ColumnType.LOCAL_TIMESTAMP;
  }

  @Override
  public boolean hasSchemas() {
    return true;
  }

  @Override
  public boolean hasClockOfItsOwn() {
    return true;
  }

  @Override
  public boolean keepsTypes() {
    return true;
  }

  @Override
  public boolean escapesNames() {
    return true;
  }

  @Override
  public String shape(String schema, String name) {
    return """
        (select concat(c.oid, (
            select string_agg(
              concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attgenerated, a.atthasdef, array(
                select e.enumlabel
                from pg_catalog.pg_enum as e
                where e.enumtypid = a.atttypid
                order by e.enumsortorder)), ','
              order by a.attnum)
            from pg_catalog.pg_attribute as a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), (
            select string_agg(concat_ws(' ', g.oid, g.tgenabled, q.xmin), ',' order by g.oid)
            from pg_catalog.pg_trigger as g
            join pg_catalog.pg_proc as q on q.oid = g.tgfoid
            where g.tgrelid = c.oid and not g.tgisinternal))
          from pg_catalog.pg_class as c
          join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
          where n.nspname = %s and c.relname = %s)"""
        .formatted(text(schema), text(name));
  }

  @Override
  public boolean defers(Connection connection, String schema, String name) throws SQLException {
    String sql =
        """
        select exists (
          select 1
          from pg_constraint k
          join pg_class c on c.oid = k.conrelid
          join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = ? and c.relname = ? and k.contype in ('p', 'u', 'x') and k.condeferrable)
        """;
    return isSo(connection, sql, schema, name);
  }

  private static boolean isSo(Connection connection, String sql, String schema, String name)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, name);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  @Override
  public boolean movesUpdatedAt(Connection connection, String schema, String name)
      throws SQLException {
    // The bits of tgtype: 1 for each row, 2 before, 16 on update.
    String sql =
        """
        select exists (
          select 1
          from pg_trigger g
          join pg_class c on c.oid = g.tgrelid
          join pg_namespace n on n.oid = c.relnamespace
          join pg_proc p on p.oid = g.tgfoid
          where n.nspname = ? and c.relname = ?
            and not g.tgisinternal and g.tgenabled not in ('D', 'R')
            and (g.tgtype & 19) = 19 and cast(g.tgattr as text) = ''
            and (p.prosrc ~* 'new\\."?updated_at"?\\s*:?='
              or p.proname = 'moddatetime' and encode(g.tgargs, 'escape') like 'updated\\_at%'))
        """;
    return isSo(connection, sql, schema, name);
  }

  @Override
  public String changedSince(ContactTable table, Page page) {
    String id = column(table.idColumn());
    if (!table.hasUpdatedAt()) {
      return all(table, page);
    }
    String time = column(UPDATED_AT);
    String since = moment(table, ":?since");
    String limit = "limit cast(:?limit as bigint)";
    String timed;
    String untimed = "t." + time + " is null";
    if (page == Page.FIRST) {
      timed = "t." + time + " >= " + since;
    } else {
      String after = moment(table, ":?after_updated_at");
      String afterId = cast(table, ":?after_id");
      timed =
          "t.%1$s >= greatest(%2$s, %3$s)\n     and (t.%1$s, t.%4$s) > (%3$s, %5$s)"
              .formatted(time, since, after, id, afterId);
      untimed +=
          "\n     and (%s is not null or t.%s > %s)"
              .formatted("cast(:?after_updated_at as text)", id, afterId);
    }
    return """
        select
          %s
        from (
          (select t.* from %s as t
           where %s
           order by t.%s, t.%s %s)
          union all
          (select t.* from %s as t
           where %s
           order by t.%s %s)
        ) as t
        order by t.%s nulls last, t.%s
        %s
        """
        .formatted(
            row(table),
            name(table),
            timed,
            time,
            id,
            limit,
            name(table),
            untimed,
            id,
            limit,
            time,
            id,
            limit);
  }

  @Override
  public String all(ContactTable table, Page page) {
    return walk(table, row(table), page);
  }

  @Override
  public String hashes(ContactTable table, Page page) {
    List<String> parts = new ArrayList<>();
    parts.add(read(table, table.idColumn()));
    if (table.has(CONTACT_ID) && !table.idColumn().equals(CONTACT_ID)) {
      parts.add(read(table, CONTACT_ID));
    }
    parts.add(revision(table) + " as " + column(REVISION));
    parts.add(hash(table) + " as " + column(HASH));
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
        limit cast(:?limit as bigint)
        """
        .formatted(parts, name(table), beyond, id);
  }

  @Override
  public String byIds(ContactTable table) {
    return select(table, among(table, table.idColumn(), ":?ids"));
  }

  @Override
  public String byContactIds(ContactTable table) {
    if (!table.has(CONTACT_ID)) {
      return select(table, "cast(:?contact_ids as text) is null and false");
    }
    return select(table, among(table, CONTACT_ID, ":?contact_ids"));
  }

  /** A text that the column's type cannot hold is no row's, and no error. */
  private static String among(ContactTable table, String column, String texts) {
    ColumnType type = table.columns().get(column);
    String possible =
        switch (type) {
          case UUID -> " where i ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'";
          case INTEGER -> " where i ~ '^-?[0-9]{1,18}$'";
          case NUMBER -> " where i ~ '^-?[0-9]+([.][0-9]+)?$'";
          default -> "";
        };
    return """
        t.%s = any (array(
          select %s from jsonb_array_elements_text(cast(%s as jsonb)) as i%s))"""
        .formatted(column(column), cast(type, "i"), texts, possible);
  }

  @Override
  public String byEmails(ContactTable table) {
    if (!table.has(EMAILS)) {
      return select(table, "cast(:?emails as text) is null and false");
    }
    String emails = "t." + column(EMAILS);
    String wanted =
        "(select lower(btrim(w)) from jsonb_array_elements_text(cast(:?emails as jsonb)) as w)";
    String items =
        switch (table.columns().get(EMAILS)) {
          case TEXT_ARRAY -> "unnest(" + emails + ")";
          case JSON ->
              "jsonb_array_elements_text(case jsonb_typeof(cast(%1$s as jsonb)) when 'array' then cast(%1$s as jsonb) when 'string' then jsonb_build_array(%1$s) else '[]' end)"
                  .formatted(emails);
          default -> "regexp_split_to_table(cast(%s as text), '[][\",; ]+')".formatted(emails);
        };
    return select(
        table,
        "exists (select 1 from %s as e where lower(btrim(e)) in\n  %s)".formatted(items, wanted));
  }

  @Override
  public String insert(ContactTable table, Collection<String> columns) {
    List<String> written = JdbcDialect.columnsToWrite(table, columns);
    List<String> targets = new ArrayList<>(written.stream().map(c -> column(c)).toList());
    List<String> sources = new ArrayList<>(written.stream().map(c -> "r." + column(c)).toList());
    if (table.hasUpdatedAt() && table.writable(UPDATED_AT) && !written.contains(UPDATED_AT)) {
      targets.add(column(UPDATED_AT));
      sources.add(clock(table));
    }
    return """
        insert into %1$s as t (%2$s)
        select %3$s
        from jsonb_array_elements(cast(:?rows as jsonb)) with ordinality as i(value, place)
        cross join lateral jsonb_populate_record(cast(null as %1$s), i.value) as r
        %5$s
        returning
          %4$s
        """
        .formatted(
            name(table),
            String.join(", ", targets),
            String.join(", ", sources),
            written(table),
            inPlace(table, written));
  }

  /** ON CONFLICT is refused where a constraint may be checked late. */
  private static String inPlace(ContactTable table, List<String> written) {
    if (!table.defers()) {
      return "order by i.place\non conflict do nothing";
    }
    return written.contains(CONTACT_ID)
        ? """
          where not exists (select from %s as o where o.%2$s = r.%2$s)
          order by i.place"""
            .formatted(name(table), column(CONTACT_ID))
        : "order by i.place";
  }

  @Override
  public String update(ContactTable table, Collection<String> columns) {
    List<String> sets = new ArrayList<>();
    for (String column : JdbcDialect.columnsToChange(table, columns)) {
      sets.add(
          "%1$s = case when i.value -> 'set' -> %2$s is null then t.%1$s else r.%1$s end"
              .formatted(column(column), text(column)));
    }
    if (table.hasUpdatedAt() && table.writable(UPDATED_AT)) {
      sets.add(column(UPDATED_AT) + " = " + clock(table));
    }
    return """
        update %s as t
        set
          %s
        from jsonb_array_elements(cast(:?rows as jsonb)) as i(value)
        cross join lateral jsonb_populate_record(cast(null as %s), i.value -> 'set') as r
        where t.%s = %s
          and %s
        returning
          %s
        """
        .formatted(
            name(table),
            lines(sets),
            name(table),
            column(table.idColumn()),
            cast(table, "(i.value ->> 'id')"),
            asExpected(table),
            written(table));
  }

  @Override
  public String delete(ContactTable table) {
    return """
        delete from %s as t
        using jsonb_array_elements(cast(:?rows as jsonb)) as i(value)
        where t.%s = %s
          and %s
        returning
          %s
        """
        .formatted(
            name(table),
            column(table.idColumn()),
            cast(table, "(i.value ->> 'id')"),
            asExpected(table),
            row(table));
  }

  @Override
  public String count(ContactTable table) {
    String deleted = table.has(DELETED_AT) ? "t." + column(DELETED_AT) + " is not null" : "false";
    String latest =
        table.hasUpdatedAt()
            ? time(table.columns().get(UPDATED_AT), "max(t." + column(UPDATED_AT) + ")")
            : "cast(null as text)";
    return """
        select
          count(*) filter (where not (%1$s)) as "live",
          count(*) filter (where %1$s) as "deleted",
          %2$s as "updated_at"
        from %3$s as t
        """
        .formatted(deleted, latest, name(table));
  }

  @Override
  public String now(ContactTable table) {
    return """
        select
          %s as "now",
          %s as "shape"
        """
        .formatted(
            time(ColumnType.TIMESTAMP, "clock_timestamp()"), shape(table.schema(), table.name()));
  }

  @Override
  public boolean hasFeed(Connection connection, ContactTable table) throws SQLException {
    String sql =
        """
        select exists (%s) and exists (%s)
          and exists (
            select from pg_catalog.pg_class as c
            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = 'sync' and c.relname = 'feed_state')
          and (select bool_and(coalesce(has_function_privilege(to_regprocedure(f), 'execute'), false))
               from unnest(array[
                 'public.sync_feed(bigint, bigint, integer)',
                 'public.sync_feed_info()',
                 'public.sync_feed_prune(bigint)']) as f)
        """
            .formatted(changeTrigger(table), truncateTrigger(table));
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  @Override
  public String feedState(ContactTable table) {
    return """
        with f as materialized (select public.sync_feed_info() as info)
        select
          %s as "now",
          (f.info ->> 'identity') || '.' || t.oid as "identity",
          cast(null as text) as "former",
          cast(f.info ->> 'next_txid' as bigint) as "end_txid",
          cast(0 as bigint) as "end_seq",
          cast(f.info ->> 'safe_txid' as bigint) as "safe_txid",
          cast(0 as bigint) as "safe_seq",
          cast(f.info ->> 'pruned_below' as bigint) as "pruned_txid",
          cast(0 as bigint) as "pruned_seq",
          coalesce(cast(f.info ->> 'oldest_kept' as bigint) < p.txid, false) as "kept",
          exists (select 1 from public.sync_feed(p.txid, p.seq, 1)) as "more",
          (select %s
           from (
             select a.backend_xid as xid, a.xact_start as begun from pg_catalog.pg_stat_activity as a
             union all
             select x.transaction, x.prepared from pg_catalog.pg_prepared_xacts as x) as h
           where cast(cast(h.xid as text) as bigint)
             = cast(f.info ->> 'safe_txid' as bigint) %% 4294967296
           limit 1) as "held_since",
          %s as "shape"
        from (select cast(:?after_txid as bigint) as txid, cast(:?after_seq as bigint) as seq) as p
        cross join f
        left join (
          %s
          and exists (
          %s)) as t on true
        """
        .formatted(
            time(ColumnType.TIMESTAMP, "clock_timestamp()"),
            time(ColumnType.TIMESTAMP, "h.begun"),
            shape(table.schema(), table.name()),
            changeTrigger(table),
            truncateTrigger(table));
  }

  /** Entries do not tell partitions from their table, so only a plain one is followed. */
  private static String triggers(ContactTable table, String function) {
    return """
          from pg_catalog.pg_trigger as g
          join pg_catalog.pg_class as c on c.oid = g.tgrelid
          join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
          join pg_catalog.pg_proc as q on q.oid = g.tgfoid
          join pg_catalog.pg_namespace as s on s.oid = q.pronamespace
          where n.nspname = %s and c.relname = %s and c.relkind = 'r'
            and s.nspname = 'sync' and q.proname = '%s' and g.tgenabled not in ('D', 'R')"""
        .formatted(text(table.schema()), text(table.name()), function);
  }

  private static String truncateTrigger(ContactTable table) {
    return "select g.oid\n" + triggers(table, "log_truncate");
  }

  /**
   * Those that log rows by the id column, which is their only argument: none unless they are called
   * for every kind of change, be it one for all or one for each. The feed is known by the one that
   * is called for deletes. One for statements is not called where the table is written through
   * another.
   */
  private static String changeTrigger(ContactTable table) {
    return "select min(g.oid) filter (where g.tgtype & 8 <> 0) as oid\n"
        + triggers(table, "log_change")
        + "\n    and g.tgargs = convert_to("
        + text(table.idColumn())
        + ", getdatabaseencoding()) || decode('00', 'hex')"
        + "\n    and (g.tgtype & 1 = 1 or not exists (\n"
        + "      select from pg_catalog.pg_inherits as h where h.inhrelid = c.oid))"
        + "\n  having bit_or(g.tgtype & 28) = 28";
  }

  @Override
  public String feedEntries(ContactTable table) {
    return """
        select f.txid as "txid", f.seq as "seq", f.op as "op", f.pk ->> %s as "pk", f.tbl = %s as "ours"
        from public.sync_feed(
          cast(:?after_txid as bigint), cast(:?after_seq as bigint), cast(:?limit as integer)) as f
        order by f.txid, f.seq
        """
        .formatted(text(table.idColumn()), text(table.schema() + "." + table.name()));
  }

  @Override
  public List<String> feedPrunes(ContactTable table) {
    return List.of("select public.sync_feed_prune(cast(:?txid as bigint)) as \"pruned\"\n");
  }

  private static String select(ContactTable table, String condition) {
    return """
        select
          %s
        from %s as t
        where %s
        """
        .formatted(row(table), name(table), condition);
  }

  private static String row(ContactTable table) {
    List<String> parts = new ArrayList<>();
    table.columns().keySet().forEach(column -> parts.add(read(table, column)));
    parts.add(revision(table) + " as " + column(REVISION));
    return lines(parts);
  }

  /** With the number by which the change feed tells of the write. */
  private static String written(ContactTable table) {
    return row(table) + ",\n  txid_current() as " + column(TRANSACTION);
  }

  private static String read(ContactTable table, String column) {
    String value = value(table.columns().get(column), "t." + column(column));
    return value + " as " + column(column);
  }

  private static String value(ColumnType type, String value) {
    return switch (type) {
      case TEXT, PADDED_TEXT, INTEGER, NUMBER, BOOLEAN -> value;
      case UUID, JSON, OTHER -> "cast(" + value + " as text)";
      case TEXT_ARRAY -> "cast(to_jsonb(" + value + ") as text)";
      case DATE -> "to_char(" + value + ", 'YYYY-MM-DD')";
      case TIMESTAMP, LOCAL_TIMESTAMP -> time(type, value);
    };
  }

  /** An infinite time has no form by a pattern: it is given by its name. */
  private static String time(ColumnType type, String value) {
    String utc = type == ColumnType.TIMESTAMP ? value + " at time zone 'UTC'" : value;
    return "coalesce(to_char(%s, %s), cast(%s as text))".formatted(utc, TIME_FORMAT, value);
  }

  private static String revision(ContactTable table) {
    return switch (table.revisionKind()) {
      case UPDATED_AT -> time(table.columns().get(UPDATED_AT), "t." + column(UPDATED_AT));
      case ROW -> hash(table);
    };
  }

  private static String hash(ContactTable table) {
    return "md5(cast(row(%s) as text))"
        .formatted(
            table.columns().entrySet().stream()
                .map(column -> value(column.getValue(), "t." + column(column.getKey())))
                .collect(Collectors.joining(", ")));
  }

  private static String asExpected(ContactTable table) {
    String expected = "i.value ->> 'expected'";
    return switch (table.revisionKind()) {
      case UPDATED_AT ->
          "t.%s is not distinct from %s".formatted(column(UPDATED_AT), moment(table, expected));
      case ROW -> hash(table) + " = " + expected;
    };
  }

  private static String moment(ContactTable table, String parameter) {
    return table.columns().get(UPDATED_AT) == ColumnType.TIMESTAMP
        ? "cast(" + parameter + " as timestamptz)"
        : "cast(" + parameter + " as timestamptz) at time zone 'UTC'";
  }

  private static String clock(ContactTable table) {
    return table.columns().get(UPDATED_AT) == ColumnType.TIMESTAMP
        ? "clock_timestamp()"
        : "clock_timestamp() at time zone 'UTC'";
  }

  private static String cast(ContactTable table, String parameter) {
    return cast(table.columns().get(table.idColumn()), parameter);
  }

  private static String cast(ColumnType type, String parameter) {
    String target =
        switch (type) {
          case UUID -> "uuid";
          // Compared as text it would never equal itself, for that loses its blanks.
          case PADDED_TEXT -> "bpchar";
          case INTEGER -> "bigint";
          case NUMBER -> "numeric";
          default -> "text";
        };
    return "cast(" + parameter + " as " + target + ")";
  }

  private static String name(ContactTable table) {
    return table.schema() == null
        ? column(table.name())
        : column(table.schema()) + "." + column(table.name());
  }

  private static String column(String name) {
    return quoted(name, '"');
  }

  private static String text(String value) {
    return quoted(value, '\'');
  }

  /**
   * With a colon in it the text is written by code points: camel-jdbc replaces parameters anywhere.
   */
  private static String quoted(String value, char quote) {
    String mark = String.valueOf(quote);
    if (!value.contains(":") && !value.contains("\\")) {
      return mark + value.replace(mark, mark + mark) + mark;
    }
    return "U&"
        + mark
        + value.replace("\\", "\\\\").replace(":", "\\003A").replace(mark, mark + mark)
        + mark;
  }

  private static String lines(List<String> parts) {
    return String.join(",\n  ", parts);
  }
}
