package truthforge.sync.flow;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.mapping.Capabilities;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Linker;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Merged;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Gone;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Sighting.Unreadable;

/**
 * The one door through which everything comes in that was read from a system: links, merges, holds
 * or parks it, and stores the result with the cursor.
 */
public final class Observing {

  private static final Value YES = new Value.Flag(true);
  private static final int HISTORY_LOOKED_AT = 1000;

  private final Ledger ledger;
  private final Participants participants;
  private final Merge merge;
  private final Due due;
  private final Supplier<String> contactIds;
  private final Clock clock;

  public Observing(
      Ledger ledger,
      Participants participants,
      Merge merge,
      Due due,
      Supplier<String> contactIds,
      Clock clock) {
    this.ledger = ledger;
    this.participants = participants;
    this.merge = merge;
    this.due = due;
    this.contactIds = contactIds;
    this.clock = clock;
  }

  /**
   * What storing a page did.
   *
   * @param read records that were told
   * @param changed contacts that changed by it
   */
  public record Stored(int read, int changed, int held, int parked) {
    public Stored plus(Stored other) {
      return new Stored(
          read + other.read, changed + other.changed, held + other.held, parked + other.parked);
    }
  }

  /** Stores a page and its cursor in one transaction. */
  public Stored store(Page page, Limits limits) {
    return ledger.transaction(tx -> store(tx, page, limits));
  }

  /** The same within a transaction of the caller. */
  Stored store(LedgerTransaction tx, Page page, Limits limits) {
    if (Sources.withholds(tx, page, clock.instant())) {
      return new Stored(page.sightings().size(), 0, 1, 0);
    }
    Session session = new Session(tx, page.system(), limits);
    session.load(page.sightings(), List.of());
    page.sightings().forEach(session::observe);
    session.holdSurprises();
    Stored stored = session.save();
    if (page.cursor() != null) {
      // Promise 3: the cursor moves only with what the page held.
      tx.saveCursor(page.cursor());
    }
    return stored;
  }

  /** Merges a held observation as if it were new, whatever it was held for. */
  public Stored approve(long heldId, String contactId) {
    return ledger.transaction(
        tx -> {
          Held held = required(tx, heldId);
          if (Sources.isAbout(held)) {
            return decided(tx, held, true);
          }
          Observation record = ObservationJson.read(held.observation());
          release(tx, held);
          Session session = new Session(tx, held.system(), Limits.none());
          session.load(List.of(record), contactId == null ? List.of() : List.of(contactId));
          session.approved(record, contactId);
          return session.save();
        });
  }

  /**
   * Drops a held observation: the record is made what the contact is, or where it belongs to none,
   * it is left alone until it changes.
   */
  public Stored refuse(long heldId) {
    return ledger.transaction(
        tx -> {
          Held held = required(tx, heldId);
          if (Sources.isAbout(held)) {
            return decided(tx, held, false);
          }
          release(tx, held);
          Observation record = ObservationJson.read(held.observation());
          Session session = new Session(tx, held.system(), Limits.none());
          session.load(List.of(record), List.of());
          session.refused(record);
          return session.save();
        });
  }

  /**
   * A whole source. Approved, what it says is taken over: of an emptied one, that all is deleted;
   * refused, it is made what the contacts are.
   */
  private Stored decided(LedgerTransaction tx, Held held, boolean approved) {
    Stored all = new Stored(0, 0, 0, 0);
    if (held.why() == Held.Reason.EMPTY_SOURCE) {
      for (List<Replica> page : Sources.records(tx, held.system())) {
        List<Gone> gone =
            page.stream().map(replica -> new Gone(held.system(), replica.externalId())).toList();
        Session session = new Session(tx, held.system(), Limits.none());
        session.load(gone, List.of());
        gone.forEach(one -> session.emptied(one, approved));
        all = all.plus(session.save());
      }
    }
    Sources.decide(tx, held, approved);
    return all;
  }

  private static Held required(LedgerTransaction tx, long heldId) {
    Held held = tx.held(heldId);
    if (held == null) {
      throw new IllegalArgumentException(
          "Nothing is held under number " + heldId + "; see: held list");
    }
    return held;
  }

