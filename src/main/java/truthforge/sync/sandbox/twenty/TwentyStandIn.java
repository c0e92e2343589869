package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * A stand-in for Twenty 2.19: its REST API over people and companies, the metadata of fields,
 * webhooks, the timeline and the rate limit, with the manners of the real one. State is in memory
 * and gone when it is closed.
 *
 * <p>Not spoken: GraphQL, merging, duplicates, grouping, and objects other than people, companies
 * and timeline activities; such requests are answered with 501.
 *
 * <p>Kinder than the real one: webhooks hear of a change at once, and the timeline a moment later,
 * where Twenty's worker may take seconds; a slow receiver delays no other; the rate limit counts
 * calls that arrive together, of which Twenty lets too many pass; each write of a record moves its
 * {@code updatedAt} by a millisecond at least.
 */
public final class TwentyStandIn extends StandIn {
  private static final int LARGEST_BODY = 10 * 1024 * 1024;
  private static final Map<String, String> JSON_HEADERS =
      Map.of("Content-Type", "application/json; charset=utf-8");

  private final Options options;
  private final Workspace workspace;
  private final Listing listing = new Listing();
  private final Metadata metadata;
  private final Webhooks webhooks;
  private final RateLimit.Buckets buckets;
  private final Caller apiKey = Caller.apiKey("sync");
  private final Caller user =
      new Caller("MANUAL", "A Person", UUID.randomUUID().toString(), UUID.randomUUID().toString());

  /**
   * How the stand-in begins.
   *
   * @param port 0 takes any free one
   * @param apiKey the key that stands for the service
   * @param userToken the token that stands for a person at the screen
   * @param fields the custom fields of people
   * @param rateLimit what calls with the key are held to; null for no limit
   * @param clock what records are stamped with
   * @param timelineLag after which the timeline tells of a change
   * @param otherObjects that the data model has besides, in the order of ids before all others
   */
  public record Options(
      int port,
      String apiKey,
      String userToken,
      List<FieldSpec> fields,
      RateLimit rateLimit,
      Clock clock,
      Duration timelineLag,
      int otherObjects) {

    public Options {
      fields = List.copyOf(fields);
    }

    /** A new workspace, without a custom field. */
    public static Options bare() {
      return new Options(
          0,
          "twenty-api-key",
          "twenty-user-token",
          List.of(),
          null,
          Clock.systemUTC(),
          Duration.ofMillis(200),
          0);
    }

    /** A workspace as the service's {@code setup} leaves it. */
    public static Options afterSetup() {
      return bare().withFields(Metadata.FIELDS_OF_SETUP);
    }

    public Options withPort(int port) {
      return new Options(
          port, apiKey, userToken, fields, rateLimit, clock, timelineLag, otherObjects);
    }

    public Options withApiKey(String apiKey) {
      return new Options(
          port, apiKey, userToken, fields, rateLimit, clock, timelineLag, otherObjects);
    }

    public Options withUserToken(String userToken) {
      return new Options(
          port, apiKey, userToken, fields, rateLimit, clock, timelineLag, otherObjects);
    }

    /** These custom fields besides those it has. */
    public Options withFields(List<FieldSpec> more) {
      List<FieldSpec> all = new ArrayList<>(fields);
      all.addAll(more);
      return new Options(port, apiKey, userToken, all, rateLimit, clock, timelineLag, otherObjects);
    }

    public Options withRateLimit(RateLimit rateLimit) {
      return new Options(
          port, apiKey, userToken, fields, rateLimit, clock, timelineLag, otherObjects);
    }

    public Options withTimelineLag(Duration timelineLag) {
      return new Options(
          port, apiKey, userToken, fields, rateLimit, clock, timelineLag, otherObjects);
    }

    public Options withOtherObjects(int otherObjects) {
      return new Options(
          port, apiKey, userToken, fields, rateLimit, clock, timelineLag, otherObjects);
    }

    public Options withClock(Clock clock) {
      return new Options(
          port, apiKey, userToken, fields, rateLimit, clock, timelineLag, otherObjects);
    }
  }

  private TwentyStandIn(Options options) {
    super(options.port());
    this.options = options;
    workspace = new Workspace(options.clock(), options.timelineLag());
    options.fields().forEach(field -> workspace.addField(workspace.people(), field));
    metadata = new Metadata(workspace, options.clock(), options.otherObjects());
    webhooks = new Webhooks(options.clock(), metadata);
    workspace.tell(webhooks::publish);
    buckets =
        options.rateLimit() == null
            ? null
            : new RateLimit.Buckets(options.rateLimit(), options.clock());
    listen();
  }

  public static TwentyStandIn start(Options options) {
    return new TwentyStandIn(options);
  }

