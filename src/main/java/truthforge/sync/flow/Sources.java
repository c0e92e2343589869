package truthforge.sync.flow;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;

/**
 * Whole sources that wait for a person (promise 8): a source that was restored from a backup, or
 * that is empty at once. While one is held it is still read, for it may be right again, but nothing
 * of it is stored, its cursor stays, and nothing is delivered to it.
 */
public final class Sources {

  /** Set for a system whose records must all be read again; the value tells why. */
  public static final String FULL_READ = "full-read.";

  /** Of {@link #FULL_READ}: what a restored source tells is taken for edits. */
  public static final String APPROVED = "source approved";

  /** Of {@link #FULL_READ}: what a restored source tells is put back. */
  public static final String REFUSED = "source refused";

  private static final String HELD = "source-held.";
  private static final int PAGE = 1000;

  private Sources() {}

  /** All is to be read again. Why it is so already stays: it may be what a person decided. */
  public static void readEverything(LedgerTransaction tx, String system, String why) {
    if (tx.setting(FULL_READ + system) == null) {
      tx.setSetting(FULL_READ + system, why);
    }
    Cursor cursor = tx.cursor(system);
    if (cursor.walk() != null) {
      tx.saveCursor(new Cursor(system, cursor.position(), null, cursor.movedAt()));
    }
  }

  /** Why the system is held as a whole; null where it is not. */
  public static Held.Reason heldFor(LedgerTransaction tx, String system) {
    String why = tx.setting(HELD + system);
    return why == null ? null : Held.Reason.valueOf(why);
  }

  /** Whether this is about a whole source, and not about a record. */
  public static boolean isAbout(Held held) {
    return held.externalId() == null && held.contactId() == null;
  }

  /**
   * Holds the source where the page gives the alarm, and lets it go where it is right again.
   *
   * @return whether nothing of the page is to be stored
   */
  static boolean withholds(LedgerTransaction tx, Page page, Instant now) {
    String system = page.system();
    if (page.cursor() == null) {
      return heldFor(tx, system) != null;
    }
    SourceAlarm alarm = page.alarm();
    boolean real =
        alarm != null && (alarm.why() != Held.Reason.EMPTY_SOURCE || tx.countRecords(system) > 0);
    if (real) {
      tx.hold(new Held(0, alarm.why(), system, null, null, List.of(), "{}", alarm.reason(), now));
      tx.setSetting(HELD + system, alarm.why().name());
      return true;
    }
    Held.Reason held = heldFor(tx, system);
    if (held == Held.Reason.SOURCE_RESTORED || (held != null && !page.sightings().isEmpty())) {
      letGo(tx, system);
    }
    return false;
  }

  /** The next page with a record in it; null where there is none. */
  private static List<Replica> recordsAfter(LedgerTransaction tx, String system, String after) {
    String start = after;
    while (true) {
      List<Replica> page = tx.replicasAfter(system, start, PAGE);
      if (page.isEmpty()) {
        return null;
      }
      if (page.stream().anyMatch(Replica::hasRecord)) {
        return page;
      }
      start = page.get(page.size() - 1).contactId();
    }
  }

  /** Takes the hold off a source. */
  private static void letGo(LedgerTransaction tx, String system) {
    tx.setSetting(HELD + system, null);
    long after = 0;
    List<Held> page = tx.heldAfter(after, PAGE);
    while (!page.isEmpty()) {
      for (Held held : page) {
        if (isAbout(held) && held.system().equals(system)) {
          tx.removeHeld(held.id());
        }
      }
      after = page.get(page.size() - 1).id();
      page = tx.heldAfter(after, PAGE);
    }
  }

  /**
   * Everything is read again, and its alarm is heard no more. Where it is to be put back, each
   * record must be read before it is written, and loses the time of its last reading, which is how
   * it is told until then.
   */
  static void decide(LedgerTransaction tx, Held held, boolean approved) {
    String system = held.system();
    letGo(tx, system);
    tx.setSetting(FULL_READ + system, approved ? APPROVED : REFUSED);
    Cursor cursor = tx.cursor(system);
    tx.saveCursor(new Cursor(system, cursor.position(), null, cursor.movedAt()));
    if (approved) {
      return;
    }
    List<Replica> page = recordsAfter(tx, system, null);
    while (page != null) {
      List<Replica> toPutBack = new ArrayList<>();
      for (Replica replica : page) {
        if (replica.hasRecord()) {
          // Of what was told in part nobody knows how old the rest is.
          boolean doubtful = replica.rereadDue() && !isToPutBack(replica);
          Instant known = doubtful ? null : replica.recordTime();
          toPutBack.add(replica.withReading(known, null).withRereadDue(true));
        }
      }
      tx.saveReplicas(toPutBack);
      page = recordsAfter(tx, system, page.get(page.size() - 1).contactId());
    }
  }

  /**
   * With the last page of the reading that follows it, a decision is carried out: a source that is
   * restored after that waits again, also where the process died right then.
   */
  static void carriedOut(LedgerTransaction tx, Cursor cursor) {
    String why = tx.setting(FULL_READ + cursor.system());
    if (cursor.walk() == null && (APPROVED.equals(why) || REFUSED.equals(why))) {
      tx.setSetting(FULL_READ + cursor.system(), null);
    }
  }

  /**
   * Whether a person refused what the restored source says of this record, or of the one in whose
   * place it was: that one was not found in it.
   */
  static boolean isToPutBack(Replica replica) {
    boolean known = replica.hasRecord() || replica.state() == Replica.State.GONE;
    return known && replica.readAt() == null;
  }

  /** All records that the ledger knows of an emptied source, page by page. */
  static List<List<Replica>> records(LedgerTransaction tx, String system) {
    List<List<Replica>> pages = new ArrayList<>();
    List<Replica> page = recordsAfter(tx, system, null);
    while (page != null) {
      pages.add(page.stream().filter(Replica::hasRecord).toList());
      page = recordsAfter(tx, system, page.get(page.size() - 1).contactId());
    }
    return pages;
  }
}
