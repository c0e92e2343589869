package truthforge.sync.operate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Pass;
import truthforge.sync.flow.Reread;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Walk;

/**
 * When a system is compared whole, and with what: everything is read, and each record that the
 * ledger knows and that was not told is asked for by its id. So hard deletions are found, edits
 * that left no trace, and lost links. What is found comes in by the same door as any observation.
 *
 * <p>It is due once a day, on demand, and early where the number of records is twice not what the
 * ledger expects. What is due stands in the ledger: a restart goes on with it. In memory are only
 * the hashes of the ids that were told; without them, more is asked for.
 */
public final class Reconciling {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  /** Of {@link Sources#FULL_READ}: everything is read to be compared. */
  static final String RECONCILE = "reconcile";

  /** Set for a system of which everything was read, until what was missing was asked for. */
  static final String SWEEP = "sweep.";

  private static final String LAST = "reconciled.";
  private static final String GAP = "count-gap.";
  private static final String ODD = "count-odd.";

  /** Early compares of a system come no closer than this part of the usual distance. */
  private static final int MOST_EARLY_ONES = 24;

  private static final int PAGE = 500;

  private final Ledger ledger;
  private final Participants participants;
  private final Delivering delivering;
  private final Availability availability;
  private final Duration every;
  private final int countEvery;
  private final Clock clock;
  private final Map<String, IdSet> told = new ConcurrentHashMap<>();
  private long cycles;

  /**
   * @param every the time between two compares of a system
   * @param countEvery the number of cycles between two counts of its records; 0 for none
   */
  Reconciling(
      Ledger ledger,
      Participants participants,
      Delivering delivering,
      Availability availability,
      Duration every,
      int countEvery,
      Clock clock) {
    this.ledger = ledger;
    this.participants = participants;
    this.delivering = delivering;
    this.availability = availability;
    this.every = every;
    this.countEvery = countEvery;
    this.clock = clock;
  }

  /** At the beginning of each cycle: what is due by time becomes part of it. */
  void begin() {
    cycles++;
    Instant now = clock.instant();
    ledger.transaction(
        tx -> {
          for (String system : participants.names()) {
            String last = tx.setting(LAST + system);
            if (last == null) {
              tx.setSetting(LAST + system, now.toString());
            } else if (!Instant.parse(last).plus(every).isAfter(now)) {
              require(tx, system);
            }
          }
          return null;
        });
  }

  /** Every system is compared by the next cycle. */
  public void requireAll() {
    ledger.transaction(
        tx -> {
          participants.names().forEach(system -> require(tx, system));
          return null;
        });
  }

  /** Once its table is there again, edits and deletions that nothing told of may be in it. */
  void missed(String system) {
    ledger.transaction(
        tx -> {
          boolean known = tx.cursor(system).position() != null;
          if (known && tx.setting(Sources.FULL_READ + system) == null) {
            require(tx, system);
          }
          return null;
        });
  }

  private void require(LedgerTransaction tx, String system) {
    tx.setSetting(LAST + system, clock.instant().toString());
    if (tx.setting(Sources.FULL_READ + system) == null) {
      tx.setSetting(Sources.FULL_READ + system, RECONCILE);
    }
    Cursor cursor = tx.cursor(system);
    tx.saveCursor(new Cursor(system, cursor.position(), null, cursor.movedAt()));
    told.put(system, new IdSet());
  }

  /** Takes note of what a page told. */
  void told(Page page) {
    IdSet ids = told.get(page.system());
    if (ids != null) {
      page.sightings().forEach(sighting -> ids.add(sighting.externalId()));
    }
  }

  // What routes call

  /** Systems of which everything was read, and what was not told is to be asked for. */
  public List<String> toSweep() {
    return ledger.transaction(
        tx ->
            participants.names().stream()
                .filter(system -> tx.setting(SWEEP + system) != null)
                .toList());
  }

  /** The next records to ask for; empty when there are no more in this pass. */
  public List<Reread> nextToSweep(Pass pass) {
    IdSet ids = told.get(pass.system());
    while (true) {
      List<Reread> page = delivering.nextToSweep(pass);
      if (page.isEmpty() || ids == null) {
        return page;
      }
      List<Reread> missing =
          page.stream().filter(reread -> !ids.contains(reread.replica().externalId())).toList();
      if (!missing.isEmpty()) {
        return missing;
      }
    }
  }

  /** All that was missing was asked for, unless the system failed meanwhile. */
  public void swept(Pass pass) {
    String system = pass.system();
    if (!availability.isUp(system)) {
      return;
    }
    ledger.transaction(
        tx -> {
          tx.setSetting(SWEEP + system, null);
          // What is there now is what to expect from here on.
          tx.setSetting(GAP + system, null);
          tx.setSetting(ODD + system, null);
          return null;
        });
    told.remove(system);
  }

  /** Systems whose records are to be counted in this cycle. */
  public List<String> toCount() {
    if (countEvery == 0) {
      return List.of();
    }
    boolean inTurn = cycles % countEvery == 0;
    return ledger.transaction(
        tx -> {
          List<String> systems = new ArrayList<>();
          for (String system : participants.names()) {
            boolean beingCompared =
                tx.setting(Sources.FULL_READ + system) != null
                    || tx.setting(SWEEP + system) != null
                    || tx.cursor(system).position() == null
                    || Sources.heldFor(tx, system) != null;
            boolean wanted =
                inTurn || tx.setting(GAP + system) == null || tx.setting(ODD + system) != null;
            if (wanted && !beingCompared) {
              systems.add(system);
            }
          }
          return systems;
        });
  }

  /** What a count is taken with: adapters tell its result as what a reading may expect. */
  public Reading counting(String system) {
    return new Reading(
        Cursor.none(system), new Walk(system, null, null), Reading.Purpose.RECONCILE);
  }

  public void counted(Reading reading) {
    counted(reading.before().system(), reading.expected());
  }

  /**
   * Compares the number of records with what the ledger knows. What always lies between them is no
   * news; another difference is looked at once more in the next cycle, for somebody may have just
   * added a record, and then everything is read.
   *
   * @param records below 0 where the system did not tell
   */
  public void counted(String system, long records) {
    if (records < 0) {
      return;
    }
    boolean early =
        ledger.transaction(
            tx -> {
              String gap = String.valueOf(records - tx.countRecords(system) - unlinked(tx, system));
              String usual = tx.setting(GAP + system);
              if (usual == null || usual.equals(gap)) {
                tx.setSetting(GAP + system, gap);
                tx.setSetting(ODD + system, null);
                return false;
              }
              if (tx.setting(ODD + system) == null) {
                tx.setSetting(ODD + system, gap);
                return false;
              }
              Instant last = Instant.parse(tx.setting(LAST + system));
              if (last.plus(every.dividedBy(MOST_EARLY_ONES)).isAfter(clock.instant())) {
                return false;
              }
              require(tx, system);
              return true;
            });
    if (early) {
      LOG.info("{} holds another number of records than expected: all of it is compared", system);
    }
  }

  /** Records that wait for a person to say whose they are. */
  private static long unlinked(LedgerTransaction tx, String system) {
    long count = 0;
    long after = 0;
    List<Held> page = tx.heldAfter(after, PAGE);
    while (!page.isEmpty()) {
      for (Held held : page) {
        boolean isRecord = held.externalId() != null && held.contactId() == null;
        if (isRecord && held.system().equals(system)) {
          count++;
        }
      }
      after = page.get(page.size() - 1).id();
      page = tx.heldAfter(after, PAGE);
    }
    return count;
  }
}
