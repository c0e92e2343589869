package truthforge.sync.merge;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Edited;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Names;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.ledger.UnansweredWrite;
import truthforge.sync.mapping.Capabilities;
import truthforge.sync.merge.Policies.Policy;
import truthforge.sync.merge.Sighting.Observation;

/**
 * The three-way merge: what a system's record says now, what it was last known to say, and what all
 * agreed on. Pure: the same arguments always give the same result.
 */
public final class Merge {

  private static final Value YES = new Value.Flag(true);

  private final Fields fields;
  private final Policies policies;

  public Merge(Fields fields, Policies policies) {
    this.fields = fields;
    this.policies = policies;
  }

  /**
   * Observes a record.
   *
   * @param contact the contact that the record is linked with; {@link Contact#blank} for a new one
   * @param replica what is known of the record so far
   * @param now time of the reading
   */
  public Merged observe(
      Contact contact, Replica replica, Observation record, Capabilities system, Instant now) {
    return observe(contact, replica, List.of(), record, system, now);
  }

  /**
   * @param all what is known of the contact's records in all systems
   */
  public Merged observe(
      Contact contact,
      Replica replica,
      Collection<Replica> all,
      Observation record,
      Capabilities system,
      Instant now) {
    return new Observing(contact, replica, all, system, record.system(), now).observe(record);
  }

  /**
   * Takes note that a record is gone, which is a deletion unless others edited meanwhile.
   *
   * @param all what is known of the contact's records in all systems
   */
  public Merged gone(
      Contact contact, Replica replica, Collection<Replica> all, Capabilities system, Instant now) {
    return new Observing(contact, replica, all, system, replica.system(), now).gone();
  }

  /**
   * Takes note of what a record holds without taking any of it over: the record is due what the
   * contact holds.
   */
  public Merged restoreRecord(
      Contact contact, Replica replica, Observation record, Capabilities system, Instant now) {
    return new Observing(contact, replica, List.of(), system, record.system(), now)
        .restoreRecord(record);
  }

  /**
   * The same, where nobody has looked at the values: what differs from what the record was last
   * known to hold is listed as having given way.
   */
  public Merged putBack(
      Contact contact, Replica replica, Observation record, Capabilities system, Instant now) {
    Observing run = new Observing(contact, replica, List.of(), system, record.system(), now);
    run.listDifferences(record);
    return run.restoreRecord(record);
  }

  /** Makes a person's decision an edit of its own. */
  public Merged decide(
      Contact contact, Replica anyReplica, Map<String, Value> values, String by, Instant now) {
    Observing decision = new Observing(contact, anyReplica, List.of(), null, by, now);
    values.forEach((field, value) -> decision.set(field, value, now, by));
    decision.derive(by, now);
    return decision.result(anyReplica);
  }

  /** Makes two contacts one, as a person decided. */
  public Union.United unite(Contact stays, Contact goes, String by, Instant now) {
    return Union.of(fields, stays, goes, by, now);
  }

  public Fields fields() {
    return fields;
  }

  /** One run of the merge. */
  private final class Observing {
    private final Contact before;
    private final Replica replica;
    private final Capabilities system;
    private final String source;
    private final Instant now;
    private final long nextVersion;
    private long sentVersion;

    /** What is still to be told may show that a write of this version arrived. */
    private long underWay;

    /** The same, and a write on the very state that is told may arrive later. */
    private long mayArrive;

    private final Edited<FieldState> states;
    private final Edited<Seen> seen;
    private final List<Conflict> conflicts = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final Set<String> unsure = new TreeSet<>();
    private final Collection<Replica> all;

    Observing(
        Contact contact,
        Replica replica,
        Collection<Replica> all,
        Capabilities system,
        String source,
        Instant now) {
      this.before = contact;
      // Of a record that is met for the first time, nothing can have been sent yet.
      this.replica = replica;
      this.sentVersion = replica.hasRecord() ? replica.sentVersion() : 0;
      this.system = system;
      this.source = source;
      this.now = now;
      this.nextVersion = contact.version() + 1;
      this.states = new Edited<>(contact.fields());
      this.seen = new Edited<>(replica.seen());
      this.all = all;
    }

    private static boolean isDeleted(Replica other) {
      Seen deleted = other.seen().get(Fields.DELETED);
      return other.hasRecord()
          ? deleted != null && deleted.matches(YES)
          : other.state() == Replica.State.GONE;
    }

