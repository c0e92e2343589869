package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.mapping.Mappings;

/** Supabase by JDBC, the local database and the ledger, all three in PostgreSQL. */
class PostgresqlWorldTest {

  private static EmbeddedPostgres postgres;

  @TempDir Path folder;

  @BeforeAll
  static void startPostgres() throws Exception {
    postgres = EmbeddedPostgres.start();
    run("postgres", "create database supabase");
    run("postgres", "create database local");
    run("postgres", "create database ledger");
    run("postgres", "create role anon");
    run("postgres", "create role authenticated");
    run("postgres", "create role service_role");
    run("supabase", script("supabase.sql"));
    run("supabase", script("supabase-feed.sql"));
    run("local", script("local-postgresql.sql"));
    run("local", script("supabase-feed.sql"));
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    postgres.close();
  }

  @Test
  void edits_travel_between_two_postgresql_databases_until_a_contact_is_forgotten()
      throws Exception {
    empty();
    run(
        "supabase",
        "insert into contacts_master(first_name, emails, llm_context, is_business, birthday) values"
            + " ('Zoë', '[\"zoe@example.com\"]', '{\"a\": {\"b\": 1.50}}', true, '1990-02-03')");
    run(
        "local",
        "insert into contacts_master(last_name, emails, phones) values"
            + " ('Łódź', '[\"zoe@example.com\", \"z2@example.com\"]', '[\"+33612345678\"]')");
    try (Ledger ledger = JdbcLedger.open(ledger());
        Engine engine = engine(ledger)) {
      engine.runCycle();
      engine.runCycle();

      String columns =
          "first_name, last_name, emails, phones, llm_context = '{\"a\": {\"b\": 1.5}}', is_business, birthday, contact_id";
      assertThat(row("supabase", columns))
          .isEqualTo(row("local", columns))
          .contains("Zoë", "Łódź", "z2@example.com", "+33612345678");

      run("local", "update contacts_master set last_name = 'Lodz', birthday = null");
      engine.runCycle();
      assertThat(row("supabase", "last_name, birthday")).isEqualTo("Lodz|null");

      engine.runCycle();
      assertThat(engine.cycle().last().systems().values())
          .allSatisfy(system -> assertThat(system.sent()).isZero());

      String contact = row("local", "contact_id");
      engine.decisions().forget(contact);
      engine.runCycle();
      assertThat(count("supabase") + count("local")).isZero();
      assertThat(engine.decisions().forgetting().erasures()).isEmpty();
    }
  }

  @Test
  void before_init_one_may_look_at_the_plan_and_nothing_is_said_of_an_earlier_version()
      throws Exception {
    empty();
    run("local", "insert into contacts_master(first_name) values ('Zoë')");
    try (Operator operator = operator()) {
      Operator.Said plan = operator.does("plan --json");
      assertThat(plan.code() + " " + plan.all()).startsWith("0 ").contains("\"next\":\"init\"");

      Operator.Said status = operator.does("status");
      assertThat(status.code() + " " + status.err())
          .startsWith("1 ")
          .contains("There is no ledger yet in its PostgreSQL database. Start with init");

      Operator.Said verify = operator.does("verify");
      assertThat(verify.code() + " " + verify.err()).startsWith("2 ").contains("Run 'init' first");
    }
  }

  @Test
  void who_asks_for_a_copy_of_a_ledger_in_postgresql_is_told_what_makes_one() throws Exception {
    empty();
    JdbcLedger.open(ledger()).close();
    try (Operator operator = operator()) {
      Operator.Said said = operator.does("ledger backup " + folder.resolve("copy"));

      assertThat(said.code() + " " + said.err())
          .startsWith("2 ")
          .contains("A ledger in PostgreSQL is backed up with pg_dump")
          .doesNotContain("unexpected");
    }
  }

  private Operator operator() {
    Map<Option, String> settings = settings();
    settings.put(Options.LEDGER_JDBC_URL, url("ledger"));
    settings.put(Options.LEDGER_USERNAME, "postgres");
    return new Operator(folder, settings);
  }

  private static void empty() throws Exception {
    run("supabase", "delete from contacts_master");
    run("local", "delete from contacts_master");
    run("ledger", "drop schema public cascade; create schema public");
  }

