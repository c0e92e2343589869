package truthforge.sync.operate.port;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Participants;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.mapping.Capabilities;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.operate.port.ContactView.Cell;
import truthforge.sync.operate.port.ContactView.FieldView;
import truthforge.sync.operate.port.ContactView.Holds;
import truthforge.sync.operate.port.ContactView.RecordView;

/**
 * Lays a contact beside what each system was last known to hold. The ledger keeps a digest of what
 * is a text there: its words are told where they are the contact's, or stand in its history.
 */
final class Comparison {

  private final Contact contact;
  private final Map<String, Replica> replicas;
  private final List<Change> history;
  private final List<Conflict> waiting;
  private final Participants participants;
  private final Fields fields;
  private final BiFunction<String, Set<Long>, Map<Long, String>> traces;
  private final Set<String> waitingFields;

  /**
   * @param history newest first
   * @param waiting conflicts of this contact that wait for a person
   * @param traces gives the traces of versions of a contact
   */
  Comparison(
      Contact contact,
      Map<String, Replica> replicas,
      List<Change> history,
      List<Conflict> waiting,
      Participants participants,
      Fields fields,
      BiFunction<String, Set<Long>, Map<Long, String>> traces) {
    this.contact = contact;
    this.replicas = replicas;
    this.history = history;
    this.waiting = waiting;
    this.participants = participants;
    this.fields = fields;
    this.traces = traces;
    waitingFields = waiting.stream().map(Conflict::field).collect(Collectors.toSet());
  }

  ContactView view() {
    List<FieldView> views = new ArrayList<>();
    for (Field field : fields.all()) {
      if (!field.isDerived()) {
        views.add(view(field));
      }
    }
    Map<String, RecordView> records = new LinkedHashMap<>();
    for (String system : participants.names()) {
      records.put(system, record(replicas.get(system)));
    }
    return new ContactView(
        contact.id(),
        RunningService.name(contact),
        contact.version(),
        contact.isDeleted(),
        contact.createdAt(),
        views,
        records,
        history,
        waiting,
        traces.apply(
            contact.id(), history.stream().map(Change::version).collect(Collectors.toSet())));
  }

  private static RecordView record(Replica replica) {
    return replica == null
        ? new RecordView(null, "free", 0, null, null)
        : new RecordView(
            replica.externalId(),
            replica.state().name().toLowerCase(Locale.ROOT),
            replica.sentVersion(),
            replica.readAt(),
            replica.lastError());
  }

  private FieldView view(Field field) {
    FieldState state = contact.fields().get(field.name());
    Map<String, Cell> cells = new LinkedHashMap<>();
    for (String system : participants.names()) {
      cells.put(system, cell(participants.of(system), replicas.get(system), field.name()));
    }
    return new FieldView(
        field.name(),
        field.type().name().toLowerCase(Locale.ROOT),
        contact.value(field.name()),
        contact.versionOf(field.name()),
        state == null ? null : state.at(),
        state == null ? null : state.by(),
        cells);
  }

  private Cell cell(Capabilities system, Replica replica, String field) {
    if (!system.fieldNames().contains(field)) {
      return new Cell(Holds.CANNOT, Value.EMPTY, true, "has no place for it");
    }
    if (replica == null || !replica.hasRecord()) {
      return new Cell(Holds.UNKNOWN, Value.EMPTY, false, "has no record of this contact");
    }
    Value canonical = contact.value(field);
    Value held = system.held(field, canonical);
    Seen seen = replica.seen().get(field);
    if (seen == null) {
      return new Cell(Holds.UNKNOWN, Value.EMPTY, false, "was not read yet");
    }
    if (seen.matches(held) || seen.matches(canonical)) {
      Value value = seen.matches(canonical) ? canonical : held;
      return new Cell(
          held.isEmpty() && !canonical.isEmpty() ? Holds.CANNOT : Holds.SAME,
          value,
          true,
          refused(system, field, canonical));
    }
    Optional<Value> known = valueOf(system, field, seen);
    boolean onItsWay =
        replica.state() == Replica.State.FREE
            && system.writes(field)
            && !waitingFields.contains(field)
            && replica.sentVersion() < contact.versionOf(field);
    return new Cell(
        onItsWay ? Holds.DUE : Holds.DIFFERENT,
        known.orElse(Value.EMPTY),
        known.isPresent(),
        known.isPresent() ? null : "holds something else");
  }

  private static String refused(Capabilities system, String field, Value canonical) {
    return system instanceof Mapping mapping && !mapping.withheld(field, canonical).isNone()
        ? mapping.withheld(field, canonical).reason()
        : null;
  }

  /** The value that was seen, where it is kept in clear or can be told by its digest. */
  private Optional<Value> valueOf(Capabilities system, String field, Seen seen) {
    if (seen instanceof Seen.Whole whole) {
      return Optional.of(whole.value());
    }
    Set<Value> candidates = new LinkedHashSet<>();
    for (Change change : history) {
      if (change.field().equals(field)) {
        candidates.add(change.before());
        candidates.add(change.after());
      }
    }
    for (Conflict conflict : waiting) {
      if (conflict.field().equals(field)) {
        candidates.add(conflict.kept());
        candidates.add(conflict.lost());
      }
    }
    for (Value candidate : candidates) {
      if (seen.matches(candidate)) {
        return Optional.of(candidate);
      }
      Value held = system.held(field, candidate);
      if (seen.matches(held)) {
        return Optional.of(held);
      }
    }
    return Optional.empty();
  }
}
