package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
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
 * A number that people keep in Twenty travels to a column of numbers, and to one of texts in the
 * record of truth.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NumberFieldTest {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private World world;
  private Desks desks;
  private int cases;

  @BeforeAll
  void a_field_of_ones_own_for_numbers(@TempDir Path folder) throws Exception {
    world =
        World.withoutEngine(
            folder,
            TwentyStandIn.Options.afterSetup()
                .withFields(List.of(FieldSpec.custom("score", FieldType.NUMBER))),
            SupabaseStandIn.builder(),
            World.ALL);
    world.places = new Places(folder.resolve("config"), null);
    world.bigquery.execute("ALTER TABLE identity.contacts_master ADD COLUMN score STRING");
    Path mappings = Files.createDirectories(folder.resolve("config/mappings"));
    for (String system : List.of("bigquery", "twenty", "local")) {
      try (InputStream shipped =
          getClass().getResourceAsStream("/defaults/config/mappings/" + system + ".yaml")) {
        String line =
            system.equals("bigquery")
                ? "added:\n  score: {path: score, type: text}\n"
                : "added:\n  score: {path: score, type: text, codec: number}\n";
        Files.writeString(
            mappings.resolve(system + ".yaml"),
            new String(shipped.readAllBytes(), StandardCharsets.UTF_8) + line);
      }
    }
    world.start();
    world.sql("alter table contacts_master add column score numeric");
    world.restart();
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
        .add(Map.of("contact_id", JSON.textNode(contact), "first_name", JSON.textNode("Zoë")));
    world.engine.runCycle();
    return contact;
  }

  private JsonNode inTwenty(String contact) {
    return desks.record("twenty", contact).get("score");
  }

  private void assertNothingIsParked() {
    List<DeadLetter> letters = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    assertThat(letters).isEmpty();
  }

  @Test
  void a_number_that_was_entered_in_Twenty_arrives_as_number_and_as_text() {
    String contact = contact();
    desks.edit("twenty", contact, "score", JSON.numberNode(12.5));

    world.engine.runCycle();

    assertThat(desks.value("bigquery", contact, "score")).isEqualTo(Value.ofText("12.5"));
    assertThat(desks.record("local", contact).get("score").decimalValue())
        .isEqualByComparingTo("12.5");
  }

  @Test
  void a_text_that_is_a_number_arrives_in_Twenty_and_comes_back_as_no_edit() {
    String contact = contact();
    desks.edit("bigquery", contact, "score", "1.50");

    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(inTwenty(contact).isNumber()).isTrue();
    assertThat(inTwenty(contact).doubleValue()).isEqualTo(1.5);
    assertThat(desks.value("bigquery", contact, "score")).isEqualTo(Value.ofText("1.50"));
  }

  @Test
  void a_number_that_is_cleared_is_cleared_everywhere() {
    String contact = contact();
    desks.edit("bigquery", contact, "score", "7");
    world.engine.runCycle();

    desks.edit("twenty", contact, "score", NullNode.getInstance());
    world.engine.runCycle();

    assertThat(desks.value("bigquery", contact, "score")).isEqualTo(Value.EMPTY);
    assertThat(desks.value("local", contact, "score")).isEqualTo(Value.EMPTY);
  }

  @Test
  void a_text_that_is_no_number_stays_where_it_was_entered_and_parks_nobody() {
    String contact = contact();
    desks.edit("bigquery", contact, "score", "very high");
    desks.edit("bigquery", contact, "last_name", "Lovelace");

    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(desks.value("twenty", contact, "last_name")).isEqualTo(Value.ofText("Lovelace"));
    assertThat(inTwenty(contact).isNull()).isTrue();
    assertThat(desks.value("bigquery", contact, "score")).isEqualTo(Value.ofText("very high"));
    assertNothingIsParked();
  }
}
