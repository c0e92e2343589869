package truthforge.sync.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.MemoryTables.Row;
import truthforge.sync.ledger.MemoryTables.Table;

/** One transaction of a {@link MemoryLedger}. */
final class MemoryTransaction implements LedgerTransaction {

  private final Clock clock;
  private final Table<String, Contact> contacts;
  private final Table<String, NavigableMap<String, Row>> replicas;
  private final Table<String, NavigableMap<String, String>> external;
  private final Table<String, Set<String>> emails;
  private final Table<String, Set<String>> phones;
  private final Table<String, Cursor> cursors;
  private final Table<Long, Conflict> conflicts;
  private final Table<Long, DeadLetter> letters;
  private final Table<Long, Held> held;
  private final Table<Long, Change> history;
  private final Table<Long, CycleReport> cycles;
  private final Table<Long, Heard> inbox;
  private final Table<String, Instant> signatures;
  private final Table<String, NavigableMap<String, Watch>> watches;
  private final Table<String, String> settings;
  private long lastId;
  private IllegalStateException failure;

  MemoryTransaction(MemoryTables committed, Clock clock) {
    this.clock = clock;
    contacts = new Table<>(committed.contacts());
    replicas = new Table<>(committed.replicas());
    external = new Table<>(committed.external());
    emails = new Table<>(committed.emails());
    phones = new Table<>(committed.phones());
    cursors = new Table<>(committed.cursors());
    conflicts = new Table<>(committed.conflicts());
    letters = new Table<>(committed.letters());
    held = new Table<>(committed.held());
    history = new Table<>(committed.history());
    cycles = new Table<>(committed.cycles());
    inbox = new Table<>(committed.inbox());
    signatures = new Table<>(committed.signatures());
    watches = new Table<>(committed.watches());
    settings = new Table<>(committed.settings());
    lastId = committed.lastId();
  }

  /** What is to be committed; a work that passed over a failure must not be. */
  MemoryTables tables() {
    if (failure != null) {
      throw failure;
    }
    return new MemoryTables(
        contacts.rows(),
        replicas.rows(),
        external.rows(),
        emails.rows(),
        phones.rows(),
        cursors.rows(),
        conflicts.rows(),
        letters.rows(),
        held.rows(),
        history.rows(),
        cycles.rows(),
        inbox.rows(),
        signatures.rows(),
        watches.rows(),
        settings.rows(),
        lastId);
  }

  // Contacts

  @Override
  public Map<String, Contact> contacts(Collection<String> contactIds) {
    return found(contactIds, contacts::get);
  }

  private static <V> Map<String, V> found(Collection<String> keys, Function<String, V> get) {
    Map<String, V> found = new LinkedHashMap<>();
    for (String key : keys) {
      V value = get.apply(key);
      if (value != null) {
        found.put(key, value);
      }
    }
    return found;
  }

  @Override
  public void saveContacts(Collection<Contact> all) {
    for (Contact contact : all) {
      Contact before = contacts.get(contact.id());
      contacts.put(contact.id(), contact);
      index(emails, Fields.EMAILS_FIELD, before, contact);
      index(phones, Fields.PHONES_FIELD, before, contact);
      if (before != null && before.version() != contact.version()) {
        changeReplicas(contact.id(), row -> waiting(row.replica(), row.dueSince()));
      }
    }
  }

  private static void index(
      Table<String, Set<String>> table, String field, Contact before, Contact after) {
    Set<String> old = before == null ? Set.of() : LookUps.items(before.value(field));
    Set<String> now = LookUps.items(after.value(field));
    for (String item : old) {
      if (!now.contains(item)) {
        Set<String> ids = new TreeSet<>(table.get(item));
        ids.remove(after.id());
        if (ids.isEmpty()) {
          table.remove(item);
        } else {
          table.put(item, Collections.unmodifiableSet(ids));
        }
      }
    }
    for (String item : now) {
      if (!old.contains(item)) {
        Set<String> ids = new TreeSet<>(table.rows().getOrDefault(item, Set.of()));
        ids.add(after.id());
        table.put(item, Collections.unmodifiableSet(ids));
      }
    }
  }

  private void changeReplicas(String contactId, UnaryOperator<Row> change) {
    NavigableMap<String, Row> rows = replicas.get(contactId);
    if (rows != null) {
      NavigableMap<String, Row> changed = new TreeMap<>(rows);
      changed.replaceAll((system, row) -> change.apply(row));
      replicas.put(contactId, changed);
    }
  }

