package truthforge.sync.ledger;

import java.util.LinkedHashSet;
import java.util.Set;
import truthforge.sync.contact.Value;

/** By what contacts and records are found again; the same in every ledger. */
final class LookUps {

  /** No email address is longer; a longer text is kept in the contact, but finds nobody. */
  private static final int LONGEST = 320;

  private LookUps() {}

  /** The emails or phone numbers that a contact is found by. */
  static Set<String> items(Value value) {
    Set<String> items = new LinkedHashSet<>();
    if (value instanceof Value.Items list) {
      for (String item : list.items()) {
        if (item.length() <= LONGEST) {
          items.add(item);
        }
      }
    }
    return items;
  }

  /** What the letter is about: what is observed is a record, what is delivered is a contact. */
  static String record(DeadLetter letter) {
    return switch (letter.direction()) {
      case OBSERVE -> letter.externalId() == null ? letter.contactId() : letter.externalId();
      case DELIVER -> letter.contactId() == null ? letter.externalId() : letter.contactId();
    };
  }

  /** What is held: a record, or, where its id is not known, a contact, or the whole system. */
  static String record(Held held) {
    if (held.externalId() != null) {
      return held.externalId();
    }
    return held.contactId() == null ? "" : held.contactId();
  }
}
