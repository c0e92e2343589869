package truthforge.sync.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;

/**
 * The flow of all four systems under people, losses and crashes, each schedule from one seed. One
 * that fails tells its seed, and what it is after it was shortened: {@code -Dsimulation.seed=S
 * -Dsimulation.schedules=1} repeats the whole, {@code -Dsimulation.choices=…} the short one, also
 * in a debugger.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FlowSimulationTest {

  /** So many schedules from seed 1 on are without a violation: what is found is a mutant's. */
  private static final int CLEAN = 20_000;

  /** Opening a database for each takes longer than the schedule itself. */
  private static final int ON_SQLITE = 1_000;

  private static final long SEED = Long.getLong("simulation.seed", 1);
  private static final String CHOICES = System.getProperty("simulation.choices");

  /** The last, as what it says is the last line. */
  @Test
  @Order(2)
  @Tag("simulation")
  void no_schedule_loses_an_edit_revives_a_value_or_stays_restless() {
    if (CHOICES != null) {
      Simulation.inMemory(Mutant.NONE).repeat(Choices.read(CHOICES));
      return;
    }
    int schedules = Integer.getInteger("simulation.schedules", CLEAN);
    Simulation.inMemory(Mutant.NONE).run(SEED, schedules);
    assertThat(schedules).isPositive();
  }

  /** Promise 9: a crash leaves behind what the database has committed, and nothing else. */
  @Test
  @Order(1)
  @Tag("simulation")
  void nor_does_one_on_a_ledger_in_sqlite(@TempDir Path folder) throws IOException {
    Path empty = folder.resolve("empty.db");
    open(empty, Clock.systemUTC()).close();
    List<Ledger> opened = new ArrayList<>();
    Simulation simulation =
        new Simulation(
            Mutant.NONE,
            clock -> {
              opened.forEach(Ledger::close);
              opened.clear();
              opened.add(open(copy(empty, folder.resolve("ledger.db")), clock));
              return opened.get(0);
            },
            committed -> committed);
    int schedules = Integer.getInteger("simulation.sqlite", ON_SQLITE);

    simulation.run(SEED, schedules);

    opened.forEach(Ledger::close);
    assertThat(schedules).isPositive();
  }

  private static Ledger open(Path file, Clock clock) {
    return JdbcLedger.open(LedgerSettings.of("jdbc:sqlite:" + file, clock));
  }

  private static Path copy(Path from, Path to) {
    try {
      return Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Mutant.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void a_service_that_leaves_out_a_rule_is_found_out(Mutant mutant) {
    assertThatThrownBy(() -> Simulation.inMemory(mutant).find(1, CLEAN))
        .isInstanceOf(Schedule.Violation.class);
  }

  @Test
  void a_failing_schedule_becomes_short_and_can_be_repeated() {
    Simulation simulation = Simulation.inMemory(Mutant.NO_CONDITION);
    Simulation.Failing failing = simulation.firstFailing(1, CLEAN);

    int[] shorter = simulation.shortened(failing);

    assertThat(nonZero(shorter)).isLessThan(nonZero(failing.choices()) / 4);
    assertThatThrownBy(() -> simulation.repeat(Choices.read(Choices.written(shorter))))
        .isInstanceOf(Schedule.Violation.class);
  }

  private static int nonZero(int[] choices) {
    List<Integer> made = new ArrayList<>();
    for (int choice : choices) {
      if (choice != 0) {
        made.add(choice);
      }
    }
    return made.size();
  }
}