    Merged observe(Observation record) {
      Instant at = record.modifiedAt() == null ? now : record.modifiedAt();
      List<UnansweredWrite> unanswered = recogniseOwnWrites(record);
      boolean blank = before.version() == 0;
      boolean edited = false;
      boolean deletedYetLive =
          record.deleted() && !blank && !before.isDeleted() && seen.get(Fields.DELETED) == null;
      for (Field field : fields.all()) {
        Value value = record.values().get(field.name());
        if (value == null) {
          continue;
        }
        if (field.isDerived()) {
          seen.put(field.name(), Seen.of(value));
        } else if (system.reads(field.name())) {
          edited |= observeField(field, value, at, deletedYetLive) && !field.isDocument();
        }
      }
      observeDeletion(record.deleted(), edited, at, record.createdAt());
      observeContactId(record, blank);
      derive(source, at);
      Replica after =
          replica
              .withExternalId(record.externalId())
              .withRevision(record.revision())
              .withSeen(seen.all())
              .withSentVersion(sentVersion)
              .withReading(record.modifiedAt(), now)
              .withUnanswered(unanswered)
              .withRereadDue(toldInPart(record));
      if (!replica.hasRecord()) {
        after = after.withState(Replica.State.FREE).withFailure(0, null, null);
      }
      return result(after, record.createdAt());
    }

    /**
     * Whether the record is in another state than before, of which it did not tell all that it told
     * before: a write on that state might replace what nobody has read (rule 2).
     */
    private boolean toldInPart(Observation record) {
      boolean another = !Objects.equals(record.revision(), replica.revision());
      return replica.hasRecord()
          && (another || replica.rereadDue())
          && fields.all().stream()
              .filter(field -> !field.isDerived() && system.reads(field.name()))
              .map(Field::name)
              .anyMatch(
                  name -> replica.seen().containsKey(name) && !record.values().containsKey(name));
    }

    /**
     * A field read with exactly the value of an unanswered write is our own write (promise 5).
     *
     * @return the writes of which still nothing is known, and what is left of those of which the
     *     record did not tell every field
     */
    private List<UnansweredWrite> recogniseOwnWrites(Observation record) {
      List<UnansweredWrite> open = new ArrayList<>();
      UnansweredWrite arrived = null;
      UnansweredWrite doubtful = null;
      boolean whole = false;
      for (UnansweredWrite write : replica.unanswered()) {
        if (write.arrived()) {
          editedSince(write, record);
        }
      }
      for (UnansweredWrite write : replica.unanswered()) {
        if (write.arrived()) {
          keep(open, write.of(untold(write, record), true));
          continue;
        }
        boolean sameState =
            write.onRevision() != null && write.onRevision().equals(record.revision());
        if (sameState || write.ofAnother()) {
          open.add(write);
          continue;
        }
        write
            .values()
            .forEach(
                (field, value) -> {
                  if (value.equals(told(record, field))) {
                    seen.put(field, Seen.of(value));
                  }
                });
        boolean wholeHere = holdsAllOf(write, record);
        if (wholeHere || (!whole && showsTraceOf(write, record))) {
          arrived = write;
          whole |= wholeHere;
        } else if (write.onRevision() != null) {
          doubtful = write;
        }
      }
      for (UnansweredWrite write : replica.unanswered()) {
        boolean settled = !write.arrived() && !open.contains(write);
        if (settled && (write == arrived || write.onRevision() != null)) {
          keep(open, write.of(untold(write, record), write == arrived));
        } else if (settled && arrived == null && !replica.hasRecord()) {
          // The record shows no trace of this creation: it may have made another.
          open.add(write.ofAnother(true));
        }
      }
      List<UnansweredWrite> changes =
          open.stream().filter(write -> write.onRevision() != null && !write.arrived()).toList();
      mayArrive = latest(changes);
      underWay =
          latest(
              changes.stream()
                  .filter(write -> !write.onRevision().equals(record.revision()))
                  .toList());
      if (arrived != null) {
        arrived(arrived, record);
        perhapsAnother(arrived, record);
      } else if (doubtful != null) {
        doubtful(doubtful, record);
      }
      replica.unanswered().stream()
          .filter(write -> !write.ofAnother())
          .forEach(write -> sendAgain(write, record));
      return open;
    }

    private static long latest(List<UnansweredWrite> writes) {
      return writes.stream().mapToLong(UnansweredWrite::bound).max().orElse(0);
    }

