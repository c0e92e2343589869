package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.sandbox.LiveEdits;
import truthforge.sync.sandbox.SampleSystems;
import truthforge.sync.sandbox.Samples;

/** Sample contacts and live edits through the whole service. */
class LiveEditsSyncTest {

  private static final int EDITS = 40;
  private static final int EDITS_A_CYCLE = 5;

  /** As quick as people are at most, and slower than BigQuery's 25 statements in ten seconds. */
  private static final Duration BETWEEN_EDITS = Duration.ofSeconds(2);

  private static final Duration BETWEEN_CYCLES = Duration.ofSeconds(10);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {5, 6, 7, 8})
  void whatever_people_edit_all_systems_end_the_same(long seed) throws Exception {
    try (World world = new World(folder, World.ALL)) {
      SampleSystems systems =
          new SampleSystems(world.bigquery, "test", world.twenty, world.supabase, world.localUrl);
      Samples samples = Samples.of(50, seed);
      samples.load(systems, world.time.instant());
      cycle(world);
      LiveEdits edits = new LiveEdits(systems, samples, seed, world.time);
      List<String> made = new ArrayList<>();
      for (int i = 0; i < EDITS; i++) {
        world.time.advance(BETWEEN_EDITS);
        made.add(edits.next().sentence());
        if (i % EDITS_A_CYCLE == 0) {
          cycle(world);
        }
      }
      world.time.advance(BETWEEN_CYCLES);
      world.engine.reconcile();
      cycle(world);
      cycle(world);

      world.time.advance(BETWEEN_CYCLES);
      Verification verification = new Verification(world.ledger, world.engine.participants());
      world.engine.cycle().verify(verification);
      world.engine.reconcile();
      for (String system : World.ALL) {
        verification.complete(system);
      }

      assertThat(verification.differences()).as(String.join("\n", made)).isEmpty();
      assertThat(verification.counts().values())
          .allSatisfy(
              count -> {
                assertThat(count.missing).isZero();
                assertThat(count.matched).isGreaterThanOrEqualTo(40);
              });
    }
  }

  private static void cycle(World world) {
    world.time.advance(BETWEEN_CYCLES);
    world.engine.runCycle();
  }
}
