package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed at any instruction loses nothing and duplicates nothing (promise 9). */
class KillIT {

  private static final int CONTACTS = 20_000;
  @TempDir Path folder;

  /** Killed while BigQuery is filled, then once more while the others are. */
  @Test
  void an_initial_sync_that_is_killed_halfway_goes_on_and_doubles_nobody() {
    try (FourSystems systems =
        FourSystems.behindGates(folder, Map.of("sync.batch-size", "200", "init.prefer", "local"))) {
      systems.fill(CONTACTS);
      killed(systems, "bigquery", "/bigquery/v2/projects/", "MERGE", 2);
      killed(systems, "twenty", "/rest/batch/people", "", 50);

      try (Jar init = systems.start("init")) {
        assertThat(init.exitCode()).as(init::toString).isZero();
      }

      JsonNode verified = systems.verified();
      assertThat(verified.get("verified").asBoolean()).as(verified.toString()).isTrue();
      assertThat(verified.get("contacts").asLong()).isEqualTo(CONTACTS);
      assertThat(systems.records())
          .isEqualTo(
              Map.of(
                  "bigquery", (long) CONTACTS,
                  "twenty", (long) CONTACTS,
                  "supabase", (long) CONTACTS,
                  "local", (long) CONTACTS));
    }
  }

  /** Kills it when a write is done of which it has no answer yet. */
  private static void killed(
      FourSystems systems, String system, String path, String word, int write) {
    Gate gate = systems.gates().get(system);
    CountDownLatch done = gate.holdAnswers(path, word, write);
    try (Jar init = systems.start("init")) {
      init.awaitState(() -> done.getCount() == 0);
      init.signal("KILL");
      assertThat(init.exitCode()).isEqualTo(137);
    }
    gate.heal();
    assertThat(systems.records().get(system)).isBetween(1L, CONTACTS - 1L);
  }
}
