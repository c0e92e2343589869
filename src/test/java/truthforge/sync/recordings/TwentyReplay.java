package truthforge.sync.recordings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import truthforge.sync.sandbox.twenty.FieldSpec;
import truthforge.sync.sandbox.twenty.FieldType;
import truthforge.sync.sandbox.twenty.RateLimit;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/**
 * Sends recorded requests, one after the other, to one stand-in for Twenty, and compares its
 * answers with the recorded ones.
 *
 * <p>What was in the workspace before a request, and no recorded request brought there, is loaded
 * from what the recorded answer shows of it: for a reading as it is, for a writing with other
 * values in the fields that the request writes. After a writing the record is loaded as recorded,
 * so that the ids and times in later requests fit.
 */
public final class TwentyReplay implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The custom fields of people in the recorded workspace. */
  public static final List<FieldSpec> FIELDS =
      List.of(
          FieldSpec.custom("externalRef", FieldType.TEXT),
          FieldSpec.uniqueText("syncKey"),
          FieldSpec.custom("leadScore", FieldType.NUMBER),
          FieldSpec.custom("sourceUpdatedAt", FieldType.DATE_TIME),
          FieldSpec.select("stageTag", "LEAD", "CLIENT"),
          FieldSpec.custom("optedIn", FieldType.BOOLEAN).withDefault(BooleanNode.FALSE));

  private final TwentyStandIn twenty;
  private final HttpClient client = HttpClient.newHttpClient();
  private final WebhookReceiver receiver;
  private Map<String, List<String>> deliveries = Map.of();

  /** Ids that the stand-in gave, by those that Twenty had given. */
  private final Map<String, String> ids = new LinkedHashMap<>();

  private TwentyReplay(TwentyStandIn twenty, WebhookReceiver receiver) {
    this.twenty = twenty;
    this.receiver = receiver;
  }

  /**
   * @param kind how the workspace begins: bare, fields, hooked (with fields and a webhook), limited
   */
  static TwentyReplay of(String kind) {
    TwentyStandIn.Options options =
        TwentyStandIn.Options.bare().withTimelineLag(java.time.Duration.ZERO);
    if (kind.equals("fields") || kind.equals("hooked")) {
      options = options.withFields(FIELDS);
    }
    if (kind.equals("limited")) {
      options = options.withRateLimit(RateLimit.defaults()).withClock(new BriskClock());
    }
    TwentyReplay replay = new TwentyReplay(TwentyStandIn.start(options), new WebhookReceiver());
    if (kind.equals("hooked")) {
      replay.receiver.register(replay);
    }
    if (kind.equals("limited")) {
      for (int call = 0; call < 100; call++) {
        replay.call("GET", "/rest/people?limit=1", null);
      }
    }
    return replay;
  }

  @Override
  public void close() {
    twenty.close();
    receiver.close();
  }

  TwentyStandIn twenty() {
    return twenty;
  }

  /** What differs in the answer to this recorded request; nothing if it is as recorded. */
  List<String> replay(String name, JsonNode recording) {
    JsonNode request = recording.get("request");
    JsonNode recorded = recording.get("response");
    String method = request.get("method").asText();
    List<ObjectNode> shown = records(recorded.get("body"));
    prepare(name, method, request, shown);
    Set<String> known = twenty.people().stream().map(TwentyReplay::id).collect(Collectors.toSet());
    twenty.companies().forEach(company -> known.add(id(company)));

    HttpResponse<String> answer = send(name, request);
    JsonNode body = parsed(answer.body());
    TwentyComparison comparison = new TwentyComparison(name, method, request.get("body"), known);
    List<String> differences = comparison.of(recorded, answer.statusCode(), body);
    deliveries = new TwentyDeliveries(receiver).recordedFor(name);
    if (!method.equals("GET") && answer.statusCode() < 300) {
      adopt(recorded.get("body"), body, shown, records(body));
    }
    return differences;
  }

  /** What differs in each recorded delivery that the last request caused. */
  Map<String, List<String>> deliveries() {
    return deliveries;
  }

  /**
   * Makes the change that a recorded delivery tells of, which was recorded without its request, and
   * compares what is delivered.
   */
  List<String> replayDelivery(String name, JsonNode recording) {
    JsonNode delivery = recording.at("/request/body");
    if (delivery.isMissingNode()) {
      delivery = recording.get("deliveries").get(0);
    }
    ObjectNode record = delivery.get("record").deepCopy();
    String person = "/rest/people/" + id(record);
    String company = "/rest/companies/" + id(record);
    switch (name) {
      case "webhook-delivery-update-by-user-session" -> {
        ObjectNode before = record.deepCopy().put("jobTitle", "before");
        before.set("updatedBy", record.get("createdBy"));
        load(before);
        callAsPerson("PATCH", person, "{\"jobTitle\":\"by user-session\"}");
      }
      case "webhook-delivery-update-by-api-key" ->
          call("PATCH", person, "{\"jobTitle\":\"by api-key\"}");
      case "webhook-sequence-company-soft-deleted" -> {
        load(record.putNull("deletedAt"));
        call("DELETE", company + "?soft_delete=true", null);
      }
      case "webhook-sequence-company-destroyed" -> {
        load(record);
        call("DELETE", company, null);
      }
      default -> throw new IllegalArgumentException("Nothing is known of the request for " + name);
    }
    return new TwentyDeliveries(receiver).compare(recording);
  }

  /** The records that an answer holds, wherever it holds them. */
  private static List<ObjectNode> records(JsonNode body) {
    List<ObjectNode> records = new ArrayList<>();
    for (JsonNode value : body.path("data")) {
      for (JsonNode one : value.isArray() ? value : List.of(value)) {
        boolean record = one.has("createdAt") && (one.has("emails") || one.has("domainName"));
        if (record) {
          records.add((ObjectNode) one);
        }
      }
    }
    return records;
  }

  private void prepare(String name, String method, JsonNode request, List<ObjectNode> shown) {
    Map<String, ObjectNode> held = new HashMap<>();
    twenty.people().forEach(person -> held.put(id(person), person));
    twenty.companies().forEach(company -> held.put(id(company), company));
    for (ObjectNode record : shown) {
      ObjectNode before = before(name, method, request, record, held.get(id(record)));
      if (before != null) {
        load(before);
      }
    }
    switch (name) {
      case "upsert-batch-partial-failure" -> {
        ObjectNode atom =
            records(Recordings.of("twenty").read(name + "-check").get("response").get("body"))
                .get(0);
        load(atom.put("jobTitle", "before"));
      }
      case "webhook-trigger-company-deleted-cascade" -> loadCompany(lastPart(request));
      case "timeline-after-updates" -> {
        String person = lastUuid(request.get("query").asText());
        ObjectNode record = JSON.createObjectNode().put("id", person).put("jobTitle", "a");
        record.put("createdAt", "2026-11-22T18:14:46.157Z");
        load(record.put("updatedAt", "2026-11-22T18:14:46.157Z"));
        call("PATCH", "/rest/people/" + person, "{\"jobTitle\":\"b24\"}");
      }
      case "people-delete-soft" -> upsertedUnrecorded();
      case "webhook-trigger-create" -> loadCompany(request.get("body").get("companyId").asText());
      case "webhook-trigger-update-company-null" ->
          load(shown.get(0).deepCopy().put("companyId", "70bc4ee1-5fca-4de0-baa3-60c2acacaefa"));
      default -> {
        // Nothing else had to be there.
      }
    }
  }

  /** The people of the largest batch got a job title from a request that was not recorded. */
  private void upsertedUnrecorded() {
    JsonNode batch = Recordings.of("twenty").read("batch-create-200").get("response").get("body");
    for (ObjectNode person : records(batch)) {
      load(person.put("jobTitle", "ups200").put("updatedAt", "2026-11-22T17:29:50.000Z"));
    }
  }

  /**
   * The record as it was before the request, or null if the stand-in holds it.
   *
   * @param held what the stand-in holds under this id; null for nothing
   */
  private static ObjectNode before(
      String name, String method, JsonNode request, ObjectNode record, ObjectNode held) {
    if (method.equals("GET")) {
      boolean same = held != null && held.get("updatedAt").equals(record.get("updatedAt"));
      return same ? null : withoutRelations(record);
    }
    boolean existed =
        !method.equals("POST") || !record.get("createdAt").equals(record.get("updatedAt"));
    if (held != null || !existed || name.startsWith("people-create")) {
      return null;
    }
    ObjectNode before = record.deepCopy();
    JsonNode body = request.get("body");
    for (JsonNode written : body.isArray() ? body : List.of(body)) {
      written.properties().forEach(field -> alter(before, field.getKey(), field.getValue()));
    }
    if (name.equals("people-patch-conditional-match")) {
      before.put("updatedAt", "2026-11-22T18:14:49.346Z");
    }
    if (method.equals("DELETE")) {
      before.putNull("deletedAt");
    }
    if (name.equals("batch-patch-many-no-filter-small-workspace")) {
      before.set("updatedBy", before.get("createdBy"));
    }
    return before;
  }

  /** Gives a field another value than the request writes; emails stay, upserts find by them. */
  private static void alter(ObjectNode record, String field, JsonNode written) {
    if (field.equals("id")
        || field.equals("emails")
            && record.get("emails").has("primaryEmail")
            && written.path("primaryEmail").equals(record.get("emails").get("primaryEmail"))
            && !record.path("name").path("firstName").asText().equals("Comp")) {
      return;
    }
    if (field.equals("emails")) {
      ((ObjectNode) record.get("emails")).put("primaryEmail", "before@example.com");
    } else if (field.equals("deletedAt")) {
      if (written.isNull()) {
        record.put("deletedAt", "2026-01-01T00:00:00.000Z");
      } else {
        record.putNull("deletedAt");
      }
    } else if (record.path(field).isTextual()) {
      record.put(field, "before");
    } else if (field.equals("name")) {
      ((ObjectNode) record.get("name")).put("firstName", "Before");
    }
  }

  /** What depth 1 adds to a person is stored elsewhere. */
  private static ObjectNode withoutRelations(ObjectNode record) {
    ObjectNode alone = record.deepCopy();
    if (alone.has("company")) {
      List<String> added =
          StreamSupport.stream(((Iterable<String>) alone::fieldNames).spliterator(), false)
              .filter(field -> alone.get(field).isArray() || field.equals("company"))
              .toList();
      alone.remove(added);
    }
    return alone;
  }

  private void load(ObjectNode record) {
    if (record.has("domainName")) {
      twenty.loadCompany(record);
      return;
    }
    JsonNode company = record.path("companyId");
    if (company.isTextual()) {
      loadCompany(company.asText());
    }
    twenty.loadPerson(record);
  }

  /** A company that no recording shows, if it is not there yet. */
  private void loadCompany(String id) {
    if (twenty.companies().stream().noneMatch(company -> id(company).equals(id))) {
      ObjectNode company = JSON.createObjectNode().put("id", id).put("name", "Company " + id);
      company.put("createdAt", "2026-11-22T17:19:10.650Z");
      twenty.loadCompany(company.put("updatedAt", "2026-11-22T17:19:10.000Z"));
    }
  }

  /** From here on the stand-in holds what Twenty held, with Twenty's ids and times. */
  private void adopt(
      JsonNode recorded, JsonNode answer, List<ObjectNode> theirs, List<ObjectNode> ours) {
    Map<String, ObjectNode> byId = new LinkedHashMap<>();
    ours.forEach(record -> byId.put(id(record), record));
    for (int i = 0; i < theirs.size() && i < ours.size(); i++) {
      ObjectNode record = theirs.get(i);
      if (!byId.containsKey(id(record))) {
        String path = record.has("domainName") ? "/rest/companies/" : "/rest/people/";
        call("DELETE", path + id(ours.get(i)), null);
      }
      load(record);
    }
    if (recorded.path("id").isTextual() && answer.path("id").isTextual()) {
      ids.put(recorded.get("id").asText(), answer.get("id").asText());
    }
  }

  private HttpResponse<String> send(String name, JsonNode request) {
    JsonNode recordedBody = request.get("body");
    String body =
        recordedBody.isNull()
            ? null
            : recordedBody.isTextual() ? recordedBody.asText() : recordedBody.toString();
    boolean authorized =
        StreamSupport.stream(request.get("headers").spliterator(), false)
            .anyMatch(header -> header.get(0).asText().equals("Authorization"));
    String token =
        !authorized ? null : name.contains("bad-token") ? "no such token" : twenty.apiKey();
    return exchange(
        request.get("method").asText(), mine(request.get("rawTarget").asText()), mine(body), token);
  }

  /** The text with the stand-in's ids in the place of Twenty's. */
  private String mine(String text) {
    String mine = text;
    if (mine != null) {
      for (Map.Entry<String, String> id : ids.entrySet()) {
        mine = mine.replace(id.getKey(), id.getValue());
      }
    }
    return mine;
  }

  /** Learns under which id the stand-in keeps the metadata of people. */
  void learnObjectId(String recordedId) {
    JsonNode objects = parsed(call("GET", "/rest/metadata/objects", null).body());
    for (JsonNode object : objects.get("data")) {
      if (object.get("nameSingular").asText().equals("person")) {
        ids.put(recordedId, object.get("id").asText());
      }
    }
  }

  HttpResponse<String> call(String method, String target, String body) {
    return exchange(method, target, body, twenty.apiKey());
  }

  HttpResponse<String> callAsPerson(String method, String target, String body) {
    return exchange(method, target, body, twenty.userToken());
  }

  private HttpResponse<String> exchange(String method, String target, String body, String token) {
    String legal =
        target.replace("[", "%5B").replace("]", "%5D").replace("\"", "%22").replace(" ", "%20");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(twenty.url() + legal))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonNode parsed(String text) {
    try {
      return text.isEmpty() ? TextNode.valueOf("") : JSON.readTree(text);
    } catch (IOException e) {
      return TextNode.valueOf(text);
    }
  }

  static String id(JsonNode record) {
    return record.path("id").asText();
  }

  private static String lastPart(JsonNode request) {
    String path = request.get("path").asText();
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String lastUuid(String text) {
    Matcher uuid = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").matcher(text);
    String last = null;
    while (uuid.find()) {
      last = uuid.group();
    }
    return last;
  }

  /** The answer's records in the order of their ids, where Twenty promises none. */
  static ArrayNode sortedById(JsonNode records) {
    ArrayNode sorted = JSON.createArrayNode();
    StreamSupport.stream(records.spliterator(), false)
        .sorted(Comparator.comparing(TwentyReplay::id))
        .forEach(sorted::add);
    return sorted;
  }

  /** A clock that goes 20 ms whenever it is read, as if each call took so long. */
  private static final class BriskClock extends Clock {
    private final AtomicLong millis = new AtomicLong(1_795_368_240_000L);

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis.addAndGet(20));
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
