package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.config.Options;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Watch;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInRequest;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/** Twenty and a local database, with what only Twenty does. */
class TwentyRoutesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private World world;
  private Desks desks;
  private Hands hands;

  @AfterEach
  void close() {
    world.close();
  }

  private void begin() throws Exception {
    begin(TwentyStandIn.Options.afterSetup());
  }

  private void begin(TwentyStandIn.Options workspace) throws Exception {
    world = new World(folder, workspace, SupabaseStandIn.builder(), "twenty", "local");
    desks = new Desks(world);
    hands = new Hands(world);
  }

  private void everyChangeInABatch() throws Exception {
    world.more.put(Options.TWENTY_CONDITIONAL_LIMIT, "0");
    world.more.put(Options.SYNC_BATCH_SIZE, "200");
    world.restart();
  }

  private static JsonNode text(String text) {
    return JsonNodeFactory.instance.textNode(text);
  }

  private void addLocally(String contactId, String field, JsonNode value) {
    Map<String, JsonNode> person = new LinkedHashMap<>();
    person.put("contact_id", text(contactId));
    person.put("first_name", text("Given"));
    person.put("last_name", text(contactId));
    person.put("job_title", text("Engineer"));
    person.put("notes", text("kept"));
    person.put(field, value);
    desks.of("local").add(person);
  }

  private static boolean isUpsert(StandInRequest request) {
    return request.method().equals("POST") && "true".equals(request.query("upsert"));
  }

  /** Somebody does something in the moment before the first such request is looked at. */
  private void justBefore(Predicate<StandInRequest> requests, Act act) {
    AtomicBoolean done = new AtomicBoolean();
    world.twenty.heal();
    world.twenty.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (!Hands.theirs(request)
                      && requests.test(request)
                      && done.compareAndSet(false, true)) {
                    act.run();
                  }
                  return false;
                }));
  }

  private interface Act {
    void run();
  }

  private List<Conflict> conflicts() {
    return world.ledger.transaction(tx -> tx.conflicts(false, 0, 100));
  }

  private String local(String contactId, String field) {
    return desks.value("local", contactId, field) instanceof Value.Text value ? value.text() : "";
  }

  private String twenty(String contactId, String field) {
    return desks.value("twenty", contactId, field) instanceof Value.Text value ? value.text() : "";
  }

  private double overwritten() {
    return world.engine.metrics().counter("sync.overwritten", "system", "twenty").count();
  }

  // Writes without a condition

  private String overwrite(Act act) throws Exception {
    begin();
    everyChangeInABatch();
    addLocally("one", "department", text("Sales"));
    world.engine.runCycle();
    desks.edit("local", "one", "job_title", "Captain");
    justBefore(TwentyRoutesTest::isUpsert, act);
    world.engine.runCycle();
    return desks.id("twenty", "one");
  }

  @Test
  void an_edit_that_a_batch_replaced_unseen_goes_to_the_conflict_list_and_is_counted()
      throws Exception {
    overwrite(() -> desks.edit("twenty", "one", "job_title", "Pilot"));

    assertThat(conflicts())
        .extracting(c -> c.field() + " " + c.lost() + " " + c.lostBy() + " " + c.kept())
        .containsExactly(
            "job_title " + new Value.Text("Pilot") + " twenty " + new Value.Text("Captain"));
    assertThat(overwritten()).isEqualTo(1);
  }

  @Test
  void a_company_that_a_batch_replaced_unseen_is_listed_by_its_name() throws Exception {
    begin();
    everyChangeInABatch();
    addLocally("one", "organization", text("Old Co"));
    world.engine.runCycle();
    desks.edit("local", "one", "organization", "New Co");
    justBefore(
        TwentyRoutesTest::isUpsert, () -> desks.edit("twenty", "one", "organization", "Unseen Co"));
    world.engine.runCycle();

    assertThat(conflicts())
        .extracting(c -> c.field() + " " + c.lost())
        .containsExactly("organization " + new Value.Text("Unseen Co"));
  }

  @Test
  void a_deletion_that_a_batch_replaced_unseen_goes_to_the_conflict_list() throws Exception {
    overwrite(() -> desks.of("twenty").delete(desks.id("twenty", "one")));

    assertThat(conflicts())
        .extracting(c -> c.field() + " " + c.lost() + " " + c.lostBy())
        .containsExactly(Fields.DELETED + " " + new Value.Flag(true) + " twenty");
  }

  @Test
  void an_edit_of_another_field_that_a_batch_met_is_no_conflict_and_arrives() throws Exception {
    overwrite(() -> desks.edit("twenty", "one", "department", "Research"));
    world.engine.runCycle();

    assertThat(conflicts()).isEmpty();
    assertThat(local("one", "department")).isEqualTo("Research");
  }

  @Test
  void an_edit_made_after_the_batch_is_an_edit_and_no_conflict() throws Exception {
    begin();
    everyChangeInABatch();
    addLocally("one", "department", text("Sales"));
    world.engine.runCycle();
    desks.edit("local", "one", "job_title", "Captain");
    justBefore(
        request -> request.path().equals("/rest/timelineActivities"),
        () -> desks.edit("twenty", "one", "job_title", "Pilot"));
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(conflicts()).isEmpty();
    assertThat(local("one", "job_title")).isEqualTo("Pilot");
  }

  @Test
  void a_timeline_that_is_late_is_asked_again_in_the_next_cycle() throws Exception {
    everyChangeInABatchOfATimelineThatIsLate();
    world.engine.runCycle();
    world.time.advance(Duration.ofMinutes(5));
    world.engine.runCycle();

    assertThat(conflicts()).extracting(Conflict::lost).containsExactly(new Value.Text("Pilot"));
  }

  private void everyChangeInABatchOfATimelineThatIsLate() throws Exception {
    begin(TwentyStandIn.Options.afterSetup().withTimelineLag(Duration.ofMinutes(4)));
    everyChangeInABatch();
    addLocally("one", "department", text("Sales"));
    world.engine.runCycle();
    desks.edit("local", "one", "job_title", "Captain");
    justBefore(TwentyRoutesTest::isUpsert, () -> desks.edit("twenty", "one", "job_title", "Pilot"));
  }

  /** Promise 9. */
  @Test
  void what_a_batch_replaced_is_listed_when_the_process_ended_before_it_was_told()
      throws Exception {
    everyChangeInABatchOfATimelineThatIsLate();
    world.engine.runCycle();
    world.restart();
    world.time.advance(Duration.ofMinutes(5));
    world.engine.runCycle();
    world.restart();
    world.engine.runCycle();

    assertThat(conflicts())
        .extracting(c -> c.field() + " " + c.lost() + " " + c.kept() + " " + c.keptBy())
        .containsExactly(
            "job_title " + new Value.Text("Pilot") + " " + new Value.Text("Captain") + " local");
  }

  @Test
  void what_a_batch_replaced_is_listed_when_the_answer_was_lost() throws Exception {
    everyChangeInABatchOfATimelineThatIsLate();
    world.twenty.inject(
        new Fault(TwentyRoutesTest::isUpsert, Fault.Kind.LOSE_ANSWER, null).times(1));
    world.engine.runCycle();
    world.time.advance(Duration.ofMinutes(5));
    world.engine.runCycle();

    assertThat(conflicts()).extracting(Conflict::lost).containsExactly(new Value.Text("Pilot"));
    assertThat(twenty("one", "job_title")).isEqualTo("Captain");
  }

  /** Promise 9. */
  @Test
  void a_company_that_a_batch_replaced_is_listed_when_the_process_ended_before_it_was_told()
      throws Exception {
    begin(TwentyStandIn.Options.afterSetup().withTimelineLag(Duration.ofMinutes(4)));
    everyChangeInABatch();
    addLocally("one", "organization", text("Old Co"));
    world.engine.runCycle();
    desks.edit("local", "one", "organization", "New Co");
    justBefore(
        TwentyRoutesTest::isUpsert, () -> desks.edit("twenty", "one", "organization", "Unseen Co"));
    world.engine.runCycle();
    world.restart();
    world.time.advance(Duration.ofMinutes(5));
    world.engine.runCycle();
    world.restart();
    world.engine.runCycle();

    assertThat(conflicts())
        .extracting(c -> c.field() + " " + c.lost())
        .containsExactly("organization " + new Value.Text("Unseen Co"));
  }

  @Test
  void nothing_is_listed_of_a_contact_that_was_forgotten_meanwhile() throws Exception {
    everyChangeInABatchOfATimelineThatIsLate();
    world.engine.runCycle();
    world.engine.decisions().forget("one");
    world.engine.runCycle();
    world.time.advance(Duration.ofMinutes(5));
    world.engine.runCycle();

    assertThat(conflicts()).isEmpty();
    assertThat(world.ledger.<List<Watch>>transaction(tx -> tx.watched("twenty"))).isEmpty();
  }

  /** Promise 6: an upsert makes a destroyed person anew, with nothing but what it brought. */
  @Test
  void a_person_destroyed_under_a_batch_clears_nothing_elsewhere_and_is_whole_again()
      throws Exception {
    overwrite(() -> desks.of("twenty").destroy(desks.id("twenty", "one")));
    world.engine.runCycle();

    assertThat(local("one", "notes") + " " + local("one", "department")).isEqualTo("kept Sales");
    assertThat(twenty("one", "notes") + " " + twenty("one", "department")).isEqualTo("kept Sales");
    assertThat(conflicts()).extracting(Conflict::field).containsExactly(Fields.DELETED);
  }

  @Test
  void a_bad_change_among_200_costs_few_further_calls() throws Exception {
    begin();
    world.more.put(Options.SYNC_MAX_FIELD_PERCENT, "100");
    everyChangeInABatch();
    for (int i = 0; i < 200; i++) {
      addLocally("c%03d".formatted(i), "department", text("Sales"));
    }
    world.engine.runCycle();
    world.sql("update contacts_master set job_title = 'Good'");
    world.engine.runCycle();
    long usual = world.engine.cycle().last().systems().get("twenty").calls();
    world.time.advance(Duration.ofHours(2));
    world.sql("update contacts_master set job_title = 'Better'");
    world.sql("update contacts_master set job_title = 'Unbearable' where contact_id = 'c137'");
    world.twenty.heal();
    world.twenty.inject(
        Fault.status(400, "{\"statusCode\":400,\"messages\":[\"Invalid value\"]}")
            .when(request -> request.bodyText().contains("Unbearable")));
    world.engine.runCycle();
    long further = world.engine.cycle().last().systems().get("twenty").calls() - usual;

    List<String> titles =
        world.twenty.people().stream().map(p -> p.path("jobTitle").asText()).toList();
    assertThat(titles).filteredOn("Better"::equals).hasSize(199);
    assertThat(world.parked()).isEqualTo(1);
    assertThat(further).isLessThanOrEqualTo(17);
  }

  // Companies

  private String employed() throws Exception {
    begin();
    addLocally("one", "organization", text("Doomed Co"));
    world.engine.runCycle();
    world.engine.runCycle();
    return world.twenty.companies().get(0).get("id").textValue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?soft_delete=true"})
  void a_company_that_is_removed_clears_nobodys_organization(String how) throws Exception {
    String company = employed();
    hands.twenty("DELETE", "/rest/companies/" + company + how, null);
    desks.edit("twenty", "one", "job_title", "Pilot");
    world.engine.runCycle();
    desks.edit("twenty", "one", "job_title", "Captain");
    world.engine.runCycle();
    desks.edit("local", "one", "job_title", "Admiral");
    world.engine.runCycle();
    world.engine.reconcile();

    assertThat(local("one", "organization") + ", " + local("one", "job_title"))
        .isEqualTo("Doomed Co, Admiral");
  }

  @Test
  void a_person_who_leaves_a_company_has_none_everywhere() throws Exception {
    employed();
    desks.edit("twenty", "one", "organization", (String) null);
    world.engine.runCycle();

    assertThat(local("one", "organization")).isEmpty();
  }

  @Test
  void a_person_who_leaves_a_company_that_lies_in_the_trash_has_none_everywhere() throws Exception {
    String company = employed();
    hands.twenty("DELETE", "/rest/companies/" + company + "?soft_delete=true", null);
    desks.edit("twenty", "one", "job_title", "Pilot");
    world.engine.runCycle();
    desks.edit("twenty", "one", "organization", (String) null);
    world.engine.runCycle();

    assertThat(local("one", "organization")).isEmpty();
  }

  @Test
  void a_company_that_was_destroyed_is_made_anew_for_whoever_joins_it() throws Exception {
    String company = employed();
    hands.twenty("DELETE", "/rest/companies/" + company, null);
    addLocally("two", "organization", text("Doomed Co"));
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(twenty("two", "organization")).isEqualTo("Doomed Co");
    assertThat(world.parked()).isZero();
  }

  @Test
  void companies_are_found_by_any_name_and_made_once_in_one_call() throws Exception {
    begin();
    List<String> names =
        List.of(
            "O'Hara & Sons",
            "\"Quoted\" Ltd",
            "Brackets [EMEA] (Paris)",
            "100% + 1",
            "a,b:c;d",
            "back\\slash_underscore",
            "two\nlines",
            "ünï 山田");
    for (int i = 0; i < names.size(); i++) {
      addLocally("a" + i, "organization", text(names.get(i)));
    }
    world.engine.runCycle();
    // Without memory: they must be found.
    world.restart();
    for (int i = 0; i < names.size(); i++) {
      addLocally("b" + i, "organization", text(names.get(i)));
    }
    world.writes.clear();
    world.engine.runCycle();

    assertThat(world.twenty.companies())
        .extracting(company -> company.get("name").textValue())
        .containsExactlyInAnyOrderElementsOf(names);
    for (int i = 0; i < names.size(); i++) {
      assertThat(twenty("b" + i, "organization")).isEqualTo(names.get(i));
    }
    assertThat(world.writes).noneMatch(w -> w.path().equals("/rest/batch/companies"));
  }

  /** What the service asks Twenty for from now on. */
  private List<String> asked() {
    List<String> asked = new CopyOnWriteArrayList<>();
    world.twenty.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (!Hands.theirs(request)) {
                    asked.add(request.method() + " " + request.path());
                  }
                  return false;
                }));
    return asked;
  }

  @Test
  void people_who_are_as_last_seen_are_changed_and_read_without_asking_for_companies()
      throws Exception {
    employed();
    everyChangeInABatch();
    desks.edit("local", "one", "job_title", "Pilot");
    List<String> asked = asked();
    world.engine.runCycle();
    long inTheCycle = asked.stream().filter("GET /rest/people"::equals).count();
    // Its own write is read once more.
    world.restart();
    world.engine.runCycle();

    assertThat(twenty("one", "job_title")).isEqualTo("Pilot");
    assertThat(asked).doesNotContain("GET /rest/companies");
    // One walk and one reading before the write; then the walk alone.
    assertThat(asked.stream().filter("GET /rest/people"::equals).count() - inTheCycle).isEqualTo(1);
    assertThat(inTheCycle).isEqualTo(2);
  }

  @Test
  void a_person_who_changed_companies_is_seen_without_memory_of_companies() throws Exception {
    employed();
    desks.edit("twenty", "one", "organization", "Better Co");
    world.restart();
    world.engine.runCycle();

    assertThat(local("one", "organization")).isEqualTo("Better Co");
  }

  /** Promise 1: between the reading and the write somebody gives the person another company. */
  @Test
  void a_company_given_under_a_batch_that_writes_another_field_arrives() throws Exception {
    employed();
    everyChangeInABatch();
    desks.edit("local", "one", "job_title", "Pilot");
    justBefore(
        TwentyRoutesTest::isUpsert, () -> desks.edit("twenty", "one", "organization", "Better Co"));
    world.engine.runCycle();
    world.restart();
    world.engine.runCycle();

    assertThat(local("one", "organization") + ", " + twenty("one", "job_title"))
        .isEqualTo("Better Co, Pilot");
    assertThat(twenty("one", "organization")).isEqualTo("Better Co");
  }

  private void renameCompany(String company) throws Exception {
    hands.twenty("PATCH", "/rest/companies/" + company, "{\"name\":\"Renamed Co\"}");
  }

  /** Promise 1. */
  @Test
  void the_new_name_of_a_company_that_a_batch_takes_people_from_is_no_lost_edit() throws Exception {
    String company = employed();
    everyChangeInABatch();
    renameCompany(company);
    desks.edit("local", "one", "organization", "New Co");
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(conflicts())
        .extracting(c -> c.field() + " " + c.lost())
        .containsExactly("organization " + new Value.Text("Renamed Co"));
  }

  @Test
  void a_renamed_company_is_noticed_by_the_full_compare() throws Exception {
    String company = employed();
    renameCompany(company);
    world.restart();
    world.engine.runCycle();
    world.engine.reconcile();
    world.engine.runCycle();

    assertThat(local("one", "organization")).isEqualTo("Renamed Co");
  }

  // The trash

  @Test
  void people_are_deleted_into_the_trash_on_condition_and_many_in_one_call() throws Exception {
    begin();
    for (int i = 0; i < 30; i++) {
      addLocally("c" + i, "department", text("Sales"));
    }
    world.more.put(Options.SYNC_MAX_DELETE_PERCENT, "100");
    world.restart();
    world.engine.runCycle();
    world.writes.clear();
    world.sql("update contacts_master set deleted_at = '2026-01-01T00:00:00Z'");
    world.engine.runCycle();

    assertThat(world.writes)
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.method()).isEqualTo("DELETE");
              assertThat(request.query("soft_delete")).isEqualTo("true");
              assertThat(request.query("filter")).contains("updatedAt[eq]:");
            });
    assertThat(world.twenty.people()).hasSize(30).allMatch(p -> p.hasNonNull("deletedAt"));
  }

  @Test
  void a_person_in_the_trash_who_has_the_email_of_a_new_contact_is_brought_back() throws Exception {
    begin();
    String id = "00000000-0000-4000-8000-000000000001";
    ObjectNode trashed =
        (ObjectNode)
            JSON.readTree(
                "{\"id\":\""
                    + id
                    + "\",\"createdAt\":\"2026-01-01T00:00:00.000Z\","
                    + "\"updatedAt\":\"2026-01-01T00:00:00.000Z\","
                    + "\"deletedAt\":\"2026-01-01T00:00:00.000Z\","
                    + "\"emails\":{\"primaryEmail\":\"blocked@example.com\","
                    + "\"additionalEmails\":[]}}");
    world.twenty.loadPerson(trashed);
    desks
        .of("local")
        .add(
            Map.of(
                "first_name", text("Given"),
                "emails", JSON.readTree("[\"blocked@example.com\"]")));
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(world.twenty.people())
        .singleElement()
        .satisfies(
            person -> {
              assertThat(person.hasNonNull("deletedAt")).isFalse();
              assertThat(person.at("/name/firstName").textValue()).isEqualTo("Given");
            });
    assertThat(world.parked()).isZero();
  }

  @Test
  void a_contact_whose_email_is_kept_by_another_in_the_trash_is_parked_with_that_reason()
      throws Exception {
    begin();
    addLocally("one", "emails", JSON.readTree("[\"blocked@example.com\"]"));
    world.engine.runCycle();
    // In the trash she keeps the address that she gave up.
    desks.of("twenty").delete(desks.id("twenty", "one"));
    world.engine.runCycle();
    desks.edit("local", "one", "emails", JSON.readTree("[\"free@example.com\"]"));
    world.engine.runCycle();
    addLocally("two", "emails", JSON.readTree("[\"blocked@example.com\"]"));
    world.engine.runCycle();
    world.engine.runCycle();

    List<DeadLetter> parked = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    assertThat(parked)
        .singleElement()
        .extracting(DeadLetter::reason)
        .asString()
        .contains("trash")
        .doesNotContain("blocked");
  }

  // The workspace

  @Test
  void a_workspace_without_any_custom_field_is_synced_with_what_it_has() throws Exception {
    begin(TwentyStandIn.Options.bare());
    addLocally("one", "emails", JSON.readTree("[\"one@example.com\"]"));
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(world.twenty.people())
        .singleElement()
        .extracting(person -> person.get("jobTitle").textValue())
        .isEqualTo("Engineer");
    assertThat(local("one", "notes")).isEqualTo("kept");
    assertThat(world.parked()).isZero();
  }

  @Test
  void people_are_found_on_a_later_page_of_a_large_data_model() throws Exception {
    begin(TwentyStandIn.Options.afterSetup().withOtherObjects(450));
    addLocally("one", "department", text("Sales"));
    world.engine.runCycle();

    assertThat(twenty("one", "department")).isEqualTo("Sales");
  }

  @Test
  void a_field_that_comes_later_is_read_first_and_then_filled() throws Exception {
    begin(TwentyStandIn.Options.bare());
    addLocally("one", "emails", JSON.readTree("[\"one@example.com\"]"));
    world.engine.runCycle();
    world.command(service -> service.setup(false));
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(twenty("one", "notes") + " " + local("one", "notes")).isEqualTo("kept kept");
  }

  @Test
  void a_field_that_went_unnoticed_parks_nobody() throws Exception {
    begin();
    addLocally("one", "department", text("Sales"));
    AtomicInteger refused = new AtomicInteger();
    world.twenty.heal();
    world.twenty.inject(
        Fault.status(
                400,
                "{\"statusCode\":400,\"error\":\"BadRequestException\",\"messages\":[\"Object person"
                    + " doesn't have any \\\"nickname\\\" field.\"]}")
            .when(
                request ->
                    request.path().equals("/rest/batch/people") && refused.incrementAndGet() == 1));
    world.engine.runCycle();
    world.time.advance(Duration.ofMinutes(30));
    world.engine.runCycle();

    assertThat(world.parked()).isZero();
    assertThat(twenty("one", "department")).isEqualTo("Sales");
  }

  @Test
  void a_text_with_a_nul_character_arrives_without_it_and_clears_nothing() throws Exception {
    begin();
    addLocally("one", "department", text("Sa\u0000les"));
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(twenty("one", "department")).isEqualTo("Sales");
    try (var connection = world.local();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("select length(hex(department)) from contacts_master")) {
      rows.next();
      assertThat(rows.getInt(1)).isGreaterThan(0);
    }
  }

  // Limits

  @Test
  void calls_that_are_limited_wait_and_are_made_in_the_same_cycle() throws Exception {
    begin();
    addLocally("one", "department", text("Sales"));
    AtomicInteger limited = new AtomicInteger();
    world.twenty.heal();
    world.twenty.inject(
        Fault.status(
                429,
                "{\"statusCode\":429,\"error\":\"HttpException\",\"messages\":[\"Limit reached (100"
                    + " tokens per 60000 ms)\"]}")
            .when(
                request ->
                    request.path().contains("people")
                        && limited.incrementAndGet() <= 3
                        && limited.get() != 2));
    world.engine.runCycle();

    assertThat(twenty("one", "department")).isEqualTo("Sales");
    assertThat(world.parked()).isZero();
  }

  @Test
  void changes_are_conditional_up_to_the_limit_of_a_cycle() throws Exception {
    begin();
    for (int i = 0; i < 3; i++) {
      addLocally("c" + i, "department", text("Sales"));
    }
    world.more.put(Options.TWENTY_CONDITIONAL_LIMIT, "3");
    world.restart();
    world.engine.runCycle();
    world.writes.clear();
    world.sql("update contacts_master set job_title = 'Pilot'");
    world.engine.runCycle();
    assertThat(world.writes).hasSize(3).allMatch(w -> w.method().equals("PATCH"));

    addLocally("c3", "department", text("Sales"));
    world.engine.runCycle();
    world.writes.clear();
    world.sql("update contacts_master set job_title = 'Captain'");
    world.engine.runCycle();
    assertThat(world.writes).singleElement().matches(TwentyRoutesTest::isUpsert);
  }

  @Test
  void changes_are_written_together_when_too_few_calls_are_left_until_the_next_cycle()
      throws Exception {
    begin();
    for (int i = 0; i < 30; i++) {
      addLocally("c" + i, "department", text("Sales"));
    }
    world.more.put(Options.TWENTY_CALLS_PER_MINUTE, "200");
    world.more.put(Options.SYNC_INTERVAL_SECONDS, "10");
    world.restart();
    world.engine.runCycle();
    world.writes.clear();
    world.sql("update contacts_master set job_title = 'Pilot'");
    world.engine.runCycle();

    assertThat(world.writes).singleElement().matches(TwentyRoutesTest::isUpsert);
  }

  @Test
  void three_hundred_people_of_one_millisecond_are_all_read() throws Exception {
    begin();
    world.engine.runCycle();
    for (int i = 0; i < 300; i++) {
      String time = world.time.instant().plusSeconds(1).toString().substring(0, 19);
      world.twenty.loadPerson(
          JSON.readTree(
              ("{\"id\":\"00000000-0000-4000-8000-%012d\",\"createdAt\":\"%s.123%03dZ\","
                      + "\"updatedAt\":\"2026-12-01T00:00:00.123%03dZ\","
                      + "\"emails\":{\"primaryEmail\":\"p%d@example.com\",\"additionalEmails\":[]}}")
                  .formatted(i, time, i, i, i)));
    }
    world.engine.runCycle();

    assertThat(desks.of("local").records()).hasSize(300);
  }

  @Test
  void an_email_with_an_apostrophe_is_looked_up_before_it_is_created_again() throws Exception {
    begin();
    addLocally("one", "emails", JSON.readTree("[\"o'brien@example.com\"]"));
    addLocally("two", "emails", JSON.readTree("[\"d'ete@example.com\"]"));
    List<String> lost = new CopyOnWriteArrayList<>();
    world.twenty.heal();
    world.twenty.inject(
        new Fault(r -> true, Fault.Kind.LOSE_ANSWER, null)
            .when(
                request -> {
                  boolean first = request.path().equals("/rest/batch/people") && lost.isEmpty();
                  if (first) {
                    lost.add(request.bodyText());
                  }
                  return first;
                }));
    world.engine.runCycle();
    world.time.advance(Duration.ofMinutes(30));
    world.engine.runCycle();
    world.engine.runCycle();

    List<String> emails = new ArrayList<>();
    world.twenty.people().forEach(p -> emails.add(p.at("/emails/primaryEmail").asText()));
    assertThat(emails).containsExactlyInAnyOrder("o'brien@example.com", "d'ete@example.com");
    assertThat(world.parked()).isZero();
  }
}
