package truthforge.sync.ledger;

import java.time.Instant;

/**
 * What a webhook said, as far as it must be remembered: that a record is to be read again.
 *
 * @param id rises with every one; 0 before it is stored
 * @param externalId null where the webhook did not say which record: the system is to be polled
 */
public record Heard(long id, String system, String externalId, Kind kind, Instant receivedAt) {

  public enum Kind {
    CREATED,
    CHANGED,
    /** Deleted for good or into a trash: only a reading tells. */
    DELETED,
    /** Something that many records may follow. */
    ANY
  }
}
