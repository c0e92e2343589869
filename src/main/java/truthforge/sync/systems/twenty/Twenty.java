package truthforge.sync.systems.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.ToIntFunction;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;
import truthforge.sync.systems.http.HttpFailures;

/** Twenty's requests and answers, as its REST API of version 2.19 was recorded. */
public final class Twenty {

  public static final String NAME = "twenty";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LARGEST_PAGE = 200;

  /** Characters of a filter's list, once encoded: the server reads 16 KB of request line. */
  private static final int LONGEST_LIST = 12_000;

  /** So that no more than a page of people can be found by one call. */
  private static final int COST_OF_ID = LONGEST_LIST / LARGEST_PAGE;

  private static final int COST_OF_LOOK_UP = 3 * COST_OF_ID;

  private static final String ALSO_DELETED = "or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)";
  private static final Value DELETED = new Value.Flag(true);

  private final Mapping mapping;
  private final Participants participants;
  private final Duration overlap;
  private final Companies companies = new Companies();
  private final Clock clock;
  private volatile Mapping known;

  public Twenty(Mapping mapping, Participants participants, Duration overlap, Clock clock) {
    this.mapping = mapping;
    this.participants = participants;
    this.overlap = overlap;
    this.clock = clock;
  }

  // What the workspace has

  /** Asks which fields people have in this workspace: what it lacks is never sent. */
  public HttpCall schemaCall() {
    return HttpCall.get("/rest/metadata/objects", null, null);
  }

  public void learnSchema(HttpAnswer answer) {
    JsonNode data = successful(answer).path("data");
    JsonNode objects = data.isArray() ? data : data.path("objects");
    for (JsonNode object : objects) {
      if (object.path("nameSingular").asText().equals("person")) {
        Set<String> fields = new HashSet<>();
        object.path("fields").forEach(field -> fields.add(field.path("name").asText()));
        known = mapping.limitedTo(fields::contains);
        participants.learn(known);
        return;
      }
    }
    throw new SystemUnavailable(
        NAME,
        SystemUnavailable.Kind.MISCONFIGURED,
        "Twenty shows no object 'person'. Check that the key may read the data model.");
  }

  public boolean schemaKnown() {
    return known != null;
  }

  /** The schema is asked for again: a field was added or removed. */
  public void forgetSchema() {
    known = null;
  }

  // Reading

  public Reading changes(Cursor cursor) {
    return new Reading(cursor, Walk.from(cursor), Reading.Purpose.CHANGES);
  }

  public Reading everything(Cursor cursor) {
    return new Reading(cursor, new Walk(NAME, null, null), Reading.Purpose.RECONCILE);
  }

  /** The next page, live and deleted people together, in the order of their ids. */
  public HttpCall pageCall(Reading reading) {
    Walk walk = reading.walk();
    String since = since(reading);
    String filter =
        since == null ? ALSO_DELETED : "and(updatedAt[gte]:\"" + since + "\"," + ALSO_DELETED + ")";
    String query = "limit=" + LARGEST_PAGE + "&depth=1&filter=" + encoded(filter);
    if (walk.token() != null && walk.token().hasNonNull("after")) {
      query += "&starting_after=" + encoded(walk.token().get("after").textValue());
    }
    return HttpCall.get("/rest/people", query, reading);
  }

  private String since(Reading reading) {
    Walk walk = reading.walk();
    if (walk.token() != null) {
      return walk.token().path("since").textValue();
    }
    ObjectNode last = Walk.lastPosition(reading.before());
    if (last == null || reading.purpose() == Reading.Purpose.RECONCILE) {
      return null;
    }
    return iso(Instant.parse(last.get("since").textValue()).minus(overlap));
  }

  public Page page(HttpAnswer answer) {
    Reading reading = answer.about(Reading.class);
    JsonNode body = successful(answer);
    List<Sighting> sightings = new ArrayList<>();
    body.path("data").path("people").forEach(person -> sightings.add(sighting(person)));
    if (reading.walk().token() == null) {
      reading.expect(body.path("totalCount").asLong(-1));
    }
    ObjectNode position = reading.walk().position();
    if (position == null) {
      Instant began = answer.date() == null ? clock.instant() : answer.date();
      position = Walk.json().put("since", iso(began));
    }
    boolean last = !body.path("pageInfo").path("hasNextPage").asBoolean();
    ObjectNode token = Walk.json();
    token.put("since", since(reading));
    token.put("after", body.path("pageInfo").path("endCursor").textValue());
    return reading.page(sightings, reading.walk().at(position, token), last, clock.instant());
  }

