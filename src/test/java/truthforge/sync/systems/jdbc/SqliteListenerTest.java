package truthforge.sync.systems.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqliteListenerTest {

  @TempDir private Path folder;

  private final AtomicInteger woken = new AtomicInteger();

  private Path file() {
    return folder.resolve("contacts.db");
  }

  private String url() {
    return "jdbc:sqlite:" + file();
  }

  @BeforeEach
  void make() throws SQLException {
    run("create table contacts_master (id integer primary key, first_name text)");
  }

  private void run(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private SqliteListener listener() {
    return new SqliteListener("local", url(), woken::incrementAndGet);
  }

  @ParameterizedTest
  @ValueSource(strings = {"delete", "wal", "truncate"})
  void each_commit_of_another_wakes_once(String journal) throws Exception {
    run("pragma journal_mode = " + journal);
    Files.setLastModifiedTime(file(), FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    try (SqliteListener listener = listener();
        Connection open = DriverManager.getConnection(url());
        Statement writer = open.createStatement()) {
      listener.look();
      int before = woken.get();

      writer.execute("insert into contacts_master (first_name) values ('Ada')");
      listener.look();
      listener.look();

      assertThat(woken.get() - before).isOne();
    }
  }

  @Test
  void reading_wakes_nobody() throws SQLException {
    run("pragma journal_mode = wal");
    run("insert into contacts_master (first_name) values ('Ada')");
    try (SqliteListener listener = listener()) {
      try (Connection reader = DriverManager.getConnection(url());
          Statement statement = reader.createStatement()) {
        statement.executeQuery("select count(*) from contacts_master").close();
        listener.look();
        assertThat(file().resolveSibling("contacts.db-wal")).exists();
      }
      listener.look();
      assertThat(file().resolveSibling("contacts.db-wal")).doesNotExist();

      assertThat(woken).hasValue(0);
    }
  }

  @Test
  void a_file_that_is_put_in_its_place_wakes_and_so_does_one_that_comes_back() throws Exception {
    Path copy = Files.copy(file(), folder.resolve("copy.db"));
    try (SqliteListener listener = listener()) {
      Files.move(copy, file(), StandardCopyOption.REPLACE_EXISTING);
      listener.look();
      assertThat(woken).hasValue(1);

      Files.move(file(), copy);
      listener.look();
      Files.move(copy, file());
      listener.look();
      assertThat(woken).hasValue(3);
    }
  }

  @Test
  void there_is_nothing_to_look_at_of_a_database_in_memory() {
    assertThat(SqliteListener.canHear("jdbc:sqlite::memory:")).isFalse();
    assertThat(SqliteListener.canHear("jdbc:sqlite:")).isFalse();
    assertThat(SqliteListener.canHear("jdbc:postgresql://localhost/a")).isFalse();
    assertThat(SqliteListener.canHear("jdbc:sqlite:a.db?cache=shared")).isTrue();
  }
}
