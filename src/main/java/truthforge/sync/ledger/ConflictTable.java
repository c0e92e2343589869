package truthforge.sync.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Values that gave way to others, or wait for a person. */
final class ConflictTable {

  private static final String CONFLICT =
      "SELECT id, contact_id, field, kind, kept, kept_by, kept_at, lost, lost_by, lost_at,"
          + " found_at, status FROM conflict";

  private final Sql sql;
  private final Dialect dialect;
  private final Seldom seldom;

  ConflictTable(Sql sql, Dialect dialect, Seldom seldom) {
    this.sql = sql;
    this.dialect = dialect;
    this.seldom = seldom;
  }

  void add(Collection<Conflict> conflicts) {
    if (!conflicts.isEmpty()) {
      seldom.comes(Seldom.Rows.WAITING);
    }
    sql.batch(
        "INSERT INTO conflict (contact_id, field, kind, kept, kept_by, kept_at, lost, lost_by,"
            + " lost_at, found_at, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        conflicts,
        (row, conflict) ->
            row.text(conflict.contactId())
                .text(conflict.field())
                .name(conflict.kind())
                .text(LedgerJson.ofValue(conflict.kept()))
                .text(conflict.keptBy())
                .time(conflict.keptAt())
                .text(LedgerJson.ofValue(conflict.lost()))
                .text(conflict.lostBy())
                .time(conflict.lostAt())
                .time(conflict.foundAt())
                .name(conflict.status()));
  }

  private static Conflict conflict(ResultSet result) throws SQLException {
    return new Conflict(
        result.getLong(1),
        result.getString(2),
        result.getString(3),
        Conflict.Kind.valueOf(result.getString(4)),
        LedgerJson.toValue(result.getString(5)),
        result.getString(6),
        Sql.time(result, 7),
        LedgerJson.toValue(result.getString(8)),
        result.getString(9),
        Sql.time(result, 10),
        Sql.time(result, 11),
        Conflict.Status.valueOf(result.getString(12)));
  }

  List<Conflict> newest(boolean openOnly, long afterId, int limit) {
    return sql.list(
        CONFLICT
            + " WHERE id < ?"
            + (openOnly ? " AND status = 'WAITING'" : "")
            + " ORDER BY id DESC LIMIT ?",
        row -> row.number(afterId == 0 ? Long.MAX_VALUE : afterId).number(limit),
        ConflictTable::conflict);
  }

  List<Conflict> after(long afterId, int limit) {
    return sql.list(
        CONFLICT + " WHERE id > ? ORDER BY id LIMIT ?",
        row -> row.number(afterId).number(limit),
        ConflictTable::conflict);
  }

  Conflict byId(long id) {
    return sql.first(CONFLICT + " WHERE id = ?", row -> row.number(id), ConflictTable::conflict);
  }

  void setStatus(long id, Conflict.Status status) {
    seldom.comes(Seldom.Rows.WAITING);
    sql.update("UPDATE conflict SET status = ? WHERE id = ?", row -> row.name(status).number(id));
  }

  Map<String, Set<String>> waitingFields(Collection<String> contactIds) {
    Map<String, Set<String>> fields = new HashMap<>();
    if (!contactIds.isEmpty() && seldom.isAny(Seldom.Rows.WAITING)) {
      sql.each(
          "SELECT contact_id, field FROM conflict WHERE status = 'WAITING' AND "
              + dialect.in("contact_id"),
          row -> row.texts(contactIds),
          result ->
              fields
                  .computeIfAbsent(result.getString(1), id -> new TreeSet<>())
                  .add(result.getString(2)));
    }
    return fields;
  }

  Set<String> contactsInDoubt() {
    Set<String> ids = new TreeSet<>();
    if (seldom.isAny(Seldom.Rows.WAITING)) {
      sql.each(
          "SELECT DISTINCT contact_id FROM conflict WHERE status = 'WAITING'",
          row -> {},
          result -> ids.add(result.getString(1)));
    }
    return ids;
  }

  long countWaiting() {
    return seldom.isAny(Seldom.Rows.WAITING)
        ? sql.count("SELECT count(*) FROM conflict WHERE status = 'WAITING'", row -> {})
        : 0;
  }

  long count(Conflict.Kind kind) {
    return sql.count("SELECT count(*) FROM conflict WHERE kind = ?", row -> row.name(kind));
  }

  void erase(String contactId) {
    sql.update("DELETE FROM conflict WHERE contact_id = ?", row -> row.text(contactId));
  }

  /** Those that wait for a person stay. */
  void pruneBefore(Instant time) {
    sql.update(
        "DELETE FROM conflict WHERE found_at < ? AND status <> 'WAITING'", row -> row.time(time));
  }
}
