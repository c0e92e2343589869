package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;

/**
 * What one system holds of a sample person, before it takes that system's shape.
 *
 * @param id the record's own id in Twenty and Supabase; null in the others
 * @param contactId null where the record carries none
 * @param fields by the names of the model; empty ones are missing. Lists are arrays, documents are
 *     objects
 * @param created how long before the loading it was created
 * @param updated how long before the loading it was last changed
 */
public record SampleRecord(
    SampleSystem system,
    String id,
    String contactId,
    ObjectNode fields,
    Duration created,
    Duration updated,
    boolean deleted) {}
