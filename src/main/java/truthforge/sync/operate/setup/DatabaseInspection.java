package truthforge.sync.operate.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.systems.ClockDifference;
import truthforge.sync.systems.jdbc.ColumnType;
import truthforge.sync.systems.jdbc.ContactTable;
import truthforge.sync.systems.jdbc.MissingTableException;
import truthforge.sync.systems.jdbc.RevisionKind;

/** A table of contacts in SQLite or PostgreSQL: the local database, or Supabase by JDBC. */
final class DatabaseInspection implements Inspection {

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");
  private static final String[] KINDS_OF_TABLES = {
    "TABLE", "VIEW", "PARTITIONED TABLE", "FOREIGN TABLE"
  };

  private static final Duration LONG_TRANSACTION = Duration.ofMinutes(1);
  private static final String ROLE_OF_SUPABASE = "service_role";

  private final String system;
  private final Configuration configuration;
  private final Databases.Address address;
  private final Columns columns;
  private final String tableName;
  private final String idColumn;
  private final SqlScript tableScript;
  private final SqlScript feedScript;
  private final Clock clock;

  DatabaseInspection(
      String system, Configuration configuration, Places places, Mapping mapping, Clock clock) {
    this.system = system;
    this.configuration = configuration;
    this.clock = clock;
    address =
        new Databases.Address(
            system,
            configuration.required(Options.find(system + ".jdbc-url")),
            configuration.text(Options.find(system + ".username")),
            configuration.text(Options.find(system + ".password")));
    tableName = configuration.required(Options.find(system + ".table"));
    idColumn = configuration.required(Options.find(system + ".id-column"));
    boolean sqlite = address.isSqlite();
    columns =
        new Columns(
            mapping,
            sqlite
                ? Columns.Types.SQLITE
                : system.equals("supabase") ? Columns.Types.SUPABASE : Columns.Types.POSTGRESQL);
    String name =
        sqlite ? "local-sqlite" : system.equals("local") ? "local-postgresql" : "supabase";
    SqlScript table = SqlScript.load(places, name + ".sql");
    SqlScript feed = SqlScript.load(places, sqlite ? "local-sqlite-feed.sql" : "supabase-feed.sql");
    tableScript = table.forIdColumn(idColumn);
    // PostgreSQL's asks the table for its primary key.
    feedScript = sqlite ? feed.forIdColumn(idColumn) : feed;
  }

  @Override
  public String system() {
    return system;
  }

  @Override
  public List<Missing> missing() {
    return looking(this::missing);
  }

  private interface Look<T> {
    T at(Connection connection) throws SQLException;
  }

  private <T> T looking(Look<T> look) {
    try (Connection connection = Databases.toRead(address)) {
      return look.at(connection);
    } catch (SQLException e) {
      throw Databases.trouble(system, address, e, "to be looked at");
    }
  }

  /** Empty where there is no such table. */
  private Optional<ContactTable> table(Connection connection) throws SQLException {
    try {
      return Optional.of(ContactTable.read(connection, tableName, idColumn));
    } catch (MissingTableException e) {
      if (tableExists(connection)) {
        throw Trouble.found(
            system,
            "has a table " + tableName + " without the column " + idColumn,
            "Name the column that identifies a row as "
                + system
                + ".id-column, or another table as "
                + system
                + ".table");
      }
      return Optional.empty();
    }
  }

  private boolean tableExists(Connection connection) throws SQLException {
    String schema = connection.getSchema();
    try (ResultSet tables = connection.getMetaData().getTables(null, null, "%", KINDS_OF_TABLES)) {
      while (tables.next()) {
        String in = tables.getString("TABLE_SCHEM");
        boolean seen = in == null || in.isEmpty() || in.equals(schema) || in.equals("public");
        if (seen && tables.getString("TABLE_NAME").equalsIgnoreCase(tableName)) {
          return true;
        }
      }
    }
    return false;
  }

  // What is missing

