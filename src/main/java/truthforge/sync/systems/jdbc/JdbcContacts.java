package truthforge.sync.systems.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.OwnWrites;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.mapping.Limit;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Sighting.Unreadable;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.FeedHead;
import truthforge.sync.systems.FeedPosition;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.Walk;

/**
 * A table of contacts in PostgreSQL or SQLite: the statements for reading and writing it, and what
 * their rows mean. The local database, and Supabase by JDBC.
 */
public final class JdbcContacts {

  /** Larger pages save calls, but are copied by each collection of memory that they outlive. */
  private static final int PAGE = 250;

  private static final Predicate<String> UUID_FORM =
      Pattern.compile("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").asMatchPredicate();

  private final String system;
  private final Mapping mapping;
  private final Participants participants;
  private final DataSource dataSource;
  private final String tableName;
  private final String idColumn;
  private final Duration overlap;
  private final AgreedClock clock;
  private final OwnWrites ownWrites;

  private volatile AgreedClock.Asked asked;
  private volatile Known known;

  /** Whether the reading under way met the table as it is known; if not, it is looked at again. */
  private volatile boolean asKnown;

  private final AtomicLong looks = new AtomicLong();

  /**
   * @param shape by which a table that was changed since is known
   * @param fed whether it has a change feed
   * @param givesNoId whether a new row must be given its id
   */
  private record Known(
      JdbcDialect dialect,
      ContactTable table,
      String shape,
      Mapping mapping,
      boolean fed,
      boolean givesNoId) {

    Known fed(boolean now) {
      return new Known(dialect, table, shape, mapping, now, givesNoId);
    }
  }

  /**
   * @param ownWrites what the change feed need not tell
   */
  public JdbcContacts(
      String system,
      Mapping mapping,
      Participants participants,
      DataSource dataSource,
      String tableName,
      String idColumn,
      Duration overlap,
      Clock clock,
      OwnWrites ownWrites) {
    this.system = system;
    this.mapping = mapping;
    this.participants = participants;
    this.dataSource = dataSource;
    this.tableName = tableName;
    this.idColumn = idColumn;
    this.overlap = overlap;
    this.clock = AgreedClock.of(clock);
    this.ownWrites = ownWrites;
  }

  // What the table has

