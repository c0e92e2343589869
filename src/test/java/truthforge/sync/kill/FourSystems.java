package truthforge.sync.kill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Three stand-ins in processes of their own, a local SQLite file, and a folder whose configuration
 * names all four.
 */
final class FourSystems implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Deque<Jar> standIns = new ArrayDeque<>();
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();

  /**
   * @param folder an empty one
   * @param more settings besides the connections
   */
  FourSystems(Path folder, Map<String, String> more) {
    this.folder = folder;
    standIn("bigquery", "bigquery.project");
    standIn("twenty", "twenty.api-key");
    standIn("supabase", "supabase.key");
    settings.put("local.jdbc-url", "jdbc:sqlite:" + folder.resolve("contacts.db"));
    settings.put("twenty.calls-per-minute", "100000");
    settings.put("operate.port", "0");
    settings.putAll(more);
    StringBuilder file = new StringBuilder();
    settings.forEach((key, value) -> file.append(key).append('=').append(value).append('\n'));
    try {
      Files.createDirectory(folder.resolve("config"));
      Files.writeString(folder.resolve("config/application.properties"), file);
      sql(Files.readString(Path.of("config/sql/local-sqlite.sql")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void standIn(String name, String lastSetting) {
    Jar standIn = Jar.start(folder, "stand-in", name, "--port", "0");
    standIns.push(standIn);
    standIn.awaitOut(line -> line.startsWith(lastSetting + "="));
    for (String line : standIn.out().split("\n")) {
      int sign = line.indexOf('=');
      if (sign > 0) {
        settings.put(line.substring(0, sign), line.substring(sign + 1));
      }
    }
  }

  /** Starts the service on them. */
  Jar start(String... arguments) {
    return Jar.start(folder, arguments);
  }

  JsonNode verified() {
    try (Jar verify = start("verify", "--json")) {
      int code = verify.exitCode();
      JsonNode report = json(verify.out());
      if (code != (report.get("verified").asBoolean() ? 0 : 1)) {
        throw new AssertionError("exit code " + code + " with " + report);
      }
      return report;
    }
  }

  /** Adds people that only the local database knows. */
  void fill(int people) {
    try (Connection local = local();
        PreparedStatement insert =
            local.prepareStatement(
                "insert into contacts_master (first_name, last_name, emails, phones, notes)"
                    + " values (?, ?, ?, ?, ?)")) {
      local.setAutoCommit(false);
      for (int i = 1; i <= people; i++) {
        insert.setString(1, "First" + i);
        insert.setString(2, "Last" + i);
        insert.setString(3, "[\"person" + i + "@example.com\"]");
        insert.setString(4, String.format("[\"+4930%07d\"]", i));
        insert.setString(5, "as it was");
        insert.addBatch();
      }
      insert.executeBatch();
      local.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void sql(String text) {
    try (Connection local = local();
        Statement statement = local.createStatement()) {
      statement.executeUpdate(text);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Connection local() throws SQLException {
    Connection local = DriverManager.getConnection(settings.get("local.jdbc-url"));
    try (Statement statement = local.createStatement()) {
      statement.execute("pragma busy_timeout = 30000");
    }
    return local;
  }

  /** All records of each system, whatever the service believes. */
  Map<String, Long> records() {
    Map<String, Long> records = new LinkedHashMap<>();
    records.put("bigquery", inBigQuery("true"));
    records.put("twenty", inTwenty());
    records.put("supabase", inSupabase(""));
    records.put("local", inLocal("true"));
    return records;
  }

  long inBigQuery(String condition) {
    HttpRequest.Builder query =
        HttpRequest.newBuilder(
                URI.create(
                    settings.get("bigquery.url")
                        + "/bigquery/v2/projects/"
                        + settings.get("bigquery.project")
                        + "/queries"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    JSON.createObjectNode()
                        .put("useLegacySql", false)
                        .put(
                            "query",
                            "select count(*) from identity.contacts_master where " + condition)
                        .toString()));
    return json(send(query).body()).at("/rows/0/f/0/v").asLong(-1);
  }

  private long inTwenty() {
    HttpRequest.Builder list =
        HttpRequest.newBuilder(URI.create(settings.get("twenty.url") + "/rest/people?limit=1"))
            .header("Authorization", "Bearer " + settings.get("twenty.api-key"));
    return json(send(list).body()).get("totalCount").asLong(-1);
  }

  /**
   * @param filter as of PostgREST, beginning with {@code &}, or empty
   */
  long inSupabase(String filter) {
    HttpRequest.Builder list =
        HttpRequest.newBuilder(
                URI.create(
                    settings.get("supabase.url")
                        + "/rest/v1/contacts_master?select=id&limit=1"
                        + filter))
            .header("apikey", settings.get("supabase.key"))
            .header("Prefer", "count=exact");
    String range = send(list).headers().firstValue("content-range").orElseThrow();
    return Long.parseLong(range.substring(range.indexOf('/') + 1));
  }

  long inLocal(String condition) {
    try (Connection local = local();
        Statement statement = local.createStatement();
        ResultSet count =
            statement.executeQuery("select count(*) from contacts_master where " + condition)) {
      return count.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + text, e);
    }
  }

  @Override
  public void close() {
    standIns.forEach(Jar::close);
  }
}