  private List<Missing> missing(Connection connection) throws SQLException {
    Optional<ContactTable> found = table(connection);
    List<Missing> missing = new ArrayList<>();
    if (found.isEmpty()) {
      addTable(connection, missing);
      missing.add(step(feedName(), script(feedScript, null)));
      return missing;
    }
    ContactTable table = found.get();
    TableCatalogue catalogue = new TableCatalogue(connection, table);
    Map<String, String> absent = absent(table);
    if (catalogue.isKeptElsewhere()) {
      if (!absent.isEmpty()) {
        missing.add(toBeShown(absent));
      }
      return missing;
    }
    absent.forEach(
        (column, definition) ->
            missing.add(
                step(
                    "column " + tableName + "." + column,
                    List.of(addColumn(catalogue, column, definition)))));
    if (!catalogue.isPartitioned()) {
      addUniqueness(catalogue, absent, missing);
    }
    SqlScript script = script(tableScript, table);
    if (lacksTouch(table, absent)) {
      missing.add(
          step(
              "trigger that moves " + tableName + ".updated_at",
              script.statements(about("touch")),
              script.changed()));
    }
    if (!address.isSqlite() && !catalogue.hasTrigger("wake")) {
      missing.add(
          step(
              "trigger that tells changes of " + tableName,
              script.statements(about("wake")),
              script.changed()));
    }
    if (catalogue.isPartitioned()) {
      return missing;
    }
    boolean former = catalogue.hasFeed() && catalogue.hasFormerFeed();
    if (former || !catalogue.hasFeed()) {
      List<String> key = catalogue.primaryKey();
      if (address.isSqlite() || key.equals(List.of(idColumn))) {
        SqlScript feed = script(feedScript, table);
        missing.add(step(former ? Missing.presentFeed(tableName) : feedName(), feed));
      } else if (!key.isEmpty()) {
        missing.add(
            Missing.byHand(
                feedName(),
                "It names rows by the primary key, ("
                    + String.join(", ", key)
                    + "), and "
                    + system
                    + ".id-column is "
                    + idColumn
                    + ": both must be the same column"));
      } else {
        missing.add(
            Missing.byHand(
                feedName(),
                "The table needs a primary key of one column, "
                    + idColumn
                    + ": alter table "
                    + catalogue.qualifiedName()
                    + " add primary key ("
                    + SqlScript.quoted(idColumn)
                    + ");"));
      }
    }
    return missing;
  }

  private Missing toBeShown(Map<String, String> absent) {
    return Missing.byHand(
        "columns of " + tableName + ": " + String.join(", ", absent.keySet()),
        "It is a view or a foreign table, which shows what other tables hold: have it show these"
            + " columns too, or take their lines out of mappings/"
            + system
            + ".yaml. What it does not show is neither read nor written");
  }

  private void addTable(Connection connection, List<Missing> missing) throws SQLException {
    SqlScript script = script(tableScript, null);
    boolean roles =
        address.isSqlite()
            || Databases.is(
                connection,
                "select exists (select from pg_roles where rolname = ?)",
                ROLE_OF_SUPABASE);
    List<String> statements =
        script.statements(
            statement -> roles || !(isGrant(statement) && statement.contains(ROLE_OF_SUPABASE)));
    missing.add(step("table " + tableName, statements, script.changed()).asEssential());
    String qualified =
        (address.isSqlite() ? "" : SqlScript.quoted("public") + ".") + SqlScript.quoted(tableName);
    columns
        .added(script)
        .forEach(
            (column, definition) ->
                missing.add(
                    step(
                        "column " + tableName + "." + column,
                        List.of(
                            "alter table "
                                + qualified
                                + " add column "
                                + SqlScript.quoted(column)
                                + " "
                                + definition))));
  }

  private static boolean isGrant(String statement) {
    return statement.toLowerCase(Locale.ROOT).startsWith("grant ");
  }

  private String feedName() {
    return "change feed of " + tableName;
  }

  /** Those that the mapping names and the table lacks, each with its type. */
  private Map<String, String> absent(ContactTable table) {
    Map<String, String> absent = new LinkedHashMap<>();
    columns
        .wanted()
        .forEach(
            (column, definition) -> {
              boolean there =
                  address.isSqlite()
                      ? table.columns().keySet().stream().anyMatch(column::equalsIgnoreCase)
                      : table.has(column);
              if (!there) {
                absent.put(column, definition);
              }
            });
    return absent;
  }

  private static String addColumn(TableCatalogue catalogue, String column, String definition) {
    return "alter table "
        + catalogue.qualifiedName()
        + " add column "
        + SqlScript.quoted(column)
        + " "
        + definition;
  }

