package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQuery.TableDataListOption;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableResult;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.google.bigquery.GoogleBigQueryConnectionFactory;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Unreadable;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.bigquery.BigQueryPatch.Seen;

/**
 * The contacts table in BigQuery: read by one query job a walk, and only if the table was modified;
 * written by one conditional MERGE a batch.
 *
 * <p>A record's external id is its {@code contact_id}. Its revision is the hash of the row where it
 * was read, and the {@code updated_at} that was set where it was written.
 *
 * <p>Methods that call BigQuery throw {@link BigQueryException}, of which {@link BigQueryErrors}
 * tells the meaning. Reading and writing are not to overlap.
 */
public final class BigQueryContacts {

  public static final String NAME = "bigquery";

  private static final String CALL = "call";
  private static final String SQL = "sql";
  private static final int PAGE = 5_000;
  private static final int NOT_FOUND = 404;
  private static final String ETAG = "etag:";
  private static final String UPDATED = "us:";
  private static final Seen NOTHING_SEEN = new Seen.Etag("none");

  private final Mapping mapping;
  private final Participants participants;
  private final TableId id;
  private final Duration overlap;
  private final Duration forceQuery;
  private final Clock clock;
  private final BigQueryConnection connection;
  private final DmlPace pace = new DmlPace();
  private final AtomicLong lastMicros = new AtomicLong();
  private final Set<String> idsOfWalk = new HashSet<>();
  private final Set<String> twiceThere = new HashSet<>();

  private volatile Known known;

  /**
   * What {@code tables.get} told last.
   *
   * @param columns the table's column by the mapping's name for it
   * @param mark its time of last modification in milliseconds; null where it says nothing, because
   *     rows are streaming in or it is a view
   * @param rows below 0 where it does not tell
   */
  private record Known(
      BigQueryTable table, Mapping mapping, Map<String, String> columns, Long mark, long rows) {

    /** Differs where the table has other columns, or the mapping other names for them. */
    String fingerprint() {
      return UUID.nameUUIDFromBytes(
              (table.columns() + "\n" + columns).getBytes(java.nio.charset.StandardCharsets.UTF_8))
          .toString();
    }
  }

  /**
   * @param client whose requests are counted from now on, on connections of its own
   * @param project whose jobs they are
   * @param overlap how far before the last walk the next one begins
   * @param forceQuery how old the last query may become on an unmodified table
   */
  public BigQueryContacts(
      BigQuery client,
      Mapping mapping,
      Participants participants,
      String project,
      String dataset,
      String table,
      Duration overlap,
      Duration forceQuery,
      Clock clock) {
    this.mapping = mapping;
    this.participants = participants;
    this.id = TableId.of(project, dataset, table);
    this.overlap = overlap;
    this.forceQuery = forceQuery;
    this.clock = clock;
    this.connection = new BigQueryConnection(client);
  }

  /** For Camel's endpoints: the same way, with the same count. */
  public GoogleBigQueryConnectionFactory connection() {
    return connection.forCamel();
  }

  /** The counted client. */
  public BigQuery client() {
    return connection.client();
  }

  /** HTTP requests sent since the start. */
  public long calls() {
    return connection.calls();
  }

  // What the table has

  /** Looks at the table if it was never looked at. */
  public void learnSchema() {
    if (known == null) {
      look();
    }
  }

  /**
   * Looks at the table, which costs nothing: its columns, and when it was last modified.
   *
   * @throws SystemUnavailable when it is not there, or no table of contacts
   */
  private Known look() {
    Table found = client().getTable(id);
    if (found == null) {
      throw unusable("does not exist. Check its name, or let 'setup' create it.");
    }
    BigQueryTable table;
    try {
      table = BigQueryTable.of(found);
    } catch (IllegalArgumentException e) {
      throw unusable("tells no columns. Give the name of a table.");
    }
    if (table.column(BigQueryTable.CONTACT_ID).isEmpty()) {
      throw unusable("has no column contact_id. Add it, or give the name of another table.");
    }
    connection.tableHolds(found.getNumBytes() == null ? 0 : found.getNumBytes());
    Map<String, String> columns = columns(table);
    Mapping limited = mapping.limitedTo(columns::containsKey);
    boolean silent =
        !(found.getDefinition() instanceof StandardTableDefinition definition)
            || definition.getStreamingBuffer() != null;
    known =
        new Known(
            table,
            limited,
            columns,
            silent ? null : found.getLastModifiedTime(),
            found.getNumRows() == null ? -1 : found.getNumRows().longValue());
    participants.learn(limited);
    return known;
  }

