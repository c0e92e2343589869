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
import java.util.Objects;
import java.util.Optional;
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
import truthforge.sync.ledger.Seen;
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

  private static final int LETTERS = 500;

  /** As many as the largest page of most systems. */
  static final int STORED_TOGETHER = 1000;

  private static final Value YES = new Value.Flag(true);
  private static final int HISTORY_LOOKED_AT = 1000;

  private final Ledger ledger;
  private final Participants participants;
  private final Merge merge;
  private final Due due;
  private final Supplier<String> contactIds;
  private final Clock clock;
  private final Deciding deciding;
  private final Forgetting forgetting;

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
    this.deciding = new Deciding(ledger, merge, clock);
    this.forgetting = new Forgetting(participants, clock);
  }

  /** What people decide about contacts. */
  public Deciding deciding() {
    return deciding;
  }

  /** Contacts that are to stay erased. */
  public Forgetting forgetting() {
    return forgetting;
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

  /**
   * Stores a page, and its cursor in the transaction that stores the last of it. A large page is
   * stored in several transactions: a webhook is not answered while one runs.
   */
  public Stored store(Page page, Limits limits) {
    Stored stored = new Stored(0, 0, 0, 0);
    Page rest = page;
    boolean parts = isDivisible(page) && !isHeld(page.system());
    while (parts && rest.sightings().size() > STORED_TOGETHER) {
      List<Sighting> first = rest.sightings().subList(0, STORED_TOGETHER);
      Page part = new Page(page.system(), first, null);
      stored = stored.plus(ledger.transaction(tx -> store(tx, part, limits)));
      rest =
          new Page(
              page.system(),
              rest.sightings().subList(STORED_TOGETHER, rest.sightings().size()),
              page.cursor());
    }
    Page last = rest;
    return stored.plus(ledger.transaction(tx -> store(tx, last, limits)));
  }

  /** What is gone is to be seen together with what came in its place. */
  private static boolean isDivisible(Page page) {
    return page.sightings().size() > STORED_TOGETHER
        && page.alarm() == null
        && page.sightings().stream().noneMatch(Gone.class::isInstance);
  }

  /** The page with the cursor may let it go, and what came before would be missing. */
  private boolean isHeld(String system) {
    return ledger.transaction(tx -> Sources.heldFor(tx, system)) != null;
  }

  /** The same within a transaction of the caller. */
  Stored store(LedgerTransaction tx, Page page, Limits limits) {
    if (Sources.withholds(tx, page, clock.instant())) {
      return new Stored(page.sightings().size(), 0, 1, 0);
    }
    Session session = new Session(tx, page.system(), limits);
    session.load(page.sightings(), List.of());
    session.releaseParked(page.sightings());
    page.sightings().forEach(session::observe);
    session.holdSurprises();
    Stored stored = session.save();
    if (page.cursor() != null) {
      // Promise 3: the cursor moves only with what the page held.
      tx.saveCursor(page.cursor());
      Sources.carriedOut(tx, page.cursor());
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
          String surplus = session.approved(record, contactId);
          Stored stored = session.save();
          if (surplus != null) {
            Map<String, Contact> both = tx.contacts(List.of(contactId, surplus));
            deciding.unite(tx, both.get(contactId), both.get(surplus));
          }
          return stored;
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
      throw new IllegalArgumentException("Nothing is held under number " + heldId);
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

  /** Takes the hold off the records that it, and nothing else, kept from being written. */
  private static void release(LedgerTransaction tx, Held held) {
    tx.removeHeld(held.id());
    Set<String> kept = Candidates.free(tx, held.system(), held.candidates());
    if (held.contactId() != null) {
      kept.add(held.contactId());
    }
    List<Replica> freed = new ArrayList<>();
    tx.replicasOf(kept)
        .forEach(
            (contactId, replicas) -> {
              Replica replica = replicas.get(held.system());
              if (isHeldBy(replica, held)) {
                freed.add(replica.withState(Replica.State.FREE));
              }
            });
    tx.saveReplicas(freed);
  }

  /** A candidate is held as long as it has no record; what it has may be held for itself. */
  private static boolean isHeldBy(Replica replica, Held held) {
    return replica != null
        && replica.state() == Replica.State.HELD
        && (!replica.hasRecord() || replica.contactId().equals(held.contactId()));
  }

  private boolean isUntold(Capabilities capabilities, String name, Observation record) {
    return merge.fields().find(name) != null
        && capabilities.reads(name)
        && !record.values().containsKey(name);
  }

  /**
   * The replica of a record that was asked for by itself, and may be written again. What it is to
   * put back and does not tell then either may be as old as the rest: should it ever be told, it is
   * met as for the first time, and clears nothing (promise 6).
   */
  Replica askedFor(Replica replica, Observation record) {
    if (!Sources.isToPutBack(replica)) {
      return replica.withRereadDue(false);
    }
    Capabilities capabilities = participants.of(replica.system());
    Map<String, Seen> told = new LinkedHashMap<>(replica.seen());
    told.keySet().removeIf(name -> isUntold(capabilities, name, record));
    return replica
        .withSeen(told)
        .withReading(record.modifiedAt(), clock.instant())
        .withRereadDue(false);
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
    private final Map<String, DeadLetter> unreadable = new HashMap<>();
    private Map<String, Set<String>> waiting = Map.of();
    private final boolean refusedSource;
    private final RestoredLedger restored;

    private final List<Pending> pending = new ArrayList<>();
    private final List<Absorbing> absorbing = new ArrayList<>();
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

    /** A record of a contact that was merged into another, taken in when all others are. */
    private record Absorbing(String contactId, Observation record) {}

    /**
     * Records that wait because of a contact whose id they carry, by that; null until asked for.
     */
    private Map<String, Held> waitingForAContact;

    Session(LedgerTransaction tx, String system, Limits limits) {
      this.tx = tx;
      this.system = system;
      this.capabilities = participants.of(system);
      this.limits = limits;
      this.refusedSource = Sources.REFUSED.equals(tx.setting(Sources.FULL_READ + system));
      this.restored = RestoredLedger.of(tx, merge.fields().all());
    }

    void load(List<? extends Sighting> sightings, Collection<String> contactIds) {
      Set<String> external = new LinkedHashSet<>();
      Set<String> ids = new LinkedHashSet<>(contactIds);
      Set<String> emails = new LinkedHashSet<>();
      Set<String> phones = new LinkedHashSet<>();
      sightings.forEach(sighting -> external.add(sighting.externalId()));
      external.remove(null);
      Map<String, String> known = tx.contactIdsByExternalId(system, external);
      Set<String> leaving = new LinkedHashSet<>();
      contactOfRecord.putAll(known);
      ids.addAll(known.values());
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
      unreadable.putAll(tx.unreadable(system, external));
      // What waits because of a record must be there to be let go with it.
      heldRecords.values().forEach(entry -> ids.addAll(entry.candidates()));
      loaded.putAll(tx.contacts(ids));
      loadThoseTheyBecame();
      contacts.putAll(loaded);
      loadedReplicas.putAll(tx.replicasOf(loaded.keySet()));
      loadedReplicas.forEach((id, of) -> replicas.put(id, new LinkedHashMap<>(of)));
      waiting = tx.waitingFields(loaded.keySet());
    }

    private void loadThoseTheyBecame() {
      Collection<Contact> some = List.copyOf(loaded.values());
      while (!some.isEmpty()) {
        Set<String> missing = new LinkedHashSet<>();
        for (Contact contact : some) {
          if (contact.mergedInto() != null && !loaded.containsKey(contact.mergedInto())) {
            missing.add(contact.mergedInto());
          }
        }
        Map<String, Contact> more = missing.isEmpty() ? Map.of() : tx.contacts(missing);
        loaded.putAll(more);
        some = more.values();
      }
    }

    /** The contact that this one is part of: itself, unless a person merged it into another. */
    private Contact survivor(Contact contact) {
      Contact survivor = contact;
      while (survivor.mergedInto() != null && contacts.containsKey(survivor.mergedInto())) {
        survivor = contacts.get(survivor.mergedInto());
      }
      return survivor;
    }

    /** What was parked because it could not be read, and can be by now, is parked no more. */
    private void releaseParked(List<? extends Sighting> sightings) {
      if (tx.countDeadLetters(system) == 0) {
        return;
      }
      Set<String> readable = new LinkedHashSet<>();
      for (Sighting sighting : sightings) {
        if (!(sighting instanceof Unreadable)) {
          readable.add(sighting.externalId());
        }
      }
      long after = 0;
      List<DeadLetter> letters = tx.deadLetters(after, LETTERS);
      while (!letters.isEmpty()) {
        for (DeadLetter letter : letters) {
          after = letter.id();
          if (letter.direction() == DeadLetter.Direction.OBSERVE
              && letter.target().equals(system)
              && letter.externalId() != null
              && readable.contains(letter.externalId())) {
            tx.removeDeadLetter(letter.id());
          }
        }
        letters = tx.deadLetters(after, LETTERS);
      }
    }

    void observe(Sighting sighting) {
      read++;
      if (!(sighting instanceof Unreadable)) {
        readAtLast(sighting);
      }
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

    private void link(Observation told) {
      Held earlier = heldRecords.get(told.externalId());
      // What it does not tell any more is as it was when it was held.
      Observation record =
          earlier == null ? told : told.after(ObservationJson.read(earlier.observation()));
      if (forgetting.isForgotten(tx, record)) {
        releaseRecord(record.externalId());
        forgetting.again(tx, record);
        return;
      }
      if (Refusals.areAny(tx, system) && Refusals.stands(tx, record)) {
        // Whatever became of others meanwhile, it has not changed itself.
        return;
      }
      Contact carried = record.contactId() == null ? null : contacts.get(record.contactId());
      if (carried != null && carried.mergedInto() != null) {
        Contact survivor = survivor(carried);
        boolean isItsOwnId = record.contactId().equals(record.externalId());
        if (!isItsOwnId && !linkedHere(survivor.id())) {
          carried = survivor;
        } else if (!linkedHere(carried.id())) {
          releaseRecord(record.externalId());
          merge(carried.id(), record);
          return;
        }
      }
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
      } else if (link instanceof Linker.Link.New && forgetting.mayBeForgotten(tx, record)) {
        holdUnlinked(
            record,
            Held.Reason.FORGOTTEN,
            new Linker.Link.Hold(
                List.of(), "an email or phone number of it was that of somebody forgotten"));
      } else if (link instanceof Linker.Link.New fresh) {
        releaseRecord(record.externalId());
        create(record, fresh.contactId());
      } else if (link instanceof Linker.Link.Hold hold) {
        holdUnlinked(record, Held.Reason.AMBIGUOUS, hold);
        if (carried != null && linkedHere(carried.id())) {
          // Whether the record that has its contact is still there.
          Replica other = replica(carried.id());
          replicas.get(carried.id()).put(system, other.withRereadDue(true));
        }
      }
    }

    private String create(Observation record, String carriedId) {
      String id = carriedId == null ? contactIds.get() : carriedId;
      contacts.put(id, Contact.blank(id));
      Map<String, Replica> all = new LinkedHashMap<>();
      participants.names().forEach(name -> all.put(name, Replica.absent(id, name)));
      replicas.put(id, all);
      merge(id, record);
      return id;
    }

    private List<Contact> matches(Map<String, Set<String>> index, List<String> keys) {
      Set<String> ids = new TreeSet<>();
      keys.forEach(key -> ids.addAll(index.getOrDefault(key, Set.of())));
      Map<String, Contact> found = new LinkedHashMap<>();
      for (String id : ids) {
        Contact contact = contacts.get(id);
        if (contact != null) {
          Contact survivor = survivor(contact);
          found.put(survivor.id(), survivor);
        }
      }
      return List.copyOf(found.values());
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
      if (before.mergedInto() != null && !survivor(before).equals(before)) {
        absorbing.add(new Absorbing(contactId, record));
        return;
      }
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
      boolean revived =
          refusedSource
              && !replica.hasRecord()
              && (before.isDeleted() || was.state() == Replica.State.GONE);
      Merged merged =
          revived || Sources.isToPutBack(replica)
              ? putBack(before, replica, record)
              : observed(before, replica, record);
      pending.add(new Pending(contactId, record, null, before, was, merged, earlier));
      apply(merged);
    }

    private Merged observed(Contact before, Replica replica, Observation record) {
      Map<String, Replica> others = replicas.get(before.id());
      Collection<Replica> all = others.values();
      if (restored == null) {
        return merge.observe(before, replica, all, record, capabilities, now);
      }
      Replica was = restored.asItWas(before, replica, others, record, capabilities);
      Merged merged = merge.observe(before, was, all, record, capabilities, now);
      List<Conflict> more = new ArrayList<>(merged.conflicts());
      more.addAll(restored.mayBeEdits(before, was, others, record, merged, capabilities, now));
      more.addAll(restored.replaced(before, was, record, merged, now));
      return new Merged(merged.contact(), merged.replica(), merged.changes(), List.copyOf(more));
    }

    /**
     * A record of a contact that was merged into another. What was edited in it is an edit of the
     * one that stays (promise 1); the record itself is deleted, whatever it says.
     */
    private void absorb(Absorbing one) {
      Contact merged = contacts.get(one.contactId());
      Observation record = one.record();
      Replica was = replica(merged.id());
      if (was == null) {
        was = Replica.absent(merged.id(), system);
      }
      Contact survivor = survivor(merged);
      Map<String, Seen> seen = new LinkedHashMap<>(was.seen());
      seen.put(
          Fields.DELETED,
          Seen.of(survivor.isDeleted() ? YES : Value.EMPTY)); // Its deletion is not the question.
      Observation edits =
          new Observation(
              system,
              record.externalId(),
              record.revision(),
              null,
              record.values(),
              survivor.isDeleted(),
              record.modifiedAt(),
              record.createdAt());
      Merged taken =
          merge.observe(
              survivor, was.ofContact(survivor.id()).withSeen(seen), edits, capabilities, now);
      Replica own = replica(survivor.id());
      apply(
          new Merged(
              taken.contact(),
              own == null ? Replica.absent(survivor.id(), system) : own,
              taken.changes(),
              taken.conflicts()));
      changes.addAll(taken.changes());
      conflicts.addAll(taken.conflicts());
      seen = new LinkedHashMap<>(taken.replica().seen());
      seen.put(Fields.DELETED, Seen.of(record.deleted() ? YES : Value.EMPTY));
      Replica left =
          was.withExternalId(record.externalId())
              .withRevision(record.revision())
              .withSeen(seen)
              .withReading(record.modifiedAt(), now)
              .withUnanswered(taken.replica().unanswered())
              .withRereadDue(false);
      boolean restored =
          !record.deleted() && merged.versionOf(Fields.DELETED) <= left.sentVersion();
      apply(
          restored
              ? merge.restoreRecord(merged, left, record, capabilities, now)
              : new Merged(merged, left, List.of(), List.of()));
    }

    /**
     * What a person refused is not taken over. What is found in it that the contact never held was
     * entered since, and is listed (promise 1).
     */
    private Merged putBack(Contact before, Replica replica, Observation record) {
      boolean inPart =
          replica.seen().keySet().stream().anyMatch(name -> isUntold(capabilities, name, record));
      Merged merged = putBackAsTold(before, replica, record);
      if (!inPart) {
        return merged;
      }
      Replica toPutBack = merged.replica().withReading(record.modifiedAt(), null);
      return new Merged(
          merged.contact(), toPutBack.withRereadDue(true), merged.changes(), merged.conflicts());
    }

    private Merged putBackAsTold(Contact before, Replica replica, Observation record) {
      Merged merged = merge.putBack(before, replica, record, capabilities, now);
      if (merged.conflicts().isEmpty()) {
        return merged;
      }
      Instant modified = record.modifiedAt();
      Instant known = replica.recordTime();
      boolean editedSince =
          modified == null
              || known == null
              || modified.isAfter(known)
              || now.isBefore(known) // Our clock ran back: times tell nothing.
              // In the same state it differs only in what it did not tell then.
              || Objects.equals(record.revision(), replica.revision());
      if (editedSince) {
        return merged;
      }
      Set<String> held = new LinkedHashSet<>();
      for (Change change : tx.history(before.id(), HISTORY_LOOKED_AT)) {
        held.add(change.field() + "=" + change.before());
        held.add(change.field() + "=" + change.after());
      }
      List<Conflict> entered =
          merged.conflicts().stream()
              .filter(conflict -> !held.contains(conflict.field() + "=" + conflict.lost()))
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
              : merge.gone(
                  before,
                  was.withState(Replica.State.FREE),
                  replicas.get(contactId).values(),
                  capabilities,
                  now);
      pending.add(new Pending(contactId, null, gone, before, was, merged, earlier));
      apply(merged);
      contactOfRecord.remove(gone.externalId());
      successor(contactId).ifPresent(this::link);
    }

    /**
     * What waits because it carries the id of a contact that had another record here: REPLACE in
     * SQLite tells the new row, and not that it took the place of another.
     */
    private Optional<Observation> successor(String contactId) {
      if (waitingForAContact == null) {
        waitingForAContact = new HashMap<>();
        for (Held waits : tx.countHeld(system) == 0 ? List.<Held>of() : Candidates.all(tx)) {
          note(waits);
        }
      }
      Held waits = waitingForAContact.remove(contactId);
      if (waits == null) {
        return Optional.empty();
      }
      heldRecords.put(waits.externalId(), waits);
      return Optional.of(ObservationJson.read(waits.observation()));
    }

    private void note(Held waits) {
      boolean unlinked = waits.why() == Held.Reason.AMBIGUOUS && waits.externalId() != null;
      if (unlinked && waits.system().equals(system)) {
        String carried = ObservationJson.read(waits.observation()).contactId();
        if (waits.candidates().contains(carried)) {
          waitingForAContact.put(carried, waits);
        }
      }
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

    private void holdUnlinked(Observation record, Held.Reason why, Linker.Link.Hold hold) {
      if (Refusals.stands(tx, record)) {
        return;
      }
      held++;
      Held earlier = heldRecords.get(record.externalId());
      tx.hold(
          new Held(
              0,
              why,
              system,
              record.externalId(),
              null,
              hold.candidates(),
              ObservationJson.write(record),
              hold.reason(),
              now));
      if (earlier != null && !hold.candidates().containsAll(earlier.candidates())) {
        freeCandidates(earlier);
      }
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
        freeCandidates(entry);
      }
    }

    private void freeCandidates(Held entry) {
      for (String candidate : Candidates.free(tx, system, entry.candidates())) {
        Replica replica = replica(candidate);
        if (isHeldBy(replica, entry)) {
          replicas.get(candidate).put(system, replica.withState(Replica.State.FREE));
        }
      }
    }

    private void park(Unreadable record) {
      parked++;
      DeadLetter earlier = unreadable.get(record.externalId());
      String contactId = contactOfRecord.get(record.externalId());
      if (record.holds() && contactId != null) {
        replicas.get(contactId).put(system, replica(contactId).withState(Replica.State.HELD));
      }
      tx.park(
          new DeadLetter(
              0,
              DeadLetter.Direction.OBSERVE,
              system,
              null,
              record.externalId(),
              String.valueOf(record.record()),
              record.reason(),
              earlier == null ? 1 : earlier.attempts() + 1,
              earlier == null ? now : earlier.firstAt(),
              now));
    }

    /** What could be read by now, or is gone, is parked no more. */
    private void readAtLast(Sighting sighting) {
      DeadLetter letter = unreadable.remove(sighting.externalId());
      if (letter != null) {
        tx.removeDeadLetter(letter.id());
      }
    }

    private Instant countedSince() {
      Instant since = now.minus(Limits.WINDOW);
      String exempt = tx.setting(Limits.EXEMPT_UNTIL);
      Instant until = exempt == null ? since : Instant.parse(exempt);
      return until.isAfter(since) ? until : since;
    }

    /** Promise 8: what would be a big surprise waits for a person. */
    void holdSurprises() {
      // Counting all contacts takes the longer the more there are.
      long deletions = limits.areNone() ? 0 : pending.stream().filter(this::deletes).count();
      Map<String, Long> perField = new HashMap<>();
      for (Pending one : pending) {
        if (!limits.areNone() && one.before().version() > 0) {
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
      if (one.record() != null && one.earlier() != null) {
        record = record.after(ObservationJson.read(one.earlier().observation()));
      }
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

    /**
     * @return the contact that the record was made one of, and that is to become the given one;
     *     null where there is nothing more to do
     */
    String approved(Observation record, String contactId) {
      read++;
      String surplus = null;
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
          // Its own for a moment, so that all that two contacts are united by holds for it too.
          surplus = createUnlinked(record);
        } else {
          merge(contactId, record);
        }
      } else {
        String carried = record.contactId();
        boolean carries = carried != null && !carried.isEmpty();
        if (carries && contacts.containsKey(carried) && !linkedHere(carried)) {
          // Its own contact came to be known since, from another system.
          merge(carried, record);
        } else {
          createUnlinked(record);
        }
      }
      pending.forEach(this::accept);
      pending.clear();
      return surplus;
    }

    private String createUnlinked(Observation record) {
      String carried = record.contactId();
      boolean usable = carried != null && !carried.isEmpty() && !contacts.containsKey(carried);
      return create(record, usable ? carried : null);
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
      absorbing.forEach(this::absorb);
      List<Contact> changedContacts = new ArrayList<>();
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