    /**
     * What is found to be our own may be an old value of ours: the contact's is due, even where a
     * later write that left it out has raised the version since (promise 4).
     */
    private void sendAgain(UnansweredWrite write, Observation record) {
      write
          .values()
          .forEach(
              (field, written) -> {
                boolean ours = written.equals(told(record, field));
                if (ours && !written.equals(Write.heldBy(system, field, value(field)))) {
                  makeDue(field);
                }
              });
    }

    private static void keep(List<UnansweredWrite> open, UnansweredWrite left) {
      if (!left.values().isEmpty()) {
        open.add(left);
      }
    }

    /** The fields of the write that the record can tell and does not. */
    private Set<String> untold(UnansweredWrite write, Observation record) {
      Set<String> untold = new TreeSet<>(write.values().keySet());
      untold.removeIf(
          field ->
              told(record, field) != null
                  || !(field.equals(Fields.CONTACT_ID) || system.reads(field)));
      return untold;
    }

    /**
     * The record has changed, but shows no trace of this write. Most likely it never arrived; but
     * if it did, somebody has put its fields back since, or taken out what it brought. So what they
     * show is listed (promise 1).
     */
    private void doubtful(UnansweredWrite write, Observation record) {
      Instant at = record.modifiedAt() == null ? now : record.modifiedAt();
      write
          .values()
          .forEach(
              (name, written) -> {
                Value told = told(record, name);
                Field field = fields.find(name);
                boolean deletion = name.equals(Fields.DELETED);
                boolean counts = deletion || (field != null && !field.isDerived());
                if (told == null || !counts || told.equals(written)) {
                  return;
                }
                Value held = Write.heldBy(system, name, value(name));
                boolean putBack =
                    !isNew(name, told) && written.equals(held) && !(deletion && told.isEmpty());
                boolean takenOut =
                    !deletion
                        && field.type().mergesInParts()
                        && Parts.shareWhatIsNotIn(told, written, held);
                if (!isNew(name, told) && !untold(write, record).isEmpty()) {
                  // What is still to be told may show that the write arrived, which raises the
                  // version: what was put back must stay due then.
                  makeDueBeyond(write.bound(), name);
                }
                if (putBack || takenOut) {
                  prevailsOver(name, told, at);
                }
              });
    }

    /**
     * The record shows that this write arrived. What differs from it was edited since, or else
     * somebody else happened to write the same at the same time: an edit, and what it replaces is
     * listed.
     */
    private void arrived(UnansweredWrite write, Observation record) {
      boolean creation = write.onRevision() == null;
      if (!creation || untold(write, record).isEmpty()) {
        // Promise 2: of a record that only looks like ours, what it does not tell is not known.
        sentVersion = Math.max(sentVersion, write.bound());
      }
      if (creation) {
        seen.put(Fields.DELETED, Seen.of(Value.EMPTY));
      }
      editedSince(write, record);
    }

    /**
     * Of several creations under way only one has made the record; if it was not the one that it
     * looks like, somebody has taken out or put back since what only the other brings. So that is
     * listed (promise 1).
     */
    private void perhapsAnother(UnansweredWrite arrived, Observation record) {
      Instant at = record.modifiedAt() == null ? now : record.modifiedAt();
      for (UnansweredWrite other : replica.unanswered()) {
        if (arrived.onRevision() != null || other.onRevision() != null || other == arrived) {
          continue;
        }
        other
            .values()
            .forEach(
                (name, written) -> {
                  Value told = record.values().get(name);
                  boolean takenOut =
                      told != null
                          && !told.equals(written)
                          && told.equals(arrived.values().getOrDefault(name, told))
                          && isHeldStill(name, written, told);
                  boolean editedSince = onlyBrings(other, arrived, name, told);
                  if (takenOut || editedSince) {
                    prevailsOver(name, told, at);
                  }
                  if (editedSince) {
                    seen.put(name, Seen.of(written));
                    unsure.add(name);
                  }
                });
      }
    }

    /** Whether the contact has all that was written, or a part of it that the record lacks. */
    private boolean isHeldStill(String name, Value written, Value told) {
      Field field = fields.find(name);
      Value held = Write.heldBy(system, name, value(name));
      return written.equals(held)
          || (field != null
              && field.type().mergesInParts()
              && Parts.shareWhatIsNotIn(told, written, held));
    }