  private Row waiting(Replica replica, Instant since) {
    boolean behind = replica.sentVersion() < contacts.get(replica.contactId()).version();
    return new Row(replica, !behind ? null : since == null ? clock.instant() : since);
  }

  @Override
  public Map<String, Set<String>> contactIdsByEmail(Collection<String> items) {
    return found(items, emails::get);
  }

  @Override
  public Map<String, Set<String>> contactIdsByPhone(Collection<String> items) {
    return found(items, phones::get);
  }

  @Override
  public List<Contact> contactsAfter(String afterId, int limit) {
    return behind(contacts.rows(), afterId).values().stream().limit(limit).toList();
  }

  private static <V> NavigableMap<String, V> behind(NavigableMap<String, V> rows, String afterId) {
    return afterId == null ? rows : rows.tailMap(afterId, false);
  }

  @Override
  public long countContacts(boolean deleted) {
    return count(contacts.rows().values(), contact -> contact.isDeleted() == deleted);
  }

  private static <T> long count(Collection<T> rows, Predicate<T> condition) {
    return rows.stream().filter(condition).count();
  }

  // Replicas

  @Override
  public Map<String, Map<String, Replica>> replicasOf(Collection<String> contactIds) {
    Map<String, Map<String, Replica>> found = new HashMap<>();
    for (String id : contactIds) {
      NavigableMap<String, Row> rows = replicas.get(id);
      if (rows != null) {
        Map<String, Replica> systems = new TreeMap<>();
        rows.forEach((system, row) -> systems.put(system, row.replica()));
        found.put(id, systems);
      }
    }
    return found;
  }

  private Row row(String contactId, String system) {
    NavigableMap<String, Row> rows = replicas.get(contactId);
    return rows == null ? null : rows.get(system);
  }

  @Override
  public Map<String, String> contactIdsByExternalId(String system, Collection<String> externalIds) {
    NavigableMap<String, String> ids = external.get(system);
    return ids == null ? new LinkedHashMap<>() : found(externalIds, ids::get);
  }

  @Override
  public Map<String, Replica> replicasByExternalId(String system, Collection<String> externalIds) {
    NavigableMap<String, String> ids = external.get(system);
    return ids == null
        ? new LinkedHashMap<>()
        : found(
            externalIds,
            externalId -> {
              String contactId = ids.get(externalId);
              return contactId == null ? null : row(contactId, system).replica();
            });
  }

  @Override
  public void saveReplicas(Collection<Replica> all) {
    for (Replica replica : all) {
      if (contacts.get(replica.contactId()) == null) {
        throw new IllegalArgumentException(
            "A replica of a contact that is not stored: " + replica.contactId());
      }
    }
    // An id that moves from one contact to another within the batch is given up before it is taken.
    Map<String, NavigableMap<String, String>> ids = new HashMap<>();
    for (Replica replica : all) {
      Row before = row(replica.contactId(), replica.system());
      NavigableMap<String, String> idsOfSystem =
          ids.computeIfAbsent(
              replica.system(),
              system ->
                  new TreeMap<>(
                      external.rows().getOrDefault(system, Collections.emptyNavigableMap())));
      if (before != null && before.replica().hasRecord()) {
        idsOfSystem.remove(before.replica().externalId());
      }
    }
    Map<String, Map<String, Replica>> distinct = new LinkedHashMap<>();
    for (Replica replica : all) {
      distinct
          .computeIfAbsent(replica.contactId(), id -> new LinkedHashMap<>())
          .put(replica.system(), replica);
    }
    distinct.forEach(
        (contactId, systems) -> {
          NavigableMap<String, Row> rows =
              new TreeMap<>(
                  replicas.rows().getOrDefault(contactId, Collections.emptyNavigableMap()));
          systems.forEach(
              (system, replica) -> {
                if (replica.hasRecord()) {
                  claim(ids.get(system), replica);
                }
                Row before = rows.get(system);
                rows.put(system, waiting(replica, before == null ? null : before.dueSince()));
              });
          replicas.put(contactId, rows);
        });
    ids.forEach(external::put);
  }

