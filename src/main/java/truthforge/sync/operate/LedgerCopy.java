package truthforge.sync.operate;

import java.util.List;
import java.util.Map;
import truthforge.sync.contact.Contact;
import truthforge.sync.flow.Limits;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.Replica;

/** Copies what a plan depends on from one ledger to another, in pages. */
final class LedgerCopy {

  private static final int PAGE = 1000;

  private LedgerCopy() {}

  static void copy(Ledger from, Ledger to, List<String> systems) {
    String after = null;
    while (true) {
      String start = after;
      List<Contact> contacts = from.transaction(tx -> tx.contactsAfter(start, PAGE));
      if (contacts.isEmpty()) {
        break;
      }
      List<String> ids = contacts.stream().map(Contact::id).toList();
      Map<String, Map<String, Replica>> replicas = from.transaction(tx -> tx.replicasOf(ids));
      to.transaction(
          tx -> {
            tx.saveContacts(contacts);
            replicas.values().forEach(of -> tx.saveReplicas(of.values()));
            return null;
          });
      after = ids.get(ids.size() - 1);
    }
    for (String system : systems) {
      copySystem(from, to, system);
    }
    copyHeld(from, to);
  }

  private static void copySystem(Ledger from, Ledger to, String system) {
    var cursor = from.transaction(tx -> tx.cursor(system));
    List<String> names =
        List.of(
            "mapping." + system,
            KnownFields.NAMES + system,
            Cycle.FULL_READ + system,
            Limits.EXEMPT_UNTIL,
            Ledger.COPIED_AT);
    List<String> values =
        from.transaction(tx -> names.stream().map(name -> text(tx.setting(name))).toList());
    to.transaction(
        tx -> {
          tx.saveCursor(cursor);
          for (int i = 0; i < names.size(); i++) {
            if (!values.get(i).isEmpty()) {
              tx.setSetting(names.get(i), values.get(i));
            }
          }
          return null;
        });
  }

  private static String text(String setting) {
    return setting == null ? "" : setting;
  }

  private static void copyHeld(Ledger from, Ledger to) {
    long after = 0;
    while (true) {
      long start = after;
      List<Held> held = from.transaction(tx -> tx.heldAfter(start, PAGE));
      if (held.isEmpty()) {
        return;
      }
      to.transaction(
          tx -> {
            held.forEach(tx::hold);
            return null;
          });
      after = held.get(held.size() - 1).id();
    }
  }
}