    /** Whether the field has a part that this write brings, and the one that arrived does not. */
    private boolean onlyBrings(
        UnansweredWrite other, UnansweredWrite arrived, String name, Value told) {
      Field field = fields.find(name);
      Value written = other.values().get(name);
      return told != null
          && !told.equals(written)
          && field != null
          && field.type().mergesInParts()
          && Parts.shareWhatIsNotIn(
              arrived.values().getOrDefault(name, Value.EMPTY), written, told);
    }

    private void editedSince(UnansweredWrite write, Observation record) {
      write
          .values()
          .forEach(
              (field, written) -> {
                Value told = told(record, field);
                if (told != null) {
                  seen.put(field, Seen.of(written));
                }
                if (told != null && !told.equals(written)) {
                  unsure.add(field);
                }
              });
    }

    /** Whether every field of the write that is told is as it was written, and one is so anew. */
    private boolean holdsAllOf(UnansweredWrite write, Observation record) {
      boolean any = false;
      for (Map.Entry<String, Value> field : write.values().entrySet()) {
        Value told = told(record, field.getKey());
        if (told != null && !told.equals(field.getValue())) {
          return false;
        }
        any |= told != null && isNew(field.getKey(), told);
      }
      return any;
    }

    /**
     * Whether the record has something that hardly came there but by this write: the id that it was
     * to be created with, the very text, list or document that was written, or a part that it
     * added. That somebody takes out the same is as likely as that he clears the same.
     */
    private boolean showsTraceOf(UnansweredWrite write, Observation record) {
      if (write.onRevision() == null && !replica.hasRecord()) {
        return Value.ofText(before.id()).equals(carriedId(record));
      }
      int traces = 0;
      int asBefore = 0;
      for (Map.Entry<String, Value> field : write.values().entrySet()) {
        Value told = told(record, field.getKey());
        if (showsTraceOf(field.getKey(), field.getValue(), told)) {
          traces++;
        } else if (told != null && !told.equals(field.getValue()) && !isNew(field.getKey(), told)) {
          asBefore++;
        }
      }
      return traces > 0 && traces >= asBefore;
    }

    private boolean showsTraceOf(String field, Value written, Value told) {
      if (told == null || written.isEmpty() || written instanceof Value.Flag) {
        return false;
      }
      boolean brought =
          replica.seen().get(field) instanceof Seen.Whole base
              && Parts.shareWhatIsNotIn(base.value(), written, told);
      boolean commonplace =
          replica.seen().get(field) instanceof Seen.Whole base
              && Parts.onlyTakesOut(base.value(), written);
      return brought || (written.equals(told) && isNew(field, written) && !commonplace);
    }

    private boolean isNew(String field, Value told) {
      Seen known = replica.seen().get(field);
      return known == null || !known.matches(told);
    }

    private Value carriedId(Observation record) {
      return record.contactId() == null ? null : Value.ofText(record.contactId());
    }

    private Value told(Observation record, String field) {
      return switch (field) {
        case Fields.DELETED -> record.deleted() ? YES : Value.EMPTY;
        case Fields.CONTACT_ID -> carriedId(record);
        default -> record.values().get(field);
      };
    }

    /**
     * @return whether somebody edited the field in this system
     */
    private boolean observeField(Field field, Value value, Instant at, boolean deletedYetLive) {
      String name = field.name();
      Seen known = seen.get(name);
      if (known == null) {
        meet(field, value, at, deletedYetLive);
        seen.put(name, Seen.of(value));
        return false;
      }
      if (known.matches(value)) {
        return false;
      }
      Value canonical = value(name);
      Value held = system.held(name, canonical);
      seen.put(name, Seen.of(value));
      if (value.equals(held)) {
        return true;
      }
      // While a contact is deleted nothing but the deletion is sent: its version says nothing then.
      boolean wasSent = version(name) <= sentVersion && system.writes(name) && !before.isDeleted();
      boolean othersUnchanged =
          !unsure.contains(name)
              && !isWithheld(canonical, held)
              && (known.matches(held) || wasSent);
      if (field.type().mergesInParts() && known instanceof Seen.Whole base) {
        Lens lens = new Lens(system, name, canonical);
        if (othersUnchanged) {
          lens = lens.withSeen(base.value());
        }
        mergeParts(
            field, lens.lift(base.value()), canonical, lens.lift(value), othersUnchanged, at);
      } else if (othersUnchanged) {
        set(name, value, at, source);
      } else {
        settle(name, canonical, value, at);
      }
      return true;
    }

