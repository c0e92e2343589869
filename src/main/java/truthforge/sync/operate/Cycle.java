package truthforge.sync.operate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.flow.Asked;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Limits;
import truthforge.sync.flow.Meanwhile;
import truthforge.sync.flow.Observing;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Pass;
import truthforge.sync.flow.Reread;
import truthforge.sync.flow.SourceAlarm;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.merge.Sighting;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Walk;

/** What the routes ask in the course of a cycle, and what each cycle did. */
public final class Cycle {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  /** Set for a system whose records must all be read again, for example after a new mapping. */
  static final String FULL_READ = Sources.FULL_READ;

  static final String WRITING = "writing";

  private static final int NOTED_AT_ONCE = 500;

  private static final String READ_AT = "read-at.";
  private static final String WRITTEN_AT = "written-at.";

  private final Ledger ledger;
  private final Participants participants;
  private final Observing observing;
  private final Delivering delivering;
  private final Availability availability;
  private final ToLongFunction<String> calls;
  private final Limits limits;
  private final int batchSize;
  private final Counts counts;
  private final AgreedClock clock;
  private final Executor executor;
  private final ClockNotes clockNotes = new ClockNotes();

  private final Map<String, Tally> tallies = new LinkedHashMap<>();
  private final Map<String, Reading> readings = new ConcurrentHashMap<>();
  private final Map<String, Meanwhile> pages = new ConcurrentHashMap<>();
  private final Map<String, Long> readSoFar = new ConcurrentHashMap<>();
  private Instant begun;
  private volatile boolean initial;
  private volatile Verification verification;
  private volatile Consumer<Progress> progress = done -> {};
  private volatile CycleReport last;
  private final Map<String, Integer> batchSizes = new ConcurrentHashMap<>();
  private volatile long lastSign = System.nanoTime();
  private final List<Runnable> atBegin = new CopyOnWriteArrayList<>();
  private volatile Consumer<Page> atPage = page -> {};
  private volatile Addresses addresses;

  /**
   * How far a long work is.
   *
   * @param done records so far in this system
   * @param total how many there will be; below 0 while unknown
   */
  public record Progress(String system, String doing, long done, long total) {}

  private static final class Tally {
    private long read;
    private long changed;
    private long sent;
    private long held;
    private long parked;
    private long callsBefore;
  }

  /**
   * @param calls gives the calls made to a system so far
   * @param batchSize bounds write batches
   * @param counts what cycles do is counted there
   * @param executor for what is stored while the next page is asked for
   */
  public Cycle(
      Ledger ledger,
      Participants participants,
      Observing observing,
      Delivering delivering,
      Availability availability,
      ToLongFunction<String> calls,
      Limits limits,
      int batchSize,
      Counts counts,
      Clock clock,
      Executor executor) {
    this.executor = executor;
    this.ledger = ledger;
    this.participants = participants;
    this.observing = observing;
    this.delivering = delivering;
    this.availability = availability;
    this.calls = calls;
    this.limits = limits;
    this.batchSize = batchSize;
    this.counts = counts;
    this.clock = AgreedClock.of(clock);
    participants.names().forEach(system -> tallies.put(system, new Tally()));
    // What another turn reads is newer, and must not be stored before what this one read.
    availability.beforeLeaving(system -> pagesOf(system).settle());
  }

  /** During the initial sync no limit of surprises holds, and progress is told. */
  public void initial(boolean on, Consumer<Progress> listener) {
    if (initial && !on) {
      ledger.transaction(
          tx -> {
            tx.setSetting(Limits.EXEMPT_UNTIL, clock.instant().toString());
            return null;
          });
    }
    initial = on;
    progress = listener;
  }

  /**
   * From now on what is read is compared and not stored.
   *
   * @param running null to store again
   */
  void verify(Verification running) {
    verification = running;
  }

  /** The size of batches for a system with limits of its own. */
  public void batchSize(String system, int size) {
    batchSizes.put(system, size);
  }

  /** What else begins with each cycle. */
  public void atBegin(Runnable action) {
    atBegin.add(action);
  }

  /** What else is told of each page that was stored. */
  void atPage(Consumer<Page> listener) {
    atPage = listener;
  }

  /** From now on a system that is set up to be elsewhere is looked at before it is believed. */
  void addresses(Addresses known) {
    addresses = known;
  }

  public boolean isInitial() {
    return initial;
  }

  private Limits limits() {
    return initial ? Limits.none() : limits;
  }

  // What routes call

  public synchronized void begin() {
    lastSign = System.nanoTime();
    begun = clock.instant();
    atBegin.forEach(Runnable::run);
  }

