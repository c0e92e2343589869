package truthforge.sync.systems.jdbc;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * A row as a statement of {@link JdbcDialect} told it.
 *
 * @param id the value of the id column, as text; null only in SQLite, which lets a text key be null
 * @param contactId null where the row carries none
 * @param revision what a conditional write must expect; null in a row without a time
 * @param position {@code updated_at} as it is stored, as text: where a walk by time goes on; null
 *     where the row has none
 * @param updatedAt null where the row has no time, or one that nobody can read
 * @param deletedAt null where the row is live, or its time cannot be read
 * @param deleted whether the row is marked as deleted, at whatever time
 * @param columns the row in the shape of the table, revision left out; every column is in it, JSON
 *     null where it is empty
 */
public record JdbcRow(
    String id,
    String contactId,
    String revision,
    String position,
    Instant updatedAt,
    Instant deletedAt,
    boolean deleted,
    ObjectNode columns) {}
