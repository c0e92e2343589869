package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.ForgetReport.Erasure;
import truthforge.sync.cli.Problem;
import truthforge.sync.ledger.Held;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandIn.Fault;

/** A person who is to be forgotten is erased everywhere, and stays erased. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForgetTest {

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
    desks = new Desks(world);
    for (int i = 0; i < CONTACTS; i++) {
      desks.of("bigquery").add(person("contact-" + i, "First " + i, emailOf("contact-" + i)));
    }
    assertThat(world.init().verified()).isTrue();
  }

  @BeforeEach
  void the_next_one_with_a_past() {
    contact = "contact-" + next++;
    desks.edit("twenty", contact, "notes", "a past of " + contact);
    desks.edit("local", contact, "notes", "another past of " + contact);
    world.engine.runCycle();
    world.engine.runCycle();
  }

  @AfterAll
  void close() {
    world.close();
  }

  private static String emailOf(String contact) {
    return "p" + contact.substring("contact-".length()) + "@forget.example";
  }

  private static Map<String, JsonNode> person(String contactId, String firstName, String email) {
    Map<String, JsonNode> person = new LinkedHashMap<>();
    if (contactId != null) {
      person.put("contact_id", JSON.textNode(contactId));
    }
    person.put("first_name", JSON.textNode(firstName));
    if (email != null) {
      person.put("emails", JSON.arrayNode().add(email));
    }
    return person;
  }

  private Decisions decisions() {
    return world.engine.decisions();
  }

  private List<Erasure> pending() {
    return decisions().forgetting().erasures().stream()
        .filter(erasure -> !erasure.pending().isEmpty())
        .toList();
  }

  private void streamingIsOver() {
    world.time.advance(Duration.ofHours(1));
    world.engine.runCycle();
    world.engine.runCycle();
  }

  private static Held heldIn(World world, String externalId) {
    return world.engine.decisions().held(0, 1000).held().stream()
        .filter(held -> externalId.equals(held.externalId()))
        .findFirst()
        .orElse(null);
  }

  @Test
  void a_forgotten_contact_is_gone_from_all_four_for_good() {
    decisions().forget(contact);
    world.engine.runCycle();

    for (String system : World.ALL) {
      assertThat(desks.byContactId(system)).as(system).doesNotContainKey(contact);
    }
  }

  @Test
  void a_forgotten_contact_stays_gone_when_everything_is_compared() {
    decisions().forget(contact);
    world.engine.runCycle();

    world.engine.reconcile();
    world.engine.reconcile();

    for (String system : World.ALL) {
      assertThat(desks.byContactId(system)).as(system).doesNotContainKey(contact);
    }
  }

  @Test
  void nothing_of_a_forgotten_contact_is_left_in_the_ledger_once_all_have_answered()
      throws Exception {
    String email = emailOf(contact);
    String inTwenty = desks.id("twenty", contact);
    decisions().forget(contact);
    streamingIsOver();

    assertThat(pending()).isEmpty();
    assertThat(dump())
        .noneMatch(
            row ->
                row.contains("\"" + contact + "\"")
                    || row.contains("past of " + contact)
                    || row.contains(email)
                    || row.contains(inTwenty));
  }

  /** Every row of the ledger as text. */
  private List<String> dump() throws Exception {
    List<String> rows = new ArrayList<>();
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
        var statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (var names =
          statement.executeQuery("select name from sqlite_master where type = 'table'")) {
        while (names.next()) {
          tables.add(names.getString(1));
        }
      }
      for (String table : tables) {
        try (var all = statement.executeQuery("select * from \"" + table + "\"")) {
          int columns = all.getMetaData().getColumnCount();
          while (all.next()) {
            StringBuilder row = new StringBuilder(table);
            for (int i = 1; i <= columns; i++) {
              row.append(" \"").append(all.getString(i)).append('"');
            }
            rows.add(row.toString());
          }
        }
      }
    }
    return rows;
  }

  @Test
  void what_was_exported_to_bigquery_is_erased_when_it_is_not_streaming_any_more() {
    decisions().forget(contact);
    world.engine.runCycle();
    assertThat(pending())
        .anyMatch(erasure -> erasure.pending().equals(List.of("bigquery-history")));

    streamingIsOver();

    for (String table : List.of("sync_change_log", "sync_conflicts")) {
      assertThat(world.bigquery.rows("identity", table))
          .noneMatch(row -> row.path("contact_id").asText().equals(contact));
    }
    assertThat(world.bigquery.rows("identity", "sync_change_log")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"twenty", "supabase", "local"})
  void a_system_that_does_not_answer_is_asked_again_until_it_does(String system) throws Exception {
    if (system.equals("local")) {
      world.set(truthforge.sync.config.Options.LOCAL_READ_ONLY, "true");
      world.restart();
      decisions().forget(contact);
      world.engine.runCycle();
      assertThat(desks.byContactId(system)).containsKey(contact);
      world.set(truthforge.sync.config.Options.LOCAL_READ_ONLY, "false");
      world.restart();
    } else {
      StandIn standIn = world.standIn(system);
      Fault deaf = Fault.status(503, "{}").when(request -> request.method().equals("DELETE"));
      standIn.inject(deaf.times(1));
      decisions().forget(contact);
      world.engine.runCycle();
      assertThat(desks.byContactId(system)).containsKey(contact);
      world.restart();
    }

    streamingIsOver();

    assertThat(desks.byContactId(system)).doesNotContainKey(contact);
    assertThat(pending()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_record_that_comes_back_with_its_contact_id_is_erased_again(String system) {
    decisions().forget(contact);
    streamingIsOver();

    desks.of(system).add(person(contact, "Back", null));
    world.engine.runCycle();
    streamingIsOver();

    for (String each : World.ALL) {
      assertThat(desks.byContactId(each)).as(each).doesNotContainKey(contact);
    }
  }

  @Test
  void a_record_that_a_backup_brings_back_under_its_own_id_is_erased_again() throws Exception {
    String id = desks.id("local", contact);
    decisions().forget(contact);
    streamingIsOver();

    world.sql("insert into contacts_master (id, first_name) values (" + id + ", 'From a backup')");
    world.engine.runCycle();
    world.engine.runCycle();

    assertThat(desks.of("local").records())
        .noneMatch(row -> desks.of("local").idOf(row).equals(id));
  }

  @Test
  void a_record_with_only_the_email_of_a_forgotten_contact_is_held() {
    decisions().forget(contact);
    streamingIsOver();

    String id = desks.of("supabase").add(person(null, "Maybe", emailOf(contact)));
    world.engine.runCycle();

    assertThat(heldIn(world, id).why()).isEqualTo(Held.Reason.FORGOTTEN);
    assertThat(desks.byContactId("twenty").values())
        .noneMatch(person -> person.at("/name/firstName").asText().equals("Maybe"));
    decisions().refuse(heldIn(world, id).id());
  }

  @Test
  void a_new_consent_becomes_a_contact_when_it_is_approved() {
    decisions().forget(contact);
    streamingIsOver();
    String id = desks.of("supabase").add(person(null, "Consenting", emailOf(contact)));
    world.engine.runCycle();

    decisions().approve(heldIn(world, id).id(), null);
    world.engine.runCycle();

    assertThat(desks.byContactId("twenty").values())
        .anyMatch(person -> person.at("/name/firstName").asText().equals("Consenting"));
  }

  @Test
  void what_was_merged_into_a_forgotten_contact_is_erased_with_it() {
    String other = "contact-" + next++;
    decisions().merge(contact, other);
    world.engine.runCycle();
    world.engine.runCycle();

    decisions().forget(contact);
    streamingIsOver();

    for (String system : World.ALL) {
      assertThat(desks.byContactId(system)).as(system).doesNotContainKeys(contact, other);
    }
    assertThat(pending()).isEmpty();
  }

  @Test
  void a_contact_that_is_deleted_already_is_erased_from_the_trash() {
    desks.of("twenty").delete(desks.id("twenty", contact));
    world.engine.runCycle();

    decisions().forget(contact);
    streamingIsOver();

    for (String system : World.ALL) {
      assertThat(desks.byContactId(system)).as(system).doesNotContainKey(contact);
    }
  }

  @Test
  void a_contact_that_there_is_not_cannot_be_forgotten() {
    assertThatThrownBy(() -> decisions().forget("nobody")).isInstanceOf(Problem.class);
  }

  @Test
  void others_go_on_as_before() throws IOException {
    String other = "contact-" + next++;
    decisions().forget(contact);
    desks.edit("supabase", other, "notes", "still here");
    world.engine.runCycle();

    assertThat(desks.value("twenty", other, "notes").toJson().asText()).isEqualTo("still here");
  }
}