  public String apiKey() {
    return options.apiKey();
  }

  /** The token of a person: edits made with it are marked MANUAL. */
  public String userToken() {
    return options.userToken();
  }

  /** Under which id records and webhooks name the person of {@link #userToken}. */
  public String workspaceMemberId() {
    return user.workspaceMemberId();
  }

  /**
   * Stores a person exactly as a list answer shows one: ids and times kept, no webhook, no entry in
   * the timeline, no call counted. Fields that the record lacks are empty; {@code updatedAt} may
   * carry microseconds.
   *
   * @throws IllegalArgumentException for a field that the workspace lacks, or a unique value that
   *     another person has
   */
  public void loadPerson(JsonNode person) {
    workspace.load(workspace.people(), person);
  }

  /** Stores a company, as {@link #loadPerson} does a person. */
  public void loadCompany(JsonNode company) {
    workspace.load(workspace.companies(), company);
  }

  /** All people, those in the trash included, by id. */
  public List<ObjectNode> people() {
    return records(workspace.people());
  }

  /** All companies, those in the trash included, by id. */
  public List<ObjectNode> companies() {
    return records(workspace.companies());
  }

  /** How many webhook deliveries no receiver took; they are not sent again. */
  public long lostWebhooks() {
    return webhooks.lost();
  }

  @Override
  public void close() {
    super.close();
    webhooks.close();
  }

  private List<ObjectNode> records(Table table) {
    return workspace.reading(() -> table.byId().values().stream().map(Row::record).toList());
  }

  @Override
  protected StandInAnswer answer(StandInRequest request) {
    try {
      Caller caller = authenticate(request);
      if (request.body().length > LARGEST_BODY) {
        return StandInAnswer.text(500, "request entity too large");
      }
      List<String> path =
          Arrays.stream(request.path().split("/")).filter(part -> !part.isEmpty()).toList();
      if (path.size() < 2 || !path.get(0).equals("rest")) {
        return StandInAnswer.text(501, "the stand-in speaks /rest only");
      }
      if (path.get(1).equals("webhooks")) {
        return webhooks.answer(request, path.subList(2, path.size()));
      }
      if (path.get(1).equals("metadata")) {
        if (path.size() > 2 && path.get(2).equals("webhooks")) {
          return webhooks.answer(request, path.subList(3, path.size()));
        }
        return metadata.answer(request, path.subList(2, path.size()));
      }
      if (buckets != null && !caller.person()) {
        buckets.take();
      }
      return core(request, path.subList(1, path.size()), caller);
    } catch (Refusal refusal) {
      return refusal.answer();
    }
  }

  private Caller authenticate(StandInRequest request) {
    String header = request.header("Authorization");
    if (header == null || !header.startsWith("Bearer ")) {
      throw unauthenticated(403, "FORBIDDEN_EXCEPTION", "Missing authentication token");
    }
    String token = header.substring("Bearer ".length()).trim();
    if (token.equals(options.apiKey())) {
      return apiKey;
    }
    if (token.equals(options.userToken())) {
      return user;
    }
    throw unauthenticated(401, "UNAUTHENTICATED", "Token invalid.");
  }

  private static Refusal unauthenticated(int status, String error, String message) {
    ObjectNode body = Json.object().put("statusCode", status);
    body.putArray("messages").add(message);
    return Refusal.with(status, body.put("error", error));
  }

  private StandInAnswer core(StandInRequest request, List<String> path, Caller caller) {
    String first = path.get(0);
    if (first.equals("batch") && path.size() == 2) {
      return batch(request, workspace.table(path.get(1)), caller);
    }
    if (first.equals("restore")) {
      return restore(request, path, caller);
    }
    Table table = workspace.table(first);
    if (table == workspace.timeline() && !request.method().equals("GET")) {
      return StandInAnswer.text(501, "the stand-in writes the timeline itself");
    }
    if (path.size() == 1) {
      return collection(request, table, caller);
    }
    String id = path.get(1);
    if (List.of("merge", "duplicates", "groupBy").contains(id)) {
      return StandInAnswer.text(501, "the stand-in knows no " + id);
    }
    if (!Uuids.valid(id)) {
      throw Refusal.badRequest("'" + id + "' is not a valid UUID");
    }
    return one(request, table, id, caller);
  }

