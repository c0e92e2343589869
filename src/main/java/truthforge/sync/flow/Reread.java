package truthforge.sync.flow;

import truthforge.sync.contact.Contact;
import truthforge.sync.ledger.Replica;

/** A record that must be read before it may be written, with the contact it may be found by. */
public record Reread(Replica replica, Contact contact) {}
