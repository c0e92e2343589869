package truthforge.sync.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import truthforge.sync.contact.ByField;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;

/** One transaction on one connection; the same SQL for every {@link Dialect}. */
final class JdbcTransaction implements LedgerTransaction {

  /** A statement failed; the transaction can only be rolled back. */
  static final class Failed extends RuntimeException {
    Failed(SQLException cause) {
      super("A statement of the ledger failed", cause);
    }

    @Override
    public synchronized SQLException getCause() {
      return (SQLException) super.getCause();
    }
  }

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

  /** Not by an index on systems: each page would sort all that is behind it. */
  static final String REPLICAS_AFTER =
      REPLICA_AND_CONTACT
          + " WHERE r.system || '' = ? AND r.contact_id > ? ORDER BY r.contact_id LIMIT ?";

  private static final String DUE_IN_INDEX =
      "r.sent_version < r.contact_version AND r.state < 2 AND r.reread_due = 0"
          + " AND (r.contact_deleted = 0 OR (r.state = 0 AND r.external_id IS NOT NULL))";

  private static final String HISTORY =
      "SELECT contact_id, version, field, before_value, after_value, changed_by, changed_at,"
          + " recorded_at, id FROM history";

  /** Of a row that tells everything that a contact was created with. */
  private static final String CREATION = "";

  /** The number of a line is that of its row, times this, and its place in the row. */
  private static final int LINES = 1000;

  private static final String CONFLICT =
      "SELECT id, contact_id, field, kind, kept, kept_by, kept_at, lost, lost_by, lost_at,"
          + " found_at, status FROM conflict";

  private static final String DEAD_LETTER =
      "SELECT id, direction, target, contact_id, external_id, payload, reason, attempts, first_at,"
          + " last_at FROM dead_letter";

  private static final String HELD =
      "SELECT id, why, system, external_id, contact_id, candidates, observation, reason, at"
          + " FROM held";

  private final Connection connection;
  private final Dialect dialect;
  private final Clock clock;
  private final Map<String, PreparedStatement> statements;

  /** Contacts as they are stored now, as far as this transaction came to know them. */
  private final Map<String, Contact> known = new HashMap<>();

  /** Contacts that came into being here: they have no replicas but those saved here. */
  private final Set<String> created = new HashSet<>();

  /** Replicas as they are stored now, as far as they were met here. */
  private final Map<ReplicaKey, Replica> stored = new HashMap<>();

  /** Settings as they are stored now, null for none; as far as they were asked for here. */
  private final Map<String, String> settings = new HashMap<>();

  /** What is mostly empty: then nothing is looked for in it. */
  private enum Seldom {
    HELD("held"),
    DEAD_LETTERS("dead_letter"),
    WAITING("conflict WHERE status = 'WAITING'");

    private final String rows;

    Seldom(String rows) {
      this.rows = rows;
    }
  }

  /** What is not empty; null before it was asked for. */
  private Set<Seldom> present;

  private SQLException failure;

  /**
   * @param statements that were prepared on this connection before, by their SQL; those that are
   *     prepared here come to them
   */
  JdbcTransaction(
      Connection connection,
      Dialect dialect,
      Clock clock,
      Map<String, PreparedStatement> statements) {
    this.connection = connection;
    this.dialect = dialect;
    this.clock = clock;
    this.statements = statements;
  }

  /** A work that goes on after a failure must not be committed. */
  void requireUnbroken() {
    if (failure != null) {
      throw new Failed(failure);
    }
  }

  // JDBC in short

  private interface Parameters {
    void set(Row row) throws SQLException;
  }

  private interface Reader<T> {
    T read(ResultSet result) throws SQLException;
  }

  private interface Eater {
    void eat(ResultSet result) throws SQLException;
  }

  /** The parameters of a statement, set from the first to the last. */
  private final class Row {
    private final PreparedStatement statement;
    private int index;

    Row(PreparedStatement statement) {
      this.statement = statement;
    }

    Row text(String text) throws SQLException {
      statement.setString(++index, text);
      return this;
    }

    Row name(Enum<?> constant) throws SQLException {
      return text(constant.name());
    }

    Row number(long number) throws SQLException {
      statement.setLong(++index, number);
      return this;
    }

    Row flag(boolean on) throws SQLException {
      return number(on ? 1 : 0);
    }

    Row time(Instant time) throws SQLException {
      if (time == null) {
        statement.setNull(++index, Types.BIGINT);
        return this;
      }
      return number(LedgerJson.micros(time));
    }

    Row texts(Collection<String> texts) throws SQLException {
      dialect.setTexts(statement, ++index, texts);
      return this;
    }

    Row key(String id) throws SQLException {
      dialect.setKey(statement, ++index, id);
      return this;
    }

    Row keys(Collection<String> ids) throws SQLException {
      dialect.setKeys(statement, ++index, ids);
      return this;
    }

    Row dense(String text) throws SQLException {
      dialect.setDense(statement, ++index, text);
      return this;
    }

    Row system(String system) throws SQLException {
      return text(LedgerJson.ofSystem(system));
    }
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    return statement;
  }

  private Failed failed(SQLException e) {
    failure = e;
    return new Failed(e);
  }