  /** The same, to be tried again at once where it was parked. */
  static Replica unparked(Replica replica) {
    return replica.state() == Replica.State.PARKED
        ? replica.withState(Replica.State.FREE).withFailure(0, null, replica.lastError())
        : replica;
  }

  /**
   * Absent and deleted are equal: where there is no record of a deleted contact, nothing is due,
   * and the deletion need not wait for the record of truth to hold one.
   */
  static Replica settled(Contact contact, Replica replica) {
    return contact.isDeleted() && !replica.hasRecord() && replica.sentVersion() < contact.version()
        ? replica.withSentVersion(contact.version())
        : replica;
  }

  /** Takes the hold off the records that it kept from being written. */
  private static void release(LedgerTransaction tx, Held held) {
    tx.removeHeld(held.id());
    Set<String> kept = new LinkedHashSet<>(held.candidates());
    if (held.contactId() != null) {
      kept.add(held.contactId());
    }
    List<Replica> freed = new ArrayList<>();
    tx.replicasOf(kept)
        .values()
        .forEach(
            replicas -> {
              Replica replica = replicas.get(held.system());
              if (replica != null && replica.state() == Replica.State.HELD) {
                freed.add(replica.withState(Replica.State.FREE));
              }
            });
    tx.saveReplicas(freed);
  }

  /** One transaction's view: what it loaded, and what it changed. */
  private final class Session {
    private final LedgerTransaction tx;
    private final String system;
    private final Capabilities capabilities;
    private final Limits limits;
    private final Instant now = clock.instant();

    private final Map<String, Contact> contacts = new HashMap<>();
    private final Map<String, Contact> loaded = new HashMap<>();
    private final Map<String, Map<String, Replica>> replicas = new HashMap<>();
    private final Map<String, Map<String, Replica>> loadedReplicas = new HashMap<>();
    private final Map<String, String> contactOfRecord = new HashMap<>();
    private final Map<String, Set<String>> byEmail = new HashMap<>();
    private final Map<String, Set<String>> byPhone = new HashMap<>();
    private final Map<String, Held> heldRecords = new HashMap<>();
    private Map<String, Set<String>> waiting = Map.of();
    private final boolean refusedSource;

    private final List<Pending> pending = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Conflict> conflicts = new ArrayList<>();
    private int read;
    private int held;
    private int parked;

    /** A merge that is known but may yet be held. */
    private record Pending(
        String contactId,
        Observation record,
        Gone gone,
        Contact before,
        Replica was,
        Merged merged,
        Held earlier) {}

    Session(LedgerTransaction tx, String system, Limits limits) {
      this.tx = tx;
      this.system = system;
      this.capabilities = participants.of(system);
      this.limits = limits;
      this.refusedSource = Sources.REFUSED.equals(tx.setting(Sources.FULL_READ + system));
    }

    void load(List<? extends Sighting> sightings, Collection<String> contactIds) {
      Set<String> external = new LinkedHashSet<>();
      Set<String> ids = new LinkedHashSet<>(contactIds);
      Set<String> emails = new LinkedHashSet<>();
      Set<String> phones = new LinkedHashSet<>();
      sightings.forEach(sighting -> external.add(sighting.externalId()));
      external.remove(null);
      Map<String, Replica> known = tx.replicasByExternalId(system, external);
      Set<String> leaving = new LinkedHashSet<>();
      known.forEach(
          (externalId, replica) -> {
            contactOfRecord.put(externalId, replica.contactId());
            ids.add(replica.contactId());
          });
      for (Sighting sighting : sightings) {
        if (sighting instanceof Gone) {
          leaving.add(sighting.externalId());
        }
        if (sighting instanceof Observation record
            && (!known.containsKey(record.externalId()) || leaving.contains(record.externalId()))) {
          if (record.contactId() != null && !record.contactId().isEmpty()) {
            ids.add(record.contactId());
          }
          emails.addAll(Linker.emails(record));
          phones.addAll(Linker.phones(record));
        }
      }
      if (!emails.isEmpty()) {
        tx.contactIdsByEmail(emails).forEach((email, of) -> byEmail.put(email, new TreeSet<>(of)));
        byEmail.values().forEach(ids::addAll);
      }
      if (!phones.isEmpty()) {
        tx.contactIdsByPhone(phones).forEach((phone, of) -> byPhone.put(phone, new TreeSet<>(of)));
        byPhone.values().forEach(ids::addAll);
      }
      heldRecords.putAll(tx.heldByExternalId(system, external));
      // What waits because of a record must be there to be let go with it.
      heldRecords.values().forEach(entry -> ids.addAll(entry.candidates()));
      loaded.putAll(tx.contacts(ids));
      contacts.putAll(loaded);
      loadedReplicas.putAll(tx.replicasOf(loaded.keySet()));
      loadedReplicas.forEach((id, of) -> replicas.put(id, new LinkedHashMap<>(of)));
      waiting = tx.waitingFields(loaded.keySet());
    }

