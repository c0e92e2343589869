package truthforge.sync.merge;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.ledger.UnansweredWrite;
import truthforge.sync.mapping.Capabilities;

/**
 * What one system is due of one contact: exactly the fields that differ, and the state of the
 * record that the write is conditional on.
 *
 * @param id of this write, so that its answer can be told from others
 * @param contact as it was when the write was derived
 * @param externalId null for a creation
 * @param revision null for a creation, or where the record's state cannot be compared
 * @param values canonical values by field; {@code deleted} and {@code contact_id} among them where
 *     due; never of a version beyond the bound
 * @param bound the version that the system holds once this has arrived
 */
public record Write(
    String id,
    String system,
    Contact contact,
    String externalId,
    String revision,
    Map<String, Value> values,
    long bound) {

  public Write {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Cheap: what a write holds may be large, and its id is like no other. */
  @Override
  public int hashCode() {
    return id.hashCode();
  }

  public boolean isCreation() {
    return externalId == null;
  }

  public String contactId() {
    return contact.id();
  }

  /** The deletion or restoring is part of it. */
  public boolean touchesDeletion() {
    return values.containsKey(Fields.DELETED);
  }

  /** As it is noted before it is sent. */
  public UnansweredWrite unanswered(Capabilities system, Instant now) {
    Map<String, Value> held = new LinkedHashMap<>();
    values.forEach((field, value) -> held.put(field, heldBy(system, field, value)));
    return new UnansweredWrite(id, bound, revision, held, now);
  }

  /** As the replica stands once the system has taken it, by all that is known beforehand. */
  public Replica applied(Replica before, Capabilities system) {
    Map<String, Seen> seen = new LinkedHashMap<>(before.seen());
    if (isCreation()) {
      // A new record holds nothing but what it was created with.
      for (String field : system.fieldNames()) {
        seen.put(field, Seen.of(system.held(field, Value.EMPTY)));
      }
      seen.put(Fields.DELETED, Seen.of(Value.EMPTY));
      seen.put(Fields.CONTACT_ID, Seen.of(contact.value(Fields.CONTACT_ID)));
    }
    values.forEach((field, value) -> seen.put(field, Seen.of(heldBy(system, field, value))));
    return before
        .withSeen(seen)
        // A record that is new holds nothing newer than what it was created from.
        .withSentVersion(isCreation() ? bound : Math.max(before.sentVersion(), bound))
        .withUnanswered(stillOpen(before))
        .withFailure(0, null, null)
        .withState(Replica.State.FREE);
  }

  /**
   * What earlier writes did to fields that no reading has told since, this answer does not tell.
   */
  private List<UnansweredWrite> stillOpen(Replica before) {
    if (isCreation()) {
      return List.of();
    }
    List<UnansweredWrite> open = new ArrayList<>();
    for (UnansweredWrite write : before.unanswered()) {
      if (write.ofAnother()) {
        open.add(write);
        continue;
      }
      Set<String> others = new TreeSet<>(write.values().keySet());
      others.removeAll(values.keySet());
      // One on the same state as this has not arrived, as this has.
      boolean decided =
          write.id().equals(id)
              || (!write.arrived() && Objects.equals(write.onRevision(), revision));
      if (!decided && !others.isEmpty()) {
        open.add(write.of(others, write.arrived()));
      }
    }
    return open;
  }

  static Value heldBy(Capabilities system, String field, Value value) {
    return field.equals(Fields.DELETED) || field.equals(Fields.CONTACT_ID)
        ? value
        : system.held(field, value);
  }
}
