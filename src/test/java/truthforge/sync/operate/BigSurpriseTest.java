package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.Held;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/** Big surprises of whole systems, through the real routes (promise 8). */
class BigSurpriseTest {

  private static final List<String> SOME = List.of("Ada", "Bob", "Cleo");

  private World world;
  private Hands people;

  @BeforeEach
  void four_systems_alike(@TempDir Path folder) throws Exception {
    world = new World(folder, World.ALL);
    people = new Hands(world);
    for (String name : SOME) {
      people.add("twenty", name);
    }
    cycle();
    cycle();
  }

  @AfterEach
  void end() {
    world.close();
  }

  private void cycle() {
    world.time.advance(Duration.ofMinutes(5));
    world.engine.runCycle();
  }

  private void reconcile() {
    world.time.advance(Duration.ofMinutes(5));
    world.engine.reconcile();
  }

  private List<Held> held() {
    return world.ledger.transaction(tx -> tx.heldAfter(0, 100));
  }

  private StatusReport status() throws Exception {
    return world.command(SyncService::status);
  }

  @Test
  void a_table_that_is_empty_at_once_deletes_nobody_elsewhere() throws Exception {
    world.sql("delete from contacts_master");
    reconcile();
    cycle();
    assertThat(held()).singleElement().matches(h -> h.why() == Held.Reason.EMPTY_SOURCE);
    assertThat(people.names("twenty")).isEqualTo(SOME);
  }

  @Test
  void a_held_system_does_not_keep_the_others_from_going_on() throws Exception {
    world.sql("delete from contacts_master");
    reconcile();
    people.rename("supabase", "Bob", "Robert");
    cycle();
    assertThat(people.names("twenty")).containsExactly("Ada", "Cleo", "Robert");
    assertThat(people.names("local")).isEmpty();
  }

  @Test
  void the_status_names_the_system_that_is_held() throws Exception {
    world.sql("delete from contacts_master");
    reconcile();
    StatusReport status = status();
    assertThat(status.healthy()).isFalse();
    assertThat(status.systems().get("local").state()).isEqualTo("held");
    assertThat(status.indicators())
        .anySatisfy(
            indicator ->
                assertThat(indicator.detail())
                    .isEqualTo("local is empty at once and is held; see 'held list'"));
  }

  @Test
  void a_table_that_is_filled_again_goes_on_by_itself() throws Exception {
    world.sql("create table kept as select * from contacts_master");
    world.sql("delete from contacts_master");
    reconcile();
    world.sql("insert into contacts_master select * from kept");
    people.rename("local", "Bob", "Robert");
    cycle();
    assertThat(held()).isEmpty();
    assertThat(people.names("twenty")).containsExactly("Ada", "Cleo", "Robert");
  }

  @Test
  void an_emptied_table_is_filled_again_where_a_person_refuses() throws Exception {
    world.sql("delete from contacts_master");
    reconcile();
    world.engine.observing().refuse(held().get(0).id());
    cycle();
    assertThat(people.names("local")).isEqualTo(SOME);
  }

  @Test
  void an_emptied_table_deletes_all_where_a_person_approves() throws Exception {
    world.sql("delete from contacts_master");
    reconcile();
    world.engine.observing().approve(held().get(0).id(), null);
    cycle();
    for (String system : World.ALL) {
      assertThat(people.names(system)).as(system).isEmpty();
    }
  }

  /** Of fewer than ten contacts the limits would let all go. */
  @Test
  void a_system_that_is_set_up_elsewhere_with_other_records_waits_and_deletes_nobody()
      throws Exception {
    try (TwentyStandIn elsewhere = TwentyStandIn.start(TwentyStandIn.Options.afterSetup())) {
      elsewhere.loadPerson(zoe());
      moveTwenty(elsewhere.url().toString(), elsewhere.apiKey());
      reconcile();
      cycle();
      assertThat(held())
          .singleElement()
          .matches(h -> h.why() == Held.Reason.SOURCE_RESTORED)
          .matches(h -> h.reason().contains("and is set up as " + elsewhere.url()));
      assertThat(people.names("local")).isEqualTo(SOME);
      assertThat(elsewhere.people()).hasSize(1);

      world.engine.observing().refuse(held().get(0).id());
      cycle();
      cycle();
      reconcile();
      assertThat(elsewhere.people()).hasSize(4);
      assertThat(people.names("local")).containsExactly("Ada", "Bob", "Cleo", "Zoe");
    }
  }

