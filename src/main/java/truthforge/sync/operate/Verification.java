package truthforge.sync.operate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Refusals;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.mapping.Capabilities;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;

/**
 * Compares what the systems hold with the canonical contacts, page by page, changing nothing.
 *
 * <p>Absent and deleted are equal. A value that is what the system made of the canonical one when
 * it was last sent is not different. Records that are held or parked are counted as such by others,
 * and are neither missing, extra nor different here; one that a person left alone is not extra.
 */
final class Verification {

  private static final int LEDGER_PAGE = 1000;
  private static final int MOST_DIFFERENCES = 100;

  private final Ledger ledger;
  private final Participants participants;
  private final Map<String, Count> counts = new LinkedHashMap<>();
  private final List<Difference> differences = new ArrayList<>();

  /**
   * One record that is not what it should be.
   *
   * @param field null where the record as a whole is meant
   */
  record Difference(String system, String contactId, String externalId, String field) {}

  /** What was found in one system. */
  static final class Count {
    long matched;
    long missing;
    long extra;
    long different;
    boolean complete;
    private long excused;
  }

  Verification(Ledger ledger, Participants participants) {
    this.ledger = ledger;
    this.participants = participants;
    participants.names().forEach(system -> counts.put(system, new Count()));
  }

  Map<String, Count> counts() {
    return counts;
  }

  /** The first ones, for people to look at. */
  List<Difference> differences() {
    return List.copyOf(differences);
  }

  void compare(Page page) {
    ledger.transaction(
        tx -> {
          compare(tx, page);
          return null;
        });
  }

  private void compare(LedgerTransaction tx, Page page) {
    String system = page.system();
    Capabilities capabilities = participants.of(system);
    Count count = counts.get(system);
    Set<String> external = new LinkedHashSet<>();
    page.sightings().forEach(sighting -> external.add(sighting.externalId()));
    external.remove(null);
    Map<String, Replica> replicas = tx.replicasByExternalId(system, external);
    Map<String, Held> held = tx.heldByExternalId(system, external);
    Map<String, Contact> contacts =
        tx.contacts(replicas.values().stream().map(Replica::contactId).toList());
    for (Sighting sighting : page.sightings()) {
      if (!(sighting instanceof Observation record)) {
        continue;
      }
      Replica replica = replicas.get(record.externalId());
      if (replica == null) {
        if (!held.containsKey(record.externalId())
            && !record.deleted()
            && !Refusals.stands(tx, record)) {
          count.extra++;
          note(system, record.contactId(), record.externalId(), null);
        }
        continue;
      }
      Contact contact = contacts.get(replica.contactId());
      boolean excused =
          replica.state() == Replica.State.HELD || replica.state() == Replica.State.PARKED;
      if (record.deleted()) {
        if (excused && !contact.isDeleted()) {
          count.excused++;
        }
        continue;
      }
      if (contact.isDeleted()) {
        if (!excused) {
          count.extra++;
          note(system, contact.id(), record.externalId(), Fields.DELETED);
        }
        continue;
      }
      count.matched++;
      String differing = excused ? null : differingField(contact, replica, record, capabilities);
      if (differing != null) {
        count.different++;
        note(system, contact.id(), record.externalId(), differing);
      }
    }
  }

  private static String differingField(
      Contact contact, Replica replica, Observation record, Capabilities system) {
    if (record.contactId() != null && !record.contactId().equals(contact.id())) {
      return Fields.CONTACT_ID;
    }
    for (Map.Entry<String, Value> told : record.values().entrySet()) {
      String field = told.getKey();
      Value value = told.getValue();
      if (value.equals(system.held(field, contact.value(field)))) {
        continue;
      }
      Seen seen = replica.seen().get(field);
      boolean asTheSystemMadeIt =
          seen != null && seen.matches(value) && contact.versionOf(field) <= replica.sentVersion();
      if (!asTheSystemMadeIt && system.writes(field)) {
        return field;
      }
    }
    return null;
  }

  /** The system was read to its end: what was not there is missing. */
  void complete(String system) {
    Count count = counts.get(system);
    count.complete = true;
    long live = ledger.transaction(tx -> tx.countContacts(false));
    count.missing =
        Math.max(0, live - count.matched - count.excused - excusedWithoutRecord(system));
    if (count.missing > 0) {
      note(system, null, null, null);
    }
  }

  /** Live contacts that a held or parked state keeps from having a record. */
  private long excusedWithoutRecord(String system) {
    long any =
        ledger.transaction(
            tx ->
                tx.countReplicas(system, Replica.State.HELD)
                    + tx.countReplicas(system, Replica.State.PARKED));
    if (any == 0) {
      return 0;
    }
    long excused = 0;
    String after = null;
    while (true) {
      String from = after;
      List<Replica> page = ledger.transaction(tx -> tx.replicasAfter(system, from, LEDGER_PAGE));
      if (page.isEmpty()) {
        return excused;
      }
      List<String> without =
          page.stream()
              .filter(
                  replica ->
                      !replica.hasRecord()
                          && (replica.state() == Replica.State.HELD
                              || replica.state() == Replica.State.PARKED))
              .map(Replica::contactId)
              .toList();
      excused +=
          ledger.transaction(tx -> tx.contacts(without)).values().stream()
              .filter(contact -> !contact.isDeleted())
              .count();
      after = page.get(page.size() - 1).contactId();
    }
  }

  boolean isClean() {
    return counts.values().stream()
        .allMatch(c -> c.complete && c.missing == 0 && c.extra == 0 && c.different == 0);
  }

  private void note(String system, String contactId, String externalId, String field) {
    if (differences.size() < MOST_DIFFERENCES) {
      differences.add(new Difference(system, contactId, externalId, field));
    }
  }
}
