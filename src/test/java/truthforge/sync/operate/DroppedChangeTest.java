package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;

/** A database that says nothing of a write, and does not do it. */
class DroppedChangeTest {

  @TempDir Path folder;

  @Test
  void a_change_that_a_trigger_drops_without_a_word_is_parked_and_the_others_arrive()
      throws Exception {
    try (World world = World.withoutEngine(folder, World.ALL)) {
      Hands people = new Hands(world);
      world.more.put(Options.SYNC_MAX_ATTEMPTS, "1");
      world.start();
      people.add("local", "Ada");
      people.add("local", "Eve");
      world.engine.runCycle();
      world.sql(
          "create trigger no_ada before update on contacts_master when old.first_name = 'Ada'"
              + " begin select raise(ignore); end");
      people.note("twenty", "Ada", "dropped");
      people.note("twenty", "Eve", "taken");

      world.engine.runCycle();
      assertThat(people.notes("local")).contains("taken").doesNotContain("dropped");
      assertThat(world.parked()).isEqualTo(1);

      world.sql("drop trigger no_ada");
      people.note("twenty", "Ada", "taken at last");
      world.engine.runCycle();
      assertThat(people.notes("local")).contains("taken", "taken at last");
      assertThat(world.parked()).isZero();
    }
  }
}