  private void claim(NavigableMap<String, String> ids, Replica replica) {
    String holder = ids.putIfAbsent(replica.externalId(), replica.contactId());
    if (holder != null && !holder.equals(replica.contactId())) {
      failure =
          new IllegalStateException(
              "An external id belongs to another contact's replica of that system already");
      throw failure;
    }
  }

  private List<Replica> list(
      String system, String afterContactId, int limit, Predicate<Row> condition) {
    List<Replica> list = new ArrayList<>();
    for (NavigableMap<String, Row> rows : behind(replicas.rows(), afterContactId).values()) {
      if (list.size() == limit) {
        break;
      }
      Row row = rows.get(system);
      if (row != null && condition.test(row)) {
        list.add(row.replica());
      }
    }
    return list;
  }

  @Override
  public List<Replica> replicasAfter(String system, String afterContactId, int limit) {
    return list(system, afterContactId, limit, row -> true);
  }

  @Override
  public void addMissingReplicas(String system) {
    List<Replica> missing = new ArrayList<>();
    for (String id : contacts.rows().keySet()) {
      if (row(id, system) == null) {
        missing.add(Replica.absent(id, system));
      }
    }
    saveReplicas(missing);
  }

  @Override
  public void requireReread(String system) {
    for (String contactId : List.copyOf(replicas.rows().keySet())) {
      Row marked = row(contactId, system);
      if (marked != null && marked.replica().hasRecord() && !marked.replica().rereadDue()) {
        NavigableMap<String, Row> rows = new TreeMap<>(replicas.get(contactId));
        rows.put(system, new Row(marked.replica().withRereadDue(true), marked.dueSince()));
        replicas.put(contactId, rows);
      }
    }
  }

  @Override
  public long countReplicas(String system, Replica.State state) {
    return list(system, null, Integer.MAX_VALUE, row -> row.replica().state() == state).size();
  }

  @Override
  public long countRecords(String system) {
    NavigableMap<String, String> ids = external.get(system);
    return ids == null ? 0 : ids.size();
  }

  // Due

  @Override
  public List<String> due(
      String system, String gate, Instant now, String afterContactId, int limit) {
    return list(system, afterContactId, limit, row -> isDue(row.replica(), gate, now)).stream()
        .map(Replica::contactId)
        .toList();
  }

  private boolean isDue(Replica replica, String gate, Instant now) {
    Contact contact = contacts.get(replica.contactId());
    long bound = contact.version();
    if (gate != null) {
      Row first = row(replica.contactId(), gate);
      bound = Math.min(bound, first == null ? 0 : first.replica().sentVersion());
    }
    boolean there = replica.state() == Replica.State.FREE && replica.hasRecord();
    return replica.sentVersion() < bound
        && (there || !contact.isDeleted())
        && !replica.rereadDue()
        && mayBeTried(replica, now);
  }

  private static boolean mayBeTried(Replica replica, Instant now) {
    boolean ready = replica.nextTry() == null || !replica.nextTry().isAfter(now);
    return switch (replica.state()) {
      case FREE, GONE -> ready;
      case HELD, PARKED -> false;
    };
  }

  @Override
  public DueCount countDue(String system, String gate, Instant now) {
    Set<String> inDoubt = contactsInDoubt();
    List<String> due =
        due(system, gate, now, null, Integer.MAX_VALUE).stream()
            .filter(id -> !inDoubt.contains(id))
            .toList();
    return new DueCount(
        due.size(),
        due.stream()
            .map(id -> row(id, system).dueSince())
            .filter(Objects::nonNull)
            .min(Instant::compareTo)
            .orElse(null));
  }

  @Override
  public List<Replica> toReread(String system, Instant now, String afterContactId, int limit) {
    return list(
        system,
        afterContactId,
        limit,
        row -> row.replica().rereadDue() && mayBeTried(row.replica(), now));
  }

  // Erasing

