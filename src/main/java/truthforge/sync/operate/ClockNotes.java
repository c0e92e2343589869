package truthforge.sync.operate;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** What stands in the ledger, as far as known: what is so already is not written again. */
  private Map<String, String> stored = Map.of();

  /**
   * @return what is to be told to {@link #stored} once the transaction has ended
   */
  Map<String, String> write(LedgerTransaction tx, AgreedClock clock, List<String> systems) {
    Map<String, String> notes = new HashMap<>();
    systems.forEach(system -> notes.put(system, note(clock.difference(system))));
    notes.put(THIS_MACHINE, note(clock.ofThisMachine()));
    notes.forEach(
        (whose, note) -> {
          if (!stored.containsKey(whose) || !Objects.equals(stored.get(whose), note)) {
            tx.setSetting(SETTING + whose, note);
          }
        });
    return notes;
  }

  void stored(Map<String, String> notes) {
    stored = notes;
  }

  private static String note(ClockDifference difference) {
    return difference.isConsiderable() ? String.valueOf(difference.ahead().toMillis()) : null;
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
