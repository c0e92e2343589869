package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;

/**
 * What one row of the contacts table is to become: a new row, or some columns of one that is as it
 * was last seen.
 *
 * @param contactId never null
 * @param seen what the row must be for the patch to apply
 * @param set the columns to change and their new values, none of them null; a list for
 *     ARRAY&lt;STRING&gt;, any JSON for JSON, ISO-8601 text for DATE, DATETIME and TIMESTAMP
 * @param clear the columns to empty; JSON cannot tell null from absent, so they are named apart
 * @param updatedMicros what {@code updated_at} becomes, in microseconds since 1970
 */
public record BigQueryPatch(
    String contactId, Seen seen, ObjectNode set, List<String> clear, long updatedMicros) {

  public BigQueryPatch {
    Objects.requireNonNull(contactId, "contactId");
    Objects.requireNonNull(seen, "seen");
    Objects.requireNonNull(set, "set");
    clear = List.copyOf(clear);
    set.properties()
        .forEach(
            column -> {
              if (column.getValue().isNull()) {
                throw new IllegalArgumentException(
                    "A null for " + column.getKey() + " belongs in the cleared columns");
              }
            });
    for (String column : clear) {
      if (set.has(column)) {
        throw new IllegalArgumentException("Both set and cleared: " + column);
      }
    }
  }

  /** The state of a row on which its patch is conditional. */
  public sealed interface Seen {

    /** There is no row of this id. Where there is one, it stays as it is. */
    record Absent() implements Seen {}

    /** The row's {@link BigQueryRows#ETAG} is this. */
    record Etag(String etag) implements Seen {

      public Etag {
        Objects.requireNonNull(etag, "etag");
      }
    }

    /**
     * The row's {@code updated_at} is this. Where nothing but the service moves that column, an
     * etag sees more.
     *
     * @param micros since 1970; null for a row whose {@code updated_at} is null
     */
    record UpdatedAt(Long micros) implements Seen {}
  }
}
