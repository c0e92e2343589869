package truthforge.sync.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static truthforge.sync.sql.SqlFiles.call;
import static truthforge.sync.sql.SqlFiles.row;
import static truthforge.sync.sql.SqlFiles.rows;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.systems.jdbc.ContactTable;
import truthforge.sync.systems.jdbc.RevisionKind;

/**
 * The SQL for PostgreSQL, on a real one that is set up as Supabase is: the roles of its API, its
 * default rights, an owner who is no superuser. Every file is run twice.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class PostgresqlSqlTest {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

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
  void each_row_of_a_statement_is_told_and_of_what_lives_nothing_is_kept() throws Exception {
    call(
        connection,
        "insert into contacts_master (contact_id, notes)"
            + " select 'id-' || i, 'private' from generate_series(1, 300) as i");
    call(connection, "update contacts_master set notes = notes || ' matter'");
    call(connection, "update contacts_master set notes = 'private' where contact_id = 'id-1'");

    assertThat(
            rows(
                connection,
                "select f.op, count(*), count(distinct f.pk), count(c.id), count(f.row_data)"
                    + " from sync_feed(0, 0, 1000) as f"
                    + " left join contacts_master as c on c.id = (f.pk ->> 'id')::uuid"
                    + " group by f.op order by f.op"))
        .containsExactly("I 300 300 300 0", "U 301 300 301 0");
    assertThat(
            row(connection, "select count(*) from sync_feed(0, 0) f where f::text ~ 'private|id-'"))
        .isEqualTo("0");
  }

  @Test
  void many_who_are_forgotten_at_once_leave_nothing_in_the_log() throws Exception {
    call(
        connection,
        "insert into contacts_master (contact_id, notes) values"
            + " ('a', 'private'), ('b', 'private'), ('c', 'private');"
            + " create temp table was as select * from contacts_master;"
            + " delete from contacts_master;"
            + " insert into contacts_master select * from was where contact_id <> 'c'");

    call(connection, "set sync.origin = 'truth-forge-sync/forget'; delete from contacts_master");

    assertThat(
            rows(
                connection,
                "select op, row_data ->> 'contact_id' from sync_feed(0, 0) where op = 'D'"
                    + " order by 2"))
        .containsExactly("D c", "D null", "D null", "D null", "D null");
  }

  @Test
  void a_statement_without_rows_writes_nothing_and_takes_no_number_of_a_transaction()
      throws Exception {
    connection.setAutoCommit(false);

    call(
        connection,
        "insert into contacts_master (contact_id) select 'a' where false;"
            + " update contacts_master set notes = 'x';"
            + " delete from contacts_master");

    assertThat(row(connection, "select pg_current_xact_id_if_assigned()")).isEqualTo("null");
    connection.commit();
    assertThat(feed("0", "0")).isEmpty();
  }

  /** A table of odd names, which may hold what has no equality; three rows. */
  private static final String ODD =
      """
      drop table if exists "Odd 'n";
      create table "Odd 'n" (gone int, "Key $1 x" int primary key deferrable, r json, o int, n text);
      alter table "Odd 'n" drop column gone;
      select sync.watch('"Odd ''n"');
      insert into "Odd 'n" values (1, '{}', 1, 'one'), (2, null, 2, 'two'), (3, '{"a": 1}', 3, 'three');
      delete from sync.change_log;
      """;

  /** What a statement leaves in the log of the odd table: operation, key, and the row's text. */
  private static List<String> told(String statement) throws SQLException {
    try (Connection owner = connect("project_owner", "plain")) {
      call(owner, ODD);
      call(owner, statement.replace("ODD", "\"Odd 'n\"").replace("KEY", "\"Key $1 x\""));
      return rows(
          owner,
          "select op, pk ->> 'Key $1 x', row_data ->> 'n' from sync.change_log"
              + " where tbl = 'public.Odd ''n' order by op, 2, seq");
    }
  }

  @Test
  void of_keys_that_a_statement_moves_on_the_one_that_is_left_is_a_delete() throws Exception {
    assertThat(told("update ODD set KEY = KEY + 1"))
        .containsExactly("D 1 one", "U 2 null", "U 3 null", "U 4 null");
  }

  @Test
  void rows_that_a_statement_swaps_are_two_changes() throws Exception {
    assertThat(told("update ODD set KEY = 3 - KEY where KEY < 3"))
        .containsExactly("U 1 null", "U 2 null");
  }

  @Test
  void a_deletion_stands_before_the_change_that_a_new_key_is() throws Exception {
    told("update ODD set KEY = KEY + 10");
    try (Connection owner = connect("project_owner", "plain")) {
      assertThat(rows(owner, "select op from sync.change_log order by seq"))
          .containsExactly("D", "D", "D", "U", "U", "U");
    }
  }

  @Test
  void rows_that_an_update_leaves_as_they_are_are_not_told() throws Exception {
    assertThat(told("update ODD set n = n, r = r")).isEmpty();
    assertThat(told("update ODD set n = n where KEY = 2")).isEmpty();
    assertThat(told("update ODD set n = 'two', r = null")).containsExactly("U 1 null", "U 3 null");
  }

  @Test
  void a_change_of_a_value_whose_type_has_no_equality_is_told() throws Exception {
    assertThat(told("update ODD set r = '{\"a\": 1}'")).containsExactly("U 1 null", "U 2 null");
    assertThat(told("update ODD set r = '{\"a\": 2}' where KEY = 3")).containsExactly("U 3 null");
  }

  @Test
  void an_upsert_tells_which_rows_were_there() throws Exception {
    assertThat(
            told(
                "alter table ODD drop constraint \"Odd 'n_pkey\", add primary key (KEY);"
                    + " insert into ODD (KEY, n) values (2, 'x'), (7, 'x'), (3, 'three'), (8, 'x')"
                    + " on conflict (KEY) do update set n = excluded.n"))
        .containsExactly("I 7 null", "I 8 null", "U 2 null");
  }

  @Test
  void what_a_foreign_key_deletes_or_changes_is_told() throws Exception {
    assertThat(
            told(
                "alter table ODD drop constraint \"Odd 'n_pkey\", add primary key (KEY),"
                    + " add foreign key (o) references ODD (KEY) on delete cascade;"
                    + " insert into ODD values (4, null, 1, 'four'), (5, null, 4, 'five');"
                    + " delete from sync.change_log; delete from ODD where KEY = 1"))
        .containsExactly("D 1 one", "D 4 four", "D 5 five");
  }

  @Test
  void a_key_that_was_renamed_stops_no_write_and_the_feed_says_that_it_does_not_watch()
      throws Exception {
    assertThat(
            told(
                "alter table ODD rename KEY to k; update ODD set n = 'x';"
                    + " update ODD set n = 'y' where k = 1; insert into ODD (k) values (8), (9);"
                    + " delete from ODD"))
        .containsExactly("D null null", "I null null", "U null null", "U null null");
    try (Connection owner = connect("project_owner", "plain")) {
      assertThat(row(owner, "select sync_feed_info() -> 'watched' ? 'public.Odd ''n'"))
          .isEqualTo("f");
      call(owner, "select sync.watch('\"Odd ''n\"')");
      assertThat(row(owner, "select sync_feed_info() -> 'watched' ->> 'public.Odd ''n'"))
          .isEqualTo("k");
    }
  }

  @Test
  void a_table_that_comes_to_be_written_through_another_is_watched_again_row_by_row()
      throws Exception {
    try (Connection owner = connect("project_owner", "plain")) {
      call(
          owner,
          "create table heir (id int primary key, n text); create table parent (id int, n text);"
              + " select sync.watch('heir'); insert into heir values (1, 'a'), (2, 'b');"
              + " delete from sync.change_log; alter table heir inherit parent");
      String watched = "select sync_feed_info() -> 'watched' ? 'public.heir'";
      assertThat(row(owner, watched)).isEqualTo("f");

      call(owner, "select sync.watch('heir')");
      call(owner, "update parent set n = 'c'; delete from parent");

      assertThat(row(owner, watched)).isEqualTo("t");
      assertThat(row(owner, "select sync_feed_info() ->> 'outdated'")).isEqualTo("[]");
      assertThat(
              rows(
                  owner,
                  "select op, pk ->> 'id', row_data ->> 'n' from sync.change_log"
                      + " where tbl = 'public.heir' order by seq"))
          .containsExactly("U 1 null", "U 2 null", "D 1 c", "D 2 c");
    }
  }

  @Test
  void triggers_that_a_person_lets_be_called_for_replicated_rows_too_stay_so() throws Exception {
    try (Connection owner = connect("project_owner", "plain")) {
      call(
          owner,
          "create table copied (id int primary key); select sync.watch('copied');"
              + " alter table copied enable always trigger sync_log_change");
      for (int i = 0; i < 2; i++) {
        call(owner, "select sync.watch('copied')");

        assertThat(
                rows(
                    owner,
                    "select tgname, tgenabled, tgtype & 1 from pg_trigger"
                        + " where tgrelid = 'copied'::regclass and tgname <> 'sync_log_truncate'"
                        + " order by 1"))
            .containsExactly("sync_log_change A 1", "sync_log_insert A 1", "sync_log_update A 1");
      }
    }
  }

  @Test
  void promise_1_the_former_triggers_are_replaced_without_a_gap_while_others_write()
      throws Exception {
    try (Connection admin = connect("postgres", "postgres")) {
      call(admin, "create database former owner project_owner");
    }
    try (Connection owner = connect("project_owner", "former");
        Connection writer = connect("project_owner", "former");
        Connection other = connect("project_owner", "former")) {
      call(owner, SqlFiles.read("local-postgresql.sql"));
      call(owner, Files.readString(Path.of("src/test/resources/former/supabase-feed.sql")));
      String feed =
          "select oid, (select pruned_below from sync.feed_state), sync_feed_info() ->> 'identity'"
              + " from pg_trigger where tgname = 'sync_log_change'";
      String before = row(owner, feed);
      call(writer, "insert into contacts_master (contact_id) values ('a'), ('b')");
      writer.setAutoCommit(false);
      call(writer, "update contacts_master set notes = 'x'");

      var installing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  call(owner, SqlFiles.read("supabase-feed.sql"));
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
      while (row(other, "select count(*) from pg_locks where not granted").equals("0")) {
        assertThat(System.nanoTime()).as("nobody waits").isLessThan(until);
      }
      call(writer, "update contacts_master set notes = 'y'");
      writer.commit();
      installing.get(1, TimeUnit.MINUTES);
      call(writer, "update contacts_master set notes = 'z'");
      writer.commit();

      assertThat(
              rows(
                  other,
                  "select c.contact_id, string_agg(f.op, '' order by f.seq), count(f.row_data)"
                      + " from sync_feed(0, 0) f join contacts_master c on c.id::text = f.pk ->> 'id'"
                      + " group by 1 order by 1"))
          .containsExactly("a IUUU 3", "b IUUU 3");
      assertThat(row(other, feed)).as("the same feed").isEqualTo(before);
      call(other, "set sync.origin = 'truth-forge-sync/forget'; delete from contacts_master");
      assertThat(row(other, "select count(row_data) from sync_feed(0, 0)")).isEqualTo("0");
    }
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
              "select * from sync.change_log",
              "select * from sync.log_triggers")) {
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
  void the_service_knows_that_the_shipped_tables_move_their_time() throws Exception {
    try (Connection local = connect("project_owner", "plain")) {
      assertThat(
              List.of(
                  ContactTable.read(connection, "contacts_master", "id").revisionKind(),
                  ContactTable.read(local, "contacts_master", "id").revisionKind()))
          .containsOnly(RevisionKind.UPDATED_AT);
    }
  }

  /**
   * 400 random steps, the same on both: inserts, deletes, and applies of rows as expected, stale or
   * unknown, with values that are valid, invalid or already another row's.
   */
  @Test
  void the_stand_in_applies_refuses_and_logs_as_postgresql_does() throws Exception {
    Random random = new Random(7);
    List<String> real = new ArrayList<>();
    List<String> stand = new ArrayList<>();
    try (SupabaseStandIn supabase = SupabaseStandIn.start()) {
      StandInSide other = new StandInSide(supabase);
      for (int step = 0; step < 400; step++) {
        String id = "00000000-0000-4000-8000-00000000000" + random.nextInt(10);
        int kind = random.nextInt(10);
        if (kind < 2) {
          String row = "{\"id\":\"%s\",\"contact_id\":\"c%d\"}".formatted(id, random.nextInt(20));
          real.add(insert(row));
          stand.add(other.insert(row));
        } else if (kind == 2) {
          call(connection, "delete from contacts_master where id = '" + id + "'");
          other.delete(id);
        } else {
          List<String[]> rows = new ArrayList<>();
          for (int i = random.nextInt(4); i >= 0; i--) {
            rows.add(
                new String[] {
                  "00000000-0000-4000-8000-00000000000" + random.nextInt(10),
                  random.nextInt(4) == 0 ? "stale" : "current",
                  SETS.get(random.nextInt(SETS.size()))
                      .replace("#", Integer.toString(random.nextInt(20)))
                });
          }
          real.add(outcome(() -> apply(body(rows, this::timeOf))));
          stand.add(outcome(() -> other.apply(body(rows, other::timeOf))));
        }
      }
      real.add(withoutTimes(JSON.readTree(row(connection, ALL))));
      stand.add(withoutTimes(other.all()));
      real.addAll(
          rows(
              connection,
              "select op, pk ->> 'id', row_data ->> 'notes' from sync_feed(0, 0, 1000)"));
      stand.addAll(other.feed());
    }

    List<String> different = new ArrayList<>();
    for (int i = 0; i < Math.max(real.size(), stand.size()); i++) {
      String expected = i < real.size() ? real.get(i) : "nothing";
      String actual = i < stand.size() ? stand.get(i) : "nothing";
      if (!expected.equals(actual)) {
        different.add("step " + i + "\n  PostgreSQL " + expected + "\n  stand-in   " + actual);
      }
    }
    assertThat(different).isEmpty();
    assertThat(real).anyMatch(o -> o.contains("notes")).contains("22007", "23505", "42703", "[]");
  }

  private static final List<String> SETS =
      List.of(
          "{\"notes\":\"n#\"}",
          "{\"notes\":null,\"first_name\":\"f#\"}",
          "{\"emails\":[\"a#@example.com\"],\"llm_context\":{\"bb\":#,\"a\":[1.50,null]}}",
          "{\"birthday\":\"1990-02-03\"}",
          "{\"birthday\":\"in May\"}",
          "{\"is_me\":true,\"deleted_at\":\"2026-01-01T12:00:00.5+02:00\"}",
          "{\"contact_id\":\"c#\"}",
          "{\"nope\":1}",
          "{}");

  private static final String ALL =
      "select coalesce(jsonb_agg(to_jsonb(t) order by id), '[]') from contacts_master t";

  private interface Applying {
    JsonNode run() throws Exception;
  }

  /** The rows without their times of change, or the SQLSTATE. */
  private static String outcome(Applying applying) throws Exception {
    try {
      return withoutTimes(applying.run());
    } catch (SQLException e) {
      return e.getSQLState();
    }
  }

  private static String withoutTimes(JsonNode rows) {
    if (!rows.isArray()) {
      return rows.get("code").asText();
    }
    rows.forEach(row -> ((ObjectNode) row).remove(List.of("updated_at", "created_at")));
    return rows.toString();
  }

  private interface Times {
    /** As JSON. */
    String of(String id) throws Exception;
  }

  private static String body(List<String[]> rows, Times times) throws Exception {
    List<String> items = new ArrayList<>();
    for (String[] row : rows) {
      String expected = row[1].equals("stale") ? "\"2001-01-01T00:00:00Z\"" : times.of(row[0]);
      items.add("{\"id\":\"%s\",\"expected\":%s,\"set\":%s}".formatted(row[0], expected, row[2]));
    }
    return "[" + String.join(",", items) + "]";
  }

  private String timeOf(String id) throws SQLException {
    List<String> found =
        rows(
            connection, "select to_jsonb(updated_at) from contacts_master where id = '" + id + "'");
    return found.isEmpty() ? "null" : found.get(0);
  }

  private String insert(String row) throws Exception {
    return outcome(
        () -> {
          call(
              connection,
              "insert into contacts_master (id, contact_id)"
                  + " select id, contact_id from jsonb_populate_record(null::contacts_master, '"
                  + row
                  + "')");
          return JSON.createArrayNode();
        });
  }

  /** The same door to a stand-in, over HTTP. */
  private record StandInSide(SupabaseStandIn supabase) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    JsonNode post(String path, String body) throws Exception {
      HttpResponse<String> answer =
          CLIENT.send(
              HttpRequest.newBuilder(URI.create(supabase.url() + "/rest/v1/" + path))
                  .header("apikey", supabase.secretKey())
                  .header("Prefer", "return=representation")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return JSON.readTree(answer.body());
    }

    String insert(String row) throws Exception {
      JsonNode answer = post("contacts_master", row);
      return answer.isArray() ? "[]" : answer.get("code").asText();
    }

    void delete(String id) {
      if (supabase.row("contacts_master", id) != null) {
        supabase.delete("contacts_master", id);
      }
    }

    String timeOf(String id) {
      JsonNode row = supabase.row("contacts_master", id);
      return row == null ? "null" : row.get("updated_at").toString();
    }

    JsonNode apply(String rows) throws Exception {
      return post("rpc/sync_apply", "{\"target\":\"contacts_master\",\"rows\":" + rows + "}");
    }

    JsonNode all() throws Exception {
      List<JsonNode> rows = new ArrayList<>(supabase.rows("contacts_master"));
      rows.sort(Comparator.comparing(row -> row.get("id").asText()));
      return JSON.valueToTree(rows);
    }

    List<String> feed() throws Exception {
      List<String> lines = new ArrayList<>();
      for (JsonNode entry :
          post("rpc/sync_feed", "{\"after_txid\":0,\"after_seq\":0,\"max_rows\":1000}")) {
        lines.add(
            entry.get("op").asText()
                + " "
                + entry.get("pk").get("id").asText()
                + " "
                + entry.get("row_data").path("notes").asText("null"));
      }
      return lines;
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
      assertThat(
              rows(writer, "select op from sync_feed(0, 0) where tbl = 'public.contacts_master'"))
          .containsExactly("I");
    }
  }

  @Test
  void a_table_of_supabase_wakes_who_listens_but_not_for_what_the_service_wrote_by_rest()
      throws Exception {
    try (Connection listener = connect("project_owner", "project");
        Connection writer = connect("project_owner", "project")) {
      call(listener, "listen sync_change");

      call(writer, "set request.headers = '{\"x-sync-origin\": \"truth-forge-sync\"}'");
      call(writer, "insert into contacts_master (contact_id) values ('ours')");
      call(writer, "set request.headers = '{\"x-sync-origin\": \"a person\"}'");
      call(writer, "insert into contacts_master (contact_id) values ('woken')");
      call(writer, "set request.headers = ''");
      call(writer, "delete from contacts_master");
      call(writer, "notify sync_change, 'the last'");

      List<String> heard = new ArrayList<>();
      while (!heard.contains("the last")) {
        var notices = listener.unwrap(PGConnection.class).getNotifications(20_000);
        assertThat(notices).as("after " + heard).isNotNull().isNotEmpty();
        for (var notice : notices) {
          heard.add(notice.getParameter());
        }
      }
      assertThat(heard)
          .containsExactly("public.contacts_master", "public.contacts_master", "the last");
    }
  }

  private List<String> feed(String txid, String seq) throws SQLException {
    return rows(
        connection,
        "select f.op, c.contact_id from sync_feed(%s, %s) f".formatted(txid, seq)
            + " left join contacts_master c on c.id = (f.pk ->> 'id')::uuid order by f.txid, f.seq");
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
