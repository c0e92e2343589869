package truthforge.sync.ledger;

import java.time.Instant;

/**
 * How far a source has been read.
 *
 * @param position where the next walk starts, in the source's own terms; null before the first walk
 *     has ended
 * @param walk where the walk under way goes on, in the source's own terms; null where none is
 * @param movedAt when it was last stored
 */
public record Cursor(String system, String position, String walk, Instant movedAt) {

  public static Cursor none(String system) {
    return new Cursor(system, null, null, null);
  }
}