  @Override
  public void eraseContact(String contactId) {
    Contact before = contacts.get(contactId);
    if (before != null) {
      index(emails, Fields.EMAILS_FIELD, before, Contact.blank(contactId));
      index(phones, Fields.PHONES_FIELD, before, Contact.blank(contactId));
      contacts.remove(contactId);
    }
    NavigableMap<String, Row> rows = replicas.get(contactId);
    if (rows != null) {
      rows.forEach(
          (system, row) -> {
            if (row.replica().hasRecord()) {
              NavigableMap<String, String> ids = new TreeMap<>(external.get(system));
              ids.remove(row.replica().externalId());
              external.put(system, ids);
            }
          });
      replicas.remove(contactId);
    }
    removeIf(conflicts, conflict -> conflict.contactId().equals(contactId));
    removeIf(letters, letter -> contactId.equals(letter.contactId()));
    removeIf(held, each -> contactId.equals(each.contactId()));
    for (String system : List.copyOf(watches.rows().keySet())) {
      changeWatched(
          system, those -> those.values().removeIf(write -> write.contactId().equals(contactId)));
    }
    removeIf(history, change -> change.contactId().equals(contactId));
  }

  @Override
  public void eraseRecord(String system, String externalId) {
    endWatch(system, List.of(externalId));
    removeIf(
        letters,
        letter -> letter.target().equals(system) && externalId.equals(letter.externalId()));
    removeIf(held, each -> each.system().equals(system) && externalId.equals(each.externalId()));
    removeIf(
        inbox, heard -> heard.system().equals(system) && externalId.equals(heard.externalId()));
  }

  // Cursors

  @Override
  public Cursor cursor(String system) {
    Cursor cursor = cursors.get(system);
    return cursor == null ? Cursor.none(system) : cursor;
  }

  @Override
  public void saveCursor(Cursor cursor) {
    cursors.put(cursor.system(), cursor);
  }

  // Conflicts

  @Override
  public void addConflicts(Collection<Conflict> added) {
    for (Conflict conflict : added) {
      put(conflict, ++lastId, conflict.status());
    }
  }

  private void put(Conflict conflict, long id, Conflict.Status status) {
    conflicts.put(
        id,
        new Conflict(
            id,
            conflict.contactId(),
            conflict.field(),
            conflict.kind(),
            conflict.kept(),
            conflict.keptBy(),
            conflict.keptAt(),
            conflict.lost(),
            conflict.lostBy(),
            conflict.lostAt(),
            conflict.foundAt(),
            status));
  }

  @Override
  public List<Conflict> conflicts(boolean openOnly, long afterId, int limit) {
    NavigableMap<Long, Conflict> rows = conflicts.rows();
    return (afterId == 0 ? rows : rows.headMap(afterId, false))
        .descendingMap().values().stream()
            .filter(conflict -> !openOnly || conflict.status() == Conflict.Status.WAITING)
            .limit(limit)
            .toList();
  }

  @Override
  public List<Conflict> conflictsAfter(long afterId, int limit) {
    return conflicts.rows().tailMap(afterId, false).values().stream().limit(limit).toList();
  }

  @Override
  public Conflict conflict(long id) {
    return conflicts.get(id);
  }

  @Override
  public void setConflictStatus(long id, Conflict.Status status) {
    Conflict conflict = conflicts.get(id);
    if (conflict != null) {
      put(conflict, id, status);
    }
  }

  @Override
  public Map<String, Set<String>> waitingFields(Collection<String> contactIds) {
    Map<String, Set<String>> fields = new HashMap<>();
    Set<String> asked = Set.copyOf(contactIds);
    for (Conflict conflict : conflicts.rows().values()) {
      if (conflict.status() == Conflict.Status.WAITING && asked.contains(conflict.contactId())) {
        fields.computeIfAbsent(conflict.contactId(), id -> new TreeSet<>()).add(conflict.field());
      }
    }
    return fields;
  }

  @Override
  public Set<String> contactsInDoubt() {
    return conflicts.rows().values().stream()
        .filter(conflict -> conflict.status() == Conflict.Status.WAITING)
        .map(Conflict::contactId)
        .collect(Collectors.toSet());
  }

  @Override
  public long countWaiting() {
    return count(
        conflicts.rows().values(), conflict -> conflict.status() == Conflict.Status.WAITING);
  }

  @Override
  public long countConflicts(Conflict.Kind kind) {
    return count(conflicts.rows().values(), conflict -> conflict.kind() == kind);
  }

  // Dead letters

  @Override
  public void park(DeadLetter letter) {
    String record = LookUps.record(letter);
    Long id =
        key(
            letters,
            other ->
                record != null
                    && other.direction() == letter.direction()
                    && other.target().equals(letter.target())
                    && record.equals(LookUps.record(other)));
    letters.put(
        id,
        new DeadLetter(
            id,
            letter.direction(),
            letter.target(),
            letter.contactId(),
            letter.externalId(),
            letter.payload(),
            letter.reason(),
            letter.attempts(),
            letter.firstAt(),
            letter.lastAt()));
  }

