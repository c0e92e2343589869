package truthforge.sync.operate.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.systems.jdbc.ContactTable;
import truthforge.sync.systems.jdbc.RevisionKind;

/** What setup creates in a local SQLite file, and what doctor says of one. */
class LocalSetupTest {

  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("contacts.db");
  }

  private Sample sample() {
    return new Sample()
        .sqlite(file())
        .with(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.resolve("ledger.db"));
  }

  private void run(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private String value(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
      return Databases.value(connection, sql);
    }
  }

  private ContactTable table(String name, String id) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
      return ContactTable.read(connection, name, id);
    }
  }

  @Test
  void a_second_setup_finds_nothing_missing() {
    assertThat(Sample.whats(sample().setup()))
        .containsExactly("table contacts_master", "change feed of contacts_master");

    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void sql_of_another_version_is_named_where_it_leaves_missing_what_it_was_run_for()
      throws Exception {
    Path sql = Files.createDirectories(folder.resolve("config/sql"));
    Files.writeString(sql.resolve("local-sqlite-feed.sql"), "create table if not exists feed (x);");
    Sample sample = sample().in(Places.find(folder, Path.of("config"), null));

    assertThatThrownBy(sample::setup)
        .isInstanceOf(Problem.class)
        .hasMessageContaining("still lacks change feed of contacts_master")
        .satisfies(
            e ->
                assertThat(((Problem) e).remedy())
                    .contains("local-sqlite-feed.sql is of another version than this program"));
    Files.delete(sql.resolve("local-sqlite-feed.sql"));
    sample.setup();
    assertThat(sample.setup().steps()).isEmpty();
  }

  @Test
  void a_dry_run_makes_no_file() {
    assertThat(sample().dryRun().steps()).hasSize(2);

    assertThat(file()).doesNotExist();
  }

  @Test
  void the_folder_of_the_file_is_made_too() {
    Path deep = folder.resolve("a/b/contacts.db");

    new Sample().sqlite(deep).setup();

    assertThat(deep).exists();
  }

  @Test
  void a_folder_that_setup_makes_is_its_owners_alone() throws Exception {
    Assumptions.assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"));

    new Sample().sqlite(folder.resolve("a/contacts.db")).setup();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a"))))
        .isEqualTo("rwx------");
  }

  @Test
  void the_table_moves_its_time_after_setup() throws SQLException {
    sample().setup();

    assertThat(table("contacts_master", "id").revisionKind()).isEqualTo(RevisionKind.UPDATED_AT);
  }

  @Test
  void a_table_of_another_name_and_id_column_is_fed_as_well() throws SQLException {
    Sample sample =
        sample()
            .with(Options.LOCAL_TABLE, "contacts_master_of_Order")
            .with(Options.LOCAL_ID_COLUMN, "key");
    sample.setup();
    run("insert into contacts_master_of_Order (contact_id, notes) values ('a', 'x')");
    run("update contacts_master_of_Order set notes = 'y'");

    assertThat(value("select group_concat(tbl || op || pk) from sync_change_log"))
        .isEqualTo("contacts_master_of_OrderU1");
    assertThat(sample.setup().steps()).isEmpty();
  }

  @Test
  void an_existing_table_gains_what_it_lacks_and_keeps_what_it_has() throws SQLException {
    run("create table contacts_master (id integer primary key, first_name varchar(20), shoe int)");
    run("insert into contacts_master (first_name, shoe) values ('Ann', 41)");

    sample().setup();

    assertThat(value("select first_name || shoe from contacts_master")).isEqualTo("Ann41");
    assertThat(table("contacts_master", "id").columns()).containsKeys("contact_id", "updated_at");
    assertThat(table("contacts_master", "id").revisionKind()).isEqualTo(RevisionKind.UPDATED_AT);
    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void a_view_is_left_as_it_is_and_told_by_doctor_as_one_that_can_only_be_read()
      throws SQLException {
    run("create table people (id integer primary key, contact_id text, first_name text)");
    run("create view contacts_master as select * from people");

    assertThat(sample().setup().steps())
        .singleElement()
        .satisfies(step -> assertThat(step.byHand()).isTrue());
    assertThat(sample().said("local"))
        .anyMatch(text -> text.startsWith("ERROR contacts_master is a view"));
    assertThat(sample().with(Options.LOCAL_READ_ONLY, "true").said("local"))
        .noneMatch(text -> text.startsWith("ERROR"));
  }

  @Test
  void a_dry_run_adds_no_column() throws SQLException {
    run("create table contacts_master (id integer primary key)");
    String before = value("select group_concat(sql) from sqlite_master");

    assertThat(Sample.whats(sample().dryRun())).contains("column contacts_master.contact_id");

    assertThat(value("select group_concat(sql) from sqlite_master")).isEqualTo(before);
  }

  @Test
  void a_field_of_the_users_own_gets_a_column() throws SQLException {
    sample().setup();

    Sample more = sample().adding("local", "vip: {path: vip, type: flag}");

    assertThat(Sample.whats(more.setup())).containsExactly("column contacts_master.vip");
    assertThat(value("select type from pragma_table_info('contacts_master') where name = 'vip'"))
        .isEqualToIgnoringCase("integer");
  }

  @Test
  void a_field_of_the_users_own_gets_a_column_in_a_new_table_too() throws SQLException {
    sample().adding("local", "shoe_size: {path: shoe_size, type: text}").setup();

    assertThat(table("contacts_master", "id").columns()).containsKey("shoe_size");
  }

  @Test
  void ids_that_stand_in_two_rows_are_left_to_a_person() throws SQLException {
    sample().setup();
    run("drop table contacts_master");
    run("create table contacts_master (id integer primary key, contact_id text)");
    run("insert into contacts_master (contact_id) values ('a'), ('a'), ('b')");

    assertThat(sample().setup().steps())
        .filteredOn(step -> step.byHand())
        .singleElement()
        .satisfies(step -> assertThat(step.statement()).startsWith("1 contact ids stand in more"));
  }

  @Test
  void a_table_without_the_id_column_is_not_touched() throws SQLException {
    run("create table contacts_master (number integer primary key)");

    assertThatThrownBy(() -> sample().setup())
        .isInstanceOf(Problem.class)
        .hasMessageContaining("without the column id");
    assertThat(table("contacts_master", "number").columns()).containsOnlyKeys("number");
  }

  @Test
  void a_time_kept_as_a_number_gets_no_trigger_that_would_write_text_into_it() throws SQLException {
    run("create table contacts_master (id integer primary key, updated_at integer)");

    assertThat(Sample.whats(sample().setup()))
        .doesNotContain("trigger that moves contacts_master.updated_at");
    assertThat(sample().said("local"))
        .anyMatch(text -> text.contains("nothing moves updated_at") && text.contains("type text"));
  }

  @Test
  void a_step_that_fails_leaves_nothing_of_itself() throws SQLException {
    run("create view contacts_master_updated_at as select 1");

    assertThatThrownBy(() -> sample().setup()).isInstanceOf(Problem.class);

    assertThat(value("select count(*) from sqlite_master where name = 'contacts_master'"))
        .isEqualTo("0");
  }

  @Test
  void doctor_finds_a_database_after_setup_in_order() {
    sample().setup();

    assertThat(sample().findings())
        .filteredOn(f -> f.place().equals("local"))
        .extracting(Finding::level)
        .containsOnly(Finding.Level.OK, Finding.Level.NOTE);
  }

  @Test
  void doctor_makes_no_file() {
    assertThat(sample().said("local"))
        .anyMatch(text -> text.startsWith("ERROR there is no table contacts_master"));

    assertThat(file()).doesNotExist();
  }

  @Test
  void doctor_tells_a_missing_table() throws SQLException {
    run("create table other (id integer primary key)");

    assertThat(sample().said("local"))
        .anyMatch(
            text ->
                text.startsWith("ERROR there is no table contacts_master")
                    && text.contains("'setup'"));
  }

  @Test
  void doctor_tells_missing_columns_trigger_and_feed() throws SQLException {
    run("create table contacts_master (id integer primary key, updated_at text)");

    assertThat(sample().said("local"))
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith("WARNING lacks column contacts_master.contact_id")
                    .contains("trigger that moves", "change feed", "'setup'"));
  }

  @Test
  void doctor_tells_a_file_that_is_no_database() throws Exception {
    Files.writeString(file(), "Ann Smith, ann@example.com, and many others. ".repeat(50));

    assertThat(sample().said("local"))
        .singleElement()
        .asString()
        .startsWith("ERROR is damaged, or no database")
        .doesNotContain("ann@");
  }

  @Test
  void doctor_leaves_the_journal_mode_as_it_is() throws SQLException {
    sample().setup();

    assertThat(sample().said("local")).anyMatch(text -> text.contains("journal mode is delete"));
    assertThat(value("pragma journal_mode")).isEqualTo("delete");
  }

  @Test
  void a_database_that_the_service_has_open_can_be_examined() throws SQLException {
    sample().setup();
    try (Connection service = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = service.createStatement()) {
      statement.execute("pragma journal_mode = wal");
      statement.execute("begin immediate");

      assertThat(sample().said("local"))
          .contains("OK journal mode is WAL: readers and the writer do not wait. ")
          .contains("OK has all that the mapping names. ");
    }
  }
}
