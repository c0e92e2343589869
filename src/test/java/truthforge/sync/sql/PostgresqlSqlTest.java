package truthforge.sync.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static truthforge.sync.sql.SqlFiles.call;
import static truthforge.sync.sql.SqlFiles.row;
import static truthforge.sync.sql.SqlFiles.rows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;

/**
 * The SQL for PostgreSQL, on a real one that is set up as Supabase is: the roles of its API, its
 * default rights, an owner who is no superuser. Every file is run twice.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class PostgresqlSqlTest {

  private static final JsonMapper JSON = new JsonMapper();

  private static EmbeddedPostgres postgres;
  private Connection connection;

  @BeforeAll
  static void startPostgres() throws Exception {
    postgres = EmbeddedPostgres.builder().start();
    try (Connection admin = connect("postgres", "postgres")) {
      call(
          admin,
          """
          create role anon nologin noinherit;
          create role authenticated nologin noinherit;
          create role service_role nologin noinherit bypassrls;
          create role project_owner login;
          create role authenticator login noinherit;
          grant anon, authenticated, service_role to authenticator;
          """);
      call(admin, "create database project owner project_owner");
      call(admin, "create database plain owner project_owner");
    }
    try (Connection owner = connect("project_owner", "project")) {
      call(owner, "create schema if not exists public");
    }
    try (Connection admin = connect("postgres", "project")) {
      call(
          admin,
          """
          alter schema public owner to project_owner;
          grant usage on schema public to anon, authenticated, service_role;
          alter default privileges for role project_owner in schema public
            grant all on tables to anon, authenticated, service_role;
          alter default privileges for role project_owner in schema public
            grant all on functions to anon, authenticated, service_role;
          """);
    }
    try (Connection owner = connect("project_owner", "project")) {
      for (int i = 0; i < 2; i++) {
        call(owner, SqlFiles.read("supabase.sql"));
        call(owner, SqlFiles.read("supabase-feed.sql"));
      }
    }
    try (Connection owner = connect("project_owner", "plain")) {
      for (int i = 0; i < 2; i++) {
        call(owner, SqlFiles.read("local-postgresql.sql"));
        call(owner, SqlFiles.read("supabase-feed.sql"));
      }
    }
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    postgres.close();
  }

  @BeforeEach
  void empty() throws Exception {
    connection = asService();
    try (Connection owner = connect("project_owner", "project")) {
      call(owner, "delete from public.contacts_master");
      call(owner, "delete from sync.change_log");
    }
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
  }

  @Test
  void an_update_moves_the_time_even_from_the_future() throws Exception {
    call(
        connection,
        "insert into contacts_master (contact_id, updated_at) values"
            + " ('a', '2099-01-01T00:00:00Z'), ('b', null)");

    call(connection, "update contacts_master set notes = 'x', updated_at = '2001-01-01'");

    assertThat(
            rows(
                connection,
                "select contact_id, updated_at > '2099-01-01T00:00:00Z',"
                    + " updated_at > now() - interval '1 minute'"
                    + " from contacts_master order by 1"))
        .containsExactly("a t t", "b f t");
  }

  @Test
  void apply_changes_exactly_what_is_set_where_the_row_is_as_expected_and_returns_it()
      throws Exception {
    call(
        connection,
        "insert into contacts_master (contact_id, notes, updated_at) values"
            + " ('a', 'kept', '2026-01-01T00:00:00.123456Z'),"
            + " ('b', 'kept', '2026-01-01T00:00:00.123457Z'),"
            + " ('c', 'kept', null)");
    String a = id("a");
    String b = id("b");
    String c = id("c");

    JsonNode applied =
        apply(
            "[{\"id\":\"%s\",\"expected\":\"2026-01-01T00:00:00.123456+00:00\",".formatted(a)
                + "\"set\":{\"first_name\":\"Ann\",\"emails\":[\"a@example.com\"],"
                + "\"birthday\":\"1990-02-03\",\"is_me\":false,\"llm_context\":null}},"
                + "{\"id\":\"%s\",\"expected\":\"2026-01-01T00:00:00.123456+00:00\",".formatted(b)
                + "\"set\":{\"first_name\":\"Bob\"}},"
                + "{\"id\":\"%s\",\"expected\":null,\"set\":{\"first_name\":\"Cyd\"}}]"
                    .formatted(c));

    List<String> found = new ArrayList<>();
    applied.forEach(
        row ->
            found.add(
                row.get("contact_id").asText()
                    + " "
                    + row.get("first_name").asText()
                    + " "
                    + row.get("notes").asText()));
    assertThat(found).containsExactlyInAnyOrder("a Ann kept", "c Cyd kept");
    assertThat(
            rows(
                connection,
                "select contact_id, first_name, emails, birthday, is_me, llm_context"
                    + " from contacts_master order by 1"))
        .containsExactly(
            "a Ann [\"a@example.com\"] 1990-02-03 f null",
            "b null null null null null",
            "c Cyd null null null null");
  }

  @Test
  void what_apply_returns_is_the_state_that_the_next_apply_expects() throws Exception {
    call(connection, "insert into contacts_master (contact_id) values ('a')");
    String id = id("a");
    String expected = row(connection, "select to_jsonb(updated_at) ->> 0 from contacts_master");

    for (int i = 0; i < 3; i++) {
      JsonNode applied =
          apply(
              "[{\"id\":\"%s\",\"expected\":\"%s\",\"set\":{\"notes\":\"%d\"}}]"
                  .formatted(id, expected, i));
      assertThat(applied).hasSize(1);
      expected = applied.get(0).get("updated_at").asText();
    }

    assertThat(row(connection, "select notes from contacts_master")).isEqualTo("2");
  }

  @Test
  void one_row_that_apply_cannot_write_undoes_the_others() throws Exception {
    call(
        connection,
        "insert into contacts_master (contact_id, updated_at) values ('a', null), ('b', null)");
    String rows =
        "[{\"id\":\"%s\",\"expected\":null,\"set\":{\"notes\":\"x\"}},".formatted(id("a"))
            + "{\"id\":\"%s\",\"expected\":null,\"set\":{\"birthday\":\"in May\"}}]"
                .formatted(id("b"));

    assertThatThrownBy(() -> apply(rows))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22007"));
    assertThat(row(connection, "select count(*) from contacts_master where notes is not null"))
        .isEqualTo("0");
  }

  @Test
  void apply_refuses_a_column_that_the_table_lacks() throws Exception {
    call(connection, "insert into contacts_master (contact_id, updated_at) values ('a', null)");
    String rows = "[{\"id\":\"%s\",\"expected\":null,\"set\":{\"nope\":1}}]".formatted(id("a"));

    assertThatThrownBy(() -> apply(rows))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42703"));
  }

  @Test
  void the_feed_shows_a_transaction_that_commits_after_a_younger_one() throws Exception {
    try (Connection early = asService();
        Connection late = asService()) {
      early.setAutoCommit(false);
      call(early, "insert into contacts_master (contact_id) values ('early')");
      call(late, "insert into contacts_master (contact_id) values ('late')");
      assertThat(feed("0", "0")).isEmpty();

      early.commit();

      assertThat(feed("0", "0")).containsExactly("I early", "I late");
    }
  }

  @Test
  void behind_a_position_in_the_feed_nothing_comes_twice_and_nothing_is_left_out()
      throws Exception {
    call(connection, "insert into contacts_master (contact_id) values ('a')");
    String position = row(connection, "select txid, seq from sync_feed(0, 0)");
    try (Connection early = asService();
        Connection late = asService()) {
      early.setAutoCommit(false);
      call(early, "insert into contacts_master (contact_id) values ('early')");
      call(late, "insert into contacts_master (contact_id) values ('late')");
      early.commit();
    }

    String[] parts = position.split(" ");
    assertThat(feed(parts[0], parts[1])).containsExactly("I early", "I late");
  }

  @Test
  void a_hard_delete_leaves_a_tombstone_with_the_row_as_it_was() throws Exception {
    call(connection, "insert into contacts_master (contact_id, notes) values ('a', 'gone')");
    String id = id("a");

    call(connection, "delete from contacts_master");

    assertThat(
            row(
                connection,
                "select tbl, pk ->> 'id', row_data ->> 'notes' from sync_feed(0, 0) where op = 'D'"))
        .isEqualTo("public.contacts_master " + id + " gone");
  }

  @Test
  void emptying_the_table_at_one_stroke_is_told() throws Exception {
    call(connection, "insert into contacts_master (contact_id) values ('a')");
    try (Connection owner = connect("project_owner", "project")) {
      call(owner, "truncate contacts_master");
    }

    assertThat(rows(connection, "select op from sync_feed(0, 0)")).containsExactly("I", "T");
  }

  @Test
  void a_changed_primary_key_is_a_delete_and_a_change() throws Exception {
    call(connection, "insert into contacts_master (contact_id) values ('a')");
    String before = id("a");
    call(connection, "update contacts_master set id = gen_random_uuid()");

    assertThat(rows(connection, "select op, pk ->> 'id' from sync_feed(0, 0)"))
        .containsExactly("I " + before, "D " + before, "U " + id("a"));
  }

  @Test
  void the_origin_that_a_writer_names_stands_in_the_feed() throws Exception {
    call(
        connection,
        "select set_config('request.headers', '{\"x-sync-origin\":\"truth-forge\"}', false)");
    call(connection, "insert into contacts_master (contact_id) values ('a')");

    assertThat(row(connection, "select origin from sync_feed(0, 0)")).isEqualTo("truth-forge");
  }

  @Test
  void the_feed_says_where_it_stands_and_forgets_what_was_read() throws Exception {
    call(connection, "insert into contacts_master (contact_id) values ('a')");
    JsonNode info = JSON.readTree(row(connection, "select sync_feed_info()"));
    long oldest = info.get("oldest_kept").asLong();

    assertThat(oldest).isLessThan(info.get("safe_txid").asLong());
    assertThat(info.get("next_txid").asLong())
        .isGreaterThanOrEqualTo(info.get("safe_txid").asLong());
    assertThat(info.get("system_identifier").asText()).matches("\\d+");
    assertThat(row(connection, "select sync_feed_prune(" + (oldest + 1) + ")")).isEqualTo("1");
    assertThat(feed("0", "0")).isEmpty();
  }

  @Test
  void other_keys_see_no_row_and_may_call_nothing() throws Exception {
    call(connection, "insert into contacts_master (contact_id) values ('a')");
    try (Connection anonymous = as("anon")) {
      assertThat(rows(anonymous, "select * from contacts_master")).isEmpty();
      for (String call :
          List.of(
              "select sync_feed(0, 0)",
              "select sync_feed_info()",
              "select sync_feed_prune(0)",
              "select sync_apply('contacts_master', '[]')",
              "select * from sync.change_log")) {
        assertThatThrownBy(() -> rows(anonymous, call))
            .as(call)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
      }
    }
  }

  @Test
  void a_table_that_lacks_columns_gains_them_and_keeps_its_rows() throws Exception {
    try (Connection admin = connect("postgres", "postgres")) {
      call(admin, "create database older owner project_owner");
    }
    try (Connection owner = connect("project_owner", "older")) {
      call(
          owner,
          "create table contacts_master (id uuid primary key, contact_id text, first_name text)");
      call(
          owner,
          "insert into contacts_master values ('00000000-0000-4000-8000-000000000001', 'a', 'Ann')");

      call(owner, SqlFiles.read("local-postgresql.sql"));

      assertThat(row(owner, "select first_name, emails, created_at is null from contacts_master"))
          .startsWith("Ann null");
    }
  }

  @Test
  void the_stand_in_has_the_columns_of_the_real_table() throws Exception {
    List<String> real =
        rows(
            connection,
            "select attname from pg_attribute where attrelid = 'contacts_master'::regclass"
                + " and attnum > 0 order by attnum");
    try (SupabaseStandIn standIn = SupabaseStandIn.start()) {
      JsonNode row = standIn.insert("contacts_master", JSON.readTree("{\"contact_id\":\"a\"}"));
      List<String> columns = new ArrayList<>();
      row.fieldNames().forEachRemaining(columns::add);

      assertThat(columns).containsExactlyInAnyOrderElementsOf(real);
    }
  }

  @Test
  void a_local_table_wakes_who_listens() throws Exception {
    try (Connection listener = connect("project_owner", "plain");
        Connection writer = connect("project_owner", "plain")) {
      call(listener, "listen sync_change");

      call(writer, "insert into contacts_master (contact_id) values ('woken')");

      var notices = listener.unwrap(PGConnection.class).getNotifications(20_000);
      assertThat(notices[0].getParameter()).isEqualTo("public.contacts_master");
      assertThat(rows(writer, "select op from sync_feed(0, 0)")).containsExactly("I");
    }
  }

  private List<String> feed(String txid, String seq) throws SQLException {
    return rows(
        connection,
        "select op, row_data ->> 'contact_id' from sync_feed(" + txid + ", " + seq + ")");
  }

  private JsonNode apply(String rows) throws Exception {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select coalesce(jsonb_agg(r), '[]') from sync_apply('contacts_master', ?::jsonb) r")) {
      statement.setString(1, rows);
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return JSON.readTree(result.getString(1));
      }
    }
  }

  private String id(String contactId) throws SQLException {
    return row(connection, "select id from contacts_master where contact_id = '" + contactId + "'");
  }

  private static Connection asService() throws SQLException {
    return as("service_role");
  }

  private static Connection as(String role) throws SQLException {
    Connection connection = connect("authenticator", "project");
    call(connection, "set role " + role);
    call(connection, "set time zone 'UTC'");
    return connection;
  }

  private static Connection connect(String user, String database) throws SQLException {
    return postgres.getDatabase(user, database).getConnection();
  }
}
