package truthforge.sync.operate.setup;

import truthforge.sync.config.Finding;
import truthforge.sync.systems.ClockDifference;

/** What {@code doctor} says of a system's clock. */
final class ClockFinding {

  private ClockFinding() {}

  /**
   * @param difference from this machine's clock
   */
  static Finding of(String system, ClockDifference difference) {
    if (!difference.isConsiderable()) {
      return Finding.ok(system, "its clock agrees with this machine's");
    }
    return Finding.warning(
        system,
        0,
        "its clock is " + difference.inWords() + " this machine's",
        "Let this machine, and that system where it is yours, keep time by NTP: the later of two"
            + " edits wins");
  }
}
