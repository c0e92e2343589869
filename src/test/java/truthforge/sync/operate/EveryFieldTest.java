package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.sandbox.StandInRequest;

/**
 * In each system people change, and later clear, every field, each of a contact of its own; and
 * delete contacts, and restore them. One cycle after each, all the others hold it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryFieldTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Besides the contacts that are edited. */
  private static final int BYSTANDERS = 60;

  private static final Map<String, String> CHANGED =
      Map.ofEntries(
          Map.entry("first_name", "\"Zoë \\\"Zo\\\" O'Hara\""),
          Map.entry("middle_name", "\"d'Été \\\\ %s ${x} @y\""),
          Map.entry("last_name", "\"Łukasiewicz-Ñandú 山田 👩‍👩‍👧\""),
          Map.entry("nickname", "\"null\""),
          Map.entry("name_suffix", "\"Jr., PhD; (ret.)\""),
          Map.entry("title", "\"Доктор\""),
          Map.entry("canonical_name", "\"Zoë of the “Quotes”\""),
          Map.entry("organization", "\"Müller & Söhne (EMEA), \\\"GmbH\\\" [50%]\""),
          Map.entry("job_title", "\"VP (EMEA), \\\"Ops\\\" — R&D + 1\""),
          Map.entry("department", "\"営業部; drop table x --\""),
          Map.entry("is_business", "true"),
          Map.entry(
              "emails",
              "[\"new+tag@example.com\",\"o'brien@example.org\",\"zoe@xn--mller-kva.example\"]"),
          Map.entry("phones", "[\"+33612345678\",\"+442079460018\",\"+14155552671\"]"),
          Map.entry("linkedin_url", "\"https://www.linkedin.com/in/zo%C3%AB-o-hara?x=1&y=2\""),
          Map.entry(
              "social_profiles",
              "{\"mastodon\":{\"url\":\"https://example.social/@zoë\",\"since\":2019.5},\"x\":null}"),
          Map.entry("category_code", "\"C\""),
          Map.entry("subcategory_code", "\"C12\""),
          Map.entry("relationship_category", "\"friend, \\\"close\\\"\""),
          Map.entry("notes", JSON.getNodeFactory().textNode(longText()).toString()),
          Map.entry("birthday", "\"2000-02-29\""),
          Map.entry("is_me", "true"),
          Map.entry(
              "llm_context",
              "{\"a\":{\"b\":[1,2.5,1e3,\"€\",null,{\"c\":[]}]},\"big\":9007199254740993,\"d\":false}"),
          Map.entry(
              "communication_stats",
              "{\"sent\":12,\"ratio\":0.1,\"last\":\"2026-01-01T00:00:00Z\"}"),
          Map.entry(
              "social_network", "{\"knows\":[\"O'Hara\",\"\\\"Bob\\\"\"],\"emoji 👍\":\"\\n\\t\"}"),
          Map.entry("ai_insights", "{\"score\":-0.0001,\"\":\"an empty key\"}"),
          Map.entry("recommendations", "{\"next\":[{\"what\":\"call\",\"when\":null}]}"));

  @TempDir static Path folder;
  private World world;
  private Desks desks;
  private List<String> fields;

  private final Map<String, Map<String, Map<String, Value>>> afterChanges = new LinkedHashMap<>();
  private final Map<String, Map<String, Map<String, Value>>> afterClearing = new LinkedHashMap<>();
  private final Map<String, Map<String, Boolean>> deleted = new LinkedHashMap<>();
  private final Map<String, Map<String, Boolean>> restored = new LinkedHashMap<>();
  private final List<Quiet> quiet = new ArrayList<>();

  /** What a cycle did that had nothing to do. */
  private record Quiet(
      List<StandInRequest> writes,
      Map<String, Counters> counters,
      Map<String, List<ObjectNode>> before,
      Map<String, List<ObjectNode>> after) {}

  private static String longText() {
    return ("Long, with 'quotes', \"more\", accents é à ü, emoji 🎉 and\nnew lines.\n\n"
            .repeat(150))
        .strip();
  }

  @BeforeAll
  void people_change_and_clear_everything() throws Exception {
    world = new World(folder, World.ALL);
    desks = new Desks(world);
    fields =
        world.mappings.fields().all().stream()
            .filter(field -> !field.isDerived())
            .map(Field::name)
            .toList();
    int number = 0;
    for (String system : World.ALL) {
      for (String field : fields) {
        desks.of("bigquery").add(person(contact(system, field), number++));
      }
      desks.of("bigquery").add(person(contact(system, Fields.DELETED), number++));
    }
    for (int i = 0; i < BYSTANDERS; i++) {
      desks.of("bigquery").add(person("bystander-" + i, number++));
    }
    assertThat(world.init().verified()).isTrue();

    editAll(CHANGED);
    for (String system : World.ALL) {
      desks.of(system).delete(desks.id(system, contact(system, Fields.DELETED)));
    }
    world.engine.runCycle();
    snapshot(afterChanges, deleted);
    quiet.add(quietCycle());

    editAll(Map.of());
    for (String system : World.ALL) {
      desks.of(system).restore(desks.id(system, contact(system, Fields.DELETED)));
    }
    world.engine.runCycle();
    snapshot(afterClearing, restored);
    quiet.add(quietCycle());
  }

  @AfterAll
  void close() {
    world.close();
  }

  private static String contact(String system, String field) {
    return system + "-" + field;
  }

  /** Somebody with something in every field. */
  private static Map<String, JsonNode> person(String contactId, int number) {
    Map<String, JsonNode> person = new LinkedHashMap<>();
    person.put("contact_id", read("\"" + contactId + "\""));
    for (String text :
        List.of("first_name", "middle_name", "last_name", "nickname", "department", "notes")) {
      person.put(text, read("\"" + text + " " + number + "\""));
    }
    person.put("name_suffix", read("\"Sr.\""));
    person.put("title", read("\"Dr.\""));
    person.put("organization", read("\"Firm " + number % 7 + "\""));
    person.put("job_title", read("\"Engineer\""));
    person.put("is_business", read("false"));
    person.put("emails", read("[\"p" + number + "@example.com\",\"p" + number + "@example.net\"]"));
    person.put("phones", read("[\"+3361200%04d\"]".formatted(number)));
    person.put("linkedin_url", read("\"https://www.linkedin.com/in/p" + number + "\""));
    person.put("category_code", read("\"A\""));
    person.put("subcategory_code", read("\"A1\""));
    person.put("relationship_category", read("\"colleague\""));
    person.put("birthday", read("\"1815-12-10\""));
    person.put("is_me", read("false"));
    for (String document :
        List.of(
            "social_profiles",
            "llm_context",
            "communication_stats",
            "social_network",
            "ai_insights",
            "recommendations")) {
      person.put(document, read("{\"kept\":{\"n\":" + number + "},\"changed\":[1,2]}"));
    }
    return person;
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** In each system each field of the contact that is there for it; what is missing is cleared. */
  private void editAll(Map<String, String> values) {
    for (String system : World.ALL) {
      Map<String, String> ids = desks.ids(system);
      for (String field : fields) {
        String value = values.get(field);
        desks
            .of(system)
            .edit(
                ids.get(contact(system, field)),
                field,
                value == null ? NullNode.getInstance() : unique(field, system, read(value)));
      }
    }
  }

  /** By an email or a phone number contacts are known. */
  private static JsonNode unique(String field, String system, JsonNode value) {
    int number = List.of(World.ALL).indexOf(system);
    return switch (field) {
      case "emails" -> read(value.toString().replace("@", number + "@"));
      case "phones" -> read(value.toString().replaceAll("\\d\"", number + "\""));
      default -> value;
    };
  }

  private void snapshot(
      Map<String, Map<String, Map<String, Value>>> contacts,
      Map<String, Map<String, Boolean>> deletions) {
    for (String system : World.ALL) {
      contacts.put(system, desks.contacts(system));
      Map<String, Boolean> here = new LinkedHashMap<>();
      for (String origin : World.ALL) {
        here.put(origin, desks.isDeleted(system, contact(origin, Fields.DELETED)));
      }
      deletions.put(system, here);
    }
  }

  private Quiet quietCycle() {
    Map<String, List<ObjectNode>> before = desks.everything();
    world.writes.clear();
    world.engine.runCycle();
    return new Quiet(
        List.copyOf(world.writes),
        world.engine.cycle().last().systems(),
        before,
        desks.everything());
  }

  Stream<Arguments> everyFieldOfEachSystem() {
    return Stream.of(World.ALL)
        .flatMap(system -> fields.stream().map(field -> Arguments.of(system, field)));
  }

  static Stream<String> systems() {
    return Stream.of(World.ALL);
  }

  @ParameterizedTest(name = "{1} changed in {0}")
  @MethodSource("everyFieldOfEachSystem")
  void a_change_arrives_everywhere_in_one_cycle(String system, String field) {
    JsonNode value = unique(field, system, read(CHANGED.get(field)));
    Value edited = world.mappings.fields().get(field).type().normalise(value);

    for (String other : World.ALL) {
      assertThat(afterChanges.get(other).get(contact(system, field)).get(field))
          .as(other)
          .isEqualTo(world.mappings.of(other).held(field, edited));
    }
  }

  @ParameterizedTest(name = "{1} cleared in {0}")
  @MethodSource("everyFieldOfEachSystem")
  void a_cleared_field_is_clear_everywhere_after_one_cycle(String system, String field) {
    Value cleared = cleared(system, field);

    for (String other : World.ALL) {
      assertThat(afterClearing.get(other).get(contact(system, field)).get(field))
          .as(other)
          .isEqualTo(world.mappings.of(other).held(field, cleared));
    }
  }

  private Value cleared(String system, String field) {
    boolean neverEmpty =
        system.equals("twenty") && world.mappings.fields().get(field).type().name().equals("FLAG");
    if (neverEmpty) {
      return new Value.Flag(false);
    }
    if (field.equals(Fields.CANONICAL_NAME)) {
      // Follows from the names again.
      int number = List.of(World.ALL).indexOf(system) * (fields.size() + 1) + fields.indexOf(field);
      return new Value.Text(
          "first_name " + number + " middle_name " + number + " last_name " + number + " Sr.");
    }
    return Value.EMPTY;
  }

  @ParameterizedTest
  @MethodSource("systems")
  void a_deletion_arrives_everywhere_in_one_cycle(String system) {
    for (String other : World.ALL) {
      assertThat(deleted.get(other).get(system)).as(other).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("systems")
  void a_restored_contact_is_live_everywhere_after_one_cycle(String system) {
    for (String other : World.ALL) {
      assertThat(restored.get(other).get(system)).as(other).isFalse();
    }
  }

  @Test
  void nothing_but_what_was_edited_has_changed() {
    desks.allHoldTheSame();
    for (int i = 0; i < BYSTANDERS; i++) {
      String id = "bystander-" + i;
      assertThat(afterClearing.get("twenty").get(id)).isEqualTo(afterChanges.get("twenty").get(id));
    }
  }

  @Test
  void a_second_cycle_makes_no_write_call_anywhere() {
    assertThat(quiet).allSatisfy(cycle -> assertThat(cycle.writes()).isEmpty());
  }

  @Test
  void a_second_cycle_sends_nothing() {
    assertThat(quiet)
        .allSatisfy(
            cycle ->
                assertThat(cycle.counters().values())
                    .allSatisfy(counters -> assertThat(counters.sent()).isZero()));
  }

  @Test
  void a_second_cycle_leaves_every_record_as_it_is() {
    assertThat(quiet).allSatisfy(cycle -> assertThat(cycle.after()).isEqualTo(cycle.before()));
  }
}