    void observe(Sighting sighting) {
      read++;
      if (sighting instanceof Observation record) {
        String contactId = contactOfRecord.get(record.externalId());
        if (contactId == null) {
          link(record);
        } else {
          merge(contactId, record);
        }
      } else if (sighting instanceof Gone gone) {
        gone(gone);
      } else if (sighting instanceof Unreadable unreadable) {
        // Promise 7: one bad record stops nothing else.
        park(unreadable);
      }
    }

    private void link(Observation record) {
      Contact carried = record.contactId() == null ? null : contacts.get(record.contactId());
      Linker.Link link =
          Linker.link(
              record,
              carried,
              matches(byEmail, Linker.emails(record)),
              matches(byPhone, Linker.phones(record)),
              this::linkedHere);
      if (link instanceof Linker.Link.To to) {
        releaseRecord(record.externalId());
        merge(to.contactId(), record);
      } else if (link instanceof Linker.Link.New fresh) {
        releaseRecord(record.externalId());
        create(record, fresh.contactId());
      } else if (link instanceof Linker.Link.Hold hold) {
        holdUnlinked(record, hold);
      }
    }

    private void create(Observation record, String carriedId) {
      String id = carriedId == null ? contactIds.get() : carriedId;
      contacts.put(id, Contact.blank(id));
      Map<String, Replica> all = new LinkedHashMap<>();
      participants.names().forEach(name -> all.put(name, Replica.absent(id, name)));
      replicas.put(id, all);
      merge(id, record);
    }

    private List<Contact> matches(Map<String, Set<String>> index, List<String> keys) {
      Set<String> ids = new TreeSet<>();
      keys.forEach(key -> ids.addAll(index.getOrDefault(key, Set.of())));
      return ids.stream().map(contacts::get).filter(c -> c != null).toList();
    }

    private boolean linkedHere(String contactId) {
      Replica replica = replica(contactId);
      return replica != null && replica.hasRecord();
    }

    private Replica replica(String contactId) {
      Map<String, Replica> of = replicas.get(contactId);
      return of == null ? null : of.get(system);
    }

    private void merge(String contactId, Observation record) {
      Contact before = contacts.get(contactId);
      Replica was = replica(contactId);
      if (was == null) {
        was = Replica.absent(contactId, system);
      }
      Replica replica = was;
      if (!replica.hasRecord() && replica.state() == Replica.State.HELD) {
        replica = replica.withState(Replica.State.FREE);
      }
      Held earlier = null;
      if (replica.hasRecord() && replica.state() == Replica.State.HELD) {
        // Looked at anew: what was held may have been taken back, or is held again below.
        earlier = heldRecords.remove(record.externalId());
        replica = replica.withState(Replica.State.FREE);
      }
      boolean revived = refusedSource && !replica.hasRecord() && before.isDeleted();
      Merged merged =
          revived || Sources.isToPutBack(replica)
              ? putBack(before, replica, record)
              : merge.observe(before, replica, record, capabilities, now);
      pending.add(new Pending(contactId, record, null, before, was, merged, earlier));
      apply(merged);
    }

