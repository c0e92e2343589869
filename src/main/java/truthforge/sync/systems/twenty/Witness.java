package truthforge.sync.systems.twenty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Overwritten;
import truthforge.sync.flow.Witnessed;
import truthforge.sync.ledger.Watch;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/**
 * Finds out from Twenty's timeline what a write without a condition replaced: people are read just
 * before, but one may be edited in between (promise 1).
 *
 * <p>The timeline tells of each update the former and the new value of fields that are no
 * composites, and of deletions (recorded with 2.19). It is written by a worker afterwards, within a
 * second as a rule, so people are asked about a second after they were written, or at the end of
 * the pass, and who is not told of then in the next passes. Within ten minutes Twenty adds updates
 * of one author to an entry that is there (read in its source): the former value is the writes' own
 * only in a new entry.
 */
public final class Witness {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  /** Most have one entry, and an answer holds 200; what it does not hold is on its next page. */
  private static final int PEOPLE_A_CALL = 200;

  private static final int MOST_WATCHED = 10_000;

  /**
   * In what is noted of a write: the id of the company that it named, since nobody looks companies
   * up by name after a restart. No property of a person has such a name.
   */
  private static final String COMPANY_SENT = "company sent";

  private static final int MOST_ASKED = 3;

  /** After this the worker has told of a write, as a rule. */
  private static final Duration SETTLED = Duration.ofSeconds(1);

  private final Supplier<Mapping> mapping;
  private final Companies companies;
  private final Supplier<List<Watch>> noted;
  private final Clock clock;
  private final Map<String, Watched> watched = new LinkedHashMap<>();
  private boolean knowsTheNoted;
  private final Deque<HttpCall> calls = new ArrayDeque<>();
  private final List<Suspicion> suspicions = new ArrayList<>();

  private static final class Watched {
    private final Watch write;
    private final JsonNode before;
    private Instant writtenAt;
    private int asked;

    /** Whether the last time that it was asked about was late enough to be told of. */
    private boolean settled;

    private boolean told;

    Watched(Watch write) {
      this.write = write;
      before = parsed(write.was());
      writtenAt = write.writtenAt();
    }

    /** Null where it named none. */
    String companySent() {
      return before.path(COMPANY_SENT).textValue();
    }

    Value written(String field) {
      FieldState state = write.written().get(field);
      return state == null ? null : state.value();
    }
  }

  /**
   * A value that nobody had seen.
   *
   * @param value null where it is a company that has yet to be looked up
   */
  private record Suspicion(
      String personId, Watched watched, String field, Value value, String companyId, Instant at) {}

  /**
   * @param noted the writes of which the timeline had not told when the process ended
   */
  Witness(
      Supplier<Mapping> mapping, Companies companies, Supplier<List<Watch>> noted, Clock clock) {
    this.mapping = mapping;
    this.companies = companies;
    this.noted = noted;
    this.clock = clock;
  }

  /**
   * From now on it is asked what these calls replace, should they write without a condition: also
   * where their answer is lost.
   *
   * @return to be noted before they are sent
   */
  public synchronized List<Watch> watch(List<HttpCall> calls) {
    List<Watch> watches = new ArrayList<>();
    Instant now = clock.instant();
    for (HttpCall call : calls) {
      if (call.about() instanceof Twenty.Upsert upsert) {
        for (Write write : upsert.writes()) {
          JsonNode before = upsert.before().get(write.externalId());
          watches.add(
              new Watch(
                  write.contactId(),
                  write.externalId(),
                  written(write),
                  text(touched(write, before)),
                  upsert.readAt(),
                  now));
        }
      }
    }
    watches =
        watches.subList(0, Math.max(0, Math.min(watches.size(), MOST_WATCHED - watched.size())));
    watches.forEach(write -> watched.put(write.externalId(), new Watched(write)));
    return List.copyOf(watches);
  }