  private SystemUnavailable unusable(String what) {
    return new SystemUnavailable(
        NAME, SystemUnavailable.Kind.MISCONFIGURED, "BigQuery's table " + name() + " " + what);
  }

  private String name() {
    return id.getProject() + "." + id.getDataset() + "." + id.getTable();
  }

  /** The columns that the mapping names, as the table spells them; those that fit. */
  private Map<String, String> columns(BigQueryTable table) {
    Set<String> usable = new HashSet<>(table.writable());
    for (String own : List.of(BigQueryTable.CONTACT_ID, BigQueryTable.UPDATED_AT)) {
      table.column(own).ifPresent(usable::add);
    }
    Map<String, String> columns = new LinkedHashMap<>();
    Stream.concat(
            mapping.entries().stream().map(Entry::topLevelProperty),
            Stream.of(
                mapping.contactIdPath(),
                mapping.deletedAtPath(),
                mapping.createdAtPath(),
                mapping.updatedAtPath(),
                mapping.syncMetadataPath()))
        .filter(property -> property != null)
        .forEach(
            property ->
                table
                    .column(property)
                    .filter(usable::contains)
                    .ifPresent(column -> columns.put(property, column)));
    return columns;
  }

  // Reading

  /**
   * Begins or goes on with a reading. It ends at once where the table was not modified since the
   * last walk and that is not too long ago.
   */
  public void open(Reading reading) {
    Known now = look();
    idsOfWalk.clear();
    if (reading.walk().token() == null && isUnchanged(reading, now)) {
      reading.end();
    } else if (reading.isFull()) {
      reading.expect(now.rows());
    }
  }

  /** How many rows the table has, by its description, which is free. */
  public long count() {
    return look().rows();
  }

  /** Deletes rows for good. */
  public void erase(Collection<String> ids) throws InterruptedException {
    run(BigQueryStatements.erase(look().table(), ids));
  }

  /** Deletes what the export holds of these contacts; a table that is not there holds nothing. */
  public void eraseHistory(Collection<String> ids) throws InterruptedException {
    for (String name : List.of(BigQueryHistory.CHANGES, BigQueryHistory.CONFLICTS)) {
      TableId exported = TableId.of(id.getProject(), id.getDataset(), name);
      if (client().getTable(exported) != null) {
        run(BigQueryStatements.eraseExported(exported, ids));
      }
    }
  }

  private void run(BigQueryStatement statement) throws InterruptedException {
    client().query(connection.stamped(statement.configuration().build()));
  }

  private boolean isUnchanged(Reading reading, Known now) {
    ObjectNode last = Walk.lastPosition(reading.before());
    Instant asked = reading.before().movedAt();
    if (last == null
        || asked == null
        || now.mark() == null
        || reading.purpose() == Reading.Purpose.RECONCILE
        || !last.path("columns").asText().equals(now.fingerprint())
        || !clock.instant().isBefore(asked.plus(forceQuery))) {
      return false;
    }
    // Of two modifications in one millisecond, the query may have seen the first alone.
    long mark = last.path("modified").asLong(Long.MAX_VALUE);
    return mark == now.mark() && mark < last.path("since_us").asLong() / 1_000;
  }

  /** The next page of the reading; a walk whose job is gone begins anew. */
  public Page page(Reading reading) throws InterruptedException {
    if (reading.walk().token() != null) {
      boolean sameColumns =
          reading.walk().token().path("columns").asText().equals(known.fingerprint());
      try {
        if (sameColumns) {
          return fetch(reading);
        }
      } catch (BigQueryException e) {
        if (e.getCode() != NOT_FOUND) {
          throw e;
        }
      }
      idsOfWalk.clear();
      reading.begin(new Walk(NAME, null, null));
    }
    query(reading);
    return fetch(reading);
  }

