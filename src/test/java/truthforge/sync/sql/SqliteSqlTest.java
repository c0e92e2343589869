package truthforge.sync.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static truthforge.sync.sql.SqlFiles.row;
import static truthforge.sync.sql.SqlFiles.rows;
import static truthforge.sync.sql.SqlFiles.run;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.systems.jdbc.ContactTable;
import truthforge.sync.systems.jdbc.RevisionKind;

/** The SQL for SQLite, on a real file. Every file is run twice. */
class SqliteSqlTest {

  @TempDir private Path folder;
  private Connection connection;

  @BeforeEach
  void open() throws Exception {
    connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("contacts.db"));
    for (int i = 0; i < 2; i++) {
      run(connection, SqlFiles.read("local-sqlite.sql"));
      run(connection, SqlFiles.read("local-sqlite-feed.sql"));
    }
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void every_update_moves_the_time_forwards(boolean recursive) throws Exception {
    run(connection, "pragma recursive_triggers = " + recursive);
    run(
        connection,
        "insert into contacts_master (contact_id, updated_at) values"
            + " ('past', '2020-01-01T00:00:00.000Z'),"
            + " ('future', '2099-01-01T00:00:00.999Z'),"
            + " ('micros', '2099-01-01T00:00:00.123456Z'),"
            + " ('never', null),"
            + " ('unreadable', 'soon')");

    run(connection, "update contacts_master set notes = 'x'");

    assertThat(
            rows(
                connection,
                "select contact_id, case when updated_at > '2099' then updated_at"
                    + " when abs(julianday(updated_at) - julianday('now')) < 0.01 then 'now' end"
                    + " from contacts_master order by id"))
        .containsExactly(
            "past now",
            "future 2099-01-01T00:00:01.000Z",
            "micros 2099-01-01T00:00:00.124Z",
            "never now",
            "unreadable now");
  }

  @Test
  void the_service_knows_that_the_shipped_table_moves_its_time() throws Exception {
    assertThat(ContactTable.read(connection, "contacts_master", "id").revisionKind())
        .isEqualTo(RevisionKind.UPDATED_AT);
  }

  @Test
  void two_updates_within_one_millisecond_give_two_times() throws Exception {
    run(connection, "insert into contacts_master (contact_id) values ('a')");
    List<String> times = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      run(connection, "update contacts_master set notes = " + i);
      times.add(row(connection, "select updated_at from contacts_master"));
    }

    assertThat(times).doesNotHaveDuplicates().isSorted();
  }

  @Test
  void a_writer_who_moves_the_time_forwards_gets_back_what_stands() throws Exception {
    run(
        connection,
        "insert into contacts_master (contact_id, updated_at) values ('a', '2020-01-01T00:00:00Z')");

    String returned =
        row(
            connection,
            "update contacts_master set notes = 'x', updated_at = '2030-01-01T00:00:00.000Z'"
                + " where contact_id = 'a' returning updated_at");

    assertThat(row(connection, "select updated_at from contacts_master")).isEqualTo(returned);
  }

  @Test
  void a_change_that_moves_the_time_back_does_not_pass_for_the_old_state() throws Exception {
    run(
        connection,
        "insert into contacts_master (contact_id, updated_at) values ('a', '2026-01-01T00:00:00Z')");

    run(connection, "update contacts_master set notes = 'x', updated_at = '2025-01-01T00:00:00Z'");

    assertThat(row(connection, "select updated_at > '2026-01-01T00:00:00Z' from contacts_master"))
        .isEqualTo("1");
  }

  @Test
  void the_feed_names_each_changed_row_once_and_each_delete() throws Exception {
    run(connection, "insert into contacts_master (contact_id) values ('a'), ('b'), ('c')");
    run(connection, "update contacts_master set notes = 'x' where contact_id = 'a'");
    run(connection, "delete from contacts_master where contact_id = 'b'");

    assertThat(rows(connection, "select op, pk from sync_change_log order by seq"))
        .containsExactly("I 3", "U 1", "D 2");
  }

  @Test
  void behind_a_position_come_only_later_changes() throws Exception {
    run(connection, "insert into contacts_master (contact_id) values ('a'), ('b')");
    String position = row(connection, "select max(seq) from sync_change_log");

    run(connection, "update contacts_master set notes = 'x' where contact_id = 'a'");

    assertThat(rows(connection, "select distinct pk from sync_change_log where seq > " + position))
        .containsExactly("1");
  }

  @Test
  void the_position_never_comes_again_when_the_log_was_emptied() throws Exception {
    run(connection, "insert into contacts_master (contact_id) values ('a')");
    long before = Long.parseLong(row(connection, "select max(seq) from sync_change_log"));
    run(connection, "delete from sync_change_log");

    run(connection, "update contacts_master set notes = 'x'");

    assertThat(Long.parseLong(row(connection, "select max(seq) from sync_change_log")))
        .isGreaterThan(before);
  }

  @Test
  void a_deleted_row_gives_its_id_to_nobody() throws Exception {
    run(connection, "insert into contacts_master (contact_id) values ('a')");
    run(connection, "delete from contacts_master");
    run(connection, "insert into contacts_master (contact_id) values ('b')");

    assertThat(rows(connection, "select op, pk from sync_change_log order by seq"))
        .containsExactly("D 1", "I 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"or ignore", "or replace", "or rollback"})
  void a_writer_with_a_conflict_clause_of_its_own_is_logged_as_well(String clause)
      throws Exception {
    run(connection, "insert into contacts_master (contact_id) values ('a')");
    run(connection, "update " + clause + " contacts_master set notes = 'x'");
    run(connection, "insert " + clause + " into contacts_master (contact_id) values ('b')");

    assertThat(rows(connection, "select op, pk from sync_change_log order by seq"))
        .containsExactly("U 1", "I 2");
  }

  @Test
  void a_change_that_is_rolled_back_is_not_told() throws Exception {
    connection.setAutoCommit(false);
    run(connection, "insert into contacts_master (contact_id) values ('a')");
    connection.rollback();
    connection.setAutoCommit(true);

    assertThat(rows(connection, "select * from sync_change_log")).isEmpty();
  }

  @Test
  void a_changed_primary_key_is_a_delete_and_a_change() throws Exception {
    run(connection, "insert into contacts_master (contact_id) values ('a')");
    run(connection, "update contacts_master set id = 7");

    assertThat(rows(connection, "select op, pk from sync_change_log order by seq"))
        .containsExactly("D 1", "U 7");
  }
}
