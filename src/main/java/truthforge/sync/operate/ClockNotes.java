package truthforge.sync.operate;

import java.time.Duration;
import java.util.List;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.ClockDifference;

/**
 * Which clocks are off, as of the last cycle: kept in the ledger, so that commands of other
 * processes tell it too. Without a note a clock is right, as far as is known.
 */
final class ClockNotes {

  private static final String SETTING = "clock.";
  private static final String THIS_MACHINE = "this-machine";

  private ClockNotes() {}

  static void write(LedgerTransaction tx, AgreedClock clock, List<String> systems) {
    systems.forEach(system -> write(tx, system, clock.difference(system)));
    write(tx, THIS_MACHINE, clock.ofThisMachine());
  }

  private static void write(LedgerTransaction tx, String whose, ClockDifference difference) {
    String ahead =
        difference.isConsiderable() ? String.valueOf(difference.ahead().toMillis()) : null;
    tx.setSetting(SETTING + whose, ahead);
  }

  /** What is wrong with the system's clock, in plain words; null where nothing is. */
  static String of(LedgerTransaction tx, String system) {
    ClockDifference difference = read(tx, system);
    return difference == null
        ? null
        : "its clock is "
            + difference.inWords()
            + " the others. Times of its edits are corrected by that; where it is yours, let it"
            + " keep time by NTP.";
  }

  /** The same of the machine that the service runs on. */
  static String ofThisMachine(LedgerTransaction tx) {
    ClockDifference difference = read(tx, THIS_MACHINE);
    return difference == null
        ? null
        : "this machine's clock is "
            + difference.inWords()
            + " the systems'. The service goes by theirs; let this machine keep time by NTP.";
  }

  private static ClockDifference read(LedgerTransaction tx, String whose) {
    String ahead = tx.setting(SETTING + whose);
    return ahead == null
        ? null
        : new ClockDifference(Duration.ofMillis(Long.parseLong(ahead)), Duration.ZERO);
  }
}
