package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.StandIn.Fault;

/** Issue 6: who is to be told is told once per change of state, in Slack's form. */
class AlertsTest {

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final AtomicInteger refused = new AtomicInteger();
  private HttpServer chat;
  private volatile boolean takes = true;
  private World world;

  @BeforeEach
  void a_chat_that_takes_posts(@TempDir Path folder) throws Exception {
    chat = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    chat.createContext(
        "/hook",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          boolean taken = takes && exchange.getRequestMethod().equals("POST");
          if (taken) {
            told.add(body);
          } else {
            refused.incrementAndGet();
          }
          exchange.sendResponseHeaders(taken ? 200 : 500, -1);
          exchange.close();
        });
    chat.start();
    world = World.withoutEngine(folder, "local", "twenty");
    world.set(
        Options.ALERT_WEBHOOK_URL,
        "http://127.0.0.1:" + chat.getAddress().getPort() + "/hook/secret");
  }

  @AfterEach
  void it_ends() {
    chat.stop(0);
  }

  private static void moreCycles(AtWork work) throws Exception {
    double before = cycles(work);
    AtWork.await(() -> cycles(work) > before + 2, "more cycles");
  }

  private static double cycles(AtWork work) {
    return work.send(work.request("/observe/metrics").GET())
        .response()
        .body()
        .lines()
        .filter(line -> line.startsWith("sync_cycle_seconds_count"))
        .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
        .sum();
  }

  @Test
  void a_system_that_fails_and_recovers_is_told_once_each() throws Exception {
    try (AtWork work = new AtWork(world)) {
      world.twenty.inject(Fault.unreachable());
      AtWork.await(() -> told.size() == 1, "the failing to be told");
      moreCycles(work);
      world.twenty.heal();
      work.post("/api/sync", "");
      AtWork.await(() -> told.size() == 2, "the recovery to be told");
      moreCycles(work);
    }
    assertThat(told).hasSize(2);
    assertThat(told.get(0)).startsWith("{\"text\":\"Truth Forge Sync: twenty is failing: ");
    assertThat(told.get(1)).isEqualTo("{\"text\":\"Truth Forge Sync: twenty has recovered\"}");
  }

  @Test
  void what_waits_for_a_person_is_told_once_in_slacks_form_and_that_it_was_decided()
      throws Exception {
    world.sql(
        "insert into contacts_master(first_name, phones) values ('Twin', '[\"+33612345678\"]'),"
            + " ('Twin', '[\"+33612345678\"]')");
    try (AtWork work = new AtWork(world)) {
      AtWork.await(() -> told.size() == 1, "what is held to be told");
      moreCycles(work);
      long id = work.get("/api/held").json().at("/held/0/id").asLong();
      work.post("/api/held/" + id + "/refuse", "");
      AtWork.await(() -> told.size() == 2, "the decision to be told");
    }
    assertThat(told)
        .containsExactly(
            "{\"text\":\"Truth Forge Sync: 1 of local wait for a person: see 'held list'\"}",
            "{\"text\":\"Truth Forge Sync: local has recovered\"}");
  }

  @Test
  void what_could_not_be_told_is_told_later_and_not_again_after_a_restart() throws Exception {
    takes = false;
    try (AtWork work = new AtWork(world)) {
      world.twenty.inject(Fault.unreachable());
      AtWork.await(() -> refused.get() > 1, "it to be tried again");
      takes = true;
      AtWork.await(() -> told.size() == 1, "the failing to be told");
      work.stop();
      AtWork again = new AtWork(world);
      again.awaitJson(
          "/api/overview",
          o -> o.at("/systems/twenty/state").asText().equals("failing"),
          "it to fail again");
      moreCycles(again);
      again.stop();
    }
    assertThat(told).hasSize(1);
  }
}
