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
 * @param identity what tells one state of a database from another that was put in its place;
 *     compared and never understood
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
    ANOTHER_DATABASE,
    /** The feed ends before the position: the database was put back to an older state. */
    RAN_BACK,
    /** Entries behind the position are not kept any more. */
    PRUNED
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
  public void putInto(ObjectNode json) {
    ObjectNode feed = json.putObject(FEED).put(IDENTITY, identity);
    if (txid != 0) {
      feed.put(TXID, txid);
    }
    feed.put(SEQ, seq);
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
    if (!identity.equals(feed.end().identity()) && !identity.equals(feed.formerIdentity())) {
      return Optional.of(Gap.ANOTHER_DATABASE);
    }
    if (isAfter(feed.end())) {
      return Optional.of(Gap.RAN_BACK);
    }
    boolean pruned = new FeedPosition(identity, feed.prunedTxid(), feed.prunedSeq()).isAfter(this);
    return pruned ? Optional.of(Gap.PRUNED) : Optional.empty();
  }
}
