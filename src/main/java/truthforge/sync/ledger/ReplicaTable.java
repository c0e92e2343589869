package truthforge.sync.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.ledger.LedgerTransaction.DueCount;

/** Replicas: what each system holds of a contact, and what it is due. */
final class ReplicaTable {

  private static final String REPLICA =
      "r.contact_id, r.system, r.external_id, r.revision, r.seen, r.sent_version, r.record_time,"
          + " r.read_at, r.unanswered, r.reread_due, r.attempts, r.next_try, r.last_error, r.state,"
          + " r.failing_since";

  /** With the contact that a replica's row leans on. */
  private static final String REPLICA_AND_CONTACT =
      "SELECT "
          + REPLICA
          + ", c.version, c.created_at, c.doc"
          + " FROM replica r JOIN contact c ON c.contact_id = r.contact_id";

  /** Where the contact begins, of a row that has it. */
  private static final int CONTACT = 16;

  /** Not by an index on systems: each page would sort all that is behind it. */
  static final String REPLICAS_AFTER =
      REPLICA_AND_CONTACT
          + " WHERE r.system || '' = ? AND r.contact_id > ? ORDER BY r.contact_id LIMIT ?";

  private static final String DUE_IN_INDEX =
      "r.sent_version < r.contact_version AND r.state < 2 AND r.reread_due = 0"
          + " AND (r.contact_deleted = 0 OR (r.state = 0 AND r.external_id IS NOT NULL))";

  private final Sql sql;
  private final Dialect dialect;
  private final Clock clock;
  private final ContactTable contacts;

  /** Replicas as they are stored now, as far as they were met here. */
  private final Map<ReplicaKey, Replica> stored = new HashMap<>();

  ReplicaTable(Sql sql, Dialect dialect, Clock clock, ContactTable contacts) {
    this.sql = sql;
    this.dialect = dialect;
    this.clock = clock;
    this.contacts = contacts;
  }

  void erase(String contactId) {
    sql.update("DELETE FROM replica WHERE contact_id = ?", row -> row.key(contactId));
    stored.keySet().removeIf(key -> key.contactId().equals(contactId));
  }

  Map<String, Map<String, Replica>> of(Collection<String> contactIds) {
    Map<String, Map<String, Replica>> replicas = new HashMap<>();
    if (!contactIds.isEmpty()) {
      contacts.byId(contactIds);
      sql.each(
          "SELECT " + REPLICA + " FROM replica r WHERE " + dialect.inKeys("r.contact_id"),
          row -> row.keys(contactIds),
          result -> {
            String id = dialect.key(result, 1);
            Replica replica = replica(id, result, contacts.known(id));
            replicas.computeIfAbsent(id, each -> new TreeMap<>()).put(replica.system(), replica);
          });
    }
    return replicas;
  }

  Map<String, String> contactIdsByExternalId(String system, Collection<String> externalIds) {
    Map<String, String> ids = new HashMap<>();
    if (!externalIds.isEmpty()) {
      sql.each(
          "SELECT external_id, contact_id FROM replica WHERE system = ? AND "
              + dialect.inKeys("external_id"),
          row -> row.system(system).keys(externalIds),
          result -> ids.put(dialect.key(result, 1), dialect.key(result, 2)));
    }
    return ids;
  }

  Map<String, Replica> byExternalId(String system, Collection<String> externalIds) {
    Map<String, Replica> replicas = new HashMap<>();
    if (!externalIds.isEmpty()) {
      sql.each(
          REPLICA_AND_CONTACT + " WHERE r.system = ? AND " + dialect.inKeys("r.external_id"),
          row -> row.system(system).keys(externalIds),
          result -> {
            String id = dialect.key(result, 1);
            if (contacts.known(id) == null) {
              contacts.met(ContactTable.contact(id, result, CONTACT));
            }
            Replica replica = replica(id, result, contacts.known(id));
            replicas.put(replica.externalId(), replica);
          });
    }
    return replicas;
  }

  /** Of a row that has its contact with it, which is not kept: there may be many of them. */
  private Replica replicaBesideContact(ResultSet result) throws SQLException {
    String id = dialect.key(result, 1);
    Contact known = contacts.known(id);
    return replica(id, result, known == null ? ContactTable.contact(id, result, CONTACT) : known);
  }

