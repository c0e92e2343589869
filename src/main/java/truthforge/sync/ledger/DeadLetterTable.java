package truthforge.sync.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Records that a system refused, or that could not be read. */
final class DeadLetterTable {

  private static final String DEAD_LETTER =
      "SELECT id, direction, target, contact_id, external_id, payload, reason, attempts, first_at,"
          + " last_at FROM dead_letter";

  private final Sql sql;
  private final Dialect dialect;
  private final Seldom seldom;

  DeadLetterTable(Sql sql, Dialect dialect, Seldom seldom) {
    this.sql = sql;
    this.dialect = dialect;
    this.seldom = seldom;
  }

  void park(DeadLetter letter) {
    seldom.comes(Seldom.Rows.DEAD_LETTERS);
    sql.update(
        "INSERT INTO dead_letter (direction, target, record, contact_id, external_id, payload,"
            + " reason, attempts, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (target, direction, record) DO UPDATE SET"
            + " contact_id = excluded.contact_id, external_id = excluded.external_id,"
            + " payload = excluded.payload, reason = excluded.reason,"
            + " attempts = excluded.attempts, first_at = excluded.first_at,"
            + " last_at = excluded.last_at",
        row ->
            row.name(letter.direction())
                .text(letter.target())
                .text(LookUps.record(letter))
                .text(letter.contactId())
                .text(letter.externalId())
                .text(letter.payload())
                .text(letter.reason())
                .number(letter.attempts())
                .time(letter.firstAt())
                .time(letter.lastAt()));
  }

  private static DeadLetter letter(ResultSet result) throws SQLException {
    return new DeadLetter(
        result.getLong(1),
        DeadLetter.Direction.valueOf(result.getString(2)),
        result.getString(3),
        result.getString(4),
        result.getString(5),
        result.getString(6),
        result.getString(7),
        result.getInt(8),
        Sql.time(result, 9),
        Sql.time(result, 10));
  }

  List<DeadLetter> after(long afterId, int limit) {
    return sql.list(
        DEAD_LETTER + " WHERE id > ? ORDER BY id LIMIT ?",
        row -> row.number(afterId).number(limit),
        DeadLetterTable::letter);
  }

  DeadLetter byId(long id) {
    return sql.first(DEAD_LETTER + " WHERE id = ?", row -> row.number(id), DeadLetterTable::letter);
  }

  Map<String, DeadLetter> unreadable(String system, Collection<String> externalIds) {
    Map<String, DeadLetter> found = new HashMap<>();
    if (!externalIds.isEmpty() && seldom.isAny(Seldom.Rows.DEAD_LETTERS)) {
      sql.each(
          DEAD_LETTER + " WHERE direction = 'OBSERVE' AND target = ? AND " + dialect.in("record"),
          row -> row.text(system).texts(externalIds),
          result -> found.put(result.getString(5), letter(result)));
    }
    return found;
  }

  void remove(long id) {
    sql.update("DELETE FROM dead_letter WHERE id = ?", row -> row.number(id));
  }

  void removeOf(DeadLetter.Direction direction, String target, Collection<String> contactIds) {
    if (!contactIds.isEmpty() && seldom.isAny(Seldom.Rows.DEAD_LETTERS)) {
      sql.update(
          "DELETE FROM dead_letter WHERE direction = ? AND target = ? AND "
              + dialect.in("contact_id"),
          row -> row.name(direction).text(target).texts(contactIds));
    }
  }

  long count(String target) {
    return seldom.isAny(Seldom.Rows.DEAD_LETTERS)
        ? sql.count("SELECT count(*) FROM dead_letter WHERE target = ?", row -> row.text(target))
        : 0;
  }

  void erase(String contactId) {
    sql.update("DELETE FROM dead_letter WHERE contact_id = ?", row -> row.text(contactId));
  }

  void eraseRecord(String system, String externalId) {
    sql.update(
        "DELETE FROM dead_letter WHERE target = ? AND external_id = ?",
        row -> row.text(system).text(externalId));
  }
}
