package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * The webhooks of a workspace. Each event is sent once to each webhook that asks for it, several at
 * a time and in no promised order; what the receiver does not take is lost.
 */
final class Webhooks implements AutoCloseable {
  private static final int PARALLEL = 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Clock clock;
  private final Metadata metadata;
  private final Map<String, ObjectNode> hooks = new LinkedHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong lost = new AtomicLong();
  private final ExecutorService senders =
      Executors.newFixedThreadPool(
          PARALLEL,
          task -> {
            Thread thread = new Thread(task, "twenty-webhooks");
            thread.setDaemon(true);
            return thread;
          });
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();

  Webhooks(Clock clock, Metadata metadata) {
    this.clock = clock;
    this.metadata = metadata;
  }

  /** How many deliveries no receiver took. */
  long lost() {
    return lost.get();
  }

  synchronized StandInAnswer answer(StandInRequest request, List<String> path) {
    String id = path.isEmpty() ? null : path.get(0);
    return switch (request.method()) {
      case "GET" -> id == null ? list() : get(id);
      case "POST" -> create(TwentyStandIn.body(request));
      case "PATCH" -> change(id, TwentyStandIn.body(request));
      case "DELETE" -> {
        if (hooks.remove(id) == null) {
          throw Refusal.notFound();
        }
        yield StandInAnswer.json(200, "true");
      }
      default -> StandInAnswer.text(501, "the stand-in knows no such call on webhooks");
    };
  }

  private StandInAnswer list() {
    ArrayNode all = Json.MAPPER.createArrayNode();
    hooks.values().forEach(all::add);
    return TwentyStandIn.json(200, all);
  }

  private StandInAnswer get(String id) {
    ObjectNode hook = hooks.get(id);
    return hook == null ? StandInAnswer.empty(200) : TwentyStandIn.json(200, hook);
  }

  private StandInAnswer create(JsonNode body) {
    String time = now();
    ObjectNode hook = Json.object().put("id", UUID.randomUUID().toString());
    hook.put("targetUrl", target(body.path("targetUrl").asText(), "creating"));
    ArrayNode operations = hook.putArray("operations");
    body.path("operations").forEach(operations::add);
    if (operations.isEmpty()) {
      operations.add("*.*");
    }
    hook.set("description", body.hasNonNull("description") ? body.get("description") : null);
    hook.put("secret", body.hasNonNull("secret") ? body.get("secret").asText() : hex(32));
    hook.put("workspaceId", metadata.workspaceId())
        .put("applicationId", metadata.applicationId())
        .put("createdAt", time)
        .put("updatedAt", time)
        .putNull("deletedAt");
    hooks.put(hook.get("id").textValue(), hook);
    return TwentyStandIn.json(201, hook);
  }

  private StandInAnswer change(String id, JsonNode body) {
    ObjectNode former = hooks.get(id);
    if (former == null) {
      throw Refusal.notFound();
    }
    ObjectNode hook = former.deepCopy();
    for (String field : List.of("operations", "description", "secret")) {
      if (body.has(field)) {
        hook.set(field, body.get(field));
      }
    }
    if (body.has("targetUrl")) {
      hook.put("targetUrl", target(body.get("targetUrl").asText(), "updating"));
    }
    hooks.put(id, hook.put("updatedAt", now()));
    return TwentyStandIn.json(200, hook);
  }

  private static String target(String url, String doing) {
    if (!url.matches("https?://[^\\s/]+(/\\S*)?")) {
      throw Refusal.of(
          400,
          "WorkspaceMigrationBuilderException",
          "Multiple validation errors occurred while " + doing + " webhook",
          null);
    }
    return url;
  }

  /** Sends an event in the background to whoever asked for it. */
  synchronized void publish(Event event) {
    for (ObjectNode hook : hooks.values()) {
      if (asksFor(hook, event)) {
        byte[] payload = Json.bytes(payload(hook, event));
        HttpRequest request = request(hook, payload);
        senders.execute(() -> send(request));
      }
    }
  }

  private static boolean asksFor(ObjectNode hook, Event event) {
    List<String> asked = new ArrayList<>();
    hook.get("operations").forEach(operation -> asked.add(operation.asText()));
    return asked.contains(event.name())
        || asked.contains(event.object().nameSingular() + ".*")
        || asked.contains("*." + event.action())
        || asked.contains("*.*");
  }

  private ObjectNode payload(ObjectNode hook, Event event) {
    ObjectNode payload =
        Json.object()
            .put("targetUrl", hook.get("targetUrl").textValue())
            .put("eventName", event.name());
    payload
        .putObject("objectMetadata")
        .put("id", event.object().id())
        .put("nameSingular", event.object().nameSingular());
    payload
        .put("workspaceId", metadata.workspaceId())
        .put("webhookId", hook.get("id").textValue())
        .put("eventDate", now());
    if (event.caller().person()) {
      payload
          .put("userId", event.caller().userId())
          .put("workspaceMemberId", event.caller().workspaceMemberId());
    }
    payload.set("record", event.after());
    if (!event.updatedFields().isEmpty()) {
      ArrayNode fields = payload.putArray("updatedFields");
      event.updatedFields().forEach(fields::add);
    }
    return payload;
  }

  private HttpRequest request(ObjectNode hook, byte[] payload) {
    String timestamp = Long.toString(clock.millis());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(hook.get("targetUrl").textValue()))
            .timeout(TIMEOUT)
            .header("Accept", "application/json, text/plain, */*")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(payload));
    String secret = hook.get("secret") instanceof NullNode ? "" : hook.get("secret").asText();
    if (!secret.isEmpty()) {
      request
          .header("X-Twenty-Webhook-Timestamp", timestamp)
          .header("X-Twenty-Webhook-Signature", signature(secret, timestamp, payload))
          .header("X-Twenty-Webhook-Nonce", hex(16));
    }
    return request.build();
  }

  private static String signature(String secret, String timestamp, byte[] payload) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((timestamp + ":").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(mac.doFinal(payload));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HmacSHA256", e);
    }
  }

  private void send(HttpRequest request) {
    try {
      HttpResponse<Void> answer = client.send(request, HttpResponse.BodyHandlers.discarding());
      if (answer.statusCode() >= 400) {
        lost.incrementAndGet();
      }
    } catch (IOException e) {
      // As in Twenty: what cannot be delivered is not tried again.
      lost.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String hex(int bytes) {
    byte[] some = new byte[bytes];
    random.nextBytes(some);
    return HexFormat.of().formatHex(some);
  }

  private String now() {
    return Instants.api(Instants.micros(clock.instant()));
  }

  @Override
  public void close() {
    senders.shutdownNow();
  }
}
