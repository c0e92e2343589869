package truthforge.sync.ledger;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import truthforge.sync.contact.Contact;

/**
 * What can be read and stored in one transaction of the {@link Ledger}. Everything takes and gives
 * batches; what is not there is missing from the result. Reads see this transaction's own writes.
 */
public interface LedgerTransaction {

  // Contacts

  Map<String, Contact> contacts(Collection<String> contactIds);

  /** Inserts or replaces contacts, and keeps the look-ups by email and phone in step. */
  void saveContacts(Collection<Contact> contacts);

  /**
   * Contacts, deleted ones too, that hold the email (any of its emails), by email. A text of more
   * than 320 characters finds nobody.
   */
  Map<String, Set<String>> contactIdsByEmail(Collection<String> emails);

  /** Contacts, deleted ones too, that hold the phone number (any of its phones), by number. */
  Map<String, Set<String>> contactIdsByPhone(Collection<String> phones);

  /** In the order of their ids, those behind {@code afterId} (null: from the first). */
  List<Contact> contactsAfter(String afterId, int limit);

  long countContacts(boolean deleted);

  // Replicas

  /** All replicas of these contacts, by contact and then by system. */
  Map<String, Map<String, Replica>> replicasOf(Collection<String> contactIds);

  /** The contacts that these records of the system belong to, by external id. */
  Map<String, String> contactIdsByExternalId(String system, Collection<String> externalIds);

  /** Replicas of the system by external id. */
  Map<String, Replica> replicasByExternalId(String system, Collection<String> externalIds);

  /**
   * Inserts or replaces. An external id belongs to one replica of a system only; within one call
   * ids may move from one contact to another in any order.
   *
   * @throws IllegalStateException when another contact has the external id; the transaction cannot
   *     be committed any more
   * @throws IllegalArgumentException when a contact is not stored: save contacts first
   */
  void saveReplicas(Collection<Replica> replicas);

  /** Replicas of the system in the order of contact ids, behind {@code afterContactId}. */
  List<Replica> replicasAfter(String system, String afterContactId, int limit);

  /** Gives every contact that has no replica in this system an absent one. */
  void addMissingReplicas(String system);

  /**
   * Marks all records of the system as to be read before they are written; a replica without a
   * record is none.
   */
  void requireReread(String system);

  long countReplicas(String system, Replica.State state);

  /** Replicas of the system that have a record there. */
  long countRecords(String system);

  // Due

  /**
   * Contacts, in the order of their ids behind {@code afterContactId}, whose replica in the system
   * is FREE or GONE, has {@code nextTry} not after now, and whose {@code sentVersion} is below the
   * bound: the contact's version, or, where {@code gate} is given, the {@code sentVersion} of the
   * contact's replica in that system (0 where it has none). Replicas with {@code rereadDue} are not
   * in the result, nor are absent or gone ones of deleted contacts.
   *
   * @param gate the system that must have acknowledged first; null for none
   */
  List<String> due(String system, String gate, Instant now, String afterContactId, int limit);

  /**
   * How many {@link #due} would give without those that wait for a person to settle a conflict, and
   * since when, by the ledger's clock, the oldest of them waits; null for none. A contact waits
   * from its first change that the system does not hold.
   */
  DueCount countDue(String system, String gate, Instant now);

  /**
   * Replicas with {@code rereadDue} that are FREE or GONE and have {@code nextTry} not after now,
   * in the order of contact ids.
   */
  List<Replica> toReread(String system, Instant now, String afterContactId, int limit);

  record DueCount(long count, Instant oldest) {}

  // Erasing

  /**
   * Erases a contact with its replicas, history, conflicts, dead letters and what is held of it.
   * Nothing happens where there is none.
   */
  void eraseContact(String contactId);

  /** Erases what is held, parked or noted in the inbox of a record. */
  void eraseRecord(String system, String externalId);

  // Cursors

  /** The system's cursor; {@link Cursor#none} where none is stored. */
  Cursor cursor(String system);

  void saveCursor(Cursor cursor);

  // Lists for people

  void addConflicts(Collection<Conflict> conflicts);

  /** Newest first, from {@code afterId} down (0: from the newest). */
  List<Conflict> conflicts(boolean openOnly, long afterId, int limit);

