package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * People edit in Twenty, whose webhooks wake the service. An edit has arrived when the last of the
 * other systems holds it, by the time that each of them gives the row at the write; by promise 2
 * BigQuery held it before. All processes share the machine's clock.
 */
final class WebhookScenario implements Scenario {

  private static final int A_SECOND = 50;
  private static final Duration BETWEEN_SINGLE_EDITS = Duration.ofMillis(1_500);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Override
  public List<String> figures() {
    return List.of(
        "webhook-one", "webhook-many", "webhook-many-p99", "webhook-bigquery-statements");
  }

  @Override
  public void measure(Stage stage) throws Exception {
    Scale scale = stage.scale();
    int many = A_SECOND * scale.webhookSeconds();
    int contacts = many + scale.singleEdits() + A_SECOND;
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Map<String, String> more = new LinkedHashMap<>();
    more.put("twenty.webhook-secret", "secret of the bench");
    more.put("service.host", "127.0.0.1");
    more.put("service.port", String.valueOf(port));
    more.put("sync.interval-seconds", "3600");
    more.put("sync.max-field-percent", "100");
    more.put("twenty.conditional-limit", "100000");
    try (FourScenario.Four four = new FourScenario.Four(stage, contacts, more)) {
      PairScenario.Initial.run(four.folder).mustHaveSent(3L * contacts);
      long last = ServiceProcess.lastCycle(four.folder);
      try (ServiceProcess run = ServiceProcess.start(four.folder, "run")) {
        run.awaitOpen();
        run.awaitCycle(last);
        run.awaitQuiet();
        register(four, port, more.get("twenty.webhook-secret"));
        List<String> people = people(four);
        List<String> warming = people.subList(0, A_SECOND);
        List<String> single = people.subList(A_SECOND, A_SECOND + scale.singleEdits());
        List<String> burst = people.subList(A_SECOND + scale.singleEdits(), people.size());
        edit(stage, four, warming, Duration.ofMillis(100));
        one(stage, four, single);
        if (scale.isFull()) {
          // Then statements of before count no more in the ten seconds that BigQuery looks back.
          Machine.pause(Duration.ofSeconds(10));
        }
        four.reset();
        many(stage, four, burst);
      }
    }
  }

  private void one(Stage stage, FourScenario.Four four, List<String> people) throws Exception {
    List<Double> seconds = edit(stage, four, people, BETWEEN_SINGLE_EDITS);
    seconds.forEach(one -> stage.results().add("webhook-one", one));
    stage.say(
        String.format("webhook-one: median %.3f s of %d", Results.median(seconds), seconds.size()));
  }

  private void many(Stage stage, FourScenario.Four four, List<String> people) throws Exception {
    List<Double> seconds = edit(stage, four, people, Duration.ofMillis(1_000 / A_SECOND));
    Results results = stage.results();
    double p99 = Results.percentile(seconds, 0.99);
    results.add("webhook-many", Results.median(seconds));
    results.note("webhook-many", "edits", seconds.size());
    results.note("webhook-many", "longest", Results.percentile(seconds, 1));
    results.add("webhook-many-p99", p99);
    JsonNode bigquery = four.hosts.get("bigquery").report();
    results.add("webhook-bigquery-statements", bigquery.get("mostChangesIn10s").doubleValue());
    results.note("webhook-bigquery-statements", "refused", bigquery.get("refused429").intValue());
    results.note("webhook-bigquery-statements", "kinds", bigquery.get("kinds"));
    stage.say(
        String.format(
            "webhook-many: median %.3f s, p99 %.3f s of %d; BigQuery %s",
            Results.median(seconds), p99, seconds.size(), bigquery.get("kinds")));
  }

  private void register(FourScenario.Four four, int port, String secret) throws Exception {
    send(
        four,
        "POST",
        "/rest/metadata/webhooks",
        JSON.createObjectNode()
            .put("targetUrl", "http://127.0.0.1:" + port + "/webhooks/twenty")
            .put("secret", secret)
            .set("operations", JSON.createArrayNode().add("person.*"))
            .toString());
  }

  /** Ids in Twenty of all people. */
  private List<String> people(FourScenario.Four four) throws Exception {
    List<String> ids = new ArrayList<>();
    String after = "";
    while (true) {
      JsonNode page = send(four, "GET", "/rest/people?limit=200" + after, null);
      page.at("/data/people").forEach(person -> ids.add(person.get("id").textValue()));
      if (!page.at("/pageInfo/hasNextPage").asBoolean()) {
        return ids;
      }
      after = "&starting_after=" + page.at("/pageInfo/endCursor").textValue();
    }
  }

