package truthforge.sync.systems.twenty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Participants;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.Mangled;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/**
 * Whatever Twenty answers to a write, a look-up or a question about its data model: each write has
 * one outcome, a good record beside bad ones is taken for what it is, and all that is thrown is a
 * word on the system or on the batch.
 */
class TwentyAnswersProperties {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String PERSON =
      "{\"name\":{\"firstName\":\"Ada\",\"lastName\":\"Lovelace\"},"
          + "\"emails\":{\"primaryEmail\":\"ada@example.com\",\"additionalEmails\":[]},"
          + "\"phones\":{\"primaryPhoneNumber\":\"612345678\",\"primaryPhoneCountryCode\":\"FR\","
          + "\"primaryPhoneCallingCode\":\"+33\",\"additionalPhones\":[]},\"companyId\":null,"
          + "\"jobTitle\":\"Countess\",\"deletedAt\":null,"
          + "\"createdAt\":\"2026-01-01T00:00:00.000Z\",\"updatedAt\":\"2026-01-02T00:00:00.000Z\"}";
  private static final String SCHEMA =
      "{\"data\":{\"objects\":[{\"nameSingular\":\"person\",\"fields\":[{\"name\":\"name\","
          + "\"isActive\":true},{\"name\":\"contactId\",\"isActive\":true},{\"name\":\"emails\","
          + "\"isActive\":true}]}]},\"pageInfo\":{\"hasNextPage\":false,\"endCursor\":\"x\"}}";
  private static final String COMPANIES =
      "{\"data\":{\"companies\":[{\"id\":\"k\",\"name\":\"Engines\",\"deletedAt\":null}]}}";
  private static final String TIMELINE =
      "{\"data\":{\"timelineActivities\":[{\"name\":\"person.updated\",\"targetPersonId\":\"a\","
          + "\"happensAt\":\"2026-01-02T00:00:00.000Z\",\"createdAt\":\"2026-01-02T00:00:00.000Z\","
          + "\"properties\":{\"diff\":{\"jobTitle\":{\"before\":\"x\",\"after\":\"Countess\"},"
          + "\"company\":{\"before\":{\"id\":\"k\"},\"after\":null}}}}]},"
          + "\"pageInfo\":{\"hasNextPage\":false,\"endCursor\":\"x\"}}";

  private final Mapping mapping = MappingFiles.shipped("twenty");

  private Twenty twenty() {
    return new Twenty(
        mapping,
        new Participants(List.of(mapping)),
        ids -> Map.of(),
        List::of,
        Duration.ZERO,
        Clock.systemUTC());
  }

  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void a_write_has_one_outcome_whatever_is_answered(@ForAll long seed) {
    writes(seed);
  }