  /** The reading of a system that is due now. */
  public Reading reading(String system) {
    Reading reading = newReading(system);
    readings.put(system, reading);
    readSoFar.put(system, 0L);
    return reading;
  }

  private Reading newReading(String system) {
    if (verification != null) {
      return new Reading(
          Cursor.none(system), new Walk(system, null, null), Reading.Purpose.RECONCILE);
    }
    return ledger.transaction(
        tx -> {
          boolean inDoubt = addresses != null && addresses.isInDoubt(tx, system);
          Cursor stored = tx.cursor(system);
          // Where a walk stood in another place means nothing here.
          Cursor cursor =
              inDoubt ? new Cursor(system, stored.position(), null, stored.movedAt()) : stored;
          String full = tx.setting(FULL_READ + system);
          // Only a reading of everything can tell that a source is empty no more.
          boolean everything =
              inDoubt || full != null || Sources.heldFor(tx, system) == Held.Reason.EMPTY_SOURCE;
          Reading reading =
              new Reading(
                  cursor,
                  Walk.from(cursor),
                  everything ? Reading.Purpose.RECONCILE : Reading.Purpose.CHANGES);
          return Sources.APPROVED.equals(full) || Sources.REFUSED.equals(full)
              ? reading.asDecided()
              : reading;
        });
  }

  /**
   * Stores a page with its cursor. While more of a walk is to come, the next page may be asked for
   * before that is done; with the last page, all is.
   *
   * @throws RuntimeException what storing this page or the one before it failed of
   */
  public void store(Page told) {
    Page page = believed(told);
    Meanwhile pages = pagesOf(page.system());
    pages.begin(
        () -> {
          storeNow(page);
          return () -> {};
        });
    boolean moreToCome =
        page.cursor() != null && page.cursor().walk() != null && page.alarm() == null;
    if (!moreToCome) {
      pages.settle();
    }
  }

  /** The page, with an alarm where it comes from another place than the records that are known. */
  private Page believed(Page page) {
    // Once it is known, pages are stored while the next ones are asked for.
    if (addresses == null || verification != null || !addresses.awaits(page.system())) {
      return page;
    }
    Reading reading = readings.get(page.system());
    if (reading == null || page.cursor() == null) {
      return page;
    }
    SourceAlarm alarm = ledger.transaction(tx -> addresses.look(tx, page, reading.isDecided()));
    if (alarm == null) {
      return page;
    }
    reading.withhold();
    return new Page(page.system(), page.sightings(), page.cursor(), alarm);
  }

  private Meanwhile pagesOf(String system) {
    return pages.computeIfAbsent(system, s -> new Meanwhile(executor));
  }

  private void storeNow(Page page) {
    if (verification != null) {
      verification.compare(page);
      tell(page.system(), "comparing", page.sightings().size());
      return;
    }
    Observing.Stored stored = observing.store(page, limits());
    atPage.accept(page);
    boolean ended = page.cursor() != null && page.cursor().walk() == null && page.alarm() == null;
    if (ended) {
      ended(page.system(), page.cursor());
    }
    tally(page.system(), stored);
    tell(page.system(), "reading", stored.read());
  }

  /**
   * A walk has ended. Where the source's own clock ran back, changes since then may lie before the
   * time from which the walk read: everything is read once more.
   */
  private void ended(String system, Cursor after) {
    Reading reading = readings.get(system);
    boolean ranBack = reading != null && SourceClock.ranBack(reading.before(), after);
    ledger.transaction(
        tx -> {
          if (ranBack && !reading.isFull()) {
            tx.setSetting(FULL_READ + system, "clock");
          } else if ((reading == null || reading.isFull())
              && tx.setting(FULL_READ + system) != null) {
            if (tx.setting(FULL_READ + system).equals(Reconciling.RECONCILE)) {
              tx.setSetting(Reconciling.SWEEP + system, "due");
            }
            tx.setSetting(FULL_READ + system, null);
          }
          return null;
        });
  }

  private void tell(String system, String doing, long more) {
    lastSign = System.nanoTime();
    Reading reading = readings.get(system);
    long done = readSoFar.merge(system, more, Long::sum);
    progress.accept(new Progress(system, doing, done, reading == null ? -1 : reading.expected()));
  }

  public Pass pass(String system) {
    Pass pass = delivering.begin(system, batchSizes.getOrDefault(system, batchSize), NOTED_AT_ONCE);
    if (initial) {
      pass.expect(delivering.countDue(system));
    }
    return pass;
  }

  public void reread(Pass pass, List<Reread> asked, List<Sighting> sightings) {
    tally(pass.system(), delivering.reread(pass, asked, sightings, limits()));
  }