  private StandInAnswer collection(StandInRequest request, Table table, Caller caller) {
    return switch (request.method()) {
      case "GET" -> list(request, table);
      case "POST" -> {
        Input input = Input.of(table.type(), body(request));
        Row row =
            upsert(request)
                ? workspace.upsert(table, List.of(input), caller).get(0)
                : workspace.create(table, List.of(input), caller).get(0);
        yield record(201, "create" + table.type().title(), row);
      }
      case "PATCH", "PUT" -> {
        Filter filter = filter(request, table);
        Input input = Input.of(table.type(), body(request));
        yield records(
            200,
            "update" + table.type().titlePlural(),
            workspace.updateMany(table, filter, input, caller));
      }
      case "DELETE" -> {
        Filter filter = filter(request, table);
        if (filter == null) {
          throw Refusal.badRequest(
              "Filters are mandatory for bulk delete operations. Please provide at least one"
                  + " filter to prevent accidental deletion of all records.");
        }
        boolean soft = soft(request);
        Workspace.Removal removal =
            soft ? Workspace.Removal.SOFT_DELETE : Workspace.Removal.DESTROY;
        List<Row> rows = workspace.removeMany(table, filter, removal, caller);
        String key = "delete" + table.type().titlePlural();
        yield soft ? records(200, key, rows) : ids(key, rows);
      }
      default -> notFound(request);
    };
  }

  private StandInAnswer one(StandInRequest request, Table table, String id, Caller caller) {
    return switch (request.method()) {
      case "GET" -> get(table, id, depth(request));
      case "PATCH", "PUT" ->
          record(
              200,
              "update" + table.type().title(),
              workspace.updateOne(table, id, Input.of(table.type(), body(request)), caller));
      case "DELETE" -> {
        String key = "delete" + table.type().title();
        if (soft(request)) {
          yield record(
              200, key, workspace.remove(table, id, Workspace.Removal.SOFT_DELETE, caller));
        }
        workspace.remove(table, id, Workspace.Removal.DESTROY, caller);
        ObjectNode answer = Json.object();
        answer.putObject("data").putObject(key).put("id", id);
        yield json(200, answer);
      }
      default -> notFound(request);
    };
  }

  private StandInAnswer batch(StandInRequest request, Table table, Caller caller) {
    JsonNode body = body(request);
    if (!request.method().equals("POST")) {
      // Twenty takes the path for that of the collection.
      return collection(request, table, caller);
    }
    if (!body.isArray()) {
      throw Refusal.of(400, "TypeError", "args.data.forEach is not a function", null);
    }
    if (body.size() > Workspace.MOST_RECORDS) {
      throw Refusal.badRequest(
          "Maximum number of records to upsert is " + Workspace.MOST_RECORDS + ".");
    }
    List<Input> inputs = new ArrayList<>();
    for (JsonNode record : body) {
      inputs.add(Input.of(table.type(), record));
    }
    List<Row> rows =
        upsert(request)
            ? workspace.upsert(table, inputs, caller)
            : workspace.create(table, inputs, caller);
    return records(201, "create" + table.type().titlePlural(), rows);
  }

  private StandInAnswer restore(StandInRequest request, List<String> path, Caller caller) {
    if (path.size() != 2 || !request.method().equals("PATCH")) {
      throw Refusal.badRequest(
          "Query path '"
              + request.path()
              + "' invalid. Valid examples: /rest/companies/id or /rest/companies or"
              + " /rest/batch/companies");
    }
    Table table = workspace.table(path.get(1));
    Filter filter = filter(request, table);
    return records(
        200,
        "restore" + table.type().titlePlural(),
        workspace.removeMany(table, filter, Workspace.Removal.RESTORE, caller));
  }

  private StandInAnswer list(StandInRequest request, Table table) {
    int depth = depth(request);
    Listing.Query query =
        new Listing.Query(
            request.query("filter"),
            request.query("order_by"),
            request.query("limit"),
            request.query("starting_after"),
            request.query("ending_before"));
    return workspace.reading(
        () -> {
          Listing.Page page = listing.page(table, query);
          ByteArrayOutputStream body = new ByteArrayOutputStream(page.rows().size() * 1200 + 300);
          write(body, "{\"data\":{\"" + table.type().namePlural() + "\":");
          rows(body, table, page.rows(), depth);
          write(body, "},\"totalCount\":" + page.totalCount() + ",\"pageInfo\":");
          body.writeBytes(Json.bytes(page.pageInfo()));
          write(body, "}");
          return new StandInAnswer(200, JSON_HEADERS, body.toByteArray());
        });
  }

  private StandInAnswer get(Table table, String id, int depth) {
    return workspace.reading(
        () -> {
          Row row = table.get(id);
          if (row == null || row.inTrash()) {
            throw Refusal.notFound();
          }
          ObjectNode answer = Json.object();
          answer.putObject("data").set(table.type().nameSingular(), shown(table, row, depth));
          return json(200, answer);
        });
  }