  private void addUniqueness(
      TableCatalogue catalogue, Map<String, String> absent, List<Missing> missing)
      throws SQLException {
    ContactTable table = catalogue.table();
    boolean coming = absent.containsKey(ContactTable.CONTACT_ID);
    if (!coming && !table.has(ContactTable.CONTACT_ID)
        || !coming && catalogue.isUnique(ContactTable.CONTACT_ID)) {
      return;
    }
    String what = "unique index on " + tableName + "." + ContactTable.CONTACT_ID;
    String sql =
        "create unique index if not exists "
            + SqlScript.quoted(table.name() + "_contact_id_key")
            + " on "
            + catalogue.qualifiedName()
            + " ("
            + ContactTable.CONTACT_ID
            + ")";
    long doubles = coming ? 0 : catalogue.doubleContactIds();
    missing.add(
        doubles == 0
            ? step(what, List.of(sql))
            : Missing.byHand(
                what,
                doubles
                    + " contact ids stand in more than one row: clear them in all rows but one,"
                    + " then run setup again"));
  }

  /** Only where {@code updated_at} is, or will be, of the type that the trigger writes. */
  private boolean lacksTouch(ContactTable table, Map<String, String> absent) {
    if (table.revisionKind() == RevisionKind.UPDATED_AT) {
      return false;
    }
    ColumnType type = table.columns().get(ContactTable.UPDATED_AT);
    return absent.containsKey(ContactTable.UPDATED_AT)
        || type == ColumnType.TIMESTAMP
        || address.isSqlite() && type == ColumnType.TEXT;
  }

  /** The statements for one trigger: its schema, its function, and itself. */
  private static Predicate<String> about(String trigger) {
    Predicate<String> named = Pattern.compile("(_|sync\\.)" + trigger + "\\b").asPredicate();
    return named.or(statement -> statement.startsWith("create schema"));
  }

  private SqlScript script(SqlScript script, ContactTable table) {
    if (address.isSqlite()) {
      return script.forTable(null, table == null ? tableName : table.name());
    }
    return table == null
        ? script.forTable("public", tableName)
        : script.forTable(table.schema(), table.name());
  }

  private Missing step(String what, SqlScript script) {
    return step(what, script.statements(), script.changed());
  }

  private Missing step(String what, List<String> statements) {
    return step(what, statements, null);
  }

  /**
   * @param changed the file of another version that the statements are from; null where they are
   *     this program's own
   */
  private Missing step(String what, List<String> statements, String changed) {
    List<String> all = new ArrayList<>(statements);
    if (system.equals("supabase") && statements.stream().noneMatch(s -> s.startsWith("notify"))) {
      // Its REST interface knows what was added only when it is told to look.
      all.add("notify pgrst, 'reload schema'");
    }
    return Missing.created(what, String.join(";\n\n", all) + ";", () -> run(what, all, changed));
  }

  private void run(String what, List<String> statements, String changed) {
    run(what, statements);
    if (changed != null && missing().stream().anyMatch(step -> step.what().equals(what))) {
      throw Trouble.found(
          system,
          "still lacks " + what + ", though all of " + changed + " about it was run",
          SqlScript.renewed(changed));
    }
  }