  private Replica replica(String contactId, ResultSet result, Contact contact) throws SQLException {
    String system = Sql.system(result, 2);
    String externalId = dialect.key(result, 3);
    Replica replica =
        new Replica(
            contactId,
            system,
            externalId,
            dialect.dense(result, 4),
            new StoredSeen(dialect.dense(result, 5), contact.fields()),
            result.getLong(6),
            Sql.time(result, 7),
            Sql.time(result, 8),
            LedgerJson.toUnanswered(result.getString(9), contact.fields()),
            result.getInt(10) != 0,
            result.getInt(11),
            Sql.time(result, 12),
            result.getString(13),
            Sql.time(result, 15),
            state(result.getInt(14)));
    stored.put(new ReplicaKey(contactId, system), replica);
    return replica;
  }

  private static Replica.State state(int code) {
    return switch (code) {
      case 0 -> Replica.State.FREE;
      case 1 -> Replica.State.GONE;
      case 2 -> Replica.State.HELD;
      case 3 -> Replica.State.PARKED;
      default -> throw new IllegalStateException("The ledger holds an unknown state " + code);
    };
  }

  private static int code(Replica.State state) {
    return switch (state) {
      case FREE -> 0;
      case GONE -> 1;
      case HELD -> 2;
      case PARKED -> 3;
    };
  }

  private record ReplicaKey(String contactId, String system) implements Comparable<ReplicaKey> {
    @Override
    public int compareTo(ReplicaKey other) {
      int order = contactId.compareTo(other.contactId);
      return order == 0 ? system.compareTo(other.system) : order;
    }
  }

  /** Whether the replica may be stored with another external id than this. */
  private boolean mayGiveUpAnId(Map.Entry<ReplicaKey, Replica> entry) {
    Replica former = stored.get(entry.getKey());
    if (former == null) {
      return !contacts.isCreatedHere(entry.getKey().contactId());
    }
    return former.hasRecord() && !former.externalId().equals(entry.getValue().externalId());
  }

  /** Whether no index of replicas tells them apart, nor since when one waits. */
  private static boolean standAlike(Replica former, Replica replica) {
    return former != null
        && former.sentVersion() == replica.sentVersion()
        && former.rereadDue() == replica.rereadDue()
        && former.state() == replica.state()
        && Objects.equals(former.externalId(), replica.externalId());
  }

  /** Whether they differ in nothing but the writes that are unanswered. */
  private static boolean wereReadAlike(Replica former, Replica replica) {
    return former.seen() == replica.seen()
        && former.attempts() == replica.attempts()
        && Objects.equals(former.revision(), replica.revision())
        && Objects.equals(former.recordTime(), replica.recordTime())
        && Objects.equals(former.readAt(), replica.readAt())
        && Objects.equals(former.nextTry(), replica.nextTry())
        && Objects.equals(former.lastError(), replica.lastError())
        && Objects.equals(former.failingSince(), replica.failingSince());
  }

  void save(Collection<Replica> replicas) {
    // In the order in which they are stored.
    Map<ReplicaKey, Replica> distinct = new TreeMap<>();
    replicas.forEach(
        replica -> distinct.put(new ReplicaKey(replica.contactId(), replica.system()), replica));
    Map<String, Contact> leanedOn = contactsOf(distinct.values());
    List<Replica> placed = new ArrayList<>();
    List<Replica> read = new ArrayList<>();
    List<Replica> noted = new ArrayList<>();
    distinct.forEach(
        (key, replica) -> {
          Replica former = stored.get(key);
          if (!standAlike(former, replica)) {
            placed.add(replica);
          } else if (!wereReadAlike(former, replica)) {
            read.add(replica);
          } else if (!former.unanswered().equals(replica.unanswered())) {
            noted.add(replica);
          }
        });
    giveUpIds(distinct);
    place(placed, leanedOn);
    noteReading(read, leanedOn);
    noteWrites(noted, leanedOn);
    stored.putAll(distinct);
  }

  /** An id that moves from one contact to another within the batch, before it is taken. */
  private void giveUpIds(Map<ReplicaKey, Replica> distinct) {
    sql.batch(
        "UPDATE replica SET external_id = NULL WHERE contact_id = ? AND system = ?"
            + " AND external_id <> ?",
        distinct.entrySet().stream().filter(this::mayGiveUpAnId).map(Map.Entry::getValue).toList(),
        (row, replica) ->
            row.key(replica.contactId())
                .system(replica.system())
                .key(replica.externalId() == null ? "" : replica.externalId()));
  }

