package truthforge.sync.flow;

import java.time.Duration;

/**
 * Where changes become a big surprise that waits for a person (promise 8), counted over a rolling
 * hour.
 *
 * @param deletes above this number, deletions are held
 * @param deletePercent above this share of all contacts too, from ten deletions on
 * @param fieldPercent above this share of all contacts, changes of one field are held, from a
 *     hundred on
 */
public record Limits(int deletes, double deletePercent, double fieldPercent) {

  public static final Duration WINDOW = Duration.ofHours(1);

  /** The ledger's setting with the end of the last initial sync: what was before does not count. */
  public static final String EXEMPT_UNTIL = "limits.exempt-until";

  private static final Limits NONE =
      new Limits(Integer.MAX_VALUE, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

  private static final int FEWEST_DELETES = 10;
  private static final int FEWEST_FIELD_CHANGES = 100;

  public static Limits defaults() {
    return new Limits(200, 5, 20);
  }

  /** For the initial sync and for setting up. */
  public static Limits none() {
    return NONE;
  }

  /** Whether nothing is ever too much: then nothing need be counted. */
  public boolean areNone() {
    return equals(NONE);
  }

  public boolean tooManyDeletions(long deletions, long contacts) {
    return deletions > deletes
        || (deletions >= FEWEST_DELETES && deletions * 100.0 > contacts * deletePercent);
  }

  public boolean tooManyFieldChanges(long changed, long contacts) {
    return changed >= FEWEST_FIELD_CHANGES && changed * 100.0 > contacts * fieldPercent;
  }
}
