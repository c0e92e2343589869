package truthforge.sync.ledger;

/** How far each source was read. */
final class CursorTable {

  private final Sql sql;

  CursorTable(Sql sql) {
    this.sql = sql;
  }

  Cursor of(String system) {
    Cursor cursor =
        sql.first(
            "SELECT system, position, walk, moved_at FROM cursor WHERE system = ?",
            row -> row.text(system),
            result ->
                new Cursor(
                    result.getString(1),
                    result.getString(2),
                    result.getString(3),
                    Sql.time(result, 4)));
    return cursor == null ? Cursor.none(system) : cursor;
  }

  void save(Cursor cursor) {
    sql.update(
        "INSERT INTO cursor (system, position, walk, moved_at) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (system) DO UPDATE SET position = excluded.position,"
            + " walk = excluded.walk, moved_at = excluded.moved_at",
        row ->
            row.text(cursor.system())
                .text(cursor.position())
                .text(cursor.walk())
                .time(cursor.movedAt()));
  }
}
