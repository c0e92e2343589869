package truthforge.sync.systems.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import truthforge.sync.systems.FeedHead;
import truthforge.sync.systems.FeedPosition;
import truthforge.sync.systems.FeedPosition.Bounds;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.http.HttpCall;

/** The change feed that {@code setup} installs, by its functions: what is asked, what it means. */
final class SupabaseFeed {

  static final String INFO = "sync_feed_info";

  private static final String ENTRIES = "sync_feed";
  private static final String PRUNE = "sync_feed_prune";
  private static final int LARGEST_PAGE = 1000;

  /** The rows themselves are left out: their values are read from the table. */
  private static final String COLUMNS = "select=seq,txid,at,tbl,op,pk&order=txid.asc,seq.asc";

  /** In a position: the time of the entry that was read last. */
  private static final String ENTRY_AT = "entry_at";

  /** In a position: how many entries were read since the feed was told to forget any. */
  private static final String UNPRUNED = "unpruned";

  /** So many entries are forgotten at once, so that a quiet system is not written to. */
  static final int PRUNED_AT_ONCE = 1000;

  private final String watchedTable;
  private final String idColumn;

  /**
   * @param watchedTable with its schema, as the feed names it
   */
  SupabaseFeed(String watchedTable, String idColumn) {
    this.watchedTable = watchedTable;
    this.idColumn = idColumn;
  }

  /**
   * Where the feed stands.
   *
   * @param clock the database's own; null where it does not tell
   */
  record Info(FeedHead head, Instant clock) {}

  /**
   * What a page of the feed names.
   *
   * @param changed ids of rows that were changed or deleted
   * @param deleted those of them that were deleted at least once
   * @param end the position behind it
   * @param endAt the time of the entry that stands there; null where none does
   * @param entries how many entries it held that are new
   * @param last whether it held none
   */
  record Named(
      Reading reading,
      Set<String> changed,
      Set<String> deleted,
      FeedPosition end,
      String endAt,
      int entries,
      boolean last) {

    /** The walk behind the page. */
    Walk walk() {
      ObjectNode position = reading.walk().position().deepCopy();
      end.putInto(position);
      position.put(ENTRY_AT, endAt);
      position.put(UNPRUNED, position.path(UNPRUNED).asLong() + entries);
      if (reading.feed() != null) {
        reading.feed().noteHeldIn(position);
      }
      ObjectNode token = Walk.json();
      end.putInto(token);
      return reading.walk().at(position, token);
    }
  }

  static HttpCall infoCall(Reading reading) {
    return HttpCall.get("/rpc/" + INFO, null, reading);
  }

  /** Null where the feed does not tell of this table, or names its rows by another column. */
  Info info(JsonNode answer) {
    boolean watched = answer.path("watched").path(watchedTable).asText().equals(idColumn);
    String identity = answer.path("identity").asText("");
    if (!watched || identity.isEmpty()) {
      return null;
    }
    // Every entry below safe_txid was committed before what is read of the table from now on.
    FeedPosition now = new FeedPosition(identity, answer.path("safe_txid").asLong(), 0);
    FeedPosition end = new FeedPosition(identity, answer.path("next_txid").asLong(), 0);
    long prunedBelow = answer.path("pruned_below").asLong();
    Bounds bounds = new Bounds(end, null, prunedBelow - 1, Long.MAX_VALUE);
    return new Info(
        new FeedHead(
            bounds,
            now,
            true,
            answer.hasNonNull("oldest_kept"),
            Records.instant(answer.path("open_since").asText())),
        Records.instant(answer.path("now").asText()));
  }

  /** Takes along what else stands in a position besides where it is. */
  static void copyRest(ObjectNode from, ObjectNode to) {
    for (String name : List.of(ENTRY_AT, UNPRUNED)) {
      if (from.has(name)) {
        to.set(name, from.get(name));
      }
    }
  }

  /**
   * The next page. It begins with the entry that was read last, which is kept: where it is not
   * there, or another stands in its place, this is not the log that was read.
   */
  static HttpCall pageCall(Reading reading) {
    FeedPosition position = FeedPosition.in(reading.walk().position());
    String behind =
        "after_txid="
            + position.txid()
            + "&after_seq="
            + Math.max(0, position.seq() - 1)
            + "&max_rows="
            + LARGEST_PAGE;
    return HttpCall.get("/rpc/" + ENTRIES, behind + "&" + COLUMNS, reading);
  }

  /**
   * What the page names; where it cannot tell what changed, everything is to be read, and it is
   * null.
   */
  Named named(Reading reading, JsonNode entries) {
    FeedPosition before = FeedPosition.in(reading.walk().position());
    Set<String> changed = new LinkedHashSet<>();
    Set<String> deleted = new LinkedHashSet<>();
    FeedPosition end = before;
    String lastAt = reading.walk().position().path(ENTRY_AT).textValue();
    String endAt = lastAt;
    boolean lastRead = before.seq() == 0;
    int count = 0;
    boolean emptied = false;
    for (JsonNode entry : entries) {
      FeedPosition at =
          new FeedPosition(
              before.identity(), entry.path("txid").asLong(), entry.path("seq").asLong());
      if (at.equals(before)) {
        lastRead = lastAt == null || lastAt.equals(entry.path("at").asText());
        continue;
      }
      count++;
      end = at.orLater(end);
      endAt = entry.path("at").asText();
      if (!entry.path("tbl").asText().equals(watchedTable)) {
        continue;
      }
      JsonNode id = entry.path("pk").get(idColumn);
      String operation = entry.path("op").asText();
      if (operation.equals("T") || id == null || id.isNull()) {
        emptied = true;
      } else {
        changed.add(id.asText());
        if (operation.equals("D")) {
          deleted.add(id.asText());
        }
      }
    }
    if (!lastRead) {
      reading.restored(FeedPosition.Gap.RAN_BACK.reason());
    }
    if (!lastRead || emptied) {
      ObjectNode position = Walk.json();
      position.set("since", reading.walk().position().get("since"));
      reading.beginWithEverything(reading.walk().at(reading.feed().safe().putInto(position), null));
      return null;
    }
    return new Named(reading, changed, deleted, end, endAt, count, count == 0);
  }

  /**
   * Forgets what is below the position that is stored, where that is much; null for nothing. Of the
   * last transaction the entries are kept: the next page begins with one.
   */
  static HttpCall pruneCall(Reading reading) {
    ObjectNode position = reading.walk().position();
    FeedPosition read = FeedPosition.in(position);
    boolean much = position != null && position.path(UNPRUNED).asLong() >= PRUNED_AT_ONCE;
    if (read == null || !much || !reading.followsFeed() || reading.isWithheld()) {
      return null;
    }
    ObjectNode body = Walk.json().put("before_txid", read.txid());
    return HttpCall.post("/rpc/" + PRUNE, null, body.toString(), reading);
  }

  /** Notes that the feed has forgotten; stored with the next page. */
  static void pruned(Reading reading) {
    ObjectNode position = reading.walk().position().deepCopy();
    position.remove(UNPRUNED);
    reading.begin(reading.walk().at(position, reading.walk().token()));
  }
}
