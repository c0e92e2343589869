package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.cloud.bigquery.InsertAllRequest;
import com.google.cloud.bigquery.TableId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Rows for the tables that are only appended to, sent by {@code insertAll}.
 *
 * <p>Each carries its own id as {@code insertId}, by which BigQuery drops most repetitions sent
 * within a minute; a reader that must not see one twice groups by that id. Rows just streamed
 * cannot be changed for 30 minutes, so the contacts never take this way.
 */
public final class BigQueryAppends {

  private BigQueryAppends() {}

  /** A row of a table that is appended to. */
  public sealed interface Append {

    /** Stable over retries, and no other row's. */
    String insertId();

    Map<String, Object> content();
  }

  /**
   * One field of one change of a contact.
   *
   * @param id of the change and field, stable over retries
   * @param micros when, since 1970
   * @param origin the system that made the change
   * @param oldValue null or a JSON null for empty
   * @param newValue null or a JSON null for empty
   */
  public record Change(
      String id,
      String contactId,
      long version,
      long micros,
      String origin,
      String field,
      JsonNode oldValue,
      JsonNode newValue)
      implements Append {

    public Change {
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(contactId, "contactId");
      Objects.requireNonNull(origin, "origin");
      Objects.requireNonNull(field, "field");
    }

    @Override
    public String insertId() {
      return id;
    }

    @Override
    public Map<String, Object> content() {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("change_id", id);
      row.put("contact_id", contactId);
      row.put("version", version);
      row.put("changed_at", BigQueryRows.isoText(micros));
      row.put("origin", origin);
      row.put("field", field);
      putJson(row, "old_value", oldValue);
      putJson(row, "new_value", newValue);
      return row;
    }
  }

  /**
   * A conflict as it was recorded or settled.
   *
   * @param kind such as {@code conflict} or {@code first-meeting}
   * @param micros when, since 1970
   * @param winnerSystem null while the conflict waits for a person
   * @param status such as {@code open} or {@code settled}
   */
  public record Conflict(
      String id,
      String contactId,
      String field,
      String kind,
      long micros,
      String winnerSystem,
      JsonNode winnerValue,
      String loserSystem,
      JsonNode loserValue,
      String status)
      implements Append {

    public Conflict {
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(contactId, "contactId");
      Objects.requireNonNull(field, "field");
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(status, "status");
    }

    @Override
    public String insertId() {
      return id + "/" + status;
    }

    @Override
    public Map<String, Object> content() {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("conflict_id", id);
      row.put("contact_id", contactId);
      row.put("field", field);
      row.put("kind", kind);
      row.put("recorded_at", BigQueryRows.isoText(micros));
      put(row, "winner_system", winnerSystem);
      putJson(row, "winner_value", winnerValue);
      put(row, "loser_system", loserSystem);
      putJson(row, "loser_value", loserValue);
      row.put("status", status);
      return row;
    }
  }

  /** The request that appends these rows, of which one that is refused keeps out no other. */
  public static InsertAllRequest request(TableId table, List<? extends Append> rows) {
    InsertAllRequest.Builder request =
        InsertAllRequest.newBuilder(table).setSkipInvalidRows(true).setIgnoreUnknownValues(false);
    rows.forEach(row -> request.addRow(row.insertId(), row.content()));
    return request.build();
  }

  private static void put(Map<String, Object> row, String column, Object value) {
    if (value != null) {
      row.put(column, value);
    }
  }

  /** insertAll takes a JSON column's value as text. */
  private static void putJson(Map<String, Object> row, String column, JsonNode value) {
    if (value != null && !value.isNull()) {
      row.put(column, value.toString());
    }
  }
}