  public void heard(Pass pass, Asked asked, List<Sighting> sightings) {
    tally(pass.system(), delivering.heard(pass, asked, sightings, limits()));
  }

  /** Tells how far a pass is. */
  public void progress(Pass pass) {
    lastSign = System.nanoTime();
    progress.accept(new Progress(pass.system(), WRITING, pass.sent(), pass.due()));
  }

  public synchronized void delivered(Pass pass) {
    delivering.end(pass);
    if (pass.sent() > 0) {
      progress(pass);
    }
    String reason = pass.systemsFailure();
    if (reason != null && availability.isUp(pass.system())) {
      availability.failed(pass.system(), new BatchRefused(reason, false));
    }
    availability.written(pass.system());
    Tally tally = tallies.get(pass.system());
    tally.sent += pass.sent();
    tally.parked += pass.parked();
    counts.addOverwritten(pass.system(), pass.overwritten());
    counts.retried(pass.system(), pass.retried());
  }

  private synchronized void tally(String system, Observing.Stored stored) {
    Tally tally = tallies.get(system);
    tally.read += stored.read();
    tally.changed += stored.changed();
    tally.held += stored.held();
    tally.parked += stored.parked();
    int told = stored.changed() + stored.held() + stored.parked();
    counts.unchanged(system, Math.max(0, stored.read() - told));
  }

  /** A reading that found nothing moves no cursor, and is a sign of life all the same. */
  private void remember(LedgerTransaction tx, String system, Counters counters, Instant now) {
    Instant read = availability.lastRead(system);
    if (read != null) {
      tx.setSetting(READ_AT + system, read.toString());
    }
    if (counters.sent() > 0) {
      tx.setSetting(WRITTEN_AT + system, now.toString());
    }
  }

  public synchronized void end() {
    lastSign = System.nanoTime();
    Map<String, Counters> counters = new LinkedHashMap<>();
    tallies.forEach(
        (system, tally) ->
            counters.put(
                system,
                new Counters(
                    tally.read,
                    tally.changed,
                    tally.sent,
                    tally.held,
                    tally.parked,
                    calls.applyAsLong(system) - tally.callsBefore,
                    availability.failure(system))));
    CycleReport report = new CycleReport(0, begun, clock.instant(), counters);
    Map<String, String> notes =
        ledger.transaction(
            tx -> {
              report.systems().forEach((system, c) -> remember(tx, system, c, report.endedAt()));
              tx.saveCycle(report);
              return clockNotes.write(tx, clock, participants.names());
            });
    clockNotes.stored(notes);
    last = report;
    counts.add(report);
    // What webhooks wake between cycles counts into the next one.
    tallies.forEach(
        (system, tally) -> {
          tally.read = 0;
          tally.changed = 0;
          tally.sent = 0;
          tally.held = 0;
          tally.parked = 0;
          tally.callsBefore = calls.applyAsLong(system);
        });
    LOG.info("{}", line(report));
  }

  /** How long ago a page was stored, a batch sent, or a cycle begun or ended. */
  Duration sinceLastSign() {
    return Duration.ofNanos(System.nanoTime() - lastSign);
  }

  /** The last cycle that ended since the start; null before the first. */
  public CycleReport last() {
    return last;
  }

  /** When the system was last read to its end; null if never. */
  static Instant lastRead(LedgerTransaction tx, String system) {
    Instant moved = tx.cursor(system).movedAt();
    Instant read = time(tx.setting(READ_AT + system));
    return moved == null || read != null && read.isAfter(moved) ? read : moved;
  }

  /** When a cycle that wrote something to the system last ended; null if none did. */
  static Instant lastWritten(LedgerTransaction tx, String system) {
    return time(tx.setting(WRITTEN_AT + system));
  }

  private static Instant time(String text) {
    return text == null ? null : Instant.parse(text);
  }

  /** One line for people: nothing personal in it. */
  static String line(CycleReport report) {
    StringJoiner systems = new StringJoiner("; ");
    report
        .systems()
        .forEach(
            (system, c) -> {
              StringBuilder text = new StringBuilder(system);
              text.append(" read ").append(c.read());
              text.append(", changed ").append(c.changed());
              text.append(", sent ").append(c.sent());
              if (c.held() > 0) {
                text.append(", held ").append(c.held());
              }
              if (c.parked() > 0) {
                text.append(", parked ").append(c.parked());
              }
              if (c.failure() != null) {
                text.append(", not reached");
              }
              systems.add(text);
            });
    long millis = Duration.between(report.startedAt(), report.endedAt()).toMillis();
    return "cycle in " + millis + " ms: " + systems;
  }
}