  private void place(List<Replica> placed, Map<String, Contact> leanedOn) {
    try {
      sql.batch(
          "INSERT INTO replica (contact_id, system, external_id, revision, seen, sent_version,"
              + " contact_version, contact_deleted, due_since, record_time, read_at, unanswered,"
              + " reread_due, attempts, next_try, last_error, failing_since, state)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
              + " ON CONFLICT (contact_id, system) DO UPDATE SET"
              + " external_id = excluded.external_id, revision = excluded.revision,"
              + " seen = excluded.seen, sent_version = excluded.sent_version,"
              + " contact_version = excluded.contact_version,"
              + " contact_deleted = excluded.contact_deleted,"
              + " due_since = CASE WHEN excluded.due_since IS NOT NULL"
              + " THEN coalesce(replica.due_since, excluded.due_since) END,"
              + " record_time = excluded.record_time, read_at = excluded.read_at,"
              + " unanswered = excluded.unanswered, reread_due = excluded.reread_due,"
              + " attempts = excluded.attempts,"
              + " next_try = excluded.next_try, last_error = excluded.last_error,"
              + " failing_since = excluded.failing_since,"
              + " state = excluded.state",
          placed,
          (row, replica) -> {
            Contact contact = leanedOn.get(replica.contactId());
            row.key(replica.contactId())
                .system(replica.system())
                .key(replica.externalId())
                .dense(replica.revision())
                .dense(LedgerJson.ofSeen(replica.seen(), contact.fields()))
                .number(replica.sentVersion())
                .number(contact.version())
                .flag(contact.isDeleted())
                .time(replica.sentVersion() < contact.version() ? clock.instant() : null)
                .time(replica.recordTime())
                .time(replica.readAt())
                .text(LedgerJson.ofUnanswered(replica.unanswered(), contact.fields()))
                .flag(replica.rereadDue())
                .number(replica.attempts())
                .time(replica.nextTry())
                .text(replica.lastError())
                .time(replica.failingSince())
                .number(code(replica.state()));
          });
    } catch (Sql.Failed e) {
      if (dialect.isDuplicate(JdbcLedger.root(e.getCause()))) {
        throw new IllegalStateException(
            "An external id belongs to another contact's replica of that system already", e);
      }
      throw e;
    }
  }

  private void noteReading(List<Replica> read, Map<String, Contact> leanedOn) {
    sql.batch(
        "UPDATE replica SET revision = ?, seen = ?, record_time = ?, read_at = ?, unanswered = ?,"
            + " attempts = ?, next_try = ?, last_error = ?, failing_since = ?"
            + " WHERE contact_id = ? AND system = ?",
        read,
        (row, replica) -> {
          Map<String, FieldState> fields = leanedOn.get(replica.contactId()).fields();
          row.dense(replica.revision())
              .dense(LedgerJson.ofSeen(replica.seen(), fields))
              .time(replica.recordTime())
              .time(replica.readAt())
              .text(LedgerJson.ofUnanswered(replica.unanswered(), fields))
              .number(replica.attempts())
              .time(replica.nextTry())
              .text(replica.lastError())
              .time(replica.failingSince())
              .key(replica.contactId())
              .system(replica.system());
        });
  }

  private void noteWrites(List<Replica> noted, Map<String, Contact> leanedOn) {
    sql.batch(
        "UPDATE replica SET unanswered = ? WHERE contact_id = ? AND system = ?",
        noted,
        (row, replica) ->
            row.text(
                    LedgerJson.ofUnanswered(
                        replica.unanswered(), leanedOn.get(replica.contactId()).fields()))
                .key(replica.contactId())
                .system(replica.system()));
  }

