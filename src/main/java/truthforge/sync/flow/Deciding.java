package truthforge.sync.flow;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Merged;
import truthforge.sync.merge.Union;

/**
 * What people decide about contacts: each decision is one transaction of the ledger, and an edit
 * like any other, which the next deliveries carry out (promise 9). What cannot be done as asked is
 * an {@link IllegalArgumentException} with the reason for people.
 */
public final class Deciding {

  /** Who decided, in the history and as the origin of a value. */
  public static final String OPERATOR = "operator";

  /** Set for a contact with the ids, line by line, of those that were merged into it. */
  static final String MERGED = "merged-into.";

  private static final int PAGE = 1000;
  private static final int ALL = Integer.MAX_VALUE;

  private final Ledger ledger;
  private final Merge merge;
  private final Clock clock;

  public Deciding(Ledger ledger, Merge merge, Clock clock) {
    this.ledger = ledger;
    this.merge = merge;
    this.clock = clock;
  }

  // Conflicts

  /** What a field is to hold, told from its conflict. */
  public interface Choice {
    Value of(Conflict conflict);
  }

  /** Makes the chosen value an edit, and takes every conflict about that field off the waiting. */
  public void resolve(long conflictId, Choice choice) {
    ledger.transaction(
        tx -> {
          Conflict conflict = tx.conflict(conflictId);
          if (conflict == null) {
            throw new IllegalArgumentException("There is no conflict " + conflictId);
          }
          Contact contact = required(tx, conflict.contactId());
          Value value = choice.of(conflict);
          Instant now = clock.instant();
          // Also where the value stays: the field's new version makes it due where it waited.
          save(
              tx,
              contact,
              merge.decide(
                  contact, nobody(contact), Map.of(conflict.field(), value), OPERATOR, now));
          settle(tx, contact.id(), Set.of(conflict.field()));
          tx.setConflictStatus(conflictId, Conflict.Status.RESOLVED);
          listWhatCameSince(tx, conflict, contact, value, now);
          return null;
        });
  }

  /** A value that the conflict does not show may be one that its judge has not seen (promise 1). */
  private static void listWhatCameSince(
      LedgerTransaction tx, Conflict conflict, Contact contact, Value decided, Instant now) {
    String field = conflict.field();
    Value present = contact.value(field);
    if (List.of(conflict.kept(), conflict.lost(), decided).contains(present)) {
      return;
    }
    FieldState state = contact.fields().get(field);
    tx.addConflicts(
        List.of(
            new Conflict(
                0,
                contact.id(),
                field,
                Conflict.Kind.EDIT,
                decided,
                OPERATOR,
                now,
                present,
                state == null ? OPERATOR : state.by(),
                state == null ? now : state.at(),
                now,
                Conflict.Status.SETTLED)));
  }

  /** What waits for a person in these fields (null: in all) waits no more. */
  private static void settle(LedgerTransaction tx, String contactId, Set<String> fields) {
    waiting(tx, contactId, fields)
        .forEach(id -> tx.setConflictStatus(id, Conflict.Status.RESOLVED));
  }

  private static List<Long> waiting(LedgerTransaction tx, String contactId, Set<String> fields) {
    List<Long> waiting = new ArrayList<>();
    if (!tx.waitingFields(List.of(contactId)).containsKey(contactId)) {
      return waiting;
    }
    long after = 0;
    List<Conflict> page = tx.conflicts(true, after, PAGE);
    while (!page.isEmpty()) {
      page.stream()
          .filter(one -> one.contactId().equals(contactId))
          .filter(one -> fields == null || fields.contains(one.field()))
          .forEach(one -> waiting.add(one.id()));
      after = page.get(page.size() - 1).id();
      page = tx.conflicts(true, after, PAGE);
    }
    return waiting;
  }

  /** Other conflicts about the same field that wait: whoever decides one decides them all. */
  public static List<Long> waitingWith(LedgerTransaction tx, Conflict conflict) {
    List<Long> others = waiting(tx, conflict.contactId(), Set.of(conflict.field()));
    others.remove(conflict.id());
    return others;
  }

  /** A decision is made in none of the systems. */
  private static Replica nobody(Contact contact) {
    return Replica.absent(contact.id(), OPERATOR);
  }

