package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.Decisions.Choice;
import truthforge.sync.cli.MergeReport;
import truthforge.sync.cli.Problem;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Held;

/** What people decide about contacts, and that all four systems follow. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DecisionsTest {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int CONTACTS = 120;
  private static final String UP_TO_A_PERSON = "department";

  @TempDir static Path folder;
  private World world;
  private Desks desks;
  private int next;

  /** Contacts of the test at hand, which all four hold. */
  private String contact;

  private String other;

  @BeforeAll
  void all_four_hold_the_same_contacts() throws Exception {
    world = new World(folder, World.ALL);
    world.environment.put("SYNC_CONFLICT_POLICY_DEPARTMENT", "manual");
    world.environment.put("SYNC_MAX_DELETE_PERCENT", "100");
    desks = new Desks(world);
    for (int i = 0; i < CONTACTS; i++) {
      desks
          .of("bigquery")
          .add(person("contact-" + i, "First " + i, "p" + i + "@example.com", phone(i)));
    }
    assertThat(world.init().verified()).isTrue();
  }

  @BeforeEach
  void the_next_two() {
    contact = "contact-" + next++;
    other = "contact-" + next++;
  }

  @AfterAll
  void close() {
    world.close();
  }

  private static String phone(int number) {
    return "+3361300%04d".formatted(number);
  }

  private static String emailOf(String contact) {
    return "p" + contact.substring("contact-".length()) + "@example.com";
  }

  private static Map<String, JsonNode> person(
      String contactId, String firstName, String email, String phone) {
    Map<String, JsonNode> person = new LinkedHashMap<>();
    if (contactId != null) {
      person.put("contact_id", JSON.textNode(contactId));
    }
    if (firstName != null) {
      person.put("first_name", JSON.textNode(firstName));
    }
    if (email != null) {
      person.put("emails", JSON.arrayNode().add(email));
    }
    if (phone != null) {
      person.put("phones", JSON.arrayNode().add(phone));
    }
    return person;
  }

  private Decisions decisions() {
    return world.engine.decisions();
  }

  /** Two cycles: what BigQuery acknowledges in one is sent on in the same, answers in the next. */
  private void settle() {
    world.engine.runCycle();
    world.engine.runCycle();
  }

  private List<Value> everywhere(String contactId, String field) {
    List<Value> values = new ArrayList<>();
    for (String system : World.ALL) {
      values.add(desks.value(system, contactId, field));
    }
    return values;
  }

  private static List<Value> fourTimes(String text) {
    Value value = Value.ofText(text);
    return List.of(value, value, value, value);
  }

  private void edit(String system, String contactId, String field, String value) {
    desks.edit(system, contactId, field, value);
    settle();
  }

  private void assertQuiet() {
    world.engine.runCycle();
    world.writes.clear();
    world.engine.runCycle();
    assertThat(world.writes).isEmpty();
  }

  // Conflicts

  private Conflict conflictOf(String contactId, String field) {
    return decisions().conflicts(false, 0, 1000).conflicts().stream()
        .filter(c -> c.contactId().equals(contactId) && c.field().equals(field))
        .findFirst()
        .orElseThrow();
  }

  /** Two people settle on something else in the same cycle. */
  private Conflict conflict(String field) {
    desks.edit("twenty", contact, field, "of Twenty");
    desks.edit("local", contact, field, "of the local one");
    settle();
    return conflictOf(contact, field);
  }

  @Test
  void a_waiting_conflict_resolved_by_the_lost_value_is_sent_everywhere() {
    Conflict waiting = conflict(UP_TO_A_PERSON);
    String lost = ((Value.Text) waiting.lost()).text();

    decisions().resolve(waiting.id(), new Choice.Lost());
    settle();

    assertThat(everywhere(contact, UP_TO_A_PERSON)).isEqualTo(fourTimes(lost));
  }

  @Test
  void a_waiting_conflict_resolved_by_the_kept_value_is_sent_everywhere() {
    Conflict waiting = conflict(UP_TO_A_PERSON);
    String kept = ((Value.Text) waiting.kept()).text();

    decisions().resolve(waiting.id(), new Choice.Kept());
    settle();

    assertThat(everywhere(contact, UP_TO_A_PERSON)).isEqualTo(fourTimes(kept));
  }

  @Test
  void a_conflict_resolved_by_a_value_of_its_own_is_sent_everywhere() {
    Conflict settled = conflict("job_title");

    decisions().resolve(settled.id(), new Choice.Other("Both of them"));
    settle();

    assertThat(everywhere(contact, "job_title")).isEqualTo(fourTimes("Both of them"));
  }

  @Test
  void a_resolved_conflict_waits_no_more_and_stays_on_the_list() {
    Conflict waiting = conflict(UP_TO_A_PERSON);

    decisions().resolve(waiting.id(), new Choice.Kept());

    assertThat(decisions().conflict(waiting.id()).conflict().status())
        .isEqualTo(Conflict.Status.RESOLVED);
    assertThat(decisions().conflicts(true, 0, 1000).conflicts())
        .noneMatch(c -> c.contactId().equals(contact));
  }

  @Test
  void who_settles_one_of_several_conflicts_of_a_field_is_told_of_the_others() {
    desks.edit("supabase", contact, UP_TO_A_PERSON, "of Supabase");
    Conflict one = conflict(UP_TO_A_PERSON);
    List<Long> others =
        decisions().conflicts(true, 0, 1000).conflicts().stream()
            .filter(c -> c.contactId().equals(contact) && c.id() != one.id())
            .map(Conflict::id)
            .toList();

    assertThat(others).isNotEmpty();
    assertThat(decisions().conflict(one.id()).together()).isEqualTo(others);
    assertThat(decisions().resolve(one.id(), new Choice.Kept()).together()).isEqualTo(others);
    assertThat(decisions().conflict(others.get(0)).conflict().status())
        .isEqualTo(Conflict.Status.RESOLVED);
  }

  @Test
  void a_value_that_a_system_does_not_show_is_listed_when_somebody_there_enters_another() {
    edit("local", contact, "linkedin_url", "see her card");
    edit("twenty", contact, "linkedin_url", "https://www.linkedin.com/in/her");

    assertThat(everywhere(contact, "linkedin_url"))
        .isEqualTo(fourTimes("https://www.linkedin.com/in/her"));
    assertThat(conflictOf(contact, "linkedin_url").lost()).isEqualTo(Value.ofText("see her card"));
  }

  @Test
  void what_came_after_a_conflict_stands_on_the_list_when_its_decision_replaces_it() {
    Conflict waiting = conflict(UP_TO_A_PERSON);
    desks.edit(waiting.keptBy(), contact, UP_TO_A_PERSON, "what came since");
    settle();

    decisions().resolve(waiting.id(), new Choice.Kept());

    assertThat(decisions().conflicts(false, 0, 1000).conflicts())
        .filteredOn(c -> c.contactId().equals(contact))
        .extracting(Conflict::lost)
        .contains(Value.ofText("what came since"));
  }

  @Test
  void a_conflict_shows_both_values_with_their_systems_and_times() {
    Conflict conflict = conflict("job_title");

    assertThat(List.of(conflict.keptBy(), conflict.lostBy()))
        .containsExactlyInAnyOrder("twenty", "local");
    assertThat(conflict.keptAt()).isNotNull();
    assertThat(conflict.lostAt()).isNotNull();
  }

  @Test
  void after_resolving_nothing_is_written_any_more() {
    decisions().resolve(conflict(UP_TO_A_PERSON).id(), new Choice.Lost());
    settle();

    assertQuiet();
  }

  @Test
  void a_conflict_that_is_none_cannot_be_resolved() {
    assertThatThrownBy(() -> decisions().resolve(999_999, new Choice.Kept()))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("999999");
  }

  // History

  @Test
  void the_history_tells_who_changed_what_when_and_from_where() {
    edit("twenty", contact, "notes", "one");
    edit("supabase", contact, "notes", "two");

    List<Change> notes =
        decisions().history(contact, 100).changes().stream()
            .filter(change -> change.field().equals("notes"))
            .toList();
    assertThat(notes).extracting(Change::by).containsExactly("supabase", "twenty");
    assertThat(notes).extracting(Change::after).containsExactly(text("two"), text("one"));
    assertThat(notes).extracting(Change::before).containsExactly(text("one"), Value.EMPTY);
    assertThat(notes).allMatch(change -> change.at() != null && change.recordedAt() != null);
  }

  private static Value text(String text) {
    return Value.ofText(text);
  }

  private long version() {
    return decisions().history(contact, 1).version();
  }

  @Test
  void reverting_puts_every_field_back_in_all_four() {
    edit("twenty", contact, "notes", "right");
    long right = version();
    edit("local", contact, "notes", "wrong");
    edit("supabase", contact, "first_name", "Wrong");

    decisions().revert(contact, right);
    settle();

    assertThat(everywhere(contact, "notes")).isEqualTo(fourTimes("right"));
    assertThat(everywhere(contact, "first_name"))
        .isEqualTo(fourTimes("First " + contact.substring("contact-".length())));
  }

  @Test
  void reverting_is_an_edit_that_the_history_tells() {
    edit("twenty", contact, "notes", "right");
    long right = version();
    edit("local", contact, "notes", "wrong");

    decisions().revert(contact, right);

    Change last = decisions().history(contact, 1).changes().get(0);
    assertThat(last.by()).isEqualTo("operator");
    assertThat(last.before()).isEqualTo(text("wrong"));
  }

  @Test
  void reverting_to_a_version_that_was_live_revives_a_deleted_contact_everywhere() {
    edit("twenty", contact, "notes", "alive");
    long alive = version();
    desks.of("local").delete(desks.id("local", contact));
    settle();
    assertThat(desks.isDeleted("twenty", contact)).isTrue();

    decisions().revert(contact, alive);
    settle();

    for (String system : World.ALL) {
      assertThat(desks.isDeleted(system, contact)).as(system).isFalse();
    }
    assertThat(everywhere(contact, "notes")).isEqualTo(fourTimes("alive"));
  }

  @Test
  void a_reverted_contact_is_quiet_afterwards() {
    edit("twenty", contact, "notes", "right");
    long right = version();
    edit("local", contact, "notes", "wrong");
    decisions().revert(contact, right);
    settle();

    assertQuiet();
  }

  @Test
  void a_contact_cannot_be_put_back_to_a_version_that_it_never_had() {
    assertThatThrownBy(() -> decisions().revert(contact, 999))
        .isInstanceOf(Problem.class)
        .hasMessageContaining(contact);
  }

  // Merging

  private boolean lives(String system, String contactId) {
    return desks.byContactId(system).containsKey(contactId) && !desks.isDeleted(system, contactId);
  }

  @Test
  void of_two_merged_contacts_one_is_left_live_in_every_system() {
    decisions().merge(contact, other);
    settle();

    for (String system : World.ALL) {
      assertThat(lives(system, contact) + " " + lives(system, other))
          .as(system)
          .isEqualTo("true false");
    }
  }

  @Test
  void the_surplus_records_are_deleted_softly() {
    decisions().merge(contact, other);
    settle();

    for (String system : World.ALL) {
      assertThat(desks.isDeleted(system, other)).as(system).isTrue();
    }
  }

  @Test
  void lists_of_two_merged_contacts_are_united_and_gaps_filled() {
    edit("twenty", other, "notes", "only the other had notes");

    decisions().merge(contact, other);
    settle();

    Value emails = Value.ofItems(List.of(emailOf(contact), emailOf(other)));
    assertThat(everywhere(contact, "emails")).isEqualTo(List.of(emails, emails, emails, emails));
    assertThat(everywhere(contact, "notes")).isEqualTo(fourTimes("only the other had notes"));
  }

  @Test
  void a_value_that_gives_way_in_a_merge_is_listed() {
    desks.edit("twenty", contact, "notes", "of the one");
    edit("twenty", other, "notes", "of the other");

    decisions().merge(contact, other);
    settle();

    assertThat(everywhere(contact, "notes")).isEqualTo(fourTimes("of the one"));
    Conflict listed = conflictOf(contact, "notes");
    assertThat(listed.lost()).isEqualTo(text("of the other"));
    assertThat(listed.kind()).isEqualTo(Conflict.Kind.FIRST_MEETING);
  }

  @Test
  void after_a_merge_nothing_is_written_any_more() {
    decisions().merge(contact, other);
    settle();

    assertQuiet();
  }

  @Test
  void after_a_merge_all_four_are_verified_equal() throws Exception {
    decisions().merge(contact, other);
    settle();

    var verified =
        world.<truthforge.sync.cli.VerifyReport>command(
            service -> service.verify(new Uninterested()));
    assertThat(verified.verified()).isTrue();
  }

  private static final class Uninterested implements truthforge.sync.cli.Progress {
    @Override
    public void begin(String what, long total, long done) {}

    @Override
    public void advance(long more) {}

    @Override
    public void end() {}
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_surplus_record_that_somebody_restores_is_deleted_again(String system) {
    decisions().merge(contact, other);
    settle();
    desks.of(system).restore(desks.id(system, other));

    settle();

    assertThat(lives(system, other)).isFalse();
    assertThat(lives(system, contact)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void an_edit_of_a_surplus_record_is_one_of_the_contact_that_stays(String system) {
    decisions().merge(contact, other);
    desks.edit(system, other, "notes", "made while they were merged");

    settle();
    settle();

    assertThat(everywhere(contact, "notes")).isEqualTo(fourTimes("made while they were merged"));
    for (String each : World.ALL) {
      assertThat(lives(each, other)).as(each).isFalse();
    }
  }

  static Stream<String> systemsWithAnIdOfTheirOwn() {
    return Stream.of("twenty", "supabase", "local");
  }

  @ParameterizedTest
  @MethodSource("systemsWithAnIdOfTheirOwn")
  void a_new_record_with_the_id_of_the_merged_one_does_not_revive_it(String system) {
    decisions().merge(contact, other);
    settle();
    desks.of(system).destroy(desks.id(system, other));
    world.engine.reconcile();
    Map<String, JsonNode> again = person(other, "Back", null, null);

    desks.of(system).add(again);
    settle();
    settle();

    for (String each : World.ALL) {
      assertThat(lives(each, other)).as(each).isFalse();
      assertThat(lives(each, contact)).as(each).isTrue();
    }
  }

  @Test
  void a_merge_that_was_wrong_can_be_taken_back() {
    long before = decisions().history(other, 1).version();
    decisions().merge(contact, other);
    settle();

    decisions().revert(other, before);
    settle();

    for (String system : World.ALL) {
      assertThat(lives(system, other)).as(system).isTrue();
    }
  }

  @Test
  void where_only_one_has_an_email_that_one_stays() {
    desks.of("bigquery").add(person("without-email", "Ann", null, phone(9000)));
    settle();

    MergeReport merged = decisions().merge("without-email", contact);
    settle();

    assertThat(merged.stays()).isEqualTo(contact);
    for (String system : World.ALL) {
      assertThat(lives(system, contact) + " " + lives(system, "without-email"))
          .as(system)
          .isEqualTo("true false");
    }
    assertThat(world.parked()).isZero();
  }

  @Test
  void a_contact_cannot_be_merged_with_itself() {
    assertThatThrownBy(() -> decisions().merge(contact, contact)).isInstanceOf(Problem.class);
  }

  @Test
  void a_crash_right_after_a_merge_changes_nothing_of_what_becomes_of_it() throws Exception {
    decisions().merge(contact, other);
    world.restart();
    settle();

    for (String system : World.ALL) {
      assertThat(lives(system, contact) + " " + lives(system, other))
          .as(system)
          .isEqualTo("true false");
    }
  }

  // Duplicates

  @Test
  void two_contacts_with_one_email_are_told_as_duplicates() {
    desks.edit("bigquery", other, "emails", JSON.arrayNode().add(emailOf(contact)));
    world.engine.runCycle();

    assertThat(decisions().duplicates().groups())
        .anySatisfy(
            group -> {
              assertThat(group.contacts()).containsExactlyInAnyOrder(contact, other);
              assertThat(group.systems()).contains("bigquery", "supabase", "local");
            });

    decisions().merge(contact, other);
    settle();
    assertThat(decisions().duplicates().groups())
        .noneMatch(group -> group.contacts().contains(contact));
  }

  // Held

  private Held heldOf(String id) {
    return decisions().held(0, 1000).held().stream()
        .filter(held -> held.externalId().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private ObjectNode byId(String system, String id) {
    return desks.of(system).records().stream()
        .filter(record -> desks.of(system).idOf(record).equals(id))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_second_record_of_one_person_in_one_system_is_held_with_that_person() {
    String id = desks.of("supabase").add(person(null, "Twice", emailOf(contact), null));
    world.engine.runCycle();

    assertThat(heldOf(id).candidates()).containsExactly(contact);
    decisions().refuse(heldOf(id).id());
  }

  @Test
  void a_duplicate_record_approved_for_its_person_gives_its_values_and_is_deleted() {
    Map<String, JsonNode> twice = person(null, null, emailOf(contact), phone(9100));
    twice.put("notes", JSON.textNode("from the duplicate"));
    String id = desks.of("supabase").add(twice);
    world.engine.runCycle();

    decisions().approve(heldOf(id).id(), contact);
    settle();

    assertThat(everywhere(contact, "notes")).isEqualTo(fourTimes("from the duplicate"));
    assertThat(desks.isDeleted("supabase", byId("supabase", id))).isTrue();
    assertThat(lives("supabase", contact)).isTrue();
    assertThat(world.parked()).isZero();
  }

  @Test
  void a_candidate_of_two_held_records_waits_for_both() {
    String phone = phone(9200);
    desks.of("bigquery").add(person("both-a", "Ann", null, phone));
    desks.of("bigquery").add(person("both-b", "Bea", null, phone));
    String first = desks.of("supabase").add(person(null, null, null, phone));
    String second = desks.of("supabase").add(person(null, null, null, phone));
    world.engine.runCycle();

    decisions().refuse(heldOf(first).id());
    settle();

    assertThat(desks.byContactId("supabase")).doesNotContainKeys("both-a", "both-b");
    decisions().refuse(heldOf(second).id());
    settle();
    assertThat(desks.byContactId("supabase")).containsKeys("both-a", "both-b");
  }

  @Test
  void a_held_record_that_comes_to_fit_nobody_lets_its_candidates_go() {
    String phone = phone(9300);
    desks.of("bigquery").add(person("let-go-a", "Ann", null, phone));
    desks.of("bigquery").add(person("let-go-b", "Bea", null, phone));
    String id = desks.of("supabase").add(person(null, null, null, phone));
    world.engine.runCycle();

    desks.of("supabase").edit(id, "phones", JSON.arrayNode().add(phone(9301)));
    settle();

    assertThat(desks.byContactId("supabase")).containsKeys("let-go-a", "let-go-b");
  }

  @Test
  void what_is_held_shows_what_was_observed_and_for_whom() {
    String phone = phone(9400);
    desks.of("bigquery").add(person("shown-a", "Ann", null, phone));
    desks.of("bigquery").add(person("shown-b", "Bea", null, phone));
    String id = desks.of("supabase").add(person(null, null, null, phone));
    world.engine.runCycle();

    Held held = decisions().heldOne(heldOf(id).id()).held();

    assertThat(held.candidates()).containsExactly("shown-a", "shown-b");
    assertThat(held.observation()).contains(phone);
    decisions().refuse(held.id());
  }
}
