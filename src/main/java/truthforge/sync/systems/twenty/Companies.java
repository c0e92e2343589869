package truthforge.sync.systems.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Companies by id and by name, as far as they are known: a bounded memory of look-ups, each good
 * for a while. A person's record names its company by id alone.
 */
final class Companies {

  private static final int MOST = 20_000;
  private static final Duration GOOD_FOR = Duration.ofMinutes(10);

  private final Clock clock;
  private final Map<String, Company> byId = bounded();
  private final Map<String, Company> byName = bounded();

  enum State {
    LIVE,
    IN_TRASH,
    /** There is none of that id: it was destroyed. */
    DESTROYED
  }

  /**
   * @param name null for one that is destroyed
   */
  record Company(String id, String name, State state, Instant seenAt) {}

  Companies(Clock clock) {
    this.clock = clock;
  }

  private static Map<String, Company> bounded() {
    return new LinkedHashMap<>(64, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, Company> eldest) {
        return size() > MOST;
      }
    };
  }

  private boolean isGood(Company company) {
    return company != null && !company.seenAt().plus(GOOD_FOR).isBefore(clock.instant());
  }

  /** Whether it was looked up lately. */
  synchronized boolean isKnown(String id) {
    return isGood(byId.get(id));
  }

  synchronized Set<String> unknownIds(Collection<String> ids) {
    return ids.stream().filter(id -> !isGood(byId.get(id))).collect(Collectors.toSet());
  }

  synchronized List<String> unknownNames(Collection<String> names) {
    return names.stream().filter(name -> !isGood(byName.get(name))).toList();
  }

  /** Takes in a company as it is; of two live ones of a name, the first that is learnt counts. */
  synchronized void learn(JsonNode company) {
    boolean live = !company.hasNonNull("deletedAt");
    Company told =
        new Company(
            company.path("id").asText(),
            company.path("name").asText(""),
            live ? State.LIVE : State.IN_TRASH,
            clock.instant());
    Company former = byId.put(told.id(), told);
    if (former != null && former.name() != null) {
      byName.remove(former.name(), former);
    }
    Company namesake = byName.get(told.name());
    if (live && (!isGood(namesake) || namesake.id().equals(told.id()))) {
      byName.put(told.name(), told);
    }
  }

  /** Takes note that a look-up did not find them, not even in the trash. */
  synchronized void learnDestroyed(Collection<String> ids) {
    for (String id : ids) {
      Company former = byId.put(id, new Company(id, null, State.DESTROYED, clock.instant()));
      if (former != null && former.name() != null) {
        byName.remove(former.name(), former);
      }
    }
  }

  /** Null where it is not known. */
  synchronized Company of(String id) {
    return byId.get(id);
  }

  /**
   * @throws IllegalStateException when the company was not looked up before
   */
  synchronized String idOf(String name) {
    Company company = byName.get(name);
    if (company == null) {
      throw new IllegalStateException("A company was not looked up before it was needed");
    }
    return company.id();
  }

  /** What is known may have gone: it is looked up anew. */
  synchronized void forget() {
    byId.clear();
    byName.clear();
  }
}
