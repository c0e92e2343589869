package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
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

  /** With what the service writes, fewer statements than BigQuery takes in ten seconds. */
  private static final int EDITS = 20;

  private static final int EDITS_A_CYCLE = 5;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {5, 6, 7, 8})
  void whatever_people_edit_all_systems_end_the_same(long seed) throws Exception {
    try (World world = new World(folder, World.ALL)) {
      SampleSystems systems =
          new SampleSystems(world.bigquery, "test", world.twenty, world.supabase, world.localUrl);
      Samples samples = Samples.of(50, seed);
      samples.load(systems, Instant.now());
      world.engine.runCycle();
      LiveEdits edits = new LiveEdits(systems, samples, seed, Clock.systemUTC());
      List<String> made = new ArrayList<>();
      for (int i = 0; i < EDITS; i++) {
        made.add(edits.next().sentence());
        if (i % EDITS_A_CYCLE == 0) {
          world.engine.runCycle();
        }
      }
      world.engine.reconcile();
      world.engine.runCycle();
      world.engine.runCycle();

      // BigQuery takes so many statements in ten seconds; what is left waits for the next cycles.
      AtWork.await(
          () -> {
            world.engine.runCycle();
            return verified(world).differences().isEmpty();
          },
          "all systems to hold the same after:\n" + String.join("\n", made));

      Verification verification = verified(world);
      assertThat(verification.differences()).as(String.join("\n", made)).isEmpty();
      assertThat(verification.counts().values())
          .allSatisfy(
              count -> {
                assertThat(count.missing).isZero();
                assertThat(count.matched).isGreaterThanOrEqualTo(40);
              });
    }
  }

  private static Verification verified(World world) {
    Verification verification = new Verification(world.ledger, world.engine.participants());
    world.engine.cycle().verify(verification);
    world.engine.reconcile();
    for (String system : World.ALL) {
      verification.complete(system);
    }
    world.engine.cycle().verify(null);
    return verification;
  }
}
