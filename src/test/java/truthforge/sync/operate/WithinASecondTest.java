package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.CycleReport;

/** An edit in Twenty, with the webhook that Twenty's stand-in sends itself, by real clocks. */
class WithinASecondTest {

  private Listening service;
  private World world;

  /** It polls every 300 seconds: what arrives before that came by a webhook. */
  private void serve(Path folder, int people) throws Exception {
    world = World.withoutEngine(folder, World.ALL);
    for (int i = 0; i < people; i++) {
      world.sql(
          "insert into contacts_master(first_name, emails, job_title) values ('P"
              + i
              + "', '[\"p"
              + i
              + "@example.com\"]', 'before')");
    }
    world.set(Options.SYNC_INTERVAL_SECONDS, "300");
    service = new Listening(world, Engine.Mode.CONTINUOUS);
    service.await("the first cycle", () -> world.engine.cycle().last() != null);
  }

  @AfterEach
  void it_ends() {
    service.close();
  }

  private void edit(String id, String jobTitle) throws Exception {
    service.person("PATCH", "/rest/people/" + id, "{\"jobTitle\":\"" + jobTitle + "\"}");
  }

  private boolean isEverywhere(String jobTitle) throws Exception {
    return world.bigquery.rows("identity", "contacts_master").stream()
            .anyMatch(row -> row.path("job_title").asText().equals(jobTitle))
        && world.supabase.rows("contacts_master").stream()
            .anyMatch(row -> row.path("job_title").asText().equals(jobTitle))
        && jobTitle.equals(
            service.local("max(case when job_title = '" + jobTitle + "' then job_title end)"));
  }

  /** In milliseconds, from Twenty's answer to the editor until all three hold the edit. */
  private long[] travelTimes(int edits) throws Exception {
    service.registerInTwenty();
    String id = service.onlyPersonsId();
    CycleReport cycle = world.engine.cycle().last();
    long[] millis = new long[edits];
    for (int i = 0; i < edits; i++) {
      String jobTitle = "edit " + i;
      edit(id, jobTitle);
      long began = System.nanoTime();
      service.await(jobTitle + " everywhere", () -> isEverywhere(jobTitle));
      millis[i] = (System.nanoTime() - began) / 1_000_000;
    }
    assertThat(world.engine.cycle().last()).as("no poll brought it").isSameAs(cycle);
    Arrays.sort(millis);
    System.out.println(
        edits
            + " edits in Twenty are in BigQuery, Supabase and local after, in the median, "
            + millis[edits / 2]
            + " ms; at the longest "
            + millis[edits - 1]
            + " ms");
    return millis;
  }

  @Test
  void an_edit_in_twenty_is_everywhere_long_before_the_next_poll(@TempDir Path folder)
      throws Exception {
    serve(folder, 1);

    assertThat(travelTimes(3)).hasSize(3);
  }

  /** In time on a machine of its own. */
  @Test
  @Tag("long")
  void an_edit_in_twenty_is_everywhere_within_a_second(@TempDir Path folder) throws Exception {
    serve(folder, 1);

    assertThat(travelTimes(31)[15]).isLessThan(1000);
  }

  @Test
  void what_lost_webhooks_missed_is_found_by_the_next_poll(@TempDir Path folder) throws Exception {
    serve(folder, 6);
    AtomicInteger webhooks = new AtomicInteger();
    HttpServer losing =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    losing.setExecutor(Executors.newCachedThreadPool());
    losing.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          int status = 500;
          if (webhooks.getAndIncrement() % 2 == 0) {
            HttpRequest.Builder request =
                HttpRequest.newBuilder(service.url("/webhooks/twenty"))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body));
            for (String name :
                List.of(
                    "Content-Type", "X-Twenty-Webhook-Timestamp", "X-Twenty-Webhook-Signature")) {
              request.header(name, exchange.getRequestHeaders().getFirst(name));
            }
            try {
              status =
                  service.client().send(request.build(), BodyHandlers.discarding()).statusCode();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    losing.start();
    try {
      service.person(
          "POST",
          "/rest/metadata/webhooks",
          "{\"targetUrl\":\"http://127.0.0.1:"
              + losing.getAddress().getPort()
              + "/\",\"operations\":[\"person.updated\"],\"secret\":\""
              + Listening.SECRET
              + "\"}");
      List<String> titles = new ArrayList<>();
      List<String> ids =
          world.twenty.people().stream().map(person -> person.get("id").asText()).toList();
      for (String id : ids) {
        titles.add("edit " + titles.size());
        edit(id, titles.get(titles.size() - 1));
      }
      service.await(
          "the half that was told",
          () -> {
            int arrived = 0;
            for (String title : titles) {
              arrived += isEverywhere(title) ? 1 : 0;
            }
            return arrived >= 3;
          });

      world.engine.runCycle();

      for (String title : titles) {
        assertThat(isEverywhere(title)).as(title).isTrue();
      }
    } finally {
      losing.stop(0);
    }
  }
}