  private void rows(ByteArrayOutputStream body, Table table, List<Row> rows, int depth) {
    boolean asStored = depth == 0 && table != workspace.timeline();
    write(body, "[");
    String separator = "";
    for (Row row : rows) {
      write(body, separator);
      body.writeBytes(asStored ? row.json() : Json.bytes(shown(table, row, depth)));
      separator = ",";
    }
    write(body, "]");
  }

  private ObjectNode shown(Table table, Row row, int depth) {
    if (table == workspace.timeline()) {
      return timelineActivity(row);
    }
    ObjectNode record = row.record();
    if (depth == 0 || table != workspace.people()) {
      return record;
    }
    JsonNode companyId = record.path("companyId");
    Row company = companyId.isTextual() ? workspace.companies().get(companyId.textValue()) : null;
    if (company == null || company.inTrash()) {
      record.putNull("companyId").putNull("company");
    } else {
      record.set("company", company.record());
    }
    for (String relation :
        List.of(
            "attachments",
            "calendarEventParticipants",
            "noteTargets",
            "listMemberships",
            "messageParticipants")) {
      record.putArray(relation);
    }
    ArrayNode activities = record.putArray("timelineActivities");
    for (Row entry : workspace.timeline().lookUp("targetPersonId", List.of(row.id()))) {
      activities.add(timelineActivity(entry));
    }
    record.putArray("pointOfContactForOpportunities");
    record.putArray("taskTargets");
    return record;
  }

  /** Entries are stored without their many empty fields. */
  private ObjectNode timelineActivity(Row row) {
    ObjectNode stored = row.record();
    ObjectNode shown = Json.object();
    for (FieldSpec field : workspace.timeline().type().fields()) {
      JsonNode value = stored.get(field.name());
      shown.set(field.name(), value == null ? field.empty() : value);
    }
    ObjectNode system =
        Json.object().put("source", "MANUAL").putNull("workspaceMemberId").put("name", "System");
    system.putNull("context");
    shown.set("createdBy", system);
    shown.set("updatedBy", system.deepCopy());
    shown.put("searchVector", "'" + stored.get("name").textValue() + "':1");
    return shown;
  }

  private StandInAnswer record(int status, String key, Row row) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(row.json().length + 100);
    write(body, "{\"data\":{\"" + key + "\":");
    body.writeBytes(row.json());
    write(body, "}}");
    return new StandInAnswer(status, JSON_HEADERS, body.toByteArray());
  }

  private StandInAnswer records(int status, String key, List<Row> rows) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(rows.size() * 1200 + 100);
    write(body, "{\"data\":{\"" + key + "\":");
    rows(body, workspace.people(), rows, 0);
    write(body, "}}");
    return new StandInAnswer(status, JSON_HEADERS, body.toByteArray());
  }

  private static StandInAnswer ids(String key, List<Row> rows) {
    ObjectNode answer = Json.object();
    ArrayNode ids = answer.putObject("data").putArray(key);
    rows.forEach(row -> ids.addObject().put("id", row.id()));
    return json(200, answer);
  }

  private static StandInAnswer notFound(StandInRequest request) {
    ObjectNode body =
        Json.object()
            .put("message", "Cannot " + request.method() + " " + request.path())
            .put("error", "Not Found")
            .put("statusCode", 404);
    return json(404, body);
  }

  private static void write(ByteArrayOutputStream body, String text) {
    body.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  static StandInAnswer json(int status, JsonNode body) {
    return new StandInAnswer(status, JSON_HEADERS, Json.bytes(body));
  }

  private static Filter filter(StandInRequest request, Table table) {
    String text = request.query("filter");
    return text == null ? null : FilterParser.parse(table.type(), text);
  }

  private static boolean upsert(StandInRequest request) {
    return "true".equals(request.query("upsert"));
  }

  private static boolean soft(StandInRequest request) {
    return "true".equals(request.query("soft_delete"));
  }

  private static int depth(StandInRequest request) {
    String depth = request.query("depth");
    if (depth == null || depth.equals("0")) {
      return 0;
    }
    if (!depth.equals("1")) {
      throw Refusal.badRequest("'depth=" + depth + "' parameter invalid. Allowed values are 0, 1");
    }
    return 1;
  }

  static JsonNode body(StandInRequest request) {
    String text = request.bodyText();
    if (text.isBlank()) {
      return Json.object();
    }
    try {
      JsonNode body = Json.MAPPER.readTree(text);
      return body == null || body instanceof NullNode ? Json.object() : body;
    } catch (JsonProcessingException e) {
      ObjectNode answer =
          Json.object()
              .put("message", "Unexpected end of JSON input")
              .put("error", "Bad Request")
              .put("statusCode", 400);
      throw Refusal.with(400, answer);
    }
  }
}
