package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code status} of another process than the service's. */
class StatusOfAServiceTest {

  private static final String NOBODY = "no service runs now";

  private static String cycles(World world) {
    try (SyncService command = SyncService.open(world.configuration(), world.places)) {
      return command.status().indicators().get(0).detail();
    }
  }

  @Test
  void it_says_whether_a_service_runs(@TempDir Path folder) throws Exception {
    try (World world = World.withoutEngine(folder, "twenty", "local")) {
      try (AtWork work = new AtWork(world)) {
        assertThat(cycles(work.world)).doesNotContain(NOBODY);
      }

      assertThat(cycles(world)).contains(NOBODY);
    }
  }
}
