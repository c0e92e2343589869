package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.Ledger.LedgerUnavailable;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.ledger.LedgerTransaction;

/**
 * A local database with its change feed, as {@code setup} makes it, read by the real routes and
 * synchronised with BigQuery.
 */
abstract class ChangeFeedContract {

  static final String TABLE = "contacts_master";

  @TempDir Path folder;
  World world;

  /** The options that connect the service with the local database. */
  abstract Map<Option, String> connection();

  abstract Connection connect() throws SQLException;

  /** A new and empty database with the default table, and no feed. */
  abstract void createTable() throws Exception;

  abstract void createFeed() throws Exception;

  abstract void dropFeed() throws Exception;

  /** How many entries the log holds. */
  abstract long logged() throws Exception;

  /** Makes an update of the table leave {@code updated_at} as it is. */
  abstract void stopTheTime() throws Exception;

  /** Removes all entries as another service that reads this feed would. */
  abstract void pruneByAnother() throws Exception;

  @BeforeEach
  void open() throws Exception {
    createTable();
    createFeed();
    world = World.withoutEngine(folder, "bigquery", "local");
    world.more.putAll(connection());
    world.start();
  }

  @AfterEach
  void close() {
    world.close();
  }

  void sql(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.executeUpdate(sql);
      }
    }
  }

  String value(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** Adds people who are called as given. */
  void add(List<String> names) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement(
                "insert into " + TABLE + " (contact_id, first_name, last_name) values (?, ?, ?)")) {
      connection.setAutoCommit(false);
      for (String name : names) {
        insert.setString(1, "id-" + name);
        insert.setString(2, name);
        insert.setString(3, "Person");
        insert.addBatch();
      }
      insert.executeBatch();
      connection.commit();
    }
  }

  static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add("Ada" + i);
    }
    return names;
  }

  /** What the record of truth holds: first name by contact, deleted contacts in brackets. */
  Map<String, String> truth() {
    Map<String, String> truth = new TreeMap<>();
    for (JsonNode row : world.bigquery.rows("identity", TABLE)) {
      String name = row.path("first_name").asText("");
      truth.put(
          row.get("contact_id").asText(), row.hasNonNull("deleted_at") ? "(" + name + ")" : name);
    }
    return truth;
  }

  void cycle() {
    world.engine.runCycle();
    assertThat(world.engine.cycle().last().systems().values())
        .allSatisfy(system -> assertThat(system.failure()).isNull());
  }

  /** Until nothing is left to be told. */
  void settle() {
    cycle();
    cycle();
    cycle();
  }

  /** What the source says is taken over. */
  void approveTheSource() {
    long held = world.ledger.transaction(tx -> tx.heldAfter(0, 10).get(0).id());
    world.engine.observing().approve(held, null);
  }

  long read() {
    return world.engine.cycle().last().systems().get("local").read();
  }

  long statements() {
    return world.engine.callsOf("local");
  }

  @Test
  void a_cycle_without_a_change_costs_one_statement() throws Exception {
    add(names(20));
    settle();
    long before = statements();

    cycle();

    assertThat(statements() - before).isEqualTo(1);
  }

  @Test
  void of_many_rows_only_those_that_changed_are_read() throws Exception {
    add(names(50));
    settle();
    sql("update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada7'");

    cycle();

    assertThat(read()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-Ada7", "Grace");
  }

  @Test
  void rows_that_are_there_before_the_service_are_all_read() throws Exception {
    add(names(2_500));

    cycle();

    assertThat(truth()).hasSize(2_500);
  }

  @Test
  void more_changes_than_a_page_of_the_feed_holds_are_all_read() throws Exception {
    cycle();
    add(names(2_500));

    cycle();

    assertThat(truth()).hasSize(2_500);
  }

  @Test
  void a_row_that_was_changed_often_is_read_once_and_as_it_is() throws Exception {
    add(names(1));
    settle();
    for (int i = 0; i < 30; i++) {
      sql("update contacts_master set first_name = 'Grace" + i + "'");
    }

    cycle();

    assertThat(read()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-Ada0", "Grace29");
  }

  @Test
  void an_edit_that_moves_no_time_is_seen() throws Exception {
    add(names(3));
    settle();
    stopTheTime();
    sql("update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada1'");

    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "Grace");
  }

  @Test
  void a_row_that_was_removed_is_deleted_softly_elsewhere() throws Exception {
    add(names(12));
    settle();
    sql("delete from contacts_master where contact_id = 'id-Ada7'");

    cycle();

    assertThat(truth()).hasSize(12).containsEntry("id-Ada7", "(Ada7)");
    assertThat(value("select count(*) from contacts_master")).isEqualTo("11");
  }

  @Test
  void promise_8_many_rows_that_were_removed_wait_for_a_person() throws Exception {
    add(names(100));
    settle();
    sql("delete from contacts_master where contact_id like 'id-Ada1%'");

    cycle();

    assertThat(world.held()).isEqualTo(11);
    assertThat(truth().values()).hasSize(100).noneMatch(name -> name.startsWith("("));
  }

  @Test
  void a_row_that_was_removed_and_put_in_again_under_its_id_lives_with_its_new_values()
      throws Exception {
    add(names(3));
    settle();
    String id = value("select id from contacts_master where contact_id = 'id-Ada1'");
    sql(
        "delete from contacts_master where contact_id = 'id-Ada1'",
        "insert into contacts_master (id, contact_id, first_name, last_name) values ('"
            + id
            + "', 'id-Ada1', 'Grace', 'Person')");

    cycle();

    assertThat(truth()).hasSize(3).containsEntry("id-Ada1", "Grace");
    assertThat(world.held()).isZero();
  }

  @Test
  void a_person_who_was_removed_and_put_in_again_as_a_new_row_stays_one_person() throws Exception {
    add(names(3));
    settle();
    sql(
        "delete from contacts_master where contact_id = 'id-Ada1'",
        "insert into contacts_master (contact_id, first_name, nickname) values"
            + " ('id-Ada1', 'Ada1', 'Lady A')");

    settle();

    assertThat(truth()).hasSize(3).containsEntry("id-Ada1", "Ada1");
    assertThat(world.held()).isZero();
    assertThat(
            value("select last_name || nickname from contacts_master where nickname is not null"))
        .isEqualTo("PersonLady A");
  }

  @Test
  void a_row_that_came_and_went_between_two_cycles_is_nobody() throws Exception {
    settle();
    add(names(1));
    sql("delete from contacts_master");

    cycle();

    assertThat(truth()).isEmpty();
  }

  @Test
  void what_was_read_is_pruned_and_the_service_goes_on() throws Exception {
    add(names(30));
    settle();
    assertThat(logged()).isZero();

    sql("update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada7'");
    cycle();

    assertThat(read()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-Ada7", "Grace");
  }

  @Test
  void promise_3_what_was_not_stored_is_neither_pruned_nor_lost() throws Exception {
    add(names(3));
    settle();
    world.stop();
    sql("update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada1'");
    Configuration configuration =
        Configuration.load(world.places, world.environment, world.settings());
    world.ledger = failing(openLedger());
    world.engine =
        Engine.start(
            configuration,
            world.places,
            world.mappings,
            world.ledger,
            world.time,
            Engine.Mode.ON_DEMAND);
    assertThat(failure()).isInstanceOf(LedgerUnavailable.class);
    assertThat(logged()).isEqualTo(1);

    world.restart();
    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "Grace");
  }

  private Throwable failure() {
    try {
      world.engine.observe("local");
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }

  private Ledger openLedger() {
    return JdbcLedger.open(
        LedgerSettings.of("jdbc:sqlite:" + folder.resolve("ledger.db"), world.time));
  }

  /** One that cannot store where a source has been read to. */
  private static Ledger failing(Ledger ledger) {
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("transaction")) {
                return call(ledger, method, arguments);
              }
              @SuppressWarnings("unchecked")
              var work = (java.util.function.Function<LedgerTransaction, Object>) arguments[0];
              return ledger.transaction(tx -> work.apply(refusing(tx)));
            });
  }

  private static LedgerTransaction refusing(LedgerTransaction tx) {
    return (LedgerTransaction)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {LedgerTransaction.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("saveCursor")) {
                throw new LedgerUnavailable("no room on the disk", null);
              }
              return call(tx, method, arguments);
            });
  }

  private static Object call(Object target, java.lang.reflect.Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  @Test
  void entries_that_another_reader_pruned_are_made_up_for_by_reading_everything() throws Exception {
    add(names(30));
    settle();
    sql(
        "update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada7'",
        "delete from contacts_master where contact_id = 'id-Ada8'");
    pruneByAnother();

    cycle();

    assertThat(truth()).containsEntry("id-Ada7", "Grace").containsEntry("id-Ada8", "(Ada8)");
    settle();
    assertThat(read()).isZero();
  }

  @Test
  void a_feed_that_is_set_up_later_is_followed_from_then_on() throws Exception {
    dropFeed();
    add(names(30));
    settle();
    assertThat(read()).as("by time, with the overlap").isEqualTo(30);
    createFeed();
    settle();

    sql("delete from contacts_master where contact_id = 'id-Ada8'");
    cycle();

    assertThat(read()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-Ada8", "(Ada8)");
  }

  @Test
  void without_its_feed_the_table_is_read_by_time_again() throws Exception {
    add(names(30));
    settle();
    dropFeed();
    sql("update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada7'");
    settleWhateverFails();

    assertThat(truth()).containsEntry("id-Ada7", "Grace");
  }

  /** A feed that goes while the service runs may cost a cycle. */
  private void settleWhateverFails() {
    for (int i = 0; i < 3; i++) {
      world.time.advance(java.time.Duration.ofMinutes(20));
      world.engine.runCycle();
    }
  }

  @Test
  void a_feed_that_was_away_for_a_time_is_not_trusted_with_what_happened_meanwhile()
      throws Exception {
    add(names(30));
    settle();
    dropFeed();
    sql("delete from contacts_master where contact_id = 'id-Ada8'");
    createFeed();

    cycle();

    assertThat(truth()).containsEntry("id-Ada8", "(Ada8)");
  }

  @Test
  void a_database_that_is_only_observed_is_not_pruned() throws Exception {
    world.more.put(Options.LOCAL_READ_ONLY, "true");
    world.restart();
    add(names(3));
    settle();
    long kept = logged();
    settle();

    assertThat(kept).isEqualTo(3);
    assertThat(logged()).isEqualTo(3);
    assertThat(read()).isZero();
  }

  @Test
  void our_own_writes_come_back_as_no_change_and_then_all_is_quiet() throws Exception {
    add(names(5));
    settle();
    world.bigquery.execute(
        "UPDATE identity.contacts_master SET first_name = 'Grace', updated_at = TIMESTAMP '"
            + world.time.instant()
            + "' WHERE contact_id = 'id-Ada1'");

    cycle();
    assertThat(value("select first_name from contacts_master where contact_id = 'id-Ada1'"))
        .isEqualTo("Grace");
    world.writes.clear();
    cycle();
    assertThat(world.engine.cycle().last().systems().get("local").changed()).isZero();
    cycle();

    assertThat(world.writes).isEmpty();
    assertThat(read()).isZero();
  }

  // The same database, where people brought it along as it is

  /** Makes the table refuse whoever is called so. */
  abstract void refuse(String name) throws Exception;

  /** A table of its own making, with an id that the database gives. */
  abstract void createOddTable(String columns) throws Exception;

  /** What the database says of a refused record, as far as it may be told. */
  abstract String reasonOf(String refusal);

  void addToTruth(List<String> names) {
    StringBuilder rows = new StringBuilder();
    for (String name : names) {
      rows.append(rows.isEmpty() ? "" : ", ")
          .append("('id-%s', '%s', ['%s@example.com'], ".formatted(name, name, name))
          .append("TIMESTAMP '%1$s', TIMESTAMP '%1$s')".formatted(world.time.instant()));
    }
    world.bigquery.execute(
        "INSERT INTO identity.contacts_master (contact_id, first_name, emails, created_at,"
            + " updated_at) VALUES "
            + rows);
  }

  void renameInTruth(String name, String to) {
    inTruth(name, "first_name = '" + to + "'");
  }

  void inTruth(String name, String values) {
    world.bigquery.execute(
        "UPDATE identity.contacts_master SET %s, updated_at = TIMESTAMP '%s' WHERE contact_id = 'id-%s'"
            .formatted(values, world.time.instant(), name));
  }

  @Test
  void promise_7_of_200_new_records_with_a_bad_one_199_arrive_and_one_is_parked_with_the_reason()
      throws Exception {
    settle();
    addToTruth(names(200));
    long before = statements();
    cycle();
    long usual = statements() - before;
    settle();
    refuse("Bad");
    List<String> others = names(200).stream().map(name -> "Eve" + name).toList();
    addToTruth(others.stream().map(name -> name.equals("EveAda77") ? "Bad" : name).toList());
    before = statements();

    cycle();

    // 2·log2(200)+2, rounded down.
    assertThat(statements() - before - usual).isLessThanOrEqualTo(17);
    assertThat(value("select count(*) from contacts_master")).isEqualTo("399");
    List<DeadLetter> letters = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).reason()).contains(reasonOf("refuse")).doesNotContain("Bad");
  }

  @Test
  void a_value_that_only_one_row_may_have_is_taken_over_once_its_owner_gave_it_up()
      throws Exception {
    add(names(3));
    settle();
    sql("create unique index one_each on contacts_master (first_name)");
    renameInTruth("Ada0", "Ada1");
    renameInTruth("Ada1", "Ada2");
    renameInTruth("Ada2", "New");

    cycle();

    assertThat(value("select first_name from contacts_master where contact_id = 'id-Ada0'"))
        .isEqualTo("Ada1");
    assertThat(value("select first_name from contacts_master where contact_id = 'id-Ada1'"))
        .isEqualTo("Ada2");
    assertThat(world.ledger.<Long>transaction(tx -> tx.countDeadLetters("local"))).isZero();
  }

  @Test
  void a_value_that_another_row_keeps_parks_the_contact_and_says_so() throws Exception {
    add(names(3));
    settle();
    sql("create unique index one_each on contacts_master (first_name)");
    renameInTruth("Ada0", "Ada1");

    cycle();

    List<DeadLetter> letters = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).reason()).contains(reasonOf("taken"));
  }

  static String rename(String contact, String name) {
    return "update contacts_master set first_name = '"
        + name
        + "' where contact_id = 'id-"
        + contact
        + "'";
  }

  /** Returns when an edit would be heard of. */
  abstract void awaitListener() throws Exception;

  void listen() throws Exception {
    settle();
    world.stop();
    world.mode = Engine.Mode.LISTENING;
    world.start();
    awaitListener();
  }

  interface State {
    boolean isReached() throws Exception;
  }

  static void await(State state) throws Exception {
    long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!state.isReached()) {
      assertThat(System.nanoTime()).as("time is up").isLessThan(until);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  @Test
  void an_edit_arrives_without_waiting_for_a_cycle() throws Exception {
    add(names(3));
    listen();

    sql(rename("Ada1", "Grace"));

    await(() -> truth().get("id-Ada1").equals("Grace"));
  }

  private void useOddTable(String columns) throws Exception {
    createOddTable(columns);
    world.more.put(Options.LOCAL_TABLE, "odd");
    world.restart();
  }

  @Test
  void a_table_without_contact_ids_and_times_gets_each_person_once() throws Exception {
    useOddTable("id ID, first_name text, emails text");
    addToTruth(names(5));

    settle();
    settle();

    assertThat(value("select count(*) from odd")).isEqualTo("5");
    assertThat(world.parked()).isZero();
    renameInTruth("Ada3", "Grace");
    settle();
    assertThat(value("select count(*) from odd where first_name = 'Grace'")).isEqualTo("1");
    sql("update odd set first_name = 'Eve' where first_name = 'Ada1'");
    settle();
    assertThat(truth()).hasSize(5).containsEntry("id-Ada1", "Eve");
  }

  @Test
  void a_table_whose_ids_are_texts_that_it_does_not_give_gets_them_from_us() throws Exception {
    useOddTable("id varchar(80) primary key, contact_id text, first_name text, emails text");
    sql("insert into odd (id, first_name) values ('their own', 'Theirs')");
    addToTruth(names(3));

    settle();

    assertThat(value("select count(*) from odd where id is not null and contact_id is not null"))
        .isEqualTo("4");
    assertThat(truth().values()).hasSize(4).contains("Theirs");
    renameInTruth("Ada1", "Grace");
    settle();
    assertThat(value("select first_name from odd where contact_id = 'id-Ada1'")).isEqualTo("Grace");
  }

  @Test
  void a_row_without_a_key_is_parked_and_makes_no_person_at_each_reading() throws Exception {
    useOddTable("id varchar(80), contact_id text, first_name text, emails text");
    sql("insert into odd (first_name) values ('Nobody')");
    sql("insert into odd (id, first_name) values ('k1', 'Ada')");

    settle();

    assertThat(truth().values()).containsExactly("Ada");
    assertThat(value("select count(*) from odd")).isEqualTo("2");
    assertThat(world.parked()).isEqualTo(1);
  }

  @Test
  void rows_that_have_one_key_are_parked_and_none_is_written_over_another() throws Exception {
    useOddTable("id varchar(80), contact_id text, first_name text, emails text");
    sql("insert into odd (id, contact_id, first_name) values ('k1', 'id-Ada', 'Ada')");
    settle();
    sql("insert into odd (id, contact_id, first_name) values ('k1', 'id-Bea', 'Bea')");
    renameInTruth("Ada", "Grace");
    settle();

    assertThat(truth()).isEqualTo(Map.of("id-Ada", "Grace"));
    assertThat(value("select min(first_name) || max(first_name) from odd")).isEqualTo("AdaBea");
    assertThat(world.parked()).isEqualTo(1);

    sql("update odd set id = 'k2' where first_name = 'Bea'");
    settle();
    assertThat(truth()).isEqualTo(Map.of("id-Ada", "Grace", "id-Bea", "Bea"));
    assertThat(value("select min(first_name) || max(first_name) from odd")).isEqualTo("BeaGrace");
    assertThat(world.parked()).isZero();
  }

  @Test
  void a_column_that_must_be_filled_parks_new_records_and_leaves_edits_alone() throws Exception {
    useOddTable("id ID, contact_id text, first_name text, emails text, shoe_size int not null");
    sql("insert into odd (contact_id, first_name, shoe_size) values ('id-Eve', 'Eve', 41)");
    settle();
    addToTruth(names(1));
    renameInTruth("Eve", "Grace");

    settle();

    assertThat(value("select first_name || shoe_size from odd")).isEqualTo("Grace41");
    List<DeadLetter> letters = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).reason()).contains(reasonOf("not null"));
  }
}
