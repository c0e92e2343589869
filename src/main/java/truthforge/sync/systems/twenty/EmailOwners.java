package truthforge.sync.systems.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whose people have which primary email, among those that were looked up lately because a contact
 * could not be created: an email is unique in Twenty, people in the trash included (recorded with
 * 2.19), and its refusal names nobody.
 */
final class EmailOwners {

  private static final int MOST = 2_000;
  private static final Duration GOOD_FOR = Duration.ofMinutes(5);

  private final Clock clock;
  private final Map<String, Owner> byEmail =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Owner> eldest) {
          return size() > MOST;
        }
      };

  private record Owner(String contactId, boolean inTrash, Instant seenAt) {}

  EmailOwners(Clock clock) {
    this.clock = clock;
  }

  /**
   * @param contactIdPath null where the workspace keeps no contact ids
   */
  synchronized void learn(JsonNode person, String contactIdPath) {
    String email = person.path("emails").path("primaryEmail").asText("");
    String contactId = contactIdPath == null ? "" : person.path(contactIdPath).asText("");
    if (!email.isEmpty()) {
      byEmail.put(email, new Owner(contactId, person.hasNonNull("deletedAt"), clock.instant()));
    }
  }

  /** Why the contact cannot have the email; null where it is not known to be another's. */
  synchronized String otherThan(String contactId, String email) {
    Owner owner = byEmail.get(email);
    boolean another =
        owner != null
            && !owner.contactId().isEmpty()
            && !owner.contactId().equals(contactId)
            && !owner.seenAt().plus(GOOD_FOR).isBefore(clock.instant());
    if (!another) {
      return null;
    }
    return owner.inTrash()
        ? "Twenty refuses this: its first email belongs to a person in Twenty's trash who is"
            + " another contact. Restore that person or delete it for good in Twenty, or change"
            + " the email"
        : "Twenty refuses this: its first email belongs to another person there. Change the email"
            + " of one, or make the two one contact";
  }
}
