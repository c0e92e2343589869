package truthforge.sync.merge;

import java.util.List;
import truthforge.sync.contact.Contact;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Replica;

/**
 * What an observation made of a contact and of what is known of its record.
 *
 * @param changes what is new in the canonical contact
 * @param conflicts values that gave way
 */
public record Merged(
    Contact contact, Replica replica, List<Change> changes, List<Conflict> conflicts) {}
