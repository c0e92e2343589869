package truthforge.sync.systems;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.Optional;

/**
 * How far a reader of a change feed has come: of the database {@code identity} it knows every entry
 * up to (txid, seq), in the order of that pair.
 *
 * <p>It is the order of the cursor and not of one row's changes: of several entries on a row the
 * one with the highest seq is the last. An entry only names a row, whose values are read from the
 * table.
 *
 * @param identity what tells one state of a database from another that was put in its place. Behind
 *     a stroke it tells which feed of that database: one that was set up anew has missed changes
 * @param txid the transaction of the entry; 0 where the feed knows none, as in SQLite
 * @param seq the number of the entry; 0 stands before all entries of the transaction
 */
public record FeedPosition(String identity, long txid, long seq) {

  private static final String FEED = "feed";
  private static final String IDENTITY = "identity";
  private static final String TXID = "txid";
  private static final String SEQ = "seq";

  private static final Comparator<FeedPosition> ORDER =
      Comparator.comparingLong(FeedPosition::txid).thenComparingLong(FeedPosition::seq);

  public FeedPosition {
    if (identity == null || identity.isEmpty()) {
      throw new IllegalArgumentException("A position in a feed names whose feed it is");
    }
  }

  /** Why a feed cannot be read on from a position: all of the table must be read instead. */
  public enum Gap {
    /** It is not the database that the position was taken in. */
    ANOTHER_DATABASE("its change feed is that of another database"),
    /** The feed ends before the position: the database was put back to an older state. */
    RAN_BACK("its change feed has run back"),
    /** Changes behind the position are not in the feed, or not any more. */
    MISSED("its change feed does not tell all changes");

    private final String reason;

    Gap(String reason) {
      this.reason = reason;
    }

    /** Whether the source as a whole is in doubt (promise 8). */
    public boolean isSurprise() {
      return this != MISSED;
    }

    /** In plain words. */
    public String reason() {
      return reason;
    }
  }

  /**
   * What a database tells of its feed at one moment.
   *
   * @param end no entry, now or later, can have been read beyond it
   * @param formerIdentity the identity before the present one, of the same database and the same
   *     history; null where it never had another
   * @param prunedTxid entries up to (prunedTxid, prunedSeq) may be missing; 0 where none are
   */
  public record Bounds(FeedPosition end, String formerIdentity, long prunedTxid, long prunedSeq) {}

  /** The position that was put into this JSON; null where there is none. */
  public static FeedPosition in(JsonNode json) {
    JsonNode feed = json == null ? null : json.get(FEED);
    return feed == null || !feed.hasNonNull(IDENTITY)
        ? null
        : new FeedPosition(
            feed.get(IDENTITY).asText(), feed.path(TXID).asLong(), feed.path(SEQ).asLong());
  }

  /** Puts it into the JSON of a cursor or of a walk: {@code {"feed": {"identity", …}}}. */
  public ObjectNode putInto(ObjectNode json) {
    ObjectNode feed = json.putObject(FEED).put(IDENTITY, identity);
    if (txid != 0) {
      feed.put(TXID, txid);
    }
    feed.put(SEQ, seq);
    return json;
  }

  public boolean isAfter(FeedPosition other) {
    return ORDER.compare(this, other) > 0;
  }

  /** The later of both, in the database of the other. */
  public FeedPosition orLater(FeedPosition other) {
    return isAfter(other) ? new FeedPosition(other.identity, txid, seq) : other;
  }

  /** Empty where the feed can be read on from here. */
  public Optional<Gap> gapIn(Bounds feed) {
    String present = feed.end().identity();
    String former = feed.formerIdentity();
    if (!database(identity).equals(database(present))
        && (former == null || !database(identity).equals(database(former)))) {
      return Optional.of(Gap.ANOTHER_DATABASE);
    }
    if (isAfter(feed.end())) {
      return Optional.of(Gap.RAN_BACK);
    }
    boolean same = identity.equals(present) || identity.equals(former);
    boolean pruned = new FeedPosition(identity, feed.prunedTxid(), feed.prunedSeq()).isAfter(this);
    return pruned || !same ? Optional.of(Gap.MISSED) : Optional.empty();
  }

  private static String database(String identity) {
    int stroke = identity.indexOf('/');
    return stroke < 0 ? identity : identity.substring(0, stroke);
  }
}
