package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The local PostgreSQL, full, and an HTTP sink, empty; batches of 60. */
final class SinkScenario implements Scenario {

  private static final int BATCH = 60;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public List<String> figures() {
    return List.of("http-deliveries");
  }

  @Override
  public void measure(Stage stage) throws Exception {
    int contacts = stage.scale().pair();
    for (int i = 0; i < stage.scale().repetitions(); i++) {
      Postgres.Database local = stage.postgres().newDatabase(contacts);
      Path folder = stage.newFolder("sink");
      try (HostProcess sink = HostProcess.start(SinkHost.class)) {
        double floor = pipe(local, sink, contacts);
        sink.reset();
        Map<String, String> settings = new LinkedHashMap<>(sink.settings());
        settings.putAll(local.settings("local"));
        settings.put("operate.port", "0");
        settings.put("sync.batch-size", String.valueOf(BATCH));
        ServiceProcess.configure(folder, settings);
        PairScenario.Initial initial = PairScenario.Initial.run(folder).mustHaveSent(contacts);
        double rate = rate(sink, contacts);
        stage.results().add("http-deliveries", rate);
        stage.results().addFloor("http-deliveries", floor);
        stage.results().note("http-deliveries", "contacts", contacts);
        stage.results().note("http-deliveries", "whole-sync-seconds", initial.seconds());
        stage.say(String.format("http-deliveries %,.0f/s, floor %,.0f/s", rate, floor));
      }
      local.drop();
      Machine.delete(folder);
    }
  }

  /** From the first batch's arrival to the last one's answer, by the sink's own clock. */
  private static double rate(HostProcess sink, int contacts) throws Exception {
    JsonNode report = sink.report();
    int batches = (contacts + BATCH - 1) / BATCH;
    if (report.get("rows").intValue() != contacts || report.get("posts").intValue() != batches) {
      throw new AssertionError("The sink has " + report + ", and should have " + contacts);
    }
    return contacts / (report.get("nanos").doubleValue() / 1e9);
  }

  /** The bare pipe: rows read by JDBC, posted by 60 with one call at a time. */
  private static double pipe(Postgres.Database local, HostProcess sink, int contacts)
      throws Exception {
    URI target = URI.create(sink.settings().get("supabase.url") + "/rest/v1/" + Postgres.TABLE);
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try (Connection source = local.connect();
        PreparedStatement select = source.prepareStatement("select * from " + Postgres.TABLE)) {
      source.setAutoCommit(false);
      select.setFetchSize(1000);
      ArrayNode batch = JSON.createArrayNode();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          ObjectNode row = batch.addObject();
          for (String[] column : People.COLUMNS) {
            String text = rows.getString(column[0]);
            if (column[1].equals("jsonb")) {
              row.set(column[0], JSON.readTree(text));
            } else {
              row.put(column[0], text);
            }
          }
          if (batch.size() == BATCH) {
            post(http, target, batch);
          }
        }
      }
      if (!batch.isEmpty()) {
        post(http, target, batch);
      }
    }
    return rate(sink, contacts);
  }

  private static void post(HttpClient http, URI target, ArrayNode batch) throws Exception {
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(target)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(batch)))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() != 201 || JSON.readTree(answer.body()).size() != batch.size()) {
      throw new AssertionError("The sink answered " + answer.statusCode());
    }
    batch.removeAll();
  }
}