  private static Contact required(LedgerTransaction tx, String contactId) {
    Contact contact = tx.contacts(List.of(contactId)).get(contactId);
    if (contact == null) {
      throw new IllegalArgumentException("There is no contact " + contactId);
    }
    return contact;
  }

  /** Stores an edit of a person; what was parked is tried again by itself. */
  private static void save(LedgerTransaction tx, Contact before, Merged merged) {
    Contact contact = merged.contact();
    tx.saveContacts(List.of(contact));
    List<Replica> changed = new ArrayList<>();
    tx.replicasOf(List.of(before.id()))
        .getOrDefault(before.id(), Map.of())
        .forEach(
            (system, replica) -> {
              Replica next = Observing.settled(contact, Observing.unparked(replica));
              if (!next.equals(replica)) {
                changed.add(next);
              }
            });
    tx.saveReplicas(changed);
    tx.addHistory(merged.changes());
    tx.addConflicts(merged.conflicts());
  }

  // History

  /**
   * Gives every field the value that it had at that version.
   *
   * @return the fields that differed
   */
  public List<String> revert(String contactId, long version) {
    return ledger.transaction(
        tx -> {
          Contact contact = required(tx, contactId);
          Map<String, Value> values = asOf(tx, contact, version);
          values
              .entrySet()
              .removeIf(field -> field.getValue().equals(contact.value(field.getKey())));
          if (!values.isEmpty()) {
            save(
                tx,
                contact,
                merge.decide(contact, nobody(contact), values, OPERATOR, clock.instant()));
            settle(tx, contactId, values.keySet());
          }
          return List.copyOf(values.keySet());
        });
  }

  /** What the fields that changed since held at that version. */
  private Map<String, Value> asOf(LedgerTransaction tx, Contact contact, long version) {
    if (version < 1 || version > contact.version()) {
      throw new IllegalArgumentException(
          "The contact " + contact.id() + " has versions 1 to " + contact.version());
    }
    List<Change> history = tx.history(contact.id(), ALL);
    boolean whole = history.stream().anyMatch(change -> change.version() == 1);
    if (!whole && history.stream().noneMatch(change -> change.version() <= version)) {
      throw new IllegalArgumentException(
          "The history of " + contact.id() + " does not go back to version " + version);
    }
    Map<String, Value> values = new TreeMap<>();
    for (Change change : history) {
      Field field = merge.fields().find(change.field());
      boolean counts =
          field != null
              ? !field.isDerived()
              : change.field().equals(Fields.DELETED) || change.field().equals(Fields.MERGED_INTO);
      if (change.version() > version && counts) {
        values.put(change.field(), change.before());
      }
    }
    return values;
  }

  // Merging

  /**
   * What became of two contacts.
   *
   * @param moved systems whose record of {@code goes} is now one of {@code stays}
   * @param surplus systems whose record of {@code goes} is to be deleted
   */
  public record Joined(
      String stays,
      String goes,
      long version,
      List<String> moved,
      List<String> surplus,
      int conflicts) {}

  /** Makes two contacts one; the first stays, unless only the second has an email. */
  public Joined merge(String first, String second) {
    return ledger.transaction(
        tx -> {
          Contact a = required(tx, first);
          Contact b = required(tx, second);
          boolean swapped =
              a.value(Fields.EMAILS_FIELD).isEmpty() && !b.value(Fields.EMAILS_FIELD).isEmpty();
          return swapped ? unite(tx, b, a) : unite(tx, a, b);
        });
  }

