package truthforge.sync.recordings;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Takes what a stand-in's webhooks send. */
final class WebhookReceiver implements AutoCloseable {
  static final String SECRET = "a secret of this test";

  private final HttpServer server;
  private final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();

  /** One delivery, its body as text and read. */
  record Delivery(Headers headers, String rawBody, JsonNode body) {}

  WebhookReceiver() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String raw = new String(body, StandardCharsets.UTF_8);
          deliveries.add(new Delivery(exchange.getRequestHeaders(), raw, TwentyReplay.parsed(raw)));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  void register(TwentyReplay replay) {
    replay.call(
        "POST",
        "/rest/metadata/webhooks",
        "{\"targetUrl\":\"http://127.0.0.1:%d/\",\"operations\":[\"*.*\"],\"secret\":\"%s\"}"
            .formatted(server.getAddress().getPort(), SECRET));
  }

  /**
   * The first delivery of this event whose record is the one looked for, or null if none comes
   * within five seconds; others are kept for later questions.
   */
  Delivery find(String eventName, Predicate<JsonNode> record) {
    List<Delivery> others = new ArrayList<>();
    try {
      Delivery delivery = deliveries.poll(5, TimeUnit.SECONDS);
      while (delivery != null) {
        boolean found =
            delivery.body().get("eventName").asText().equals(eventName)
                && record.test(delivery.body().get("record"));
        if (found) {
          return delivery;
        }
        others.add(delivery);
        delivery = deliveries.poll(5, TimeUnit.SECONDS);
      }
      return null;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      deliveries.addAll(others);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
