package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Database webhooks as pg_net sends them: one attempt for each changed row, a second of patience,
 * no order, no memory of what failed.
 */
final class Webhooks implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Where changes are told, and with which headers of its own. */
  record Target(URI url, Map<String, String> headers) {}

  private final ExecutorService senders =
      Executors.newFixedThreadPool(
          4,
          task -> {
            Thread thread = new Thread(task, "pg_net");
            thread.setDaemon(true);
            return thread;
          });
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private volatile Target target;

  /**
   * @param newTarget null for none
   */
  void target(Target newTarget) {
    target = newTarget;
  }

  /** How many attempts ended with an answer, whatever its status. */
  long answered() {
    return answered.get();
  }

  /** How many attempts ended without an answer. */
  long failed() {
    return failed.get();
  }

  void tell(List<Change> changes) {
    Target current = target;
    if (current == null || senders.isShutdown()) {
      return;
    }
    for (Change change : changes) {
      senders.execute(() -> send(current, change));
    }
  }

  private void send(Target to, Change change) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(to.url())
            .timeout(PATIENCE)
            .header("Accept", "*/*")
            .header("Content-Type", "application/json")
            .header("User-Agent", "pg_net/0.20.4")
            .POST(HttpRequest.BodyPublishers.ofString(body(change)));
    to.headers().forEach(request::setHeader);
    try {
      client.send(request.build(), HttpResponse.BodyHandlers.discarding());
      answered.incrementAndGet();
    } catch (IOException e) {
      failed.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String body(Change change) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("type", change.operation());
    body.put("table", change.table().definition().name());
    body.set("record", jsonb(change, change.now()));
    body.put("schema", "public");
    body.set("old_record", jsonb(change, change.old()));
    return PgJson.write(body);
  }

  private static JsonNode jsonb(Change change, Row row) {
    return row == null ? JsonNodeFactory.instance.nullNode() : change.table().toJsonb(row);
  }

  @Override
  public void close() {
    senders.shutdownNow();
  }
}