  private void each(String sql, Parameters parameters, Eater eater) {
    try {
      PreparedStatement statement = prepare(sql);
      parameters.set(new Row(statement));
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          eater.eat(result);
        }
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private <T> List<T> list(String sql, Parameters parameters, Reader<T> reader) {
    List<T> rows = new ArrayList<>();
    each(sql, parameters, result -> rows.add(reader.read(result)));
    return rows;
  }

  /** The first row, or null. */
  private <T> T first(String sql, Parameters parameters, Reader<T> reader) {
    List<T> rows = list(sql, parameters, reader);
    return rows.isEmpty() ? null : rows.get(0);
  }

  private long count(String sql, Parameters parameters) {
    return first(sql, parameters, result -> result.getLong(1));
  }

  private int update(String sql, Parameters parameters) {
    try {
      PreparedStatement statement = prepare(sql);
      parameters.set(new Row(statement));
      return statement.executeUpdate();
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private boolean isAny(Seldom what) {
    if (present == null) {
      String each =
          Stream.of(Seldom.values())
              .map(one -> "EXISTS (SELECT 1 FROM " + one.rows + ")")
              .collect(Collectors.joining(", "));
      present =
          first(
              "SELECT " + each,
              row -> {},
              result -> {
                Set<Seldom> some = EnumSet.noneOf(Seldom.class);
                for (Seldom one : Seldom.values()) {
                  if (result.getBoolean(1 + one.ordinal())) {
                    some.add(one);
                  }
                }
                return some;
              });
    }
    return present.contains(what);
  }

  private void comes(Seldom what) {
    if (present != null) {
      present.add(what);
    }
  }

  private interface ItemParameters<T> {
    void set(Row row, T item) throws SQLException;
  }

  private <T> void batch(String sql, Collection<T> items, ItemParameters<T> parameters) {
    if (items.isEmpty()) {
      return;
    }
    try {
      PreparedStatement statement = prepare(sql);
      boolean done = false;
      try {
        for (T item : items) {
          parameters.set(new Row(statement), item);
          statement.addBatch();
        }
        statement.executeBatch();
        done = true;
      } finally {
        if (!done) {
          // It may be kept, and would run with the next ones.
          statement.clearBatch();
        }
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private static String system(ResultSet result, int column) throws SQLException {
    return LedgerJson.toSystem(result.getString(column));
  }

  private static Instant time(ResultSet result, int column) throws SQLException {
    long micros = result.getLong(column);
    return result.wasNull() ? null : LedgerJson.instant(micros);
  }

  // Contacts

  @Override
  public Map<String, Contact> contacts(Collection<String> contactIds) {
    Set<String> unknown = new TreeSet<>();
    for (String id : contactIds) {
      if (!known.containsKey(id)) {
        unknown.add(id);
      }
    }
    if (!unknown.isEmpty()) {
      each(
          "SELECT contact_id, version, created_at, doc FROM contact WHERE "
              + dialect.inKeys("contact_id"),
          row -> row.keys(unknown),
          result -> {
            Contact contact = contact(result);
            known.put(contact.id(), contact);
          });
    }
    Map<String, Contact> found = new LinkedHashMap<>();
    for (String id : contactIds) {
      Contact contact = known.get(id);
      if (contact != null) {
        found.put(id, contact);
      }
    }
    return found;
  }

  private Contact contact(ResultSet result) throws SQLException {
    return contact(dialect.key(result, 1), result, 2);
  }

  private static Contact contact(String id, ResultSet result, int column) throws SQLException {
    String doc = result.getString(column + 2);
    return new Contact(
        id,
        result.getLong(column),
        ByField.later(() -> LedgerJson.toFields(doc)),
        time(result, column + 1));
  }

  @Override
  public void saveContacts(Collection<Contact> contacts) {
    // In the order in which they are stored, as far as they lie side by side.
    Map<String, Contact> distinct = new TreeMap<>();
    contacts.forEach(contact -> distinct.put(contact.id(), contact));
    Map<String, Contact> before = contacts(distinct.keySet());
    distinct.keySet().stream().filter(id -> !before.containsKey(id)).forEach(created::add);
    Collection<Contact> all = distinct.values();
    batch(
        "INSERT INTO contact (contact_id, version, deleted, created_at, doc)"
            + " VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT (contact_id) DO UPDATE SET version = excluded.version,"
            + " deleted = excluded.deleted, created_at = excluded.created_at, doc = excluded.doc",
        all,
        (row, contact) ->
            row.key(contact.id())
                .number(contact.version())
                .flag(contact.isDeleted())
                .time(contact.createdAt())
                .text(LedgerJson.ofFields(contact.fields())));
    batch(
        "UPDATE replica SET contact_version = ?, contact_deleted = ?, due_since ="
            + " CASE WHEN sent_version < ? THEN coalesce(due_since, ?) END WHERE contact_id = ?",
        all.stream().filter(contact -> isNews(before.get(contact.id()), contact)).toList(),
        (row, contact) ->
            row.number(contact.version())
                .flag(contact.isDeleted())
                .number(contact.version())
                .time(clock.instant())
                .key(contact.id()));
    restate(before, all);
    lookUps("contact_email", "email", Fields.EMAILS_FIELD, before, all);
    lookUps("contact_phone", "phone", Fields.PHONES_FIELD, before, all);
    known.putAll(distinct);
  }

  private static boolean isNews(Contact before, Contact after) {
    return before != null
        && (before.version() != after.version() || before.isDeleted() != after.isDeleted());
  }

  private record Restated(String contactId, String system, String seen, String unanswered) {}

  private record RestatedCreation(long id, String text) {}

  /** What leans on a value of the contact that is another now gets the former value itself. */
  private void restate(Map<String, Contact> before, Collection<Contact> all) {
    Map<String, Contact> after = new HashMap<>();
    Map<String, Set<String>> moved = new HashMap<>();
    for (Contact contact : all) {
      Contact former = before.get(contact.id());
      Set<String> fields = former == null ? Set.of() : movedFields(former, contact);
      if (!fields.isEmpty()) {
        moved.put(contact.id(), fields);
        after.put(contact.id(), contact);
      }
    }
    if (moved.isEmpty()) {
      return;
    }
    List<Restated> replicas = new ArrayList<>();
    each(
        "SELECT contact_id, system, seen, unanswered FROM replica WHERE "
            + dialect.inKeys("contact_id"),
        row -> row.keys(moved.keySet()),
        result -> {
          String id = dialect.key(result, 1);
          String seen = dialect.dense(result, 3);
          String unanswered = result.getString(4);
          if (unanswered != null
              || moved.get(id).stream().anyMatch(field -> LedgerJson.leansOn(seen, field))) {
            Map<String, FieldState> former = before.get(id).fields();
            Map<String, FieldState> fields = after.get(id).fields();
            replicas.add(
                new Restated(
                    id,
                    system(result, 2),
                    LedgerJson.ofSeen(LedgerJson.toSeen(seen, former), fields),
                    LedgerJson.ofUnanswered(LedgerJson.toUnanswered(unanswered, former), fields)));
          }
        });
    batch(
        "UPDATE replica SET seen = ?, unanswered = ? WHERE contact_id = ? AND system = ?",
        replicas,
        (row, one) ->
            row.dense(one.seen()).text(one.unanswered()).key(one.contactId()).system(one.system()));
    List<RestatedCreation> creations = new ArrayList<>();
    each(
        "SELECT id, contact_id, after_value FROM history WHERE field = '' AND "
            + dialect.inKeys("contact_id"),
        row -> row.keys(moved.keySet()),
        result -> {
          String id = dialect.key(result, 2);
          String values = dialect.dense(result, 3);
          if (moved.get(id).stream().anyMatch(field -> LedgerJson.leansOn(values, field))) {
            creations.add(
                new RestatedCreation(
                    result.getLong(1),
                    LedgerJson.ofCreation(
                        LedgerJson.toCreation(values, before.get(id).fields()),
                        after.get(id).fields())));
          }
        });
    batch(
        "UPDATE history SET after_value = ? WHERE id = ?",
        creations,
        (row, one) -> row.dense(one.text()).number(one.id()));
  }

  private static Set<String> movedFields(Contact before, Contact after) {
    Set<String> moved = new TreeSet<>();
    before
        .fields()
        .forEach(
            (field, state) -> {
              if (!state.value().equals(after.value(field))) {
                moved.add(field);
              }
            });
    return moved;
  }

  private record LookUp(String item, String contactId) {}

  private void lookUps(
      String table,
      String column,
      String field,
      Map<String, Contact> before,
      Collection<Contact> after) {
    List<LookUp> removed = new ArrayList<>();
    List<LookUp> added = new ArrayList<>();
    for (Contact contact : after) {
      Contact former = before.get(contact.id());
      Set<String> old = former == null ? Set.of() : LookUps.items(former.value(field));
      Set<String> now = LookUps.items(contact.value(field));
      for (String item : old) {
        if (!now.contains(item)) {
          removed.add(new LookUp(item, contact.id()));
        }
      }
      for (String item : now) {
        if (!old.contains(item)) {
          added.add(new LookUp(item, contact.id()));
        }
      }
    }
    batch(
        "DELETE FROM " + table + " WHERE " + column + " = ? AND contact_id = ?",
        removed,
        (row, lookUp) -> row.text(lookUp.item()).key(lookUp.contactId()));
    batch(
        "INSERT INTO " + table + " (" + column + ", contact_id) VALUES (?, ?)",
        added,
        (row, lookUp) -> row.text(lookUp.item()).key(lookUp.contactId()));
  }

  @Override
  public Map<String, Set<String>> contactIdsByEmail(Collection<String> emails) {
    return lookUp("contact_email", "email", emails);
  }

  @Override
  public Map<String, Set<String>> contactIdsByPhone(Collection<String> phones) {
    return lookUp("contact_phone", "phone", phones);
  }

  private Map<String, Set<String>> lookUp(String table, String column, Collection<String> items) {
    Map<String, Set<String>> ids = new HashMap<>();
    if (!items.isEmpty()) {
      each(
          "SELECT " + column + ", contact_id FROM " + table + " WHERE " + dialect.in(column),
          row -> row.texts(items),
          result ->
              ids.computeIfAbsent(result.getString(1), item -> new TreeSet<>())
                  .add(dialect.key(result, 2)));
    }
    return ids;
  }

  @Override
  public List<Contact> contactsAfter(String afterId, int limit) {
    return list(
        "SELECT contact_id, version, created_at, doc FROM contact WHERE contact_id > ?"
            + " ORDER BY contact_id LIMIT ?",
        row -> row.key(orFirst(afterId)).number(limit),
        this::contact);
  }

  private static String orFirst(String afterId) {
    return afterId == null ? "" : afterId;
  }

  @Override
  public long countContacts(boolean deleted) {
    long gone = count("SELECT count(*) FROM contact WHERE deleted = 1", row -> {});
    return deleted ? gone : count("SELECT count(*) FROM contact", row -> {}) - gone;
  }

  // Replicas

  @Override
  public Map<String, Map<String, Replica>> replicasOf(Collection<String> contactIds) {
    Map<String, Map<String, Replica>> replicas = new HashMap<>();
    if (!contactIds.isEmpty()) {
      contacts(contactIds);
      each(
          "SELECT " + REPLICA + " FROM replica r WHERE " + dialect.inKeys("r.contact_id"),
          row -> row.keys(contactIds),
          result -> {
            String id = dialect.key(result, 1);
            Replica replica = replica(id, result, known.get(id));
            replicas.computeIfAbsent(id, each -> new TreeMap<>()).put(replica.system(), replica);
          });
    }
    return replicas;
  }

  @Override
  public Map<String, String> contactIdsByExternalId(String system, Collection<String> externalIds) {
    Map<String, String> ids = new HashMap<>();
    if (!externalIds.isEmpty()) {
      each(
          "SELECT external_id, contact_id FROM replica WHERE system = ? AND "
              + dialect.inKeys("external_id"),
          row -> row.system(system).keys(externalIds),
          result -> ids.put(dialect.key(result, 1), dialect.key(result, 2)));
    }
    return ids;
  }

  @Override
  public Map<String, Replica> replicasByExternalId(String system, Collection<String> externalIds) {
    Map<String, Replica> replicas = new HashMap<>();
    if (!externalIds.isEmpty()) {
      each(
          REPLICA_AND_CONTACT + " WHERE r.system = ? AND " + dialect.inKeys("r.external_id"),
          row -> row.system(system).keys(externalIds),
          result -> {
            String id = dialect.key(result, 1);
            if (!known.containsKey(id)) {
              known.put(id, contact(id, result, 16));
            }
            Replica replica = replica(id, result, known.get(id));
            replicas.put(replica.externalId(), replica);
          });
    }
    return replicas;
  }

  /** Of a row that has its contact with it, which is not kept: there may be many of them. */
  private Replica replicaBesideContact(ResultSet result) throws SQLException {
    String id = dialect.key(result, 1);
    Contact contact = known.get(id);
    return replica(id, result, contact == null ? contact(id, result, 16) : contact);
  }

  private Replica replica(String contactId, ResultSet result, Contact contact) throws SQLException {
    String system = system(result, 2);
    String externalId = dialect.key(result, 3);
    Replica replica =
        new Replica(
            contactId,
            system,
            externalId,
            dialect.dense(result, 4),
            new StoredSeen(dialect.dense(result, 5), contact.fields()),
            result.getLong(6),
            time(result, 7),
            time(result, 8),
            LedgerJson.toUnanswered(result.getString(9), contact.fields()),
            result.getInt(10) != 0,
            result.getInt(11),
            time(result, 12),
            result.getString(13),
            time(result, 15),
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
      return !created.contains(entry.getKey().contactId());
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

  @Override
  public void saveReplicas(Collection<Replica> replicas) {
    // In the order in which they are stored.
    Map<ReplicaKey, Replica> distinct = new TreeMap<>();
    replicas.forEach(
        replica -> distinct.put(new ReplicaKey(replica.contactId(), replica.system()), replica));
    Map<String, Contact> contacts = contactsOf(distinct.values());
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
    // An id that moves from one contact to another within the batch is given up before it is taken.
    batch(
        "UPDATE replica SET external_id = NULL WHERE contact_id = ? AND system = ?"
            + " AND external_id <> ?",
        distinct.entrySet().stream().filter(this::mayGiveUpAnId).map(Map.Entry::getValue).toList(),
        (row, replica) ->
            row.key(replica.contactId())
                .system(replica.system())
                .key(replica.externalId() == null ? "" : replica.externalId()));
    try {
      batch(
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
            Contact contact = contacts.get(replica.contactId());
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
    } catch (Failed e) {
      if (dialect.isDuplicate(JdbcLedger.root(e.getCause()))) {
        throw new IllegalStateException(
            "An external id belongs to another contact's replica of that system already", e);
      }
      throw e;
    }
    batch(
        "UPDATE replica SET revision = ?, seen = ?, record_time = ?, read_at = ?, unanswered = ?,"
            + " attempts = ?, next_try = ?, last_error = ?, failing_since = ?"
            + " WHERE contact_id = ? AND system = ?",
        read,
        (row, replica) -> {
          Map<String, FieldState> fields = contacts.get(replica.contactId()).fields();
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
    batch(
        "UPDATE replica SET unanswered = ? WHERE contact_id = ? AND system = ?",
        noted,
        (row, replica) ->
            row.text(
                    LedgerJson.ofUnanswered(
                        replica.unanswered(), contacts.get(replica.contactId()).fields()))
                .key(replica.contactId())
                .system(replica.system()));
    stored.putAll(distinct);
  }

  /** As they are stored; those that were not known are not kept: there may be many of them. */
  private Map<String, Contact> contactsOf(Collection<Replica> replicas) {
    Map<String, Contact> contacts = new HashMap<>();
    Set<String> unknown = new TreeSet<>();
    for (Replica replica : replicas) {
      Contact contact = known.get(replica.contactId());
      if (contact == null) {
        unknown.add(replica.contactId());
      } else {
        contacts.put(contact.id(), contact);
      }
    }
    if (!unknown.isEmpty()) {
      each(
          "SELECT contact_id, version, created_at, doc FROM contact WHERE "
              + dialect.inKeys("contact_id"),
          row -> row.keys(unknown),
          result -> {
            Contact contact = contact(result);
            contacts.put(contact.id(), contact);
          });
      unknown.removeAll(contacts.keySet());
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(
            "A replica of a contact that is not stored: " + unknown.iterator().next());
      }
    }
    return contacts;
  }

  @Override
  public List<Replica> replicasAfter(String system, String afterContactId, int limit) {
    return list(
        REPLICAS_AFTER,
        row -> row.system(system).key(orFirst(afterContactId)).number(limit),
        this::replicaBesideContact);
  }

  @Override
  public void addMissingReplicas(String system) {
    update(
        "INSERT INTO replica (contact_id, system, seen, sent_version, contact_version,"
            + " contact_deleted, due_since, reread_due, attempts, state)"
            + " SELECT c.contact_id, ?, '{}', 0, c.version, c.deleted,"
            + " CASE WHEN c.version > 0 THEN ? END, 0, 0, 0"
            + " FROM contact c WHERE NOT EXISTS"
            + " (SELECT 1 FROM replica r WHERE r.contact_id = c.contact_id AND r.system = ?)",
        row -> row.system(system).time(clock.instant()).system(system));
  }

  @Override
  public void requireReread(String system) {
    update(
        "UPDATE replica SET reread_due = 1 WHERE system = ? AND external_id IS NOT NULL",
        row -> row.system(system));
    stored.keySet().removeIf(key -> key.system().equals(system));
  }

  @Override
  public long countRecords(String system) {
    return count(
        "SELECT count(*) FROM replica WHERE system = ? AND external_id IS NOT NULL",
        row -> row.system(system));
  }

  @Override
  public long countReplicas(String system, Replica.State state) {
    if (state != Replica.State.FREE) {
      return count(
          "SELECT count(*) FROM replica WHERE system = ? AND state = ? AND state > 0",
          row -> row.system(system).number(code(state)));
    }
    return count("SELECT count(*) FROM replica WHERE system = ?", row -> row.system(system))
        - count(
            "SELECT count(*) FROM replica WHERE system = ? AND state > 0",
            row -> row.system(system));
  }

  // Due

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

  @Override
  public List<String> due(
      String system, String gate, Instant now, String afterContactId, int limit) {
    return list(
        dueQuery(gate != null),
        row -> setDue(row, system, gate, now).key(orFirst(afterContactId)).number(limit),
        result -> dialect.key(result, 1));
  }

  private static Row setDue(Row row, String system, String gate, Instant now) throws SQLException {
    row.system(system);
    if (gate != null) {
      row.system(gate);
    }
    return row.time(now);
  }

  @Override
  public DueCount countDue(String system, String gate, Instant now) {
    return first(
        "SELECT count(*), min(r.due_since)" + dueFrom(gate != null),
        row -> setDue(row, system, gate, now),
        result -> new DueCount(result.getLong(1), time(result, 2)));
  }

  @Override
  public List<Replica> toReread(String system, Instant now, String afterContactId, int limit) {
    return list(
        REPLICA_AND_CONTACT
            + " WHERE r.system = ? AND r.reread_due = 1 AND r.state < 2"
            + " AND (r.next_try IS NULL OR r.next_try <= ?) AND r.contact_id > ?"
            + " ORDER BY r.contact_id LIMIT ?",
        row -> row.system(system).time(now).key(orFirst(afterContactId)).number(limit),
        this::replicaBesideContact);
  }

  // Cursors

  @Override
  public void eraseContact(String contactId) {
    for (String table : List.of("held", "watch", "dead_letter", "conflict")) {
      update("DELETE FROM " + table + " WHERE contact_id = ?", row -> row.text(contactId));
    }
    for (String table :
        List.of("history", "replica", "contact_email", "contact_phone", "contact")) {
      update("DELETE FROM " + table + " WHERE contact_id = ?", row -> row.key(contactId));
    }
    known.remove(contactId);
    created.remove(contactId);
    stored.keySet().removeIf(key -> key.contactId().equals(contactId));
  }

  @Override
  public void eraseRecord(String system, String externalId) {
    update(
        "DELETE FROM dead_letter WHERE target = ? AND external_id = ?",
        row -> row.text(system).text(externalId));
    for (String table : List.of("held", "inbox", "watch")) {
      update(
          "DELETE FROM " + table + " WHERE system = ? AND external_id = ?",
          row -> row.text(system).text(externalId));
    }
  }

  @Override
  public Cursor cursor(String system) {
    Cursor cursor =
        first(
            "SELECT system, position, walk, moved_at FROM cursor WHERE system = ?",
            row -> row.text(system),
            result ->
                new Cursor(
                    result.getString(1),
                    result.getString(2),
                    result.getString(3),
                    time(result, 4)));
    return cursor == null ? Cursor.none(system) : cursor;
  }

  @Override
  public void saveCursor(Cursor cursor) {
    update(
        "INSERT INTO cursor (system, position, walk, moved_at) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (system) DO UPDATE SET position = excluded.position,"
            + " walk = excluded.walk, moved_at = excluded.moved_at",
        row ->
            row.text(cursor.system())
                .text(cursor.position())
                .text(cursor.walk())
                .time(cursor.movedAt()));
  }

  // Conflicts

  @Override
  public void addConflicts(Collection<Conflict> conflicts) {
    if (!conflicts.isEmpty()) {
      comes(Seldom.WAITING);
    }
    batch(
        "INSERT INTO conflict (contact_id, field, kind, kept, kept_by, kept_at, lost, lost_by,"
            + " lost_at, found_at, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        conflicts,
        (row, conflict) ->
            row.text(conflict.contactId())
                .text(conflict.field())
                .name(conflict.kind())
                .text(LedgerJson.ofValue(conflict.kept()))
                .text(conflict.keptBy())
                .time(conflict.keptAt())
                .text(LedgerJson.ofValue(conflict.lost()))
                .text(conflict.lostBy())
                .time(conflict.lostAt())
                .time(conflict.foundAt())
                .name(conflict.status()));
  }

  private static Conflict conflict(ResultSet result) throws SQLException {
    return new Conflict(
        result.getLong(1),
        result.getString(2),
        result.getString(3),
        Conflict.Kind.valueOf(result.getString(4)),
        LedgerJson.toValue(result.getString(5)),
        result.getString(6),
        time(result, 7),
        LedgerJson.toValue(result.getString(8)),
        result.getString(9),
        time(result, 10),
        time(result, 11),
        Conflict.Status.valueOf(result.getString(12)));
  }

  @Override
  public List<Conflict> conflicts(boolean openOnly, long afterId, int limit) {
    return list(
        CONFLICT
            + " WHERE id < ?"
            + (openOnly ? " AND status = 'WAITING'" : "")
            + " ORDER BY id DESC LIMIT ?",
        row -> row.number(afterId == 0 ? Long.MAX_VALUE : afterId).number(limit),
        JdbcTransaction::conflict);
  }

  @Override
  public List<Conflict> conflictsAfter(long afterId, int limit) {
    return list(
        CONFLICT + " WHERE id > ? ORDER BY id LIMIT ?",
        row -> row.number(afterId).number(limit),
        JdbcTransaction::conflict);
  }

  @Override
  public Conflict conflict(long id) {
    return first(CONFLICT + " WHERE id = ?", row -> row.number(id), JdbcTransaction::conflict);
  }

  @Override
  public void setConflictStatus(long id, Conflict.Status status) {
    comes(Seldom.WAITING);
    update("UPDATE conflict SET status = ? WHERE id = ?", row -> row.name(status).number(id));
  }

  @Override
  public Map<String, Set<String>> waitingFields(Collection<String> contactIds) {
    Map<String, Set<String>> fields = new HashMap<>();
    if (!contactIds.isEmpty() && isAny(Seldom.WAITING)) {
      each(
          "SELECT contact_id, field FROM conflict WHERE status = 'WAITING' AND "
              + dialect.in("contact_id"),
          row -> row.texts(contactIds),
          result ->
              fields
                  .computeIfAbsent(result.getString(1), id -> new TreeSet<>())
                  .add(result.getString(2)));
    }
    return fields;
  }

  @Override
  public long countConflicts(Conflict.Kind kind) {
    return count("SELECT count(*) FROM conflict WHERE kind = ?", row -> row.name(kind));
  }

  // Dead letters

  @Override
  public void park(DeadLetter letter) {
    comes(Seldom.DEAD_LETTERS);
    update(
        "INSERT INTO dead_letter (direction, target, record, contact_id, external_id, payload,"
            + " reason, attempts, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (target, direction, record) DO UPDATE SET"
            + " contact_id = excluded.contact_id, external_id = excluded.external_id,"
            + " payload = excluded.payload, reason = excluded.reason,"
            + " attempts = excluded.attempts, first_at = excluded.first_at,"
            + " last_at = excluded.last_at",
        row ->
            row.name(letter.direction())
                .text(letter.target())
                .text(LookUps.record(letter))
                .text(letter.contactId())
                .text(letter.externalId())
                .text(letter.payload())
                .text(letter.reason())
                .number(letter.attempts())
                .time(letter.firstAt())
                .time(letter.lastAt()));
  }

  private static DeadLetter letter(ResultSet result) throws SQLException {
    return new DeadLetter(
        result.getLong(1),
        DeadLetter.Direction.valueOf(result.getString(2)),
        result.getString(3),
        result.getString(4),
        result.getString(5),
        result.getString(6),
        result.getString(7),
        result.getInt(8),
        time(result, 9),
        time(result, 10));
  }

  @Override
  public List<DeadLetter> deadLetters(long afterId, int limit) {
    return list(
        DEAD_LETTER + " WHERE id > ? ORDER BY id LIMIT ?",
        row -> row.number(afterId).number(limit),
        JdbcTransaction::letter);
  }

  @Override
  public DeadLetter deadLetter(long id) {
    return first(DEAD_LETTER + " WHERE id = ?", row -> row.number(id), JdbcTransaction::letter);
  }

  @Override
  public Map<String, DeadLetter> unreadable(String system, Collection<String> externalIds) {
    Map<String, DeadLetter> found = new HashMap<>();
    if (!externalIds.isEmpty() && isAny(Seldom.DEAD_LETTERS)) {
      each(
          DEAD_LETTER + " WHERE direction = 'OBSERVE' AND target = ? AND " + dialect.in("record"),
          row -> row.text(system).texts(externalIds),
          result -> found.put(result.getString(5), letter(result)));
    }
    return found;
  }

  @Override
  public void removeDeadLetter(long id) {
    update("DELETE FROM dead_letter WHERE id = ?", row -> row.number(id));
  }

  @Override
  public void removeDeadLetters(
      DeadLetter.Direction direction, String target, Collection<String> contactIds) {
    if (!contactIds.isEmpty() && isAny(Seldom.DEAD_LETTERS)) {
      update(
          "DELETE FROM dead_letter WHERE direction = ? AND target = ? AND "
              + dialect.in("contact_id"),
          row -> row.name(direction).text(target).texts(contactIds));
    }
  }

  @Override
  public long countDeadLetters(String target) {
    return isAny(Seldom.DEAD_LETTERS)
        ? count("SELECT count(*) FROM dead_letter WHERE target = ?", row -> row.text(target))
        : 0;
  }

  // Held

  @Override
  public void hold(Held held) {
    comes(Seldom.HELD);
    update(
        "INSERT INTO held (why, system, record, external_id, contact_id, candidates, observation,"
            + " reason, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (system, record) DO UPDATE SET why = excluded.why,"
            + " external_id = excluded.external_id, contact_id = excluded.contact_id,"
            + " candidates = excluded.candidates, observation = excluded.observation,"
            + " reason = excluded.reason, at = excluded.at",
        row ->
            row.name(held.why())
                .text(held.system())
                .text(LookUps.record(held))
                .text(held.externalId())
                .text(held.contactId())
                .text(LedgerJson.ofTexts(held.candidates()))
                .text(held.observation())
                .text(held.reason())
                .time(held.at()));
  }

  private static Held held(ResultSet result) throws SQLException {
    return new Held(
        result.getLong(1),
        Held.Reason.valueOf(result.getString(2)),
        result.getString(3),
        result.getString(4),
        result.getString(5),
        LedgerJson.toTexts(result.getString(6)),
        result.getString(7),
        result.getString(8),
        time(result, 9));
  }

  @Override
  public List<Held> heldAfter(long afterId, int limit) {
    return list(
        HELD + " WHERE id > ? ORDER BY id LIMIT ?",
        row -> row.number(afterId).number(limit),
        JdbcTransaction::held);
  }

  @Override
  public Held held(long id) {
    return first(HELD + " WHERE id = ?", row -> row.number(id), JdbcTransaction::held);
  }

  @Override
  public Map<String, Held> heldByExternalId(String system, Collection<String> externalIds) {
    Map<String, Held> held = new HashMap<>();
    if (!externalIds.isEmpty() && isAny(Seldom.HELD)) {
      each(
          HELD + " WHERE system = ? AND " + dialect.in("external_id"),
          row -> row.text(system).texts(externalIds),
          result -> held.put(result.getString(4), held(result)));
    }
    return held;
  }

  @Override
  public void removeHeld(long id) {
    update("DELETE FROM held WHERE id = ?", row -> row.number(id));
  }

  @Override
  public long countHeld(String system) {
    return count("SELECT count(*) FROM held WHERE system = ?", row -> row.text(system));
  }

  // History

  private record Line(
      String contactId,
      long version,
      String field,
      String before,
      String after,
      String by,
      Instant at,
      Instant recordedAt) {}

  /** What a contact was created with is one row, which leans on the contact. */
  @Override
  public void addHistory(Collection<Change> changes) {
    List<Change> all = List.copyOf(changes);
    Set<String> createdOnes = new HashSet<>();
    for (Change change : all) {
      if (creates(change)) {
        createdOnes.add(change.contactId());
      }
    }
    Map<String, Contact> contacts = contacts(createdOnes);
    List<Line> lines = new ArrayList<>();
    int from = 0;
    while (from < all.size()) {
      Change first = all.get(from);
      if (!creates(first)) {
        lines.add(line(first));
        from++;
        continue;
      }
      Map<String, Value> values = new LinkedHashMap<>();
      int to = from;
      while (to < all.size() && isOneCreation(first, all.get(to), values)) {
        values.put(all.get(to).field(), all.get(to).after());
        to++;
      }
      Contact contact = contacts.get(first.contactId());
      lines.add(
          new Line(
              first.contactId(),
              first.version(),
              CREATION,
              LedgerJson.ofValue(Value.EMPTY),
              LedgerJson.ofCreation(values, contact == null ? Map.of() : contact.fields()),
              first.by(),
              first.at(),
              first.recordedAt()));
      from = to;
    }
    batch(
        "INSERT INTO history (contact_id, version, field, before_value, after_value, changed_by,"
            + " changed_at, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        lines,
        (row, line) ->
            row.key(line.contactId())
                .number(line.version())
                .text(line.field())
                .text(line.before())
                .dense(line.after())
                .system(line.by())
                .time(line.at())
                .time(line.recordedAt()));
  }

  private static boolean creates(Change change) {
    return change.version() == 1 && change.before().isEmpty();
  }

  private static boolean isOneCreation(Change first, Change next, Map<String, Value> sofar) {
    return creates(next)
        && next.contactId().equals(first.contactId())
        && next.by().equals(first.by())
        && Objects.equals(next.at(), first.at())
        && next.recordedAt().equals(first.recordedAt())
        && !sofar.containsKey(next.field())
        && sofar.size() < LINES;
  }

  private static Line line(Change change) {
    return new Line(
        change.contactId(),
        change.version(),
        change.field(),
        LedgerJson.ofValue(change.before()),
        LedgerJson.ofValue(change.after()),
        change.by(),
        change.at(),
        change.recordedAt());
  }

  private record HistoryRow(long id, Line line) {
    /** Oldest first. */
    List<Recorded> lines(Contact contact) {
      if (!line.field().equals(CREATION)) {
        return List.of(
            recorded(
                0,
                line.field(),
                LedgerJson.toValue(line.before()),
                LedgerJson.toValue(line.after())));
      }
      List<Recorded> all = new ArrayList<>();
      LedgerJson.toCreation(line.after(), contact == null ? Map.of() : contact.fields())
          .forEach((field, value) -> all.add(recorded(all.size(), field, Value.EMPTY, value)));
      return all;
    }

    private Recorded recorded(int place, String field, Value before, Value after) {
      return new Recorded(
          id * LINES + place,
          new Change(
              line.contactId(),
              line.version(),
              field,
              before,
              after,
              line.by(),
              line.at(),
              line.recordedAt()));
    }
  }

  private HistoryRow historyRow(ResultSet result) throws SQLException {
    return new HistoryRow(
        result.getLong(9),
        new Line(
            dialect.key(result, 1),
            result.getLong(2),
            result.getString(3),
            result.getString(4),
            dialect.dense(result, 5),
            system(result, 6),
            time(result, 7),
            time(result, 8)));
  }

  /** The lines of these rows in their order, of which each holds one at least. */
  private List<Recorded> lines(List<HistoryRow> rows, boolean newestFirst, long after, int limit) {
    Set<String> ids = new TreeSet<>();
    rows.stream()
        .filter(row -> row.line().field().equals(CREATION))
        .forEach(row -> ids.add(row.line().contactId()));
    Map<String, Contact> contacts = contacts(ids);
    List<Recorded> lines = new ArrayList<>();
    for (HistoryRow row : rows) {
      if (lines.size() >= limit) {
        break;
      }
      List<Recorded> some = new ArrayList<>(row.lines(contacts.get(row.line().contactId())));
      if (newestFirst) {
        Collections.reverse(some);
      }
      some.stream().filter(line -> line.id() > after).forEach(lines::add);
    }
    return lines.size() > limit ? lines.subList(0, limit) : lines;
  }

  @Override
  public List<Change> history(String contactId, int limit) {
    List<HistoryRow> rows =
        list(
            HISTORY + " WHERE contact_id = ? ORDER BY id DESC LIMIT ?",
            row -> row.key(contactId).number(limit),
            this::historyRow);
    return lines(rows, true, -1, limit).stream().map(Recorded::change).toList();
  }

  @Override
  public List<Recorded> historyAfter(long afterId, int limit) {
    // The row of the last line may hold more of them.
    long from = Math.max(afterId, 0) / LINES;
    return lines(
        list(
            HISTORY + " WHERE id >= ? ORDER BY id LIMIT ?",
            row -> row.number(from).number(limit + 1L),
            this::historyRow),
        false,
        afterId,
        limit);
  }

  @Override
  public List<Recorded> latestHistory(int limit) {
    return lines(
        list(HISTORY + " ORDER BY id DESC LIMIT ?", row -> row.number(limit), this::historyRow),
        true,
        -1,
        limit);
  }

  @Override
  public long countDeletionsSince(Instant since) {
    return count(
        "SELECT count(*) FROM history WHERE field = 'deleted' AND recorded_at >= ?"
            + " AND after_value <> 'null' AND version > 1",
        row -> row.time(since));
  }

  @Override
  public long countFieldChangesSince(String system, String field, Instant since) {
    return count(
        "SELECT count(DISTINCT contact_id) FROM history WHERE changed_by = ? AND field = ?"
            + " AND recorded_at >= ? AND version > 1",
        row -> row.system(system).text(field).time(since));
  }

  @Override
  public void pruneBefore(Instant time) {
    update("DELETE FROM history WHERE recorded_at < ?", row -> row.time(time));
    update(
        "DELETE FROM conflict WHERE found_at < ? AND status <> 'WAITING'", row -> row.time(time));
    update("DELETE FROM cycle WHERE started_at < ?", row -> row.time(time));
  }

  // Cycles

  @Override
  public long saveCycle(CycleReport report) {
    if (report.id() == 0) {
      return first(
          "INSERT INTO cycle (started_at, ended_at, systems) VALUES (?, ?, ?) RETURNING id",
          row ->
              row.time(report.startedAt())
                  .time(report.endedAt())
                  .text(LedgerJson.ofCounters(report.systems())),
          result -> result.getLong(1));
    }
    update(
        "UPDATE cycle SET started_at = ?, ended_at = ?, systems = ? WHERE id = ?",
        row ->
            row.time(report.startedAt())
                .time(report.endedAt())
                .text(LedgerJson.ofCounters(report.systems()))
                .number(report.id()));
    return report.id();
  }

  @Override
  public List<CycleReport> cycles(int limit) {
    return list(
        "SELECT id, started_at, ended_at, systems FROM cycle ORDER BY id DESC LIMIT ?",
        row -> row.number(limit),
        result ->
            new CycleReport(
                result.getLong(1),
                time(result, 2),
                time(result, 3),
                LedgerJson.toCounters(result.getString(4))));
  }

  // Webhooks

  @Override
  public void receive(Collection<Heard> notices) {
    Map<String, Heard> last = new LinkedHashMap<>();
    for (Heard notice : notices) {
      String record = notice.system() + '\n' + recordOf(notice);
      last.remove(record);
      last.put(record, notice);
    }
    batch(
        "DELETE FROM inbox WHERE system = ? AND external_id = ?",
        last.values(),
        (row, notice) -> row.text(notice.system()).text(recordOf(notice)));
    batch(
        "INSERT INTO inbox (system, external_id, kind, received_at) VALUES (?, ?, ?, ?)",
        last.values(),
        (row, notice) ->
            row.text(notice.system())
                .text(recordOf(notice))
                .name(notice.kind())
                .time(notice.receivedAt()));
  }

  private static String recordOf(Heard notice) {
    return notice.externalId() == null ? "" : notice.externalId();
  }

  @Override
  public List<Heard> inbox(String system, int limit) {
    return list(
        "SELECT id, system, external_id, kind, received_at FROM inbox WHERE system = ?"
            + " ORDER BY id LIMIT ?",
        row -> row.text(system).number(limit),
        result ->
            new Heard(
                result.getLong(1),
                result.getString(2),
                result.getString(3).isEmpty() ? null : result.getString(3),
                Heard.Kind.valueOf(result.getString(4)),
                time(result, 5)));
  }

  @Override
  public void removeFromInbox(Collection<Long> ids) {
    batch("DELETE FROM inbox WHERE id = ?", ids, (row, id) -> row.number(id));
  }

  @Override
  public long countInbox(String system) {
    return count("SELECT count(*) FROM inbox WHERE system = ?", row -> row.text(system));
  }

  @Override
  public long newestInInbox(String system) {
    return count(
        "SELECT coalesce(max(id), 0) FROM inbox WHERE system = ?", row -> row.text(system));
  }

  @Override
  public Set<String> markUsed(Map<String, Instant> goodUntil) {
    Set<String> used = new TreeSet<>();
    if (goodUntil.isEmpty()) {
      return used;
    }
    each(
        "SELECT signature FROM webhook_signature WHERE " + dialect.in("signature"),
        row -> row.texts(goodUntil.keySet()),
        result -> used.add(result.getString(1)));
    batch(
        "INSERT INTO webhook_signature (signature, good_until) VALUES (?, ?)",
        goodUntil.entrySet().stream().filter(each -> !used.contains(each.getKey())).toList(),
        (row, each) -> row.text(each.getKey()).time(each.getValue()));
    return used;
  }

  @Override
  public void forgetSignatures(Instant time) {
    update("DELETE FROM webhook_signature WHERE good_until < ?", row -> row.time(time));
  }

  // Writes without a condition

  @Override
  public void watch(String system, Collection<Watch> writes) {
    Map<String, Watch> last = new LinkedHashMap<>();
    writes.forEach(write -> last.put(write.externalId(), write));
    endWatch(system, last.keySet());
    batch(
        "INSERT INTO watch (system, external_id, contact_id, written, was, read_at, written_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        last.values(),
        (row, write) ->
            row.text(system)
                .text(write.externalId())
                .text(write.contactId())
                .text(LedgerJson.ofFields(write.written()))
                .text(write.was())
                .time(write.readAt())
                .time(write.writtenAt()));
  }

  @Override
  public List<Watch> watched(String system) {
    return list(
        "SELECT contact_id, external_id, written, was, read_at, written_at FROM watch"
            + " WHERE system = ? ORDER BY external_id",
        row -> row.text(system),
        result ->
            new Watch(
                result.getString(1),
                result.getString(2),
                LedgerJson.toFields(result.getString(3)),
                result.getString(4),
                time(result, 5),
                time(result, 6)));
  }

  @Override
  public void endWatch(String system, Collection<String> externalIds) {
    batch(
        "DELETE FROM watch WHERE system = ? AND external_id = ?",
        externalIds,
        (row, id) -> row.text(system).text(id));
  }

  // Settings

  @Override
  public String setting(String name) {
    if (!settings.containsKey(name)) {
      settings.put(
          name,
          first(
              "SELECT value FROM setting WHERE name = ?",
              row -> row.text(name),
              result -> result.getString(1)));
    }
    return settings.get(name);
  }

  @Override
  public void setSetting(String name, String value) {
    settings.put(name, value);
    if (value == null) {
      update("DELETE FROM setting WHERE name = ?", row -> row.text(name));
      return;
    }
    update(
        "INSERT INTO setting (name, value) VALUES (?, ?)"
            + " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        row -> row.text(name).text(value));
  }
}
