package truthforge.sync.systems.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.ledger.Watch;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.AgreedClock;
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

  /** Of records in an answer, and in a call that writes (recorded: 201 are refused). */
  static final int LARGEST_PAGE = 200;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** In characters: 2.4 MB were accepted, 12 MB not. */
  private static final int LARGEST_BODY = 2_000_000;

  private static final int COST_OF_LOOK_UP = 3 * Filters.COST_OF_ID;
  private static final int COST_OF_DELETION = 140;

  private static final Value DELETED = new Value.Flag(true);
  private static final int BAD_REQUEST = 400;

  private static final Set<String> OWN_UNIQUE = Set.of("id", "emails");
  private static final String COMPANY = "company";
  static final String COMPANY_ID = "companyId";

  private final Mapping mapping;
  private final Participants participants;
  private final Function<Collection<String>, Map<String, Replica>> knownPeople;
  private final Duration overlap;
  private final Companies companies;
  private final EmailOwners emailOwners;
  private final Witness witness;
  private final AgreedClock clock;
  private volatile Mapping known;

  /** Those that people made such that only one person may have a value. */
  private volatile Set<String> uniqueFields = Set.of();

  private volatile boolean schemaIsFresh;
  private volatile String nextSchemaPage;
  private final JustRead justRead = new JustRead();

  /**
   * @param knownPeople what the ledger knows of people, by their ids here
   * @param watched the writes without a condition that the ledger has noted, of which the timeline
   *     has yet to tell
   */
  public Twenty(
      Mapping mapping,
      Participants participants,
      Function<Collection<String>, Map<String, Replica>> knownPeople,
      Supplier<List<Watch>> watched,
      Duration overlap,
      Clock clock) {
    this.mapping = mapping;
    this.participants = participants;
    this.knownPeople = knownPeople;
    this.overlap = overlap;
    this.clock = AgreedClock.of(clock);
    companies = new Companies(clock);
    emailOwners = new EmailOwners(clock);
    witness = new Witness(this::mapping, companies, watched, clock);
  }

  /** Tells what a write without a condition replaced. */
  public Witness witness() {
    return witness;
  }

  // What the workspace has

  /** Asks which fields people have in this workspace: what it lacks is never sent. */
  public HttpCall schemaCall() {
    return HttpCall.get("/rest/metadata/objects", PersonFields.query(nextSchemaPage), null);
  }

  /** Takes in a page of the data model: either people are on it, or the next one is asked for. */
  public void learnSchema(HttpAnswer answer) {
    JsonNode page = successful(answer);
    JsonNode person = PersonFields.person(page).orElse(null);
    String next = person == null ? PersonFields.next(page) : null;
    if (person == null && (next == null || next.equals(nextSchemaPage))) {
      nextSchemaPage = null;
      throw new SystemUnavailable(
          NAME,
          SystemUnavailable.Kind.MISCONFIGURED,
          "Twenty shows no object 'person'. Check that the key may read the data model.");
    }
    nextSchemaPage = next;
    if (person != null) {
      Map<String, JsonNode> fields = new HashMap<>();
      for (JsonNode field : person.path("fields")) {
        if (PersonFields.isThere(field)) {
          fields.put(field.path("name").asText(), field);
        }
      }
      known =
          mapping
              .limitedTo(fields::containsKey)
              .within(
                  name -> fields.containsKey(name) ? PersonFields.limit(fields.get(name)) : null);
      uniqueFields =
          fields.keySet().stream()
              .filter(name -> fields.get(name).path("isUnique").asBoolean())
              .filter(name -> !OWN_UNIQUE.contains(name) && !name.equals(known.contactIdPath()))
              .collect(Collectors.toCollection(TreeSet::new));
      participants.learn(known);
      schemaIsFresh = true;
    }
  }

  public boolean schemaKnown() {
    return schemaIsFresh;
  }

  /** The data model is asked for again: fields may have been added or taken away. */
  public void askForSchemaAgain() {
    nextSchemaPage = null;
    schemaIsFresh = false;
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
        since == null
            ? Filters.ALSO_DELETED
            : Filters.all("updatedAt[gte]:\"" + since + "\"", Filters.ALSO_DELETED);
    String query = "limit=" + LARGEST_PAGE + "&filter=" + Filters.encoded(filter);
    if (walk.token() != null && walk.token().hasNonNull("after")) {
      query += "&starting_after=" + Filters.encoded(walk.token().get("after").textValue());
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
    Page again = answer.status() == BAD_REQUEST ? reading.beginAgain(clock.instant()) : null;
    if (again != null) {
      return again;
    }
    JsonNode body = successful(answer);
    List<Sighting> sightings = sightings(people(answer));
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
    String after = body.path("pageInfo").path("endCursor").textValue();
    requireProgress(reading, last, after);
    token.put("after", after);
    return reading.page(sightings, reading.walk().at(position, token), last, clock.instant());
  }

  /** A page that leads to itself would be read for ever. */
  private static void requireProgress(Reading reading, boolean last, String after) {
    JsonNode token = reading.walk().token();
    String before = token == null ? null : token.path("after").textValue();
    if (!last && Objects.equals(after, before)) {
      throw new SystemUnavailable(
          NAME,
          SystemUnavailable.Kind.FAILING,
          "Twenty does not tell where its next page begins. It is asked again by itself.");
    }
  }

  /** Reads single records: by id, and those that may have been created by contact id and email. */
  public List<HttpCall> readCalls(List<Reread> asked) {
    return readCalls(asked, part -> null);
  }

  /** What a call reads that is about to be written. */
  record ToWrite(List<Reread> people) {}

  /** Reads the records of a batch just before they are written. */
  public List<HttpCall> readBeforeCalls(List<Reread> asked) {
    return readCalls(asked, ToWrite::new);
  }

  private List<HttpCall> readCalls(List<Reread> asked, Function<List<Reread>, Object> about) {
    List<HttpCall> calls = new ArrayList<>();
    for (List<Reread> part : Filters.parts(asked, Twenty::costOf)) {
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
      List<String> any = new ArrayList<>(Filters.conditions("id", ids));
      String contactId = mapping().contactIdPath();
      if (contactId != null) {
        any.addAll(Filters.conditions(contactId, contactIds));
      }
      any.addAll(Filters.conditions("emails.primaryEmail", emails));
      calls.add(peopleCall(Filters.any(any), about.apply(part)));
    }
    return calls;
  }

  private static HttpCall peopleCall(String condition, Object about) {
    String filter = Filters.all(condition, Filters.ALSO_DELETED);
    return HttpCall.get(
        "/rest/people", "limit=" + LARGEST_PAGE + "&filter=" + Filters.encoded(filter), about);
  }

  /** Reads these people as they are now. */
  HttpCall peopleCall(Collection<String> ids, Object about) {
    return peopleCall(Filters.oneOf("id", ids), about);
  }

  public List<Sighting> found(HttpAnswer answer) {
    List<JsonNode> people = people(answer);
    people.forEach(person -> emailOwners.learn(person, mapping().contactIdPath()));
    return sightings(people);
  }

  /** The people of an answer, as they came. */
  public List<JsonNode> people(HttpAnswer answer) {
    List<JsonNode> people = new ArrayList<>();
    list(answer, "people").forEach(people::add);
    return people;
  }

  /** An answer without its list is none: what is not in it would be taken for gone. */
  static JsonNode list(HttpAnswer answer, String name) {
    JsonNode list = successful(answer).path("data").path(name);
    if (!list.isArray()) {
      throw new SystemUnavailable(
          NAME,
          SystemUnavailable.Kind.FAILING,
          "Twenty answered something else than " + name + ". Check twenty.url.");
    }
    return list;
  }

  /** What was read of people; the companies that they are in were looked up before. */
  public List<Sighting> sightings(List<JsonNode> people) {
    Map<String, Replica> replicas = ledgers(people);
    return people.stream().map(person -> sighting(person, replicas)).toList();
  }

  /** What is known of those whose company does not tell by itself where they work. */
  private Map<String, Replica> ledgers(List<JsonNode> people) {
    List<String> ids =
        people.stream()
            .filter(person -> person.hasNonNull("id") && !isInKnownLiveCompany(person))
            .map(person -> person.get("id").asText())
            .toList();
    return ids.isEmpty() || companyField() == null ? Map.of() : knownPeople.apply(ids);
  }

  private boolean isInKnownLiveCompany(JsonNode person) {
    String id = person.path(COMPANY_ID).textValue();
    Companies.Company company = companies.of(id);
    return company != null && company.state() == Companies.State.LIVE && companies.isKnown(id);
  }

  /**
   * Whether a person is in the state in which it was last seen, its company told, and nothing is
   * open that its company would settle: then its company tells nothing new, as a write that is
   * conditional on that state would take it (rule 2). A company's new name is no change of its
   * people: the full compare asks for all companies.
   */
  private boolean isInStateLastSeen(JsonNode person, Replica replica) {
    if (replica == null
        || replica.state() != Replica.State.FREE
        || replica.readAt() == null
        || companyField() == null) {
      return false;
    }
    String field = companyField();
    Seen seen = replica.seen().get(field);
    Revision now =
        new Revision(person.path("updatedAt").textValue(), person.path(COMPANY_ID).textValue());
    return seen != null
        && !seen.matches(Value.EMPTY)
        && now.updatedAt() != null
        && now.text().equals(replica.revision())
        && replica.unanswered().stream().noneMatch(write -> write.values().containsKey(field));
  }

  private boolean isAsLastSeen(JsonNode person, Replica replica) {
    return isInStateLastSeen(person, replica) && !replica.rereadDue();
  }

  /**
   * The name of the company of a person who is about to be written and is as last seen; null where
   * it must be looked up.
   */
  private String employerLastSeen(JsonNode person, Reread reread) {
    return reread != null
            && isInStateLastSeen(person, reread.replica())
            && reread.contact().value(companyField()) instanceof Value.Text name
            && reread.replica().seen().get(companyField()).matches(name)
        ? name.text()
        : null;
  }

  /** What was read of people who are about to be written. */
  public List<Sighting> sightingsBefore(List<JsonNode> people) {
    Map<String, Replica> replicas = ledgers(people);
    Map<String, Reread> asked = byRecord(justRead.asked);
    List<Sighting> sightings = new ArrayList<>();
    for (JsonNode person : people) {
      String id = person.path("id").textValue();
      String company = person.path(COMPANY_ID).textValue();
      String name = employerLastSeen(person, asked.get(id));
      sightings.add(
          name == null || companies.isKnown(company)
              ? sighting(person, replicas)
              : observation(id, employed((ObjectNode) person, company, name)));
    }
    return sightings;
  }

  private static Map<String, Reread> byRecord(List<Reread> asked) {
    Map<String, Reread> byRecord = new HashMap<>();
    asked.stream()
        .filter(reread -> reread.replica().hasRecord())
        .forEach(reread -> byRecord.put(reread.replica().externalId(), reread));
    return byRecord;
  }

  private Sighting sighting(JsonNode person, Map<String, Replica> replicas) {
    String id = person.path("id").textValue();
    if (id == null) {
      return new Sighting.Unreadable(NAME, null, person, "a person without an id");
    }
    return observation(id, employed((ObjectNode) person, replicas.get(id)));
  }

  /**
   * A person with the company's name, as far as it is told.
   *
   * @param record without {@code company} where nobody told that the person left it
   * @param companyId where the person was last seen to work; null for nowhere
   */
  private record Employed(ObjectNode record, String companyId) {}

  /**
   * Promise 6: a person's organization is cleared by a person's edit, not because the company was
   * removed. One in the trash is still named by its people; one that is destroyed is not, and its
   * people look as if they had left it.
   */
  private Employed employed(ObjectNode person, Replica replica) {
    if (!person.has(COMPANY_ID)) {
      return new Employed(person, formerCompany(replica));
    }
    String id = person.get(COMPANY_ID).textValue();
    if (id == null) {
      String former = formerCompany(replica);
      Companies.Company company = former == null ? null : companies.of(former);
      boolean left =
          former == null || (company != null && company.state() != Companies.State.DESTROYED);
      return left ? unemployed(person, null) : new Employed(person, former);
    }
    boolean wasNotAskedFor = isAsLastSeen(person, replica) && !companies.isKnown(id);
    Companies.Company company = wasNotAskedFor ? null : companies.of(id);
    if (company != null && company.state() == Companies.State.LIVE) {
      return employed(person, id, company.name());
    }
    // What was never seen is met as empty, which says nothing of what others hold.
    boolean seen = replica != null && replica.seen().containsKey(companyField());
    return seen ? new Employed(person, id) : unemployed(person, id);
  }

  private static String formerCompany(Replica replica) {
    return replica == null ? null : Revision.of(replica.revision()).companyId();
  }

  private static Employed employed(ObjectNode person, String companyId, String name) {
    ObjectNode record = person.deepCopy();
    record.putObject(COMPANY).put("id", companyId).put("name", name);
    return new Employed(record, companyId);
  }

  private static Employed unemployed(ObjectNode person, String companyId) {
    ObjectNode record = person.deepCopy();
    record.putNull(COMPANY);
    return new Employed(record, companyId);
  }

  private Observation observation(String id, Employed person) {
    Revision revision =
        new Revision(person.record().path("updatedAt").textValue(), person.companyId());
    return Records.observation(mapping(), id, revision.text(), person.record(), clock);
  }

  // Companies

  /** The field that is kept as the company's name; null where there is none. */
  private String companyField() {
    return companyField(mapping());
  }

  static String companyField(Mapping mapping) {
    return mapping.entries().stream()
        .filter(entry -> entry.topLevelProperty().equals(COMPANY))
        .map(entry -> entry.field().name())
        .findFirst()
        .orElse(null);
  }

  /**
   * Looks up the companies that the people of an answer are in, or were when they were last seen;
   * none where all are known. Where people are read for what changed, or before they are written,
   * the companies of those who are as last seen are not asked for.
   */
  public List<HttpCall> employerCalls(HttpAnswer answer) {
    if (companyField() == null || !answer.isSuccess() || answer.body() == null) {
      return List.of();
    }
    if (answer.call().about() instanceof Upsert upsert) {
      return companyCalls(newCompanies(upsert, answer.body().path("data").path("createPeople")));
    }
    List<JsonNode> within = new ArrayList<>();
    List<String> without = new ArrayList<>();
    for (JsonNode person : answer.body().path("data").path("people")) {
      if (person.hasNonNull(COMPANY_ID)) {
        if (!companies.isKnown(person.get(COMPANY_ID).asText())) {
          within.add(person);
        }
      } else if (person.hasNonNull("id")) {
        without.add(person.get("id").asText());
      }
    }
    Set<String> asked = new LinkedHashSet<>();
    withoutLastSeen(answer, within).forEach(person -> asked.add(person.get(COMPANY_ID).asText()));
    if (!without.isEmpty()) {
      // Whether they have gone is asked anew each time.
      knownPeople.apply(without).values().stream()
          .map(Twenty::formerCompany)
          .filter(former -> former != null)
          .forEach(asked::add);
    }
    return companyCalls(asked);
  }

  /** Companies that somebody gave people since they were read, and whose names are not known. */
  private Set<String> newCompanies(Upsert upsert, JsonNode people) {
    Map<String, String> former = new HashMap<>();
    upsert
        .writes()
        .forEach(
            write -> former.put(write.externalId(), Revision.of(write.revision()).companyId()));
    Set<String> unknown = new LinkedHashSet<>();
    for (JsonNode person : people) {
      String id = person.path(COMPANY_ID).textValue();
      if (id != null
          && companies.of(id) == null
          && !id.equals(former.get(person.path("id").asText()))) {
        unknown.add(id);
      }
    }
    return unknown;
  }

  /** Those whose companies must be looked up; all where everything is asked for. */
  private List<JsonNode> withoutLastSeen(HttpAnswer answer, List<JsonNode> people) {
    Object about = answer.call().about();
    if (about instanceof ToWrite toWrite) {
      Map<String, Reread> asked = byRecord(toWrite.people());
      return people.stream()
          .filter(person -> employerLastSeen(person, asked.get(person.path("id").asText())) == null)
          .toList();
    }
    if (about instanceof Reading reading && !reading.isFull() && !people.isEmpty()) {
      Map<String, Replica> replicas =
          knownPeople.apply(people.stream().map(person -> person.path("id").asText()).toList());
      return people.stream()
          .filter(person -> !isAsLastSeen(person, replicas.get(person.path("id").asText())))
          .toList();
    }
    return people;
  }

  /** What a look-up was about. */
  record Ids(List<String> ids) {}

  List<HttpCall> companyCalls(Collection<String> ids) {
    return Filters.parts(ids, id -> Filters.COST_OF_ID).stream()
        .map(
            part ->
                HttpCall.get(
                    "/rest/companies",
                    "limit="
                        + LARGEST_PAGE
                        + "&filter="
                        + Filters.encoded(
                            Filters.all(Filters.oneOf("id", part), Filters.ALSO_DELETED)),
                    new Ids(part)))
        .toList();
  }

  public void learnEmployers(HttpAnswer answer) {
    Set<String> missing = new LinkedHashSet<>();
    missing.addAll(answer.about(Ids.class).ids());
    for (JsonNode company : list(answer, "companies")) {
      companies.learn(company);
      missing.remove(company.path("id").asText());
    }
    companies.learnDestroyed(missing);
  }

  /** Looks up the companies that a batch names and that are not known yet; none where all are. */
  public List<HttpCall> companyCalls(Batch batch) {
    List<String> unknown = companies.unknownNames(names(batch));
    return Filters.parts(unknown, name -> COST_OF_LOOK_UP + Filters.encoded(name).length()).stream()
        .map(
            part ->
                HttpCall.get(
                    "/rest/companies",
                    "limit="
                        + LARGEST_PAGE
                        + "&filter="
                        + Filters.encoded(Filters.oneOf("name", part)),
                    batch))
        .toList();
  }

  /**
   * @throws BatchRefused when Twenty refused to create a company
   */
  public void learnCompanies(HttpAnswer answer) {
    if (!answer.isSuccess() && answer.call().method().equals("POST")) {
      throw refusal(answer);
    }
    JsonNode data = successful(answer).path("data");
    data.path("companies").forEach(companies::learn);
    data.path("createCompanies").forEach(companies::learn);
  }

  /** Creates the companies that a batch names and that the look-up did not find. */
  public List<HttpCall> newCompanyCalls(Batch batch) {
    List<String> missing = companies.unknownNames(names(batch));
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

  private Set<String> names(Batch batch) {
    String field = companyField();
    Set<String> names = new LinkedHashSet<>();
    for (Write write : batch.writes()) {
      if (field != null && write.values().get(field) instanceof Value.Text name) {
        names.add(name.text());
      }
    }
    return names;
  }

  // Writing

  /** Creates people by plain batches, each with an id that follows from the contact's. */
  public List<HttpCall> createCalls(Batch batch) {
    return bodies(
            batch.creations(),
            write -> {
              ObjectNode person = fragment(write, null);
              person.put("id", idOf(write.contactId()));
              return person;
            })
        .stream()
        .map(
            part ->
                HttpCall.post(
                    "/rest/batch/people",
                    null,
                    part.body().toString(),
                    new Batch(NAME, part.writes(), batch.whole())))
        .toList();
  }

  private record Part(List<Write> writes, ArrayNode body) {}

  /** Bodies that Twenty takes, by number and by size. */
  private static List<Part> bodies(List<Write> writes, Function<Write, ObjectNode> form) {
    List<Part> parts = new ArrayList<>();
    long size = 0;
    for (Write write : writes) {
      ObjectNode person = form.apply(write);
      int length = person.toString().length();
      Part last = parts.isEmpty() ? null : parts.get(parts.size() - 1);
      if (last == null || last.writes().size() == LARGEST_PAGE || size + length > LARGEST_BODY) {
        last = new Part(new ArrayList<>(), JSON.createArrayNode());
        parts.add(last);
        size = 0;
      }
      last.writes().add(write);
      last.body().add(person);
      size += length;
    }
    return parts;
  }

  /**
   * @throws BatchRefused when Twenty refused the batch: all or nothing was created
   */
  public List<Outcome> created(HttpAnswer answer) {
    List<Write> creations = answer.about(Batch.class).creations();
    if (!answer.isSuccess()) {
      BatchRefused refusal = refusal(answer);
      if (isDuplicate(answer) && creations.size() == 1) {
        return List.of(notCreated(creations.get(0)));
      }
      throw refusal;
    }
    return matched(creations, successful(answer).path("data").path("createPeople"), true);
  }

  /** Something is there already: it is read, and where it is another contact's, told to people. */
  private Outcome notCreated(Write write) {
    ObjectNode person = fragment(write, null);
    JsonNode email = person.path("emails").path("primaryEmail");
    String reason = emailOwners.otherThan(write.contactId(), email.asText(""));
    if (reason != null) {
      return new Outcome.Rejected(write, reason, true);
    }
    List<String> unique =
        uniqueFields.stream().filter(name -> !person.path(name).asText("").isEmpty()).toList();
    // Tried again behind a reading, which finds the person if it was created after all.
    return unique.isEmpty()
        ? new Outcome.ConditionFailed(write)
        : new Outcome.Taken(
            write,
            "Twenty refuses this: another person there, or in its trash, has the same "
                + String.join(" or ", unique)
                + ". Change it in one of them, or make the two one contact");
  }

  /** Reads the records that a batch changes, where what is written depends on what is there. */
  public List<HttpCall> currentCalls(Batch batch) {
    List<String> ids =
        batch.changes().stream().filter(Twenty::keepsParts).map(Write::externalId).toList();
    return Filters.parts(ids, id -> Filters.COST_OF_ID).stream()
        .map(part -> peopleCall(part, null))
        .toList();
  }

  /** Labels and secondary links, and the country of a number, are of no field and stay. */
  private static boolean keepsParts(Write write) {
    return write.values().containsKey("linkedin_url")
        || write.values().containsKey(Fields.PHONES_FIELD);
  }

  /**
   * Changes each person only if it is as last seen (rule 2).
   *
   * @param current people as they are, as far as they were read
   */
  public List<HttpCall> changeCalls(Batch batch, List<JsonNode> current) {
    return changeCalls(batch.changes(), byId(current));
  }

  private List<HttpCall> changeCalls(List<Write> writes, Map<String, JsonNode> current) {
    List<HttpCall> calls = new ArrayList<>();
    List<Write> deletions = writes.stream().filter(Twenty::deletes).toList();
    writes.stream()
        .filter(write -> !deletes(write))
        .map(write -> changeCall(write, current))
        .forEach(calls::add);
    for (List<Write> part : Filters.parts(deletions, write -> COST_OF_DELETION)) {
      List<String> any = part.stream().map(Twenty::asLastSeen).toList();
      calls.add(
          new HttpCall(
              "DELETE",
              "/rest/people",
              "soft_delete=true&filter=" + Filters.encoded(Filters.any(any)),
              Map.of(),
              null,
              new Batch(NAME, part, true)));
    }
    return calls;
  }

  /** Into the trash, from which Twenty brings back all at once; never destroyed. */
  private static boolean deletes(Write write) {
    return DELETED.equals(write.values().get(Fields.DELETED));
  }

  private static String asLastSeen(Write write) {
    return Filters.all(
        "id[eq]:" + write.externalId(),
        "updatedAt[eq]:\"" + Revision.of(write.revision()).updatedAt() + "\"");
  }

  private HttpCall changeCall(Write write, Map<String, JsonNode> current) {
    String filter =
        Filters.all(
            "id[eq]:" + write.externalId(),
            "updatedAt[eq]:\"" + Revision.of(write.revision()).updatedAt() + "\"",
            Filters.ALSO_DELETED);
    return HttpCall.patch(
        "/rest/people",
        "filter=" + Filters.encoded(filter),
        fragment(write, current.get(write.externalId())).toString(),
        new Batch(NAME, List.of(write), true));
  }

  /**
   * @throws BatchRefused when Twenty refused several at once
   */
  public List<Outcome> changed(HttpAnswer answer) {
    List<Write> writes = answer.about(Batch.class).changes();
    if (!answer.isSuccess()) {
      BatchRefused refusal = refusal(answer);
      if (writes.size() > 1) {
        throw refusal;
      }
      return List.of(refusal.outcome(writes.get(0), refusal.getMessage()));
    }
    JsonNode data = successful(answer).path("data");
    JsonNode people =
        data.has("deletePeople") ? data.get("deletePeople") : data.path("updatePeople");
    return matched(writes, people, false);
  }

  /** People who were read just before they are written without a condition. */
  private static final class JustRead {
    private List<Reread> asked = List.of();
    private final Map<String, JsonNode> people = new HashMap<>();
    private Instant at;
    private Search search = Search.NONE;

    boolean covers(List<Write> writes) {
      return writes.stream().allMatch(write -> people.containsKey(write.externalId()));
    }
  }

  /** For the record that had a batch refused. */
  private enum Search {
    NONE,
    /** Some of the batch may have arrived: it is read again. */
    TO_BEGIN,
    UNDER_WAY
  }

  /** Whether this is a part of a batch that was refused as a whole when it was written at once. */
  public boolean isSearched(Batch batch) {
    return !batch.whole() && justRead.search != Search.NONE && justRead.covers(batch.changes());
  }

  /**
   * Whom to read before these are written together: all of them; of a refused batch all of it,
   * once; and nobody for its other parts.
   */
  public List<Reread> toReadBefore(Batch batch, List<Reread> changes) {
    boolean searched = isSearched(batch);
    if (searched && justRead.search == Search.UNDER_WAY) {
      return List.of();
    }
    if (!searched) {
      justRead.asked = changes;
    }
    justRead.search = searched ? Search.UNDER_WAY : Search.NONE;
    justRead.people.clear();
    justRead.at = null;
    return justRead.asked;
  }

  /** Takes note of people as they are just before they are written. */
  public List<JsonNode> justRead(HttpAnswer answer) {
    List<JsonNode> people = people(answer);
    justRead.people.putAll(byId(people));
    Instant told = answer.date() == null ? clock.instant() : answer.date();
    justRead.at = justRead.at == null || told.isBefore(justRead.at) ? told : justRead.at;
    return people;
  }

  /**
   * Changes many people at once, without a condition: only for people just read. Those who are in
   * the trash, or go there, are changed on condition all the same: an upsert would resurrect them.
   */
  public List<HttpCall> upsertCalls(Batch batch) {
    Map<String, JsonNode> current = justRead.people;
    List<Write> together = new ArrayList<>();
    List<Write> alone = new ArrayList<>();
    for (Write write : batch.changes()) {
      JsonNode person = current.get(write.externalId());
      boolean live = person != null && !person.hasNonNull("deletedAt");
      (live && !write.touchesDeletion() ? together : alone).add(write);
    }
    List<HttpCall> calls = new ArrayList<>();
    for (Part part :
        bodies(
            together,
            write -> {
              ObjectNode person = fragment(write, current.get(write.externalId()));
              person.put("id", write.externalId());
              return person;
            })) {
      calls.add(
          HttpCall.post(
              "/rest/batch/people",
              "upsert=true",
              part.body().toString(),
              new Upsert(part.writes(), Map.copyOf(current), justRead.at)));
    }
    calls.addAll(changeCalls(alone, current));
    return calls;
  }

  /**
   * A write without a condition.
   *
   * @param before the people as they were just before, by id
   * @param readAt when that was, by Twenty's clock to the second
   */
  record Upsert(List<Write> writes, Map<String, JsonNode> before, Instant readAt) {}

  /** Companies that the witness has to name. */
  public List<HttpCall> witnessedCompanyCalls() {
    return companyCalls(witness.unnamedCompanies());
  }

  /** Reads those of whom the witness suspects that an edit was replaced. */
  public List<HttpCall> suspectCalls() {
    return Filters.parts(witness.suspects(), id -> Filters.COST_OF_ID).stream()
        .map(part -> peopleCall(part, null))
        .toList();
  }

  private static Map<String, JsonNode> byId(List<JsonNode> people) {
    Map<String, JsonNode> byId = new HashMap<>();
    people.forEach(person -> byId.put(person.path("id").asText(), person));
    return byId;
  }

  /**
   * @throws BatchRefused when Twenty refused the batch; some of it may have arrived
   */
  public List<Outcome> upserted(HttpAnswer answer) {
    if (!(answer.call().about() instanceof Upsert upsert)) {
      return changed(answer);
    }
    if (!answer.isSuccess()) {
      if (justRead.search == Search.NONE) {
        justRead.search = Search.TO_BEGIN;
      }
      throw refusal(answer);
    }
    JsonNode people = successful(answer).path("data").path("createPeople");
    witness.answered(upsert);
    Map<String, JsonNode> told = new HashMap<>();
    people.forEach(person -> told.put(person.path("id").asText(), person));
    return matched(upsert.writes(), people, false).stream()
        .map(
            outcome ->
                outcome instanceof Outcome.Applied applied
                        && isAnother(
                            upsert.before().get(applied.externalId()),
                            told.get(applied.externalId()))
                    ? new Outcome.Recreated(applied.write(), applied.revision(), applied.answer())
                    : outcome)
        .toList();
  }

  /** Whether the person had been destroyed, so that the upsert made a new one of the same id. */
  private static boolean isAnother(JsonNode before, JsonNode after) {
    return !before.path("createdAt").equals(after.path("createdAt"));
  }

  private ObjectNode fragment(Write write, JsonNode current) {
    Mapping fields = mapping();
    ObjectNode person = fields.write(write.values(), current);
    if (person.remove(COMPANY) instanceof ObjectNode company) {
      String name = company.path("name").asText("");
      person.put(COMPANY_ID, name.isEmpty() ? null : companies.idOf(name));
    }
    if (write.touchesDeletion()) {
      person.putNull(fields.deletedAtPath());
    }
    if (fields.contactIdPath() != null) {
      person.put(fields.contactIdPath(), write.contactId());
    }
    if (fields.syncMetadataPath() != null) {
      person.set(fields.syncMetadataPath(), Records.syncMetadata(write.contact(), write.bound()));
    }
    return person;
  }

  /** Answers are matched by key, never by place: updates may come before creations. */
  private List<Outcome> matched(List<Write> writes, JsonNode people, boolean creation) {
    Map<String, Write> byId = new LinkedHashMap<>();
    writes.forEach(
        write -> byId.put(creation ? idOf(write.contactId()) : write.externalId(), write));
    List<Outcome> outcomes = new ArrayList<>();
    for (JsonNode person : people) {
      String id = person.path("id").asText();
      Write write = byId.remove(id);
      if (write != null) {
        Observation answer = observation(id, employed((ObjectNode) person, write));
        outcomes.add(new Outcome.Applied(write, id, answer.revision(), answer));
      }
    }
    byId.values().forEach(write -> outcomes.add(new Outcome.ConditionFailed(write)));
    return outcomes;
  }

  /** As {@link #employed(ObjectNode, Replica)}, without any look-up: what is not known waits. */
  private Employed employed(ObjectNode person, Write write) {
    String former = Revision.of(write.revision()).companyId();
    String id = person.path(COMPANY_ID).textValue();
    if (id == null) {
      String field = companyField();
      boolean cleared = field != null && write.values().containsKey(field);
      boolean told = person.has(COMPANY_ID) && (cleared || former == null);
      return told ? unemployed(person, null) : new Employed(person, former);
    }
    Companies.Company company = companies.of(id);
    if (company != null && company.state() == Companies.State.LIVE) {
      return employed(person, company.id(), company.name());
    }
    // Not seen there as long as its name is not known: the next reading asks for it (promise 1).
    return new Employed(person, company == null ? former : id);
  }

  private Mapping mapping() {
    Mapping limited = known;
    return limited == null ? mapping : limited;
  }

  static JsonNode successful(HttpAnswer answer) {
    if (!answer.isSuccess() || answer.body() == null || !answer.body().isObject()) {
      throw HttpFailures.unreadable(NAME, answer, messageOf(answer));
    }
    return answer.body();
  }

  private BatchRefused refusal(HttpAnswer answer) {
    String message = messageOf(answer);
    if (answer.status() == BAD_REQUEST && message.contains("doesn't have any")) {
      // A field was taken away since the data model was read: nobody's record is at fault.
      askForSchemaAgain();
      throw new SystemUnavailable(
          NAME,
          SystemUnavailable.Kind.FAILING,
          "Twenty's people have lost a field that they had (HTTP 400). Its data model is read"
              + " again by itself.");
    }
    if (answer.status() == BAD_REQUEST && message.contains("foreign key")) {
      companies.forget();
    }
    BatchRefused refusal = HttpFailures.refusal(NAME, answer, message);
    return isDuplicate(answer) ? BatchRefused.taken(refusal.getMessage()) : refusal;
  }

  private static boolean isDuplicate(HttpAnswer answer) {
    return messageOf(answer).contains("duplicate entry");
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

  /**
   * The id that a person gets here, the same at every try. It has the form of a random one: Twenty
   * checks the version in places.
   */
  static String idOf(String contactId) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(("truth-forge-sync:" + contactId).getBytes(StandardCharsets.UTF_8));
      hash[6] = (byte) (hash[6] & 0x0f | 0x40);
      hash[8] = (byte) (hash[8] & 0x3f | 0x80);
      ByteBuffer bits = ByteBuffer.wrap(hash);
      return new UUID(bits.getLong(), bits.getLong()).toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  private static List<String> primaryEmail(Value emails) {
    return emails instanceof Value.Items items ? items.items().subList(0, 1) : List.of();
  }

  private static int costOf(Reread reread) {
    if (reread.replica().hasRecord()) {
      return Filters.COST_OF_ID;
    }
    int emails =
        primaryEmail(reread.contact().value(Fields.EMAILS_FIELD)).stream()
            .mapToInt(email -> Filters.encoded(email).length())
            .sum();
    return COST_OF_LOOK_UP + emails + Filters.encoded(reread.contact().id()).length();
  }

  static String iso(Instant time) {
    Instant millis = time.truncatedTo(ChronoUnit.MILLIS);
    String text = millis.toString();
    return text.contains(".") ? text : text.substring(0, text.length() - 1) + ".000Z";
  }
}
