package truthforge.sync.merge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Names;
import truthforge.sync.contact.Value;
import truthforge.sync.merge.Sighting.Observation;

/**
 * Finds the contact that a record without a link belongs to. Never guesses, never by name alone.
 *
 * <p>Of two records with ids of their own, one of which is deleted, neither is in question: so two
 * contacts look that a person made one, where the ledger does not know it.
 */
public final class Linker {

  public sealed interface Link {
    record To(String contactId) implements Link {}

    /**
     * @param contactId the id that the record carries; null where it carries none
     */
    record New(String contactId) implements Link {}

    record Hold(List<String> candidates, String reason) implements Link {
      public Hold {
        candidates = List.copyOf(candidates);
      }
    }
  }

  private Linker() {}

  /**
   * @param carried the contact of the id that the record carries; null where there is none
   * @param byEmail contacts that hold one of the record's emails
   * @param byPhone contacts that hold one of the record's phone numbers
   * @param linkedHere whether a contact is linked with another record of that system
   */
  public static Link link(
      Observation record,
      Contact carried,
      Collection<Contact> byEmail,
      Collection<Contact> byPhone,
      Predicate<String> linkedHere) {
    String id =
        record.contactId() == null || record.contactId().isEmpty() ? null : record.contactId();
    if (carried != null) {
      if (linkedHere.test(carried.id())) {
        return hold(
            Set.of(carried.id()), "another record of this system carries the same contact id");
      }
      Set<String> others = record.deleted() ? new TreeSet<>() : ids(live(byEmail));
      others.remove(carried.id());
      if (!others.isEmpty()) {
        others.add(carried.id());
        return hold(others, "it carries the id of one contact and an email of another");
      }
      return new Link.To(carried.id());
    }
    if (id != null && record.deleted()) {
      return new Link.New(id);
    }
    Set<String> emailMatches = ids(id == null ? relevant(byEmail) : live(byEmail));
    Set<String> matches = emailMatches;
    String by = "an email";
    if (matches.isEmpty()) {
      matches =
          ids(
              (id == null ? relevant(byPhone) : live(byPhone))
                  .stream().filter(contact -> !namesContradict(contact, record)).toList());
      by = "a phone number";
    }
    if (matches.isEmpty()) {
      return new Link.New(id);
    }
    if (id != null) {
      return hold(matches, "it carries an unknown contact id and " + by + " of another contact");
    }
    if (matches.size() > 1) {
      return hold(matches, by + " of it belongs to more than one contact");
    }
    String match = matches.iterator().next();
    if (!linkedHere.test(match)) {
      return new Link.To(match);
    }
    return record.deleted()
        ? new Link.New(null)
        : hold(matches, by + " of it belongs to a contact that has another record in this system");
  }

  private static Link hold(Collection<String> candidates, String reason) {
    return new Link.Hold(new ArrayList<>(new TreeSet<>(candidates)), reason);
  }

  /** Deleted contacts count only where there is no live one. */
  private static Collection<Contact> relevant(Collection<Contact> contacts) {
    Collection<Contact> live = live(contacts);
    return live.isEmpty() ? contacts : live;
  }

  private static Collection<Contact> live(Collection<Contact> contacts) {
    return contacts.stream().filter(contact -> !contact.isDeleted()).toList();
  }

  private static Set<String> ids(Collection<Contact> contacts) {
    Set<String> ids = new TreeSet<>();
    contacts.forEach(contact -> ids.add(contact.id()));
    return ids;
  }

  /** Whether both have a first or a last name, and it is not the same one. */
  static boolean namesContradict(Contact contact, Observation record) {
    return differ(contact.value("first_name"), record.value("first_name"))
        || differ(contact.value("last_name"), record.value("last_name"));
  }

  /** The same of two contacts. */
  public static boolean namesContradict(Contact one, Contact other) {
    return differ(one.value("first_name"), other.value("first_name"))
        || differ(one.value("last_name"), other.value("last_name"));
  }

  private static boolean differ(Value a, Value b) {
    return !a.isEmpty() && !b.isEmpty() && !Names.normalized(a).equals(Names.normalized(b));
  }

  /** The record's emails and phone numbers, by which it may be found. */
  public static List<String> items(Observation record, String field) {
    return record.value(field) instanceof Value.Items items ? items.items() : List.of();
  }

  public static List<String> emails(Observation record) {
    return items(record, Fields.EMAILS_FIELD);
  }

  public static List<String> phones(Observation record) {
    return items(record, Fields.PHONES_FIELD);
  }
}
