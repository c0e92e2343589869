package truthforge.sync.operate.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.SetupReport;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.systems.jdbc.ContactTable;
import truthforge.sync.systems.jdbc.RevisionKind;

/** Setup and doctor on a real PostgreSQL: as the local database, and as Supabase by JDBC. */
class PostgresqlSetupTest {

  private static EmbeddedPostgres postgres;
  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.builder().start();
    run("postgres", "create role weak login password 'weak-secret-qzxjv'");
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  @BeforeEach
  void make_a_new_database() throws SQLException {
    run("postgres", "drop database if exists contacts with (force)");
    run("postgres", "create database contacts");
  }

  private static String url(String database) {
    return "jdbc:postgresql://localhost:" + postgres.getPort() + "/" + database;
  }

  private static Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), "postgres", "postgres");
  }

  private static void run(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String value(String sql) throws SQLException {
    try (Connection connection = connect("contacts")) {
      return Databases.value(connection, sql);
    }
  }

  private Sample local() {
    return new Sample()
        .with(Options.LOCAL_JDBC_URL, url("contacts"))
        .with(Options.LOCAL_USERNAME, "postgres")
        .with(Options.LOCAL_PASSWORD, "postgres")
        .with(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.resolve("ledger.db"));
  }

  private Sample supabase() {
    return new Sample()
        .with(Options.SUPABASE_JDBC_URL, url("contacts"))
        .with(Options.SUPABASE_USERNAME, "postgres")
        .with(Options.SUPABASE_PASSWORD, "postgres")
        .with(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.resolve("ledger.db"));
  }

  @Test
  void a_second_setup_of_a_local_database_finds_nothing_missing() {
    assertThat(Sample.whats(local().setup()))
        .containsExactly("table contacts_master", "change feed of contacts_master");

    assertThat(local().setup().steps()).isEmpty();
  }

  @Test
  void a_second_setup_of_supabase_finds_nothing_missing() {
    assertThat(supabase().setup().steps()).hasSize(2);

    assertThat(supabase().setup().steps()).isEmpty();
  }

  @Test
  void setup_of_a_project_by_rest_goes_over_the_database_where_that_is_given() throws SQLException {
    try (SupabaseStandIn project = SupabaseStandIn.builder().bare().start()) {
      Sample both = supabase().supabase(project);

      assertThat(both.setup().steps()).hasSize(2).noneMatch(SetupReport.Step::byHand);
      assertThat(value("select sync_feed_info() -> 'watched' ->> 'public.contacts_master'"))
          .isEqualTo("id");
      assertThat(both.with(Options.SUPABASE_KEY, project.publishableKey()).said("supabase"))
          .anyMatch(text -> text.startsWith("ERROR the key is a public one"))
          .anyMatch(text -> text.startsWith("OK the database answers"));
    }
  }

  @Test
  void a_dry_run_changes_nothing() {
    SetupReport shown = local().dryRun();

    assertThat(local().dryRun()).isEqualTo(shown);
    assertThat(shown.steps()).hasSize(2);
  }

  @Test
  void the_feed_sees_changes_of_a_table_of_another_name_after_setup() throws SQLException {
    Sample sample =
        local().with(Options.LOCAL_TABLE, "Order").with(Options.LOCAL_ID_COLUMN, "person_key");
    sample.setup();
    run("contacts", "insert into \"Order\" (contact_id) values ('a')");

    assertThat(value("select tbl || ' ' || op from sync.change_log")).isEqualTo("public.Order I");
    assertThat(sample.setup().steps()).isEmpty();
  }

  @Test
  void an_existing_table_in_a_schema_of_its_own_gains_what_it_lacks() throws SQLException {
    run(
        "contacts",
        """
        create schema crm;
        create table crm.contacts_master (id bigserial primary key, first_name varchar(20));
        insert into crm.contacts_master (first_name) values ('Ann');
        """);
    Sample sample = local().with(Options.LOCAL_JDBC_URL, url("contacts") + "?currentSchema=crm");

    sample.setup();

    assertThat(value("select first_name from crm.contacts_master")).isEqualTo("Ann");
    assertThat(value("select to_regclass('public.contacts_master')")).isNull();
    assertThat(sample.setup().steps()).isEmpty();
    try (Connection connection = connect("contacts")) {
      connection.setSchema("crm");
      ContactTable table = ContactTable.read(connection, "contacts_master", "id");
      assertThat(table.revisionKind()).isEqualTo(RevisionKind.UPDATED_AT);
    }
  }

  @Test
  void columns_of_the_users_own_get_types_that_hold_them() throws SQLException {
    local()
        .adding("local", "vip: {path: vip, type: flag}")
        .adding("local", "met_on: {path: met_on, type: date}")
        .adding("local", "habits: {path: habits, type: document}")
        .setup();

    assertThat(
            value(
                "select string_agg(data_type, ', ' order by column_name) from"
                    + " information_schema.columns where column_name in ('vip','met_on','habits')"))
        .isEqualTo("jsonb, date, boolean");
  }

  @Test
  void a_table_without_a_primary_key_is_left_to_a_person() throws SQLException {
    run("contacts", "create table contacts_master (id bigint)");

    assertThat(local().setup().steps())
        .filteredOn(SetupReport.Step::byHand)
        .singleElement()
        .satisfies(step -> assertThat(step.statement()).contains("add primary key (\"id\")"));
  }

  @Test
  void doctor_tells_of_rows_that_their_key_does_not_tell_apart() throws SQLException {
    run(
        "contacts",
        "create table contacts_master (id bigint); insert into contacts_master values (1), (1), (null)");

    assertThat(local().said("local"))
        .anyMatch(text -> text.startsWith("ERROR 2 rows of contacts_master have no id"));
  }

  @Test
  void setup_leaves_a_view_as_it_is_and_names_the_columns_that_it_does_not_show()
      throws SQLException {
    run(
        "contacts",
        "create table people (id bigint primary key, contact_id text, first_name text);"
            + " create view contacts_master as select * from people");

    assertThat(local().setup().steps())
        .singleElement()
        .satisfies(step -> assertThat(step.byHand()).isTrue())
        .satisfies(step -> assertThat(step.what()).contains("last_name, ").doesNotContain("first"));
    assertThat(local().said("local"))
        .anyMatch(text -> text.startsWith("OK this user may read and write"))
        .noneMatch(text -> text.contains("'setup' adds") || text.contains("which creates it"));
  }

  @Test
  void setup_gives_a_foreign_table_no_column_that_the_table_far_away_lacks() throws SQLException {
    run(
        "contacts",
        "create extension file_fdw; create server files foreign data wrapper file_fdw;"
            + " create foreign table contacts_master (id bigint, first_name text) server files"
            + " options (filename '/dev/null')");

    assertThat(local().setup().steps()).allMatch(SetupReport.Step::byHand);
    assertThat(value("select count(*) from contacts_master")).isEqualTo("0");
    assertThat(
            value(
                "select count(*) from pg_attribute where attrelid = 'contacts_master'::regclass"
                    + " and attnum > 0"))
        .isEqualTo("2");
  }

  @Test
  void setup_of_a_partitioned_table_comes_to_its_end() throws SQLException {
    run(
        "contacts",
        "create table contacts_master (id bigint, region text, primary key (id, region))"
            + " partition by list (region);"
            + " create table europe partition of contacts_master for values in ('eu')");

    local().setup();

    assertThat(local().setup().steps()).isEmpty();
    assertThat(local().said("local"))
        .anyMatch(text -> text.startsWith("OK a trigger moves updated_at"))
        .anyMatch(text -> text.startsWith("OK has all that the mapping names"));
  }

  @Test
  void doctor_tells_a_view_that_takes_no_writes() throws SQLException {
    run(
        "contacts",
        "create table people (id bigint primary key, first_name text);"
            + " create view contacts_master as select distinct * from people");

    assertThat(local().said("local"))
        .anyMatch(text -> text.startsWith("ERROR contacts_master is a view that rows can be"));
    assertThat(local().with(Options.LOCAL_READ_ONLY, "true").said("local"))
        .noneMatch(text -> text.startsWith("ERROR"));
  }

  @Test
  void doctor_tells_a_birthday_that_is_kept_as_a_moment() throws SQLException {
    run(
        "contacts",
        "create table contacts_master (id bigint primary key, birthday timestamptz);"
            + " insert into contacts_master values (1, '1990-02-03 00:00+01')");

    String told =
        local().said("local").stream()
            .filter(text -> text.startsWith("WARNING birthday is a moment and no day"))
            .findFirst()
            .orElseThrow();
    run("contacts", told.substring(told.indexOf("alter table")));
    assertThat(value("select birthday from contacts_master")).isEqualTo("1990-02-03");
    assertThat(local().said("local")).noneMatch(text -> text.contains("birthday is a moment"));
  }

  @Test
  void the_grant_is_left_out_where_there_is_no_role_of_supabase() {
    assertThat(supabase().dryRun().steps().get(0).statement())
        .doesNotContain("to service_role")
        .contains("enable row level security");
  }

  @Test
  void doctor_finds_a_database_after_setup_in_order() {
    local().setup();

    assertThat(local().findings())
        .filteredOn(f -> f.place().equals("local"))
        .extracting(Finding::level)
        .containsOnly(Finding.Level.OK);
  }

  @Test
  void doctor_tells_whose_open_transaction_holds_the_change_feed_back() throws SQLException {
    local().setup();
    try (Connection writer = connect("contacts");
        Statement statement = writer.createStatement()) {
      statement.execute("set application_name = 'Import of Monday'");
      writer.setAutoCommit(false);
      statement.execute("insert into contacts_master (contact_id) values ('a')");

      assertThat(local().said("local"))
          .anyMatch(
              text ->
                  text.startsWith("NOTE the change feed is held back")
                      && text.contains("Import of Monday"));
      writer.rollback();
    }
    assertThat(local().said("local")).noneMatch(text -> text.contains("held back by"));
  }

  @Test
  void doctor_tells_row_level_security_that_is_off() throws SQLException {
    supabase().setup();
    run("contacts", "alter table contacts_master disable row level security");

    assertThat(supabase().said("supabase"))
        .anyMatch(text -> text.startsWith("WARNING row level security is off"));
  }

  @Test
  void doctor_tells_a_time_that_nothing_moves() throws SQLException {
    local().setup();
    run("contacts", "drop trigger contacts_master_touch on contacts_master");

    assertThat(local().said("local"))
        .anyMatch(t -> t.startsWith("WARNING nothing moves updated_at") && t.contains("'setup'"))
        .anyMatch(t -> t.startsWith("WARNING lacks trigger that moves contacts_master.updated_at"));
    assertThat(Sample.whats(local().setup()))
        .containsExactly("trigger that moves contacts_master.updated_at");
  }

  @Test
  void a_change_feed_of_a_former_version_is_told_by_doctor_and_replaced_by_setup()
      throws Exception {
    local().setup();
    run(
        "contacts",
        "drop trigger sync_log_change on contacts_master;"
            + " drop trigger sync_log_insert on contacts_master;"
            + " drop trigger sync_log_update on contacts_master;");
    run("contacts", Files.readString(Path.of("src/test/resources/former/supabase-feed.sql")));

    assertThat(local().said("local"))
        .anyMatch(t -> t.startsWith("WARNING lacks change feed of contacts_master in its present"))
        .anyMatch(t -> t.startsWith("OK nothing holds the change feed back"));
    assertThat(Sample.whats(local().setup()))
        .singleElement()
        .asString()
        .startsWith("change feed of contacts_master in its present form");
    assertThat(local().setup().steps()).isEmpty();
    assertThat(value("select sync_feed_info() ->> 'outdated'")).isEqualTo("[]");
  }

  @Test
  void a_change_feed_that_lacks_one_of_its_triggers_is_missing_until_setup_mends_it()
      throws SQLException {
    local().setup();
    for (String event : List.of("change", "insert", "update", "truncate")) {
      run("contacts", "drop trigger sync_log_%s on contacts_master".formatted(event));

      assertThat(Sample.whats(local().setup()))
          .as(event)
          .containsExactly("change feed of contacts_master");
    }
    assertThat(local().setup().steps()).isEmpty();
  }

  @Test
  void doctor_tells_rights_that_are_lacking() throws SQLException {
    local().setup();
    run("contacts", "grant select on contacts_master to weak");

    assertThat(
            local()
                .with(Options.LOCAL_USERNAME, "weak")
                .with(Options.LOCAL_PASSWORD, "weak-secret-qzxjv")
                .said("local"))
        .anyMatch(t -> t.startsWith("ERROR this user lacks rights on contacts_master: insert, up"));
  }

  @Test
  void doctor_tells_row_level_security_that_may_hide_rows() throws SQLException {
    local().setup();
    run("contacts", "grant select, insert, update on contacts_master to weak");
    run("contacts", "alter table contacts_master enable row level security");
    Sample weak =
        local()
            .with(Options.LOCAL_USERNAME, "weak")
            .with(Options.LOCAL_PASSWORD, "weak-secret-qzxjv");
    assertThat(weak.said("local"))
        .anyMatch(text -> text.startsWith("WARNING row level security applies to this user"));

    run("contacts", "create policy everything on contacts_master using (true)");
    assertThat(weak.said("local")).noneMatch(text -> text.contains("row level security"));
  }

  @Test
  void setup_without_the_right_to_create_says_who_can() throws SQLException {
    run("contacts", "create table contacts_master (id bigint primary key)");
    run("contacts", "grant select on contacts_master to weak");
    Sample weak =
        local()
            .with(Options.LOCAL_USERNAME, "weak")
            .with(Options.LOCAL_PASSWORD, "weak-secret-qzxjv");

    assertThatThrownBy(weak::setup)
        .isInstanceOfSatisfying(
            Problem.class,
            e -> {
              assertThat(e.outcome()).isEqualTo(Outcome.FOUND);
              assertThat(e.getMessage() + e.remedy()).contains("lacks the right", "owner");
            });
  }

  @Test
  void a_missing_database_is_named_as_such() {
    assertThat(local().with(Options.LOCAL_JDBC_URL, url("nowhere")).said("local"))
        .singleElement()
        .asString()
        .startsWith("ERROR has no such database");
  }

  @Test
  void a_server_that_is_not_there_is_unreachable() {
    assertThat(
            local()
                .with(Options.LOCAL_JDBC_URL, "jdbc:postgresql://localhost:1/contacts")
                .findings())
        .filteredOn(f -> f.place().equals("local"))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.UNREACHABLE);
  }

  @Test
  void doctor_tells_clocks_that_are_apart() {
    local().setup();
    Clock behind = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(-30));

    assertThat(Sample.said(local().doctor(behind).examine(), "local"))
        .anyMatch(text -> text.matches("WARNING its clock is (29|30) seconds ahead of .*"));
  }

  @Test
  void a_ledger_on_a_server_can_be_told() {
    assertThat(
            local()
                .with(Options.LEDGER_JDBC_URL, url("contacts"))
                .with(Options.LEDGER_USERNAME, "postgres")
                .with(Options.LEDGER_PASSWORD, "postgres")
                .said("ledger"))
        .containsExactly("OK will be made at the first run. ");
  }

  @Test
  void a_ledger_that_may_not_be_made_is_an_error() {
    assertThat(
            local()
                .with(Options.LEDGER_JDBC_URL, url("contacts"))
                .with(Options.LEDGER_USERNAME, "weak")
                .with(Options.LEDGER_PASSWORD, "weak-secret-qzxjv")
                .said("ledger"))
        .singleElement()
        .asString()
        .startsWith("ERROR this user may not create tables there");
  }

  @Test
  void a_database_that_takes_no_writes_is_told_as_ledger_and_as_a_system() throws SQLException {
    local().setup();
    Sample both =
        local()
            .with(Options.LEDGER_JDBC_URL, url("contacts"))
            .with(Options.LEDGER_USERNAME, "postgres")
            .with(Options.LEDGER_PASSWORD, "postgres");
    assertThat(both.said("local")).noneMatch(text -> text.contains("takes no writes"));

    run("postgres", "alter database contacts set default_transaction_read_only = on");

    assertThat(both.said("ledger"))
        .singleElement()
        .asString()
        .startsWith("ERROR the database takes no writes");
    assertThat(both.said("local"))
        .anyMatch(text -> text.startsWith("ERROR the database takes no writes"));
    assertThat(both.with(Options.LOCAL_READ_ONLY, "true").said("local"))
        .noneMatch(text -> text.contains("takes no writes"));
  }
}
