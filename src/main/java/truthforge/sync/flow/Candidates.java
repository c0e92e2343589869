package truthforge.sync.flow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.LedgerTransaction;

/** Contacts that a held record may belong to: nothing is created for them there meanwhile. */
final class Candidates {

  private static final int PAGE = 500;

  private Candidates() {}

  /**
   * All that is held and names the contact as a candidate.
   *
   * @param system null for any
   */
  static List<Held> naming(LedgerTransaction tx, String system, String contactId) {
    List<Held> found = all(tx);
    found.removeIf(
        held ->
            (system != null && !held.system().equals(system))
                || !held.candidates().contains(contactId));
    return found;
  }

  /** All that is held. */
  static List<Held> all(LedgerTransaction tx) {
    List<Held> found = new ArrayList<>();
    long after = 0;
    List<Held> page = tx.heldAfter(after, PAGE);
    while (!page.isEmpty()) {
      found.addAll(page);
      after = page.get(page.size() - 1).id();
      page = tx.heldAfter(after, PAGE);
    }
    return found;
  }

  /** Those of these contacts that no held record of the system names any more. */
  static Set<String> free(LedgerTransaction tx, String system, Collection<String> contactIds) {
    Set<String> free = new HashSet<>();
    for (String id : contactIds) {
      if (naming(tx, system, id).isEmpty()) {
        free.add(id);
      }
    }
    return free;
  }
}