    /** Nobody can have seen here what the system takes nothing of (promise 1). */
    private static boolean isWithheld(Value canonical, Value held) {
      return held.isEmpty() && !canonical.isEmpty() && !(canonical instanceof Value.Items);
    }

    private void mergeParts(
        Field field, Value base, Value ours, Value theirs, boolean othersUnchanged, Instant at) {
      boolean theirsWin = othersUnchanged || wins(field.name(), at);
      Parts.Result merged = Parts.threeWay(base, ours, theirs, theirsWin);
      boolean replaced = unsure.contains(field.name()) && !merged.value().equals(ours);
      if ((merged.clash() || replaced) && !othersUnchanged) {
        if (policies.of(field.name()) instanceof Policy.Manual) {
          wait(field.name(), ours, theirs, at);
          return;
        }
        if (theirsWin || replaced) {
          conflict(
              Conflict.Kind.EDIT,
              field.name(),
              theirs,
              source,
              at,
              ours,
              by(field.name()),
              at(field.name()),
              Conflict.Status.SETTLED);
        }
        if (merged.clash() && !theirsWin) {
          conflict(
              Conflict.Kind.EDIT,
              field.name(),
              ours,
              by(field.name()),
              at(field.name()),
              theirs,
              source,
              at,
              Conflict.Status.SETTLED);
        }
      }
      if (!merged.value().equals(ours)) {
        set(field.name(), merged.value(), at, source);
      } else {
        makeDue(field.name());
      }
    }

    /** Both sides changed the field, neither having seen the other's value. */
    private void settle(String name, Value canonical, Value value, Instant at) {
      if (policies.of(name) instanceof Policy.Manual) {
        wait(name, canonical, value, at);
      } else if (wins(name, at)) {
        conflict(
            Conflict.Kind.EDIT,
            name,
            value,
            source,
            at,
            canonical,
            by(name),
            at(name),
            Conflict.Status.SETTLED);
        set(name, value, at, source);
      } else {
        conflict(
            Conflict.Kind.EDIT,
            name,
            canonical,
            by(name),
            at(name),
            value,
            source,
            at,
            Conflict.Status.SETTLED);
        makeDue(name);
      }
    }

    private void wait(String name, Value canonical, Value value, Instant at) {
      conflict(
          Conflict.Kind.EDIT,
          name,
          canonical,
          by(name),
          at(name),
          value,
          source,
          at,
          Conflict.Status.WAITING);
      makeDue(name);
    }

    private boolean wins(String name, Instant at) {
      if (policies.of(name) instanceof Policy.Prefer prefer) {
        if (prefer.system().equals(source)) {
          return true;
        }
        if (prefer.system().equals(by(name))) {
          return false;
        }
      }
      Instant other = at(name);
      int later = other == null ? 1 : at.compareTo(other);
      return later != 0 ? later > 0 : policies.rank(source) < policies.rank(by(name));
    }

    /**
     * The field is seen in this record for the first time: empty means unknown.
     *
     * @param deletedYetLive whether the record is deleted and the contact lives: then live wins
     *     over deleted in each value too, or else what nobody wanted would count as an edit that
     *     others had not seen, and revive the contact when they tell that it was deleted (promise
     *     1)
     */
    private void meet(Field field, Value value, Instant at, boolean deletedYetLive) {
      String name = field.name();
      Value canonical = value(name);
      if (value.equals(system.held(name, canonical))) {
        return;
      }
      if (value.isEmpty() || value.equals(system.held(name, Value.EMPTY))) {
        makeDueToWhatWasMet(name);
      } else if (deletedYetLive) {
        if (!holdsAllPartsOf(field, canonical, value)) {
          firstMeeting(name, false, canonical, value, at);
        }
        makeDueToWhatWasMet(name);
      } else if (canonical.isEmpty()) {
        set(name, value, at, source);
      } else if (field.type().mergesInParts()) {
        boolean preferred = policies.rank(source) < policies.rank(by(name));
        Value lifted = new Lens(system, name, canonical).lift(value);
        Parts.Result union =
            preferred ? Parts.union(lifted, canonical) : Parts.union(canonical, lifted);
        if (union.clash()) {
          firstMeeting(name, preferred, canonical, value, at);
        }
        if (union.value().equals(canonical)) {
          makeDueToWhatWasMet(name);
        } else {
          set(name, union.value(), at, source);
        }
      } else if (policies.rank(source) < policies.rank(by(name))) {
        firstMeeting(name, true, canonical, value, at);
        set(name, value, at, source);
      } else {
        firstMeeting(name, false, canonical, value, at);
        makeDueToWhatWasMet(name);
      }
    }