  /** As they are stored; those that were not known are not kept: there may be many of them. */
  private Map<String, Contact> contactsOf(Collection<Replica> replicas) {
    Map<String, Contact> found = new HashMap<>();
    Set<String> unknown = new TreeSet<>();
    for (Replica replica : replicas) {
      Contact contact = contacts.known(replica.contactId());
      if (contact == null) {
        unknown.add(replica.contactId());
      } else {
        found.put(contact.id(), contact);
      }
    }
    if (!unknown.isEmpty()) {
      contacts.stored(unknown).forEach(contact -> found.put(contact.id(), contact));
      unknown.removeAll(found.keySet());
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(
            "A replica of a contact that is not stored: " + unknown.iterator().next());
      }
    }
    return found;
  }

  List<Replica> after(String system, String afterContactId, int limit) {
    return sql.list(
        REPLICAS_AFTER,
        row -> row.system(system).key(Sql.orFirst(afterContactId)).number(limit),
        this::replicaBesideContact);
  }

  void addMissing(String system) {
    sql.update(
        "INSERT INTO replica (contact_id, system, seen, sent_version, contact_version,"
            + " contact_deleted, due_since, reread_due, attempts, state)"
            + " SELECT c.contact_id, ?, '{}', 0, c.version, c.deleted,"
            + " CASE WHEN c.version > 0 THEN ? END, 0, 0, 0"
            + " FROM contact c WHERE NOT EXISTS"
            + " (SELECT 1 FROM replica r WHERE r.contact_id = c.contact_id AND r.system = ?)",
        row -> row.system(system).time(clock.instant()).system(system));
  }

  void requireReread(String system) {
    sql.update(
        "UPDATE replica SET reread_due = 1 WHERE system = ? AND external_id IS NOT NULL",
        row -> row.system(system));
    stored.keySet().removeIf(key -> key.system().equals(system));
  }

  long countRecords(String system) {
    return sql.count(
        "SELECT count(*) FROM replica WHERE system = ? AND external_id IS NOT NULL",
        row -> row.system(system));
  }

  long countIn(String system, Replica.State state) {
    if (state != Replica.State.FREE) {
      return sql.count(
          "SELECT count(*) FROM replica WHERE system = ? AND state = ? AND state > 0",
          row -> row.system(system).number(code(state)));
    }
    return sql.count("SELECT count(*) FROM replica WHERE system = ?", row -> row.system(system))
        - sql.count(
            "SELECT count(*) FROM replica WHERE system = ? AND state > 0",
            row -> row.system(system));
  }

  /** Ends behind the condition on time; the parameters are system, gate (if any) and now. */
  static String dueFrom(boolean gated) {
    return gated
        ? " FROM replica r JOIN replica g ON g.contact_id = r.contact_id WHERE r.system = ?"
            + " AND "
            + DUE_IN_INDEX
            + " AND g.system = ? AND r.sent_version < g.sent_version"
            + " AND (r.next_try IS NULL OR r.next_try <= ?)"
        : " FROM replica r WHERE r.system = ? AND "
            + DUE_IN_INDEX
            + " AND (r.next_try IS NULL OR r.next_try <= ?)";
  }

  static String dueQuery(boolean gated) {
    return "SELECT r.contact_id"
        + dueFrom(gated)
        + " AND r.contact_id > ? ORDER BY r.contact_id LIMIT ?";
  }

  List<String> due(String system, String gate, Instant now, String afterContactId, int limit) {
    return sql.list(
        dueQuery(gate != null),
        row -> setDue(row, system, gate, now).key(Sql.orFirst(afterContactId)).number(limit),
        result -> dialect.key(result, 1));
  }

  private static Sql.Row setDue(Sql.Row row, String system, String gate, Instant now)
      throws SQLException {
    row.system(system);
    if (gate != null) {
      row.system(gate);
    }
    return row.time(now);
  }

  DueCount countDue(String system, String gate, Instant now, Set<String> without) {
    String others = without.isEmpty() ? "" : " AND NOT " + dialect.inKeys("r.contact_id");
    return sql.first(
        "SELECT count(*), min(r.due_since)" + dueFrom(gate != null) + others,
        row -> {
          setDue(row, system, gate, now);
          if (!without.isEmpty()) {
            row.keys(without);
          }
        },
        result -> new DueCount(result.getLong(1), Sql.time(result, 2)));
  }

  List<Replica> toReread(String system, Instant now, String afterContactId, int limit) {
    return sql.list(
        REPLICA_AND_CONTACT
            + " WHERE r.system = ? AND r.reread_due = 1 AND r.state < 2"
            + " AND (r.next_try IS NULL OR r.next_try <= ?) AND r.contact_id > ?"
            + " ORDER BY r.contact_id LIMIT ?",
        row -> row.system(system).time(now).key(Sql.orFirst(afterContactId)).number(limit),
        this::replicaBesideContact);
  }
}