    /**
     * What a person refused is not taken over. What is found in it that the contact never held was
     * entered since, and is listed (promise 1).
     */
    private Merged putBack(Contact before, Replica replica, Observation record) {
      Merged merged = merge.putBack(before, replica, record, capabilities, now);
      if (merged.conflicts().isEmpty()) {
        return merged;
      }
      boolean editedSince =
          record.modifiedAt() == null
              || replica.recordTime() == null
              || record.modifiedAt().isAfter(replica.recordTime());
      if (editedSince) {
        return merged;
      }
      Set<String> known = new LinkedHashSet<>();
      for (Change change : tx.history(before.id(), HISTORY_LOOKED_AT)) {
        known.add(change.field() + "=" + change.before());
        known.add(change.field() + "=" + change.after());
      }
      List<Conflict> entered =
          merged.conflicts().stream()
              .filter(conflict -> !known.contains(conflict.field() + "=" + conflict.lost()))
              .toList();
      return new Merged(merged.contact(), merged.replica(), merged.changes(), entered);
    }

    /** A record of a source that is empty at once, as a person decided. */
    void emptied(Gone gone, boolean deleted) {
      if (deleted) {
        gone(gone);
        pending.forEach(this::accept);
        pending.clear();
      } else {
        String contactId = contactOfRecord.remove(gone.externalId());
        replicas.get(contactId).put(system, replica(contactId).gone());
      }
    }

    private void gone(Gone gone) {
      String contactId = contactOfRecord.get(gone.externalId());
      if (contactId == null) {
        releaseRecord(gone.externalId());
        return;
      }
      Held earlier = heldRecords.remove(gone.externalId());
      Contact before = contacts.get(contactId);
      Replica was = replica(contactId);
      Merged merged =
          Sources.isToPutBack(was)
              ? new Merged(before, was.gone(), List.of(), List.of())
              : merge.gone(before, was.withState(Replica.State.FREE), capabilities, now);
      pending.add(new Pending(contactId, null, gone, before, was, merged, earlier));
      apply(merged);
      contactOfRecord.remove(gone.externalId());
    }

    private void apply(Merged merged) {
      Contact contact = merged.contact();
      Contact before = contacts.put(contact.id(), contact);
      replicas
          .computeIfAbsent(contact.id(), id -> new LinkedHashMap<>())
          .put(system, merged.replica());
      if (merged.replica().hasRecord()) {
        contactOfRecord.put(merged.replica().externalId(), contact.id());
      }
      index(byEmail, contact.id(), before, contact, Fields.EMAILS_FIELD);
      index(byPhone, contact.id(), before, contact, Fields.PHONES_FIELD);
    }

    private void index(
        Map<String, Set<String>> index, String id, Contact before, Contact after, String field) {
      if (before.value(field).equals(after.value(field))) {
        return;
      }
      items(before.value(field))
          .forEach(
              item -> {
                Set<String> of = index.get(item);
                if (of != null) {
                  of.remove(id);
                }
              });
      items(after.value(field))
          .forEach(item -> index.computeIfAbsent(item, i -> new TreeSet<>()).add(id));
    }

    private static List<String> items(Value value) {
      return value instanceof Value.Items items ? items.items() : List.of();
    }

    private void holdUnlinked(Observation record, Linker.Link.Hold hold) {
      if (Refusals.stands(tx, record)) {
        return;
      }
      held++;
      tx.hold(
          new Held(
              0,
              Held.Reason.AMBIGUOUS,
              system,
              record.externalId(),
              null,
              hold.candidates(),
              ObservationJson.write(record),
              hold.reason(),
              now));
      for (String candidate : hold.candidates()) {
        Replica replica = replica(candidate);
        if (replica != null && !replica.hasRecord()) {
          replicas.get(candidate).put(system, replica.withState(Replica.State.HELD));
        }
      }
    }

    private void releaseRecord(String externalId) {
      Held entry = heldRecords.remove(externalId);
      if (entry != null) {
        tx.removeHeld(entry.id());
        for (String candidate : entry.candidates()) {
          Replica replica = replica(candidate);
          if (replica != null && replica.state() == Replica.State.HELD) {
            replicas.get(candidate).put(system, replica.withState(Replica.State.FREE));
          }
        }
      }
    }

    private void park(Unreadable unreadable) {
      parked++;
      tx.park(
          new DeadLetter(
              0,
              DeadLetter.Direction.OBSERVE,
              system,
              null,
              unreadable.externalId(),
              String.valueOf(unreadable.record()),
              unreadable.reason(),
              1,
              now,
              now));
    }