    /** A write that left the field out, as nothing was known of it, must not count as its own. */
    private void makeDueToWhatWasMet(String name) {
      makeDueBeyond(Math.max(sentVersion, mayArrive), name);
    }

    private boolean holdsAllPartsOf(Field field, Value canonical, Value value) {
      if (!field.type().mergesInParts()) {
        return false;
      }
      Value lifted = new Lens(system, field.name(), canonical).lift(value);
      Parts.Result union = Parts.union(canonical, lifted);
      return !union.clash() && union.value().equals(canonical);
    }

    private void firstMeeting(
        String name, boolean sourceWins, Value canonical, Value value, Instant at) {
      if (sourceWins) {
        conflict(
            Conflict.Kind.FIRST_MEETING,
            name,
            value,
            source,
            at,
            canonical,
            by(name),
            at(name),
            Conflict.Status.SETTLED);
      } else {
        conflict(
            Conflict.Kind.FIRST_MEETING,
            name,
            canonical,
            by(name),
            at(name),
            value,
            source,
            at,
            Conflict.Status.SETTLED);
      }
    }

    private void observeDeletion(boolean deleted, boolean edited, Instant at, Instant createdAt) {
      Seen known = seen.get(Fields.DELETED);
      boolean canonicallyDeleted = !value(Fields.DELETED).isEmpty();
      Value now = deleted ? YES : Value.EMPTY;
      seen.put(Fields.DELETED, Seen.of(now));
      if (known == null) {
        if (before.version() == 0) {
          if (deleted) {
            set(Fields.DELETED, YES, at, source);
          }
        } else if (deleted && !canonicallyDeleted) {
          firstMeeting(Fields.DELETED, false, Value.EMPTY, YES, at);
          makeDue(Fields.DELETED);
        } else if (!deleted && canonicallyDeleted) {
          if (isOlderThanDeletion(createdAt)) {
            firstMeeting(Fields.DELETED, true, YES, Value.EMPTY, at);
          }
          set(Fields.DELETED, Value.EMPTY, at, source);
        }
        return;
      }
      if (!known.matches(now)) {
        if (deleted && !canonicallyDeleted) {
          delete(at);
        } else if (!deleted && canonicallyDeleted) {
          set(Fields.DELETED, Value.EMPTY, at, source);
        }
      } else if (!deleted
          && edited
          && canonicallyDeleted
          && version(Fields.DELETED) > sentVersion) {
        conflict(
            Conflict.Kind.EDIT,
            Fields.DELETED,
            Value.EMPTY,
            source,
            at,
            YES,
            by(Fields.DELETED),
            at(Fields.DELETED),
            Conflict.Status.SETTLED);
        set(Fields.DELETED, Value.EMPTY, at, source);
      }
    }

    /** A record that came later restores the contact; one that was there was meant to go too. */
    private boolean isOlderThanDeletion(Instant createdAt) {
      Instant deletion = at(Fields.DELETED);
      return createdAt != null && deletion != null && createdAt.isBefore(deletion);
    }

    /** Deletes, unless another system has an edit that this one had not seen. */
    private void delete(Instant at) {
      FieldState unseenEdit = unseenEdit();
      if (unseenEdit == null) {
        set(Fields.DELETED, YES, at, source);
        return;
      }
      conflict(
          Conflict.Kind.EDIT,
          Fields.DELETED,
          Value.EMPTY,
          unseenEdit.by(),
          unseenEdit.at(),
          YES,
          source,
          at,
          Conflict.Status.SETTLED);
      makeDue(Fields.DELETED);
    }

    private FieldState unseenEdit() {
      for (Map.Entry<String, FieldState> entry : before.fields().entrySet()) {
        FieldState state = entry.getValue();
        Field field = fields.find(entry.getKey());
        boolean counts =
            (entry.getKey().equals(Fields.DELETED) && state.at() != null)
                || (field != null && !field.isDerived() && !field.isDocument());
        if (counts
            && state.version() > sentVersion
            && isOfOthers(state, field)
            && !seenAlready(entry.getKey(), state.value())) {
          return state;
        }
      }
      return null;
    }

