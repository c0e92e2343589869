package truthforge.sync.ledger;

import java.time.Instant;

/**
 * A message that was parked.
 *
 * @param id 0 before it is stored
 * @param target the system that refused it, or whose record could not be read
 * @param contactId null where the record could not be read
 * @param externalId null where there is none
 * @param payload JSON: what was to be written, or what was read
 * @param reason in plain words, without personal data
 */
public record DeadLetter(
    long id,
    Direction direction,
    String target,
    String contactId,
    String externalId,
    String payload,
    String reason,
    int attempts,
    Instant firstAt,
    Instant lastAt) {

  public enum Direction {
    OBSERVE,
    DELIVER
  }
}
