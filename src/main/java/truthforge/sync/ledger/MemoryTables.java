package truthforge.sync.ledger;

import java.time.Instant;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import truthforge.sync.contact.Contact;

/**
 * The committed state of a {@link MemoryLedger}: never changed once made.
 *
 * @param replicas by contact, then by system
 * @param external contacts by system, then by external id
 * @param emails contacts by email
 * @param phones contacts by phone number
 * @param lastId the highest id that was ever given to a row of the lists
 */
record MemoryTables(
    NavigableMap<String, Contact> contacts,
    NavigableMap<String, NavigableMap<String, Row>> replicas,
    NavigableMap<String, NavigableMap<String, String>> external,
    NavigableMap<String, Set<String>> emails,
    NavigableMap<String, Set<String>> phones,
    NavigableMap<String, Cursor> cursors,
    NavigableMap<Long, Conflict> conflicts,
    NavigableMap<Long, DeadLetter> letters,
    NavigableMap<Long, Held> held,
    NavigableMap<Long, Change> history,
    NavigableMap<Long, CycleReport> cycles,
    NavigableMap<Long, Heard> inbox,
    NavigableMap<String, Instant> signatures,
    NavigableMap<String, NavigableMap<String, Watch>> watches,
    NavigableMap<String, String> settings,
    long lastId) {

  /**
   * @param dueSince since when the system waits for the contact; null where it does not
   */
  record Row(Replica replica, Instant dueSince) {}

  static final MemoryTables EMPTY =
      new MemoryTables(
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          0);

  /** A table as one transaction sees it: copied before the first write. */
  static final class Table<K extends Comparable<K>, V> {
    private NavigableMap<K, V> rows;
    private boolean own;

    Table(NavigableMap<K, V> rows) {
      this.rows = rows;
    }

    NavigableMap<K, V> rows() {
      return rows;
    }

    V get(K key) {
      return rows.get(key);
    }

    void put(K key, V row) {
      writable().put(key, row);
    }

    void remove(K key) {
      if (rows.containsKey(key)) {
        writable().remove(key);
      }
    }

    NavigableMap<K, V> writable() {
      if (!own) {
        rows = new TreeMap<>(rows);
        own = true;
      }
      return rows;
    }
  }
}