  private static long count(String database) throws Exception {
    try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from contacts_master")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Test
  void a_row_that_was_removed_from_supabase_is_deleted_softly_in_the_local_database()
      throws Exception {
    empty();
    run(
        "supabase",
        "insert into contacts_master(contact_id, first_name) values ('id-gone', 'Ada')");
    try (Ledger ledger = JdbcLedger.open(ledger());
        Engine engine = engine(ledger)) {
      engine.runCycle();
      engine.runCycle();
      assertThat(row("local", "first_name, deleted_at")).isEqualTo("Ada|null");
      run("supabase", "delete from contacts_master");

      engine.runCycle();

      assertThat(row("local", "first_name, deleted_at is null")).isEqualTo("Ada|f");
    }
  }

  @Test
  void an_edit_in_supabases_database_arrives_without_waiting_for_a_cycle() throws Exception {
    empty();
    run("supabase", "insert into contacts_master(contact_id, first_name) values ('id-1', 'Ada')");
    try (Ledger ledger = JdbcLedger.open(ledger());
        Engine engine = engine(ledger, Engine.Mode.LISTENING)) {
      engine.runCycle();
      engine.runCycle();
      awaitListener();

      run("supabase", "update contacts_master set first_name = 'Grace'");

      await(() -> row("local", "first_name").equals("Grace"));
    }
  }

  @Test
  void supabases_database_tells_of_changes_that_are_read_by_its_api() throws Exception {
    empty();
    run("supabase", "insert into contacts_master(contact_id, first_name) values ('id-1', 'Ada')");
    World world = World.withoutEngine(folder, "supabase", "local");
    try (world) {
      String id =
          world
              .supabase
              .insert("contacts_master", json("{'contact_id': 'id-1', 'first_name': 'Ada'}"))
              .get("id")
              .asText();
      world.set(Options.SUPABASE_JDBC_URL, url("supabase"));
      world.set(Options.SUPABASE_USERNAME, "postgres");
      world.mode = Engine.Mode.LISTENING;
      world.start();
      world.engine.runCycle();
      world.engine.runCycle();
      awaitListener();
      long before = world.supabase.calls();

      world.supabase.update("contacts_master", id, json("{'first_name': 'Grace'}"));
      assertThat(world.supabase.calls()).isEqualTo(before);
      run("supabase", "update contacts_master set first_name = 'Grace'");

      await(() -> firstNameIn(world).equals("Grace"));
    }
  }

  private static String firstNameIn(World world) throws SQLException {
    try (Connection connection = world.local();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select first_name from contacts_master")) {
      return rows.getString(1);
    }
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  private interface State {
    boolean isReached() throws Exception;
  }

  private static void await(State state) throws Exception {
    long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!state.isReached()) {
      assertThat(System.nanoTime()).as("time is up").isLessThan(until);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private static void awaitListener() throws Exception {
    await(
        () ->
            one(
                    "select count(*) from pg_stat_activity where datname = 'supabase' and"
                        + " application_name = 'truth-forge-sync supabase listener'"
                        + " and query ilike 'listen%'")
                == 1);
  }

  private static long one(String sql) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static String url(String database) {
    return postgres.getJdbcUrl("postgres", database).replaceAll("\\?.*", "");
  }

  @Test
  void a_column_whose_type_was_changed_meanwhile_is_read_and_written_as_it_is_now()
      throws Exception {
    empty();
    run(
        "local",
        "insert into contacts_master(first_name, emails) values ('Ada', '[\"ada@example.com\"]')");
    try (Ledger ledger = JdbcLedger.open(ledger());
        Engine engine = engine(ledger)) {
      engine.runCycle();
      engine.runCycle();
      emailsAs("text[] using string_to_array(emails ->> 0, ',')");
      run("local", "update contacts_master set emails = '{new@example.com,ada@example.com}'");

      engine.runCycle();
      assertThat(row("supabase", "emails")).isEqualTo("[\"new@example.com\", \"ada@example.com\"]");
      run("supabase", "update contacts_master set emails = '[\"third@example.com\"]'");
      engine.runCycle();
      assertThat(row("local", "emails")).isEqualTo("{third@example.com}");
    } finally {
      emailsAs("jsonb using to_jsonb(emails)");
    }
  }

  private static void emailsAs(String type) throws Exception {
    run("local", "alter table contacts_master alter column emails type " + type);
  }

  @Test
  void what_a_column_computes_is_told_and_the_rest_of_a_contact_is_written() throws Exception {
    empty();
    run(
        "supabase",
        "insert into contacts_master(first_name, last_name) values ('Ada', 'Lovelace')");
    computed("generated always as (first_name || ' ' || last_name) stored");
    try (Ledger ledger = JdbcLedger.open(ledger());
        Engine engine = engine(ledger)) {
      engine.runCycle();
      run("supabase", "update contacts_master set last_name = 'King'");
      engine.runCycle();
      assertThat(row("local", "canonical_name, name_normalized"))
          .isEqualTo(row("supabase", "canonical_name, canonical_name"))
          .isEqualTo("Ada King|Ada King");

      run("local", "update contacts_master set first_name = 'Augusta'");
      engine.runCycle();
      assertThat(row("supabase", "canonical_name")).isEqualTo("Augusta King");
      engine.runCycle();
      assertThat(engine.cycle().last().systems().values())
          .allSatisfy(system -> assertThat(system.sent()).isZero());
    } finally {
      computed("");
    }
  }

  private static void computed(String how) throws Exception {
    for (String column : List.of("canonical_name", "name_normalized", "sync_metadata")) {
      String type = column.equals("sync_metadata") && how.isEmpty() ? " jsonb " : " text ";
      run("local", "alter table contacts_master drop column " + column);
      run("local", "alter table contacts_master add column " + column + type + how);
    }
  }

  @Test
  void what_a_column_holds_that_comes_while_the_service_runs_is_read_before_it_is_written()
      throws Exception {
    empty();
    run("local", "alter table contacts_master rename column nickname to alias");
    run("supabase", "insert into contacts_master(first_name, nickname) values ('Ada', 'A.')");
    try (Ledger ledger = JdbcLedger.open(ledger());
        Engine engine = engine(ledger)) {
      engine.runCycle();
      engine.runCycle();
      run("local", "update contacts_master set alias = 'Addie'");
      engine.runCycle();

      run("local", "alter table contacts_master rename column alias to nickname");
      engine.runCycle();
      engine.runCycle();
      assertThat(row("local", "nickname")).isEqualTo("A.");
      List<Conflict> conflicts = ledger.transaction(tx -> tx.conflicts(false, 0, 10));
      assertThat(conflicts).extracting(Conflict::lost).containsExactly(Value.ofText("Addie"));
    }
  }

  @Test
  void an_edit_of_a_table_that_had_another_name_for_a_while_is_found_when_it_is_back()
      throws Exception {
    empty();
    run("local", "insert into contacts_master(first_name) values ('Ada'), ('Bob')");
    try (Ledger ledger = JdbcLedger.open(ledger());
        Engine engine = engine(ledger)) {
      engine.runCycle();
      engine.runCycle();
      run("local", "alter table contacts_master rename to cm_old");
      engine.runCycle();
      run("local", "update cm_old set nickname = 'Addie' where first_name = 'Ada'");
      run("local", "delete from cm_old where first_name = 'Bob'");
      run("local", "alter table cm_old rename to contacts_master");

      engine.availability().tryAllNow();
      engine.runCycle();
      assertThat(
              row("supabase", "count(*) filter (where nickname = 'Addie' and deleted_at is null)"))
          .isEqualTo("1");
      assertThat(row("supabase", "count(*) filter (where deleted_at is null)")).isEqualTo("1");
    }
  }

  private Engine engine(Ledger ledger) throws Exception {
    return engine(ledger, Engine.Mode.ON_DEMAND);
  }

  private Engine engine(Ledger ledger, Engine.Mode mode) throws Exception {
    Configuration configuration = Configuration.of(settings());
    List<Mapping> mappings = new ArrayList<>();
    configuration.systems().forEach(system -> mappings.add(MappingFiles.shipped(system)));
    return Engine.start(
        configuration,
        Places.insideTheJar(),
        Mappings.of(mappings),
        ledger,
        Clock.systemUTC(),
        mode);
  }

  private static Map<Option, String> settings() {
    Map<Option, String> settings = new LinkedHashMap<>();
    settings.put(Options.SUPABASE_JDBC_URL, url("supabase"));
    settings.put(Options.LOCAL_JDBC_URL, url("local"));
    settings.put(Options.SUPABASE_USERNAME, "postgres");
    settings.put(Options.LOCAL_USERNAME, "postgres");
    return settings;
  }

  private static LedgerSettings ledger() {
    return new LedgerSettings(url("ledger"), "postgres", null, Clock.systemUTC());
  }

  private static void run(String database, String sql) throws Exception {
    try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String row(String database, String columns) throws Exception {
    try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select " + columns + " from contacts_master")) {
      assertThat(rows.next()).isTrue();
      List<String> values = new ArrayList<>();
      for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
        values.add(String.valueOf(rows.getString(i)));
      }
      assertThat(rows.next()).isFalse();
      return String.join("|", values);
    }
  }

  private static String script(String name) throws Exception {
    try (InputStream in =
        PostgresqlWorldTest.class.getResourceAsStream("/defaults/config/sql/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