    /** Of what somebody edited who has deleted the contact too, nobody holds on to it. */
    private boolean isOfOthers(FieldState state, Field field) {
      boolean ofOthers = !source.equals(state.by()) && !isDeletedIn(state.by());
      boolean perhapsInPart = field != null && field.type().mergesInParts() && livesElsewhere();
      return ofOthers || perhapsInPart;
    }

    private boolean isDeletedIn(String name) {
      return all.stream().anyMatch(other -> other.system().equals(name) && isDeleted(other));
    }

    private boolean livesElsewhere() {
      return all.stream()
          .anyMatch(
              other -> !other.system().equals(source) && other.hasRecord() && !isDeleted(other));
    }

    /** Whether the record shows the value, or did so before it was edited and deleted at once. */
    private boolean seenAlready(String field, Value value) {
      Value held = Write.heldBy(system, field, value);
      Seen known = seen.get(field);
      Seen knownBefore = field.equals(Fields.DELETED) ? null : replica.seen().get(field);
      return (known != null && known.matches(held))
          || (knownBefore != null && knownBefore.matches(held));
    }

    private void observeContactId(Observation record, boolean blank) {
      Value id = Value.ofText(before.id());
      if (blank) {
        states.put(Fields.CONTACT_ID, new FieldState(id, nextVersion, now, source));
      }
      if (record.contactId() == null) {
        return;
      }
      Value told = Value.ofText(record.contactId());
      Seen known = seen.put(Fields.CONTACT_ID, Seen.of(told));
      if (!told.equals(id)) {
        boolean changedByHand = known != null && !known.matches(told);
        if (changedByHand) {
          changes.add(
              new Change(before.id(), nextVersion, Fields.CONTACT_ID, told, id, source, now, now));
        }
        makeDue(Fields.CONTACT_ID);
      }
    }

    /** Names that follow from others, unless someone gave them a value of their own. */
    void derive(String by, Instant at) {
      Value canonicalName = value(Fields.CANONICAL_NAME);
      Value fromParts = Names.canonicalName(this::value);
      boolean followed =
          canonicalName.isEmpty() || canonicalName.equals(Names.canonicalName(before::value));
      boolean editedHere = !canonicalName.equals(before.value(Fields.CANONICAL_NAME));
      if (followed && !(editedHere && !canonicalName.isEmpty())) {
        if (!canonicalName.equals(fromParts)) {
          set(Fields.CANONICAL_NAME, fromParts, at, by);
        }
      }
      Value normalized = Names.normalized(value(Fields.CANONICAL_NAME));
      if (!normalized.equals(value(Fields.NAME_NORMALIZED))) {
        set(Fields.NAME_NORMALIZED, normalized, at, by);
      }
    }

    private void listDifferences(Observation record) {
      Instant at = record.modifiedAt() == null ? now : record.modifiedAt();
      record
          .values()
          .forEach(
              (name, told) -> {
                Field field = fields.find(name);
                Value held = system.held(name, value(name));
                boolean entered =
                    field != null
                        && !field.isDerived()
                        && system.reads(name)
                        && (isNew(name, told) || mayHaveReplaced(name, told, record))
                        && !told.equals(held);
                if (entered) {
                  prevailsOver(name, told, at);
                }
              });
    }

    /** Whether a write of which no answer is known may have been there before what is told. */
    private boolean mayHaveReplaced(String name, Value told, Observation record) {
      return replica.unanswered().stream()
          .filter(write -> !write.ofAnother() && write.values().containsKey(name))
          .anyMatch(
              write ->
                  !told.equals(write.values().get(name))
                      && !Objects.equals(record.revision(), write.onRevision()));
    }

