package truthforge.sync.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import truthforge.sync.contact.Contact;

/** One transaction on one connection; the same SQL for every {@link Dialect}. */
final class JdbcTransaction implements LedgerTransaction {

  private final Sql sql;
  private final ContactTable contacts;
  private final ReplicaTable replicas;
  private final CursorTable cursors;
  private final ConflictTable conflicts;
  private final DeadLetterTable deadLetters;
  private final HeldTable held;
  private final HistoryTable history;
  private final CycleTable cycles;
  private final InboxTable inbox;
  private final WatchTable watches;
  private final SettingTable settings;

  /**
   * @param statements that were prepared on this connection before, by their SQL; those that are
   *     prepared here come to them
   */
  JdbcTransaction(
      Connection connection,
      Dialect dialect,
      Clock clock,
      Map<String, PreparedStatement> statements) {
    sql = new Sql(connection, dialect, statements);
    Seldom seldom = new Seldom(sql);
    contacts = new ContactTable(sql, dialect, clock);
    replicas = new ReplicaTable(sql, dialect, clock, contacts);
    cursors = new CursorTable(sql);
    conflicts = new ConflictTable(sql, dialect, seldom);
    deadLetters = new DeadLetterTable(sql, dialect, seldom);
    held = new HeldTable(sql, dialect, seldom);
    history = new HistoryTable(sql, dialect, contacts);
    cycles = new CycleTable(sql);
    inbox = new InboxTable(sql, dialect);
    watches = new WatchTable(sql);
    settings = new SettingTable(sql);
  }

  /** A work that goes on after a failure must not be committed. */
  void requireUnbroken() {
    sql.requireUnbroken();
  }

  @Override
  public Map<String, Contact> contacts(Collection<String> contactIds) {
    return contacts.byId(contactIds);
  }

  @Override
  public void saveContacts(Collection<Contact> contacts) {
    this.contacts.save(contacts);
  }

  @Override
  public Map<String, Set<String>> contactIdsByEmail(Collection<String> emails) {
    return contacts.idsByEmail(emails);
  }

  @Override
  public Map<String, Set<String>> contactIdsByPhone(Collection<String> phones) {
    return contacts.idsByPhone(phones);
  }

  @Override
  public List<Contact> contactsAfter(String afterId, int limit) {
    return contacts.after(afterId, limit);
  }

  @Override
  public long countContacts(boolean deleted) {
    return contacts.count(deleted);
  }

  @Override
  public Map<String, Map<String, Replica>> replicasOf(Collection<String> contactIds) {
    return replicas.of(contactIds);
  }

  @Override
  public Map<String, String> contactIdsByExternalId(String system, Collection<String> externalIds) {
    return replicas.contactIdsByExternalId(system, externalIds);
  }

  @Override
  public Map<String, Replica> replicasByExternalId(String system, Collection<String> externalIds) {
    return replicas.byExternalId(system, externalIds);
  }

  @Override
  public void saveReplicas(Collection<Replica> replicas) {
    this.replicas.save(replicas);
  }

  @Override
  public List<Replica> replicasAfter(String system, String afterContactId, int limit) {
    return replicas.after(system, afterContactId, limit);
  }

  @Override
  public void addMissingReplicas(String system) {
    replicas.addMissing(system);
  }

  @Override
  public void requireReread(String system) {
    replicas.requireReread(system);
  }

  @Override
  public long countReplicas(String system, Replica.State state) {
    return replicas.countIn(system, state);
  }

  @Override
  public long countRecords(String system) {
    return replicas.countRecords(system);
  }

  @Override
  public List<String> due(
      String system, String gate, Instant now, String afterContactId, int limit) {
    return replicas.due(system, gate, now, afterContactId, limit);
  }

  @Override
  public DueCount countDue(String system, String gate, Instant now) {
    return replicas.countDue(system, gate, now, conflicts.contactsInDoubt());
  }

  @Override
  public List<Replica> toReread(String system, Instant now, String afterContactId, int limit) {
    return replicas.toReread(system, now, afterContactId, limit);
  }

  @Override
  public void eraseContact(String contactId) {
    held.erase(contactId);
    watches.erase(contactId);
    deadLetters.erase(contactId);
    conflicts.erase(contactId);
    history.erase(contactId);
    replicas.erase(contactId);
    contacts.erase(contactId);
  }

  @Override
  public void eraseRecord(String system, String externalId) {
    deadLetters.eraseRecord(system, externalId);
    held.eraseRecord(system, externalId);
    inbox.eraseRecord(system, externalId);
    watches.eraseRecord(system, externalId);
  }

  @Override
  public Cursor cursor(String system) {
    return cursors.of(system);
  }

  @Override
  public void saveCursor(Cursor cursor) {
    cursors.save(cursor);
  }

