package truthforge.sync.ledger;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes without a condition, until it is known what they replaced. */
final class WatchTable {

  private final Sql sql;

  WatchTable(Sql sql) {
    this.sql = sql;
  }

  void add(String system, Collection<Watch> writes) {
    Map<String, Watch> last = new LinkedHashMap<>();
    writes.forEach(write -> last.put(write.externalId(), write));
    end(system, last.keySet());
    sql.batch(
        "INSERT INTO watch (system, external_id, contact_id, written, was, read_at, written_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        last.values(),
        (row, write) ->
            row.text(system)
                .text(write.externalId())
                .text(write.contactId())
                .text(LedgerJson.ofFields(write.written()))
                .text(write.was())
                .time(write.readAt())
                .time(write.writtenAt()));
  }

  List<Watch> of(String system) {
    return sql.list(
        "SELECT contact_id, external_id, written, was, read_at, written_at FROM watch"
            + " WHERE system = ? ORDER BY external_id",
        row -> row.text(system),
        result ->
            new Watch(
                result.getString(1),
                result.getString(2),
                LedgerJson.toFields(result.getString(3)),
                result.getString(4),
                Sql.time(result, 5),
                Sql.time(result, 6)));
  }

  void end(String system, Collection<String> externalIds) {
    sql.batch(
        "DELETE FROM watch WHERE system = ? AND external_id = ?",
        externalIds,
        (row, id) -> row.text(system).text(id));
  }

  void erase(String contactId) {
    sql.update("DELETE FROM watch WHERE contact_id = ?", row -> row.text(contactId));
  }

  void eraseRecord(String system, String externalId) {
    sql.update(
        "DELETE FROM watch WHERE system = ? AND external_id = ?",
        row -> row.text(system).text(externalId));
  }
}
