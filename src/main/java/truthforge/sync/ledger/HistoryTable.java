package truthforge.sync.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.LedgerTransaction.Recorded;

/** Who changed what of which contact, and when. */
final class HistoryTable {

  private static final String HISTORY =
      "SELECT contact_id, version, field, before_value, after_value, changed_by, changed_at,"
          + " recorded_at, id FROM history";

  /** Of a row that tells everything that a contact was created with. */
  private static final String CREATION = "";

  /** The number of a line is that of its row, times this, and its place in the row. */
  private static final int LINES = 1000;

  private final Sql sql;
  private final Dialect dialect;
  private final ContactTable contacts;

  HistoryTable(Sql sql, Dialect dialect, ContactTable contacts) {
    this.sql = sql;
    this.dialect = dialect;
    this.contacts = contacts;
  }

  private record Line(
      String contactId,
      long version,
      String field,
      String before,
      String after,
      String by,
      Instant at,
      Instant recordedAt) {}

  /** What a contact was created with is one row, which leans on the contact. */
  void add(Collection<Change> changes) {
    List<Change> all = List.copyOf(changes);
    Set<String> createdOnes = new HashSet<>();
    for (Change change : all) {
      if (creates(change)) {
        createdOnes.add(change.contactId());
      }
    }
    Map<String, Contact> creations = contacts.byId(createdOnes);
    List<Line> lines = new ArrayList<>();
    int from = 0;
    while (from < all.size()) {
      Change first = all.get(from);
      if (!creates(first)) {
        lines.add(line(first));
        from++;
        continue;
      }
      Map<String, Value> values = new LinkedHashMap<>();
      int to = from;
      while (to < all.size() && isOneCreation(first, all.get(to), values)) {
        values.put(all.get(to).field(), all.get(to).after());
        to++;
      }
      Contact contact = creations.get(first.contactId());
      lines.add(
          new Line(
              first.contactId(),
              first.version(),
              CREATION,
              LedgerJson.ofValue(Value.EMPTY),
              LedgerJson.ofCreation(values, contact == null ? Map.of() : contact.fields()),
              first.by(),
              first.at(),
              first.recordedAt()));
      from = to;
    }
    sql.batch(
        "INSERT INTO history (contact_id, version, field, before_value, after_value, changed_by,"
            + " changed_at, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        lines,
        (row, line) ->
            row.key(line.contactId())
                .number(line.version())
                .text(line.field())
                .text(line.before())
                .dense(line.after())
                .system(line.by())
                .time(line.at())
                .time(line.recordedAt()));
  }

  private static boolean creates(Change change) {
    return change.version() == 1 && change.before().isEmpty();
  }

  private static boolean isOneCreation(Change first, Change next, Map<String, Value> sofar) {
    return creates(next)
        && next.contactId().equals(first.contactId())
        && next.by().equals(first.by())
        && Objects.equals(next.at(), first.at())
        && next.recordedAt().equals(first.recordedAt())
        && !sofar.containsKey(next.field())
        && sofar.size() < LINES;
  }

  private static Line line(Change change) {
    return new Line(
        change.contactId(),
        change.version(),
        change.field(),
        LedgerJson.ofValue(change.before()),
        LedgerJson.ofValue(change.after()),
        change.by(),
        change.at(),
        change.recordedAt());
  }

  private record HistoryRow(long id, Line line) {
    /** Oldest first. */
    List<Recorded> lines(Contact contact) {
      if (!line.field().equals(CREATION)) {
        return List.of(
            recorded(
                0,
                line.field(),
                LedgerJson.toValue(line.before()),
                LedgerJson.toValue(line.after())));
      }
      List<Recorded> all = new ArrayList<>();
      LedgerJson.toCreation(line.after(), contact == null ? Map.of() : contact.fields())
          .forEach((field, value) -> all.add(recorded(all.size(), field, Value.EMPTY, value)));
      return all;
    }

    private Recorded recorded(int place, String field, Value before, Value after) {
      return new Recorded(
          id * LINES + place,
          new Change(
              line.contactId(),
              line.version(),
              field,
              before,
              after,
              line.by(),
              line.at(),
              line.recordedAt()));
    }
  }

  private HistoryRow historyRow(ResultSet result) throws SQLException {
    return new HistoryRow(
        result.getLong(9),
        new Line(
            dialect.key(result, 1),
            result.getLong(2),
            result.getString(3),
            result.getString(4),
            dialect.dense(result, 5),
            Sql.system(result, 6),
            Sql.time(result, 7),
            Sql.time(result, 8)));
  }

  /** The lines of these rows in their order, of which each holds one at least. */
  private List<Recorded> lines(List<HistoryRow> rows, boolean newestFirst, long after, int limit) {
    Set<String> ids = new TreeSet<>();
    rows.stream()
        .filter(row -> row.line().field().equals(CREATION))
        .forEach(row -> ids.add(row.line().contactId()));
    Map<String, Contact> creations = contacts.byId(ids);
    List<Recorded> lines = new ArrayList<>();
    for (HistoryRow row : rows) {
      if (lines.size() >= limit) {
        break;
      }
      List<Recorded> some = new ArrayList<>(row.lines(creations.get(row.line().contactId())));
      if (newestFirst) {
        Collections.reverse(some);
      }
      some.stream().filter(line -> line.id() > after).forEach(lines::add);
    }
    return lines.size() > limit ? lines.subList(0, limit) : lines;
  }

  List<Change> of(String contactId, int limit) {
    List<HistoryRow> rows =
        sql.list(
            HISTORY + " WHERE contact_id = ? ORDER BY id DESC LIMIT ?",
            row -> row.key(contactId).number(limit),
            this::historyRow);
    return lines(rows, true, -1, limit).stream().map(Recorded::change).toList();
  }

  List<Recorded> after(long afterId, int limit) {
    // The row of the last line may hold more of them.
    long from = Math.max(afterId, 0) / LINES;
    return lines(
        sql.list(
            HISTORY + " WHERE id >= ? ORDER BY id LIMIT ?",
            row -> row.number(from).number(limit + 1L),
            this::historyRow),
        false,
        afterId,
        limit);
  }

  List<Recorded> latest(int limit) {
    return lines(
        sql.list(HISTORY + " ORDER BY id DESC LIMIT ?", row -> row.number(limit), this::historyRow),
        true,
        -1,
        limit);
  }

  long countDeletionsSince(Instant since) {
    return sql.count(
        "SELECT count(*) FROM history WHERE field = 'deleted' AND recorded_at >= ?"
            + " AND after_value <> 'null' AND version > 1",
        row -> row.time(since));
  }

  void pruneBefore(Instant time) {
    sql.update("DELETE FROM history WHERE recorded_at < ?", row -> row.time(time));
  }

  void erase(String contactId) {
    sql.update("DELETE FROM history WHERE contact_id = ?", row -> row.key(contactId));
  }

  long countFieldChangesSince(String system, String field, Instant since) {
    return sql.count(
        "SELECT count(DISTINCT contact_id) FROM history WHERE changed_by = ? AND field = ?"
            + " AND recorded_at >= ? AND version > 1",
        row -> row.system(system).text(field).time(since));
  }
}
