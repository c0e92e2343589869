package truthforge.sync.ledger;

import java.time.Instant;
import java.util.List;

/** What each cycle read, changed and sent. */
final class CycleTable {

  private final Sql sql;

  CycleTable(Sql sql) {
    this.sql = sql;
  }

  long save(CycleReport report) {
    if (report.id() == 0) {
      return sql.first(
          "INSERT INTO cycle (started_at, ended_at, systems) VALUES (?, ?, ?) RETURNING id",
          row ->
              row.time(report.startedAt())
                  .time(report.endedAt())
                  .text(LedgerJson.ofCounters(report.systems())),
          result -> result.getLong(1));
    }
    sql.update(
        "UPDATE cycle SET started_at = ?, ended_at = ?, systems = ? WHERE id = ?",
        row ->
            row.time(report.startedAt())
                .time(report.endedAt())
                .text(LedgerJson.ofCounters(report.systems()))
                .number(report.id()));
    return report.id();
  }

  List<CycleReport> newest(int limit) {
    return sql.list(
        "SELECT id, started_at, ended_at, systems FROM cycle ORDER BY id DESC LIMIT ?",
        row -> row.number(limit),
        result ->
            new CycleReport(
                result.getLong(1),
                Sql.time(result, 2),
                Sql.time(result, 3),
                LedgerJson.toCounters(result.getString(4))));
  }

  void pruneBefore(Instant time) {
    sql.update("DELETE FROM cycle WHERE started_at < ?", row -> row.time(time));
  }
}
