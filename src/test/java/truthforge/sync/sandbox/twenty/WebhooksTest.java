package truthforge.sync.sandbox.twenty;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebhooksTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SECRET = "a secret";

  private final TwentyStandIn twenty = TwentyStandIn.start(TwentyStandIn.Options.afterSetup());
  private final TwentyClient api = new TwentyClient(twenty.url(), twenty.apiKey());
  private final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
  private volatile int status = 200;
  private volatile CyclicBarrier together;
  private HttpServer receiver;

  private record Delivery(Headers headers, String raw, JsonNode body) {
    String event() {
      return body.get("eventName").asText();
    }
  }

  @BeforeEach
  void receive() throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.setExecutor(Executors.newCachedThreadPool());
    receiver.createContext(
        "/",
        exchange -> {
          String raw = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          deliveries.add(new Delivery(exchange.getRequestHeaders(), raw, JSON.readTree(raw)));
          try {
            if (together != null) {
              together.await(4, TimeUnit.SECONDS);
            }
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    receiver.start();
  }

  @AfterEach
  void close() {
    twenty.close();
    receiver.stop(0);
  }

  private void register(String operations) {
    api.post(
        "/rest/metadata/webhooks",
        "{\"targetUrl\":\"http://127.0.0.1:%d/hook\",\"operations\":[%s],\"secret\":\"%s\"}"
            .formatted(receiver.getAddress().getPort(), operations, SECRET));
  }

  private String create(String body) {
    return api.post("/rest/people", body).data("createPerson").get("id").asText();
  }

  private Delivery next() throws InterruptedException {
    return deliveries.poll(5, TimeUnit.SECONDS);
  }

  @Test
  void an_update_is_delivered_with_the_record_and_the_fields_that_changed() throws Exception {
    String id = create("{\"jobTitle\":\"before\"}");
    register("\"person.updated\"");
    api.patch("/rest/people/" + id, "{\"jobTitle\":\"after\"}");

    JsonNode body = next().body();

    assertThat(body.at("/record/jobTitle").asText()).isEqualTo("after");
    assertThat(body.get("updatedFields").toString()).isEqualTo("[\"jobTitle\"]");
  }

  @Test
  void a_delivery_is_signed_over_its_time_and_its_raw_body() throws Exception {
    register("\"*.*\"");
    create("{}");
    Delivery delivery = next();

    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    String signed =
        delivery.headers().getFirst("X-Twenty-Webhook-Timestamp") + ":" + delivery.raw();
    assertThat(delivery.headers().getFirst("X-Twenty-Webhook-Signature"))
        .isEqualTo(HexFormat.of().formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void an_update_that_changes_nothing_is_not_delivered() throws Exception {
    String id = create("{\"jobTitle\":\"x\"}");
    register("\"person.*\"");
    api.patch("/rest/people/" + id, "{\"jobTitle\":\"x\"}");
    api.patch("/rest/people/" + id, "{\"updatedAt\":\"2020-01-01T00:00:00.000Z\"}");
    api.patch("/rest/people/" + id, "{\"jobTitle\":\"y\"}");

    assertThat(next().body().at("/record/jobTitle").asText()).isEqualTo("y");
    assertThat(deliveries).isEmpty();
  }

  @Test
  void a_delivery_that_is_not_taken_is_not_sent_again() throws Exception {
    status = 500;
    register("\"person.created\"");
    create("{\"jobTitle\":\"first\"}");
    assertThat(next().body().at("/record/jobTitle").asText()).isEqualTo("first");
    status = 200;
    create("{\"jobTitle\":\"second\"}");

    assertThat(next().body().at("/record/jobTitle").asText()).isEqualTo("second");
    assertThat(deliveries).isEmpty();
  }

  @Test
  void twenty_deliveries_of_a_batch_are_under_way_at_once() throws Exception {
    together = new CyclicBarrier(20);
    register("\"person.created\"");
    api.post("/rest/batch/people", "[" + "{},".repeat(19) + "{}]");
    Set<String> ids = new TreeSet<>();
    for (int i = 0; i < 20; i++) {
      ids.add(next().body().at("/record/id").asText());
    }

    assertThat(ids).hasSize(20);
    assertThat(together.isBroken()).isFalse();
  }

  @Test
  void each_way_of_leaving_has_its_own_event() throws Exception {
    String id = create("{}");
    register("\"person.deleted\",\"person.restored\",\"person.destroyed\"");
    api.delete("/rest/people/" + id + "?soft_delete=true");
    assertThat(next().event()).isEqualTo("person.deleted");
    api.patch("/rest/restore/people?" + TwentyClient.filter("id[eq]:" + id), "{}");
    assertThat(next().event()).isEqualTo("person.restored");
    api.delete("/rest/people/" + id);
    assertThat(next().event()).isEqualTo("person.destroyed");
  }

  @Test
  void a_deleted_webhook_is_sent_nothing() throws Exception {
    register("\"person.*\"");
    String hook = api.get("/rest/metadata/webhooks").body().get(0).get("id").asText();
    api.delete("/rest/metadata/webhooks/" + hook);
    create("{\"jobTitle\":\"unheard\"}");
    register("\"person.*\"");
    create("{\"jobTitle\":\"heard\"}");

    assertThat(next().body().at("/record/jobTitle").asText()).isEqualTo("heard");
  }
}