    Merged restoreRecord(Observation record) {
      long sent = sentVersion;
      List<UnansweredWrite> open = new ArrayList<>();
      for (UnansweredWrite write : replica.unanswered()) {
        // What becomes due must stay due when a write of before arrives, or is found to have.
        sentVersion = Math.max(sentVersion, write.bound());
        boolean sameState =
            write.onRevision() != null && write.onRevision().equals(record.revision());
        boolean ofAnother =
            write.ofAnother()
                || (!replica.hasRecord() && !Value.ofText(before.id()).equals(carriedId(record)));
        if (sameState || ofAnother) {
          open.add(write.ofAnother(ofAnother));
        }
      }
      record
          .values()
          .forEach(
              (field, value) -> {
                if (!value.equals(system.held(field, value(field)))) {
                  makeDue(field);
                }
                seen.put(field, Seen.of(value));
              });
      observeContactId(record, false);
      Value deleted = record.deleted() ? YES : Value.EMPTY;
      if (!deleted.equals(value(Fields.DELETED))) {
        makeDue(Fields.DELETED);
      }
      seen.put(Fields.DELETED, Seen.of(deleted));
      return result(
          replica
              .withExternalId(record.externalId())
              .withRevision(record.revision())
              .withSeen(seen.all())
              .withSentVersion(sent)
              .withReading(record.modifiedAt(), now)
              .withUnanswered(open)
              .withRereadDue(false)
              .withState(Replica.State.FREE));
    }

    Merged gone() {
      if (!before.isDeleted()) {
        delete(now);
      }
      return result(replica.gone());
    }

    /** The field's value is to be sent again although it is the same: a system lacks it. */
    private void makeDue(String name) {
      makeDueBeyond(Math.max(sentVersion, underWay), name);
    }

    private void makeDueBeyond(long version, String name) {
      FieldState state = states.get(name);
      if (name.equals(Fields.CONTACT_ID) && state == null) {
        state = new FieldState(Value.ofText(before.id()), 0, now, source);
      }
      if (state == null) {
        state = new FieldState(Value.EMPTY, 0, now, source);
      }
      if (state.version() <= version) {
        // That it lives, nobody has edited by this: a deletion elsewhere overlooks nothing.
        boolean lives = name.equals(Fields.DELETED) && state.value().isEmpty();
        Instant at = lives ? null : state.at();
        states.put(name, new FieldState(state.value(), nextVersion, at, state.by()));
      }
    }

    private void set(String name, Value value, Instant at, String by) {
      Value former = value(name);
      states.put(name, new FieldState(value, nextVersion, at, by));
      changes.add(new Change(before.id(), nextVersion, name, former, value, by, at, now));
      if (name.equals(Fields.DELETED) && value.isEmpty()) {
        makeAllDue();
      }
    }

    /** While a contact was deleted, nothing else was delivered: what changed then is due now. */
    private void makeAllDue() {
      states.replaceAll(
          (name, state) -> new FieldState(state.value(), nextVersion, state.at(), state.by()));
    }

    private void conflict(
        Conflict.Kind kind,
        String field,
        Value kept,
        String keptBy,
        Instant keptAt,
        Value lost,
        String lostBy,
        Instant lostAt,
        Conflict.Status status) {
      conflicts.add(
          new Conflict(
              0,
              before.id(),
              field,
              kind,
              kept,
              keptBy,
              keptAt,
              lost,
              lostBy,
              lostAt,
              now,
              status));
    }

    /** Lists what the source told where the contact keeps its own. */
    private void prevailsOver(String name, Value told, Instant at) {
      conflict(
          Conflict.Kind.EDIT,
          name,
          value(name),
          by(name),
          at(name),
          told,
          source,
          at,
          Conflict.Status.SETTLED);
    }

    private Value value(String name) {
      FieldState state = states.get(name);
      return state == null ? Value.EMPTY : state.value();
    }

    private long version(String name) {
      FieldState state = states.get(name);
      return state == null ? 0 : state.version();
    }

    private String by(String name) {
      FieldState state = states.get(name);
      return state == null ? source : state.by();
    }

    private Instant at(String name) {
      FieldState state = states.get(name);
      return state == null ? null : state.at();
    }

    Merged result(Replica after) {
      return result(after, null);
    }

    private Merged result(Replica after, Instant createdAt) {
      Map<String, FieldState> fieldsNow = states.all();
      boolean touched = fieldsNow != before.fields();
      Instant created = earlier(before.createdAt(), createdAt);
      Contact contact =
          touched || !Objects.equals(created, before.createdAt())
              ? new Contact(
                  before.id(), touched ? nextVersion : before.version(), fieldsNow, created)
              : before;
      return new Merged(contact, after, List.copyOf(changes), List.copyOf(conflicts));
    }

    /** A system that keeps no more than milliseconds tells the same moment, cut short. */
    private static Instant earlier(Instant known, Instant told) {
      if (known == null || told == null) {
        return known == null ? told : known;
      }
      return told.isBefore(known.truncatedTo(ChronoUnit.MILLIS)) ? told : known;
    }
  }
}