  @Override
  public void addConflicts(Collection<Conflict> conflicts) {
    this.conflicts.add(conflicts);
  }

  @Override
  public List<Conflict> conflicts(boolean openOnly, long afterId, int limit) {
    return conflicts.newest(openOnly, afterId, limit);
  }

  @Override
  public List<Conflict> conflictsAfter(long afterId, int limit) {
    return conflicts.after(afterId, limit);
  }

  @Override
  public Conflict conflict(long id) {
    return conflicts.byId(id);
  }

  @Override
  public void setConflictStatus(long id, Conflict.Status status) {
    conflicts.setStatus(id, status);
  }

  @Override
  public Map<String, Set<String>> waitingFields(Collection<String> contactIds) {
    return conflicts.waitingFields(contactIds);
  }

  @Override
  public Set<String> contactsInDoubt() {
    return conflicts.contactsInDoubt();
  }

  @Override
  public long countWaiting() {
    return conflicts.countWaiting();
  }

  @Override
  public long countConflicts(Conflict.Kind kind) {
    return conflicts.count(kind);
  }

  @Override
  public void park(DeadLetter letter) {
    deadLetters.park(letter);
  }

  @Override
  public List<DeadLetter> deadLetters(long afterId, int limit) {
    return deadLetters.after(afterId, limit);
  }

  @Override
  public DeadLetter deadLetter(long id) {
    return deadLetters.byId(id);
  }

  @Override
  public Map<String, DeadLetter> unreadable(String system, Collection<String> externalIds) {
    return deadLetters.unreadable(system, externalIds);
  }

  @Override
  public void removeDeadLetter(long id) {
    deadLetters.remove(id);
  }

  @Override
  public void removeDeadLetters(
      DeadLetter.Direction direction, String target, Collection<String> contactIds) {
    deadLetters.removeOf(direction, target, contactIds);
  }

  @Override
  public long countDeadLetters(String target) {
    return deadLetters.count(target);
  }

  @Override
  public void hold(Held held) {
    this.held.hold(held);
  }

  @Override
  public List<Held> heldAfter(long afterId, int limit) {
    return held.after(afterId, limit);
  }

  @Override
  public Held held(long id) {
    return held.byId(id);
  }

  @Override
  public Map<String, Held> heldByExternalId(String system, Collection<String> externalIds) {
    return held.byExternalId(system, externalIds);
  }

  @Override
  public void removeHeld(long id) {
    held.remove(id);
  }

  @Override
  public long countHeld(String system) {
    return held.count(system);
  }

  @Override
  public void addHistory(Collection<Change> changes) {
    history.add(changes);
  }

  @Override
  public List<Change> history(String contactId, int limit) {
    return history.of(contactId, limit);
  }

  @Override
  public List<Recorded> historyAfter(long afterId, int limit) {
    return history.after(afterId, limit);
  }

  @Override
  public List<Recorded> latestHistory(int limit) {
    return history.latest(limit);
  }

  @Override
  public long countDeletionsSince(Instant since) {
    return history.countDeletionsSince(since);
  }

  @Override
  public long countFieldChangesSince(String system, String field, Instant since) {
    return history.countFieldChangesSince(system, field, since);
  }

  @Override
  public void pruneBefore(Instant time) {
    history.pruneBefore(time);
    conflicts.pruneBefore(time);
    cycles.pruneBefore(time);
  }

  @Override
  public long saveCycle(CycleReport report) {
    return cycles.save(report);
  }

  @Override
  public List<CycleReport> cycles(int limit) {
    return cycles.newest(limit);
  }

  @Override
  public void receive(Collection<Heard> notices) {
    inbox.receive(notices);
  }

  @Override
  public List<Heard> inbox(String system, int limit) {
    return inbox.oldest(system, limit);
  }

  @Override
  public void removeFromInbox(Collection<Long> ids) {
    inbox.remove(ids);
  }

  @Override
  public long countInbox(String system) {
    return inbox.count(system);
  }

  @Override
  public long newestInInbox(String system) {
    return inbox.newest(system);
  }

  @Override
  public Set<String> markUsed(Map<String, Instant> goodUntil) {
    return inbox.markUsed(goodUntil);
  }

  @Override
  public void forgetSignatures(Instant time) {
    inbox.forgetSignatures(time);
  }

  @Override
  public void watch(String system, Collection<Watch> writes) {
    watches.add(system, writes);
  }

  @Override
  public List<Watch> watched(String system) {
    return watches.of(system);
  }

  @Override
  public void endWatch(String system, Collection<String> externalIds) {
    watches.end(system, externalIds);
  }

  @Override
  public String setting(String name) {
    return settings.get(name);
  }

  @Override
  public void setSetting(String name, String value) {
    settings.set(name, value);
  }
}
