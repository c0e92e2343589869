package truthforge.sync.merge;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.mapping.Capabilities;

/** Derives what must be sent. Nothing that is due is ever stored as such. */
public final class Due {

  private final Fields fields;
  private final Supplier<String> writeIds;

  /**
   * @param writeIds gives a new id for each write
   */
  public Due(Fields fields, Supplier<String> writeIds) {
    this.fields = fields;
    this.writeIds = writeIds;
  }

  /**
   * What the system is due of the contact; empty where it holds everything up to the bound.
   *
   * @param bound what the record of truth has acknowledged (promise 2); for the record of truth
   *     itself the contact's version
   * @param waiting fields that a person must decide on first: delivered nowhere
   */
  public Optional<Write> write(
      Contact contact, Replica replica, Capabilities system, long bound, Set<String> waiting) {
    Map<String, Value> values = new LinkedHashMap<>();
    boolean creation = !replica.hasRecord();
    if (creation
        && (contact.isDeleted() || bound == 0 || contact.versionOf(Fields.DELETED) > bound)) {
      return Optional.empty();
    }
    if (isDue(contact, replica, Fields.DELETED, contact.value(Fields.DELETED), bound, false)
        && !creation) {
      values.put(Fields.DELETED, contact.value(Fields.DELETED));
    }
    if (!contact.isDeleted()) {
      Value id = contact.value(Fields.CONTACT_ID);
      if (creation || isDue(contact, replica, Fields.CONTACT_ID, id, bound, false)) {
        values.put(Fields.CONTACT_ID, id);
      }
      for (Field field : fields.all()) {
        String name = field.name();
        if (!creation && !mayBeDue(contact, replica, name, bound)) {
          continue;
        }
        if (!system.writes(name) || waiting.contains(name)) {
          continue;
        }
        Value value = contact.value(name);
        Value held = system.held(name, value);
        if (creation
            ? !held.isEmpty() && contact.versionOf(name) <= bound
            : isDue(contact, replica, name, held, bound, !system.reads(name))) {
          values.put(name, value);
        }
      }
    }
    if (values.isEmpty() && !creation) {
      return Optional.empty();
    }
    return Optional.of(
        new Write(
            writeIds.get(),
            replica.system(),
            contact,
            replica.externalId(),
            replica.revision(),
            values,
            bound));
  }

  /** The cheap part of {@link #isDue}. */
  private static boolean mayBeDue(Contact contact, Replica replica, String field, long bound) {
    long version = contact.versionOf(field);
    return version != 0
        && version <= bound
        && (version > replica.sentVersion() || !replica.seen().containsKey(field));
  }

  /**
   * @param unseenToo whether a field counts that was never seen: only where reading the record
   *     cannot tell it; else it is read first
   */
  private static boolean isDue(
      Contact contact, Replica replica, String field, Value held, long bound, boolean unseenToo) {
    long version = contact.versionOf(field);
    if (version == 0 || version > bound) {
      return false;
    }
    Seen seen = replica.seen().get(field);
    if (seen == null) {
      return unseenToo && !held.isEmpty();
    }
    return version > replica.sentVersion() && !seen.matches(held);
  }

  /**
   * Whether nothing is due only because the system has not told yet what it holds in a field: then
   * it cannot be said to hold everything up to the bound.
   */
  public boolean waitsToSee(Contact contact, Replica replica, Capabilities system, long bound) {
    if (contact.isDeleted() || !replica.hasRecord()) {
      return false;
    }
    for (Field field : fields.all()) {
      String name = field.name();
      long version = contact.versionOf(name);
      if (version > replica.sentVersion()
          && version <= bound
          && system.writes(name)
          && system.reads(name)
          && replica.seen().get(name) == null) {
        return true;
      }
    }
    return false;
  }

  /** Whether the system's record holds all of the contact as it is now. */
  public boolean holdsEverything(
      Contact contact, Replica replica, Capabilities system, Set<String> waiting) {
    return waiting.isEmpty()
        && (replica.hasRecord() || contact.isDeleted())
        && !waitsToSee(contact, replica, system, Long.MAX_VALUE)
        && write(contact, replica, system, Long.MAX_VALUE, waiting).isEmpty();
  }
}
