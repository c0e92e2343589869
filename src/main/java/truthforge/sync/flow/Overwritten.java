package truthforge.sync.flow;

import java.time.Instant;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Value;

/**
 * A value that nobody had seen, and that a write without a condition replaced.
 *
 * @param field a field's name, or {@code deleted}
 * @param kept what replaced it, with who had said so; null for the restoring that no one asked for
 * @param at when the system says it was replaced; null where it does not tell
 */
public record Overwritten(
    String contactId, String field, FieldState kept, Value value, Instant at) {}
