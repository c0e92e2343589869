package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.operate.Operator.Said;
import truthforge.sync.operate.port.OperatorFile;

/** Issue 6: the commands ask a running service, and work on the ledger when there is none. */
class CommandsOnARunningServiceTest {

  @TempDir Path folder;

  @Test
  void pausing_and_resuming_a_system_is_asked_of_the_running_service() throws Exception {
    try (AtWork work = new AtWork(World.withoutEngine(folder, "local", "twenty"));
        Operator operator = new Operator(folder, work.world.settings())) {
      assertThat(operator.does("pause twenty").all()).isEqualToIgnoringNewLines("paused twenty");
      assertThat(work.get("/api/overview").json().at("/systems/twenty/state").asText())
          .isEqualTo("paused");

      work.world.sql("insert into contacts_master(first_name) values ('Ada')");
      work.awaitJson(
          "/api/overview", o -> o.at("/systems/twenty/due").asInt() == 1, "Ada to be due");
      assertThat(work.world.twenty.people()).isEmpty();

      assertThat(operator.does("resume twenty").code()).isZero();
      AtWork.await(() -> work.world.twenty.people().size() == 1, "Ada to be in Twenty");
    }
  }

  @Test
  void a_pause_is_remembered_without_and_across_a_running_service() throws Exception {
    World world = World.withoutEngine(folder, "local", "twenty");
    try (AtWork first = new AtWork(world)) {
      first.stop();
      try (Operator operator = new Operator(folder, world.settings())) {
        assertThat(operator.does("pause twenty").code()).isZero();
        world.start();
        assertThat(world.engine.availability().isPaused("twenty")).isTrue();
        world.stop();
        assertThat(operator.does("resume twenty").code()).isZero();
        world.start();
        assertThat(world.engine.availability().isPaused("twenty")).isFalse();
      }
    }
  }

  @Test
  void a_system_that_takes_no_part_cannot_be_paused() throws Exception {
    try (AtWork work = new AtWork(World.withoutEngine(folder, "local"));
        Operator operator = new Operator(folder, work.world.settings())) {
      Said said = operator.does("pause twenty");
      assertThat(said.code()).isEqualTo(2);
      assertThat(said.err()).contains("twenty", "local");
    }
  }

  @Test
  void what_was_refused_by_the_running_service_is_told() throws Exception {
    try (AtWork work = new AtWork(World.withoutEngine(folder, "local"));
        Operator operator = new Operator(folder, work.world.settings())) {
      Said said = operator.does("held approve 77");
      assertThat(said.code()).isEqualTo(2);
      assertThat(said.err()).contains("77");
    }
  }

  @Test
  void whoever_took_the_port_of_a_service_that_died_is_not_told_its_token() throws Exception {
    AtomicReference<String> heard = new AtomicReference<>("");
    World world = World.withoutEngine(folder, "local");
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        Operator operator = new Operator(folder, world.settings())) {
      CompletableFuture<Void> listening =
          CompletableFuture.runAsync(
              () -> {
                try (var caller = other.accept()) {
                  byte[] buffer = new byte[8192];
                  heard.set(new String(buffer, 0, caller.getInputStream().read(buffer)));
                  caller
                      .getOutputStream()
                      .write(
                          ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  + "Content-Length: 15\r\n\r\n{\"proof\":\"yes\"}")
                              .getBytes());
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      Files.writeString(
          OperatorFile.place(world.configuration()),
          "{\"url\":\"http://127.0.0.1:" + other.getLocalPort() + "/\",\"token\":\"the-token\"}");

      assertThat(operator.does("pause local").code()).isZero();

      listening.join();
      assertThat(heard.get()).contains("/observe/proof").doesNotContain("the-token");
    } finally {
      world.close();
    }
  }
}
