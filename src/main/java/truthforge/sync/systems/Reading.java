package truthforge.sync.systems;

import java.time.Instant;
import java.util.List;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.SourceAlarm;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.merge.Sighting;

/**
 * A reading that goes from page to page: what a route loops over.
 *
 * <p>Mutable, and of one route's exchange only.
 */
public final class Reading {

  private final Cursor before;
  private final boolean resumed;
  private Purpose purpose;
  private Walk walk;
  private boolean ended;
  private long records;
  private long expected = -1;
  private FeedHead feed;
  private boolean sweepDue;
  private boolean followed;
  private SourceAlarm alarm;
  private boolean decided;
  private boolean begunAgain;

  public enum Purpose {
    /** What changed since the last walk. */
    CHANGES,
    /** Everything, with what is not there any more. */
    RECONCILE
  }

  public Reading(Cursor before, Walk walk, Purpose purpose) {
    this.before = before;
    this.resumed = walk.position() != null;
    this.walk = walk;
    this.purpose = purpose;
  }

  public Cursor before() {
    return before;
  }

  public Purpose purpose() {
    return purpose;
  }

  /**
   * The source is not the one that was read before, or it is as it was at an earlier time: its
   * identity, or its own count of changes, has run back. To be told before the first page is made;
   * nothing of the reading is stored then until a person has decided (promise 8).
   *
   * @param reason what tells so, in plain words and without personal data
   */
  public void restored(String reason) {
    if (!decided || resumed) {
      alarm = SourceAlarm.restored(reason);
    }
  }

  /**
   * A person has decided about the source: it is read, whatever it was held for. That holds for the
   * source as it was when the walk began: where the reading goes on with a walk, and the source was
   * restored once more since, a person must decide again (promise 8).
   */
  public Reading asDecided() {
    decided = true;
    return this;
  }

  public boolean isDecided() {
    return decided;
  }

  /** Whether nothing of it is stored, since a person must decide first. */
  public boolean isWithheld() {
    return alarm != null;
  }

  /** Whether it goes through everything, not only through what changed. */
  public boolean isFull() {
    return purpose == Purpose.RECONCILE || before.position() == null;
  }

  public Walk walk() {
    return walk;
  }

  /** The walk with what the source told at its beginning. */
  public void begin(Walk begun) {
    walk = begun;
  }

  /**
   * Begins anew with everything, after every record that should be there was asked for: for a
   * source whose changes cannot be told any more.
   */
  public void beginWithEverything(Walk begun) {
    walk = begun;
    purpose = Purpose.RECONCILE;
    sweepDue = true;
  }

  /** Whether every record that should be there must be asked for before the next page is read. */
  public boolean mustSweep() {
    return sweepDue && alarm == null;
  }

  public void swept() {
    sweepDue = false;
  }

  /** What the source told of its change feed as the reading began; null where it has none. */
  public FeedHead feed() {
    return feed;
  }

  public void feed(FeedHead told) {
    feed = told;
  }

  /** Whether it reads what the change feed names, rather than a walk over the records. */
  public boolean followsFeed() {
    return FeedPosition.in(walk.token()) != null;
  }

  /** Whether the change feed told that there is nothing to read. */
  public boolean hasNothingNew() {
    return followsFeed() && feed != null && !feed.more();
  }

  /** Up to where the feed may forget what was read of it; null where there is nothing to forget. */
  public FeedPosition prunable() {
    boolean kept = feed != null && (feed.kept() || feed.more());
    return ended && kept && followed ? FeedPosition.in(walk.position()) : null;
  }

  public boolean hasMore() {
    return !ended;
  }

  public long records() {
    return records;
  }

  /**
   * Goes on from the beginning, where the source does not know any more where the walk had stopped.
   *
   * @return a page of nothing; null where the walk began in this reading
   */
  public Page beginAgain(Instant now) {
    if (!resumed || begunAgain || records > 0) {
      return null;
    }
    begunAgain = true;
    return page(List.of(), new Walk(walk.system(), null, null), false, now);
  }

  /** The page that was read, with the cursor as it stands after it. */
  public Page page(List<Sighting> sightings, Walk next, boolean last, Instant now) {
    followed = followsFeed();
    walk = next;
    ended = last;
    records += sightings.size();
    if (last && records == 0 && isFull() && !decided && alarm == null) {
      alarm = SourceAlarm.empty();
    }
    // Of what nobody may believe yet, no more need be read.
    ended |= alarm != null;
    return new Page(
        next.system(), sightings, last ? next.ended(now) : next.underWay(before, now), alarm);
  }

  /**
   * How many records there will be in all.
   *
   * @param total below 0 while unknown
   */
  public void expect(long total) {
    expected = total;
  }

  /** How many records there will be in all; below 0 while unknown. */
  public long expected() {
    return expected;
  }

  /** Of what nobody may believe yet, no more is read. */
  public void withhold() {
    ended = true;
  }

  /** There was nothing to read. */
  public void end() {
    ended = true;
  }
}