    private Instant countedSince() {
      Instant since = now.minus(Limits.WINDOW);
      String exempt = tx.setting(Limits.EXEMPT_UNTIL);
      Instant until = exempt == null ? since : Instant.parse(exempt);
      return until.isAfter(since) ? until : since;
    }

    /** Promise 8: what would be a big surprise waits for a person. */
    void holdSurprises() {
      long deletions = pending.stream().filter(this::deletes).count();
      Map<String, Long> perField = new HashMap<>();
      for (Pending one : pending) {
        if (one.before().version() > 0) {
          one.merged().changes().stream()
              .filter(change -> change.by().equals(system))
              .map(Change::field)
              .filter(field -> !field.equals(Fields.DELETED))
              .distinct()
              .forEach(field -> perField.merge(field, 1L, Long::sum));
        }
      }
      boolean tooManyDeletions = false;
      Set<String> massFields = new TreeSet<>();
      if (deletions > 0 || perField.values().stream().anyMatch(count -> count > 0)) {
        Instant since = countedSince();
        long all = tx.countContacts(false);
        tooManyDeletions =
            deletions > 0
                && limits.tooManyDeletions(deletions + tx.countDeletionsSince(since), all);
        for (Map.Entry<String, Long> field : perField.entrySet()) {
          if (limits.tooManyFieldChanges(
              field.getValue() + tx.countFieldChangesSince(system, field.getKey(), since), all)) {
            massFields.add(field.getKey());
          }
        }
      }
      Map<String, List<Pending>> perContact = new LinkedHashMap<>();
      pending.forEach(
          one -> perContact.computeIfAbsent(one.contactId(), id -> new ArrayList<>()).add(one));
      for (List<Pending> ofContact : perContact.values()) {
        Surprise surprise = null;
        for (Pending one : ofContact) {
          if (surprise == null) {
            surprise = surprise(one, tooManyDeletions, massFields);
          }
        }
        if (surprise == null) {
          ofContact.forEach(this::accept);
        } else {
          hold(ofContact, surprise);
        }
      }
      pending.clear();
    }

    private record Surprise(Held.Reason why, String reason) {}

    /** Why a merge must wait for a person; null where it need not. */
    private Surprise surprise(Pending one, boolean tooManyDeletions, Set<String> massFields) {
      if (tooManyDeletions && deletes(one)) {
        return new Surprise(
            Held.Reason.TOO_MANY_DELETIONS, "more deletions within an hour than allowed");
      }
      if (!massFields.isEmpty() && touches(one, massFields)) {
        return new Surprise(
            Held.Reason.TOO_MANY_CHANGES,
            "more changes of " + String.join(", ", massFields) + " within an hour than allowed");
      }
      // What waits for a person goes on waiting when it is read again, however late.
      Held earlier = one.earlier();
      boolean still =
          earlier != null
              && (earlier.why() == Held.Reason.TOO_MANY_DELETIONS
                  ? deletes(one)
                  : !one.merged().changes().isEmpty());
      return still ? new Surprise(earlier.why(), earlier.reason()) : null;
    }

    private boolean deletes(Pending one) {
      return one.before().version() > 0
          && one.merged().changes().stream()
              .anyMatch(
                  change -> change.field().equals(Fields.DELETED) && change.after().equals(YES));
    }

    private boolean touches(Pending one, Set<String> massFields) {
      return one.before().version() > 0
          && one.merged().changes().stream().anyMatch(c -> massFields.contains(c.field()));
    }

    private void accept(Pending one) {
      if (one.earlier() != null) {
        tx.removeHeld(one.earlier().id());
      }
      changes.addAll(one.merged().changes());
      conflicts.addAll(one.merged().conflicts());
    }

    private void hold(List<Pending> ofContact, Surprise surprise) {
      Pending first = ofContact.get(0);
      contacts.put(first.contactId(), first.before());
      replicas
          .get(first.contactId())
          .put(
              system,
              first.was().withState(Replica.State.HELD).withReading(first.was().recordTime(), now));
      ofContact.forEach(one -> hold(one, surprise));
    }

