package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** Java from 24 on warns of native libraries on each start, and is to refuse them one day. */
class NewerJavaIT {

  @Test
  void the_jar_allows_the_native_library_of_sqlite() throws Exception {
    try (JarFile jar = new JarFile(Path.of("target", "truth-forge-sync.jar").toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Enable-Native-Access"))
          .isEqualTo("ALL-UNNAMED");
    }
  }
}