  /** Reads single records: by id, and those that may have been created by contact id and email. */
  public List<HttpCall> readCalls(List<Reread> asked) {
    List<HttpCall> calls = new ArrayList<>();
    for (List<Reread> part : parts(asked, Twenty::costOf)) {
      Set<String> ids = new LinkedHashSet<>();
      Set<String> contactIds = new LinkedHashSet<>();
      Set<String> emails = new LinkedHashSet<>();
      for (Reread reread : part) {
        if (reread.replica().hasRecord()) {
          ids.add(reread.replica().externalId());
        } else {
          ids.add(idOf(reread.contact().id()));
          contactIds.add(reread.contact().id());
          emails.addAll(primaryEmail(reread.contact().value(Fields.EMAILS_FIELD)));
        }
      }
      List<String> any = new ArrayList<>();
      any.add("id[in]:" + list(ids));
      String contactId = mapping().contactIdPath();
      if (contactId != null && !contactIds.isEmpty()) {
        any.add(contactId + "[in]:" + list(contactIds));
      }
      if (!emails.isEmpty()) {
        any.add("emails.primaryEmail[in]:" + list(emails));
      }
      String found = any.size() == 1 ? any.get(0) : "or(" + String.join(",", any) + ")";
      String filter = "and(" + found + "," + ALSO_DELETED + ")";
      calls.add(
          HttpCall.get(
              "/rest/people",
              "limit=" + LARGEST_PAGE + "&depth=1&filter=" + encoded(filter),
              null));
    }
    return calls;
  }

  public List<Sighting> found(HttpAnswer answer) {
    return sightings(people(answer));
  }

  /** The people of an answer, as they came. */
  public List<JsonNode> people(HttpAnswer answer) {
    List<JsonNode> people = new ArrayList<>();
    successful(answer).path("data").path("people").forEach(people::add);
    return people;
  }

  public List<Sighting> sightings(List<JsonNode> people) {
    return people.stream().map(this::sighting).toList();
  }

  private Sighting sighting(JsonNode person) {
    String id = person.path("id").textValue();
    if (id == null) {
      return new Sighting.Unreadable(NAME, null, person, "a person without an id");
    }
    return observation(id, person);
  }

  private Observation observation(String id, JsonNode person) {
    ObjectNode record = (ObjectNode) person;
    boolean companyIsGone = record.hasNonNull("companyId") && !record.hasNonNull("company");
    if (companyIsGone || !record.has("companyId")) {
      // Whose company is in the trash, is told by nobody to have left it.
      record = record.deepCopy().without("company");
    } else if (record.get("companyId").isNull()) {
      record = record.deepCopy().putNull("company");
    }
    return Records.observation(
        mapping(), id, person.path("updatedAt").textValue(), record, clock.instant());
  }

  // Companies

  /** Looks up the companies that a batch names and that are not known yet; none where all are. */
  public List<HttpCall> companyCalls(Batch batch) {
    List<HttpCall> calls = new ArrayList<>();
    List<String> unknown = companies.unknown(names(batch));
    for (List<String> part : parts(unknown, name -> COST_OF_ID + encoded(name).length())) {
      calls.add(
          HttpCall.get(
              "/rest/companies",
              "limit=" + LARGEST_PAGE + "&filter=" + encoded(Companies.filter(part)),
              batch));
    }
    return calls;
  }

  public void learnCompanies(HttpAnswer answer) {
    JsonNode data = successful(answer).path("data");
    data.path("companies").forEach(companies::learn);
    data.path("createCompanies").forEach(companies::learn);
  }

  /** Creates the companies that a batch names and that the look-up did not find. */
  public List<HttpCall> newCompanyCalls(Batch batch) {
    List<String> missing = companies.unknown(names(batch));
    if (missing.isEmpty()) {
      return List.of();
    }
    List<HttpCall> calls = new ArrayList<>();
    for (int from = 0; from < missing.size(); from += LARGEST_PAGE) {
      ArrayNode body = JSON.createArrayNode();
      missing
          .subList(from, Math.min(missing.size(), from + LARGEST_PAGE))
          .forEach(name -> body.addObject().put("name", name));
      calls.add(HttpCall.post("/rest/batch/companies", null, body.toString(), batch));
    }
    return calls;
  }

  private static Set<String> names(Batch batch) {
    Set<String> names = new LinkedHashSet<>();
    for (Write write : batch.writes()) {
      if (write.values().get("organization") instanceof Value.Text name) {
        names.add(name.text());
      }
    }
    return names;
  }

