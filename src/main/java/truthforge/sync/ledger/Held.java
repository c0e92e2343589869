package truthforge.sync.ledger;

import java.time.Instant;
import java.util.List;

/**
 * An observation that waits for a person.
 *
 * @param id 0 before it is stored
 * @param contactId the contact that it is linked with; null where the link is the question
 * @param candidates contacts that it may belong to
 * @param observation JSON: the record as observed, so that it can be merged when approved
 * @param reason in plain words, without personal data
 */
public record Held(
    long id,
    Reason why,
    String system,
    String externalId,
    String contactId,
    List<String> candidates,
    String observation,
    String reason,
    Instant at) {

  public enum Reason {
    AMBIGUOUS,
    TOO_MANY_DELETIONS,
    TOO_MANY_CHANGES,
    EMPTY_SOURCE,
    SOURCE_RESTORED,
    DUPLICATE_ID,
    /** It may be somebody who was forgotten, or a new consent. */
    FORGOTTEN
  }

  public Held {
    candidates = List.copyOf(candidates);
  }
}