  /** All of a step, or nothing of it. */
  private void run(String what, List<String> statements) {
    makeFolder();
    try (Connection connection = Databases.toWrite(address)) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        for (String sql : statements) {
          statement.execute(sql);
        }
      }
      connection.commit();
    } catch (SQLException e) {
      throw Databases.trouble(system, address, e, "to create " + what);
    }
  }

  private void makeFolder() {
    Path folder = address.file().map(Path::getParent).orElse(null);
    if (folder == null) {
      return;
    }
    boolean made;
    try {
      boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
      // The ledger lies in the same folder by default.
      Files.createDirectories(
          folder,
          posix
              ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
              : new FileAttribute<?>[0]);
      made = true;
    } catch (IOException e) {
      made = false;
    }
    if (!made) {
      throw Trouble.found(
          system,
          "cannot be given the folder " + folder,
          "Create it by hand, or choose another " + system + ".jdbc-url");
    }
  }

  // What is to be said of it

  @Override
  public void examine(List<Finding> findings) {
    Optional<Path> file = address.file().filter(f -> !Files.exists(f));
    if (file.isPresent()) {
      findings.add(
          Finding.warning(
              system,
              0,
              "there is no file " + file.get(),
              "Check " + system + ".jdbc-url; 'setup' makes a new one"));
      return;
    }
    looking(
        connection -> {
          examine(connection, findings);
          return null;
        });
  }

  private void examine(Connection connection, List<Finding> findings) throws SQLException {
    Optional<ContactTable> found = table(connection);
    findings.add(Finding.ok(system, "the database answers"));
    if (address.isSqlite()) {
      examineFile(connection, findings);
    } else {
      examineClock(connection, findings);
    }
    if (found.isEmpty()) {
      return;
    }
    ContactTable table = found.get();
    TableCatalogue catalogue = new TableCatalogue(connection, table);
    examineKey(catalogue, findings);
    examineTime(catalogue, findings);
    examineDays(catalogue, findings);
    examineSpelling(table, findings);
    if (address.isSqlite()) {
      if (configuration.isReadOnly(system)) {
        findings.add(Rights.readOnly(system));
      } else if (catalogue.isKeptElsewhere()) {
        findings.add(
            Finding.error(
                system,
                0,
                tableName + " is a view: SQLite takes no new contacts in it, whatever its triggers",
                "Name the table beneath as local.table, or set local.read-only=true"));
      }
    } else {
      examineRights(connection, table, findings);
      if (catalogue.hasFeed()) {
        examineFeed(connection, findings);
      }
    }
  }

  private void examineKey(TableCatalogue catalogue, List<Finding> findings) throws SQLException {
    long keyless = catalogue.rowsWithoutIdOfTheirOwn();
    if (keyless > 0) {
      findings.add(
          Finding.error(
              system,
              0,
              keyless
                  + " rows of "
                  + tableName
                  + " have no "
                  + idColumn
                  + ", or that of another row: they are neither read nor written",
              "Give each of them one of its own, or name a column that tells rows apart as "
                  + system
                  + ".id-column"));
    }
  }

  private void examineTime(TableCatalogue catalogue, List<Finding> findings) throws SQLException {
    ContactTable table = catalogue.table();
    if (catalogue.isKeptElsewhere()) {
      findings.add(
          Finding.note(
              system,
              tableName
                  + " is a view or a foreign table: it has no change feed, and changes are found by"
                  + " comparing all rows",
              "Name the table beneath as "
                  + system
                  + ".table where that has what the mapping names"));
      return;
    }
    if (table.revisionKind() == RevisionKind.UPDATED_AT) {
      findings.add(Finding.ok(system, "a trigger moves updated_at at every update"));
      return;
    }
    boolean fits = lacksTouch(table, absent(table));
    findings.add(
        Finding.warning(
            system,
            0,
            "nothing moves updated_at when a row is updated, so changes are found by comparing"
                + " all rows",
            fits
                ? "'setup' adds the trigger"
                : "Give the table a column updated_at of type "
                    + (address.isSqlite() ? "text" : "timestamptz")
                    + ": the one it has, if any, cannot be moved by a trigger of 'setup'"));
  }

  private void examineDays(TableCatalogue catalogue, List<Finding> findings) {
    for (String column : columns.ofDays()) {
      if (!address.isSqlite() && catalogue.table().columns().get(column) == ColumnType.TIMESTAMP) {
        findings.add(
            Finding.warning(
                system,
                0,
                column
                    + " is a moment and no day: its day is taken in UTC, and for a midnight east of"
                    + " Greenwich that is the day before",
                "Make it a day, by the zone in which people entered it: alter table "
                    + catalogue.qualifiedName()
                    + " alter column "
                    + SqlScript.quoted(column)
                    + " type date using ("
                    + SqlScript.quoted(column)
                    + " at time zone 'Europe/Paris')::date"));
      }
    }
  }

  private void examineSpelling(ContactTable table, List<Finding> findings) {
    for (String wanted : columns.wanted().keySet()) {
      if (!table.has(wanted)) {
        table.columns().keySet().stream()
            .filter(wanted::equalsIgnoreCase)
            .findFirst()
            .ifPresent(
                there ->
                    findings.add(
                        Finding.warning(
                            system,
                            0,
                            "the column " + wanted + " of the mapping is written " + there,
                            "Write it so in mappings/" + system + ".yaml")));
      }
    }
  }

  private void examineClock(Connection connection, List<Finding> findings) throws SQLException {
    String sql = "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";
    Databases.value(connection, sql);
    Instant asked = clock.instant();
    long micros = Long.parseLong(Databases.value(connection, sql));
    Instant told = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    findings.add(
        ClockFinding.of(system, ClockDifference.of(asked, told, clock.instant(), Duration.ZERO)));
  }

  private void examineRights(Connection connection, ContactTable table, List<Finding> findings)
      throws SQLException {
    TableCatalogue catalogue = new TableCatalogue(connection, table);
    if (configuration.isReadOnly(system)) {
      findings.add(Rights.readOnly(system));
    } else if (!catalogue.takesWrites()) {
      findings.add(
          Finding.error(
              system,
              0,
              tableName + " is a view that rows can be neither added to nor changed in",
              "Give it triggers INSTEAD OF INSERT and UPDATE, name the table beneath as "
                  + system
                  + ".table, or set "
                  + system
                  + ".read-only=true"));
    } else {
      Databases.takesNoWrites(connection, address).ifPresent(findings::add);
      List<String> lacking = new ArrayList<>();
      for (String right : List.of("select", "insert", "update")) {
        if (!Databases.is(
            connection,
            "select has_table_privilege(?::regclass, ?)",
            catalogue.qualifiedName(),
            right)) {
          lacking.add(right);
        }
      }
      findings.add(
          lacking.isEmpty()
              ? Finding.ok(system, "this user may read and write " + tableName)
              : Finding.error(
                  system,
                  0,
                  "this user lacks rights on " + tableName + ": " + String.join(", ", lacking),
                  "Let the table's owner run: grant "
                      + String.join(", ", lacking)
                      + " on "
                      + catalogue.qualifiedName()
                      + " to ("
                      + system
                      + ".username), or set "
                      + system
                      + ".read-only=true"));
    }
    if (Databases.is(
        connection,
        """
        select row_security_active(r.table) and not exists (
          select from pg_policy as p
          where p.polrelid = r.table and p.polpermissive and p.polcmd in ('*', 'r')
            and pg_get_expr(p.polqual, p.polrelid) = 'true')
        from (select cast(? as regclass)) as r("table")
        """,
        catalogue.qualifiedName())) {
      findings.add(
          Finding.warning(
              system,
              0,
              "row level security applies to this user: rows of "
                  + tableName
                  + " that it hides look as if they were deleted",
              "Let an administrator run: alter role ("
                  + system
                  + ".username) bypassrls; or give that user a policy using (true)"));
    }
    if (system.equals("supabase") && !catalogue.hasRowSecurity()) {
      findings.add(
          Finding.warning(
              system,
              0,
              "row level security is off for "
                  + tableName
                  + ": the project's public key may read"
                  + " all contacts",
              "Run in the SQL editor: alter table "
                  + catalogue.qualifiedName()
                  + " enable row level security"));
    }
  }

  /** What is read stops at the oldest transaction that has changed anything and is still open. */
  private void examineFeed(Connection connection, List<Finding> findings) throws SQLException {
    String holder =
        """
        select format('%s (process %s, user %s)', coalesce(nullif(application_name, ''), 'a program'),
            pid, usename), state, extract(epoch from clock_timestamp() - xact_start)
        from pg_stat_activity
        where pid <> pg_backend_pid() and state like 'idle in transaction%'
          and cast(cast(backend_xid as text) as bigint)
            = cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) % 4294967296
        union all
        select format('the prepared transaction %s', gid), 'prepared',
            extract(epoch from clock_timestamp() - prepared)
        from pg_prepared_xacts
        where cast(cast(transaction as text) as bigint)
            = cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) % 4294967296
        """;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(holder)) {
      if (!rows.next()) {
        findings.add(Finding.ok(system, "nothing holds the change feed back"));
        return;
      }
      Duration since = Duration.ofSeconds(rows.getLong(3));
      String what =
          "the change feed is held back by an open transaction of "
              + rows.getString(1)
              + ", for "
              + since.toSeconds()
              + " s: later changes are read once it has ended";
      String remedy =
          "Have it committed or rolled back, or set idle_in_transaction_session_timeout";
      findings.add(
          since.compareTo(LONG_TRANSACTION) < 0
              ? Finding.note(system, what, remedy)
              : Finding.warning(system, 0, what, remedy));
    }
  }

  private void examineFile(Connection connection, List<Finding> findings) throws SQLException {
    Path file = address.file().orElse(null);
    if (file != null
        && !configuration.isReadOnly(system)
        && !(Files.isWritable(file) && Files.isWritable(file.getParent()))) {
      findings.add(
          Finding.error(
              system,
              0,
              "this user may not write " + file + " or its folder",
              "Give the right to both: SQLite keeps files of its own beside it"));
    }
    String mode = Databases.value(connection, "pragma journal_mode");
    findings.add(
        "wal".equalsIgnoreCase(mode)
            ? Finding.ok(system, "journal mode is WAL: readers and the writer do not wait")
            : Finding.note(
                system,
                "journal mode is " + mode + "; the service sets it to WAL when it first writes",
                "Nothing is to be done unless the file lies on a network drive, where WAL does"
                    + " not work: move it to a disk of this machine"));
  }
}
