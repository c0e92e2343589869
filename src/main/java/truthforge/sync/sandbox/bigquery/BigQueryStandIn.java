package truthforge.sync.sandbox.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * BigQuery in memory: speaks REST v2 as Google's Java client and Camel use it, and refuses what
 * BigQuery refuses.
 *
 * <p>It computes from a statement's text and parameters. GoogleSQL that it does not know it refuses
 * with {@code invalidQuery}, naming what.
 */
public final class BigQueryStandIn extends StandIn {

  private static final String BASE = "/bigquery/v2/projects/";
  private static final String LOCATION = "US";
  private static final String RESULTS = "_results";
  private static final int MOST_REQUEST_BYTES = 10 << 20;
  private static final int MOST_PAGE_BYTES = 10 << 20;
  private static final int MOST_QUERY_CHARS = 1 << 20;
  private static final int MOST_PARAMETERS = 10_000;
  private static final int MOST_STREAMED_ROWS = 50_000;
  private static final int JOBS_KEPT = 2_000;
  private static final long DEDUPLICATION_MILLIS = 60_000;
  private static final long INSERT_WAIT_MILLIS = 50;

  private static final ObjectMapper JSON = new ObjectMapper();

  private volatile long queryWaitMillis = 10_000;
  private final Options options;
  private final Store store;
  private final ExecutorService running =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "bigquery-job");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<String, Job> jobs = new ConcurrentHashMap<>();
  private final Map<String, Job> jobsByRequest = new ConcurrentHashMap<>();
  private final Deque<String> jobOrder = new ArrayDeque<>();
  private final Map<String, Long> streamedIds = new ConcurrentHashMap<>();
  private final Uploads uploads = new Uploads(this);
  private final AtomicLong billed = new AtomicLong();
  private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  /**
   * @param port 0 takes any free one
   * @param project the only project that it has
   * @param clock what it tells and counts the time by
   * @param accessToken the bearer token that every request must carry; null to ask for none
   */
  public record Options(int port, String project, Clock clock, String accessToken) {

    public Options {
      Objects.requireNonNull(project, "project");
      Objects.requireNonNull(clock, "clock");
    }

    /** Any port, the machine's clock, no token. */
    public static Options of(String project) {
      return new Options(0, project, Clock.systemUTC(), null);
    }
  }

  public BigQueryStandIn(Options options) {
    super(options.port());
    this.options = options;
    this.store = new Store(options.project(), options.clock());
    listen();
  }

  // --- what a test or the sandbox does beside the API ----------------------------------------

  /**
   * Runs statements as somebody at BigQuery's console would, uncounted and without its limits of
   * rate. Statements are set apart by a semicolon at the end of a line.
   *
   * @throws IllegalArgumentException for one that BigQuery or the stand-in would refuse
   */
  public void execute(String... statements) {
    for (String text : statements) {
      for (String sql : text.split(";\\s*(?:\\n|$)")) {
        if (sql.isBlank()) {
          continue;
        }
        try {
          new Executor(store, null, Map.of()).run(Parser.statement(sql), scanned -> {});
        } catch (Refusal refusal) {
          throw new IllegalArgumentException(refusal.getMessage() + " in: " + sql, refusal);
        }
      }
    }
  }

  /** Adds a row, uncounted; a JSON column also takes a document as such. */
  public void load(String dataset, String table, JsonNode row) {
    load(dataset, table, List.of(row));
  }

  /** Adds rows, uncounted, as a load job would: they can be changed at once. */
  public void load(String dataset, String table, Iterable<? extends JsonNode> rows) {
    StoredTable target = store.table(dataset, table);
    synchronized (target) {
      List<StoredTable.Row> loaded = new ArrayList<>();
      rows.forEach(row -> loaded.add(StoredTable.Row.of(Schemas.row(target, row, false, true), 0)));
      target.append(loaded);
    }
  }

  /** The rows of a table in the order in which they came, each as TO_JSON_STRING writes it. */
  public List<ObjectNode> rows(String dataset, String table) {
    StoredTable source = store.table(dataset, table);
    SqlType type =
        SqlType.struct(
            source.columns().stream().map(c -> new SqlType.Column(c.name(), c.type())).toList());
    List<ObjectNode> rows = new ArrayList<>();
    for (StoredTable.Row row : source.rows()) {
      StringBuilder json = new StringBuilder();
      Values.json(Arrays.asList(row.values()), type, json);
      rows.add((ObjectNode) JsonText.read(json.toString()));
    }
    return rows;
  }

  /** The tables that are there, by name. */
  public List<String> tableNames(String dataset) {
    return store.tables(dataset).stream().map(StoredTable::name).toList();
  }

  /** Whether the table is there. */
  public boolean hasTable(String dataset, String table) {
    return store.find(dataset, table) != null;
  }

  /** From now on, statements that change a table do not end until the hold is closed. */
  public Hold holdMutations() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    gate = closed;
    return () -> closed.complete(null);
  }

  /** For how long an answer waits for its statement to end, where the request says nothing. */
  public void answerWithin(Duration patience) {
    queryWaitMillis = patience.toMillis();
  }

  /** Keeps statements that change a table from ending. */
  public interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /** What the statements that were answered so far would be billed, by BigQuery's rules. */
  public long bytesBilled() {
    return billed.get();
  }

  /** How many statements that change the table run or wait for their turn. */
  public int outstandingMutations(String dataset, String table) {
    return store.table(dataset, table).outstandingMutations();
  }

  @Override
  public void close() {
    gate.complete(null);
    running.shutdownNow();
    super.close();
  }

  // --- HTTP ----------------------------------------------------------------------------------

  @Override
  protected StandInAnswer answer(StandInRequest request) throws Exception {
    try {
      authorise(request);
      return uploads.takes(request)
          ? uploads.answer(request)
          : StandInAnswer.json(200, JSON.writeValueAsString(route(request)));
    } catch (Refusal refusal) {
      return StandInAnswer.json(
          refusal.status(), JSON.writeValueAsString(error(refusal, refusal.status())));
    }
  }

  private void authorise(StandInRequest request) {
    String token = options.accessToken();
    if (token != null && !("Bearer " + token).equals(request.header("Authorization"))) {
      throw new Refusal(
          401,
          "authError",
          "Request had invalid authentication credentials. Expected OAuth 2 access token, login"
              + " cookie or other valid authentication credential.");
    }
    if (request.body().length > MOST_REQUEST_BYTES && !uploads.takes(request)) {
      throw new Refusal(
          413,
          "uploadTooLarge",
          "Request payload size exceeds the limit: " + MOST_REQUEST_BYTES + " bytes.");
    }
  }

  private JsonNode route(StandInRequest request) throws Exception {
    if (!request.path().startsWith(BASE)) {
      throw Refusal.notFound("Not found: " + request.path());
    }
    List<String> path =
        Arrays.stream(request.path().substring(BASE.length()).split("/"))
            .map(part -> java.net.URLDecoder.decode(part, java.nio.charset.StandardCharsets.UTF_8))
            .toList();
    if (!path.get(0).equals(options.project())) {
      throw new Refusal(
          403,
          "accessDenied",
          "Access Denied: Project "
              + path.get(0)
              + ": User does not have bigquery.jobs.create permission in project "
              + path.get(0)
              + ".");
    }
    List<String> rest = path.subList(1, path.size());
    // Google's client tunnels PATCH, which the JDK's connection cannot send.
    String override = request.header("X-HTTP-Method-Override");
    String shape =
        (override == null ? request.method() : override)
            + " "
            + java.util.stream.IntStream.range(0, rest.size())
                .mapToObj(i -> i % 2 == 0 ? rest.get(i) : "*")
                .collect(Collectors.joining("/"));
    return switch (shape) {
      case "POST queries" -> query(body(request));
      case "GET queries/*" -> results(request, rest.get(1));
      case "POST jobs" -> insertJob(body(request));
      case "GET jobs/*" -> jobResource(job(rest.get(1)));
      case "POST jobs/*/cancel" -> object().set("job", jobResource(job(rest.get(1))));
      case "GET datasets" -> datasets();
      case "POST datasets" -> createDataset(body(request));
      case "GET datasets/*" -> dataset(rest.get(1));
      case "GET datasets/*/tables" -> tables(rest.get(1));
      case "POST datasets/*/tables" -> createTable(rest.get(1), body(request));
      case "GET datasets/*/tables/*" -> table(store.table(rest.get(1), rest.get(3)));
      case "PATCH datasets/*/tables/*", "PUT datasets/*/tables/*" ->
          changeTable(store.table(rest.get(1), rest.get(3)), body(request));
      case "DELETE datasets/*/tables/*" -> {
        store.dropTable(store.table(rest.get(1), rest.get(3)));
        yield object();
      }
      case "GET datasets/*/tables/*/data" -> data(request, rest.get(1), rest.get(3));
      case "POST datasets/*/tables/*/insertAll" ->
          insertAll(store.table(rest.get(1), rest.get(3)), body(request));
      default -> throw Refusal.notFound("Not found: " + request.method() + " " + request.path());
    };
  }

  private static JsonNode body(StandInRequest request) {
    try {
      return JSON.readTree(request.body());
    } catch (JsonProcessingException e) {
      throw new Refusal(400, "parseError", "Parse Error");
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static ObjectNode error(Refusal refusal, int status) {
    ObjectNode answer = object();
    ObjectNode error = answer.putObject("error");
    error.put("code", status).put("message", refusal.getMessage());
    error.putArray("errors").add(errorItem(refusal));
    error.put(
        "status",
        switch (status) {
          case 400 -> "INVALID_ARGUMENT";
          case 401 -> "UNAUTHENTICATED";
          case 403 -> "PERMISSION_DENIED";
          case 404 -> "NOT_FOUND";
          case 409 -> "ALREADY_EXISTS";
          default -> "INTERNAL";
        });
    return answer;
  }

  private static ObjectNode errorItem(Refusal refusal) {
    return object()
        .put("message", refusal.getMessage())
        .put("domain", "global")
        .put("reason", refusal.reason());
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  // --- jobs ----------------------------------------------------------------------------------

  private JsonNode query(JsonNode request) throws InterruptedException {
    if (request.path("dryRun").asBoolean()) {
      Executor.Outcome outcome = dryRun(request);
      return object()
          .put("jobComplete", true)
          .put("totalBytesProcessed", String.valueOf(Job.processed(outcome.scanned())))
          .set("schema", Schemas.ofResult(outcome.columns()));
    }
    ObjectNode configuration = object();
    configuration.set("query", request);
    configuration.set("labels", request.path("labels"));
    String requestId = request.path("requestId").asText("");
    Job job;
    synchronized (jobs) {
      job = requestId.isEmpty() ? null : jobsByRequest.get(requestId);
      if (job == null) {
        job = start("job_" + UUID.randomUUID(), configuration);
        if (!requestId.isEmpty()) {
          jobsByRequest.put(requestId, job);
        }
      }
    }
    return results(
        job,
        0,
        request.path("maxResults").asInt(Integer.MAX_VALUE),
        request.path("formatOptions").path("useInt64Timestamp").asBoolean(),
        request.path("timeoutMs").asLong(queryWaitMillis));
  }

  private JsonNode insertJob(JsonNode request) throws InterruptedException {
    JsonNode configuration = request.path("configuration");
    if (!configuration.has("query")) {
      throw Refusal.invalid("The stand-in runs queries, and loads what was uploaded");
    }
    if (configuration.path("dryRun").asBoolean()) {
      Executor.Outcome outcome = dryRun(configuration.path("query"));
      ObjectNode job = object();
      job.set("configuration", configuration);
      job.putObject("jobReference").put("projectId", options.project()).put("location", LOCATION);
      job.putObject("status").put("state", "DONE");
      statistics(job.putObject("statistics"), outcome);
      return job;
    }
    String id = request.path("jobReference").path("jobId").asText("job_" + UUID.randomUUID());
    Job job;
    synchronized (jobs) {
      if (jobs.containsKey(id)) {
        throw Refusal.duplicate(
            "Already Exists: Job " + options.project() + ":" + LOCATION + "." + id);
      }
      job = start(id, configuration);
    }
    job.awaited(INSERT_WAIT_MILLIS);
    return jobResource(job);
  }

  /** Refuses a load job whose id is known, or whose table cannot be loaded into. */
  void checkLoad(JsonNode request) {
    JsonNode load = request.path("configuration").path("load");
    if (load.isMissingNode()) {
      throw Refusal.invalid("What is uploaded is for a load job");
    }
    String format = load.path("sourceFormat").asText("CSV");
    if (!format.equals("NEWLINE_DELIMITED_JSON")) {
      throw Refusal.invalid("The stand-in loads NEWLINE_DELIMITED_JSON, not " + format);
    }
    store.requireDataset(load.path("destinationTable").path("datasetId").asText());
  }

  /** Runs a load job on what was uploaded; its resource. */
  JsonNode load(JsonNode request, byte[] data) throws InterruptedException {
    checkLoad(request);
    JsonNode configuration = request.path("configuration");
    String id = request.path("jobReference").path("jobId").asText("job_" + UUID.randomUUID());
    Job job;
    synchronized (jobs) {
      if (jobs.containsKey(id)) {
        throw Refusal.duplicate(
            "Already Exists: Job " + options.project() + ":" + LOCATION + "." + id);
      }
      job = start(id, configuration, () -> Loads.run(store, configuration.path("load"), data));
    }
    job.awaited(INSERT_WAIT_MILLIS);
    return jobResource(job);
  }

  private Job start(String id, JsonNode configuration) {
    return start(id, configuration, () -> run(configuration));
  }

  private Job start(
      String id, JsonNode configuration, java.util.function.Supplier<Executor.Outcome> work) {
    Job job =
        new Job(
            id,
            configuration,
            options.clock().millis(),
            CompletableFuture.supplyAsync(work, running));
    jobs.put(id, job);
    jobOrder.addLast(id);
    if (jobOrder.size() > JOBS_KEPT) {
      Job forgotten = jobs.remove(jobOrder.removeFirst());
      jobsByRequest.values().remove(forgotten);
    }
    return job;
  }

  private Executor.Outcome dryRun(JsonNode query) {
    Ast.Statement statement = statement(query);
    if (!(statement instanceof Ast.Select)) {
      throw Refusal.invalid("The stand-in makes dry runs of SELECT only");
    }
    return executor(query).run(statement, scanned -> {});
  }

  private Executor.Outcome run(JsonNode configuration) {
    Executor.Outcome outcome = executed(configuration);
    billed.addAndGet(Job.billed(outcome.scanned()));
    return outcome;
  }

  private Executor.Outcome executed(JsonNode configuration) {
    JsonNode query = configuration.path("query");
    Ast.Statement statement = statement(query);
    Executor executor = executor(query);
    StoredTable mutated = executor.mutated(statement);
    long most = query.path("maximumBytesBilled").asLong(Long.MAX_VALUE);
    java.util.function.Consumer<Map<StoredTable, Long>> allowed =
        scanned -> {
          long billed = Job.billed(scanned);
          if (billed > most) {
            throw new Refusal(
                400,
                "bytesBilledLimitExceeded",
                "Query exceeded limit for bytes billed: "
                    + most
                    + ". "
                    + billed
                    + " or higher required.");
          }
        };
    if (mutated == null) {
      return executor.run(statement, allowed);
    }
    try {
      mutated.beginMutation();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(503, "backendError", "The stand-in is closing");
    }
    try {
      gate.join();
      return executor.run(statement, allowed);
    } finally {
      mutated.endMutation();
    }
  }

  private static Ast.Statement statement(JsonNode query) {
    String sql = query.path("query").asText();
    if (query.path("useLegacySql").asBoolean(true)) {
      throw Refusal.invalid("The stand-in knows no legacy SQL: set useLegacySql to false");
    }
    if (sql.isBlank()) {
      throw Refusal.invalid("Required parameter is missing: query");
    }
    if (sql.length() > MOST_QUERY_CHARS) {
      throw Refusal.invalid(
          "The query is too large. The maximum standard SQL query length is 1024.00K characters,"
              + " including comments and white space characters.");
    }
    return Parser.statement(sql);
  }

  private Executor executor(JsonNode query) {
    Map<String, Code> parameters = new HashMap<>();
    JsonNode given = query.path("queryParameters");
    if (given.size() > MOST_PARAMETERS) {
      throw Refusal.invalid("Too many query parameters: " + given.size());
    }
    for (JsonNode parameter : given) {
      if (!parameter.has("name")) {
        throw Refusal.invalid("The stand-in knows named parameters only");
      }
      parameters.put(
          parameter.path("name").asText().toLowerCase(Locale.ROOT), Schemas.parameter(parameter));
    }
    return new Executor(
        store, query.path("defaultDataset").path("datasetId").asText(null), parameters);
  }

  private Job job(String id) {
    Job job = jobs.get(id);
    if (job == null) {
      throw Refusal.notFound("Not found: Job " + options.project() + ":" + LOCATION + "." + id);
    }
    return job;
  }

  private JsonNode results(StandInRequest request, String id) throws InterruptedException {
    return results(
        job(id),
        first(request),
        number(request, "maxResults", Integer.MAX_VALUE),
        "true".equals(request.query("formatOptions.useInt64Timestamp")),
        number(request, "timeoutMs", (int) queryWaitMillis));
  }

  private JsonNode results(Job job, int first, int most, boolean micros, long waitMillis)
      throws InterruptedException {
    boolean complete = job.awaited(waitMillis);
    if (job.refusal() != null) {
      throw job.refusal();
    }
    ObjectNode answer = object();
    answer.put("kind", "bigquery#queryResponse");
    answer.set("jobReference", reference(job));
    answer.put("jobComplete", complete);
    if (!complete) {
      return answer;
    }
    Executor.Outcome outcome = job.outcome();
    answer.set("schema", Schemas.ofResult(outcome.columns()));
    page(answer, outcome.columns(), outcome.rows(), first, most, micros);
    answer.put("totalBytesProcessed", String.valueOf(Job.processed(outcome.scanned())));
    answer.put("totalBytesBilled", String.valueOf(Job.billed(outcome.scanned())));
    answer.put("cacheHit", false);
    if (outcome.affected() != null) {
      answer.put("numDmlAffectedRows", String.valueOf(outcome.affected()));
      answer.set("dmlStats", dmlStats(outcome));
    }
    return answer;
  }

  private static ObjectNode dmlStats(Executor.Outcome outcome) {
    return object()
        .put("insertedRowCount", String.valueOf(outcome.dml()[0]))
        .put("updatedRowCount", String.valueOf(outcome.dml()[1]))
        .put("deletedRowCount", String.valueOf(outcome.dml()[2]));
  }

  private static void page(
      ObjectNode answer,
      List<SqlType.Column> columns,
      List<Object[]> rows,
      int first,
      int most,
      boolean micros) {
    answer.put("totalRows", String.valueOf(rows.size()));
    // Written as text at once: a tree of all cells would take ten times the memory.
    StringBuilder page = new StringBuilder("[");
    int at = first;
    while (at < rows.size() && at - first < most && page.length() < MOST_PAGE_BYTES) {
      Object[] row = rows.get(at);
      page.append(at == first ? "{\"f\":[" : ",{\"f\":[");
      for (int i = 0; i < row.length; i++) {
        page.append(i == 0 ? "{\"v\":" : ",{\"v\":");
        Values.cell(row[i], columns.get(i).type(), micros, page);
        page.append('}');
      }
      page.append("]}");
      at++;
    }
    answer.putRawValue("rows", new RawValue(page.append(']').toString()));
    if (at < rows.size()) {
      answer.put("pageToken", "row-" + at);
    }
  }

  private ObjectNode reference(Job job) {
    return object()
        .put("projectId", options.project())
        .put("jobId", job.id())
        .put("location", LOCATION);
  }

  private JsonNode jobResource(Job job) {
    ObjectNode answer = object();
    answer.put("kind", "bigquery#job");
    answer.put("id", options.project() + ":" + LOCATION + "." + job.id());
    answer.set("jobReference", reference(job));
    ObjectNode configuration = job.configuration().deepCopy();
    configuration.put("jobType", configuration.has("load") ? "LOAD" : "QUERY");
    if (configuration.has("query") && !configuration.path("query").has("destinationTable")) {
      ((ObjectNode) configuration.path("query"))
          .putObject("destinationTable")
          .put("projectId", options.project())
          .put("datasetId", RESULTS)
          .put("tableId", job.id());
    }
    answer.set("configuration", configuration);
    ObjectNode status = answer.putObject("status");
    status.put("state", job.ended().isDone() ? "DONE" : "RUNNING");
    ObjectNode statistics = answer.putObject("statistics");
    statistics.put("creationTime", String.valueOf(job.createdMillis()));
    statistics.put("startTime", String.valueOf(job.createdMillis()));
    if (job.refusal() != null) {
      status.set("errorResult", errorItem(job.refusal()));
      status.putArray("errors").add(errorItem(job.refusal()));
    }
    if (job.ended().isDone()) {
      statistics.put("endTime", String.valueOf(options.clock().millis()));
    }
    if (job.outcome() != null && configuration.has("load")) {
      statistics
          .putObject("load")
          .put("inputFiles", "1")
          .put("outputRows", String.valueOf(job.outcome().affected()));
    } else if (job.outcome() != null) {
      statistics(statistics, job.outcome());
    }
    return answer;
  }

  private static void statistics(ObjectNode statistics, Executor.Outcome outcome) {
    String processed = String.valueOf(Job.processed(outcome.scanned()));
    statistics.put("totalBytesProcessed", processed);
    ObjectNode query = statistics.putObject("query");
    query.put("statementType", outcome.type());
    query.put("totalBytesProcessed", processed);
    query.put("totalBytesBilled", String.valueOf(Job.billed(outcome.scanned())));
    query.put("cacheHit", false);
    if (outcome.affected() != null) {
      query.put("numDmlAffectedRows", String.valueOf(outcome.affected()));
      query.set("dmlStats", dmlStats(outcome));
    }
  }

  // --- datasets and tables -------------------------------------------------------------------

  private JsonNode datasets() {
    ObjectNode answer = object();
    ArrayNode list = answer.putArray("datasets");
    store.datasets().stream().sorted().forEach(d -> list.add(dataset(d)));
    return answer;
  }

  private ObjectNode dataset(String dataset) {
    store.requireDataset(dataset);
    ObjectNode answer = object();
    answer.put("kind", "bigquery#dataset");
    answer.put("id", options.project() + ":" + dataset);
    answer
        .putObject("datasetReference")
        .put("projectId", options.project())
        .put("datasetId", dataset);
    answer.put("location", LOCATION);
    return answer;
  }

  private JsonNode createDataset(JsonNode request) {
    String dataset = request.path("datasetReference").path("datasetId").asText();
    if (!dataset.matches("[A-Za-z0-9_]{1,1024}")) {
      throw Refusal.invalid("Invalid dataset ID \"" + dataset + "\".");
    }
    store.createDataset(dataset);
    return dataset(dataset);
  }

  private JsonNode tables(String dataset) {
    ObjectNode answer = object();
    ArrayNode list = answer.putArray("tables");
    store.tables(dataset).forEach(table -> list.add(table(table)));
    answer.put("totalItems", list.size());
    return answer;
  }

  private JsonNode createTable(String dataset, JsonNode request) {
    String name = request.path("tableReference").path("tableId").asText();
    if (name.isBlank()) {
      throw Refusal.invalid("Invalid table ID \"" + name + "\".");
    }
    return table(
        store.create(
            new StoredTable(
                store.project(),
                dataset,
                name,
                Schemas.columns(request.path("schema")),
                null,
                request.path("expirationTime").asLong(),
                store.clock())));
  }

  private ObjectNode table(StoredTable table) {
    long now = options.clock().millis();
    ObjectNode answer = object();
    answer.put("kind", "bigquery#table");
    answer.put("id", table.id());
    answer
        .putObject("tableReference")
        .put("projectId", options.project())
        .put("datasetId", table.dataset())
        .put("tableId", table.name());
    answer.set("schema", Schemas.ofTable(table.columns()));
    if (table.view() != null) {
      answer.put("creationTime", String.valueOf(table.createdMillis()));
      answer.put("lastModifiedTime", String.valueOf(table.modifiedMillis()));
      answer.put("type", "VIEW");
      // Its text as such is not kept.
      answer.putObject("view").put("query", "SELECT ...").put("useLegacySql", false);
      return answer.put("location", LOCATION);
    }
    if (table.expiresMillis() > 0) {
      answer.put("expirationTime", String.valueOf(table.expiresMillis()));
    }
    long rows = 0;
    long bytes = 0;
    long streamedRows = 0;
    long streamedBytes = 0;
    long oldest = Long.MAX_VALUE;
    for (StoredTable.Row row : table.rows()) {
      if (row.streaming(now)) {
        streamedRows++;
        streamedBytes += row.bytes();
        oldest = Math.min(oldest, row.streamedMillis());
      } else {
        rows++;
        bytes += row.bytes();
      }
    }
    answer.put("numRows", String.valueOf(rows));
    answer.put("numBytes", String.valueOf(bytes));
    answer.put("creationTime", String.valueOf(table.createdMillis()));
    answer.put("lastModifiedTime", String.valueOf(table.modifiedMillis()));
    answer.put("type", "TABLE");
    answer.put("location", LOCATION);
    if (streamedRows > 0) {
      answer
          .putObject("streamingBuffer")
          .put("estimatedRows", String.valueOf(streamedRows))
          .put("estimatedBytes", String.valueOf(streamedBytes))
          .put("oldestEntryTime", String.valueOf(oldest));
    }
    return answer;
  }

  private JsonNode changeTable(StoredTable table, JsonNode request) {
    if (request.has("schema")) {
      synchronized (table) {
        List<StoredTable.Column> wanted = Schemas.columns(request.path("schema"));
        for (StoredTable.Column column : table.columns()) {
          boolean kept =
              wanted.stream()
                  .anyMatch(
                      w ->
                          w.name().equalsIgnoreCase(column.name())
                              && w.type().equals(column.type()));
          if (!kept) {
            throw Refusal.invalid(
                "Provided Schema does not match Table "
                    + table.id()
                    + ". Field "
                    + column.name()
                    + " is missing in new schema, or has changed its type");
          }
        }
        List<StoredTable.Column> added =
            wanted.stream().filter(w -> table.column(w.name()) < 0).toList();
        if (added.stream().anyMatch(StoredTable.Column::required)) {
          throw Refusal.invalid(
              "Provided Schema does not match Table "
                  + table.id()
                  + ". Cannot add required fields to an existing schema.");
        }
        if (!added.isEmpty()) {
          table.addColumns(added);
        }
      }
    }
    return table(table);
  }

  private JsonNode data(StandInRequest request, String dataset, String table)
      throws InterruptedException {
    List<SqlType.Column> columns;
    List<Object[]> rows;
    if (dataset.equals(RESULTS)) {
      Job job = job(table);
      job.awaited(queryWaitMillis);
      columns = job.outcome() == null ? List.of() : job.outcome().columns();
      rows = job.outcome() == null ? List.of() : job.outcome().rows();
    } else {
      StoredTable stored = store.table(dataset, table);
      columns = stored.columns().stream().map(c -> new SqlType.Column(c.name(), c.type())).toList();
      rows = stored.rows().stream().map(StoredTable.Row::values).toList();
    }
    ObjectNode answer = object();
    answer.put("kind", "bigquery#tableDataList");
    page(
        answer,
        columns,
        rows,
        first(request),
        number(request, "maxResults", Integer.MAX_VALUE),
        "true".equals(request.query("formatOptions.useInt64Timestamp")));
    return answer;
  }

  private static int first(StandInRequest request) {
    String token = request.query("pageToken");
    if (token == null) {
      return number(request, "startIndex", 0);
    }
    if (!token.matches("row-\\d{1,9}")) {
      throw Refusal.invalid("Invalid page token");
    }
    return Integer.parseInt(token.substring("row-".length()));
  }

  private static int number(StandInRequest request, String name, int otherwise) {
    String text = request.query(name);
    if (text == null) {
      return otherwise;
    }
    if (!text.matches("\\d{1,18}")) {
      throw Refusal.invalid("Invalid value for " + name);
    }
    return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(text));
  }

  private JsonNode insertAll(StoredTable table, JsonNode request) {
    JsonNode rows = request.path("rows");
    if (rows.isEmpty()) {
      throw Refusal.invalid("No rows present in the request.");
    }
    if (rows.size() > MOST_STREAMED_ROWS) {
      throw Refusal.invalid("Too many rows present in the request, limit: " + MOST_STREAMED_ROWS);
    }
    boolean ignoreUnknown = request.path("ignoreUnknownValues").asBoolean();
    boolean skipInvalid = request.path("skipInvalidRows").asBoolean();
    ObjectNode answer = object().put("kind", "bigquery#tableDataInsertAllResponse");
    ArrayNode errors = JsonNodeFactory.instance.arrayNode();
    synchronized (table) {
      long now = options.clock().millis();
      streamedIds.values().removeIf(at -> now - at >= DEDUPLICATION_MILLIS);
      List<Integer> valid = new ArrayList<>();
      Map<Integer, StoredTable.Row> streamed = new HashMap<>();
      for (int i = 0; i < rows.size(); i++) {
        try {
          Object[] values = Schemas.row(table, rows.get(i).path("json"), ignoreUnknown, false);
          streamed.put(i, StoredTable.Row.of(values, now));
          valid.add(i);
        } catch (Refusal refusal) {
          insertError(errors, i, "invalid", refusal.getMessage());
        }
      }
      if (!errors.isEmpty() && !skipInvalid) {
        valid.forEach(i -> insertError(errors, i, "stopped", ""));
      } else {
        List<StoredTable.Row> fresh = new ArrayList<>();
        for (int i : valid) {
          String insertId = rows.get(i).path("insertId").asText("");
          boolean repeated =
              !insertId.isEmpty()
                  && streamedIds.putIfAbsent(table.id() + "/" + insertId, now) != null;
          if (!repeated) {
            fresh.add(streamed.get(i));
          }
        }
        if (!fresh.isEmpty()) {
          table.append(fresh);
        }
      }
    }
    if (!errors.isEmpty()) {
      answer.set("insertErrors", errors);
    }
    return answer;
  }

  private static void insertError(ArrayNode errors, int index, String reason, String message) {
    ObjectNode error = errors.addObject().put("index", index);
    error
        .putArray("errors")
        .addObject()
        .put("reason", reason)
        .put("location", "")
        .put("debugInfo", "")
        .put("message", message);
  }
}
