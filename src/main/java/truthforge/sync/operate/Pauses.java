package truthforge.sync.operate;

import java.util.List;
import truthforge.sync.ledger.LedgerTransaction;

/** Which systems a person has paused, as the ledger remembers it. */
public final class Pauses {

  private static final String SETTING = "paused.";

  private Pauses() {}

  public static boolean isPaused(LedgerTransaction tx, String system) {
    return tx.setting(SETTING + system) != null;
  }

  static List<String> of(LedgerTransaction tx, List<String> systems) {
    return systems.stream().filter(system -> isPaused(tx, system)).toList();
  }

  /**
   * @return whether it was so before
   */
  static boolean set(LedgerTransaction tx, String system, boolean paused) {
    boolean before = isPaused(tx, system);
    tx.setSetting(SETTING + system, paused ? "yes" : null);
    return before == paused;
  }
}
