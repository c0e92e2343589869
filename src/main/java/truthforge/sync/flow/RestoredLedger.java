package truthforge.sync.flow;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.mapping.Capabilities;
import truthforge.sync.merge.Merged;
import truthforge.sync.merge.Sighting.Observation;

/**
 * A ledger that was put back from a copy does not know what it had seen since. A record that shows
 * again what it held when the copy was made, while others hold something newer, looks unchanged;
 * yet somebody may have put the former value back. Such a value gives way, and is listed as a
 * first-meeting difference (promise 1).
 */
public final class RestoredLedger {

  private static final Value YES = new Value.Flag(true);

  private final Collection<Field> fields;
  private final Instant copiedAt;

  private RestoredLedger(Collection<Field> fields, Instant copiedAt) {
    this.fields = fields;
    this.copiedAt = copiedAt;
  }

  /** Null where the ledger is no copy, or has found its way back. */
  static RestoredLedger of(LedgerTransaction tx, Collection<Field> fields) {
    String copied = tx.setting(Ledger.COPIED_AT);
    return copied == null ? null : new RestoredLedger(fields, Instant.parse(copied));
  }

  /** Whether the ledger is a copy that has not found its way back. */
  public static boolean isOne(LedgerTransaction tx) {
    return tx.setting(Ledger.COPIED_AT) != null;
  }

  /**
   * All systems are to be read again from the beginning. Where a change feed looks as if its
   * database had been replaced, it is the ledger that was.
   */
  public static Void readEverything(LedgerTransaction tx, Collection<String> systems) {
    for (String system : systems) {
      tx.setSetting(Sources.FULL_READ + system, Sources.APPROVED);
      Cursor cursor = tx.cursor(system);
      if (cursor.walk() != null) {
        tx.saveCursor(new Cursor(system, cursor.position(), null, cursor.movedAt()));
      }
    }
    return null;
  }

  /** Everything was read since: from now on the ledger knows what it has seen. */
  public static Void foundItsWay(LedgerTransaction tx) {
    tx.setSetting(Ledger.COPIED_AT, null);
    return null;
  }

  /**
   * What a contact held when the ledger was copied is older than what its records say by now. The
   * first that is met of those that came since, and carry its id, is met as if it had held just
   * that: so nothing is revived that was changed since, and no value of a former record comes back
   * (promise 1). One without the id may be a stranger's, of which nothing is known.
   *
   * @param others what is known of the contact's records in all systems
   */
  Replica asItWas(
      Contact before,
      Replica replica,
      Map<String, Replica> others,
      Observation record,
      Capabilities system) {
    boolean first =
        !replica.hasRecord()
            && others.values().stream().noneMatch(one -> one.hasRecord() && knownSince(one));
    if (!first
        || before.version() == 0
        || record.deleted()
        || !before.id().equals(record.contactId())) {
      return replica;
    }
    Map<String, Seen> seen = new LinkedHashMap<>(replica.seen());
    for (Field field : fields) {
      if (!field.isDerived() && system.reads(field.name())) {
        Value held = system.held(field.name(), before.value(field.name()));
        seen.putIfAbsent(field.name(), Seen.of(held));
      }
    }
    return replica.withSeen(seen);
  }

  /**
   * What the contact held, as the ledger knew it, and is replaced by a record that was met {@link
   * #asItWas}.
   */
  List<Conflict> replaced(
      Contact before, Replica was, Observation record, Merged merged, Instant now) {
    List<Conflict> found = new ArrayList<>();
    for (Field field : fields) {
      Value former = before.value(field.name());
      FieldState kept = merged.contact().fields().get(field.name());
      boolean asItWas = !was.hasRecord() && was.seen().containsKey(field.name());
      if (asItWas && !former.isEmpty() && !former.equals(kept.value())) {
        FieldState lost = before.fields().get(field.name());
        Conflict listed =
            listed(before, field.name(), kept.value(), kept, former, lost.by(), lost.at(), now);
        found.add(listed);
      }
    }
    return found;
  }

  /**
   * @param others what is known of the contact's records in all systems
   * @param merged what became of the observation
   * @return values that may have been somebody's edits, and are held nowhere once all are equal
   */
  List<Conflict> mayBeEdits(
      Contact before,
      Replica was,
      Map<String, Replica> others,
      Observation record,
      Merged merged,
      Capabilities system,
      Instant now) {
    List<Conflict> found = new ArrayList<>();
    if (!was.hasRecord() || knownSince(was)) {
      return found;
    }
    boolean changed = record.revision() == null || !record.revision().equals(was.revision());
    for (Field field : fields) {
      Value told = record.values().get(field.name());
      if (told != null && !field.isDerived() && system.reads(field.name())) {
        Value held = system.held(field.name(), before.value(field.name()));
        look(before, was, others, merged, field.name(), told, held, changed, record, now, found);
      }
    }
    Value deleted = record.deleted() ? YES : Value.EMPTY;
    Value held = before.value(Fields.DELETED);
    look(before, was, others, merged, Fields.DELETED, deleted, held, changed, record, now, found);
    return found;
  }

  private void look(
      Contact before,
      Replica was,
      Map<String, Replica> others,
      Merged merged,
      String name,
      Value told,
      Value held,
      boolean changed,
      Observation record,
      Instant now,
      List<Conflict> found) {
    Seen known = was.seen().get(name);
    if (known == null || told.equals(held)) {
      return;
    }
    Instant at = record.modifiedAt() == null ? now : record.modifiedAt();
    FieldState state = before.fields().get(name);
    boolean sameAsThen = known.matches(told);
    if (sameAsThen && changed && before.versionOf(name) > was.sentVersion()) {
      found.add(listed(before, name, before.value(name), state, told, record.system(), at, now));
    } else if (!sameAsThen
        && known.matches(held)
        && merged.conflicts().isEmpty()
        && !merged.contact().value(name).equals(before.value(name))
        && others.values().stream().anyMatch(other -> showsAgain(other, was, name, known))) {
      FieldState kept = merged.contact().fields().get(name);
      String lostBy = state == null ? record.system() : state.by();
      Instant lostAt = state == null || state.at() == null ? at : state.at();
      found.add(listed(before, name, kept.value(), kept, before.value(name), lostBy, lostAt, now));
    }
  }

  /** Whether another record was read since, and still or again shows the same. */
  private boolean showsAgain(Replica other, Replica was, String name, Seen known) {
    return !other.system().equals(was.system())
        && other.hasRecord()
        && knownSince(other)
        && known.equals(other.seen().get(name));
  }

  private boolean knownSince(Replica replica) {
    return replica.readAt() == null || replica.readAt().isAfter(copiedAt);
  }

  private static Conflict listed(
      Contact contact,
      String field,
      Value kept,
      FieldState keptState,
      Value lost,
      String lostBy,
      Instant lostAt,
      Instant now) {
    return new Conflict(
        0,
        contact.id(),
        field,
        Conflict.Kind.FIRST_MEETING,
        kept,
        keptState == null ? lostBy : keptState.by(),
        keptState == null ? null : keptState.at(),
        lost,
        lostBy,
        lostAt,
        now,
        Conflict.Status.SETTLED);
  }
}