  /** Within a transaction of the caller. */
  Joined unite(LedgerTransaction tx, Contact stays, Contact goes) {
    if (stays.id().equals(goes.id())) {
      throw new IllegalArgumentException("A contact cannot be merged with itself");
    }
    for (Contact one : List.of(stays, goes)) {
      if (one.mergedInto() != null) {
        throw new IllegalArgumentException(
            "The contact " + one.id() + " is part of " + one.mergedInto() + " already");
      }
    }
    Map<String, Map<String, Replica>> replicas = tx.replicasOf(List.of(stays.id(), goes.id()));
    Map<String, Replica> ours = new LinkedHashMap<>(replicas.getOrDefault(stays.id(), Map.of()));
    Map<String, Replica> theirs = new LinkedHashMap<>(replicas.getOrDefault(goes.id(), Map.of()));
    requireFree(ours);
    requireFree(theirs);
    Instant now = clock.instant();
    Union.United united = merge.unite(stays, goes, OPERATOR, now);
    List<String> moved = new ArrayList<>();
    List<String> surplus = new ArrayList<>();
    List<Replica> changed = new ArrayList<>();
    for (Map.Entry<String, Replica> entry : theirs.entrySet()) {
      String system = entry.getKey();
      Replica their = entry.getValue();
      Replica our = ours.getOrDefault(system, Replica.absent(stays.id(), system));
      if (movesOver(their, our)) {
        moved.add(system);
        ours.put(system, withoutCreations(their.ofContact(stays.id())));
        their = their.gone();
      } else if (their.hasRecord()) {
        surplus.add(system);
      } else if (their.state() == Replica.State.HELD) {
        if (!our.hasRecord()) {
          ours.put(system, our.withState(Replica.State.HELD));
        }
        their = their.withState(Replica.State.FREE);
      }
      changed.add(Observing.settled(united.goes(), Observing.unparked(their)));
    }
    ours.values()
        .forEach(
            replica -> changed.add(Observing.settled(united.stays(), Observing.unparked(replica))));
    tx.saveContacts(List.of(united.stays(), united.goes()));
    tx.saveReplicas(changed);
    tx.addHistory(united.changes());
    tx.addConflicts(united.conflicts());
    settle(tx, goes.id(), null);
    theirs
        .keySet()
        .forEach(
            system ->
                tx.removeDeadLetters(DeadLetter.Direction.DELIVER, system, List.of(goes.id())));
    renameCandidate(tx, goes.id(), stays.id());
    Set<String> merged = new LinkedHashSet<>(mergedInto(tx, stays.id()));
    merged.add(goes.id());
    tx.setSetting(MERGED + stays.id(), String.join("\n", merged));
    return new Joined(
        stays.id(), goes.id(), united.stays().version(), moved, surplus, united.conflicts().size());
  }

  /**
   * Whether the record can become one of the other contact: where that has none, and none may be on
   * its way. A record whose own id is the contact's stays what it is.
   */
  private static boolean movesOver(Replica their, Replica our) {
    return their.hasRecord()
        && !their.externalId().equals(their.contactId())
        && !our.hasRecord()
        && our.unanswered().isEmpty()
        && !our.rereadDue();
  }

  /** A record that is still on its way carries the id of the contact it was created for. */
  private static Replica withoutCreations(Replica replica) {
    return replica.withUnanswered(
        replica.unanswered().stream().filter(write -> !write.ofAnother()).toList());
  }

  /** What a person must decide about a record is decided before it is merged. */
  private static void requireFree(Map<String, Replica> replicas) {
    replicas
        .values()
        .forEach(
            replica -> {
              if (replica.hasRecord() && replica.state() == Replica.State.HELD) {
                throw new IllegalArgumentException(
                    "A change of "
                        + replica.contactId()
                        + " in "
                        + replica.system()
                        + " is held: approve or refuse it first");
              }
            });
  }

  private static void renameCandidate(LedgerTransaction tx, String from, String to) {
    for (Held held : Candidates.naming(tx, null, from)) {
      Set<String> candidates = new LinkedHashSet<>();
      held.candidates().forEach(id -> candidates.add(id.equals(from) ? to : id));
      tx.hold(
          new Held(
              held.id(),
              held.why(),
              held.system(),
              held.externalId(),
              held.contactId(),
              List.copyOf(candidates),
              held.observation(),
              held.reason(),
              held.at()));
    }
  }

  /** Contacts that were once merged into this one. */
  static List<String> mergedInto(LedgerTransaction tx, String contactId) {
    String merged = tx.setting(MERGED + contactId);
    return merged == null ? List.of() : List.of(merged.split("\n"));
  }

  // Dead letters

  /** Takes a dead letter off the list; what it is about is tried again when it changes. */
  public void discard(long deadLetterId) {
    ledger.transaction(
        tx -> {
          if (tx.deadLetter(deadLetterId) == null) {
            throw new IllegalArgumentException("There is no dead letter " + deadLetterId);
          }
          tx.removeDeadLetter(deadLetterId);
          return null;
        });
  }
}