  /** Runs the walk's one query, of which the pages are fetched. */
  private void query(Reading reading) throws InterruptedException {
    Known now = known;
    ObjectNode last = Walk.lastPosition(reading.before());
    boolean everything =
        last == null
            || reading.purpose() == Reading.Purpose.RECONCILE
            || !last.path("columns").asText().equals(now.fingerprint());
    BigQueryStatement statement =
        everything
            ? BigQueryStatements.all(now.table())
            : BigQueryStatements.changedSince(
                now.table(), last.path("since_us").asLong() - micros(overlap));
    JobId own =
        JobId.newBuilder()
            .setProject(id.getProject())
            .setJob("truth-forge-sync_" + UUID.randomUUID())
            .build();
    Job job =
        client()
            .create(
                JobInfo.newBuilder(connection.stamped(statement.configuration().build()))
                    .setJobId(own)
                    .build());
    Job done = job.waitFor();
    if (done == null) {
      throw new SystemUnavailable(
          NAME,
          SystemUnavailable.Kind.FAILING,
          "BigQuery does not know the query any more that it was given. It is tried again.");
    }
    if (done.getStatus().getError() != null) {
      throw new BigQueryException(
          400, done.getStatus().getError().getMessage(), done.getStatus().getError());
    }
    TableId result = ((QueryJobConfiguration) done.getConfiguration()).getDestinationTable();
    // Promise 3: the source's own clock, and the mark as it was before the query.
    ObjectNode position =
        Walk.json()
            .put("since_us", done.getStatistics().getCreationTime() * 1_000)
            .put("modified", now.mark())
            .put("columns", now.fingerprint());
    ObjectNode token =
        Walk.json()
            .put("job", done.getJobId().getJob())
            .put("project", result.getProject())
            .put("dataset", result.getDataset())
            .put("table", result.getTable())
            .put("columns", now.fingerprint());
    reading.begin(reading.walk().at(position, token));
  }

  private Page fetch(Reading reading) {
    ObjectNode token = reading.walk().token();
    List<TableDataListOption> options = new ArrayList<>();
    options.add(TableDataListOption.pageSize(PAGE));
    if (token.hasNonNull("page")) {
      options.add(TableDataListOption.pageToken(token.get("page").asText()));
    }
    TableResult result =
        client()
            .listTableData(
                TableId.of(
                    token.path("project").asText(),
                    token.path("dataset").asText(),
                    token.path("table").asText()),
                BigQueryRows.RESULT,
                options.toArray(TableDataListOption[]::new));
    if (token.hasNonNull("last_id")) {
      idsOfWalk.add(token.get("last_id").asText());
    }
    List<Sighting> sightings = sightings(result.getValues(), idsOfWalk);
    ObjectNode next = token.deepCopy();
    next.put("page", result.getNextPageToken());
    if (!sightings.isEmpty()) {
      next.put("last_id", sightings.get(sightings.size() - 1).externalId());
    }
    boolean last = result.getNextPageToken() == null;
    return reading.page(
        sightings, reading.walk().at(reading.walk().position(), next), last, clock.instant());
  }

  /** Reads single records as they are now, by the contact's id. */
  public List<Sighting> read(List<Reread> asked) throws InterruptedException {
    Set<String> ids = new LinkedHashSet<>();
    for (Reread reread : asked) {
      ids.add(reread.replica().hasRecord() ? reread.replica().externalId() : reread.contact().id());
    }
    return sightings(rows(ids), new HashSet<>());
  }

  private Iterable<FieldValueList> rows(Collection<String> ids) throws InterruptedException {
    BigQueryStatement statement = BigQueryStatements.byIds(known.table(), ids);
    return client().query(connection.stamped(statement.configuration().build())).iterateAll();
  }

  /**
   * @param met the ids met so far in this reading; grows
   */
  private List<Sighting> sightings(Iterable<FieldValueList> rows, Set<String> met) {
    List<Sighting> sightings = new ArrayList<>();
    for (FieldValueList values : rows) {
      BigQueryRows.Row row = BigQueryRows.decode(known.table(), values);
      ObjectNode record = record(row);
      String contactId = contactId(row);
      if (contactId.isEmpty()) {
        sightings.add(
            new Unreadable(
                NAME,
                ETAG + row.etag(),
                record,
                "a row without contact_id: give it one of its own in BigQuery, for example"
                    + " GENERATE_UUID(), and it is taken in"));
      } else if (!met.add(contactId)) {
        twiceThere.add(contactId);
        sightings.add(
            new Unreadable(
                NAME,
                contactId,
                record,
                "two rows carry this contact id: delete one of them in BigQuery, or give it an id"
                    + " of its own"));
      } else {
        sightings.add(
            Records.observation(
                known.mapping(), contactId, ETAG + row.etag(), record, clock.instant()));
      }
    }
    return sightings;
  }

