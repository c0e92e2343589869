package truthforge.sync.merge;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Manner;

/** A contact and its records in four systems, as the merge sees them step by step. */
final class Known {

  static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  final Map<String, TinySystem> systems = new HashMap<>();
  final Map<String, Replica> replicas = new HashMap<>();
  final Map<String, Map<String, Value>> shown = new HashMap<>();
  final Map<String, Boolean> deleted = new HashMap<>();
  final Map<String, Integer> revisions = new HashMap<>();
  private int writes;
  final Merge merge;
  final Due due = new Due(TinySystem.FIELDS, () -> "w" + ++writes);
  Contact contact = Contact.blank("c");
  Merged last;
  final List<Conflict> conflicts = new java.util.ArrayList<>();

  Known(Policies policies) {
    merge = new Merge(TinySystem.FIELDS, policies);
    add("bigquery", Manner.EXACT);
    add("twenty", Manner.SMALL_LETTERS);
    add("supabase", Manner.NO_DOCUMENT);
    add("local", Manner.NO_EMPTY_FLAG);
  }

  Known() {
    this(Policies.latest());
  }

  private void add(String name, Manner manner) {
    TinySystem system = new TinySystem(name, manner);
    systems.put(name, system);
    replicas.put(name, Replica.absent("c", name));
    Map<String, Value> empty = new HashMap<>();
    TinySystem.TOLD.stream()
        .filter(system::reads)
        .forEach(field -> empty.put(field, system.held(field, Value.EMPTY)));
    shown.put(name, empty);
    deleted.put(name, false);
    revisions.put(name, 0);
  }

  static Value text(String text) {
    return Value.ofText(text);
  }

  static Value list(String... items) {
    return Value.ofItems(Arrays.asList(items));
  }

  /** A person edits a field of the record; nobody reads it yet. */
  Known edit(String system, String field, Value value) {
    shown.get(system).put(field, systems.get(system).held(field, value));
    revisions.merge(system, 1, Integer::sum);
    return this;
  }

  Known delete(String system, boolean gone) {
    deleted.put(system, gone);
    revisions.merge(system, 1, Integer::sum);
    return this;
  }

  Known read(String system, int second) {
    return read(system, second, "c");
  }

  Known read(String system, int second, String contactId) {
    Instant at = NOON.plusSeconds(second);
    return take(
        merge.observe(
            contact,
            replicas.get(system),
            replicas.values(),
            new Observation(
                system,
                system + "-1",
                "r" + revisions.get(system),
                contactId,
                shown.get(system),
                deleted.get(system),
                at,
                at),
            systems.get(system),
            at));
  }

  Known take(Merged merged) {
    last = merged;
    contact = merged.contact();
    replicas.put(merged.replica().system(), merged.replica());
    conflicts.addAll(merged.conflicts());
    return this;
  }

  Known gone(String system, int second) {
    return take(
        merge.gone(
            contact,
            replicas.get(system),
            replicas.values(),
            systems.get(system),
            NOON.plusSeconds(second)));
  }

  Optional<Write> due(String system) {
    return due.write(
        contact, replicas.get(system), systems.get(system), contact.version(), Set.of());
  }

  /** Writes what is due in each of the systems, and answers. */
  Known deliver(String... names) {
    for (String name : names) {
      due(name)
          .ifPresent(
              write -> {
                arrive(write);
                replicas.put(
                    name,
                    write
                        .applied(replicas.get(name), systems.get(name))
                        .withExternalId(name + "-1")
                        .withRevision("r" + revisions.get(name)));
              });
    }
    return this;
  }

  Known deliverAll() {
    return deliver("bigquery", "twenty", "supabase", "local");
  }

  /** The system takes the write; whether its answer arrives is another matter. */
  void arrive(Write write) {
    String name = write.system();
    write
        .values()
        .forEach(
            (field, value) -> {
              if (field.equals("deleted")) {
                deleted.put(name, !value.isEmpty());
              } else if (systems.get(name).reads(field)) {
                shown.get(name).put(field, systems.get(name).held(field, value));
              }
            });
    revisions.merge(name, 1, Integer::sum);
  }

  /** Begins the write that is due, without an answer. */
  Write begin(String system) {
    Write write = due(system).orElseThrow();
    Replica replica = replicas.get(system);
    replicas.put(
        system,
        replica
            .withUnanswered(List.of(write.unanswered(systems.get(system), NOON)))
            .withRereadDue(true));
    return write;
  }

  Value value(String field) {
    return contact.value(field);
  }
}
