package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
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
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;

/**
 * Two people edit one contact in two systems between two cycles: each pair of edits befalls a
 * contact of its own, and all of them the same cycle.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConflictTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ALWAYS_SUPABASE = "nickname";
  private static final String UP_TO_A_PERSON = "department";
  private static final String LONG =
      "The “earlier” of two, with 'quotes' and 🎉.\n".repeat(100).strip();

  @TempDir static Path folder;
  private World world;
  private Desks desks;
  private final Map<String, Map<String, String>> ids = new LinkedHashMap<>();
  private final Map<String, Map<String, ObjectNode>> records = new LinkedHashMap<>();

  /** What is done to a contact of its own, one after the other. */
  private record Story(String name, Edit first, Edit second) {
    /** The contact that it is done to. */
    String contact() {
      return name + " " + first.system() + " " + second.system();
    }
  }

  /**
   * @param field {@code deleted} for a deletion
   */
  private record Edit(String system, String field, JsonNode value) {}

  private static Edit edit(String system, String field, JsonNode value) {
    return new Edit(system, field, value);
  }

  private static Edit edit(String system, String field, String value) {
    return new Edit(system, field, JSON.getNodeFactory().textNode(value));
  }

  private static Edit delete(String system) {
    return new Edit(system, Fields.DELETED, null);
  }

  private static List<Story> stories() {
    List<Story> all = new ArrayList<>();
    for (String a : World.ALL) {
      for (String b : World.ALL) {
        if (!a.equals(b)) {
          all.add(
              new Story(
                  "different fields",
                  edit(a, "job_title", "Head of " + a),
                  edit(b, "notes", "seen in " + b)));
          all.add(new Story("same field", edit(a, "notes", LONG), edit(b, "notes", "the later")));
          all.add(
              new Story(
                  "same edit", edit(a, "job_title", "Director"), edit(b, "job_title", "Director")));
          all.add(
              new Story(
                  "lists",
                  edit(a, "emails", json("['first@x','second@x','added@x']")),
                  edit(b, "emails", json("['first@x']"))));
          all.add(
              new Story(
                  "documents",
                  edit(a, "llm_context", json("{'tone':'warm','facts':{'pets':1,'kids':2}}")),
                  edit(b, "llm_context", json("{'tone':'formal','facts':{'pets':3},'new':[1]}"))));
          all.add(new Story("deleted, edited", delete(a), edit(b, "notes", "still wanted")));
          all.add(new Story("edited, deleted", edit(a, "notes", "still wanted"), delete(b)));
        }
      }
    }
    all.add(
        new Story(
            "same key",
            edit("local", "llm_context", json("{'tone':'warm','facts':{'pets':1,'kids':2}}")),
            edit("twenty", "llm_context", json("{'tone':'curt','facts':{'pets':1,'kids':2}}"))));
    for (String other : List.of("bigquery", "twenty", "local")) {
      all.add(
          new Story(
              "preferred",
              edit("supabase", ALWAYS_SUPABASE, "preferred"),
              edit(other, ALWAYS_SUPABASE, "later")));
    }
    all.add(MANUAL);
    return all;
  }

  private static final Story MANUAL =
      new Story(
          "manual",
          edit("twenty", UP_TO_A_PERSON, "Research"),
          edit("local", UP_TO_A_PERSON, "Development"));

  private static Story story(String name, String first, String second) {
    return stories().stream()
        .filter(story -> story.contact().equals(name + " " + first + " " + second))
        .findFirst()
        .orElseThrow();
  }

  @BeforeAll
  void two_people_edit_each_contact() throws Exception {
    world = new World(folder, World.ALL);
    world.environment.put("SYNC_CONFLICT_POLICY_NICKNAME", "prefer:supabase");
    world.environment.put("SYNC_CONFLICT_POLICY_DEPARTMENT", "manual");
    // Here more is deleted within the hour than elsewhere.
    world.environment.put("SYNC_MAX_DELETE_PERCENT", "100");
    desks = new Desks(world);
    List<Story> stories = stories();
    for (int i = 0; i < stories.size(); i++) {
      Map<String, JsonNode> person = new LinkedHashMap<>();
      person.put("contact_id", JSON.getNodeFactory().textNode(stories.get(i).contact()));
      person.put("first_name", JSON.getNodeFactory().textNode("First " + i));
      person.put("nickname", JSON.getNodeFactory().textNode("Nick"));
      person.put("department", JSON.getNodeFactory().textNode("Sales"));
      person.put("job_title", JSON.getNodeFactory().textNode("Engineer"));
      person.put("emails", own(json("['first@x','second@x']"), stories.get(i)));
      person.put("llm_context", json("{'tone':'formal','facts':{'pets':1,'kids':2}}"));
      desks.of("bigquery").add(person);
    }
    assertThat(world.init().verified()).isTrue();
    for (String system : World.ALL) {
      ids.put(system, desks.ids(system));
    }

    stories.forEach(story -> make(story, story.first()));
    Instant later = Instant.now().plusMillis(5);
    while (Instant.now().isBefore(later)) {
      Thread.onSpinWait();
    }
    stories.forEach(story -> make(story, story.second()));
    world.engine.runCycle();

    // Goes on while a person is to decide.
    make(MANUAL, edit("supabase", "job_title", "goes on"));
    world.engine.runCycle();
    for (String system : World.ALL) {
      records.put(system, desks.byContactId(system));
    }
  }

  @AfterAll
  void close() {
    world.close();
  }

  private void make(Story story, Edit edit) {
    String id = ids.get(edit.system()).get(story.contact());
    if (edit.field().equals(Fields.DELETED)) {
      desks.of(edit.system()).delete(id);
    } else {
      desks.of(edit.system()).edit(id, edit.field(), own(edit.value(), story));
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** With emails that are nobody else's. */
  private static JsonNode own(JsonNode value, Story story) {
    String domain = "@" + story.contact().replaceAll("[^a-z]+", "-") + ".example";
    return value.isArray() ? json(value.toString().replace("@x", domain)) : value;
  }

  private Value held(String system, Story story, String field) {
    return world.mappings.of(system).read(records.get(system).get(story.contact())).get(field);
  }

  private void assertEverywhere(Story story, String field, JsonNode value) {
    Value wanted = world.mappings.fields().get(field).type().normalise(own(value, story));
    for (String system : World.ALL) {
      assertThat(held(system, story, field)).as(system).isEqualTo(wanted);
    }
  }

  private void assertEverywhere(Story story, String field, String value) {
    assertEverywhere(story, field, JSON.getNodeFactory().textNode(value));
  }

  private List<Conflict> conflicts(Story story) {
    return world.ledger.transaction(
        tx ->
            tx.conflicts(false, 0, 1000).stream()
                .filter(conflict -> conflict.contactId().equals(story.contact()))
                .toList());
  }

  private static Value text(String text) {
    return new Value.Text(text);
  }

  static Stream<Arguments> everyTwoSystems() {
    return Stream.of(World.ALL)
        .flatMap(
            first ->
                Stream.of(World.ALL)
                    .filter(second -> !second.equals(first))
                    .map(second -> Arguments.of(first, second)));
  }

  @Test
  void what_waits_for_a_person_to_settle_it_is_told_as_such_and_as_no_delay() {
    StatusReport status = world.statusReport();
    assertThat(status.toSettle()).isEqualTo(1);
    assertThat(status.systems().values()).allSatisfy(system -> assertThat(system.due()).isZero());
  }

  @ParameterizedTest(name = "{0} and {1}")
  @MethodSource("everyTwoSystems")
  void edits_of_different_fields_both_arrive_everywhere(String first, String second) {
    Story story = story("different fields", first, second);

    assertEverywhere(story, "job_title", "Head of " + first);
    assertEverywhere(story, "notes", "seen in " + second);
    assertThat(conflicts(story)).isEmpty();
  }

  @ParameterizedTest(name = "{0}, then {1}")
  @MethodSource("everyTwoSystems")
  void of_two_edits_of_a_field_the_later_wins(String first, String second) {
    assertEverywhere(story("same field", first, second), "notes", "the later");
  }

  @ParameterizedTest(name = "{0}, then {1}")
  @MethodSource("everyTwoSystems")
  void of_two_edits_of_a_field_the_other_is_listed_whole(String first, String second) {
    assertThat(conflicts(story("same field", first, second)))
        .singleElement()
        .satisfies(
            conflict -> {
              assertThat(conflict.field()).isEqualTo("notes");
              assertThat(conflict.lost()).isEqualTo(text(LONG));
              assertThat(conflict.lostBy()).isEqualTo(first);
              assertThat(conflict.kept()).isEqualTo(text("the later"));
              assertThat(conflict.keptBy()).isEqualTo(second);
              assertThat(conflict.status()).isEqualTo(Conflict.Status.SETTLED);
            });
  }

  @ParameterizedTest(name = "{0} and {1}")
  @MethodSource("everyTwoSystems")
  void the_same_edit_in_two_systems_is_no_conflict(String first, String second) {
    Story story = story("same edit", first, second);

    assertEverywhere(story, "job_title", "Director");
    assertThat(conflicts(story)).isEmpty();
  }

  @ParameterizedTest(name = "{0} and {1}")
  @MethodSource("everyTwoSystems")
  void lists_merge_without_conflict_where_different_items_were_touched(
      String first, String second) {
    Story story = story("lists", first, second);

    assertEverywhere(story, "emails", json("['first@x','added@x']"));
    assertThat(conflicts(story)).isEmpty();
  }

  @ParameterizedTest(name = "{0} and {1}")
  @MethodSource("everyTwoSystems")
  void documents_merge_without_conflict_where_different_keys_were_touched(
      String first, String second) {
    Story story = story("documents", first, second);

    assertEverywhere(story, "llm_context", json("{'tone':'warm','facts':{'pets':3},'new':[1]}"));
    assertThat(conflicts(story)).isEmpty();
  }

  @Test
  void of_a_key_of_a_document_that_both_sides_changed_the_other_document_is_listed_whole() {
    Story story = story("same key", "local", "twenty");

    assertEverywhere(story, "llm_context", json("{'tone':'curt','facts':{'pets':1,'kids':2}}"));
    assertThat(conflicts(story))
        .singleElement()
        .extracting(conflict -> conflict.lost().toJson().toString())
        .isEqualTo(json("{'facts':{'kids':2,'pets':1},'tone':'warm'}").toString());
  }

  @ParameterizedTest(name = "deleted in {0}, edited in {1}")
  @MethodSource("everyTwoSystems")
  void a_contact_that_is_deleted_and_then_edited_lives_and_the_deletion_is_listed(
      String deleting, String editing) {
    assertLiveAndTheDeletionListed(story("deleted, edited", deleting, editing), deleting);
  }

  @ParameterizedTest(name = "edited in {0}, deleted in {1}")
  @MethodSource("everyTwoSystems")
  void a_contact_that_is_edited_and_then_deleted_lives_and_the_deletion_is_listed(
      String editing, String deleting) {
    assertLiveAndTheDeletionListed(story("edited, deleted", editing, deleting), deleting);
  }

  private void assertLiveAndTheDeletionListed(Story story, String deleting) {
    for (String system : World.ALL) {
      ObjectNode record = records.get(system).get(story.contact());
      assertThat(desks.isDeleted(system, record)).as(system).isFalse();
    }
    assertEverywhere(story, "notes", "still wanted");
    assertThat(conflicts(story))
        .singleElement()
        .satisfies(
            conflict -> {
              assertThat(conflict.field()).isEqualTo(Fields.DELETED);
              assertThat(conflict.lostBy()).isEqualTo(deleting);
            });
  }

  @ParameterizedTest(name = "supabase, then {0}")
  @ValueSource(strings = {"bigquery", "twenty", "local"})
  void a_preferred_system_wins_over_a_later_edit(String other) {
    Story story = story("preferred", "supabase", other);

    assertEverywhere(story, ALWAYS_SUPABASE, "preferred");
    assertThat(conflicts(story))
        .singleElement()
        .extracting(Conflict::lost)
        .isEqualTo(text("later"));
  }

  @Test
  void what_a_person_is_to_decide_is_delivered_nowhere() {
    assertThat(held("twenty", MANUAL, UP_TO_A_PERSON)).isEqualTo(text("Research"));
    assertThat(held("local", MANUAL, UP_TO_A_PERSON)).isEqualTo(text("Development"));
    assertThat(held("supabase", MANUAL, UP_TO_A_PERSON)).isEqualTo(text("Sales"));
    assertThat(held("bigquery", MANUAL, UP_TO_A_PERSON)).isEqualTo(text("Sales"));
  }

  @Test
  void both_values_that_a_person_is_to_decide_on_wait_in_the_list() {
    assertThat(conflicts(MANUAL))
        .singleElement()
        .satisfies(
            conflict -> {
              assertThat(conflict.status()).isEqualTo(Conflict.Status.WAITING);
              assertThat(List.of(conflict.kept(), conflict.lost()))
                  .containsExactlyInAnyOrder(text("Research"), text("Development"));
            });
  }

  @Test
  void while_a_person_is_to_decide_the_other_fields_go_on() {
    assertEverywhere(MANUAL, "job_title", "goes on");
  }
}
