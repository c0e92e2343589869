package truthforge.sync.flow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import truthforge.sync.ledger.LedgerTransaction;

/**
 * Contacts of writes that got no answer: it may have been the system, or one of them. They are
 * given after all others, group by group; of a group that gets no answer again each half is one.
 * What got none alone, again, while others were taken, is not the system's fault.
 */
final class Suspects {

  /** So many are not refused one by one: the system is away, and the oldest are as all others. */
  private static final int MOST = 2000;

  private static final String SETTING = "unanswered.";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<List<List<String>>> GROUPS = new TypeReference<>() {};

  private final List<List<String>> groups;
  private final Set<String> ids = new HashSet<>();

  private Suspects(List<List<String>> groups) {
    this.groups = groups;
    groups.forEach(ids::addAll);
  }

  /** What outlived the pass, or the process, before. */
  static Suspects of(LedgerTransaction tx, String system) {
    String stored = tx.setting(SETTING + system);
    try {
      return new Suspects(
          stored == null ? new ArrayList<>() : new ArrayList<>(JSON.readValue(stored, GROUPS)));
    } catch (JsonProcessingException e) {
      return new Suspects(new ArrayList<>());
    }
  }

  void save(LedgerTransaction tx, String system) {
    try {
      tx.setSetting(SETTING + system, ids.isEmpty() ? null : JSON.writeValueAsString(groups));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Texts are always JSON", e);
    }
  }

  boolean isEmpty() {
    return ids.isEmpty();
  }

  Set<String> ids() {
    return Set.copyOf(ids);
  }

  boolean contains(String contactId) {
    return ids.contains(contactId);
  }

  boolean isAlone(String contactId) {
    return groups.contains(List.of(contactId));
  }

  /** Those of the first group that has any in question; none where no group has. */
  List<String> next(Collection<String> inQuestion) {
    for (List<String> group : groups) {
      List<String> found = group.stream().filter(inQuestion::contains).toList();
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  /** These got no answer together: each half of them is a group from now on. */
  void unanswered(List<String> contactIds) {
    retain(id -> !contactIds.contains(id));
    int half = contactIds.size() / 2;
    add(contactIds.subList(0, half));
    add(contactIds.subList(half, contactIds.size()));
    while (ids.size() > MOST) {
      ids.removeAll(groups.remove(0));
    }
  }

  private void add(List<String> group) {
    if (!group.isEmpty()) {
      groups.add(List.copyOf(group));
      ids.addAll(group);
    }
  }

  void retain(Predicate<String> which) {
    if (ids.removeIf(which.negate())) {
      groups.replaceAll(group -> group.stream().filter(which).toList());
      groups.removeIf(List::isEmpty);
    }
  }
}