  @Test
  void a_system_that_is_set_up_where_it_was_again_goes_on() throws Exception {
    try (TwentyStandIn elsewhere = TwentyStandIn.start(TwentyStandIn.Options.afterSetup())) {
      elsewhere.loadPerson(zoe());
      moveTwenty(elsewhere.url().toString(), elsewhere.apiKey());
      cycle();
      moveTwenty(world.twenty.url().toString(), world.twenty.apiKey());
      people.rename("twenty", "Bob", "Robert");
      cycle();
      assertThat(held()).isEmpty();
      assertThat(people.names("local")).containsExactly("Ada", "Cleo", "Robert");
    }
  }

  @Test
  void a_system_that_has_got_another_name_and_the_same_records_goes_on() throws Exception {
    String url = world.twenty.url().toString().replace("127.0.0.1", "localhost");
    moveTwenty(url, world.twenty.apiKey());
    people.rename("twenty", "Bob", "Robert");
    cycle();
    assertThat(held()).isEmpty();
    assertThat(people.names("local")).containsExactly("Ada", "Cleo", "Robert");
  }

  private void moveTwenty(String url, String key) throws Exception {
    world.more.put(Options.TWENTY_URL, url);
    world.more.put(Options.TWENTY_API_KEY, key);
    world.restart();
  }

  private static ObjectNode zoe() {
    ObjectNode person =
        new ObjectMapper().createObjectNode().put("id", UUID.randomUUID().toString());
    person
        .put("createdAt", "2026-01-01T00:00:00.000Z")
        .put("updatedAt", "2026-01-01T00:00:00.000Z");
    person.putObject("name").put("firstName", "Zoe").put("lastName", "Person");
    person.putObject("emails").put("primaryEmail", "zoe@example.com");
    return person;
  }

  /** A wrong key never deletes anything, whatever a system answers to it. */
  @Test
  void a_wrong_key_deletes_nothing_in_any_system() throws Exception {
    for (String system : List.of("bigquery", "twenty", "supabase")) {
      world
          .standIn(system)
          .inject(Fault.status(401, "{\"message\":\"who are you\"}").when(r -> !Hands.theirs(r)));
    }
    reconcile();
    cycle();
    for (String system : List.of("bigquery", "twenty", "supabase")) {
      world.standIn(system).heal();
    }
    world.time.advance(Duration.ofHours(1));
    world.engine.reconcile();
    for (String system : World.ALL) {
      assertThat(people.names(system)).as(system).isEqualTo(SOME);
    }
  }

  /** What PostgREST answers to a key that row security leaves nothing. */
  @Test
  void a_key_that_sees_no_rows_deletes_nothing() throws Exception {
    world.supabase.inject(
        Fault.status(200, "[]")
            .when(r -> r.method().equals("GET") && r.path().endsWith("/contacts_master")));
    reconcile();
    cycle();
    assertThat(people.names("twenty")).isEqualTo(SOME);
    assertThat(people.names("local")).isEqualTo(SOME);
  }

  @Test
  void many_deletions_are_held_and_the_status_says_so() throws Exception {
    for (int i = 0; i < 12; i++) {
      people.add("local", String.format(Locale.ROOT, "Person%02d", i));
    }
    cycle();
    cycle();
    world.sql("update contacts_master set deleted_at = updated_at where first_name like 'Person%'");
    cycle();
    assertThat(people.names("twenty")).hasSize(15);
    assertThat(status().indicators())
        .anySatisfy(
            indicator ->
                assertThat(indicator.detail())
                    .isEqualTo(
                        "12 deletions or changes, more than allowed, are held; see 'held list'"));
  }
}
