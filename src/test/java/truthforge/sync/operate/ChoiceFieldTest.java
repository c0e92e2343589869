package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Places;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.FieldSpec;
import truthforge.sync.sandbox.twenty.FieldType;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/**
 * Fields of people's own that Twenty keeps as a choice and as a day: the other systems hold texts.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChoiceFieldTest {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private World world;
  private Desks desks;
  private int cases;

  @BeforeAll
  void fields_of_ones_own_for_choices_and_days(@TempDir Path folder) throws Exception {
    world =
        World.withoutEngine(
            folder,
            TwentyStandIn.Options.afterSetup()
                .withFields(
                    List.of(
                        FieldSpec.select("stage", "LEAD", "CLIENT"),
                        FieldSpec.custom("metOn", FieldType.DATE),
                        FieldSpec.uniqueText("badge"))),
            SupabaseStandIn.builder(),
            "bigquery",
            "twenty");
    world.places = new Places(folder.resolve("config"), null);
    world.bigquery.execute("ALTER TABLE identity.contacts_master ADD COLUMN stage STRING");
    world.bigquery.execute("ALTER TABLE identity.contacts_master ADD COLUMN met_on STRING");
    world.bigquery.execute("ALTER TABLE identity.contacts_master ADD COLUMN badge STRING");
    Path mappings = Files.createDirectories(folder.resolve("config/mappings"));
    for (String system : List.of("bigquery", "twenty")) {
      try (InputStream shipped =
          getClass().getResourceAsStream("/defaults/config/mappings/" + system + ".yaml")) {
        Files.writeString(
            mappings.resolve(system + ".yaml"),
            new String(shipped.readAllBytes(), StandardCharsets.UTF_8)
                + "added:\n"
                + "  stage: {path: stage, type: text}\n"
                + "  badge: {path: badge, type: text}\n"
                + "  met_on: {path: %s, type: text}\n"
                    .formatted(system.equals("twenty") ? "metOn" : "met_on"));
      }
    }
    world.start();
    desks = new Desks(world);
  }

  @AfterAll
  void close() {
    world.close();
  }

  private String contact() {
    String contact = "contact-" + ++cases;
    desks
        .of("bigquery")
        .add(
            Map.of(
                "contact_id", JSON.textNode(contact),
                "first_name", JSON.textNode("Zoë"),
                "stage", JSON.textNode("LEAD"),
                "met_on", JSON.textNode("2020-02-03")));
    world.engine.runCycle();
    assertThat(inTwenty(contact, "stage")).isEqualTo(JSON.textNode("LEAD"));
    return contact;
  }

  private JsonNode inTwenty(String contact, String field) {
    return desks.record("twenty", contact).get(field);
  }

  private void assertNothingIsParked() {
    assertThat(world.ledger.<List<DeadLetter>>transaction(tx -> tx.deadLetters(0, 10))).isEmpty();
  }

  @Test
  void a_choice_and_a_day_that_are_cleared_are_cleared_in_Twenty() {
    String contact = contact();
    desks.edit("bigquery", contact, "stage", "");
    desks.edit("bigquery", contact, "met_on", "");

    world.engine.runCycle();

    assertThat(inTwenty(contact, "stage").isNull()).isTrue();
    assertThat(inTwenty(contact, "metOn").isNull()).isTrue();
    assertNothingIsParked();
  }

  @Test
  void a_text_that_is_no_choice_stays_where_it_was_entered_and_parks_nobody() {
    String contact = contact();
    desks.edit("bigquery", contact, "stage", "friend of a friend");
    desks.edit("bigquery", contact, "last_name", "Lovelace");

    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(desks.value("twenty", contact, "last_name")).isEqualTo(Value.ofText("Lovelace"));
    assertThat(inTwenty(contact, "stage").isNull()).isTrue();
    assertThat(desks.value("bigquery", contact, "stage"))
        .isEqualTo(Value.ofText("friend of a friend"));
    assertNothingIsParked();

    desks.edit("twenty", contact, "stage", "CLIENT");
    world.engine.runCycle();
    assertThat(desks.value("bigquery", contact, "stage")).isEqualTo(Value.ofText("CLIENT"));
  }

  @Test
  void a_new_contact_with_a_text_that_only_one_person_may_have_is_parked_until_it_has_another()
      throws Exception {
    String owner = contact();
    desks.edit("bigquery", owner, "badge", "B-1");
    world.engine.runCycle();
    desks
        .of("bigquery")
        .add(
            Map.of(
                "contact_id", JSON.textNode("newcomer"),
                "first_name", JSON.textNode("Eve"),
                "badge", JSON.textNode("B-1")));
    desks
        .of("bigquery")
        .add(Map.of("contact_id", JSON.textNode("other"), "first_name", JSON.textNode("Bob")));

    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(desks.byContactId("twenty")).containsKey("other").doesNotContainKey("newcomer");
    List<DeadLetter> letters = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    assertThat(letters).extracting(DeadLetter::contactId).containsExactly("newcomer");
    assertThat(letters.get(0).reason()).contains("badge");
    world.writes.clear();
    world.engine.runCycle();
    assertThat(world.writes).isEmpty();

    desks.edit("bigquery", "newcomer", "badge", "B-2");
    world.engine.runCycle();
    assertThat(inTwenty("newcomer", "badge")).isEqualTo(JSON.textNode("B-2"));
    assertNothingIsParked();
  }
}
