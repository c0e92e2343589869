package truthforge.sync.systems;

import java.util.List;
import truthforge.sync.flow.Page;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.merge.Sighting;

/**
 * A reading that goes from page to page: what a route loops over.
 *
 * <p>Mutable, and of one route's exchange only.
 */
public final class Reading {

  private final Cursor before;
  private final Purpose purpose;
  private Walk walk;
  private boolean ended;
  private long records;

  public enum Purpose {
    /** What changed since the last walk. */
    CHANGES,
    /** Everything, with what is not there any more. */
    RECONCILE
  }

  public Reading(Cursor before, Walk walk, Purpose purpose) {
    this.before = before;
    this.walk = walk;
    this.purpose = purpose;
  }

  public Cursor before() {
    return before;
  }

  public Purpose purpose() {
    return purpose;
  }

  public Walk walk() {
    return walk;
  }

  /** The walk with what the source told at its beginning. */
  public void begin(Walk begun) {
    walk = begun;
  }

  public boolean hasMore() {
    return !ended;
  }

  public long records() {
    return records;
  }

  /** The page that was read, with the cursor as it stands after it. */
  public Page page(List<Sighting> sightings, Walk next, boolean last, java.time.Instant now) {
    walk = next;
    ended = last;
    records += sightings.size();
    return new Page(next.system(), sightings, last ? next.ended(now) : next.underWay(before, now));
  }

  /** There was nothing to read. */
  public void end() {
    ended = true;
  }
}
