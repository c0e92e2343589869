package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.contact.Value;
import truthforge.sync.sandbox.StandIn.Fault;

/** What no cursor sees is found by the full compare: in time, on demand, and when counts differ. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReconcileTest {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int CONTACTS = 60;

  @TempDir static Path folder;
  private World world;
  private Desks desks;
  private int next;
  private String contact;

  @BeforeAll
  void all_four_hold_the_same_contacts() throws Exception {
    world = new World(folder, World.ALL);
    world.environment.put("SYNC_MAX_DELETE_PERCENT", "100");
    world.environment.put("SYNC_COUNT_CYCLES", "1");
    desks = new Desks(world);
    for (int i = 0; i < CONTACTS; i++) {
      Map<String, JsonNode> person = new LinkedHashMap<>();
      person.put("contact_id", JSON.textNode("contact-" + i));
      person.put("first_name", JSON.textNode("First " + i));
      person.put("emails", JSON.arrayNode().add("p" + i + "@example.com"));
      desks.of("bigquery").add(person);
    }
    assertThat(world.init().verified()).isTrue();
    world.engine.runCycle();
    world.engine.runCycle();
  }

  @BeforeEach
  void the_next_one() {
    contact = "contact-" + next++;
  }

  @AfterAll
  void close() {
    world.close();
  }

  private void assertDeletedElsewhere(String system) {
    for (String other : World.ALL) {
      if (!other.equals(system)) {
        assertThat(desks.isDeleted(other, contact)).as(other).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_record_deleted_for_good_is_missed_by_a_count_and_then_found(String system)
      throws Exception {
    desks.of(system).destroy(desks.id(system, contact));
    world.time.advance(Duration.ofHours(2));

    for (int cycle = 0; cycle < 4; cycle++) {
      world.engine.runCycle();
    }

    assertDeletedElsewhere(system);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_record_deleted_for_good_is_found_a_day_later_at_the_latest(String system) {
    desks.of(system).destroy(desks.id(system, contact));
    world.time.advance(Duration.ofHours(25));

    world.engine.runCycle();

    assertDeletedElsewhere(system);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void an_edit_that_left_no_trace_is_found(String system) throws Exception {
    world.time.advance(Duration.ofHours(1));
    world.engine.runCycle();
    silently(system, desks.id(system, contact), "notes", "silent in " + system);
    world.engine.runCycle();

    world.engine.reconcile();

    for (String each : World.ALL) {
      assertThat(desks.value(each, contact, "notes"))
          .as(each)
          .isEqualTo(Value.ofText("silent in " + system));
    }
  }

  /** As a program writes that does not keep the time of change. */
  private void silently(String system, String id, String field, String text) throws Exception {
    switch (system) {
      case "bigquery" ->
          world.bigquery.execute(
              "UPDATE identity.contacts_master SET "
                  + field
                  + " = '"
                  + text
                  + "' WHERE contact_id = '"
                  + id
                  + "'");
      case "twenty" -> {
        Hands hands = new Hands(world);
        hands.twenty(
            "PATCH",
            "/rest/people/" + id,
            "{\"contactNotes\":\"" + text + "\",\"updatedAt\":\"2020-01-01T00:00:00.000Z\"}");
      }
      case "supabase" -> {
        ObjectNode row = JSON.objectNode();
        row.put(field, text).put("updated_at", "2020-01-01T00:00:00+00:00");
        world.supabase.update("contacts_master", id, row);
      }
      default ->
          world.sql(
              "update contacts_master set "
                  + field
                  + " = '"
                  + text
                  + "', updated_at = '2020-01-01T00:00:00.000Z' where id = "
                  + id);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"twenty", "supabase", "local"})
  void a_record_that_lost_its_contact_id_without_a_trace_gets_it_back(String system)
      throws Exception {
    String id = desks.id(system, contact);
    switch (system) {
      case "twenty" ->
          new Hands(world)
              .twenty(
                  "PATCH",
                  "/rest/people/" + id,
                  "{\"contactId\":null,\"updatedAt\":\"2020-01-01T00:00:00.000Z\"}");
      case "supabase" ->
          world.supabase.update(
              "contacts_master",
              id,
              JSON.objectNode().putNull("contact_id").put("updated_at", "2020-01-01T00:00:00Z"));
      default ->
          world.sql(
              "update contacts_master set contact_id = null,"
                  + " updated_at = '2020-01-01T00:00:00.000Z' where id = "
                  + id);
    }

    world.engine.reconcile();

    assertThat(desks.id(system, contact)).isEqualTo(id);
  }

  @Test
  void where_nothing_is_missing_no_record_is_asked_for_by_its_id() {
    world.engine.reconcile();
    AtomicInteger asked = new AtomicInteger();
    world.twenty.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (String.valueOf(request.rawQuery()).contains("id%5Bin%5D")) {
                    asked.incrementAndGet();
                  }
                  return false;
                }));

    world.engine.reconcile();

    assertThat(asked).hasValue(0);
  }

  @Test
  void one_cycle_on_demand_compares_everything() throws Exception {
    desks.of("bigquery").destroy(desks.id("bigquery", contact));

    world.command(service -> service.once(true));

    assertDeletedElsewhere("bigquery");
  }

  @Test
  void a_compare_that_finds_nothing_writes_nothing() {
    world.engine.reconcile();
    world.writes.clear();

    world.engine.reconcile();

    assertThat(world.writes)
        .extracting(request -> request.method() + " " + request.path() + " " + request.bodyText())
        .isEmpty();
  }

  @Test
  void a_compare_that_a_crash_ended_goes_on_after_the_restart() throws Exception {
    desks.of("twenty").destroy(desks.id("twenty", contact));
    world.ledger.transaction(
        tx -> {
          tx.setSetting(Reconciling.SWEEP + "twenty", "due");
          return null;
        });
    world.restart();

    world.engine.runCycle();

    assertDeletedElsewhere("twenty");
  }

  @Test
  void a_count_that_fits_brings_no_compare_forward() {
    world.engine.reconcile();
    world.time.advance(Duration.ofHours(2));
    world.engine.runCycle();
    Map<String, JsonNode> person = new LinkedHashMap<>();
    person.put("first_name", JSON.textNode("Somebody"));
    person.put("emails", JSON.arrayNode().add("somebody@new.example"));
    desks.of("supabase").add(person);
    for (int i = 0; i < 3; i++) {
      world.engine.runCycle();
    }

    assertThat(
            world.ledger.<Boolean>transaction(
                tx ->
                    List.of(World.ALL).stream()
                        .anyMatch(system -> tx.setting("count-odd." + system) != null)))
        .isFalse();
  }
}