  // Writing

  /** Creates people by a plain batch, each with an id that follows from the contact's. */
  public HttpCall createCall(Batch batch) {
    ArrayNode people = JSON.createArrayNode();
    for (Write write : batch.creations()) {
      ObjectNode person = fragment(write, null);
      person.put("id", idOf(write.contactId()));
      people.add(person);
    }
    return HttpCall.post("/rest/batch/people", "depth=1", people.toString(), batch);
  }

  /**
   * @throws BatchRefused when Twenty refused the batch: all or nothing was created
   */
  public List<Outcome> created(HttpAnswer answer) {
    Batch batch = answer.about(Batch.class);
    List<Write> creations = batch.creations();
    if (!answer.isSuccess()) {
      BatchRefused refusal = refusal(answer);
      boolean exists = messageOf(answer).contains("duplicate entry");
      if (exists && creations.size() == 1) {
        return List.of(new Outcome.ConditionFailed(creations.get(0)));
      }
      throw refusal;
    }
    return matched(creations, answer.body().path("data").path("createPeople"), true);
  }

  /** Reads the records that a batch changes, where what is written depends on what is there. */
  public List<HttpCall> currentCalls(Batch batch) {
    List<String> ids =
        batch.changes().stream()
            .filter(write -> write.values().containsKey("linkedin_url"))
            .map(Write::externalId)
            .toList();
    List<HttpCall> calls = new ArrayList<>();
    for (List<String> part : parts(ids, id -> COST_OF_ID)) {
      String filter = "and(id[in]:" + list(part) + "," + ALSO_DELETED + ")";
      calls.add(
          HttpCall.get(
              "/rest/people", "limit=" + LARGEST_PAGE + "&filter=" + encoded(filter), null));
    }
    return calls;
  }

  /**
   * Changes each person only if it is as last seen.
   *
   * @param current people as they are, as far as they were read
   */
  public List<HttpCall> changeCalls(Batch batch, List<JsonNode> current) {
    Map<String, JsonNode> byId = byId(current);
    return batch.changes().stream().map(write -> changeCall(write, byId)).toList();
  }

  private HttpCall changeCall(Write write, Map<String, JsonNode> current) {
    String filter =
        "and(id[eq]:"
            + write.externalId()
            + ",updatedAt[eq]:\""
            + write.revision()
            + "\","
            + ALSO_DELETED
            + ")";
    return HttpCall.patch(
        "/rest/people",
        "depth=1&filter=" + encoded(filter),
        fragment(write, current.get(write.externalId())).toString(),
        write);
  }

  public List<Outcome> changed(HttpAnswer answer) {
    Write write = answer.about(Write.class);
    if (!answer.isSuccess()) {
      BatchRefused refusal = refusal(answer);
      return List.of(new Outcome.Rejected(write, refusal.getMessage(), refusal.forGood()));
    }
    JsonNode people = answer.body().path("data").path("updatePeople");
    return people.isEmpty()
        ? List.of(new Outcome.ConditionFailed(write))
        : matched(List.of(write), people, false);
  }

  /**
   * Changes many people at once, without a condition: only for people just read. Those who are in
   * the trash, or go there, are changed one by one on condition all the same: an upsert would
   * resurrect them.
   *
   * @param current people as just read
   */
  public List<HttpCall> upsertCalls(Batch batch, List<JsonNode> current) {
    Map<String, JsonNode> byId = byId(current);
    List<HttpCall> calls = new ArrayList<>();
    List<Write> together = new ArrayList<>();
    for (Write write : batch.changes()) {
      JsonNode person = byId.get(write.externalId());
      boolean live = person != null && !person.hasNonNull("deletedAt");
      if (live && !write.touchesDeletion()) {
        together.add(write);
      } else {
        calls.add(changeCall(write, byId));
      }
    }
    if (!together.isEmpty()) {
      ArrayNode people = JSON.createArrayNode();
      for (Write write : together) {
        ObjectNode person = fragment(write, byId.get(write.externalId()));
        person.put("id", write.externalId());
        people.add(person);
      }
      calls.add(
          0,
          HttpCall.post(
              "/rest/batch/people",
              "upsert=true&depth=1",
              people.toString(),
              new Batch(NAME, together, false)));
    }
    return calls;
  }

  private static Map<String, JsonNode> byId(List<JsonNode> people) {
    Map<String, JsonNode> byId = new HashMap<>();
    people.forEach(person -> byId.put(person.path("id").asText(), person));
    return byId;
  }

