package truthforge.sync.systems;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import truthforge.sync.ledger.Cursor;

/**
 * Where a change feed stood as a reading of it began.
 *
 * @param safe up to here every entry that there will ever be can be read: where a reading that
 *     knows the whole table goes on from
 * @param more whether there are entries beyond the position that the reading began at
 * @param kept whether entries up to that position are still there
 * @param heldSince since when somebody's open transaction keeps later entries from being read; null
 *     where none does, or where the source does not tell
 */
public record FeedHead(
    FeedPosition.Bounds bounds, FeedPosition safe, boolean more, boolean kept, Instant heldSince) {

  private static final String HELD_SINCE = "held_since";

  /** Notes in the position of a cursor since when the feed is held back. */
  public void noteHeldIn(ObjectNode position) {
    if (heldSince == null) {
      position.remove(HELD_SINCE);
    } else {
      position.put(HELD_SINCE, heldSince.toString());
    }
  }

  /** Since when the feed of this cursor is held back; null where it is not. */
  public static Instant heldSince(Cursor cursor) {
    ObjectNode position = Walk.lastPosition(cursor);
    return position == null || !position.hasNonNull(HELD_SINCE)
        ? null
        : Instant.parse(position.get(HELD_SINCE).textValue());
  }
}
