package truthforge.sync.contact;

import java.time.Instant;

/**
 * What a field of the canonical contact holds, and since when.
 *
 * @param version the contact's version at which the field last changed
 * @param at when it was changed, by the clock of the system it was changed in; null where nobody
 *     changed it, and it is only to be sent again
 * @param by the system it was changed in
 */
public record FieldState(Value value, long version, Instant at, String by) {}
