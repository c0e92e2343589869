package truthforge.sync.operate.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.FindingsReport;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/** What doctor says of configuration and ledger, and of several systems together. */
class DoctorTest {

  @TempDir private Path folder;

  private Path ledger() {
    return folder.resolve("data/ledger.db");
  }

  private Sample sample() {
    return new Sample()
        .sqlite(folder.resolve("contacts.db"))
        .with(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + ledger());
  }

  private void makeLedger() {
    JdbcLedger.open(LedgerSettings.of("jdbc:sqlite:" + ledger(), Clock.systemUTC())).close();
  }

  @Test
  void a_ledger_that_is_not_there_yet_is_not_made() {
    assertThat(sample().said("ledger")).anyMatch(t -> t.startsWith("OK will be made"));

    assertThat(ledger().getParent()).doesNotExist();
  }

  @Test
  void a_ledger_in_use_by_the_service_is_told_as_writable() {
    try (JdbcLedger open =
        JdbcLedger.open(LedgerSettings.of("jdbc:sqlite:" + ledger(), Clock.systemUTC()))) {
      assertThat(sample().said("ledger"))
          .contains("OK can be opened and written. ", "OK is readable by its owner alone. ");
      open.transaction(tx -> tx.setting("any"));
    }
  }

  @Test
  void a_ledger_that_others_can_read_is_a_warning() throws Exception {
    makeLedger();
    Assumptions.assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"));
    Files.setPosixFilePermissions(ledger(), PosixFilePermissions.fromString("rw-r--r--"));

    assertThat(sample().said("ledger"))
        .anyMatch(t -> t.startsWith("WARNING ") && t.contains("can be read by others"));
  }

  @Test
  void a_ledger_that_another_program_keeps_locked_is_told() throws Exception {
    makeLedger();
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + ledger());
        Statement statement = other.createStatement()) {
      statement.execute("begin immediate");

      assertThat(sample().said("ledger")).anyMatch(t -> t.contains("keeps it locked"));
    }
  }

  @Test
  void a_file_that_is_no_ledger_is_told() throws Exception {
    Files.createDirectories(ledger().getParent());
    Files.writeString(ledger(), "This is a text, and by no means a database. ".repeat(50));

    assertThat(sample().said("ledger"))
        .anyMatch(t -> t.startsWith("ERROR is damaged, or no database"));
  }

  @Test
  void a_folder_in_the_place_of_a_file_is_told() throws Exception {
    Files.writeString(folder.resolve("data"), "a file where a folder should be");

    assertThat(sample().said("ledger"))
        .anyMatch(t -> t.startsWith("ERROR this user may not write into"));
  }

  @Test
  void free_space_is_told() {
    assertThat(sample().said("ledger")).anyMatch(t -> t.contains("MiB are free on the disk"));
  }

  @Test
  void a_webhook_without_a_secret_is_noted() {
    try (TwentyStandIn twenty = TwentyStandIn.start(TwentyStandIn.Options.bare())) {
      assertThat(sample().twenty(twenty).said("twenty.webhook-secret"))
          .singleElement()
          .asString()
          .startsWith("NOTE is not set");
    }
  }

  @Test
  void a_single_system_is_a_warning() {
    assertThat(sample().said("configuration"))
        .anyMatch(t -> t.startsWith("WARNING only local is configured"));
  }

  @Test
  void one_system_that_fails_keeps_no_other_from_being_looked_at() {
    TwentyStandIn twenty = TwentyStandIn.start(TwentyStandIn.Options.bare());
    Sample sample = sample().twenty(twenty);
    twenty.close();
    sample().setup();

    assertThat(FindingsReport.of(sample.findings()).outcome()).isEqualTo(Outcome.UNREACHABLE);
    assertThat(sample.findings())
        .anyMatch(f -> f.place().equals("local") && f.level() == Finding.Level.OK);
  }

  @Test
  void setup_changes_nothing_anywhere_while_a_system_cannot_be_reached() {
    TwentyStandIn twenty = TwentyStandIn.start(TwentyStandIn.Options.bare());
    Sample sample = sample().twenty(twenty);
    twenty.close();

    assertThatThrownBy(sample::setup)
        .isInstanceOfSatisfying(
            Problem.class, e -> assertThat(e.remedy()).endsWith("Nothing was changed"));
    assertThat(folder.resolve("contacts.db")).doesNotExist();
  }
}
