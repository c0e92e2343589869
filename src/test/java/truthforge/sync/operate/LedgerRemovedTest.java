package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody moves the ledger's file away while the service has it open. */
class LedgerRemovedTest {

  @TempDir Path folder;

  @Test
  void nothing_is_done_until_the_ledger_is_back_and_then_all() throws Exception {
    World world = World.withoutEngine(folder, World.ALL);
    Hands people = new Hands(world);
    people.add("local", "Ada");
    Path away = Files.createDirectory(folder.resolve("away"));
    try (AtWork work = new AtWork(world)) {
      AtWork.await(() -> people.names("twenty").contains("Ada"), "Ada to arrive");
      move(folder, away);
      people.note("local", "Ada", "edited meanwhile");

      JsonNode health =
          work.awaitJson(
              "/observe/health",
              answer -> answer.at("/checks/ledger/status").asText().equals("DOWN"),
              "the health to say so");
      assertThat(health.at("/checks/ledger/detail").asText()).contains("removed or replaced");
      assertThat(health.path("status").asText()).isEqualTo("DOWN");
      assertThat(people.notes("twenty")).doesNotContain("edited meanwhile");

      move(away, folder);
      for (String system : World.ALL) {
        AtWork.await(() -> people.notes(system).contains("edited meanwhile"), "it in " + system);
      }
      work.awaitJson(
          "/observe/health",
          answer -> answer.at("/checks/ledger/status").asText().equals("UP"),
          "the health to say so");
    }
  }

  /** The file, and what SQLite keeps beside it; not the lock. */
  private static void move(Path from, Path to) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from, "ledger.db*")) {
      for (Path file : files) {
        if (!file.toString().endsWith(".lock")) {
          Files.move(file, to.resolve(file.getFileName()));
        }
      }
    }
  }
}