  private static Map<String, FieldState> written(Write write) {
    Map<String, FieldState> written = new LinkedHashMap<>();
    write
        .values()
        .forEach(
            (field, value) -> {
              FieldState said = write.contact().fields().get(field);
              written.put(
                  field,
                  said == null
                      ? new FieldState(value, write.bound(), null, null)
                      : new FieldState(value, said.version(), said.at(), said.by()));
            });
    return written;
  }

  /** What a record held where a write touches it. */
  private JsonNode touched(Write write, JsonNode before) {
    ObjectNode touched = JsonNodeFactory.instance.objectNode();
    for (String field : write.values().keySet()) {
      var entry = mapping.get().entry(field);
      if (entry != null && before.has(entry.topLevelProperty())) {
        touched.set(entry.topLevelProperty(), before.get(entry.topLevelProperty()));
      }
    }
    touched.set(Twenty.COMPANY_ID, before.path(Twenty.COMPANY_ID));
    String field = Twenty.companyField(mapping.get());
    if (field != null && write.values().get(field) instanceof Value.Text name) {
      touched.put(COMPANY_SENT, companies.idOf(name.text()));
    }
    return touched;
  }

  /** Lone surrogates survive as escapes. */
  private static String text(JsonNode json) {
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parsed(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins the second after which the timeline tells. */
  synchronized void answered(Twenty.Upsert upsert) {
    Instant now = clock.instant();
    for (Write write : upsert.writes()) {
      Watched one = watched.get(write.externalId());
      if (one != null) {
        one.writtenAt = now;
      }
    }
  }

  /** Whether there are people of whom the timeline has not told yet. */
  public synchronized boolean waits() {
    return !watched.isEmpty();
  }

  /** Begins to ask about all who are watched. */
  public synchronized void begin() {
    if (!knowsTheNoted) {
      noted.get().forEach(write -> watched.putIfAbsent(write.externalId(), new Watched(write)));
      knowsTheNoted = true;
    }
    ask(List.copyOf(watched.keySet()));
  }

  /** Begins to ask about those whom a full call can tell of: in a backlog, a call a batch. */
  public synchronized void beginWithSettled() {
    Instant settled = clock.instant().minus(SETTLED);
    List<String> ids = new ArrayList<>();
    watched.forEach(
        (id, one) -> {
          if (one.asked == 0 && !one.writtenAt.isAfter(settled)) {
            ids.add(id);
          }
        });
    ask(ids.subList(0, ids.size() - ids.size() % PEOPLE_A_CALL));
  }

  private void ask(List<String> ids) {
    calls.clear();
    suspicions.clear();
    for (int from = 0; from < ids.size(); from += PEOPLE_A_CALL) {
      calls.add(call(ids.subList(from, Math.min(ids.size(), from + PEOPLE_A_CALL)), null));
    }
    Instant settled = clock.instant().minus(SETTLED);
    for (String id : ids) {
      Watched one = watched.get(id);
      one.asked++;
      one.settled = !one.writtenAt.isAfter(settled);
    }
  }

  private HttpCall call(List<String> ids, String after) {
    Instant since =
        ids.stream()
            .map(id -> watched.get(id).write.readAt())
            .min(Instant::compareTo)
            .orElseThrow();
    String filter =
        Filters.all(
            "targetPersonId[in]:[" + String.join(",", ids) + "]",
            "name[in]:[\"person.updated\",\"person.deleted\"]",
            "updatedAt[gte]:\"" + Twenty.iso(since) + "\"");
    return HttpCall.get(
        "/rest/timelineActivities",
        "limit="
            + Twenty.LARGEST_PAGE
            + "&filter="
            + Filters.encoded(filter)
            + (after == null ? "" : "&starting_after=" + Filters.encoded(after)),
        new Twenty.Ids(List.copyOf(ids)));
  }

  public synchronized boolean asks() {
    return !calls.isEmpty();
  }

  public synchronized HttpCall nextCall() {
    return calls.poll();
  }

  /** Takes in a page of the timeline. */
  public synchronized void learn(HttpAnswer answer) {
    JsonNode body = Twenty.successful(answer);
    for (JsonNode entry : body.path("data").path("timelineActivities")) {
      Watched person = watched.get(entry.path("targetPersonId").asText());
      if (person != null) {
        learn(entry.path("targetPersonId").asText(), person, entry);
      }
    }
    JsonNode page = body.path("pageInfo");
    String after = page.path("endCursor").textValue();
    if (page.path("hasNextPage").asBoolean() && after != null) {
      HttpCall next = call(answer.about(Twenty.Ids.class).ids(), after);
      // Whoever names the same page again would be asked for ever.
      if (!next.query().equals(answer.call().query())) {
        calls.addFirst(next);
      }
    }
  }

  private void learn(String id, Watched person, JsonNode entry) {
    Instant at = Records.instant(entry, "happensAt");
    if (entry.path("name").asText().equals("person.deleted")) {
      suspect(new Suspicion(id, person, Fields.DELETED, new Value.Flag(true), null, at));
      return;
    }
    Instant created = Records.instant(entry, "createdAt");
    boolean fresh = created != null && !created.isBefore(person.write.readAt());
    JsonNode diff = entry.path("properties").path("diff");
    if (fresh && diff.path("deletedAt").path("before").isTextual()) {
      suspect(new Suspicion(id, person, Fields.DELETED, new Value.Flag(true), null, at));
    }
    for (Map.Entry<String, JsonNode> property : diff.properties()) {
      JsonNode before = property.getValue().path("before");
      JsonNode after = property.getValue().path("after");
      if (property.getKey().equals("company")) {
        learnCompany(id, person, before.path("id"), after.path("id"), fresh, at);
      } else {
        learn(id, person, property.getKey(), before, after, fresh, at);
      }
    }
  }

  private void learn(
      String id,
      Watched person,
      String property,
      JsonNode before,
      JsonNode after,
      boolean fresh,
      Instant at) {
    Map<String, Value> read = mapping.get().read(person.before);
    Map<String, Value> wasThere = mapping.get().read(record(property, before));
    Map<String, Value> isThere = mapping.get().read(record(property, after));
    isThere.forEach(
        (field, value) -> {
          Value written = person.written(field);
          if (written == null) {
            return;
          }
          Value sent = mapping.get().held(field, written);
          boolean ours = value.equals(sent);
          person.told |= ours;
          Value other = ours ? wasThere.get(field) : value;
          boolean unseen = !other.equals(sent) && !other.equals(read.get(field));
          if (unseen && (!ours || fresh)) {
            suspect(new Suspicion(id, person, field, other, null, at));
          }
        });
  }

  private static ObjectNode record(String property, JsonNode value) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    record.set(property, value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value);
    return record;
  }

  private void learnCompany(
      String id, Watched person, JsonNode before, JsonNode after, boolean fresh, Instant at) {
    String field = Twenty.companyField(mapping.get());
    Value written = field == null ? null : person.written(field);
    if (written == null) {
      return;
    }
    String sent = person.companySent();
    String read = person.before.path("companyId").textValue();
    boolean ours = after.isTextual() ? after.textValue().equals(sent) : sent == null;
    person.told |= ours;
    String other = ours ? before.textValue() : after.textValue();
    boolean unseen = !Objects.equals(other, sent) && !Objects.equals(other, read);
    if (unseen && (!ours || fresh)) {
      suspect(new Suspicion(id, person, field, other == null ? Value.EMPTY : null, other, at));
    }
  }

  private void suspect(Suspicion suspicion) {
    boolean known =
        suspicions.stream()
            .anyMatch(
                other ->
                    other.personId().equals(suspicion.personId())
                        && other.field().equals(suspicion.field())
                        && Objects.equals(other.value(), suspicion.value())
                        && Objects.equals(other.companyId(), suspicion.companyId()));
    if (!known) {
      suspicions.add(suspicion);
    }
  }

  /** People to be read to tell what was replaced from what came later; empty where none are. */
  public synchronized Collection<String> suspects() {
    Set<String> ids = new LinkedHashSet<>();
    suspicions.forEach(suspicion -> ids.add(suspicion.personId()));
    return ids;
  }

  /** Companies that must be looked up to be named. */
  synchronized Collection<String> unnamedCompanies() {
    Set<String> ids = new LinkedHashSet<>();
    suspicions.stream()
        .filter(suspicion -> suspicion.companyId() != null)
        .forEach(suspicion -> ids.add(suspicion.companyId()));
    return companies.unknownIds(ids);
  }

  /**
   * What was replaced: a value that nobody had seen, and that the record does not show now. What it
   * shows was edited later, and is observed as any edit.
   *
   * @param now the suspects as they are
   */
  public synchronized Witnessed conclude(List<JsonNode> now) {
    Map<String, JsonNode> people = new HashMap<>();
    now.forEach(person -> people.put(person.path("id").asText(), person));
    List<Overwritten> overwritten = new ArrayList<>();
    for (Suspicion suspicion : suspicions) {
      JsonNode person = people.get(suspicion.personId());
      if (person != null && shows(person, suspicion)) {
        suspicion.watched().told = true;
        Watch write = suspicion.watched().write;
        overwritten.add(
            new Overwritten(
                write.contactId(),
                suspicion.field(),
                write.written().get(suspicion.field()),
                value(suspicion),
                suspicion.at()));
      }
    }
    suspicions.clear();
    List<String> done = new ArrayList<>();
    watched.forEach(
        (id, one) -> {
          if (one.told || one.asked >= MOST_ASKED || tellsNothing(one)) {
            done.add(id);
          }
        });
    done.forEach(watched::remove);
    return new Witnessed(overwritten, done);
  }

  private Value value(Suspicion suspicion) {
    if (suspicion.value() != null) {
      return suspicion.value();
    }
    Companies.Company company = companies.of(suspicion.companyId());
    String name = company == null || company.name() == null ? "" : company.name();
    return Value.ofText(name.isEmpty() ? suspicion.companyId() : name);
  }

  /** Whether the record holds what was written, in the field in which something else was. */
  private boolean shows(JsonNode person, Suspicion suspicion) {
    if (suspicion.field().equals(Fields.DELETED)) {
      return !person.hasNonNull("deletedAt");
    }
    Value written = suspicion.watched().written(suspicion.field());
    if (suspicion.field().equals(Twenty.companyField(mapping.get()))) {
      String sent = suspicion.watched().companySent();
      return Objects.equals(person.path("companyId").textValue(), sent);
    }
    Value there = mapping.get().read(person).get(suspicion.field());
    return mapping.get().held(suspicion.field(), written).equals(there);
  }

  /**
   * Composites alone leave no entry, and nobody edits a contact's id: then a look that was not too
   * early is enough.
   */
  private boolean tellsNothing(Watched one) {
    Map<String, Value> read = mapping.get().read(one.before);
    boolean leavesAnEntry =
        one.write.written().entrySet().stream()
            .anyMatch(
                field -> {
                  var entry = mapping.get().entry(field.getKey());
                  return entry != null
                      && read.containsKey(field.getKey())
                      && entry.path().equals(entry.topLevelProperty())
                      && !one.before.path(entry.path()).isObject()
                      && !mapping
                          .get()
                          .held(field.getKey(), field.getValue().value())
                          .equals(read.get(field.getKey()));
                });
    String field = Twenty.companyField(mapping.get());
    boolean changesCompany =
        field != null
            && one.written(field) != null
            && !Objects.equals(one.companySent(), one.before.path(Twenty.COMPANY_ID).textValue());
    return !leavesAnEntry && !changesCompany && (one.settled || one.asked >= MOST_ASKED - 1);
  }
}
