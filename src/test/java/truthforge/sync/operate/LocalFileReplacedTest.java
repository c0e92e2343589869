package truthforge.sync.operate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that save into a new file and put it in the old one's place. */
class LocalFileReplacedTest {

  @TempDir Path folder;

  @Test
  void edits_travel_from_and_to_the_file_that_stands_there_now() throws Exception {
    World world = World.withoutEngine(folder, World.ALL);
    Hands people = new Hands(world);
    people.add("local", "Ada");
    try (AtWork work = new AtWork(world)) {
      AtWork.await(() -> people.names("twenty").contains("Ada"), "Ada to arrive");
      Path saved = folder.resolve("saved.db");
      world.sql("vacuum into '" + saved + "'");
      for (String kept : List.of("contacts.db-wal", "contacts.db-shm")) {
        Files.deleteIfExists(folder.resolve(kept));
      }
      Files.move(saved, folder.resolve("contacts.db"), StandardCopyOption.REPLACE_EXISTING);

      people.note("local", "Ada", "edited in the new file");
      AtWork.await(() -> people.notes("twenty").contains("edited in the new file"), "it in Twenty");
      people.note("twenty", "Ada", "edited in Twenty");
      AtWork.await(() -> people.notes("local").contains("edited in Twenty"), "it in the new file");
      work.awaitJson(
          "/observe/health",
          health -> health.at("/systems/local/status").asText().equals("UP"),
          "the local database to be well");
    }
  }
}
