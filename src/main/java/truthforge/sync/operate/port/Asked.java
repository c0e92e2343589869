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
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import truthforge.sync.cli.ConflictReport;
import truthforge.sync.cli.ConflictsReport;
import truthforge.sync.cli.DeadLetterReport;
import truthforge.sync.cli.DeadLettersReport;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.DuplicatesReport;
import truthforge.sync.cli.ForgetReport;
import truthforge.sync.cli.HeldOneReport;
import truthforge.sync.cli.HeldReport;
import truthforge.sync.cli.HistoryReport;
import truthforge.sync.cli.MergeReport;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.RevertReport;
import truthforge.sync.config.Configuration;
import truthforge.sync.operate.Tls;

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
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE_TO_FIND);
    Optional<KeyStore> keystore = Tls.keystore(configuration);
    if (keystore.isPresent()) {
      builder.sslContext(OwnCertificate.trusted(keystore.get()));
    }
    HttpClient http = builder.build();
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

  /**
   * The running service's decisions.
   *
   * @param looked looks up, in the same ledger, what needs no deciding
   */
  public Decisions decisions(Decisions looked) {
    return new Remote(looked);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static String encoded(String id) {
    return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  /** Looks up here and decides there. */
  private final class Remote implements Decisions {

    private final Decisions looked;

    Remote(Decisions looked) {
      this.looked = looked;
    }

    @Override
    public ConflictsReport conflicts(boolean openOnly, long after, int limit) {
      return looked.conflicts(openOnly, after, limit);
    }

    @Override
    public ConflictReport conflict(long id) {
      return looked.conflict(id);
    }

    @Override
    public ConflictReport resolve(long id, Choice choice) {
      ObjectNode body = object();
      if (choice instanceof Choice.Other other) {
        body.put("choice", "other").put("json", other.json());
      } else {
        body.put("choice", choice instanceof Choice.Kept ? "kept" : "lost");
      }
      List<Long> together = looked.conflict(id).together();
      post("/api/conflicts/" + id + "/resolve", body);
      return looked.conflict(id).settledWith(together);
    }

    @Override
    public DeadLettersReport deadLetters(long after, int limit) {
      return looked.deadLetters(after, limit);
    }

    @Override
    public DeadLetterReport deadLetter(long id) {
      return looked.deadLetter(id);
    }

    @Override
    public long replay(Collection<Long> ids) {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      ids.forEach(list::add);
      ObjectNode body = object();
      body.set("ids", list);
      return post("/api/dead-letters/replay", body).path("count").asLong();
    }

    @Override
    public long replayAll() {
      return post("/api/dead-letters/replay", object().put("all", true)).path("count").asLong();
    }

    @Override
    public void discard(long id) {
      post("/api/dead-letters/" + id + "/discard", object());
    }

    @Override
    public HeldReport held(long after, int limit) {
      return looked.held(after, limit);
    }

    @Override
    public HeldOneReport heldOne(long id) {
      return looked.heldOne(id);
    }

    @Override
    public void approve(long id, String contactId) {
      post("/api/held/" + id + "/approve", object().put("contact", contactId));
    }

    @Override
    public void refuse(long id) {
      post("/api/held/" + id + "/refuse", object());
    }

    @Override
    public HistoryReport history(String contactId, int limit) {
      return looked.history(contactId, limit);
    }

    @Override
    public RevertReport revert(String contactId, long version) {
      JsonNode done =
          post("/api/contacts/" + encoded(contactId) + "/revert", object().put("version", version));
      return new RevertReport(
          done.path("contactId").asText(),
          done.path("asOf").asLong(),
          done.path("version").asLong(),
          texts(done.path("fields")));
    }

    @Override
    public DuplicatesReport duplicates() {
      return looked.duplicates();
    }

    @Override
    public MergeReport merge(String stays, String goes) {
      JsonNode done = post("/api/merge", object().put("stays", stays).put("goes", goes));
      return new MergeReport(
          done.path("stays").asText(),
          done.path("goes").asText(),
          done.path("version").asLong(),
          texts(done.path("moved")),
          texts(done.path("surplus")),
          done.path("conflicts").asInt());
    }

    @Override
    public ForgetReport forget(String contactId) {
      post("/api/contacts/" + encoded(contactId) + "/forget", object());
      return looked.forgetting();
    }

    @Override
    public ForgetReport forgetting() {
      return looked.forgetting();
    }
  }

  public void pause(String system) {
    onSystem(system, "pause");
  }

  public void resume(String system) {
    onSystem(system, "resume");
  }

  private void onSystem(String system, String action) {
    post("/api/systems/" + encoded(system) + "/" + action, object());
  }

  private JsonNode post(String path, ObjectNode body) {
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
        return answer;
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
