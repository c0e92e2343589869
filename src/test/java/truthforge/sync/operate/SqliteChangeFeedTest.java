package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;

class SqliteChangeFeedTest extends ChangeFeedContract {

  private Path file() {
    return folder.resolve("people.db");
  }

  @Override
  Map<Option, String> connection() {
    return Map.of(Options.LOCAL_JDBC_URL, "jdbc:sqlite:" + file());
  }

  @Override
  Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file());
  }

  /** It goes by what the files were when it was made. */
  @Override
  void awaitListener() {}

  private static String script(String name) throws Exception {
    try (var in = World.class.getResourceAsStream("/defaults/config/sql/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  void createTable() throws Exception {
    sql(script("local-sqlite.sql"));
  }

  @Override
  void createFeed() throws Exception {
    sql(script("local-sqlite-feed.sql"));
  }

  @Override
  void dropFeed() throws Exception {
    sql(
        "drop trigger contacts_master_log_insert",
        "drop trigger contacts_master_log_update",
        "drop trigger contacts_master_log_delete");
  }

  @Override
  long logged() throws Exception {
    return Long.parseLong(value("select count(*) from sync_change_log"));
  }

  @Override
  void stopTheTime() throws Exception {
    sql("drop trigger contacts_master_touch");
  }

  @Override
  void pruneByAnother() throws Exception {
    sql(
        "update sync_feed_identity set former = identity, identity = 'of another',"
            + " pruned = (select seq from sqlite_sequence where name = 'sync_change_log')",
        "delete from sync_change_log");
  }

  @Override
  void refuse(String name) throws Exception {
    sql(
        "create trigger bearable before insert on contacts_master when new.first_name = '"
            + name
            + "' begin select raise(abort, 'no "
            + name
            + "'); end");
  }

  @Override
  void createOddTable(String columns) throws Exception {
    sql(
        "create table odd ("
            + columns.replace("id ID", "id integer primary key autoincrement")
            + ")");
  }

  @Override
  String reasonOf(String refusal) {
    return switch (refusal) {
      case "refuse" -> "A trigger of the table refused it (SQLITE_CONSTRAINT_TRIGGER).";
      case "taken" -> "Another row has the same value already (SQLITE_CONSTRAINT_UNIQUE).";
      default -> "A value is missing (SQLITE_CONSTRAINT_NOTNULL).";
    };
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void promise_8_a_file_that_was_put_back_from_a_backup_waits_for_a_person(boolean stopped)
      throws Exception {
    add(names(12));
    settle();
    Path backup = folder.resolve("backup.db");
    sql("vacuum into '" + backup + "'");
    sql("insert into contacts_master (contact_id, first_name) values ('id-late', 'Late')");
    settle();
    if (stopped) {
      world.stop();
    }
    for (String suffix : new String[] {"-wal", "-shm"}) {
      Files.deleteIfExists(Path.of(file() + suffix));
    }
    Files.copy(backup, file(), StandardCopyOption.REPLACE_EXISTING);
    // As many changes as there were: the numbers of entries alone tell nothing.
    for (int i = 0; i < 9; i++) {
      sql("update contacts_master set notes = 'n" + i + "' where contact_id = 'id-Ada1'");
    }

    if (stopped) {
      world.start();
    }
    cycle();
    assertThat(world.held()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-late", "Late");

    approveTheSource();
    cycle();
    assertThat(truth()).containsEntry("id-late", "(Late)");
    settle();
    assertThat(world.held() + read()).isZero();
  }

  @Test
  void a_backup_of_the_present_state_is_no_other_file() throws Exception {
    add(names(12));
    settle();
    Path backup = folder.resolve("backup.db");
    sql("vacuum into '" + backup + "'");
    cycle();
    world.stop();
    for (String suffix : new String[] {"-wal", "-shm"}) {
      Files.deleteIfExists(Path.of(file() + suffix));
    }
    Files.copy(backup, file(), StandardCopyOption.REPLACE_EXISTING);
    sql("update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada1'");

    world.start();
    cycle();

    assertThat(read()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-Ada1", "Grace");
  }

  @Test
  void a_service_that_dies_between_storing_and_pruning_reads_nothing_twice() throws Exception {
    add(names(12));
    settle();
    // What the prune does first, its answer lost: the cursor still names the former identity.
    sql("update sync_feed_identity set former = identity, identity = 'renewed'");
    sql("update contacts_master set first_name = 'Grace' where contact_id = 'id-Ada1'");

    cycle();

    assertThat(read()).isEqualTo(1);
    assertThat(truth()).containsEntry("id-Ada1", "Grace");
  }
}
