package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
