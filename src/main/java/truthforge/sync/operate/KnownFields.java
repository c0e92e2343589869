package truthforge.sync.operate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.ledger.UnansweredWrite;
import truthforge.sync.mapping.Limit;

/**
 * Remembers which fields a system has a place for. One that comes is read of all its records before
 * it is written there; one that goes is forgotten as seen, so that it is met as empty should it
 * ever come back: nobody cleared it (promise 6).
 */
public final class KnownFields {

  private static final int PAGE = 500;
  static final String NAMES = "fields.";
  private static final String LIMITS = "limits.";

  private final Ledger ledger;
  private final Participants participants;
  private final boolean remembers;
  private final Map<String, Set<String>> noted = new ConcurrentHashMap<>();
  private final Map<String, Map<String, Limit>> notedLimits = new ConcurrentHashMap<>();

  /**
   * @param remembers false where nothing may be stored
   */
  KnownFields(Ledger ledger, Participants participants, boolean remembers) {
    this.ledger = ledger;
    this.participants = participants;
    this.remembers = remembers;
  }

  /** Takes note of what the system has now, after its schema was read. */
  public void note(String system) {
    Set<String> now = new TreeSet<>(participants.of(system).fieldNames());
    if (!remembers) {
      return;
    }
    noteLimits(system);
    if (now.equals(noted.get(system))) {
      return;
    }
    String told = ledger.transaction(tx -> tx.setting(NAMES + system));
    Set<String> before = told == null ? now : Set.of(told.split(","));
    Set<String> gone = new TreeSet<>(before);
    gone.removeAll(now);
    forget(system, gone);
    if (told == null || !before.equals(now)) {
      ledger.transaction(
          tx -> {
            if (!before.containsAll(now)) {
              Sources.readEverything(tx, system, "field");
            }
            tx.setSetting(NAMES + system, String.join(",", now));
            return null;
          });
    }
    noted.put(system, now);
  }

  /** A field that takes other values than before may take one that was withheld. */
  private void noteLimits(String system) {
    Map<String, Limit> limits = new TreeMap<>(participants.of(system).limits());
    if (limits.equals(notedLimits.get(system))) {
      return;
    }
    Map<String, String> now = new TreeMap<>();
    limits.forEach((field, limit) -> now.put(field, digest(limit)));
    String told = ledger.transaction(tx -> tx.setting(LIMITS + system));
    Map<String, String> before = told == null ? now : parsed(told);
    Set<String> changed = new TreeSet<>(now.keySet());
    changed.addAll(before.keySet());
    changed.removeIf(field -> Objects.equals(now.get(field), before.get(field)));
    forget(system, changed);
    ledger.transaction(
        tx -> {
          if (!changed.isEmpty()) {
            Sources.readEverything(tx, system, "field");
          }
          tx.setSetting(LIMITS + system, written(now));
          return null;
        });
    notedLimits.put(system, limits);
  }

  private static String digest(Limit limit) {
    return UUID.nameUUIDFromBytes(limit.toString().getBytes(UTF_8)).toString();
  }

  private static String written(Map<String, String> limits) {
    return limits.entrySet().stream()
        .map(limit -> limit.getKey() + "=" + limit.getValue())
        .collect(Collectors.joining(","));
  }

  private static Map<String, String> parsed(String written) {
    return Stream.of(written.split(","))
        .filter(limit -> !limit.isEmpty())
        .map(limit -> limit.split("="))
        .collect(Collectors.toMap(limit -> limit[0], limit -> limit[1]));
  }

  /** What the system holds in these fields, and what was last written there, says nothing more. */
  void forget(String system, Set<String> fields) {
    String after = null;
    while (!fields.isEmpty()) {
      String from = after;
      List<Replica> page = ledger.transaction(tx -> tx.replicasAfter(system, from, PAGE));
      if (page.isEmpty()) {
        return;
      }
      List<Replica> changed = new ArrayList<>();
      for (Replica replica : page) {
        Map<String, Seen> seen = new LinkedHashMap<>(replica.seen());
        boolean seenThere = seen.keySet().removeAll(fields);
        List<UnansweredWrite> unanswered = without(fields, replica);
        if (seenThere || !unanswered.equals(replica.unanswered())) {
          changed.add(replica.withSeen(seen).withUnanswered(unanswered));
        }
      }
      ledger.transaction(
          tx -> {
            tx.saveReplicas(changed);
            return null;
          });
      after = page.get(page.size() - 1).contactId();
    }
  }

  private static List<UnansweredWrite> without(Set<String> fields, Replica replica) {
    List<UnansweredWrite> left = new ArrayList<>();
    for (UnansweredWrite write : replica.unanswered()) {
      Set<String> open = new TreeSet<>(write.values().keySet());
      open.removeAll(fields);
      if (!open.isEmpty()) {
        left.add(write.of(open, write.arrived()));
      }
    }
    return left;
  }
}
