package truthforge.sync.operate.port;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Configuration;

/** A service that is running on this machine and is asked to do what a command wants. */
public final class Asked {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PATIENCE_TO_FIND = Duration.ofSeconds(5);

  private final HttpClient http;
  private final OperatorFile file;

  private Asked(HttpClient http, OperatorFile file) {
    this.http = http;
    this.file = file;
  }

  /**
   * The running service of this configuration; empty where none runs. Whoever answers must prove to
   * know the token before it is told: a service that died leaves its file, and its port may be
   * another program's by now.
   */
  public static Optional<Asked> find(Configuration configuration) {
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE_TO_FIND)
            .build();
    return OperatorFile.read(OperatorFile.place(configuration))
        .filter(file -> isOurs(http, file))
        .map(file -> new Asked(http, file));
  }

  private static boolean isOurs(HttpClient http, OperatorFile file) {
    String question = Tokens.random();
    URI asked = file.url().resolve("/observe/proof?question=" + question);
    try {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(asked).timeout(PATIENCE_TO_FIND).build(),
              HttpResponse.BodyHandlers.ofString());
      String expected = Tokens.proof(file.token(), question);
      return expected.equals(JSON.readTree(response.body()).path("proof").asText());
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  public long replay(Collection<Long> ids) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    ids.forEach(list::add);
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.set("ids", list);
    return post("/api/dead-letters/replay", body);
  }

  public long replayAll() {
    return post("/api/dead-letters/replay", JsonNodeFactory.instance.objectNode().put("all", true));
  }

  /**
   * @param contactId null for none
   */
  public void approve(long id, String contactId) {
    post(
        "/api/held/" + id + "/approve",
        JsonNodeFactory.instance.objectNode().put("contact", contactId));
  }

  public void refuse(long id) {
    post("/api/held/" + id + "/refuse", JsonNodeFactory.instance.objectNode());
  }

  public void pause(String system) {
    onSystem(system, "pause");
  }

  public void resume(String system) {
    onSystem(system, "resume");
  }

  private void onSystem(String system, String action) {
    String name = URLEncoder.encode(system, StandardCharsets.UTF_8);
    post("/api/systems/" + name + "/" + action, JsonNodeFactory.instance.objectNode());
  }

  private long post(String path, ObjectNode body) {
    HttpRequest request =
        HttpRequest.newBuilder(file.url().resolve(path))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + file.token())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      JsonNode answer = json(response.body());
      if (response.statusCode() == 200) {
        return answer.path("count").asLong();
      }
      throw new Problem(
          response.statusCode() == 400 ? Outcome.USAGE : Outcome.FOUND,
          answer.path("error").asText("the running service answered " + response.statusCode()),
          "",
          null);
    } catch (IOException e) {
      throw new Problem(
          Outcome.FOUND,
          "the running service did not answer",
          "See 'status' whether it was done, and try again",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the running service was asked", e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JsonNodeFactory.instance.missingNode();
    }
  }
}
