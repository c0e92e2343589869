package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.validate.RouteBeans;

class EngineTest {

  @TempDir Path folder;

  @Test
  void a_contact_of_the_local_database_arrives_in_all_others_and_then_nothing_is_written()
      throws Exception {
    try (World world = new World(folder, World.ALL)) {
      world.sql(
          "insert into contacts_master(first_name, last_name, emails, organization, notes, birthday,"
              + " phones) values ('Ada', 'Lovelace', '[\"ada@example.com\"]', 'Engines (Ltd)',"
              + " 'first', '1815-12-10', '[\"+33612345678\"]')");

      world.engine.runCycle();

      assertThat(world.twenty.people()).hasSize(1);
      assertThat(world.supabase.rows("contacts_master")).hasSize(1);
      assertThat(world.bigquery.rows("identity", "contacts_master")).hasSize(1);

      assertThat(RouteBeans.NAMES)
          .as("what validate takes for a bean")
          .filteredOn(name -> world.engine.context().getRegistry().lookupByName(name) == null)
          .containsExactly("supabaseDatabase");

      world.engine.runCycle();

      Map<String, Counters> second = world.engine.cycle().last().systems();
      assertThat(second.values()).allSatisfy(system -> assertThat(system.sent()).isZero());
      assertThat(world.engine.metrics().counter("sync.sent", "system", "twenty").count())
          .isEqualTo(1);
      assertThat(world.engine.metrics().find("camel.route.policy").tag("routeId", "cycle").timer())
          .satisfies(timer -> assertThat(timer.count()).isEqualTo(2));
    }
  }
}
