package truthforge.sync.systems.bigquery;

import truthforge.sync.flow.Batch;

/**
 * A statement that writes.
 *
 * @param batch whose writes it holds, and no other
 * @param updatedMicros what {@code updated_at} of the rows becomes; no other call has the same
 */
public record BigQueryCall(BigQueryStatement statement, Batch batch, long updatedMicros) {}
