package truthforge.sync.sandbox.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Supabase's recorded webhooks against those of the stand-in. */
@Tag("recordings")
class SupabaseWebhookRecordingTest {

  private static final Path RECORDING =
      Path.of("../shared/recordings/supabase/webhooks/01_insert_update_delete_real_pg_net.jsonl");

  /** An insert, an update and a delete, told by a real pg_net. */
  @Test
  void webhooks_are_sent_as_recorded() throws Exception {
    Assumptions.assumeTrue(Files.exists(RECORDING), "the recordings are not here");
    List<JsonNode> recorded = new ArrayList<>();
    for (String line : Files.readAllLines(RECORDING)) {
      recorded.add(PgJson.MAPPER.readTree(line));
    }
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    HttpServer hook =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hook.createContext(
        "/",
        exchange -> {
          List<String> lines = new ArrayList<>();
          lines.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          JsonNode headers = recorded.get(0).get("rawHeaders");
          for (int i = 0; i < headers.size(); i += 2) {
            String header = headers.get(i).asText();
            if (!header.equals("Host") && !header.equals("Content-Length")) {
              lines.add(header + ": " + exchange.getRequestHeaders().get(header));
            }
          }
          lines.add(
              SupabaseReplay.form(
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          received.add(String.join("\n", lines));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    hook.start();
    try (SupabaseStandIn standIn = RecordedSchema.builder().start()) {
      standIn.webhook(
          URI.create("http://127.0.0.1:" + hook.getAddress().getPort() + "/hooks/supabase?mode=ok"),
          Map.of("X-Webhook-Secret", "s3cr3t-1234"));
      JsonNode inserted = PgJson.parse(recorded.get(0).get("body").asText()).get("record");
      String id = inserted.get("id").asText();
      List<String> sent = new ArrayList<>();

      standIn.insert("contacts", inserted);
      sent.add(received.poll(10, TimeUnit.SECONDS));
      standIn.update("contacts", id, PgJson.parse("{\"score\":5}"));
      sent.add(received.poll(10, TimeUnit.SECONDS));
      standIn.delete("contacts", id);
      sent.add(received.poll(10, TimeUnit.SECONDS));

      assertThat(sent)
          .containsExactlyElementsOf(
              recorded.stream().map(SupabaseWebhookRecordingTest::delivery).toList());
    } finally {
      hook.stop(0);
    }
  }

  private static String delivery(JsonNode recorded) {
    List<String> lines = new ArrayList<>();
    lines.add(recorded.get("method").asText() + " " + recorded.get("url").asText());
    JsonNode headers = recorded.get("rawHeaders");
    for (int i = 0; i < headers.size(); i += 2) {
      String header = headers.get(i).asText();
      if (!header.equals("Host") && !header.equals("Content-Length")) {
        lines.add(header + ": [" + headers.get(i + 1).asText() + "]");
      }
    }
    lines.add(SupabaseReplay.form(recorded.get("body").asText()));
    return String.join("\n", lines);
  }
}
