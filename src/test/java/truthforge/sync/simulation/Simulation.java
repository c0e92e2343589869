package truthforge.sync.simulation;

import java.time.Clock;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.simulation.Schedule.Violation;

/** Runs schedules, and makes those that fail short. */
final class Simulation {

  /** How many shorter ones are tried. */
  private static final int TRIALS = 1000;

  private final Mutant mutant;
  private final Function<Clock, Ledger> ledgers;
  private final UnaryOperator<Ledger> afterCrash;

  Simulation(Mutant mutant, Function<Clock, Ledger> ledgers, UnaryOperator<Ledger> afterCrash) {
    this.mutant = mutant;
    this.ledgers = ledgers;
    this.afterCrash = afterCrash;
  }

  static Simulation inMemory(Mutant mutant) {
    return new Simulation(mutant, MemoryLedger::new, ledger -> ((MemoryLedger) ledger).copy());
  }

  /**
   * A schedule that broke a promise.
   *
   * @param choices all that was left to chance
   */
  record Failing(long seed, int[] choices, Violation violation) {}

  /** Runs them all; the first that fails ends it, with its seed and the shortest form found. */
  void run(long firstSeed, int schedules) {
    long overwritten = find(firstSeed, schedules);
    System.out.println(
        "simulation: " + overwritten + " edits overwritten by unconditional batches, apart");
    System.out.println("simulation: " + schedules + " schedules, 0 violations");
  }

  /**
   * @return edits that unconditional batches overwrote
   * @throws Violation for the first that fails
   */
  long find(long firstSeed, int schedules) {
    long overwritten = 0;
    for (long seed = firstSeed; seed < firstSeed + schedules; seed++) {
      Choices choices = Choices.of(seed);
      Schedule schedule = schedule(choices, false);
      try {
        schedule.run();
      } catch (Violation e) {
        if (mutant != Mutant.NONE) {
          throw e;
        }
        explain(new Failing(seed, choices.made(), e));
      }
      overwritten += schedule.overwritten();
    }
    return overwritten;
  }

  Failing firstFailing(long firstSeed, int schedules) {
    for (long seed = firstSeed; seed < firstSeed + schedules; seed++) {
      Choices choices = Choices.of(seed);
      try {
        schedule(choices, false).run();
      } catch (Violation e) {
        return new Failing(seed, choices.made(), e);
      }
    }
    throw new AssertionError("none of " + schedules + " schedules fails");
  }

  private void explain(Failing failing) {
    int[] shorter = shortened(failing);
    String head =
        "seed "
            + failing.seed()
            + ": "
            + failing.violation().getMessage()
            + "\nshortened, -Dsimulation.choices="
            + Choices.written(shorter)
            + "\n";
    try {
      repeat(shorter);
    } catch (Violation e) {
      throw new Violation(head + e.getMessage() + "\n" + e.story(), e.story(), e);
    }
    throw new AssertionError(head + "which does not fail a second time");
  }

  /** Runs a schedule again, with its story. */
  void repeat(int[] choices) {
    try {
      schedule(Choices.of(choices), true).run();
    } catch (Violation e) {
      throw new Violation(e.getMessage() + "\n" + e.story(), e.story(), e);
    }
  }

  /** The same failure with as few choices as can be found. */
  int[] shortened(Failing failing) {
    int[] best = Choices.trimmed(failing.choices());
    String wanted = kind(failing.violation());
    int trials = 0;
    for (int size = Math.max(1, best.length / 2); size >= 1; size /= 2) {
      int from = 0;
      while (from < best.length && trials < TRIALS) {
        int to = Math.min(best.length, from + size);
        int[] shorter = without(best, from, to);
        int[] zeroed = zeroed(best, from, to);
        trials++;
        if (fails(shorter, wanted)) {
          best = Choices.trimmed(shorter);
        } else {
          if (zeroed != null && fails(zeroed, wanted)) {
            best = Choices.trimmed(zeroed);
          }
          from = to;
        }
      }
    }
    return best;
  }

  private static int[] zeroed(int[] choices, int from, int to) {
    if (Arrays.stream(choices, from, to).allMatch(choice -> choice == 0)) {
      return null;
    }
    int[] zeroed = choices.clone();
    Arrays.fill(zeroed, from, to, 0);
    return zeroed;
  }

  private static int[] without(int[] choices, int from, int to) {
    int[] without = new int[choices.length - (to - from)];
    System.arraycopy(choices, 0, without, 0, from);
    System.arraycopy(choices, to, without, from, choices.length - to);
    return without;
  }

  private boolean fails(int[] choices, String wanted) {
    try {
      schedule(Choices.of(choices), false).run();
      return false;
    } catch (Violation e) {
      return kind(e).equals(wanted);
    }
  }

  /** Without the words that differ from schedule to schedule. */
  private static String kind(Violation violation) {
    String[] words = violation.getMessage().split("\\s+");
    return String.join(" ", Arrays.copyOf(words, Math.min(words.length, 3)))
        .replaceAll("\\S*\\d\\S*", "#");
  }

  private Schedule schedule(Choices choices, boolean telling) {
    return new Schedule(choices, mutant, ledgers, afterCrash, telling);
  }
}
