package truthforge.sync.ledger;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What webhooks told, and which of their signatures were used. */
final class InboxTable {

  private final Sql sql;
  private final Dialect dialect;

  InboxTable(Sql sql, Dialect dialect) {
    this.sql = sql;
    this.dialect = dialect;
  }

  void receive(Collection<Heard> notices) {
    Map<String, Heard> last = new LinkedHashMap<>();
    for (Heard notice : notices) {
      String record = notice.system() + '\n' + recordOf(notice);
      last.remove(record);
      last.put(record, notice);
    }
    sql.batch(
        "DELETE FROM inbox WHERE system = ? AND external_id = ?",
        last.values(),
        (row, notice) -> row.text(notice.system()).text(recordOf(notice)));
    sql.batch(
        "INSERT INTO inbox (system, external_id, kind, received_at) VALUES (?, ?, ?, ?)",
        last.values(),
        (row, notice) ->
            row.text(notice.system())
                .text(recordOf(notice))
                .name(notice.kind())
                .time(notice.receivedAt()));
  }

  private static String recordOf(Heard notice) {
    return notice.externalId() == null ? "" : notice.externalId();
  }

  List<Heard> oldest(String system, int limit) {
    return sql.list(
        "SELECT id, system, external_id, kind, received_at FROM inbox WHERE system = ?"
            + " ORDER BY id LIMIT ?",
        row -> row.text(system).number(limit),
        result ->
            new Heard(
                result.getLong(1),
                result.getString(2),
                result.getString(3).isEmpty() ? null : result.getString(3),
                Heard.Kind.valueOf(result.getString(4)),
                Sql.time(result, 5)));
  }

  void remove(Collection<Long> ids) {
    sql.batch("DELETE FROM inbox WHERE id = ?", ids, (row, id) -> row.number(id));
  }

  long count(String system) {
    return sql.count("SELECT count(*) FROM inbox WHERE system = ?", row -> row.text(system));
  }

  long newest(String system) {
    return sql.count(
        "SELECT coalesce(max(id), 0) FROM inbox WHERE system = ?", row -> row.text(system));
  }

  Set<String> markUsed(Map<String, Instant> goodUntil) {
    Set<String> used = new TreeSet<>();
    if (goodUntil.isEmpty()) {
      return used;
    }
    sql.each(
        "SELECT signature FROM webhook_signature WHERE " + dialect.in("signature"),
        row -> row.texts(goodUntil.keySet()),
        result -> used.add(result.getString(1)));
    sql.batch(
        "INSERT INTO webhook_signature (signature, good_until) VALUES (?, ?)",
        goodUntil.entrySet().stream().filter(each -> !used.contains(each.getKey())).toList(),
        (row, each) -> row.text(each.getKey()).time(each.getValue()));
    return used;
  }

  void forgetSignatures(Instant time) {
    sql.update("DELETE FROM webhook_signature WHERE good_until < ?", row -> row.time(time));
  }

  void eraseRecord(String system, String externalId) {
    sql.update(
        "DELETE FROM inbox WHERE system = ? AND external_id = ?",
        row -> row.text(system).text(externalId));
  }
}
