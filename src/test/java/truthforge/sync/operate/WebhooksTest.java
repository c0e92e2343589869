package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;

class WebhooksTest {

  private static final String SECRET = "a-secret-of-twenty";
  private static final String CLAIM =
      "{\"eventName\":\"person.updated\",\"record\":{\"id\":\"6f0a6a3e-0000-4000-8000-000000000001\","
          + "\"jobTitle\":\"claimed by the payload\"}}";

  private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
  private World world;
  private int port;

  @BeforeEach
  void a_service_that_takes_webhooks(@TempDir Path folder) throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    world = new World(folder, "twenty", "local");
    world.stop();
    world.set(Options.TWENTY_WEBHOOK_SECRET, SECRET);
    world.set(Options.SERVICE_HOST, "127.0.0.1");
    world.set(Options.SERVICE_PORT, String.valueOf(port));
    world.start();
    world
        .engine
        .context()
        .getManagementStrategy()
        .addEventNotifier(
            new EventNotifierSupport() {
              @Override
              public void notify(CamelEvent event) {
                if (event instanceof CamelEvent.ExchangeCompletedEvent done) {
                  ended.add(String.valueOf(done.getExchange().getFromRouteId()));
                }
              }
            });
    world.sql(
        "insert into contacts_master(first_name, emails, job_title) values"
            + " ('Ada', '[\"ada@example.com\"]', 'before')");
    world.engine.runCycle();
  }

  @AfterEach
  void it_ends() {
    world.close();
  }

  @Test
  void a_webhook_makes_the_record_be_read_and_its_payload_is_not_believed() throws Exception {
    String id = world.twenty.people().get(0).get("id").asText();
    person("PATCH", "/rest/people/" + id, "{\"jobTitle\":\"edited in Twenty\"}");

    assertThat(post(String.valueOf(System.currentTimeMillis()), CLAIM, SECRET)).isEqualTo(204);
    awaitJobTitle("edited in Twenty");
  }

  @Test
  void a_webhook_that_is_not_signed_by_our_secret_is_refused_and_wakes_nobody() throws Exception {
    long calls = world.twenty.calls();
    String now = String.valueOf(System.currentTimeMillis());

    assertThat(post(now, CLAIM, "another secret")).isEqualTo(401);
    assertThat(post(now, CLAIM, null)).isEqualTo(401);

    assertThat(world.twenty.calls()).isEqualTo(calls);
  }

  @Test
  void a_webhook_older_than_five_minutes_is_refused() throws Exception {
    long old = System.currentTimeMillis() - Duration.ofMinutes(6).toMillis();

    assertThat(post(String.valueOf(old), CLAIM, SECRET)).isEqualTo(401);
  }

  /** Looks whenever a route has ended; what the payload claims must not be there meanwhile. */
  private void awaitJobTitle(String expected) throws Exception {
    while (!expected.equals(jobTitle())) {
      assertThat(jobTitle()).isIn("before", expected);
      assertThat(ended.poll(20, TimeUnit.SECONDS)).as("the next route to end").isNotNull();
    }
  }

  private String jobTitle() throws Exception {
    try (var connection = world.local();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("select job_title from contacts_master")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private int post(String timestamp, String body, String secret) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/webhooks/twenty"))
            .header("Content-Type", "application/json")
            .header("X-Twenty-Webhook-Timestamp", timestamp)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (secret != null) {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] signature = mac.doFinal((timestamp + ":" + body).getBytes(StandardCharsets.UTF_8));
      request.header("X-Twenty-Webhook-Signature", HexFormat.of().formatHex(signature));
    }
    request.timeout(Duration.ofSeconds(15));
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .build()
        .send(request.build(), BodyHandlers.discarding())
        .statusCode();
  }

  private void person(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(world.twenty.url() + path))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + world.twenty.userToken())
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
  }
}
