package truthforge.sync.systems.supabase;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.operate.Engine;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;

/** Supabase's stand-in and a SQLite database, kept alike by the real routes. */
final class Rig implements AutoCloseable {

  static final String TABLE = "contacts_master";
  private static final ObjectMapper JSON = new ObjectMapper();

  final SupabaseStandIn supabase;
  final Ledger ledger = new MemoryLedger(Clock.systemUTC());
  Engine engine;
  private final String localUrl;
  private final AtomicInteger writes = new AtomicInteger();
  private final Map<Option, String> added = new LinkedHashMap<>();
  private Engine.Mode mode = Engine.Mode.ON_DEMAND;

  Rig(Path folder, SupabaseStandIn.Builder builder) throws Exception {
    supabase = builder.start();
    Files.createDirectories(folder);
    localUrl = "jdbc:sqlite:" + folder.resolve("contacts.db");
    try (var sql = Rig.class.getResourceAsStream("/defaults/config/sql/local-sqlite.sql");
        Connection connection = DriverManager.getConnection(localUrl);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
    }
    start(supabase.secretKey());
  }

  /** For the next start. */
  Rig with(Option option, String value) {
    added.put(option, value);
    return this;
  }

  /** For the next start. */
  Rig in(Engine.Mode other) {
    mode = other;
    return this;
  }

  /** Starts the service, anew where it runs, with this key. */
  void start(String key) throws Exception {
    if (engine != null) {
      engine.close();
    }
    Map<Option, String> settings = new LinkedHashMap<>();
    settings.put(Options.SUPABASE_URL, supabase.url().toString());
    settings.put(Options.SUPABASE_KEY, key);
    settings.put(Options.LOCAL_JDBC_URL, localUrl);
    settings.putAll(added);
    Configuration configuration = Configuration.of(settings);
    List<Mapping> mappings = new ArrayList<>();
    configuration.systems().forEach(system -> mappings.add(MappingFiles.shipped(system)));
    engine =
        Engine.start(
            configuration,
            new Places(null, Path.of("routes")),
            Mappings.of(mappings),
            ledger,
            Clock.systemUTC(),
            mode);
  }

  /** From now on, calls that are no GET are counted. */
  void countWrites() {
    writes.set(0);
    supabase.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (!request.method().equals("GET")) {
                    writes.incrementAndGet();
                  }
                  return false;
                }));
  }

  int writes() {
    return writes.get();
  }

  void sql(String statement) throws SQLException {
    try (Connection connection = DriverManager.getConnection(localUrl);
        Statement open = connection.createStatement()) {
      open.executeUpdate(statement);
    }
  }

  /** What the local database holds in a column of the contact of this first name. */
  String local(String column, String firstName) throws SQLException {
    try (Connection connection = DriverManager.getConnection(localUrl);
        Statement open = connection.createStatement();
        ResultSet result =
            open.executeQuery(
                "select "
                    + column
                    + " from contacts_master where first_name = '"
                    + firstName
                    + "'")) {
      return result.next() ? result.getString(1) : null;
    }
  }

  /** The row of the contact of this first name in Supabase. */
  JsonNode row(String firstName) {
    return supabase.rows(TABLE).stream()
        .filter(row -> row.path("first_name").asText().equals(firstName))
        .findFirst()
        .orElseThrow();
  }

  long contacts() {
    return ledger.transaction(tx -> tx.countContacts(false));
  }

  List<Held> held() {
    return ledger.transaction(tx -> tx.heldAfter(0, 1000));
  }

  /** All entries that the change feed keeps, up to a page. */
  JsonNode feed() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(supabase.url() + "/rest/v1/rpc/sync_feed?after_txid=0&after_seq=0"))
            .header("apikey", supabase.secretKey())
            .build();
    return JSON.readTree(
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public void close() {
    engine.close();
    ledger.close();
    supabase.close();
  }
}
