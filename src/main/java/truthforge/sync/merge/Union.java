package truthforge.sync.merge;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Names;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;

/**
 * Two contacts that are one person, made one by the rules of a first meeting: empty means unknown,
 * live wins over deleted, lists and documents are united, and where values differ the one of the
 * contact that stays is kept and the other listed (promise 1). Pure.
 */
public final class Union {

  /**
   * @param stays holds what both held; every field of it is at its new version, so that records
   *     that come over from the other contact are due what they lack
   * @param goes deleted, and marked with whom it became
   */
  public record United(
      Contact stays, Contact goes, List<Change> changes, List<Conflict> conflicts) {}

  private final Contact kept;
  private final Contact other;
  private final String by;
  private final Instant now;
  private final long version;
  private final Map<String, FieldState> states;
  private final List<Change> changes = new ArrayList<>();
  private final List<Conflict> conflicts = new ArrayList<>();

  private Union(Contact kept, Contact other, String by, Instant now) {
    this.kept = kept;
    this.other = other;
    this.by = by;
    this.now = now;
    this.version = Math.max(kept.version(), other.version()) + 1;
    this.states = new TreeMap<>(kept.fields());
  }

  /**
   * @param stays keeps its id
   * @param by who decided
   */
  public static United of(Fields fields, Contact stays, Contact goes, String by, Instant now) {
    return new Union(stays, goes, by, now).unite(fields);
  }

  private United unite(Fields fields) {
    boolean ownName = !followsItsParts(other);
    for (Field field : fields.all()) {
      boolean follows = field.name().equals(Fields.CANONICAL_NAME) && !ownName;
      if (!field.isDerived() && !follows) {
        unite(field);
      }
    }
    if (followsItsParts(kept)) {
      replace(Fields.CANONICAL_NAME, Names.canonicalName(this::value), now, by);
    }
    replace(Fields.NAME_NORMALIZED, Names.normalized(value(Fields.CANONICAL_NAME)), now, by);
    if (kept.isDeleted() && !other.isDeleted()) {
      replace(Fields.DELETED, Value.EMPTY, now, by);
    }
    states.replaceAll(
        (name, state) -> new FieldState(state.value(), version, state.at(), state.by()));
    Contact stays =
        new Contact(kept.id(), version, states, earlier(kept.createdAt(), other.createdAt()));
    return new United(stays, gone(), List.copyOf(changes), List.copyOf(conflicts));
  }

  private static boolean followsItsParts(Contact contact) {
    Value name = contact.value(Fields.CANONICAL_NAME);
    return name.isEmpty() || name.equals(Names.canonicalName(contact::value));
  }

  private void unite(Field field) {
    String name = field.name();
    Value ours = kept.value(name);
    FieldState theirs = other.fields().get(name);
    if (theirs == null || theirs.value().isEmpty() || theirs.value().equals(ours)) {
      return;
    }
    if (ours.isEmpty()) {
      replace(name, theirs.value(), theirs.at(), theirs.by());
      return;
    }
    boolean clash = true;
    if (field.type().mergesInParts()) {
      Parts.Result union = Parts.union(ours, theirs.value());
      clash = union.clash();
      replace(name, union.value(), now, by);
    }
    if (clash) {
      FieldState state = kept.fields().get(name);
      conflicts.add(
          new Conflict(
              0,
              kept.id(),
              name,
              Conflict.Kind.FIRST_MEETING,
              value(name),
              state.by(),
              state.at(),
              theirs.value(),
              theirs.by(),
              theirs.at(),
              now,
              Conflict.Status.SETTLED));
    }
  }

  private void replace(String name, Value value, Instant at, String valueBy) {
    Value before = value(name);
    if (!value.equals(before)) {
      states.put(name, new FieldState(value, version, at, valueBy));
      changes.add(new Change(kept.id(), version, name, before, value, by, now, now));
    }
  }

  private Contact gone() {
    long next = other.version() + 1;
    Map<String, FieldState> left = new TreeMap<>(other.fields());
    Value into = Value.ofText(kept.id());
    left.put(Fields.MERGED_INTO, new FieldState(into, next, now, by));
    changes.add(new Change(other.id(), next, Fields.MERGED_INTO, Value.EMPTY, into, by, now, now));
    if (!other.isDeleted()) {
      Value yes = new Value.Flag(true);
      left.put(Fields.DELETED, new FieldState(yes, next, now, by));
      changes.add(new Change(other.id(), next, Fields.DELETED, Value.EMPTY, yes, by, now, now));
    }
    return new Contact(other.id(), next, left, other.createdAt());
  }

  private Value value(String name) {
    FieldState state = states.get(name);
    return state == null ? Value.EMPTY : state.value();
  }

  private static Instant earlier(Instant a, Instant b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.isBefore(b) ? a : b;
  }
}