  /**
   * Reads which columns the table has, where that is not known: what it lacks is neither told nor
   * sent. And whether it has a change feed. Whether it was changed since is told by {@link #begin}.
   *
   * @throws SystemUnavailable when the database or the table is not there
   */
  public void learnSchema() {
    Known before = known;
    boolean current = before != null && asKnown;
    if (current && before.fed()) {
      return;
    }
    looks.incrementAndGet();
    try (Connection connection = dataSource.getConnection()) {
      if (current) {
        // The feed may have been set up since.
        known = before.fed(before.dialect().hasFeed(connection, before.table()));
        return;
      }
      String shape = ContactTable.shape(connection, tableName);
      ContactTable table = ContactTable.read(connection, tableName, idColumn);
      JdbcDialect dialect = JdbcDialect.of(connection);
      Map<String, Limit> limits = dialect.limits(connection, table.schema(), table.name());
      Mapping limited =
          mapping
              .limitedTo(table::has)
              .withComputed(column -> !table.writable(column))
              .withDays(
                  column -> dialect.keepsTypes() && table.columns().get(column) == ColumnType.DATE)
              .within(limits::get);
      known =
          new Known(
              dialect,
              table,
              shape,
              limited,
              dialect.hasFeed(connection, table),
              table.givesNoId(connection));
      asKnown = true;
      if (before == null || !table.columns().equals(before.table().columns())) {
        ownWrites.forget(system);
      }
      participants.learn(limited);
    } catch (MissingTableException e) {
      // Under another name it may be edited all the same, and its feed tells of no other name.
      participants.miss(system);
      throw new SystemUnavailable(
          system, SystemUnavailable.Kind.MISCONFIGURED, system + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  /**
   * The same before a delivery, which no reading need precede: what it is answered is read, and by
   * a former type it would be misread.
   *
   * @param hasWork whether there is something to write; else the database is not asked
   */
  public void learnSchemaToWrite(boolean hasWork) {
    if (known != null && !hasWork) {
      return;
    }
    if (known != null && asKnown) {
      asKnown = isAsKnown(known);
    }
    learnSchema();
  }

  private boolean isAsKnown(Known before) {
    looks.incrementAndGet();
    try (Connection connection = dataSource.getConnection()) {
      return before.shape().equals(before.table().shape(connection));
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  /** How often the database was asked about the table itself since the start. */
  public long looks() {
    return looks.get();
  }

  private SystemUnavailable unavailable(SQLException e) {
    if (JdbcErrors.of(system, e) instanceof SystemUnavailable told
        && told.kind() == SystemUnavailable.Kind.KEY_REFUSED) {
      return told;
    }
    return new SystemUnavailable(
        system,
        SystemUnavailable.Kind.UNREACHABLE,
        system
            + "'s database cannot be opened"
            + (e.getSQLState() == null ? "" : " (SQL state " + e.getSQLState() + ")")
            + ". Check its URL, user name and password, and that it runs.",
        e);
  }

  public void forgetSchema() {
    known = null;
  }

  // Reading

  /**
   * Asks for the database's own clock, from which the next walk by time will start, and where its
   * change feed stands: before the first page, so that what changes meanwhile is read after it. And
   * for the table's form.
   */
  public SqlCall beginCall(Reading reading) {
    asKnown = false;
    asked = clock.ask();
    if (!known.fed()) {
      return new SqlCall(known.dialect().now(known.table()), Map.of(), reading);
    }
    FeedPosition reached = JdbcFeed.reached(reading);
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("after_txid", reached == null ? null : reached.txid());
    parameters.put("after_seq", reached == null ? null : reached.seq());
    return new SqlCall(known.dialect().feedState(known.table()), parameters, reading);
  }

  public void begin(SqlAnswer answer) {
    Map<String, Object> row = answer.rows().get(0);
    Instant now = Records.instant(String.valueOf(row.get("now")));
    if (known.dialect().hasClockOfItsOwn()) {
      clock.told(system, asked, now, Duration.ZERO);
    } else {
      clock.toldWithoutVote(system, asked, now);
    }
    if (!known.shape().equals(row.get("shape"))) {
      asKnown = false;
      learnSchema();
    }
    FeedHead feed = known.fed() ? JdbcFeed.head(row) : null;
    if (known.fed() && feed == null) {
      known = known.fed(false);
    }
    Reading reading = answer.about(Reading.class);
    if (feed == null) {
      ownWrites.forget(system);
    } else {
      FeedPosition reached = JdbcFeed.reached(reading);
      FeedPosition end = feed.bounds().end();
      ownWrites.begin(system, end.identity(), reached == null ? 0 : reached.txid(), end.txid());
    }
    JdbcFeed.begin(reading, String.valueOf(now), feed);
  }

  // Reading what the change feed names

  /** The page of a feed that told nothing new. */
  public truthforge.sync.flow.Page nothingNew(Reading reading) {
    asKnown = true;
    FeedPosition next = JdbcFeed.reached(reading).orLater(reading.feed().safe());
    ObjectNode position = reading.walk().position().deepCopy();
    next.putInto(position);
    reading.feed().noteHeldIn(position);
    return reading.page(List.of(), reading.walk().at(position, null), true, clock.instant());
  }

  public SqlCall entriesCall(Reading reading) {
    FeedPosition reached = JdbcFeed.reached(reading);
    return new SqlCall(
        known.dialect().feedEntries(known.table()),
        Map.of("after_txid", reached.txid(), "after_seq", reached.seq(), "limit", JdbcFeed.PAGE),
        reading);
  }

  /** What entries name; a table that was emptied at one stroke is read from the start instead. */
  public JdbcFeed.Entries entries(SqlAnswer answer) {
    JdbcFeed.Entries entries =
        JdbcFeed.entries(
            answer.about(Reading.class),
            answer.rows(),
            (txid, id) -> ownWrites.passOver(system, txid, id));
    if (entries.emptied()) {
      JdbcFeed.beginAnew(entries.reading());
    }
    return entries;
  }

  public SqlCall rowsCall(JdbcFeed.Entries entries) {
    return new SqlCall(
        known.dialect().byIds(known.table()),
        Map.of("ids", JdbcWrites.texts(entries.rows().keySet())),
        entries);
  }

  public truthforge.sync.flow.Page rows(SqlAnswer answer) {
    JdbcFeed.Entries entries = answer.about(JdbcFeed.Entries.class);
    List<JdbcRow> rows = JdbcRows.read(known.table(), answer.rows());
    return page(entries, JdbcFeed.sightings(system, entries, rows, this::sightings));
  }

  /** The page of entries that name no row of this table. */
  public truthforge.sync.flow.Page noRows(JdbcFeed.Entries entries) {
    return page(entries, List.of());
  }

  private truthforge.sync.flow.Page page(JdbcFeed.Entries entries, List<Sighting> sightings) {
    asKnown = true;
    return entries
        .reading()
        .page(sightings, JdbcFeed.after(entries), entries.last(), clock.instant());
  }

  /**
   * Lets the feed forget what was read of it; only once the cursor behind it is stored (promise 3).
   */
  public List<SqlCall> pruneCalls(Reading reading) {
    FeedPosition read = reading.prunable();
    if (read == null) {
      return List.of();
    }
    Map<String, Object> parameters =
        Map.of("identity", read.identity(), "txid", read.txid(), "seq", read.seq());
    return known.dialect().feedPrunes(known.table()).stream()
        .map(sql -> new SqlCall(sql, parameters, reading))
        .toList();
  }

  // Reading by a walk

  /** Asks how many rows there are, for the progress of a long walk. */
  public SqlCall countCall(Reading reading) {
    return new SqlCall(known.dialect().count(known.table()), Map.of(), reading);
  }

  public void expect(SqlAnswer answer) {
    Map<String, Object> row = answer.rows().get(0);
    answer
        .about(Reading.class)
        .expect(((Number) row.get("live")).longValue() + ((Number) row.get("deleted")).longValue());
  }

  public SqlCall pageCall(Reading reading) {
    ObjectNode token = reading.walk().token();
    Page page = token == null ? Page.FIRST : Page.NEXT;
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("limit", PAGE);
    if (token != null) {
      parameters.put("after_id", token.get("after_id").textValue());
      parameters.put("after_updated_at", token.path("after_updated_at").textValue());
    }
    ObjectNode last = Walk.lastPosition(reading.before());
    boolean everything =
        token == null
            ? last == null || reading.purpose() == Reading.Purpose.RECONCILE
            : !token.hasNonNull("since");
    if (everything) {
      parameters.remove("after_updated_at");
      return new SqlCall(known.dialect().all(known.table(), page), parameters, reading);
    }
    String since =
        token == null
            ? Instant.parse(last.get("since").textValue()).minus(overlap).toString()
            : token.get("since").textValue();
    parameters.put("since", since);
    return new SqlCall(known.dialect().changedSince(known.table(), page), parameters, reading);
  }

  public truthforge.sync.flow.Page page(SqlAnswer answer) {
    asKnown = true;
    Reading reading = answer.about(Reading.class);
    List<JdbcRow> rows = JdbcRows.read(known.table(), answer.rows());
    boolean last = rows.size() < PAGE;
    ObjectNode token = Walk.json();
    Object since = answer.call().parameters().get("since");
    token.put("since", since == null ? null : since.toString());
    if (!rows.isEmpty()) {
      JdbcRow end = rows.get(rows.size() - 1);
      token.put("after_id", end.id());
      token.put("after_updated_at", end.position());
    }
    return reading.page(
        sightings(rows),
        reading.walk().at(reading.walk().position(), token),
        last,
        clock.instant());
  }

  /** Reads single rows: by id, and those that may have been created by contact id and email. */
  public List<SqlCall> readCalls(List<Reread> asked) {
    Set<String> ids = new LinkedHashSet<>();
    Set<String> contactIds = new LinkedHashSet<>();
    Set<String> emails = new LinkedHashSet<>();
    for (Reread reread : asked) {
      if (reread.replica().hasRecord()) {
        ids.add(reread.replica().externalId());
      } else {
        contactIds.add(reread.contact().id());
        if (reread.contact().value(Fields.EMAILS_FIELD) instanceof Value.Items items) {
          emails.addAll(items.items());
        }
      }
    }
    List<SqlCall> calls = new ArrayList<>();
    JdbcDialect dialect = known.dialect();
    ContactTable table = known.table();
    if (!ids.isEmpty()) {
      calls.add(new SqlCall(dialect.byIds(table), Map.of("ids", JdbcWrites.texts(ids)), null));
    }
    if (!contactIds.isEmpty() && table.has(ContactTable.CONTACT_ID)) {
      calls.add(
          new SqlCall(
              dialect.byContactIds(table),
              Map.of("contact_ids", JdbcWrites.texts(contactIds)),
              null));
    }
    if (!emails.isEmpty() && table.has(ContactTable.EMAILS)) {
      calls.add(
          new SqlCall(dialect.byEmails(table), Map.of("emails", JdbcWrites.texts(emails)), null));
    }
    return calls;
  }

  public List<Sighting> found(SqlAnswer answer) {
    return sightings(JdbcRows.read(known.table(), answer.rows()));
  }

  private List<Sighting> sightings(List<JdbcRow> rows) {
    Set<String> met = new LinkedHashSet<>();
    Set<String> doubled = new LinkedHashSet<>();
    rows.stream().map(JdbcRow::id).filter(id -> !met.add(id)).forEach(doubled::add);
    return rows.stream().map(row -> sighting(row, doubled)).toList();
  }

  private Sighting sighting(JdbcRow row, Set<String> doubled) {
    if (row.id() == null) {
      return new Unreadable(
          system,
          "without-id-" + UUID.nameUUIDFromBytes(row.columns().toString().getBytes(UTF_8)),
          row.columns(),
          "a row without " + idColumn + ": give it one of its own, and it is taken in");
    }
    // Neither is taken for the contact, nor written: nobody can tell which one is.
    return doubled.contains(row.id())
        ? Unreadable.holding(
            system,
            row.id(),
            row.columns(),
            "two rows have the same "
                + idColumn
                + ": give one of them another, or name a column that tells rows apart as "
                + system
                + ".id-column")
        : observation(row);
  }

  private Observation observation(JdbcRow row) {
    return Records.observation(
        known.mapping(),
        row.id(),
        row.revision(),
        row.columns(),
        row.deleted(),
        row.updatedAt(),
        clock);
  }

  // Writing

  /**
   * One statement for all creations that have the same columns; in a table without contact ids one
   * for each, for nothing else tells which of them a new row is.
   */
  public List<SqlCall> createCalls(Batch batch) {
    Map<Set<String>, List<Write>> groups = new LinkedHashMap<>();
    Map<Write, ObjectNode> rows = new LinkedHashMap<>();
    for (Write write : batch.creations()) {
      ObjectNode row = row(write);
      rows.put(write, row);
      groups.computeIfAbsent(JdbcWrites.columns(row), c -> new ArrayList<>()).add(write);
    }
    List<List<Write>> together = new ArrayList<>();
    if (tellsContacts()) {
      together.addAll(groups.values());
    } else {
      rows.keySet().forEach(write -> together.add(List.of(write)));
    }
    List<SqlCall> calls = new ArrayList<>();
    together.forEach(
        writes -> {
          JdbcWrites.Batch insert =
              JdbcWrites.insert(known.table(), writes.stream().map(rows::get).toList());
          calls.add(
              new SqlCall(
                  known.dialect().insert(known.table(), insert.columns()),
                  Map.of("rows", insert.rows()),
                  new Batch(system, writes, batch.whole())));
        });
    return calls;
  }

  public List<Outcome> created(SqlAnswer answer) {
    Map<String, Write> byContact = new LinkedHashMap<>();
    answer.about(Batch.class).writes().forEach(write -> byContact.put(write.contactId(), write));
    List<Outcome> outcomes = new ArrayList<>();
    for (Map<String, Object> told : answer.rows()) {
      JdbcRow row = JdbcRows.read(known.table(), told);
      // Without contact ids it is the one record that was sent.
      Write write =
          byContact.remove(
              tellsContacts() ? row.contactId() : byContact.keySet().iterator().next());
      if (write != null) {
        outcomes.add(applied(write, row, transaction(told)));
      }
    }
    byContact.values().forEach(write -> outcomes.add(new Outcome.ConditionFailed(write)));
    return outcomes;
  }

  private Outcome applied(Write write, JdbcRow row, long transaction) {
    return new Outcome.Applied(write, row.id(), row.revision(), observation(row), transaction);
  }

  /** By which the change feed tells of what was written; 0 where it cannot be known. */
  private long transaction(Map<String, Object> told) {
    return known.fed() && told.get(ContactTable.TRANSACTION) instanceof Number number
        ? number.longValue()
        : 0;
  }

  private boolean tellsContacts() {
    return ContactTable.CONTACT_ID.equals(known.mapping().contactIdPath());
  }

  /** One statement for all changes, each row only if it is as last seen. */
  public SqlCall changeCall(Batch batch) {
    List<JdbcWrites.Change> changes = new ArrayList<>();
    for (Write write : batch.changes()) {
      changes.add(new JdbcWrites.Change(write.externalId(), write.revision(), row(write)));
    }
    JdbcWrites.Batch update = JdbcWrites.update(known.table(), changes);
    return new SqlCall(
        known.dialect().update(known.table(), update.columns()),
        Map.of("rows", update.rows()),
        batch);
  }

  public List<Outcome> changed(SqlAnswer answer) {
    Map<String, Write> byId = new LinkedHashMap<>();
    answer.about(Batch.class).changes().forEach(write -> byId.put(write.externalId(), write));
    List<Outcome> outcomes = new ArrayList<>();
    for (Map<String, Object> told : answer.rows()) {
      JdbcRow row = JdbcRows.read(known.table(), told);
      Write write = byId.remove(row.id());
      if (write != null) {
        // Only a row that our statement changed has an entry that tells of our statement.
        boolean moved =
            known.table().revisionKind() == RevisionKind.UPDATED_AT
                && row.revision() != null
                && !row.revision().equals(write.revision());
        outcomes.add(applied(write, row, moved ? transaction(told) : 0));
      }
    }
    byId.values().forEach(write -> outcomes.add(new Outcome.ConditionFailed(write)));
    return outcomes;
  }

  private ObjectNode row(Write write) {
    Mapping fields = known.mapping();
    ObjectNode row = fields.write(write.values(), null);
    if (fields.contactIdPath() != null) {
      row.put(fields.contactIdPath(), write.contactId());
    }
    Value deleted = write.values().get(Fields.DELETED);
    if (deleted != null && fields.deletedAtPath() != null) {
      row.set(
          fields.deletedAtPath(),
          deleted.isEmpty() ? NullNode.getInstance() : TextNode.valueOf(millis(clock.instant())));
    }
    if (takes(fields.syncMetadataPath())) {
      ObjectNode metadata = Records.syncMetadata(write.contact(), write.bound());
      boolean text = known.table().columns().get(fields.syncMetadataPath()).isText();
      row.set(fields.syncMetadataPath(), text ? TextNode.valueOf(metadata.toString()) : metadata);
    }
    if (write.isCreation() && known.givesNoId()) {
      row.put(known.table().idColumn(), newId(write.contactId()));
    }
    Instant createdAt = write.contact().createdAt();
    if (write.isCreation() && createdAt != null && takes(fields.createdAtPath())) {
      row.put(fields.createdAtPath(), millis(createdAt));
    }
    return row;
  }

  /** The contact's own id, or where that is no UUID and must be one, always the same made of it. */
  private String newId(String contactId) {
    boolean fits =
        known.table().columns().get(idColumn) != ColumnType.UUID || UUID_FORM.test(contactId);
    return fits ? contactId : UUID.nameUUIDFromBytes(contactId.getBytes(UTF_8)).toString();
  }

  private boolean takes(String path) {
    return path != null && known.table().writable(path);
  }

  private static String millis(Instant time) {
    String text = time.truncatedTo(ChronoUnit.MILLIS).toString();
    return text.contains(".") ? text : text.substring(0, text.length() - 1) + ".000Z";
  }
}
