package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
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
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Held;

/** Which record is whose: ids, links, records that are gone, and what a person must decide. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IdentityTest {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int CONTACTS = 40;

  @TempDir static Path folder;
  private World world;
  private Desks desks;
  private int next;

  /** A contact of the test at hand, which all four hold. */
  private String contact;

  @BeforeAll
  void all_four_hold_the_same_contacts() throws Exception {
    world = new World(folder, World.ALL);
    // Here more is deleted within the hour than elsewhere.
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
  void the_next_contact() {
    contact = "contact-" + next++;
  }

  @AfterAll
  void close() {
    world.close();
  }

  private static String phone(int number) {
    return "+3361200%04d".formatted(number);
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

  static Stream<String> systemsWithAnIdOfTheirOwn() {
    return Stream.of("twenty", "supabase", "local");
  }

  private ObjectNode byId(String system, String id) {
    return desks.of(system).records().stream()
        .filter(record -> desks.of(system).idOf(record).equals(id))
        .findFirst()
        .orElseThrow();
  }

  private String contactIdIn(String system, String id) {
    return byId(system, id).path(world.mappings.of(system).contactIdPath()).asText(null);
  }

  private List<Held> held() {
    return world.ledger.transaction(tx -> tx.heldAfter(0, 1000));
  }

  // Emails

  @Test
  void a_primary_email_given_to_another_person_arrives_whoever_is_written_first() {
    String giver = "giver";
    String taker = "a-taker";
    for (String who : List.of(giver, taker)) {
      desks.of("bigquery").add(person(who, who, who + "@example.com", null));
    }
    world.engine.runCycle();
    JsonNode both = JSON.arrayNode().add("giver@example.com").add("a-taker@example.com");
    desks.edit("supabase", taker, "emails", both);
    desks.edit("supabase", giver, "emails", JSON.arrayNode());
    world.engine.runCycle();

    assertThat(desks.value("twenty", taker, "emails"))
        .isEqualTo(new Value.Items(List.of("giver@example.com", "a-taker@example.com")));
  }

  // Ids

  @ParameterizedTest
  @MethodSource("systemsWithAnIdOfTheirOwn")
  void a_contact_id_that_was_changed_by_hand_is_put_back(String system) {
    String id = desks.id(system, contact);
    desks.of(system).editContactId(id, "something-else-" + system);

    world.engine.runCycle();

    assertThat(contactIdIn(system, id)).isEqualTo(contact);
  }

  @ParameterizedTest
  @MethodSource("systemsWithAnIdOfTheirOwn")
  void a_contact_id_that_was_cleared_by_hand_is_put_back(String system) {
    String id = desks.id(system, contact);
    desks.of(system).editContactId(id, null);

    world.engine.runCycle();

    assertThat(contactIdIn(system, id)).isEqualTo(contact);
  }

  @Test
  void an_edit_that_came_with_a_changed_contact_id_arrives_all_the_same() {
    String id = desks.id("local", contact);
    desks.of("local").editContactId(id, null);
    desks.of("local").edit(id, "notes", JSON.textNode("kept"));

    world.engine.runCycle();

    assertThat(desks.value("bigquery", contact, "notes")).isEqualTo(new Value.Text("kept"));
  }

  // Records that are gone

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_record_that_was_deleted_for_good_is_found_and_deleted_softly_elsewhere(String system) {
    desks.of(system).destroy(desks.id(system, contact));

    world.engine.reconcile();

    for (String other : World.ALL) {
      if (!other.equals(system)) {
        assertThat(desks.isDeleted(other, contact)).as(other).isTrue();
      }
    }
  }

  @Test
  void a_row_that_replaces_another_of_its_contact_is_that_contact() throws Exception {
    world.sql(
        "insert or replace into contacts_master (contact_id, first_name, emails, notes) values ('"
            + contact
            + "', 'First', '[\""
            + emailOf(contact)
            + "\"]', 'replaced')");

    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(held()).noneMatch(waits -> waits.candidates().contains(contact));
    for (String system : World.ALL) {
      assertThat(desks.isDeleted(system, contact)).as(system).isFalse();
      assertThat(desks.value(system, contact, "notes"))
          .as(system)
          .isEqualTo(new Value.Text("replaced"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_contact_that_was_deleted_for_good_is_not_created_anew_there(String system) {
    desks.of(system).destroy(desks.id(system, contact));

    world.engine.reconcile();

    assertThat(desks.byContactId(system)).doesNotContainKey(contact);
  }

  @Test
  void a_record_that_is_gone_while_others_edit_the_contact_is_created_anew_with_every_field() {
    desks.of("supabase").destroy(desks.id("supabase", contact));
    desks.edit("twenty", contact, "notes", "still wanted");

    world.engine.reconcile();

    assertThat(world.mappings.of("supabase").read(desks.record("supabase", contact)))
        .isEqualTo(world.mappings.of("bigquery").read(desks.record("bigquery", contact)));
    assertThat(desks.value("supabase", contact, "notes")).isEqualTo(new Value.Text("still wanted"));
  }

  // Links

  @Test
  void a_new_record_without_an_id_becomes_a_contact_everywhere() {
    String id = desks.of("supabase").add(person(null, "Nobody", "nobody-yet@example.com", null));

    world.engine.runCycle();

    String given = contactIdIn("supabase", id);
    for (String system : World.ALL) {
      assertThat(desks.value(system, given, "first_name"))
          .as(system)
          .isEqualTo(new Value.Text("Nobody"));
    }
  }

  @ParameterizedTest
  @MethodSource("systemsWithAnIdOfTheirOwn")
  void a_record_without_an_id_is_linked_by_its_email(String system) {
    desks.of("bigquery").add(person("by-email-" + system, "Ann", system + "@one.example", null));
    String id = desks.of(system).add(person(null, null, system + "@one.example", null));

    world.engine.runCycle();

    assertThat(contactIdIn(system, id)).isEqualTo("by-email-" + system);
  }

  @ParameterizedTest
  @MethodSource("systemsWithAnIdOfTheirOwn")
  void a_record_without_an_id_is_linked_by_its_phone_where_the_names_agree(String system) {
    String phone = phone(5000 + List.of(World.ALL).indexOf(system));
    desks.of("bigquery").add(person("by-phone-" + system, "Zoë", null, phone));
    String id = desks.of(system).add(person(null, "ZOE", null, phone));

    world.engine.runCycle();

    assertThat(contactIdIn(system, id)).isEqualTo("by-phone-" + system);
  }

  @Test
  void a_record_with_the_phone_of_somebody_of_another_name_is_somebody_else() {
    String phone = phone(6000);
    desks.of("bigquery").add(person("home-1", "Ann", null, phone));
    String id = desks.of("supabase").add(person(null, "Bob", null, phone));

    world.engine.runCycle();

    assertThat(contactIdIn("supabase", id)).isNotEqualTo("home-1").isNotBlank();
  }

  @Test
  void a_record_that_carries_an_unknown_id_keeps_it() {
    desks.of("local").add(person("of-their-own", "Own", "own@example.com", null));

    world.engine.runCycle();

    assertThat(desks.byContactId("twenty")).containsKey("of-their-own");
  }

  @Test
  void a_new_record_that_matches_a_deleted_contact_restores_it() {
    desks.of("local").delete(desks.id("local", contact));
    world.engine.runCycle();
    desks.of("local").destroy(desks.id("local", contact));
    world.engine.reconcile();
    desks.of("local").add(person(null, null, emailOf(contact), null));

    world.engine.runCycle();

    for (String system : World.ALL) {
      assertThat(desks.isDeleted(system, contact)).as(system).isFalse();
    }
  }

  // What a person must decide

  /** A row that may be of either of two people, who have none there yet; the id of the row. */
  private String ambiguous(String name, String phone) {
    desks.of("bigquery").add(person(name + "-a", "Ann " + name, null, phone));
    desks.of("bigquery").add(person(name + "-b", "Bea " + name, null, phone));
    String id = desks.of("supabase").add(person(null, null, null, phone));
    world.engine.runCycle();
    return id;
  }

  private Held heldOf(String id) {
    return held().stream().filter(held -> held.externalId().equals(id)).findFirst().orElseThrow();
  }

  @Test
  void a_record_that_may_be_of_two_people_is_held_with_both() {
    String id = ambiguous("held", phone(7000));

    assertThat(heldOf(id).candidates()).containsExactlyInAnyOrder("held-a", "held-b");
    assertThat(contactIdIn("supabase", id)).isNull();
  }

  @Test
  void while_a_record_is_held_neither_of_the_two_is_written_there() {
    ambiguous("waiting", phone(7001));

    assertThat(desks.byContactId("supabase")).doesNotContainKeys("waiting-a", "waiting-b");
    assertThat(desks.byContactId("twenty")).containsKeys("waiting-a", "waiting-b");
  }

  @Test
  void a_held_record_approved_for_one_of_them_is_theirs() {
    String id = ambiguous("theirs", phone(7002));

    world.engine.observing().approve(heldOf(id).id(), "theirs-b");
    world.engine.runCycle();

    assertThat(contactIdIn("supabase", id)).isEqualTo("theirs-b");
    assertThat(desks.value("supabase", "theirs-b", "first_name"))
        .isEqualTo(new Value.Text("Bea theirs"));
    assertThat(desks.byContactId("supabase")).containsKey("theirs-a");
  }

  @Test
  void a_held_record_approved_for_nobody_is_a_contact_of_its_own() {
    String id = ambiguous("third", phone(7003));

    world.engine.observing().approve(heldOf(id).id(), null);
    world.engine.runCycle();

    assertThat(contactIdIn("supabase", id)).isNotBlank().isNotIn("third-a", "third-b");
    assertThat(desks.byContactId("twenty")).containsKey(contactIdIn("supabase", id));
  }

  @Test
  void a_held_record_refused_is_left_alone_and_both_people_get_their_own() {
    String id = ambiguous("refused", phone(7004));

    world.engine.observing().refuse(heldOf(id).id());
    world.engine.deliver();

    assertThat(contactIdIn("supabase", id)).isNull();
    assertThat(desks.byContactId("supabase")).containsKeys("refused-a", "refused-b");
  }

  @Test
  void a_refused_record_that_says_something_else_is_held_again() {
    String id = ambiguous("changed", phone(7006));
    world.engine.observing().refuse(heldOf(id).id());
    desks.of("supabase").edit(id, "notes", JSON.textNode("by the way"));

    world.engine.runCycle();

    assertThat(heldOf(id).candidates()).containsExactlyInAnyOrder("changed-a", "changed-b");
  }

  @Test
  void a_refused_record_stays_refused_when_it_is_read_again() {
    String id = ambiguous("again", phone(7005));
    world.engine.observing().refuse(heldOf(id).id());

    world.engine.runCycle();

    assertThat(contactIdIn("supabase", id)).isNull();
    assertThat(desks.byContactId("supabase")).containsKeys("again-a", "again-b");
  }
}
