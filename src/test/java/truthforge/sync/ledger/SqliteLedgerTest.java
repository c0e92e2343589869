package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import truthforge.sync.contact.ByField;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Value;

final class SqliteLedgerTest extends LedgerContract {

  private static final int PAGE = 4096;

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("data/ledger.db");
  }

  private LedgerSettings settings() {
    return LedgerSettings.of("jdbc:sqlite:" + file(), clock);
  }

  @Override
  Ledger openEmpty(Clock time) {
    return JdbcLedger.open(settings());
  }

  private void reopen() {
    ledger.close();
    ledger = JdbcLedger.open(settings());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private void run(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  // Files

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:sqlite:data/ledger.db",
        "jdbc:sqlite:data/ledger.db?busy_timeout=20000",
        "jdbc:sqlite:file:data/ledger.db?cache=shared"
      })
  void the_file_is_known_whatever_parameters_stand_behind_it(String url) {
    assertThat(LedgerSettings.file(url)).contains(Path.of("data/ledger.db"));
  }

  @Test
  void the_ledger_and_its_folder_are_for_their_owner_alone() throws IOException {
    save(contact("a", 1));
    assertThat(mode(folder.resolve("data"))).isEqualTo("rwx------");
    try (Stream<Path> files = Files.list(folder.resolve("data"))) {
      for (Path each : files.toList()) {
        assertThat(mode(each)).as(each.getFileName().toString()).isEqualTo("rw-------");
      }
    }
  }

  @Test
  void a_ledger_that_others_could_read_is_taken_from_their_eyes() throws IOException {
    ledger.close();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
    ledger = JdbcLedger.open(settings());
    assertThat(mode(file())).isEqualTo("rw-------");
  }

  @Test
  void what_was_stored_is_there_when_it_is_opened_again() {
    Contact contact = contact("a", 1);
    save(contact);
    save(linked("a", TWENTY, 0));
    reopen();
    assertThat(alone.contacts(List.of("a"))).containsEntry("a", contact);
    assertThat(due(TWENTY, null)).containsExactly("a");
  }

  @Test
  void what_was_committed_is_there_although_the_process_never_closed() throws IOException {
    save(contact("a", 1));
    Path copy = folder.resolve("copy");
    Files.createDirectory(copy);
    for (String name : List.of("ledger.db", "ledger.db-wal")) {
      Files.copy(file().resolveSibling(name), copy.resolve(name));
    }
    try (Ledger crashed =
        JdbcLedger.open(LedgerSettings.of("jdbc:sqlite:" + copy.resolve("ledger.db"), clock))) {
      assertThat(crashed.<Long>transaction(transaction -> transaction.countContacts(false)))
          .isEqualTo(1);
    }
  }

  @Test
  void commits_reach_the_disk() {
    ledger.close();
    try (JdbcLedger sqlite = JdbcLedger.open(settings())) {
      assertThat(sqlite.pragma("journal_mode")).isEqualTo("wal");
      assertThat(sqlite.pragma("synchronous")).isEqualTo("2");
      assertThat(sqlite.pragma("foreign_keys")).isEqualTo("1");
      assertThat(sqlite.pragma("busy_timeout")).isEqualTo("10000");
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs works that all wait for the first of them; gives what each of them threw, or null. */
  private List<Throwable> together(List<Consumer<LedgerTransaction>> works) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch allWait = new CountDownLatch(1);
    List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (Consumer<LedgerTransaction> work : works) {
      int number = threads.size();
      thrown.add(null);
      Thread thread =
          new Thread(
              () -> {
                try {
                  write(
                      transaction -> {
                        if (number == 0) {
                          begun.countDown();
                          waitFor(allWait);
                        }
                        work.accept(transaction);
                      });
                } catch (RuntimeException e) {
                  thrown.set(number, e);
                }
              });
      threads.add(thread);
      thread.start();
      if (number == 0) {
        waitFor(begun);
      } else {
        long latest = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (thread.getState() != Thread.State.WAITING && System.nanoTime() < latest) {
          Thread.yield();
        }
        assertThat(thread.getState()).isEqualTo(Thread.State.WAITING);
      }
    }
    allWait.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    return thrown;
  }

  @Test
  void works_that_wait_for_one_another_are_flushed_to_the_disk_together() throws Exception {
    long before = ((JdbcLedger) ledger).flushes();
    assertThat(
            together(
                List.of(
                    tx -> tx.setSetting("a", "1"),
                    tx -> tx.setSetting("b", "2"),
                    tx -> tx.setSetting("c", tx.setting("a") + tx.setting("b")))))
        .containsOnlyNulls();
    assertThat(((JdbcLedger) ledger).flushes()).isEqualTo(before + 1);
    reopen();
    assertThat(alone.setting("c")).isEqualTo("12");
  }

  @Test
  void a_work_that_fails_takes_none_of_those_beside_it_along() throws Exception {
    List<Throwable> thrown =
        together(
            List.of(
                tx -> tx.setSetting("a", "1"),
                tx -> {
                  tx.setSetting("b", "2");
                  throw new IllegalStateException("stop");
                },
                tx -> tx.setSetting("c", String.valueOf(tx.setting("b"))),
                tx -> {
                  tx.setSetting("d", "4");
                  throw new IllegalStateException("stop");
                }));
    assertThat(thrown.get(0)).isNull();
    assertThat(thrown.get(1)).hasMessage("stop");
    assertThat(thrown.get(2)).isNull();
    assertThat(thrown.get(3)).hasMessage("stop");
    reopen();
    assertThat(alone.setting("a")).isEqualTo("1");
    assertThat(alone.setting("b")).isNull();
    assertThat(alone.setting("c")).isEqualTo("null");
    assertThat(alone.setting("d")).isNull();
  }

  @Test
  void what_a_failed_work_had_prepared_is_not_stored_by_the_next_one() {
    Contact unreadable =
        new Contact(
            "b",
            1,
            ByField.later(
                () -> {
                  throw new IllegalStateException("stop");
                }),
            null);
    assertThatThrownBy(() -> write(tx -> tx.saveContacts(List.of(contact("a", 1), unreadable))))
        .hasMessage("stop");
    save(contact("c", 1));
    assertThat(alone.contactsAfter(null, 9)).containsExactly(contact("c", 1));
  }

  @Test
  void where_the_disk_is_full_no_work_of_a_flush_is_told_that_it_is_stored() throws Exception {
    String pages = ((JdbcLedger) ledger).pragma("page_count");
    ((JdbcLedger) ledger).pragma("max_page_count = " + pages);
    String much = "x".repeat(1_000_000);
    List<Throwable> thrown =
        together(
            List.of(
                tx -> tx.setSetting("a", "1"),
                tx -> tx.setSetting("b", much),
                tx -> tx.setSetting("c", "3")));
    ((JdbcLedger) ledger).pragma("max_page_count = 1000000");
    assertThat(thrown.get(1)).isInstanceOf(Ledger.LedgerUnavailable.class);
    assertThat(alone.setting("a") == null).isEqualTo(thrown.get(0) != null);
    assertThat(alone.setting("b")).isNull();
    assertThat(alone.setting("c") == null).isEqualTo(thrown.get(2) != null);
  }

  @Test
  void an_idle_ledger_locks_out_no_tool() throws SQLException {
    save(contact("a", 1));
    run("CREATE TABLE made_by_a_tool (id INTEGER)");
    assertThat(plan("SELECT 'there' AS detail FROM sqlite_schema WHERE name = 'made_by_a_tool'"))
        .isEqualTo("there");
  }

  // One process

  @Test
  void a_second_opener_in_the_same_process_is_refused() {
    assertThatThrownBy(() -> JdbcLedger.open(settings()))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("in use by another process");
  }

  @Test
  void a_refused_opener_leaves_the_first_one_s_lock_alone() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> JdbcLedger.open(settings()))
          .isInstanceOf(Ledger.LedgerUnavailable.class);
    }
    assertThat(openInAnotherProcess()).isEqualTo("refused");
  }

  @Test
  void another_process_opens_the_ledger_after_it_was_closed() throws Exception {
    ledger.close();
    assertThat(openInAnotherProcess()).isEqualTo("opened");
  }

  private String openInAnotherProcess() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Opener.class.getName(),
                settings().jdbcUrl())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 0 ? "opened" : process.exitValue() == 3 ? "refused" : "failed";
  }

  /** Opens a ledger: exits with 0 where it could, with 3 where it was refused. */
  static final class Opener {
    public static void main(String[] arguments) {
      try {
        JdbcLedger.open(LedgerSettings.of(arguments[0], Clock.systemUTC())).close();
      } catch (Ledger.LedgerUnavailable e) {
        System.exit(e.getMessage().contains("in use by another process") ? 3 : 1);
      }
    }
  }

  // Reading beside a writer

  @Test
  void a_ledger_in_use_can_be_opened_for_reading() {
    save(contact("a", 1));
    try (Ledger reading = JdbcLedger.openReadOnly(settings())) {
      assertThat(reading.<Long>transaction(transaction -> transaction.countContacts(false)))
          .isEqualTo(1);
      save(contact("b", 1));
      assertThat(reading.<Long>transaction(transaction -> transaction.countContacts(false)))
          .isEqualTo(2);
    }
  }

  @Test
  void a_reader_within_its_transaction_sees_one_state_and_hinders_no_writer() {
    save(contact("a", 1));
    try (Ledger reading = JdbcLedger.openReadOnly(settings())) {
      long counted =
          reading.<Long>transaction(
              transaction -> {
                transaction.countContacts(false);
                save(contact("b", 1));
                return transaction.countContacts(false);
              });
      assertThat(counted).isEqualTo(1);
    }
  }

  @Test
  void a_ledger_opened_for_reading_writes_nothing() {
    try (Ledger reading = JdbcLedger.openReadOnly(settings())) {
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
    assertThat(alone.setting("name")).isNull();
  }

  @Test
  void reading_a_ledger_that_is_not_there_makes_none() {
    Path missing = folder.resolve("missing.db");
    assertThatThrownBy(
            () -> JdbcLedger.openReadOnly(LedgerSettings.of("jdbc:sqlite:" + missing, clock)))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("init");
    assertThat(missing).doesNotExist();
  }

  // Backups

  @Test
  void a_backup_taken_while_a_writer_goes_on_is_one_committed_state() throws Exception {
    Path backup = folder.resolve("backup.db");
    AtomicBoolean enough = new AtomicBoolean();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      save(contact("start", 1));
      Future<?> writer =
          thread.submit(
              () -> {
                for (int i = 0; !enough.get(); i++) {
                  String number = String.valueOf(i);
                  write(
                      transaction -> {
                        transaction.setSetting("number", number);
                        transaction.saveContacts(
                            List.of(contact("left " + number, 1), contact("right " + number, 1)));
                      });
                }
              });
      while (alone.countContacts(false) < 21) {
        Thread.onSpinWait();
      }
      ledger.backup(backup);
      enough.set(true);
      writer.get(30, TimeUnit.SECONDS);
    } finally {
      enough.set(true);
      thread.shutdown();
    }
    try (Ledger restored = JdbcLedger.open(LedgerSettings.of("jdbc:sqlite:" + backup, clock))) {
      long contacts = restored.<Long>transaction(transaction -> transaction.countContacts(false));
      String number = restored.<String>transaction(transaction -> transaction.setting("number"));
      assertThat(contacts).isEqualTo(1 + 2 * (Long.parseLong(number) + 1));
    }
  }

  @Test
  void a_backup_is_for_its_owner_alone() throws IOException {
    Path backup = folder.resolve("backup.db");
    ledger.backup(backup);
    assertThat(mode(backup)).isEqualTo("rw-------");
  }

  @Test
  void a_backup_overwrites_nothing() throws IOException {
    Path backup = Files.writeString(folder.resolve("backup.db"), "precious");
    assertThatThrownBy(() -> ledger.backup(backup))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("already");
    assertThat(backup).hasContent("precious");
  }

  @Test
  void of_a_backup_that_failed_nothing_is_left() throws Exception {
    IntStream.range(0, 2000).forEach(i -> save(contact("c" + i, 1)));
    ledger.close();
    try (RandomAccessFile damaged = new RandomAccessFile(file().toFile(), "rw")) {
      damaged.seek(damaged.length() - 3 * PAGE);
      damaged.write(new byte[3 * PAGE]);
    }
    ledger = JdbcLedger.open(settings());

    Path backup = folder.resolve("copies/backup.db");
    assertThatThrownBy(() -> ledger.backup(backup))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("damaged");
    assertThat(backup.getParent()).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"})
  void a_backup_without_room_names_the_disk_of_the_backup(String code) {
    SQLException full = new SQLiteException("", SQLiteErrorCode.valueOf(code));
    Path backup = folder.resolve("backup.db");
    assertThat(new SqliteDialect("jdbc:sqlite:" + file()).explainBackup(backup, full))
        .contains("backup.db", "room")
        .doesNotContain("ledger", "by itself");
  }

  // Trouble

  @Test
  void a_full_disk_is_named_with_its_remedy_and_what_was_stored_stays() {
    save(contact("a", 1));
    ((JdbcLedger) ledger).pragma("max_page_count = 1");
    List<Contact> many = IntStream.range(0, 2000).mapToObj(i -> contact("c" + i, 1)).toList();
    assertThatThrownBy(() -> write(transaction -> transaction.saveContacts(many)))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("full")
        .hasMessageContaining("Make room");
    assertThat(alone.contactsAfter(null, 9)).containsExactly(contact("a", 1));
  }

  @Test
  void after_room_was_made_the_ledger_goes_on() {
    ((JdbcLedger) ledger).pragma("max_page_count = 1");
    List<Contact> many = IntStream.range(0, 2000).mapToObj(i -> contact("c" + i, 1)).toList();
    assertThatThrownBy(() -> write(transaction -> transaction.saveContacts(many)))
        .isInstanceOf(Ledger.LedgerUnavailable.class);
    ((JdbcLedger) ledger).pragma("max_page_count = 1000000");
    write(transaction -> transaction.saveContacts(many));
    assertThat(alone.countContacts(false)).isEqualTo(2000);
  }

  @Test
  void nothing_is_taken_for_stored_in_a_file_that_was_removed() throws IOException {
    save(contact("a", 1));
    Path elsewhere = folder.resolve("elsewhere.db");
    Files.move(file(), elsewhere);

    assertThatThrownBy(() -> save(contact("b", 1)))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContainingAll("removed or replaced", file().toString(), "Put", "run init");

    Files.move(elsewhere, file());
    save(contact("c", 1));
    reopen();
    assertThat(alone.contactsAfter(null, 9)).containsExactly(contact("a", 1), contact("c", 1));
  }

  @Test
  void nor_where_another_file_has_taken_its_place() throws IOException {
    save(contact("a", 1));
    Path backup = folder.resolve("backup.db");
    ledger.backup(backup);
    Files.move(backup, file(), StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> save(contact("b", 1)))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("removed or replaced");
  }

  @Test
  void a_file_that_is_no_ledger_is_named_with_a_remedy() throws IOException {
    ledger.close();
    Files.writeString(file(), "This is no database, whatever its name says. ".repeat(100));
    assertThatThrownBy(() -> JdbcLedger.open(settings()))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("backup");
  }

  @Test
  void a_folder_that_cannot_be_made_is_named_with_a_remedy() throws IOException {
    Path plain = Files.createFile(folder.resolve("plain"));
    assertThatThrownBy(
            () ->
                JdbcLedger.open(
                    LedgerSettings.of("jdbc:sqlite:" + plain.resolve("ledger.db"), clock)))
        .isInstanceOf(Ledger.LedgerUnavailable.class)
        .hasMessageContaining("ledger.jdbc-url");
  }

  @Test
  void a_failed_opening_holds_no_lock() throws IOException {
    ledger.close();
    byte[] ledgerFile = Files.readAllBytes(file());
    Files.writeString(file(), "This is no database, whatever its name says. ".repeat(100));
    assertThatThrownBy(() -> JdbcLedger.open(settings()))
        .isInstanceOf(Ledger.LedgerUnavailable.class);
    Files.write(file(), ledgerFile);
    ledger = JdbcLedger.open(settings());
    assertThat(alone.countContacts(false)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:sqlite:", "jdbc:sqlite::memory:", "jdbc:oracle:thin:@x"})
  void a_ledger_that_would_not_last_or_is_unknown_is_refused(String url) {
    assertThatThrownBy(() -> JdbcLedger.open(LedgerSettings.of(url, clock)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("jdbc:sqlite:");
  }

  // What the tables hold

  @Test
  void a_replica_s_copy_of_its_contact_is_never_stale() throws SQLException {
    save(contact("a", 1), contact("b", 5));
    save(linked("a", TWENTY, 1), linked("b", TWENTY, 1));
    write(
        transaction -> {
          transaction.saveReplicas(List.of(linked("a", BIGQUERY, 1)));
          transaction.saveContacts(List.of(contact("a", 2), deleted("b", 5)));
          transaction.addMissingReplicas("local");
        });
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement();
        ResultSet stale =
            statement.executeQuery(
                "SELECT count(*), sum(c.version <> r.contact_version"
                    + " OR c.deleted <> r.contact_deleted) FROM replica r NATURAL JOIN"
                    + " (SELECT contact_id, version, deleted FROM contact) c")) {
      assertThat(stale.getLong(1)).isEqualTo(5);
      assertThat(stale.getLong(2)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void what_is_due_is_found_by_the_index_that_holds_nothing_else(boolean gated)
      throws SQLException {
    assertThat(plan("EXPLAIN QUERY PLAN " + ReplicaTable.dueQuery(gated)))
        .contains("SEARCH r USING INDEX replica_due (system=? AND contact_id>?)")
        .doesNotContain("SCAN")
        .doesNotContain("TEMP B-TREE");
    run("ANALYZE");
    assertThat(plan("EXPLAIN QUERY PLAN " + ReplicaTable.dueQuery(gated)))
        .contains("INDEX replica_due");
  }

  @Test
  void records_are_found_by_their_ids_in_an_index() throws SQLException {
    assertThat(
            plan(
                "EXPLAIN QUERY PLAN SELECT external_id, contact_id FROM replica WHERE system = ? AND "
                    + new SqliteDialect(settings().jdbcUrl()).inKeys("external_id")))
        .contains("USING COVERING INDEX replica_external (system=? AND external_id=?)");
  }

  @Test
  void walking_through_a_system_sorts_nothing() throws SQLException {
    assertThat(plan("EXPLAIN QUERY PLAN " + ReplicaTable.REPLICAS_AFTER))
        .contains("PRIMARY KEY")
        .doesNotContain("TEMP B-TREE");
  }

  private String plan(String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        lines.add(rows.getString("detail"));
      }
    }
    return String.join("\n", lines);
  }

  @Test
  void times_are_kept_to_the_microsecond() {
    write(
        transaction ->
            transaction.saveCursor(
                new Cursor(TWENTY, "1", null, NOON.plus(Duration.ofNanos(123_456_789)))));
    assertThat(alone.cursor(TWENTY).movedAt()).isEqualTo(NOON.plus(Duration.ofNanos(123_456_000)));
  }

  @Test
  void a_name_in_the_tables_is_short_where_there_are_many() throws SQLException {
    save(contact("a", 1));
    Replica replica =
        linked("a", TWENTY, 1)
            .withSeen(
                Map.of(
                    "first_name", Seen.of(new Value.Text("Zoë")), "notes", Seen.of(Value.EMPTY)));
    save(replica);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT seen FROM replica")) {
      assertThat(row.getString(1)).matches("\\{\"-\":\"t\",\"\\+\":\"a.{12}\"}");
    }
  }
}
