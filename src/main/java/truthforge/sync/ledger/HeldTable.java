package truthforge.sync.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Observations that wait for a person. */
final class HeldTable {

  private static final String HELD =
      "SELECT id, why, system, external_id, contact_id, candidates, observation, reason, at"
          + " FROM held";

  private final Sql sql;
  private final Dialect dialect;
  private final Seldom seldom;

  HeldTable(Sql sql, Dialect dialect, Seldom seldom) {
    this.sql = sql;
    this.dialect = dialect;
    this.seldom = seldom;
  }

  void hold(Held held) {
    seldom.comes(Seldom.Rows.HELD);
    sql.update(
        "INSERT INTO held (why, system, record, external_id, contact_id, candidates, observation,"
            + " reason, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (system, record) DO UPDATE SET why = excluded.why,"
            + " external_id = excluded.external_id, contact_id = excluded.contact_id,"
            + " candidates = excluded.candidates, observation = excluded.observation,"
            + " reason = excluded.reason, at = excluded.at",
        row ->
            row.name(held.why())
                .text(held.system())
                .text(LookUps.record(held))
                .text(held.externalId())
                .text(held.contactId())
                .text(LedgerJson.ofTexts(held.candidates()))
                .text(held.observation())
                .text(held.reason())
                .time(held.at()));
  }

  private static Held held(ResultSet result) throws SQLException {
    return new Held(
        result.getLong(1),
        Held.Reason.valueOf(result.getString(2)),
        result.getString(3),
        result.getString(4),
        result.getString(5),
        LedgerJson.toTexts(result.getString(6)),
        result.getString(7),
        result.getString(8),
        Sql.time(result, 9));
  }

  List<Held> after(long afterId, int limit) {
    return sql.list(
        HELD + " WHERE id > ? ORDER BY id LIMIT ?",
        row -> row.number(afterId).number(limit),
        HeldTable::held);
  }

  Held byId(long id) {
    return sql.first(HELD + " WHERE id = ?", row -> row.number(id), HeldTable::held);
  }

  Map<String, Held> byExternalId(String system, Collection<String> externalIds) {
    Map<String, Held> held = new HashMap<>();
    if (!externalIds.isEmpty() && seldom.isAny(Seldom.Rows.HELD)) {
      sql.each(
          HELD + " WHERE system = ? AND " + dialect.in("external_id"),
          row -> row.text(system).texts(externalIds),
          result -> held.put(result.getString(4), held(result)));
    }
    return held;
  }

  void remove(long id) {
    sql.update("DELETE FROM held WHERE id = ?", row -> row.number(id));
  }

  long count(String system) {
    return sql.count("SELECT count(*) FROM held WHERE system = ?", row -> row.text(system));
  }

  void erase(String contactId) {
    sql.update("DELETE FROM held WHERE contact_id = ?", row -> row.text(contactId));
  }

  void eraseRecord(String system, String externalId) {
    sql.update(
        "DELETE FROM held WHERE system = ? AND external_id = ?",
        row -> row.text(system).text(externalId));
  }
}