  @Property(tries = 100_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void a_write_has_one_outcome_whatever_is_answered_for_long(@ForAll long seed) {
    writes(seed);
  }

  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void what_is_looked_up_is_understood_or_refused(@ForAll long seed) {
    lookUps(seed);
  }

  @Property(tries = 100_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void what_is_looked_up_is_understood_or_refused_for_long(@ForAll long seed) {
    lookUps(seed);
  }

  private static Write write(String contactId, String externalId) {
    return new Write(
        "w",
        "twenty",
        Contact.blank(contactId),
        externalId,
        externalId == null ? null : "2026-01-01T00:00:00.000Z",
        Map.of("job_title", new Value.Text("Countess")),
        1);
  }

  private static ObjectNode person(String id, String contactId) {
    ObjectNode person = (ObjectNode) Mangled.read(PERSON);
    return person.put("id", id).put("contactId", contactId);
  }

  private void writes(long seed) {
    Batch creations = new Batch("twenty", List.of(write("c-1", null), write("c-2", null)), true);
    good(
        creations,
        "createPeople",
        person(Twenty.idOf("c-1"), "c-1"),
        person(Twenty.idOf("c-2"), "c-2"),
        seed);
    Batch changes = new Batch("twenty", List.of(write("c-1", "a"), write("c-2", "b")), true);
    good(changes, "updatePeople", person("a", "c-1"), person("b", "c-2"), seed);
    Twenty.Upsert upsert =
        new Twenty.Upsert(
            changes.writes(),
            Map.of("a", person("a", "c-1"), "b", person("b", "c-2")),
            Instant.parse("2026-01-02T00:00:00Z"));
    Twenty twenty = twenty();
    twenty.witness().watch(List.of(about(upsert)));
    byAWordAlone(
        changes,
        () ->
            twenty.upserted(
                anything(
                    upsert, answer("createPeople", person("a", "c-1"), person("b", "c-2")), seed)));
    twenty.witness().begin();
    for (int page = 0; page < 5 && twenty.witness().asks(); page++) {
      JsonNode body = new Mangled(seed + page).tree(Mangled.read(TIMELINE));
      HttpCall call = twenty.witness().nextCall();
      byAWordAlone(() -> twenty.witness().learn(new HttpAnswer(call, 200, body, null, null)));
    }
  }

  @Example
  void a_timeline_that_names_its_own_page_as_the_next_is_asked_once() {
    Twenty twenty = twenty();
    ObjectNode before = person("a", "c-1");
    Twenty.Upsert upsert =
        new Twenty.Upsert(List.of(write("c-1", "a")), Map.of("a", before), Instant.EPOCH);
    twenty.witness().watch(List.of(about(upsert)));
    twenty.upserted(new HttpAnswer(about(upsert), 201, answer("createPeople", before), null, null));
    JsonNode again =
        Mangled.read(TIMELINE.replace("\"hasNextPage\":false", "\"hasNextPage\":true"));
    twenty.witness().begin();
    int asked = 0;
    while (twenty.witness().asks() && asked < 10) {
      twenty.witness().learn(new HttpAnswer(twenty.witness().nextCall(), 200, again, null, null));
      asked++;
    }

    assertThat(asked).isEqualTo(2);
  }

  @Example
  void a_page_that_leads_to_itself_ends_the_reading() {
    Twenty twenty = twenty();
    ObjectNode page = answer("people", person("a", "c-1"));
    page.putObject("pageInfo").put("hasNextPage", true).put("endCursor", "x");
    Reading reading =
        new Reading(
            Cursor.none("twenty"), Walk.from(Cursor.none("twenty")), Reading.Purpose.CHANGES);
    twenty.page(new HttpAnswer(HttpCall.get("/rest/people", null, reading), 200, page, null, null));

    assertThatThrownBy(
            () ->
                twenty.page(
                    new HttpAnswer(
                        HttpCall.get("/rest/people", null, reading), 200, page, null, null)))
        .isInstanceOf(SystemUnavailable.class)
        .hasMessageContaining("next page");
  }

  @Example
  void an_answer_without_people_is_none_and_not_that_all_are_gone() {
    assertThatThrownBy(
            () ->
                twenty()
                    .found(
                        new HttpAnswer(
                            about(null), 200, Mangled.read("{\"data\":{}}"), null, null)))
        .isInstanceOf(SystemUnavailable.class);
  }

  /** The first is mangled, the second is good; and the whole of it mangled. */
  private void good(Batch batch, String name, ObjectNode first, ObjectNode second, long seed) {
    Twenty twenty = twenty();
    ObjectNode body = answer(name, new Mangled(seed).tree(first), second);
    List<Outcome> outcomes = outcomes(twenty, new HttpAnswer(about(batch), 201, body, null, null));
    assertThat(outcomes)
        .filteredOn(Outcome.Applied.class::isInstance)
        .extracting(outcome -> ((Outcome.Applied) outcome).write())
        .contains(batch.writes().get(1));
    assertThat(outcomes).hasSize(2);
    byAWordAlone(
        batch,
        () -> outcomes(twenty, anything(batch, answer(name, first.deepCopy(), second), seed)));
  }

  private static List<Outcome> outcomes(Twenty twenty, HttpAnswer answer) {
    return answer.about(Batch.class).creations().isEmpty()
        ? twenty.changed(answer)
        : twenty.created(answer);
  }

  private static ObjectNode answer(String name, JsonNode... people) {
    ObjectNode body = JSON.objectNode();
    ArrayNode list = body.putObject("data").putArray(name);
    for (JsonNode person : people) {
      list.add(person);
    }
    return body;
  }

  private static HttpCall about(Object about) {
    return HttpCall.post("/rest/batch/people", null, "[]", about);
  }

  private static HttpAnswer anything(Object about, JsonNode good, long seed) {
    Mangled mangled = new Mangled(seed);
    int status = mangled.below(2) == 0 ? 200 + mangled.below(5) : 100 + mangled.below(500);
    JsonNode body = mangled.below(10) == 0 ? null : mangled.tree(good);
    return new HttpAnswer(about(about), status, body, null, null);
  }

  private void lookUps(long seed) {
    Mangled mangled = new Mangled(seed);
    Twenty twenty = twenty();
    byAWordAlone(() -> twenty.learnSchema(anything(null, Mangled.read(SCHEMA), seed)));
    HttpAnswer companies =
        anything(new Twenty.Ids(List.of("k", "l")), Mangled.read(COMPANIES), seed);
    byAWordAlone(() -> twenty.learnEmployers(companies));
    byAWordAlone(() -> twenty.learnCompanies(companies));
    ObjectNode people = answer("people", mangled.tree(person("a", "c-1")));
    byAWordAlone(() -> twenty.employerCalls(anything(null, people, seed)));
    byAWordAlone(
        () ->
            twenty.sightings(twenty.people(new HttpAnswer(about(null), 200, people, null, null))));
  }

  private static void byAWordAlone(Batch batch, Supplier<List<Outcome>> writing) {
    byAWordAlone(() -> assertThat(writing.get()).hasSize(batch.size()));
  }

  private static void byAWordAlone(Runnable reading) {
    try {
      reading.run();
    } catch (SystemUnavailable | BatchRefused word) {
      assertThat(word).hasMessageNotContaining("ada@example.com");
    }
  }
}