    private void hold(Pending one, Surprise surprise) {
      held++;
      Observation record =
          one.record() != null
              ? one.record()
              : new Observation(
                  system, one.gone().externalId(), null, null, Map.of(), true, null, null);
      tx.hold(
          new Held(
              0,
              surprise.why(),
              system,
              record.externalId(),
              one.contactId(),
              List.of(),
              ObservationJson.write(record),
              surprise.reason(),
              now));
    }

    void approved(Observation record, String contactId) {
      read++;
      String linked = contactOfRecord.get(record.externalId());
      if (linked != null) {
        if (isGone(record)) {
          gone(new Gone(system, record.externalId()));
        } else {
          merge(linked, record);
        }
      } else if (contactId != null) {
        if (!contacts.containsKey(contactId)) {
          throw new IllegalArgumentException("There is no contact " + contactId);
        }
        if (linkedHere(contactId)) {
          throw new IllegalArgumentException(
              "The contact " + contactId + " is linked with another record of " + system);
        }
        merge(contactId, record);
      } else {
        String carried = record.contactId();
        boolean carries = carried != null && !carried.isEmpty();
        if (carries && contacts.containsKey(carried) && !linkedHere(carried)) {
          // Its own contact came to be known since, from another system.
          merge(carried, record);
        } else {
          create(record, carries && !contacts.containsKey(carried) ? carried : null);
        }
      }
      pending.forEach(this::accept);
      pending.clear();
    }

    /** How a hard deletion is held: a record of which nothing is left. */
    private static boolean isGone(Observation record) {
      return record.deleted() && record.revision() == null && record.values().isEmpty();
    }

    void refused(Observation record) {
      String linked = contactOfRecord.get(record.externalId());
      if (linked == null) {
        Refusals.remember(tx, record);
        return;
      }
      if (isGone(record)) {
        replicas.get(linked).put(system, replica(linked).gone());
        return;
      }
      Merged merged =
          merge.restoreRecord(contacts.get(linked), replica(linked), record, capabilities, now);
      apply(merged);
      changes.addAll(merged.changes());
      conflicts.addAll(merged.conflicts());
    }

    Stored save() {
      Set<Contact> changedContacts = new LinkedHashSet<>();
      for (Map.Entry<String, Contact> entry : contacts.entrySet()) {
        if (!entry.getValue().equals(loaded.get(entry.getKey()))
            && entry.getValue().version() > 0) {
          changedContacts.add(entry.getValue());
        }
      }
      changedContacts.forEach(this::afterChange);
      tx.saveContacts(changedContacts);
      tx.saveReplicas(changedReplicas());
      tx.addHistory(changes);
      tx.addConflicts(conflicts);
      return new Stored(read, changedContacts.size(), held, parked);
    }

    /** A later change of the contact tries a parked record again by itself. */
    private void afterChange(Contact contact) {
      Contact before = loaded.get(contact.id());
      boolean newVersion = before == null || before.version() < contact.version();
      Map<String, Replica> of = replicas.get(contact.id());
      if (newVersion) {
        of.replaceAll((name, replica) -> unparked(replica));
      }
    }

    private Collection<Replica> changedReplicas() {
      List<Replica> changed = new ArrayList<>();
      replicas.forEach(
          (contactId, of) -> {
            Contact contact = contacts.get(contactId);
            if (contact.version() == 0) {
              return;
            }
            Map<String, Replica> before = loadedReplicas.getOrDefault(contactId, Map.of());
            of.forEach(
                (name, replica) -> {
                  Replica current = raised(contact, settled(contact, replica), name);
                  Replica old = before.get(name);
                  if (old == null || !sameBesidesReading(old, current)) {
                    changed.add(current);
                  }
                });
          });
      return changed;
    }

    /** Where nothing differs, nothing is due: the version rises without a write. */
    private Replica raised(Contact contact, Replica replica, String name) {
      if (replica.sentVersion() >= contact.version()
          || !replica.hasRecord()
          || !name.equals(system)
          || replica.state() != Replica.State.FREE) {
        return replica;
      }
      return due.holdsEverything(
              contact, replica, capabilities, waiting.getOrDefault(contact.id(), Set.of()))
          ? replica.withSentVersion(contact.version())
          : replica;
    }

    private static boolean sameBesidesReading(Replica a, Replica b) {
      return a.withReading(b.recordTime(), b.readAt()).equals(b);
    }
  }
}
