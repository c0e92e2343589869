package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar alone, in an empty folder. */
class SandboxIT {

  /** Where numbers are written in other digits, a machine must read them all the same. */
  private static final List<String> IN_EGYPT =
      List.of(
          "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.language=ar", "-Duser.country=EG");

  @TempDir Path folder;

  @Test
  void the_sandbox_needs_no_other_file_verifies_and_leaves_nothing_behind() throws Exception {
    try (Jar sandbox =
        Jar.start(
            folder, IN_EGYPT, "sandbox", "--once", "--contacts", "2000", "--seed", "7", "--json")) {
      assertThat(sandbox.exitCode()).as(sandbox::toString).isZero();

      assertThat(sandbox.out().lines()).hasSize(1);
      JsonNode report = new ObjectMapper().readTree(sandbox.out());
      assertThat(report.get("verified").asBoolean()).isTrue();
      assertThat(report.get("contacts").asInt()).isEqualTo(2000);
      assertThat(report.get("calls")).allMatch(calls -> calls.asInt() < 120).hasSize(3);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void a_sandbox_with_edits_that_is_told_to_end_lets_the_last_ones_arrive_and_verifies(
      String signal) throws Exception {
    try (Jar sandbox = Jar.start(folder, "sandbox", "--contacts", "20", "--json")) {
      sandbox.awaitErr(line -> line.contains("Watch it: "));
      sandbox.awaitErr(line -> line.contains("somebody"));

      sandbox.signal(signal);

      assertThat(sandbox.exitCode()).as(sandbox::toString).isZero();
      JsonNode report = new ObjectMapper().readTree(sandbox.out());
      assertThat(report.get("verified").asBoolean()).as(sandbox::toString).isTrue();
      assertThat(report.get("contacts").asInt()).isGreaterThanOrEqualTo(18);
    }
  }

  @Test
  void one_that_is_stopped_during_its_first_sync_does_not_promise_to_go_on() throws Exception {
    try (Jar sandbox = Jar.start(folder, "sandbox", "--contacts", "20000")) {
      sandbox.awaitErr(line -> line.contains("Four systems with"));

      sandbox.signal("TERM");

      assertThat(sandbox.exitCode()).as(sandbox::toString).isOne();
      assertThat(sandbox.toString()).contains("Start it again, anew").doesNotContain("goes on");
    }
  }

  @Test
  void edits_can_go_on_for_a_set_time() throws Exception {
    try (Jar sandbox =
        Jar.start(folder, "sandbox", "--contacts", "20", "--seconds", "5", "--json")) {
      assertThat(sandbox.exitCode()).as(sandbox::toString).isZero();

      assertThat(sandbox.awaitErr(line -> line.contains("somebody"))).isNotBlank();
      JsonNode report = new ObjectMapper().readTree(sandbox.out());
      assertThat(report.get("verified").asBoolean()).as(sandbox::toString).isTrue();
    }
  }
}
