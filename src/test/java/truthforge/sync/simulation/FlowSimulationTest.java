package truthforge.sync.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import truthforge.sync.simulation.Schedule.Mutant;

/**
 * The flow on a ledger in memory, under people, losses and crashes from one seed. A failing seed
 * names itself; {@code -Dsimulation.seed=S -Dsimulation.schedules=1} repeats it.
 */
class FlowSimulationTest {

  private static final long SEED = Long.getLong("simulation.seed", 1);

  @Test
  void no_schedule_loses_an_edit_revives_a_value_or_stays_restless() {
    simulate(SEED + 1_000_000, 2_000);
  }

  @Test
  @Tag("simulation")
  void no_schedule_of_many_loses_an_edit_revives_a_value_or_stays_restless() {
    simulate(SEED, Integer.getInteger("simulation.schedules", 20_000));
  }

  @ParameterizedTest
  @EnumSource(value = Mutant.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void a_service_that_leaves_out_a_rule_is_found_out(Mutant mutant) {
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed <= 2_000; seed++) {
                new Schedule(seed, mutant).run();
              }
            })
        .isInstanceOf(Schedule.Violation.class)
        .hasMessageContaining("seed ");
  }

  private static void simulate(long first, int schedules) {
    for (long seed = first; seed < first + schedules; seed++) {
      new Schedule(seed, Mutant.NONE).run();
    }
    System.out.println("simulation: " + schedules + " schedules, 0 violations");
    assertThat(schedules).isPositive();
  }
}
