package truthforge.sync.operate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.LedgerTransaction;

/** The ledger's lists for people, whole. */
public final class Lists {

  private static final int PAGE = 1000;

  private Lists() {}

  /** Newest first. */
  public static List<Conflict> conflicts(LedgerTransaction tx) {
    return all(after -> tx.conflicts(false, after, PAGE), Conflict::id);
  }

  /** Those of a contact that wait for a person, newest first. */
  public static List<Conflict> waiting(LedgerTransaction tx, String contactId) {
    if (!tx.waitingFields(Set.of(contactId)).containsKey(contactId)) {
      return List.of();
    }
    return all(after -> tx.conflicts(true, after, PAGE), Conflict::id).stream()
        .filter(conflict -> conflict.contactId().equals(contactId))
        .toList();
  }

  public static List<DeadLetter> deadLetters(LedgerTransaction tx) {
    return all(after -> tx.deadLetters(after, PAGE), DeadLetter::id);
  }

  public static List<Held> held(LedgerTransaction tx) {
    return all(after -> tx.heldAfter(after, PAGE), Held::id);
  }

  private static <T> List<T> all(LongFunction<List<T>> pages, ToLongFunction<T> id) {
    List<T> all = new ArrayList<>();
    List<T> page = pages.apply(0);
    while (!page.isEmpty()) {
      all.addAll(page);
      page = pages.apply(id.applyAsLong(page.get(page.size() - 1)));
    }
    return all;
  }
}
