package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed at any instruction loses nothing and duplicates nothing (promise 9). */
class KillIT {

  private static final int CONTACTS = 10_000;
  private static final Pattern WRITING = Pattern.compile("writing (.*) \\d+/\\d+ (\\d+)% .*");

  @TempDir Path folder;

  /** Killed while BigQuery is filled, then once more while the others are. */
  @Test
  void an_initial_sync_that_is_killed_halfway_goes_on_and_doubles_nobody() {
    try (FourSystems systems =
        new FourSystems(folder, Map.of("sync.batch-size", "200", "init.prefer", "local"))) {
      systems.fill(CONTACTS);
      killed(systems, halfway("bigquery"));
      killed(systems, halfway("twenty"));

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

  private static void killed(FourSystems systems, Predicate<String> when) {
    try (Jar init = systems.start("init")) {
      init.awaitErr(when);
      init.signal("KILL");
      assertThat(init.exitCode()).isEqualTo(137);
    }
  }

  private static Predicate<String> halfway(String system) {
    return line -> {
      Matcher writing = WRITING.matcher(line);
      return writing.matches()
          && writing.group(1).contains(system)
          && Integer.parseInt(writing.group(2)) >= 40
          && Integer.parseInt(writing.group(2)) < 95;
    };
  }
}
