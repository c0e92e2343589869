package truthforge.sync.systems.jdbc;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Gone;
import truthforge.sync.systems.FeedHead;
import truthforge.sync.systems.FeedPosition;
import truthforge.sync.systems.FeedPosition.Gap;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.Walk;

/**
 * What a change feed of a database says, and what is to be read because of it. An entry names a
 * row; the row's values are read from the table afterwards, so it does not matter how often an
 * entry is read, nor in which order.
 */
public final class JdbcFeed {

  /** Of entries read at once, which is as much as the feed gives, and of rows read for them. */
  static final int PAGE = 1000;

  private static final String INSERTED = "I";
  private static final String UPDATED = "U";
  private static final String DELETED = "D";
  private static final String EMPTIED = "T";

  private JdbcFeed() {}

  /**
   * Entries that were read.
   *
   * @param rows the ids that they name, each with what its last entry says
   * @param emptied whether the table was emptied at one stroke
   * @param next where the feed goes on
   * @param last whether all was read that was there when the reading began
   */
  public record Entries(
      Reading reading, Map<String, String> rows, boolean emptied, FeedPosition next, boolean last) {

    public boolean namesRows() {
      return !rows.isEmpty();
    }
  }

  /** What a row of {@link JdbcDialect#feedState} says; null where the table is fed no more. */
  static FeedHead head(Map<String, Object> row) {
    String identity = (String) row.get("identity");
    if (identity == null) {
      return null;
    }
    return new FeedHead(
        new FeedPosition.Bounds(
            new FeedPosition(identity, number(row, "end_txid"), number(row, "end_seq")),
            (String) row.get("former"),
            number(row, "pruned_txid"),
            number(row, "pruned_seq")),
        new FeedPosition(identity, number(row, "safe_txid"), number(row, "safe_seq")),
        yes(row.get("more")),
        yes(row.get("kept")),
        row.get("held_since") == null
            ? null
            : Records.instant(String.valueOf(row.get("held_since"))));
  }

  private static long number(Map<String, Object> row, String column) {
    return row.get(column) == null ? 0 : ((Number) row.get(column)).longValue();
  }

  private static boolean yes(Object flag) {
    return flag instanceof Number number ? number.longValue() != 0 : Boolean.TRUE.equals(flag);
  }

  /** Where a reading stands in the feed, or stood when its cursor was stored; null for nowhere. */
  static FeedPosition reached(Reading reading) {
    if (reading.followsFeed()) {
      return FeedPosition.in(reading.walk().token());
    }
    return FeedPosition.in(
        reading.walk().position() == null
            ? Walk.lastPosition(reading.before())
            : reading.walk().position());
  }

  /**
   * Decides how the reading goes on: by the feed where it tells every change since the cursor, else
   * by a walk, over everything where changes were missed.
   *
   * @param since the database's own time, from where a walk by time would start
   * @param feed null where the table has none
   */
  static void begin(Reading reading, String since, FeedHead feed) {
    reading.feed(feed);
    FeedPosition reached = reached(reading);
    Optional<Gap> gap =
        feed == null || reached == null ? Optional.empty() : reached.gapIn(feed.bounds());
    boolean underWay = reading.walk().position() != null;
    if (underWay && gap.isEmpty() && (feed != null) == (reached != null)) {
      return;
    }
    ObjectNode position = Walk.json().put("since", since);
    Walk walk = reading.walk();
    if (feed == null) {
      reading.begin(walk.at(position, null));
    } else if (gap.isPresent()) {
      gap.filter(Gap::isSurprise).ifPresent(found -> reading.restored(found.reason()));
      feed.safe().putInto(position);
      reading.beginWithEverything(walk.at(position, null));
    } else if (reached == null) {
      // The position is older than the first page: what changes meanwhile is read after it.
      feed.safe().putInto(position);
      reading.begin(walk.at(position, null));
    } else {
      // A walk over everything does not see what is gone, which the feed then still tells.
      reached.putInto(position);
      reading.begin(walk.at(position, reading.isFull() ? null : token(reached)));
    }
  }

  static ObjectNode token(FeedPosition position) {
    ObjectNode token = Walk.json();
    position.putInto(token);
    return token;
  }

  /** Whether an entry on a row says only what is known already. */
  interface Known {
    boolean is(long txid, String id);
  }

  /** What a page of {@link JdbcDialect#feedEntries} names and is not known. */
  static Entries entries(Reading reading, List<Map<String, Object>> rows, Known known) {
    FeedPosition next = FeedPosition.in(reading.walk().token());
    Map<String, String> named = new LinkedHashMap<>();
    boolean emptied = false;
    for (Map<String, Object> row : rows) {
      long seq = number(row, "seq");
      long txid = number(row, "txid");
      next = new FeedPosition(next.identity(), txid, seq);
      if (!yes(row.get("ours"))) {
        continue;
      }
      String op = String.valueOf(row.get("op"));
      emptied |= op.equals(EMPTIED);
      String id = (String) row.get("pk");
      boolean written = op.equals(INSERTED) || op.equals(UPDATED);
      if (id != null && written && known.is(txid, id)) {
        continue;
      }
      // A row that was deleted once and is not there is gone, whatever was logged of it since: its
      // table may have triggers of its own, which delete in the midst of an update.
      if (id != null) {
        named.merge(id, op, (before, now) -> before.equals(DELETED) ? before : now);
      }
    }
    FeedPosition safe = reading.feed().safe();
    boolean last = rows.size() < PAGE || !safe.isAfter(next);
    // Everything up to the safe end was read: no entry can come before it any more.
    next = rows.size() < PAGE ? next.orLater(safe) : next;
    return new Entries(reading, named, emptied, next, last);
  }

  /** The table was emptied: what is gone is asked for one by one, what is there is read anew. */
  static void beginAnew(Reading reading) {
    ObjectNode position = reading.walk().position().deepCopy();
    reading.feed().safe().putInto(position);
    reading.beginWithEverything(reading.walk().at(position, null));
  }

  /** What became of the named rows. A row that is there is what it is now, whatever was logged. */
  static List<Sighting> sightings(
      String system,
      Entries entries,
      List<JdbcRow> found,
      Function<List<JdbcRow>, List<Sighting>> told) {
    List<Sighting> sightings = new ArrayList<>();
    Set<String> there = new LinkedHashSet<>();
    found.forEach(row -> there.add(row.id()));
    entries
        .rows()
        .forEach(
            (id, op) -> {
              if (op.equals(DELETED) && !there.contains(id)) {
                sightings.add(new Gone(system, id));
              }
            });
    sightings.addAll(told.apply(found));
    return sightings;
  }

  /** The walk with the feed read up to there. */
  static Walk after(Entries entries) {
    ObjectNode position = entries.reading().walk().position().deepCopy();
    FeedPosition next = entries.next();
    next.putInto(position);
    entries.reading().feed().noteHeldIn(position);
    return entries.reading().walk().at(position, token(next));
  }
}
