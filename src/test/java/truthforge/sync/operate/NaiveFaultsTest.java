package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * The faults of naive syncs, as the design lists them at its end. "Broken" names what was broken in
 * the service to see the test fail.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NaiveFaultsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration HOUR = Duration.ofHours(1);

  private World world;
  private Hands people;

  @BeforeAll
  void four_systems_that_work(@TempDir Path folder) throws Exception {
    world = new World(folder, World.ALL);
    people = new Hands(world);
  }

  @AfterEach
  void all_faults_end() {
    world.bigquery.heal();
    world.twenty.heal();
    world.supabase.heal();
  }

  @AfterAll
  void they_end() {
    world.close();
  }

  // Newest-first page with a limit, then cursor = now. Broken: Twenty.page, last = true.
  @Test
  void more_edits_than_fit_a_page_are_all_read() throws Exception {
    for (int i = 0; i < 250; i++) {
      world.twenty.loadPerson(person("Paged" + i, world.time.instant()));
    }

    cycle();

    assertThat(starting("local", "Paged")).hasSize(250);
  }

  // Cursor in memory.
  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void an_edit_made_while_the_service_was_down_is_seen_when_it_is_up(String system)
      throws Exception {
    String name = "Down" + system;
    people.add("local", name);
    cycle();
    world.stop();
    people.note(system, name, "written while down, in " + system);
    world.start();

    cycle();

    assertThat(everywhere("written while down, in " + system)).isTrue();
  }

  // Cursor = largest time read. Broken for Twenty: Twenty.page, the position moved to the latest
  // updatedAt.
  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_record_from_the_year_2099_hides_no_later_edit(String system) throws Exception {
    String name = "Late" + system;
    people.add("local", "Future" + system);
    people.add("local", name);
    cycle();
    setIntoTheFuture(system, "Future" + system);
    cycle();
    people.note(system, name, "after 2099, in " + system);

    cycle();

    assertThat(everywhere("after 2099, in " + system)).isTrue();
  }

  // Insert where an upsert is meant. Guarded twice: with ON FALSE in the MERGE, the row is read
  // first.
  @Test
  void a_lost_answer_makes_no_second_row_in_the_record_of_truth() throws Exception {
    people.add("local", "Once");
    world.bigquery.inject(
        new Fault(r -> r.bodyText().contains("MERGE "), Fault.Kind.LOSE_ANSWER, null));
    cycle();
    world.bigquery.heal();

    cycle();

    assertThat(starting("bigquery", "Once")).containsExactly("Once");
  }

  // Upsert where a create is meant. Broken: Twenty.createCall, with upsert=true.
  @Test
  void a_stranger_with_the_same_address_is_not_overwritten_by_a_creation() throws Exception {
    people.add("local", "Newcomer");
    world.engine.observe("local");
    String own = "{\"name\":{\"firstName\":\"Stranger\",\"lastName\":\"Else\"},\"emails\":";
    people.twenty(
        "POST",
        "/rest/people",
        own + "{\"primaryEmail\":\"newcomer@example.com\",\"additionalEmails\":[]}}");

    world.engine.deliver();

    assertThat(starting("twenty", "Stranger")).containsExactly("Stranger");
  }

  // The same, in the trash. Broken: as above.
  @Test
  void a_person_in_the_trash_is_not_revived_by_a_creation() throws Exception {
    people.add("twenty", "Trashed");
    people.delete("twenty", "Trashed");
    people.add("local", "Trashed");
    world.engine.observe("local");

    world.engine.deliver();

    assertThat(starting("twenty", "Trashed")).isEmpty();
  }

  // CRM record created anew each cycle. Guarded twice: without Answering.applied's withExternalId
  // the
  // record is still found by the id that follows from the contact's.
  @Test
  void a_contact_has_one_record_in_the_crm_however_many_cycles_go_by() throws Exception {
    people.add("local", "Single");
    for (int i = 0; i < 3; i++) {
      cycle();
      people.note("local", "Single", "note " + i);
    }
    cycle();

    assertThat(starting("twenty", "Single")).containsExactly("Single");
  }

  // Deletes ignored. Broken: Records.observation, deleted always false (the JDBC systems have their
  // own reading of it).
  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void who_is_deleted_in_one_system_is_deleted_in_all(String system) throws Exception {
    people.add("supabase", "Leaving" + system);
    cycle();
    people.delete(system, "Leaving" + system);

    cycle();

    assertThat(List.of(World.ALL))
        .allSatisfy(each -> assertThat(starting(each, "Leaving" + system)).isEmpty());
  }

  // A conflict that is recorded and then overwritten all the same. Broken: Due.write, waiting
  // fields not left out.
  @Test
  void values_that_wait_for_a_person_to_choose_stay_as_they_are(@TempDir Path other)
      throws Exception {
    try (World manual = World.withoutEngine(other, World.ALL)) {
      manual.more.put(Options.SYNC_CONFLICT_POLICY, "manual");
      manual.start();
      Hands hands = new Hands(manual);
      hands.add("local", "Disputed");
      manual.engine.runCycle();
      hands.note("supabase", "Disputed", "one");
      hands.note("local", "Disputed", "other");

      manual.engine.runCycle();
      manual.engine.runCycle();

      assertThat(hands.notes("supabase") + " " + hands.notes("local") + " " + manual.conflicts())
          .isEqualTo("[one] [other] 1");
    }
  }

  // Identity by hash of the name.
  @Test
  void two_people_of_one_name_stay_two() throws Exception {
    for (String address : List.of("first.twin", "second.twin")) {
      world.sql(
          "insert into contacts_master(first_name, last_name, emails) values ('Twin', 'Same', '[\""
              + address
              + "@example.com\"]')");
    }

    cycle();

    assertThat(starting("twenty", "Twin")).hasSize(2);
  }

  // One call per contact. Broken: Engine, batches of 1.
  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase"})
  void many_new_contacts_take_a_handful_of_calls(String system) throws Exception {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      rows.append(i == 0 ? "" : ", ").append("('Many").append(system).append(i).append("')");
    }
    world.sql("insert into contacts_master(first_name) values " + rows);

    cycle();

    assertThat(world.engine.cycle().last().systems().get(system).calls()).isLessThan(40);
  }

  // An empty page from a wrong key taken for "all deleted". Guarded twice: with
  // SupabaseRest.doubtCalls
  // giving none, nothing is deleted either.
  @Test
  void a_key_that_sees_nothing_deletes_nothing() throws Exception {
    people.add("supabase", "Hidden");
    cycle();
    world.supabase.inject(
        new Fault(
            request -> request.method().equals("GET") && !request.path().endsWith("/v1/"),
            Fault.Kind.ANSWER_INSTEAD,
            StandInAnswer.json(200, "[]")));

    world.engine.reconcile();

    assertThat(starting("local", "Hidden")).containsExactly("Hidden");
  }

  // A new mapping line that clears the field everywhere.
  @Test
  void a_new_line_in_a_mapping_clears_the_field_nowhere(@TempDir Path other) throws Exception {
    String whole = Places.insideTheJar().config("mappings/local.yaml").orElseThrow().text();
    Path mapping = Files.createDirectories(other.resolve("config/mappings")).resolve("local.yaml");
    Files.writeString(mapping, whole.replaceAll("(?m)^ +(- )?notes:.*\\R", ""));
    try (World growing = World.withoutEngine(other, World.ALL)) {
      growing.places = new Places(other.resolve("config"), null);
      growing.start();
      Hands hands = new Hands(growing);
      hands.add("supabase", "Mapped");
      hands.note("supabase", "Mapped", "kept");
      growing.engine.runCycle();
      Files.writeString(mapping, whole);
      growing.restart();

      growing.engine.runCycle();
      growing.engine.runCycle();

      assertThat(List.of(hands.notes("supabase"), hands.notes("twenty"), hands.notes("local")))
          .containsOnly(List.of("kept"));
    }
  }

  // A retry that resends an old body over a newer edit. Broken: Twenty.changeCall without updatedAt
  // in its filter, together with Twenty.page reading one page.
  @Test
  void a_retry_does_not_write_an_old_value_over_a_newer_one() throws Exception {
    people.add("local", "Retried");
    cycle();
    people.note("local", "Retried", "older");
    world.twenty.inject(Fault.unreachable().when(NaiveFaultsTest::changes));
    cycle();
    world.twenty.heal();
    world.time.advance(Duration.ofMinutes(1));
    people.note("twenty", "Retried", "newer");

    cycle();

    assertThat(everywhere("newer")).isTrue();
  }

  // Errors logged, and the contact never tried again.
  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase"})
  void what_failed_is_tried_again_without_anybody_doing_anything(String system) throws Exception {
    people.add("local", "Again" + system);
    world.standIn(system).inject(Fault.status(500, "{}").when(r -> changes(r)));
    cycle();
    world.standIn(system).heal();

    cycle();

    assertThat(starting(system, "Again" + system)).hasSize(1);
  }

  // An outage of a weekend that ends in a full dead-letter box. Broken: Pass.looksLikeTheSystem,
  // always false.
  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase"})
  void a_weekend_of_failed_writes_parks_nothing(String system) throws Exception {
    people.add("local", "Weekend" + system);
    people.add("local", "Weekday" + system);
    cycle();
    world.standIn(system).inject(Fault.status(500, "{}").when(r -> changes(r)));
    people.note("local", "Weekend" + system, "saturday " + system);
    people.note("local", "Weekday" + system, "sunday " + system);
    people.add("local", "Workday" + system);
    people.add("local", "Holiday" + system);
    for (int hour = 0; hour < 7; hour++) {
      world.time.advance(HOUR);
      world.engine.runCycle();
    }
    long parked = world.parked();
    world.standIn(system).heal();
    cycle();

    assertThat(parked).isZero();
  }

  private void cycle() {
    world.time.advance(HOUR);
    world.engine.runCycle();
  }

  private List<String> starting(String system, String prefix) throws Exception {
    return people.names(system).stream().filter(name -> name.startsWith(prefix)).toList();
  }

  private boolean everywhere(String note) throws Exception {
    for (String system : World.ALL) {
      if (!people.notes(system).contains(note)) {
        return false;
      }
    }
    return true;
  }

  private static boolean changes(StandInRequest request) {
    return !Hands.theirs(request)
        && (request.path().startsWith("/bigquery")
            ? request.bodyText().contains("MERGE ")
            : request.method().equals("PATCH") || request.method().equals("POST"));
  }

  private void setIntoTheFuture(String system, String name) throws Exception {
    switch (system) {
      case "bigquery" ->
          world.bigquery.execute(
              "UPDATE identity.contacts_master SET updated_at = TIMESTAMP '2099-01-01 00:00:00Z'"
                  + " WHERE first_name = '"
                  + name
                  + "'");
      case "twenty" -> people.patch(name, "{\"updatedAt\":\"2099-01-01T00:00:00.000Z\"}");
      case "supabase" ->
          people.set(name, JSON.createObjectNode().put("updated_at", "2099-01-01T00:00:00Z"));
      default ->
          world.sql(
              "update contacts_master set updated_at = '2099-01-01T00:00:00.000Z' where first_name ="
                  + " '"
                  + name
                  + "'");
    }
  }

  private static JsonNode person(String name, Instant updated) {
    return JSON.createObjectNode()
        .put("id", UUID.randomUUID().toString())
        .put("createdAt", "2026-01-01T00:00:00.000Z")
        .put("updatedAt", updated.truncatedTo(ChronoUnit.MILLIS).toString())
        .set("name", JSON.createObjectNode().put("firstName", name).put("lastName", "Person"));
  }
}
