package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import truthforge.sync.config.Places;
import truthforge.sync.operate.SyncService;

/** Issue 6: the sandbox says where to watch it, and lets one edit its contacts there. */
class SandboxPageTest {

  private static final Pattern PAGE = Pattern.compile("Watch it: (http://\\S+/)#token=(\\S+)");
  private static final int PATIENCE_SECONDS = 120;

  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();
  private URI url;
  private String token;

  @Test
  void somebody_who_follows_the_link_edits_a_contact_and_finds_the_edit_in_the_others()
      throws Exception {
    BlockingQueue<String> said = new LinkedBlockingQueue<>();
    try (Sandbox sandbox =
        LocalSandboxes.of(SyncService::open)
            .open(new Sandbox.Settings(8, 3, 0, null), Places.insideTheJar(), said::add)) {
      CompletableFuture<VerifyReport> run =
          CompletableFuture.supplyAsync(() -> sandbox.run(new QuietProgress()));
      while (url == null) {
        String line = said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(line).as("the address of the page").isNotNull();
        Matcher page = PAGE.matcher(line);
        if (page.find()) {
          url = URI.create(page.group(1));
          token = page.group(2);
        }
      }
      JsonNode contact = await("/api/contacts", "/contacts/0");
      String id = contact.get("id").asText();
      await("/api/contacts/" + id, "/records/twenty/externalId");

      HttpResponse<String> edited =
          send(
              request("/api/sandbox/edits")
                  .header("Content-Type", "application/json")
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "{\"system\":\"twenty\",\"contact\":\""
                              + id
                              + "\",\"field\":\"notes\",\"value\":\"edited on the page\"}")));

      assertThat(edited.statusCode()).as(edited.body()).isEqualTo(200);
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!send(request("/api/contacts/" + id)).body().contains("edited on the page")) {
        assertThat(System.nanoTime()).as("waiting for the edit").isLessThan(until);
        said.poll(100, TimeUnit.MILLISECONDS);
      }
      sandbox.stop();

      assertThat(run.join().verified()).as("after the last edits").isTrue();
    }
  }

  private JsonNode await(String path, String pointer) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      JsonNode found = json.readTree(send(request(path)).body()).at(pointer);
      if (!found.isMissingNode() && !found.isNull()) {
        return found;
      }
      assertThat(System.nanoTime()).as("waiting for " + path).isLessThan(until);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(url.resolve(path)).header("Authorization", "Bearer " + token);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static final class QuietProgress implements Progress {
    @Override
    public void begin(String what, long total, long done) {}

    @Override
    public void advance(long more) {}

    @Override
    public void end() {}
  }
}
