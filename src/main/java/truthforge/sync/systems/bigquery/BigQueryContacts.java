package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQuery.TableDataListOption;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableResult;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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
import java.util.function.BooleanSupplier;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.google.bigquery.GoogleBigQueryConnectionFactory;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Unreadable;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.Elapsed;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.bigquery.BigQueryStatements.Naming;

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

  /**
   * The most contacts of a batch: what is loaded at once when there is much to write. Every
   * statement reads the whole table, and is billed for it.
   */
  public static final int BATCH = 2_000;

  private static final String CALL = "call";
  private static final String SQL = "sql";
  private static final int PAGE = 5_000;
  private static final int NOT_FOUND = 404;

  /** Ids that more than one row carries are read again at each walk; no more than these. */
  private static final int DOUBLES_READ_AGAIN = 1_000;

  private final Mapping mapping;
  private final Participants participants;
  private final TableId id;
  private final Settings settings;
  private final BilledBytes billed;
  private final BooleanSupplier urgent;
  private final AgreedClock clock;
  private final BigQueryConnection connection;
  private final BigQueryRunner runner;
  private final BigQueryNaming naming;
  private final BigQueryStaging staging;
  private final BigQueryWrites writes;
  private final DmlPace pace;

  private volatile KnownTable known;
  private volatile Instant lastTurnToWrite;

  /** Whether the reading that was opened last finds the table as it was. */
  private volatile boolean nothingNew;

  /**
   * How to go about it.
   *
   * @param overlap how far before the last walk the next one begins
   * @param forceQuery how old the last query may become on an unmodified table; and how long
   *     changes wait, in either direction, once more was billed in a day than is wanted
   * @param names whether rows may be given ids
   */
  public record Settings(Duration overlap, Duration forceQuery, boolean names) {}

  /**
   * @param client whose requests are counted from now on, on connections of its own
   * @param id with the project whose jobs they are
   * @param ledger where staging tables are noted, and contacts looked up by their emails
   * @param urgent whether what is due is to be written whatever was billed
   */
  public BigQueryContacts(
      BigQuery client,
      Mapping mapping,
      Participants participants,
      TableId id,
      Settings settings,
      Ledger ledger,
      BilledBytes billed,
      BooleanSupplier urgent,
      Clock clock) {
    this.mapping = mapping;
    this.participants = participants;
    this.id = id;
    this.settings = settings;
    this.billed = billed;
    this.urgent = urgent;
    this.clock = AgreedClock.of(clock);
    pace = new DmlPace(this.clock);
    connection = new BigQueryConnection(client, billed, Elapsed.of(clock));
    runner = new BigQueryRunner(connection.client(), connection::stamped);
    naming = new BigQueryNaming(runner, ledger, this.clock);
    staging = new BigQueryStaging(connection.client(), ledger, this.clock);
    writes = new BigQueryWrites(this.clock);
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

  /** Looks at the table if it was never looked at, and drops what a crash left beside it. */
  public void learnSchema() {
    if (known == null) {
      look();
    }
    staging.dropLeftovers(id);
  }

  /**
   * Looks at the table, which costs nothing: its columns, and when it was last modified.
   *
   * @throws SystemUnavailable when it is not there, or no table of contacts
   */
  private KnownTable look() {
    Table found = client().getTable(id);
    if (found == null) {
      throw unusable("does not exist. Check its name, or let 'setup' create it.");
    }
    KnownTable now;
    try {
      now = KnownTable.of(found, mapping);
    } catch (IllegalArgumentException e) {
      throw unusable("tells no columns. Give the name of a table.");
    }
    if (now.table().column(BigQueryTable.CONTACT_ID).isEmpty()) {
      throw unusable("has no column contact_id. Add it, or give the name of another table.");
    }
    connection.tableHolds(now.bytes());
    known = now;
    participants.learn(now.mapping());
    return now;
  }

  private SystemUnavailable unusable(String what) {
    return new SystemUnavailable(
        NAME, SystemUnavailable.Kind.MISCONFIGURED, "BigQuery's table " + name() + " " + what);
  }

  private String name() {
    return id.getProject() + "." + id.getDataset() + "." + id.getTable();
  }

  // Reading

  /**
   * Begins or goes on with a reading. Nothing is queried where the table was not modified since the
   * last walk and that is not too long ago; nor where it was, if more was billed today than is
   * wanted and the last walk is not too long ago.
   */
  public void open(Reading reading) {
    KnownTable now = look();
    boolean begins = reading.walk().token() == null;
    nothingNew = begins && isUnchanged(reading, now);
    ObjectNode begun = reading.walk().position();
    String restored = restored(begun == null ? Walk.lastPosition(reading.before()) : begun, now);
    if (restored != null) {
      reading.restored(restored);
    } else if (begins && !nothingNew && isPutOff(reading, now)) {
      reading.end();
    } else if (reading.isFull()) {
      reading.expect(now.rows());
    }
  }

  /** What tells that the table is not the one of the last walk, or an earlier state of it. */
  private static String restored(ObjectNode last, KnownTable now) {
    if (last == null || !last.has("created")) {
      return null;
    }
    if (last.get("created").asLong() != now.created()) {
      return "the table was created anew since it was last read";
    }
    return now.mark() != null && now.mark() < last.path("modified").asLong(Long.MIN_VALUE)
        ? "the table's time of last modification ran back"
        : null;
  }

  /** How many rows the table has, by its description, which is free; below 0 for untold. */
  public long count() {
    KnownTable now = look();
    // Rows that stream in are not counted yet.
    return now.mark() == null ? -1 : now.rows();
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

  private boolean isUnchanged(Reading reading, KnownTable now) {
    ObjectNode last = Walk.lastPosition(reading.before());
    if (now.mark() == null || !isRecent(reading, now)) {
      return false;
    }
    // Of two modifications in one millisecond, the query may have seen the first alone.
    long mark = last.path("modified").asLong(Long.MAX_VALUE);
    return mark == now.mark() && mark < last.path("since_us").asLong() / 1_000;
  }

  private boolean isPutOff(Reading reading, KnownTable now) {
    return isRecent(reading, now) && !urgent.getAsBoolean() && billed.isOver();
  }

  /** Whether the same columns were read of the same table not too long ago. */
  private boolean isRecent(Reading reading, KnownTable now) {
    ObjectNode last = Walk.lastPosition(reading.before());
    return last != null
        && reading.purpose() != Reading.Purpose.RECONCILE
        && last.path("columns").asText().equals(now.fingerprint())
        && clock
            .instant()
            .isBefore(
                Instant.EPOCH
                    .plus(last.path("since_us").asLong(), ChronoUnit.MICROS)
                    .plus(settings.forceQuery()));
  }

  /** The next page of the reading; a walk whose job is gone begins anew. */
  public Page page(Reading reading) throws InterruptedException {
    if (nothingNew) {
      nothingNew = false;
      Walk same = reading.walk().at(Walk.lastPosition(reading.before()), null);
      return reading.page(List.of(), same, true, clock.instant());
    }
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
      reading.begin(new Walk(NAME, null, null));
    }
    query(reading);
    return fetch(reading);
  }

  /** Runs the walk's one query, of which the pages are fetched. */
  private void query(Reading reading) throws InterruptedException {
    KnownTable now = known;
    ObjectNode last = Walk.lastPosition(reading.before());
    boolean everything =
        last == null
            || reading.purpose() == Reading.Purpose.RECONCILE
            || !last.path("columns").asText().equals(now.fingerprint());
    BigQueryStatement statement =
        everything
            ? BigQueryStatements.all(now.table())
            : BigQueryStatements.changedSince(
                now.table(),
                last.path("since_us").asLong() - micros(settings.overlap()),
                texts(last.path("doubled")));
    String jobId = BigQueryConnection.JOB + UUID.randomUUID();
    AgreedClock.Asked asked = clock.ask();
    Job job =
        client()
            .create(
                JobInfo.newBuilder(connection.stamped(statement.configuration().build()))
                    .setJobId(JobId.newBuilder().setProject(id.getProject()).setJob(jobId).build())
                    .build());
    JobStatistics begun = job.getStatistics();
    if (begun != null && begun.getCreationTime() != null) {
      Instant created = Instant.ofEpochMilli(begun.getCreationTime());
      clock.told(NAME, asked, created, Duration.ofMillis(1));
    }
    Job done = BigQueryRunner.ended(job, jobId);
    TableId result = ((QueryJobConfiguration) done.getConfiguration()).getDestinationTable();
    // Promise 3: the source's own clock, and the mark as it was before the query.
    ObjectNode position =
        Walk.json()
            .put("since_us", done.getStatistics().getCreationTime() * 1_000)
            .put("modified", now.mark())
            .put("created", now.created())
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

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  private Page fetch(Reading reading) throws InterruptedException {
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
    List<BigQueryRows.Row> rows = new ArrayList<>();
    BigQueryRows.Decoder decoder = new BigQueryRows.Decoder(known.table());
    for (FieldValueList values : result.getValues()) {
      rows.add(decoder.decode(values));
    }
    ObjectNode next = token.deepCopy();
    next.put("page", result.getNextPageToken());
    ObjectNode position = withDoubles(reading.walk().position(), rows);
    return reading.page(
        named(rows),
        reading.walk().at(position, next),
        result.getNextPageToken() == null,
        clock.instant());
  }

  /** Once one of two rows is deleted, nothing but the other tells that it is alone. */
  private ObjectNode withDoubles(ObjectNode position, List<BigQueryRows.Row> rows) {
    Set<String> doubled = new LinkedHashSet<>(texts(position.path("doubled")));
    rows.stream().filter(BigQueryRows.Row::doubled).map(known::contactId).forEach(doubled::add);
    if (doubled.isEmpty()) {
      return position;
    }
    ObjectNode next = position.deepCopy();
    ArrayNode ids = next.putArray("doubled");
    doubled.stream().limit(DOUBLES_READ_AGAIN).forEach(ids::add);
    return next;
  }

  /** What a page tells, after its rows were given the ids that they lack. */
  private List<Sighting> named(List<BigQueryRows.Row> rows) throws InterruptedException {
    if (!settings.names()) {
      return sightings(rows);
    }
    List<Naming> wanted = naming.wanted(known, rows);
    if (wanted.isEmpty()) {
      return sightings(rows);
    }
    Set<String> given = new LinkedHashSet<>();
    for (int from = 0; from < wanted.size(); from += BigQueryStatements.MAX_PATCHES) {
      int to = Math.min(wanted.size(), from + BigQueryStatements.MAX_PATCHES);
      pace.take();
      given.addAll(naming.give(known, wanted.subList(from, to), writes.nextMicros()));
    }
    if (given.isEmpty()) {
      return sightings(rows);
    }
    List<BigQueryRows.Row> named = rows(given);
    Set<String> there = new HashSet<>();
    named.forEach(row -> there.add(known.contactId(row)));
    Map<String, Naming> done = new LinkedHashMap<>();
    wanted.stream()
        .filter(one -> there.contains(one.id()))
        .forEach(one -> done.put(one.etag(), one));
    naming.tell(List.copyOf(done.values()));
    List<Sighting> sightings = new ArrayList<>();
    // Under these names, the rows are gone.
    done.keySet().forEach(etag -> sightings.add(new Sighting.Gone(NAME, nameless(etag))));
    sightings.addAll(
        sightings(rows.stream().filter(row -> !done.containsKey(row.etag())).toList()));
    sightings.addAll(sightings(named));
    return sightings;
  }

  private static String nameless(String etag) {
    return BigQueryWrites.ETAG + etag;
  }

  /** Reads single records as they are now, by the contact's id. */
  public List<Sighting> read(List<Reread> asked) throws InterruptedException {
    Set<String> ids = new LinkedHashSet<>();
    for (Reread reread : asked) {
      ids.add(reread.replica().hasRecord() ? reread.replica().externalId() : reread.contact().id());
    }
    return sightings(rows(ids));
  }

  private List<BigQueryRows.Row> rows(Collection<String> ids) throws InterruptedException {
    List<BigQueryRows.Row> rows = new ArrayList<>();
    BigQueryRows.Decoder decoder = new BigQueryRows.Decoder(known.table());
    for (FieldValueList values : runner.rows(BigQueryStatements.byIds(known.table(), ids))) {
      rows.add(decoder.decode(values));
    }
    return rows;
  }

  private List<Sighting> sightings(List<BigQueryRows.Row> rows) {
    Map<String, BigQueryRows.Row> met = new LinkedHashMap<>();
    Set<String> doubled = new LinkedHashSet<>();
    List<Sighting> sightings = new ArrayList<>();
    for (BigQueryRows.Row row : rows) {
      String contactId = known.contactId(row);
      if (contactId.isEmpty()) {
        sightings.add(
            new Unreadable(
                NAME,
                nameless(row.etag()),
                known.record(row),
                "a row without contact_id: give it one of its own in BigQuery, for example"
                    + " GENERATE_UUID(), and it is taken in"));
      } else if (met.putIfAbsent(contactId, row) != null || row.doubled()) {
        doubled.add(contactId);
      }
    }
    met.forEach(
        (contactId, row) ->
            sightings.add(
                doubled.contains(contactId)
                    // Neither is taken for the contact, nor written: nobody can tell which one is.
                    ? Unreadable.holding(
                        NAME,
                        contactId,
                        known.record(row),
                        "two rows carry this contact id: delete one of them in BigQuery, or give it"
                            + " an id of its own")
                    : Records.observation(
                        known.mapping(),
                        contactId,
                        BigQueryWrites.ETAG + row.etag(),
                        known.record(row),
                        clock)));
    return sightings;
  }

  // Writing

  /**
   * Whether what is due is to be written now. Once more was billed today than is wanted, changes
   * are gathered for fewer and larger statements.
   */
  public boolean isTimeToWrite() {
    Instant now = clock.instant();
    Instant last = lastTurnToWrite;
    if (last != null
        && now.isBefore(last.plus(settings.forceQuery()))
        && billed.isOver()
        && !urgent.getAsBoolean()) {
      return false;
    }
    lastTurnToWrite = now;
    return true;
  }

  /** Waits until it is time for another statement that changes the table. */
  public void awaitStatement() throws InterruptedException {
    pace.awaitTurn();
  }

  /** How a batch is sent. */
  public List<BigQueryCall> callsFor(Batch batch) {
    return writes.calls(known, batch);
  }

  /** What becomes of writes that the table cannot hold. */
  public List<Outcome> unfit(BigQueryCall call) {
    return writes.unfit(call);
  }

  /** Loads the rows of a call into its staging table. */
  public void stage(BigQueryCall call) throws InterruptedException {
    staging.fill(id, call, BigQueryConnection.LABELS);
  }

  /** Drops the staging table; one that cannot be dropped now is dropped before the next one. */
  public void unstage() {
    try {
      staging.drop(id);
    } catch (BigQueryException stays) {
      // Noted in the ledger until it is gone; what was written from it is written.
      return;
    }
  }

  /** Sends a statement in one HTTP call; its answer. */
  public BigQueryAnswer atOnce(BigQueryCall call) throws InterruptedException {
    pace.take();
    return answer(call, runner.writeAtOnce(call.statement()));
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
    message.setBody(answer(call, affected));
  }

  private BigQueryAnswer answer(BigQueryCall call, long affected) {
    return new BigQueryAnswer(call, affected, writes.isClear(known, call, affected));
  }

  /** What became of the writes, where the number of rows tells it: all were changed, or none. */
  public List<Outcome> outcomes(BigQueryAnswer answer) {
    return writes.outcomes(answer);
  }

  /** What became of the writes, by reading back their rows. */
  public List<Outcome> sortedOut(BigQueryAnswer answer) throws InterruptedException {
    List<String> ids = answer.call().batch().writes().stream().map(BigQueryWrites::idOf).toList();
    Map<String, List<BigQueryRows.Row>> byId = new LinkedHashMap<>();
    for (BigQueryRows.Row row : rows(ids)) {
      byId.computeIfAbsent(known.contactId(row), any -> new ArrayList<>()).add(row);
    }
    return writes.outcomes(known, answer.call(), byId);
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1_000;
  }
}
