package truthforge.sync.systems.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;

class SqliteJdbcTest extends JdbcContract {

  @TempDir Path folder;

  @Override
  HikariDataSource open() {
    return JdbcDataSources.open("local", "jdbc:sqlite:" + folder.resolve("c.db"), null, null);
  }

  @Override
  void createTable() throws SQLException {
    execute(
        """
        create table contacts_master (
          id integer primary key, contact_id text unique, first_name text, last_name text,
          nickname text, category_code text default 'X', is_business integer, emails text,
          birthday text, llm_context text, notes text, deleted_at text,
          created_at text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
          updated_at text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))
        """,
        """
        create trigger contacts_touch after update on contacts_master
        when new.updated_at is old.updated_at
        begin
          update contacts_master
          set updated_at = max(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
            coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', old.updated_at, '+0.001 seconds'), ''))
          where id = new.id;
        end
        """);
  }

  @Override
  void createPlainTable(String columns) throws SQLException {
    execute("create table plain (id integer primary key, " + columns + ")");
  }

  @Override
  void silentEdit(String contactId) throws SQLException {
    execute(
        "drop trigger contacts_touch",
        "update contacts_master set nickname = 'N' where contact_id = '" + contactId + "'");
  }

  @Test
  void times_in_any_usual_form_are_compared_as_moments() throws SQLException {
    insert(
        "{\"contact_id\":\"z\",\"updated_at\":\"2026-01-01T12:00:01.000Z\"}",
        "{\"contact_id\":\"blank\",\"updated_at\":\"2026-01-01 12:00:02\"}",
        "{\"contact_id\":\"seconds\",\"updated_at\":1767268803}",
        "{\"contact_id\":\"millis\",\"updated_at\":1767268804000}",
        "{\"contact_id\":\"zone\",\"updated_at\":\"2026-01-01T02:00:05.000-10:00\"}",
        "{\"contact_id\":\"micros\",\"updated_at\":\"2026-01-01T12:00:05.123456Z\"}",
        "{\"contact_id\":\"z2\",\"updated_at\":\"2026-01-01T12:00:06.000Z\"}",
        "{\"contact_id\":\"old\",\"updated_at\":\"2026-01-01 11:59:59\"}",
        "{\"contact_id\":\"old zone\",\"updated_at\":\"2026-01-01T13:59:59+02:00\"}",
        "{\"contact_id\":\"old seconds\",\"updated_at\":1767268799}");

    assertThat(changedSince("2026-01-01T12:00:00Z", 2))
        .extracting(JdbcRow::contactId)
        .containsExactlyInAnyOrder("z", "z2", "blank", "seconds", "millis", "zone", "micros");
  }

  @Test
  void a_time_in_the_future_still_moves_on_at_a_change() {
    JdbcRow row =
        insert("{\"contact_id\":\"a\",\"updated_at\":\"2099-01-01T00:00:00.000Z\"}").get(0);

    JdbcRow changed = update(change(row, "{\"notes\":\"x\"}")).get(0);

    assertThat(changed.updatedAt()).isEqualTo(Instant.parse("2099-01-01T00:00:00.001Z"));
    assertThat(changed).isEqualTo(byContactId("a"));
  }

  @Test
  void a_time_kept_as_a_number_stays_one() throws SQLException {
    createPlainTable("contact_id text, notes text, updated_at integer");
    table = describe("plain");
    JdbcRow row = insert("{\"contact_id\":\"a\",\"updated_at\":4000000000}").get(0);

    JdbcRow changed = update(change(row, "{\"notes\":\"x\"}")).get(0);

    assertThat(changed.columns().get("updated_at").isNumber()).isTrue();
    assertThat(changed.updatedAt()).isEqualTo(row.updatedAt().plusSeconds(1));
  }

  @Test
  void the_pool_writes_ahead_and_waits_for_others() {
    assertThat(call("pragma journal_mode", Map.of()).get(0)).containsEntry("journal_mode", "wal");
    assertThat(call("pragma busy_timeout", Map.of()).get(0)).containsEntry("timeout", 10_000);
    assertThat(call("pragma foreign_keys", Map.of()).get(0)).containsEntry("foreign_keys", 1);
  }

  @Test
  void an_error_about_a_row_repeats_no_value_of_the_row() throws SQLException {
    createPlainTable("contact_id text, notes text check (length(notes) < 5)");
    table = describe("plain");

    assertThatThrownBy(() -> insert("{\"contact_id\":\"a\",\"notes\":\"confidential\"}"))
        .satisfies(
            thrown ->
                assertThat(JdbcErrors.of("local", thrown))
                    .isInstanceOf(BatchRefused.class)
                    .hasMessageNotContaining("confidential"));
  }

  @Test
  void a_table_that_is_gone_is_no_fault_of_a_record() throws SQLException {
    execute("drop table contacts_master");

    assertThatThrownBy(() -> insert("{\"contact_id\":\"a\"}"))
        .satisfies(
            thrown ->
                assertThat(((SystemUnavailable) JdbcErrors.of("local", thrown)).kind())
                    .isEqualTo(SystemUnavailable.Kind.MISCONFIGURED));
  }

  @Test
  void another_file_in_its_place_is_what_counts_from_then_on() throws Exception {
    insert("{\"contact_id\":\"a\",\"nickname\":\"former\"}");
    Path other = folder.resolve("other.db");
    execute("vacuum into '" + other + "'");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + other);
        Statement statement = connection.createStatement()) {
      statement.execute("update contacts_master set nickname = 'other'");
    }
    for (String kept : List.of("c.db-wal", "c.db-shm")) {
      Files.deleteIfExists(folder.resolve(kept));
    }
    Files.move(other, folder.resolve("c.db"), StandardCopyOption.REPLACE_EXISTING);

    assertThat(byContactId("a").columns().get("nickname").asText()).isEqualTo("other");
    update(change(byContactId("a"), "{\"notes\":\"written\"}"));
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("c.db"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select notes from contacts_master")) {
      assertThat(row.getString(1)).isEqualTo("written");
    }
  }

  @Test
  void a_file_that_is_gone_is_named_and_no_empty_one_made_and_it_goes_on_when_it_is_back()
      throws Exception {
    insert("{\"contact_id\":\"a\"}");
    Path file = folder.resolve("c.db");
    Path away = Files.createDirectory(folder.resolve("away"));
    for (String name : List.of("c.db", "c.db-wal", "c.db-shm")) {
      Files.move(folder.resolve(name), away.resolve(name));
    }

    assertThatThrownBy(() -> byContactId("a"))
        .satisfies(
            thrown ->
                assertThat(JdbcErrors.of("local", thrown))
                    .hasMessageContainingAll("is gone", "put it back"));
    assertThat(file).doesNotExist();

    for (String name : List.of("c.db", "c.db-wal", "c.db-shm")) {
      Files.move(away.resolve(name), folder.resolve(name));
    }
    assertThat(byContactId("a")).isNotNull();
  }
}