  public List<Outcome> upserted(HttpAnswer answer) {
    if (answer.call().about() instanceof Write) {
      return changed(answer);
    }
    if (!answer.isSuccess()) {
      throw refusal(answer);
    }
    return matched(
        answer.about(Batch.class).changes(),
        answer.body().path("data").path("createPeople"),
        false);
  }

  private ObjectNode fragment(Write write, JsonNode current) {
    Mapping fields = mapping();
    ObjectNode person = fields.write(write.values(), current);
    if (person.remove("company") instanceof ObjectNode company) {
      String name = company.path("name").asText("");
      person.put("companyId", name.isEmpty() ? null : companies.idOf(name));
    }
    Value deleted = write.values().get(Fields.DELETED);
    if (deleted != null) {
      person.put(fields.deletedAtPath(), deleted.equals(DELETED) ? iso(clock.instant()) : null);
    }
    if (fields.contactIdPath() != null) {
      person.put(fields.contactIdPath(), write.contactId());
    }
    if (fields.syncMetadataPath() != null) {
      person.set(fields.syncMetadataPath(), Records.syncMetadata(write.contact(), write.bound()));
    }
    return person;
  }

  private List<Outcome> matched(List<Write> writes, JsonNode people, boolean creation) {
    Map<String, Write> byId = new LinkedHashMap<>();
    writes.forEach(
        write -> byId.put(creation ? idOf(write.contactId()) : write.externalId(), write));
    List<Outcome> outcomes = new ArrayList<>();
    for (JsonNode person : people) {
      String id = person.path("id").asText();
      Write write = byId.remove(id);
      if (write != null) {
        Observation answer = observation(id, person);
        outcomes.add(new Outcome.Applied(write, id, answer.revision(), answer));
      }
    }
    byId.values().forEach(write -> outcomes.add(new Outcome.ConditionFailed(write)));
    return outcomes;
  }

  private Mapping mapping() {
    Mapping limited = known;
    return limited == null ? mapping : limited;
  }

  private static JsonNode successful(HttpAnswer answer) {
    if (!answer.isSuccess() || answer.body() == null || !answer.body().isObject()) {
      throw HttpFailures.unreadable(NAME, answer, messageOf(answer));
    }
    return answer.body();
  }

  private static BatchRefused refusal(HttpAnswer answer) {
    return HttpFailures.refusal(NAME, answer, messageOf(answer));
  }

  /** Twenty's own words, as far as they name no value. */
  private static String messageOf(HttpAnswer answer) {
    JsonNode body = answer.body();
    if (body == null) {
      return "";
    }
    JsonNode messages = body.path("messages");
    String text = messages.isArray() && !messages.isEmpty() ? messages.get(0).asText() : "";
    return Quoted.withoutValues(text);
  }

  /** The id that a person gets here, the same at every try. */
  static String idOf(String contactId) {
    return UUID.nameUUIDFromBytes(
            ("truth-forge-sync:" + contactId).getBytes(StandardCharsets.UTF_8))
        .toString();
  }

  private static List<String> primaryEmail(Value emails) {
    return emails instanceof Value.Items items
        ? items.items().stream().filter(Companies::isPlain).limit(1).toList()
        : List.of();
  }

  private static int costOf(Reread reread) {
    if (reread.replica().hasRecord()) {
      return COST_OF_ID;
    }
    int emails =
        primaryEmail(reread.contact().value(Fields.EMAILS_FIELD)).stream()
            .mapToInt(email -> encoded(email).length())
            .sum();
    return COST_OF_LOOK_UP + emails + reread.contact().id().length();
  }

  /** The list in parts that each fit into one call. */
  private static <T> List<List<T>> parts(List<T> all, ToIntFunction<T> cost) {
    List<List<T>> parts = new ArrayList<>();
    int sum = LONGEST_LIST;
    for (T one : all) {
      sum += cost.applyAsInt(one);
      if (sum > LONGEST_LIST) {
        parts.add(new ArrayList<>());
        sum = cost.applyAsInt(one);
      }
      parts.get(parts.size() - 1).add(one);
    }
    return parts;
  }

  private static String list(Collection<String> values) {
    StringBuilder list = new StringBuilder("[");
    for (String value : values) {
      list.append(list.length() == 1 ? "" : ",").append('"').append(value).append('"');
    }
    return list.append(']').toString();
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String iso(Instant time) {
    Instant millis = time.truncatedTo(ChronoUnit.MILLIS);
    String text = millis.toString();
    return text.contains(".") ? text : text.substring(0, text.length() - 1) + ".000Z";
  }
}