  /** The key of the row that is replaced, or a new one. */
  private <V> Long key(Table<Long, V> table, Predicate<V> replaced) {
    for (Map.Entry<Long, V> entry : table.rows().entrySet()) {
      if (replaced.test(entry.getValue())) {
        return entry.getKey();
      }
    }
    return ++lastId;
  }

  @Override
  public List<DeadLetter> deadLetters(long afterId, int limit) {
    return letters.rows().tailMap(afterId, false).values().stream().limit(limit).toList();
  }

  @Override
  public DeadLetter deadLetter(long id) {
    return letters.get(id);
  }

  @Override
  public Map<String, DeadLetter> unreadable(String system, Collection<String> externalIds) {
    Map<String, DeadLetter> found = new HashMap<>();
    Set<String> asked = Set.copyOf(externalIds);
    for (DeadLetter letter : letters.rows().values()) {
      if (letter.direction() == DeadLetter.Direction.OBSERVE
          && letter.target().equals(system)
          && letter.externalId() != null
          && asked.contains(letter.externalId())) {
        found.put(letter.externalId(), letter);
      }
    }
    return found;
  }

  @Override
  public void removeDeadLetter(long id) {
    letters.remove(id);
  }

  @Override
  public void removeDeadLetters(
      DeadLetter.Direction direction, String target, Collection<String> contactIds) {
    Set<String> asked = Set.copyOf(contactIds);
    removeIf(
        letters,
        letter ->
            letter.direction() == direction
                && letter.target().equals(target)
                && letter.contactId() != null
                && asked.contains(letter.contactId()));
  }

  private static <V> void removeIf(Table<Long, V> table, Predicate<V> condition) {
    if (table.rows().values().stream().anyMatch(condition)) {
      table.writable().values().removeIf(condition);
    }
  }

  @Override
  public long countDeadLetters(String target) {
    return count(letters.rows().values(), letter -> letter.target().equals(target));
  }

  // Held

  @Override
  public void hold(Held what) {
    String record = LookUps.record(what);
    Long id =
        key(
            held,
            other -> other.system().equals(what.system()) && record.equals(LookUps.record(other)));
    held.put(
        id,
        new Held(
            id,
            what.why(),
            what.system(),
            what.externalId(),
            what.contactId(),
            what.candidates(),
            what.observation(),
            what.reason(),
            what.at()));
  }

  @Override
  public List<Held> heldAfter(long afterId, int limit) {
    return held.rows().tailMap(afterId, false).values().stream().limit(limit).toList();
  }

  @Override
  public Held held(long id) {
    return held.get(id);
  }

  @Override
  public Map<String, Held> heldByExternalId(String system, Collection<String> externalIds) {
    Map<String, Held> found = new HashMap<>();
    Set<String> asked = Set.copyOf(externalIds);
    for (Held each : held.rows().values()) {
      if (each.system().equals(system)
          && each.externalId() != null
          && asked.contains(each.externalId())) {
        found.put(each.externalId(), each);
      }
    }
    return found;
  }

  @Override
  public void removeHeld(long id) {
    held.remove(id);
  }

  @Override
  public long countHeld(String system) {
    return count(held.rows().values(), each -> each.system().equals(system));
  }

  // History

  @Override
  public void addHistory(Collection<Change> changes) {
    for (Change change : changes) {
      history.put(++lastId, change);
    }
  }

  @Override
  public List<Change> history(String contactId, int limit) {
    return history.rows().descendingMap().values().stream()
        .filter(change -> change.contactId().equals(contactId))
        .limit(limit)
        .toList();
  }

  @Override
  public List<Recorded> historyAfter(long afterId, int limit) {
    return history.rows().tailMap(afterId, false).entrySet().stream()
        .limit(limit)
        .map(row -> new Recorded(row.getKey(), row.getValue()))
        .toList();
  }

  @Override
  public List<Recorded> latestHistory(int limit) {
    return history.rows().descendingMap().entrySet().stream()
        .limit(limit)
        .map(row -> new Recorded(row.getKey(), row.getValue()))
        .toList();
  }

