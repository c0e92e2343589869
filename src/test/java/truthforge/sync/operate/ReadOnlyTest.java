package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;

/** Issue 6: for trial operation a system is observed, never written, and shown as such. */
class ReadOnlyTest {

  @Test
  void a_read_only_system_is_observed_and_never_written_and_the_status_says_so(@TempDir Path folder)
      throws Exception {
    try (World world = World.withoutEngine(folder, "supabase", "local")) {
      world.set(Options.SUPABASE_READ_ONLY, "true");
      world.start();
      Hands hands = new Hands(world);
      hands.add("supabase", "Ada");
      hands.add("local", "Bea");
      world.writes.clear();
      world.engine.runCycle();
      world.engine.runCycle();

      assertThat(hands.names("local")).containsExactlyInAnyOrder("Ada", "Bea");
      assertThat(hands.names("supabase")).containsExactly("Ada");
      assertThat(world.writes).isEmpty();
      assertThat(world.status()).contains("read-only");
    }
  }
}
