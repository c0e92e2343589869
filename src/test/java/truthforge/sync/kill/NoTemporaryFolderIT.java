package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A temporary folder that takes nothing: full, not there, or read-only. */
class NoTemporaryFolderIT {

  @TempDir Path folder;

  private List<String> lacking() {
    return List.of("-Djava.io.tmpdir=" + folder.resolve("missing"));
  }

  private void configure(String properties) throws Exception {
    Files.createDirectories(folder.resolve("config"));
    Files.writeString(folder.resolve("config/application.properties"), properties);
  }

  @ParameterizedTest
  @ValueSource(strings = {"doctor", "setup", "run", "status"})
  void a_command_says_which_folder_it_lacks_and_how_to_name_another(String command)
      throws Exception {
    configure("local.jdbc-url=jdbc:sqlite:people.db\n");
    try (Jar jar = Jar.start(folder, lacking(), command)) {
      assertThat(jar.exitCode()).isOne();
      assertThat(jar.err())
          .contains("temporary folder " + folder.resolve("missing"), "-Djava.io.tmpdir=")
          .doesNotContain("Exception", "\tat ", "    at ");
    }
  }

  @Test
  void what_needs_no_sqlite_needs_no_such_folder() throws Exception {
    configure("local.jdbc-url=jdbc:sqlite:people.db\n");
    try (Jar jar = Jar.start(folder, lacking(), "validate")) {
      assertThat(jar.exitCode()).as(jar::toString).isZero();
    }
  }
}
