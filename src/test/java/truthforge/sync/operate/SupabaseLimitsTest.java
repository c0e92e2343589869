package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.contact.Value;
import truthforge.sync.sandbox.supabase.SqlType;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/**
 * A table of Supabase's whose columns take less than a contact may hold, known by its REST only.
 */
class SupabaseLimitsTest {

  private static final String TABLE = "contacts_master";

  @TempDir Path folder;
  private World world;
  private Desks desks;

  @AfterEach
  void close() {
    world.close();
  }

  private void start(boolean feed) throws Exception {
    world =
        World.withoutEngine(
            folder,
            TwentyStandIn.Options.afterSetup(),
            SupabaseStandIn.builder(),
            "bigquery",
            "supabase");
    if (feed) {
      world.supabase.installFeed();
    }
    world.supabase.retypeColumn(TABLE, "first_name", SqlType.varchar(4));
    world.supabase.retypeColumn(TABLE, "category_code", SqlType.choice("a", "b"));
    world.start();
    desks = new Desks(world);
  }

  private void add(String contact, String firstName, String category) {
    desks
        .of("bigquery")
        .add(
            Map.of(
                "contact_id", JsonNodeFactory.instance.textNode(contact),
                "first_name", JsonNodeFactory.instance.textNode(firstName),
                "last_name", JsonNodeFactory.instance.textNode("King"),
                "category_code", JsonNodeFactory.instance.textNode(category)));
  }

  private String inSupabase(String contact) {
    return String.join(
        " ",
        desks.record("supabase", contact).path("first_name").asText(),
        desks.record("supabase", contact).path("last_name").asText(),
        desks.record("supabase", contact).path("category_code").asText());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_column_cannot_hold_keeps_nothing_else_of_a_contact_back(boolean feed)
      throws Exception {
    start(feed);
    add("ada", "Ada", "A");
    add("theodora", "Theodora", "C");

    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(inSupabase("ada")).isEqualTo("Ada King a");
    assertThat(inSupabase("theodora")).isEqualTo("null King null");
    assertThat(world.parked()).isZero();
    assertThat(desks.value("bigquery", "theodora", "first_name"))
        .isEqualTo(Value.ofText("Theodora"));
    world.writes.clear();
    world.engine.runCycle();
    assertThat(world.writes).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_column_that_is_widened_has_within_a_day_what_was_withheld(boolean feed) throws Exception {
    start(feed);
    add("theodora", "Theodora", "C");
    world.engine.runCycle();

    world.supabase.retypeColumn(TABLE, "first_name", SqlType.varchar(40));
    world.supabase.retypeColumn(TABLE, "category_code", SqlType.choice("a", "b", "c"));
    world.time.advance(Duration.ofDays(1));
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(inSupabase("theodora")).isEqualTo("Theodora King c");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_column_refused_since_it_was_made_narrower_is_withheld_from_then_on(boolean feed)
      throws Exception {
    start(feed);
    world.engine.runCycle();
    world.supabase.retypeColumn(TABLE, "last_name", SqlType.varchar(3));
    add("ada", "Ada", "A");

    world.engine.runCycle();
    assertThat(world.parked()).isOne();
    world.engine.runCycle();
    desks.edit("bigquery", "ada", "first_name", "Eve");
    world.engine.runCycle();

    assertThat(inSupabase("ada")).isEqualTo("Eve null a");
    assertThat(world.parked()).isZero();
  }
}
