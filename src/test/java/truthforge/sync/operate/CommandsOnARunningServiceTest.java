package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.operate.Operator.Said;
import truthforge.sync.operate.port.OperatorFile;

/** Issue 6: the commands ask a running service, and work on the ledger when there is none. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandsOnARunningServiceTest {

  private AtWork work;
  private Operator operator;

  @BeforeAll
  void a_service_at_work_and_somebody_at_the_command_line(@TempDir Path folder) throws Exception {
    work = new AtWork(World.withoutEngine(folder, "local", "twenty"));
    operator = new Operator(folder, work.world.settings());
  }

  @AfterAll
  void they_end() {
    operator.close();
    work.close();
  }

  @Test
  void pausing_and_resuming_a_system_is_asked_of_the_running_service() throws Exception {
    assertThat(operator.does("pause twenty").all()).isEqualToIgnoringNewLines("paused twenty");
    assertThat(work.get("/api/overview").json().at("/systems/twenty/state").asText())
        .isEqualTo("paused");

    work.world.sql("insert into contacts_master(first_name) values ('Ada')");
    work.awaitJson("/api/overview", o -> o.at("/systems/twenty/due").asInt() > 0, "Ada to be due");
    assertThat(work.world.twenty.people().toString()).doesNotContain("Ada");

    assertThat(operator.does("resume twenty").code()).isZero();
    AtWork.await(
        () -> work.world.twenty.people().toString().contains("Ada"), "Ada to be in Twenty");
  }

  @Test
  void reverting_a_contact_is_asked_of_the_running_service() throws Exception {
    work.world.sql("insert into contacts_master(first_name, notes) values ('Grace', 'first')");
    String found = "/api/contacts?q=grace";
    work.awaitJson(found, o -> o.get("contacts").size() == 1, "Grace to be known");
    work.world.sql("update contacts_master set notes = 'second' where first_name = 'Grace'");
    String id = work.get(found).json().at("/contacts/0/id").asText();
    work.awaitJson("/api/contacts/" + id, o -> o.get("version").asInt() == 2, "the second version");

    Said said = operator.does("revert " + id + " 1");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(said.out()).contains("notes");
    work.awaitJson("/api/contacts/" + id, o -> o.get("version").asInt() == 3, "the third version");
  }

  @Test
  void a_system_that_takes_no_part_cannot_be_paused() throws Exception {
    Said said = operator.does("pause salesforce");

    assertThat(said.code()).isEqualTo(2);
    assertThat(said.err()).contains("salesforce", "local");
  }

  @Test
  void what_was_refused_by_the_running_service_is_told() throws Exception {
    Said said = operator.does("held approve 77");

    assertThat(said.code()).isEqualTo(2);
    assertThat(said.err()).contains("77");
  }

  @Test
  void a_pause_is_remembered_without_a_running_service(@TempDir Path own) throws Exception {
    World world = new World(own, "local", "twenty");
    try (Operator alone = new Operator(own, world.settings())) {
      world.stop();
      assertThat(alone.does("pause twenty").code()).isZero();
      world.start();
      assertThat(world.engine.availability().isPaused("twenty")).isTrue();
      world.stop();
      assertThat(alone.does("resume twenty").code()).isZero();
      world.start();
      assertThat(world.engine.availability().isPaused("twenty")).isFalse();
    } finally {
      world.close();
    }
  }

  @Test
  void whoever_took_the_port_of_a_service_that_died_is_not_told_its_token(@TempDir Path own)
      throws Exception {
    AtomicReference<String> heard = new AtomicReference<>("");
    World world = World.withoutEngine(own, "local");
    JdbcLedger.open(
            LedgerSettings.of(
                world.configuration().required(Options.LEDGER_JDBC_URL), Clock.systemUTC()))
        .close();
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        Operator alone = new Operator(own, world.settings())) {
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
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      Files.writeString(
          OperatorFile.place(world.configuration()),
          "{\"url\":\"http://127.0.0.1:" + other.getLocalPort() + "/\",\"token\":\"the-token\"}");

      assertThat(alone.does("pause local").code()).isZero();

      listening.join();
      assertThat(heard.get()).contains("/observe/proof").doesNotContain("the-token");
    } finally {
      world.close();
    }
  }
}
