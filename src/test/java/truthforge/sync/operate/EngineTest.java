package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {

  @TempDir Path folder;

  @Test
  void a_contact_of_the_local_database_arrives_in_twenty() throws Exception {
    try (World world = new World(folder, "twenty", "supabase", "local")) {
      world.sql(
          "insert into contacts_master(first_name, last_name, emails, organization, notes, birthday,"
              + " phones) values ('Ada', 'Lovelace', '[\"ada@example.com\"]', 'Engines (Ltd)',"
              + " 'first', '1815-12-10', '[\"+33612345678\"]')");
      world.engine.runCycle();
      System.out.println(Cycle.line(world.engine.cycle().last()));
      System.out.println(world.supabase.rows("contacts_master"));
      assertThat(world.twenty.people()).hasSize(1);
      world.engine.runCycle();
      System.out.println(Cycle.line(world.engine.cycle().last()));
      world.engine.runCycle();
      System.out.println(Cycle.line(world.engine.cycle().last()));
      System.out.println(world.engine.cycle().last());
    }
  }
}
