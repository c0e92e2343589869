package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * Three stand-ins in processes of their own, a local SQLite file, and a folder whose configuration
 * names all four.
 */
final class FourSystems implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Deque<Jar> standIns = new ArrayDeque<>();
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final Map<String, String> past = new LinkedHashMap<>();
  private final Map<String, Gate> gates = new LinkedHashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();

  /**
   * @param folder an empty one
   * @param more settings besides the connections
   */
  FourSystems(Path folder, Map<String, String> more) {
    this(folder, more, false);
  }

  /** Three systems with a gate before each. */
  static FourSystems behindGates(Path folder, Map<String, String> more) {
    return new FourSystems(folder, more, true);
  }

  private FourSystems(Path folder, Map<String, String> more, boolean behindGates) {
    this.folder = folder;
    standIn("bigquery", "bigquery.project");
    standIn("twenty", "twenty.api-key");
    standIn("supabase", "supabase.key");
    settings.put("local.jdbc-url", "jdbc:sqlite:" + folder.resolve("contacts.db"));
    past.putAll(settings);
    if (behindGates) {
      for (String system : List.of("bigquery", "twenty", "supabase")) {
        Gate gate = new Gate(URI.create(settings.get(system + ".url")));
        gates.put(system, gate);
        settings.put(system + ".url", gate.url().toString());
      }
    }
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

  /** By the name of the system. */
  Map<String, Gate> gates() {
    return gates;
  }

  /** The systems as their own people use them. */
  List<Screen> screens() {
    return List.of(
        new Screen.BigQuery(past),
        new Screen.Twenty(past),
        new Screen.Supabase(past),
        new Screen.Local(past));
  }

  /** All that lives in each system, in the order of contacts. */
  Map<String, List<Screen.Person>> people() {
    Map<String, List<Screen.Person>> people = new LinkedHashMap<>();
    for (Screen screen : screens()) {
      people.put(
          screen.system(),
          screen.people().stream()
              .sorted(
                  Comparator.comparing(
                      Screen.Person::contactId, Comparator.nullsFirst(Comparator.naturalOrder())))
              .toList());
    }
    return people;
  }

  /** What the systems say of contacts, without what each adds of its own. */
  private static List<String> told(List<Screen.Person> people) {
    return people.stream()
        .map(person -> person.contactId() + " " + person.fields() + " " + person.emails())
        .toList();
  }

  /** Whether all four hold the same; what stands twice in one does not make it so. */
  static boolean equal(Map<String, List<Screen.Person>> people) {
    return people.values().stream().map(FourSystems::told).distinct().count() == 1;
  }

  /** Where they differ from BigQuery, for whoever looks for a reason. */
  static String differences(Map<String, List<Screen.Person>> people) {
    StringBuilder text = new StringBuilder();
    List<String> truth = told(people.get("bigquery"));
    people.forEach(
        (system, theirs) -> {
          List<String> here = told(theirs);
          here.stream()
              .filter(Predicate.not(Set.copyOf(truth)::contains))
              .forEach(one -> text.append(system).append(" alone: ").append(one).append('\n'));
          truth.stream()
              .filter(Predicate.not(Set.copyOf(here)::contains))
              .forEach(one -> text.append(system).append(" lacks: ").append(one).append('\n'));
        });
    return text.toString();
  }

  /**
   * Waits until all four hold the same, and then sees two cycles more write nothing anywhere
   * (promise 4). Returns what they hold.
   */
  Map<String, List<Screen.Person>> awaitQuiet(Jar run) {
    AtomicReference<Map<String, List<Screen.Person>>> last = new AtomicReference<>();
    try {
      run.awaitState(
          () -> {
            last.set(people());
            return equal(last.get());
          });
    } catch (AssertionError e) {
      throw new AssertionError(differences(last.get()), e);
    }
    // A cycle may be under way that began before.
    awaitCycles(run, 2);
    Map<String, List<Screen.Person>> quiet = people();
    awaitCycles(run, 2);
    assertThat(people()).as("after two cycles more").isEqualTo(quiet);
    return quiet;
  }

  private static void awaitCycles(Jar run, int cycles) {
    for (int i = 0; i < cycles; i++) {
      run.awaitNextErr(line -> line.contains("cycle in "));
    }
  }

  /** Both values of each conflict in the list of a running service. */
  Set<People.Disputed> disputed() {
    Set<People.Disputed> disputed = new HashSet<>();
    for (JsonNode conflict : ask("/api/conflicts").get("conflicts")) {
      for (String side : List.of("kept", "lost")) {
        disputed.add(
            new People.Disputed(
                conflict.get("contactId").asText(),
                conflict.get("field").asText(),
                conflict.get(side).asText()));
      }
    }
    return disputed;
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

  /** What a running service answers at its operator's port. */
  JsonNode ask(String path) {
    try {
      JsonNode door = json(Files.readString(folder.resolve("data/operator.json")));
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(door.get("url").asText() + path))
              .header("Authorization", "Bearer " + door.get("token").asText());
      return json(send(request).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    gates.values().forEach(Gate::close);
    standIns.forEach(Jar::close);
  }
}
