package truthforge.sync.ledger;

import java.time.Instant;
import truthforge.sync.contact.Value;

/**
 * One field of a contact changed: a line of the history.
 *
 * @param version the contact's version since this change
 * @param by the system that it was changed in
 * @param at when, by that system's clock
 * @param recordedAt when it was accepted here
 */
public record Change(
    String contactId,
    long version,
    String field,
    Value before,
    Value after,
    String by,
    Instant at,
    Instant recordedAt) {}
