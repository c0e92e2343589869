package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is told to end does so in order, and the next one goes on. */
class StopIT {

  private static final int CONTACTS = 400;
  private static final Duration AT_MOST = Duration.ofSeconds(25);
  private static final String EDITED = "notes = 'edited'";

  @TempDir Path folder;
  private FourSystems systems;

  @BeforeEach
  void synchronised() {
    systems =
        new FourSystems(folder, Map.of("sync.batch-size", "200", "sync.max-field-percent", "100"));
    systems.fill(CONTACTS);
    try (Jar init = systems.start("init")) {
      assertThat(init.exitCode()).as(init::toString).isZero();
    }
  }

  @AfterEach
  void end() {
    systems.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void a_signal_in_the_middle_of_a_cycle_ends_with_0_and_the_next_start_goes_on(String signal) {
    try (Jar run = systems.start("run", "--interval", "1", "--batch-size", "10")) {
      run.awaitErr(StopIT::isCycle);
      systems.sql("update contacts_master set notes = 'edited'");
      run.awaitState(() -> systems.inBigQuery(EDITED) > 0);

      run.signal(signal);

      assertThat(run.exitCode(AT_MOST)).as(run::toString).isZero();
    }
    try (Jar run = systems.start("run", "--interval", "1")) {
      run.awaitState(() -> systems.inSupabase("&notes=eq.edited") == CONTACTS);
      run.awaitNextErr(StopIT::isCycle);
      run.signal(signal);
      assertThat(run.exitCode(AT_MOST)).as(run::toString).isZero();
    }
    assertThat(systems.verified().get("verified").asBoolean()).isTrue();
    assertThat(systems.inBigQuery(EDITED)).isEqualTo(CONTACTS);
    assertThat(systems.inLocal(EDITED)).isEqualTo(CONTACTS);
  }

  @Test
  void a_second_process_on_the_same_ledger_is_refused_and_told_what_to_do() {
    try (Jar run = systems.start("run", "--interval", "1")) {
      run.awaitErr(StopIT::isCycle);
      try (Jar second = systems.start("once")) {
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.err())
            .isEqualTo(
                "truth-forge-sync: The ledger "
                    + folder.toAbsolutePath().resolve("data/ledger.db")
                    + " is in use by another process. Stop that one, ask it instead, or give this"
                    + " one a ledger of its own (ledger.jdbc-url).");
      }
      run.signal("TERM");
      assertThat(run.exitCode(AT_MOST)).as(run::toString).isZero();
    }
  }

  private static boolean isCycle(String line) {
    return line.contains("cycle in ");
  }
}
