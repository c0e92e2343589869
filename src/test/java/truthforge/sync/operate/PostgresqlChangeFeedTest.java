package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;

class PostgresqlChangeFeedTest extends ChangeFeedContract {

  private static EmbeddedPostgres postgres;
  private static int databases;

  @BeforeAll
  static void startPostgres() throws Exception {
    postgres = EmbeddedPostgres.start();
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    postgres.close();
  }

  private static String url() {
    return "jdbc:postgresql://localhost:" + postgres.getPort() + "/people" + databases;
  }

  @Override
  Map<Option, String> connection() {
    return Map.of(Options.LOCAL_JDBC_URL, url(), Options.LOCAL_USERNAME, "postgres");
  }

  @Override
  Connection connect() throws SQLException {
    return DriverManager.getConnection(url(), "postgres", "postgres");
  }

  private static String script(String name) throws Exception {
    try (var in = World.class.getResourceAsStream("/defaults/config/sql/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  void createTable() throws Exception {
    databases++;
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create database people" + databases);
    }
    run(script("local-postgresql.sql"));
  }

  private void run(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  void createFeed() throws Exception {
    run(script("supabase-feed.sql"));
  }

  @Override
  void dropFeed() throws Exception {
    sql("drop trigger sync_log_change on contacts_master");
  }

  @Override
  long logged() throws Exception {
    return Long.parseLong(value("select count(*) from sync.change_log"));
  }

  @Override
  void stopTheTime() throws Exception {
    sql("alter table contacts_master disable trigger contacts_master_touch");
  }

  @Override
  void pruneByAnother() throws Exception {
    run("select public.sync_feed_prune((public.sync_feed_info() ->> 'safe_txid')::bigint)");
  }

  /** People who edit without hurry: a transaction that stays open. */
  private Connection open(String sql) throws SQLException {
    Connection connection = connect();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
    return connection;
  }

  private static String rename(String contact, String name) {
    return "update contacts_master set first_name = '"
        + name
        + "' where contact_id = 'id-"
        + contact
        + "'";
  }

  @Test
  void the_feed_sees_an_edit_that_was_made_first_and_committed_last() throws Exception {
    // Without an overlap, which would see it too.
    world.more.put(Options.SYNC_OVERLAP_SECONDS, "0");
    world.restart();
    add(names(3));
    settle();
    try (Connection early = open(rename("Ada1", "Early"))) {
      sql(rename("Ada2", "Late"));
      cycle();
      early.commit();
    }

    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "Early").containsEntry("id-Ada2", "Late");
    assertThat(read()).isLessThanOrEqualTo(2);
  }

  @Test
  void without_the_feed_the_overlap_sees_an_edit_that_was_made_first_and_committed_last()
      throws Exception {
    dropFeed();
    add(names(3));
    settle();
    try (Connection early = open(rename("Ada1", "Early"))) {
      sql(rename("Ada2", "Late"));
      cycle();
      assertThat(truth()).containsEntry("id-Ada1", "Ada1").containsEntry("id-Ada2", "Late");
      early.commit();
    }

    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "Early");
  }

  @Test
  void a_delete_that_was_made_first_and_committed_last_is_seen() throws Exception {
    add(names(3));
    settle();
    try (Connection early = open("delete from contacts_master where contact_id = 'id-Ada1'")) {
      sql(rename("Ada2", "Late"));
      cycle();
      early.commit();
    }

    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "(Ada1)").containsEntry("id-Ada2", "Late");
  }

  @Test
  void an_edit_that_was_taken_back_is_never_seen() throws Exception {
    add(names(3));
    settle();
    try (Connection early = open(rename("Ada1", "Early"))) {
      cycle();
      early.rollback();
    }

    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "Ada1");
    assertThat(read()).isZero();
  }

  @Test
  void of_two_overlapping_edits_of_one_row_the_one_that_stands_is_taken() throws Exception {
    add(names(2));
    settle();
    // The transaction of the lower number changes the row last.
    try (Connection older = open(rename("Ada0", "Older"))) {
      sql(rename("Ada1", "Younger"));
      try (Statement statement = older.createStatement()) {
        statement.executeUpdate(rename("Ada1", "Last"));
      }
      older.commit();
    }

    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "Last");
  }

  @Test
  void promise_8_a_table_that_was_emptied_at_one_stroke_is_noticed_and_waits_for_a_person()
      throws Exception {
    add(names(20));
    settle();
    sql("truncate contacts_master");

    cycle();
    assertThat(world.held()).isEqualTo(1);
    assertThat(truth().values()).hasSize(20).noneMatch(name -> name.startsWith("("));

    approveTheSource();
    settle();
    assertThat(truth().values()).hasSize(20).allMatch(name -> name.startsWith("("));
  }

  @Test
  void a_table_that_was_emptied_and_filled_again_is_read_anew() throws Exception {
    add(names(8));
    settle();
    sql(
        "create table kept as select * from contacts_master",
        "truncate contacts_master",
        "insert into contacts_master select * from kept where contact_id <> 'id-Ada3'",
        rename("Ada1", "Grace"));

    cycle();

    assertThat(truth())
        .containsEntry("id-Ada1", "Grace")
        .containsEntry("id-Ada2", "Ada2")
        .containsEntry("id-Ada3", "(Ada3)");
    cycle();
    assertThat(read()).as("once is enough").isLessThanOrEqualTo(8);
    cycle();
    assertThat(read()).isZero();
  }

  @Test
  void changes_of_other_tables_in_the_same_feed_are_passed_over() throws Exception {
    run(
        "create table other (id int primary key);"
            + " select sync.watch('other');"
            + " insert into other select generate_series(1, 2500)");
    add(names(2));

    settle();

    assertThat(truth()).hasSize(2);
    assertThat(logged()).isZero();
  }

  @Test
  void a_log_that_was_emptied_by_hand_is_made_up_for_by_reading_everything() throws Exception {
    add(names(30));
    settle();
    sql("delete from contacts_master where contact_id = 'id-Ada8'", "truncate sync.change_log");

    cycle();

    assertThat(truth()).containsEntry("id-Ada8", "(Ada8)");
  }

  @Test
  void promise_8_a_database_that_was_replaced_by_its_dump_waits_for_a_person() throws Exception {
    add(names(8));
    settle();
    world.stop();
    String from = "people" + databases;
    databases++;
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create database people" + databases + " template " + from);
    }
    sql("alter table contacts_master disable trigger user");
    sql("delete from contacts_master where contact_id = 'id-Ada3'");
    sql("alter table contacts_master enable trigger user");
    // A dump makes the log anew, whatever stood in it.
    run("create schema was; alter table sync.change_log set schema was;");
    run(
        "create table sync.change_log (like was.change_log including all); drop schema was cascade");
    createFeed();
    world.more.putAll(connection());
    world.start();

    cycle();
    assertThat(world.held()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-Ada3", "Ada3");

    approveTheSource();
    cycle();
    assertThat(truth()).containsEntry("id-Ada3", "(Ada3)");
  }

  @Test
  void a_user_who_may_not_read_the_feed_reads_by_time() throws Exception {
    run(
        "drop role if exists clerk; create role clerk login;"
            + " grant select, insert, update on contacts_master to clerk");
    world.more.put(Options.LOCAL_USERNAME, "clerk");
    world.restart();
    add(names(3));
    settle();
    sql(rename("Ada1", "Grace"));

    cycle();

    assertThat(truth()).containsEntry("id-Ada1", "Grace");
  }
}
