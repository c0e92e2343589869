package truthforge.sync.flow;

import java.time.Instant;
import truthforge.sync.contact.Value;
import truthforge.sync.merge.Write;

/**
 * A value that nobody had seen, and that a write without a condition replaced.
 *
 * @param write what replaced it
 * @param field a field's name, or {@code deleted}
 * @param at when the system says it was replaced; null where it does not tell
 */
public record Overwritten(Write write, String field, Value value, Instant at) {}