  @Override
  public long countDeletionsSince(Instant since) {
    return count(
        history.rows().values(),
        change ->
            change.field().equals(Fields.DELETED)
                && change.after() != Value.EMPTY
                && change.version() > 1
                && !change.recordedAt().isBefore(since));
  }

  @Override
  public long countFieldChangesSince(String system, String field, Instant since) {
    return history.rows().values().stream()
        .filter(
            change ->
                change.by().equals(system)
                    && change.field().equals(field)
                    && change.version() > 1
                    && !change.recordedAt().isBefore(since))
        .map(Change::contactId)
        .distinct()
        .count();
  }

  @Override
  public void pruneBefore(Instant time) {
    removeIf(history, change -> change.recordedAt().isBefore(time));
    removeIf(
        conflicts,
        conflict ->
            conflict.foundAt().isBefore(time) && conflict.status() != Conflict.Status.WAITING);
    removeIf(cycles, cycle -> cycle.startedAt().isBefore(time));
  }

  // Cycles

  @Override
  public long saveCycle(CycleReport report) {
    long id = report.id() == 0 ? ++lastId : report.id();
    if (report.id() == 0 || cycles.get(id) != null) {
      cycles.put(
          id,
          new CycleReport(
              id, report.startedAt(), report.endedAt(), new TreeMap<>(report.systems())));
    }
    return id;
  }

  @Override
  public List<CycleReport> cycles(int limit) {
    return cycles.rows().descendingMap().values().stream().limit(limit).toList();
  }

  // Webhooks

  @Override
  public void receive(Collection<Heard> notices) {
    for (Heard notice : notices) {
      removeIf(
          inbox,
          earlier ->
              earlier.system().equals(notice.system())
                  && Objects.equals(earlier.externalId(), notice.externalId()));
      long id = ++lastId;
      inbox.put(
          id,
          new Heard(id, notice.system(), notice.externalId(), notice.kind(), notice.receivedAt()));
    }
  }

  @Override
  public List<Heard> inbox(String system, int limit) {
    return inbox.rows().values().stream()
        .filter(notice -> notice.system().equals(system))
        .limit(limit)
        .toList();
  }

  @Override
  public void removeFromInbox(Collection<Long> ids) {
    ids.forEach(inbox::remove);
  }

  @Override
  public long countInbox(String system) {
    return count(inbox.rows().values(), notice -> notice.system().equals(system));
  }

  @Override
  public long newestInInbox(String system) {
    return inbox(system, Integer.MAX_VALUE).stream().mapToLong(Heard::id).max().orElse(0);
  }

  @Override
  public Set<String> markUsed(Map<String, Instant> goodUntil) {
    Set<String> used = new TreeSet<>();
    goodUntil.forEach(
        (signature, until) -> {
          if (signatures.get(signature) == null) {
            signatures.put(signature, until);
          } else {
            used.add(signature);
          }
        });
    return used;
  }

  @Override
  public void forgetSignatures(Instant time) {
    List.copyOf(signatures.rows().entrySet()).stream()
        .filter(each -> each.getValue().isBefore(time))
        .forEach(each -> signatures.remove(each.getKey()));
  }

  // Writes without a condition

  @Override
  public void watch(String system, Collection<Watch> writes) {
    changeWatched(system, those -> writes.forEach(write -> those.put(write.externalId(), write)));
  }

  @Override
  public List<Watch> watched(String system) {
    return List.copyOf(watchedIn(system).values());
  }

  @Override
  public void endWatch(String system, Collection<String> externalIds) {
    changeWatched(system, those -> those.keySet().removeAll(externalIds));
  }

  private NavigableMap<String, Watch> watchedIn(String system) {
    NavigableMap<String, Watch> those = watches.get(system);
    return those == null ? Collections.emptyNavigableMap() : those;
  }

  private void changeWatched(String system, Consumer<NavigableMap<String, Watch>> change) {
    NavigableMap<String, Watch> those = new TreeMap<>(watchedIn(system));
    change.accept(those);
    watches.put(system, those);
  }

  // Settings

  @Override
  public String setting(String name) {
    return settings.get(name);
  }

  @Override
  public void setSetting(String name, String value) {
    if (value == null) {
      settings.remove(name);
    } else {
      settings.put(name, value);
    }
  }
}
