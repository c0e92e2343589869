package truthforge.sync.ledger;

import java.time.Instant;
import truthforge.sync.contact.Value;

/**
 * Two values met for one field, and one gave way. The list keeps the loser whole.
 *
 * @param id 0 before it is stored
 * @param field a field's name, or {@code deleted}
 * @param keptBy the system that the kept value came from
 * @param lostBy the system that the lost value came from
 */
public record Conflict(
    long id,
    String contactId,
    String field,
    Kind kind,
    Value kept,
    String keptBy,
    Instant keptAt,
    Value lost,
    String lostBy,
    Instant lostAt,
    Instant foundAt,
    Status status) {

  public enum Kind {
    /** Both sides changed the field without having seen each other's value. */
    EDIT,
    /** Two systems differed when they first met. */
    FIRST_MEETING
  }

  public enum Status {
    /** Settled by the policy. */
    SETTLED,
    /** Both values wait for a person; the field is delivered nowhere. */
    WAITING,
    /** A person decided. */
    RESOLVED
  }
}
