package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.ledger.Held;
import truthforge.sync.sandbox.StandIn.Fault;

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
