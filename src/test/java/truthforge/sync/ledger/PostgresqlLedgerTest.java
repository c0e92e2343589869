package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class PostgresqlLedgerTest extends LedgerContract {

  private static EmbeddedPostgres server;

  @BeforeAll
  static void start() throws IOException {
    server = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  private static String url() {
    return "jdbc:postgresql://localhost:" + server.getPort() + "/postgres";
  }

  private LedgerSettings settings() {
    return new LedgerSettings(url(), "postgres", "postgres", clock);
  }

  private static void run(String sql) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  Ledger openEmpty(Clock time) throws SQLException {
    JdbcLedger opened = JdbcLedger.open(settings());
    run(
        "TRUNCATE contact, contact_email, contact_phone, replica, cursor, conflict, dead_letter,"
            + " held, history, cycle, setting, inbox, watch");
    return opened;
  }

  @Test
  void transactions_of_two_instances_do_not_interleave() throws Exception {
    write(transaction -> transaction.setSetting("count", "0"));
    try (Ledger other = JdbcLedger.open(settings())) {
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<Callable<Void>> work = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
          Ledger mine = i % 2 == 0 ? ledger : other;
          work.add(
              () ->
                  mine.transaction(
                      transaction -> {
                        int count = Integer.parseInt(transaction.setting("count"));
                        transaction.setSetting("count", String.valueOf(count + 1));
                        return null;
                      }));
        }
        for (Future<Void> done : threads.invokeAll(work)) {
          done.get();
        }
      } finally {
        threads.shutdown();
      }
    }
    assertThat(alone.setting("count")).isEqualTo("200");
  }

  @Test
  void a_ledger_lives_beside_other_tables_of_its_schema() throws SQLException {
    ledger.close();
    run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE public.other (id int)");
    ledger = JdbcLedger.open(settings());
    save(contact("a", 1));
    assertThat(alone.countContacts(false)).isEqualTo(1);
  }

  @Test
  void an_earlier_ledger_is_read_as_it_was() throws SQLException {
    ledger.close();
    run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    FourthLedger.make(new PostgresqlDialect(settings()));
    ledger = JdbcLedger.open(settings());
    FourthLedger.mustBeIn(ledger);
  }

  @Test
  void what_was_stored_is_there_when_it_is_opened_again() {
    save(contact("a", 1));
    ledger.close();
    ledger = JdbcLedger.open(settings());
    assertThat(alone.contacts(List.of("a"))).containsEntry("a", contact("a", 1));
  }

  @Test
  void a_ledger_opened_for_reading_reads_and_writes_nothing() {
    save(contact("a", 1));
    try (Ledger reading = JdbcLedger.openReadOnly(settings())) {
      assertThat(reading.<Long>transaction(transaction -> transaction.countContacts(false)))
          .isEqualTo(1);
      assertThatThrownBy(
              () ->
                  reading.transaction(
                      transaction -> {
                        transaction.setSetting("name", "value");
                        return null;
                      }))
          .isInstanceOf(Ledger.LedgerUnavailable.class)
          .hasMessageContaining("only be read");
    }
  }

  @Test
  void a_connection_that_the_server_ended_is_replaced() throws SQLException {
    save(contact("a", 1));
    run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE application_name = 'truth-forge-sync'");
    assertThat(alone.countContacts(false)).isEqualTo(1);
  }

  @Test
  void a_server_that_is_not_there_is_named_with_a_remedy() {
    assertThatThrownBy(
            () -> JdbcLedger.open(LedgerSettings.of("jdbc:postgresql://localhost:1/ledger", clock)))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("ledger.jdbc-url");
  }

  @Test
  void a_database_that_is_not_there_is_named_with_a_remedy() {
    assertThatThrownBy(
            () ->
                JdbcLedger.open(
                    new LedgerSettings(
                        url().replace("/postgres", "/nowhere"), "postgres", "x", clock)))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("Create it");
  }

  @Test
  void no_value_of_a_record_is_in_a_message() {
    save(contact("a", 1), contact("b", 1));
    save(Replica.absent("a", TWENTY).withExternalId("secret@example.org"));
    assertThatThrownBy(() -> save(Replica.absent("b", TWENTY).withExternalId("secret@example.org")))
        .satisfies(
            thrown -> {
              for (Throwable t = thrown; t != null; t = t.getCause()) {
                assertThat(t.toString()).doesNotContain("secret");
              }
            });
  }

  @Test
  void a_backup_is_left_to_the_database_s_own_tools() {
    assertThatThrownBy(() -> ledger.backup(Path.of("backup")))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("pg_dump");
  }
}