  private String contactId(BigQueryRows.Row row) {
    String column = known.table().column(BigQueryTable.CONTACT_ID).orElseThrow();
    JsonNode node = row.values().path(column);
    return node.isNull() ? "" : node.asText().strip();
  }

  /** The row under the mapping's names. */
  private ObjectNode record(BigQueryRows.Row row) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    known.columns().forEach((property, column) -> record.set(property, row.values().get(column)));
    return record;
  }

  // Writing

  /** The statements that write a batch: one, unless it is larger than one can carry. */
  public List<BigQueryCall> statements(Batch batch) {
    Map<String, Write> byId = new LinkedHashMap<>();
    List<BigQueryPatch> patches = new ArrayList<>();
    long micros = nextMicros();
    for (Write write : batch.writes()) {
      BigQueryPatch patch = patch(write, micros);
      byId.put(patch.contactId(), write);
      patches.add(patch);
    }
    List<BigQueryCall> calls = new ArrayList<>();
    for (List<BigQueryPatch> part :
        BigQueryStatements.batches(known.table(), patches, BigQueryStatements.MAX_PATCHES)) {
      List<Write> writes = part.stream().map(patch -> byId.get(patch.contactId())).toList();
      calls.add(
          new BigQueryCall(
              BigQueryStatements.apply(known.table(), part),
              new Batch(NAME, writes, batch.whole()),
              micros));
    }
    return calls;
  }

  /** Microseconds that no other statement of this service has. */
  private long nextMicros() {
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    return lastMicros.updateAndGet(last -> Math.max(last + 1, now));
  }

  private BigQueryPatch patch(Write write, long micros) {
    Mapping fields = known.mapping();
    ObjectNode row = fields.write(write.values(), null);
    Value deleted = write.values().get(Fields.DELETED);
    if (deleted != null && fields.deletedAtPath() != null) {
      row.set(
          fields.deletedAtPath(),
          deleted.isEmpty() ? null : time(fields.deletedAtPath(), clock.instant()));
    }
    if (fields.syncMetadataPath() != null) {
      row.set(fields.syncMetadataPath(), Records.syncMetadata(write.contact(), write.bound()));
    }
    Instant createdAt = write.contact().createdAt();
    if (write.isCreation() && createdAt != null && fields.createdAtPath() != null) {
      row.set(fields.createdAtPath(), time(fields.createdAtPath(), createdAt));
    }
    ObjectNode set = JsonNodeFactory.instance.objectNode();
    List<String> clear = new ArrayList<>();
    row.properties()
        .forEach(
            property -> {
              String column = known.columns().get(property.getKey());
              if (isEmpty(property.getValue())) {
                clear.add(column);
              } else {
                set.set(column, fitted(column, property.getValue()));
              }
            });
    return new BigQueryPatch(idOf(write), seen(write), set, clear, micros);
  }

  private static String idOf(Write write) {
    return write.isCreation() ? write.contactId() : write.externalId();
  }

  private Seen seen(Write write) {
    if (write.isCreation()) {
      return new Seen.Absent();
    }
    String revision = write.revision();
    if (revision != null && revision.startsWith(ETAG)) {
      return new Seen.Etag(revision.substring(ETAG.length()));
    }
    if (revision != null && revision.startsWith(UPDATED) && known.table().tellsUpdates()) {
      return new Seen.UpdatedAt(Long.valueOf(revision.substring(UPDATED.length())));
    }
    // In no known state: refused, and so read before it is written.
    return NOTHING_SEEN;
  }

  private JsonNode time(String property, Instant time) {
    BigQueryType type = known.table().columns().get(known.columns().get(property));
    Instant micros = time.truncatedTo(ChronoUnit.MICROS);
    return JsonNodeFactory.instance.textNode(
        switch (type) {
          case DATE -> micros.atOffset(ZoneOffset.UTC).toLocalDate().toString();
          case DATETIME -> micros.atOffset(ZoneOffset.UTC).toLocalDateTime().toString();
          default -> micros.toString();
        });
  }

  private JsonNode fitted(String column, JsonNode value) {
    boolean numbers =
        switch (known.table().columns().get(column)) {
          case INT64, FLOAT64, NUMERIC, BIGNUMERIC -> true;
          default -> false;
        };
    return numbers && value.isBoolean()
        ? JsonNodeFactory.instance.numberNode(value.booleanValue() ? 1 : 0)
        : value;
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isNull()
        || value.isContainerNode() && value.isEmpty()
        || value.isTextual() && value.textValue().isEmpty();
  }

  /**
   * Makes the message what Camel's component sends, once BigQuery takes another change of the
   * table: nothing of what was there is left that could name another table or parameter.
   */
  public void request(Exchange exchange, @Body BigQueryCall call) throws InterruptedException {
    pace.take();
    exchange.setProperty(CALL, call);
    Message message = exchange.getMessage();
    message.removeHeaders("*");
    message.setHeader(SQL, call.statement().sql());
    message.setBody(call.statement().parameters());
  }

  /** Makes the message the answer. */
  public void answer(Exchange exchange) {
    BigQueryCall call = exchange.getProperty(CALL, BigQueryCall.class);
    Message message = exchange.getMessage();
    long affected = message.getBody(Long.class);
    message.removeHeaders("*");
    message.setBody(new BigQueryAnswer(call, affected, isClear(call, affected)));
  }

  private boolean isClear(BigQueryCall call, long affected) {
    List<Write> writes = call.batch().writes();
    return known.table().tellsUpdates()
        && (affected == 0 || affected == writes.size())
        && writes.stream().noneMatch(write -> twiceThere.contains(idOf(write)));
  }

  /** What became of the writes, where the number of rows tells it: all were changed, or none. */
  public List<Outcome> outcomes(BigQueryAnswer answer) {
    BigQueryCall call = answer.call();
    boolean none = answer.affectedRows() == 0;
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : call.batch().writes()) {
      outcomes.add(
          none
              ? new Outcome.ConditionFailed(write)
              : new Outcome.Applied(write, idOf(write), UPDATED + call.updatedMicros(), null));
    }
    return outcomes;
  }

  /** What became of the writes, by reading back their rows. */
  public List<Outcome> sortedOut(BigQueryAnswer answer) throws InterruptedException {
    BigQueryCall call = answer.call();
    List<Write> writes = call.batch().writes();
    Map<String, List<BigQueryRows.Row>> byId = new LinkedHashMap<>();
    for (FieldValueList values : rows(writes.stream().map(BigQueryContacts::idOf).toList())) {
      BigQueryRows.Row row = BigQueryRows.decode(known.table(), values);
      byId.computeIfAbsent(contactId(row), id -> new ArrayList<>()).add(row);
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : writes) {
      List<BigQueryRows.Row> rows = byId.getOrDefault(idOf(write), List.of());
      boolean applied = rows.size() == 1 && isApplied(write, rows.get(0), call.updatedMicros());
      outcomes.add(
          applied
              ? new Outcome.Applied(
                  write, idOf(write), revision(rows.get(0), call.updatedMicros()), null)
              : new Outcome.ConditionFailed(write));
    }
    return outcomes;
  }

  private boolean isApplied(Write write, BigQueryRows.Row row, long micros) {
    if (known.table().tellsUpdates()) {
      return row.updatedMicros() != null && row.updatedMicros() == micros;
    }
    Map<String, Value> told = known.mapping().read(record(row));
    return write.values().entrySet().stream()
        .filter(field -> told.containsKey(field.getKey()))
        .allMatch(
            field ->
                known
                    .mapping()
                    .held(field.getKey(), field.getValue())
                    .equals(told.get(field.getKey())));
  }

  private String revision(BigQueryRows.Row row, long micros) {
    return known.table().tellsUpdates() ? UPDATED + micros : ETAG + row.etag();
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1_000;
  }
}