  /** Oldest first, those behind {@code afterId} (0: from the oldest). */
  List<Conflict> conflictsAfter(long afterId, int limit);

  /** Null where there is none. */
  Conflict conflict(long id);

  void setConflictStatus(long id, Conflict.Status status);

  /** Fields with a WAITING conflict, by contact. */
  Map<String, Set<String>> waitingFields(Collection<String> contactIds);

  long countConflicts(Conflict.Kind kind);

  /** Contacts of which a conflict waits for a person. */
  Set<String> contactsInDoubt();

  /** Conflicts that wait for a person. */
  long countWaiting();

  /**
   * One dead letter per direction, target and record (a contact for deliveries, an external id for
   * observations): a later one replaces an earlier one under its id.
   */
  void park(DeadLetter letter);

  /** In the order of their ids, those behind {@code afterId} (0: from the first). */
  List<DeadLetter> deadLetters(long afterId, int limit);

  /** Null where there is none. */
  DeadLetter deadLetter(long id);

  /** Records of the system that could not be read, by external id. */
  Map<String, DeadLetter> unreadable(String system, Collection<String> externalIds);

  void removeDeadLetter(long id);

  /** Removes those of a direction, target and contact, after it was delivered. */
  void removeDeadLetters(
      DeadLetter.Direction direction, String target, Collection<String> contactIds);

  long countDeadLetters(String target);

  /**
   * One held observation per system and record: a later one replaces an earlier one under its id. A
   * record without external id is told by its contact; without either, the system is meant.
   */
  void hold(Held held);

  /** In the order of their ids, those behind {@code afterId} (0: from the first). */
  List<Held> heldAfter(long afterId, int limit);

  /** Null where there is none. */
  Held held(long id);

  /** What is held of these records, by external id. */
  Map<String, Held> heldByExternalId(String system, Collection<String> externalIds);

  void removeHeld(long id);

  long countHeld(String system);

  // History

  void addHistory(Collection<Change> changes);

  /** Newest first. */
  List<Change> history(String contactId, int limit);

  /**
   * A line of the history.
   *
   * @param id rises with every line
   */
  record Recorded(long id, Change change) {}

  /** Oldest first, those behind {@code afterId} (0: from the oldest). */
  List<Recorded> historyAfter(long afterId, int limit);

  /** Of all contacts, newest first. */
  List<Recorded> latestHistory(int limit);

  /**
   * How many deletions were recorded at or after this time, whatever system they came from; without
   * contacts that were met as deleted.
   */
  long countDeletionsSince(Instant since);

  /**
   * How many contacts had this field changed by this system, recorded at or after this time; what
   * they were created with is no change.
   */
  long countFieldChangesSince(String system, String field, Instant since);

  /** Drops history, conflicts that do not wait, and cycle reports older than this. */
  void pruneBefore(Instant time);

  // Cycles

  /** Stores a new report (id 0) or replaces one; gives its id. */
  long saveCycle(CycleReport report);

  /** Newest first. */
  List<CycleReport> cycles(int limit);

  // Webhooks

  /**
   * Notes records to be read again. A later notice of the same record takes the place of an earlier
   * one, under a higher id.
   */
  void receive(Collection<Heard> notices);

  /** Oldest first. */
  List<Heard> inbox(String system, int limit);

  void removeFromInbox(Collection<Long> ids);

  long countInbox(String system);

  /** The id of the newest notice; 0 where there is none. */
  long newestInInbox(String system);

  /**
   * Marks signatures as used.
   *
   * @param goodUntil by signature, until when the mark must be kept
   * @return those that were marked before
   */
  Set<String> markUsed(Map<String, Instant> goodUntil);

  /** Drops the marks of signatures that were good until before this time. */
  void forgetSignatures(Instant time);

  // Writes without a condition

  /** One for each record of the system: a later one takes the place of an earlier one. */
  void watch(String system, Collection<Watch> writes);

  /** In the order of the external ids. */
  List<Watch> watched(String system);

  void endWatch(String system, Collection<String> externalIds);

  // Settings that must outlive a restart: source identities, mapping fingerprints, pauses

  /** Null where it was never set. */
  String setting(String name);

  /** A null value takes the setting away. */
  void setSetting(String name, String value);
}