  private CompletableFuture<HttpResponse<String>> sendAsync(
      FourScenario.Four four, String method, String path, String body) {
    Map<String, String> settings = four.hosts.get("twenty").settings();
    return http.sendAsync(
        HttpRequest.newBuilder(URI.create(settings.get("twenty.url") + path))
            .header("Authorization", "Bearer twenty-user-token")
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode send(FourScenario.Four four, String method, String path, String body)
      throws Exception {
    return json(sendAsync(four, method, path, body).get());
  }

  private static JsonNode json(HttpResponse<String> answer) throws Exception {
    if (answer.statusCode() / 100 != 2) {
      throw new AssertionError("Twenty's stand-in answered " + answer.body());
    }
    return JSON.readTree(answer.body());
  }

  /**
   * Edits each person once, at an even pace whatever the answers take, and waits until all edits
   * have arrived. Returns for each the seconds from just before the edit was sent.
   */
  private List<Double> edit(Stage stage, FourScenario.Four four, List<String> people, Duration pace)
      throws Exception {
    String mark = "edit " + System.nanoTime() + " of ";
    Map<String, Instant> sent = new LinkedHashMap<>();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < people.size(); i++) {
      long wait = start + i * pace.toNanos() - System.nanoTime();
      if (wait > 0) {
        TimeUnit.NANOSECONDS.sleep(wait);
      }
      String title = mark + i;
      sent.put(title, Instant.now());
      answers.add(
          sendAsync(
              four,
              "PATCH",
              "/rest/people/" + people.get(i),
              JSON.createObjectNode().put("jobTitle", title).toString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      json(answer.get());
    }
    Machine.await(
        "all edits",
        Duration.ofMinutes(3),
        Duration.ofMillis(300),
        () -> arrivedLocally(four, mark).size() == people.size());
    Map<String, Instant> local = arrivedLocally(four, mark);
    List<Double> seconds = new ArrayList<>();
    Machine.await(
        "all edits in Supabase",
        Duration.ofMinutes(1),
        Duration.ofMillis(300),
        () -> arrivedInSupabase(four, mark).size() == people.size());
    Map<String, Instant> supabase = arrivedInSupabase(four, mark);
    sent.forEach(
        (title, at) -> {
          Instant later =
              local.get(title).isAfter(supabase.get(title))
                  ? local.get(title)
                  : supabase.get(title);
          seconds.add(Duration.between(at, later).toNanos() / 1e9);
        });
    return seconds;
  }

  private static Map<String, Instant> arrivedLocally(FourScenario.Four four, String mark)
      throws Exception {
    Map<String, Instant> arrived = new LinkedHashMap<>();
    try (Connection local = four.local.connect();
        Statement statement = local.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select job_title, updated_at from "
                    + Postgres.TABLE
                    + " where job_title like '"
                    + mark
                    + "%'")) {
      while (rows.next()) {
        arrived.put(rows.getString(1), rows.getTimestamp(2).toInstant());
      }
    }
    return arrived;
  }

  private Map<String, Instant> arrivedInSupabase(FourScenario.Four four, String mark)
      throws Exception {
    Map<String, String> settings = four.hosts.get("supabase").settings();
    Map<String, Instant> arrived = new LinkedHashMap<>();
    String after = "";
    while (true) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          settings.get("supabase.url")
                              + "/rest/v1/"
                              + Postgres.TABLE
                              + "?select=id,job_title,updated_at&order=id.asc&limit=1000"
                              + after))
                  .header("apikey", settings.get("supabase.key"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      JsonNode rows = JSON.readTree(answer.body());
      if (answer.statusCode() != 200) {
        throw new AssertionError("Supabase's stand-in answered " + answer.body());
      }
      if (rows.isEmpty()) {
        return arrived;
      }
      for (JsonNode row : rows) {
        String title = row.path("job_title").asText();
        if (title.startsWith(mark)) {
          arrived.put(
              title, java.time.OffsetDateTime.parse(row.get("updated_at").textValue()).toInstant());
        }
      }
      after = "&id=gt." + rows.get(rows.size() - 1).get("id").textValue();
    }
  }
}
