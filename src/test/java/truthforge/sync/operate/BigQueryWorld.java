package truthforge.sync.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.contact.Contact;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInRequest;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.systems.Elapsed;
import truthforge.sync.systems.bigquery.BigQueryClients;
import truthforge.sync.systems.bigquery.BigQueryTables;

/** A stand-in for BigQuery and a real ledger, with the real routes on them. */
final class BigQueryWorld implements AutoCloseable {

  static final String PROJECT = "a-project";
  static final String DATASET = "identity";
  static final String TABLE = "contacts_master";

  /** The time goes on by itself, and can be moved on. Who waits moves it on. */
  static final class Time extends Clock implements Elapsed {
    private volatile Duration ahead = Duration.ZERO;
    private final Instant stoppedAt;

    Time() {
      this(null);
    }

    private Time(Instant stoppedAt) {
      this.stoppedAt = stoppedAt;
    }

    /** One that does not go on by itself. */
    static Time stopped() {
      return new Time(Instant.now());
    }

    synchronized void advance(Duration by) {
      ahead = ahead.plus(by);
    }

    @Override
    public long nanos() {
      return (stoppedAt == null ? System.nanoTime() : 0) + ahead.toNanos();
    }

    @Override
    public void sleep(long nanos) {
      advance(Duration.ofNanos(nanos));
    }

    @Override
    public Instant instant() {
      return (stoppedAt == null ? Instant.now() : stoppedAt).plus(ahead);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("UTC only");
    }
  }

  final Time time = new Time();
  final BigQueryStandIn bigquery;
  final BigQuery client;
  final List<StandInRequest> requests = new CopyOnWriteArrayList<>();
  private final Path folder;
  private final String localUrl;
  private final Map<Option, String> options;
  Ledger ledger;
  Engine engine;

  BigQueryWorld(Path folder) throws Exception {
    this(folder, null);
  }

  /**
   * @param ddl creates the table; null for the default one
   */
  BigQueryWorld(Path folder, String ddl) throws Exception {
    this(folder, ddl, Map.of());
  }

  /**
   * @param options beside those that connect the systems
   */
  BigQueryWorld(Path folder, String ddl, Map<Option, String> options) throws Exception {
    this.folder = folder;
    this.options = options;
    localUrl = "jdbc:sqlite:" + folder.resolve("contacts.db");
    try (var sql =
        BigQueryWorld.class.getResourceAsStream("/defaults/config/sql/local-sqlite.sql")) {
      local(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
    }
    bigquery = new BigQueryStandIn(new BigQueryStandIn.Options(0, PROJECT, time, null));
    bigquery.execute("CREATE SCHEMA identity");
    client = BigQueryClients.client(PROJECT, bigquery.url(), null);
    if (ddl == null) {
      client.create(TableInfo.of(TableId.of(DATASET, TABLE), BigQueryTables.contacts()));
    } else {
      bigquery.execute(ddl);
    }
    watch();
    start();
  }

  /** Notes every request, and lets it pass. */
  private void watch() {
    bigquery.inject(
        Fault.unreachable()
            .when(
                request -> {
                  requests.add(request);
                  return false;
                }));
  }

  /** From now on, requests of this kind meet the fault. */
  void inject(Fault fault) {
    bigquery.heal();
    watch();
    bigquery.inject(fault);
  }

  void heal() {
    bigquery.heal();
    watch();
  }

  void start() throws Exception {
    ledger = JdbcLedger.open(LedgerSettings.of("jdbc:sqlite:" + folder.resolve("ledger.db"), time));
    engine =
        Engine.start(
            configuration(),
            Places.insideTheJar(),
            Mappings.of(List.of(MappingFiles.shipped("bigquery"), MappingFiles.shipped("local"))),
            ledger,
            time,
            Engine.Mode.ON_DEMAND);
  }

  Configuration configuration() {
    Map<Option, String> all = new LinkedHashMap<>(options);
    all.put(Options.BIGQUERY_PROJECT, PROJECT);
    all.put(Options.BIGQUERY_URL, bigquery.url().toString());
    all.put(Options.LOCAL_JDBC_URL, localUrl);
    return Configuration.of(all);
  }

  void stop() {
    engine.close();
    ledger.close();
  }

  /** One cycle, of which the requests are noted. */
  void cycle() {
    requests.clear();
    engine.availability().tryAllNow();
    engine.runCycle();
  }

  void load(String contactId, String firstName) {
    bigquery.load(DATASET, TABLE, row(contactId, firstName));
  }

  static ObjectNode row(String contactId, String firstName) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put("contact_id", contactId).put("first_name", firstName);
    row.put("updated_at", "2026-01-01T00:00:00Z");
    return row;
  }

  List<ObjectNode> rows() {
    return bigquery.rows(DATASET, TABLE);
  }

  ObjectNode rowOf(String contactId) {
    return rows().stream()
        .filter(row -> row.path("contact_id").asText().equals(contactId))
        .findFirst()
        .orElseThrow();
  }

  /** Statements sent, as they went out. */
  List<String> queries() {
    List<String> queries = new ArrayList<>();
    for (StandInRequest request : requests) {
      if (request.method().equals("POST")
          && !request.path().startsWith("/upload/")
          && (request.path().endsWith("/jobs") || request.path().endsWith("/queries"))) {
        queries.add(new String(request.body(), StandardCharsets.UTF_8));
      }
    }
    return queries;
  }

  List<String> merges() {
    return queries().stream().filter(query -> query.contains("MERGE ")).toList();
  }

  boolean knows(String id) {
    return ledger.transaction(tx -> !tx.contacts(List.of(id)).isEmpty());
  }

  /** Why records are parked. */
  List<String> letters() {
    return ledger.transaction(tx -> tx.deadLetters(0, 9).stream().map(DeadLetter::reason).toList());
  }

  /** People of the local database, in one transaction. */
  void addLocally(int count) throws SQLException {
    local(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < "
            + count
            + ") insert into contacts_master(first_name, emails) select 'P' || i, json_array('p' ||"
            + " i || '@example.com') from n");
  }

  /** The first name as agreed by all. */
  String firstName(String id) {
    Contact contact = ledger.transaction(tx -> tx.contacts(List.of(id)).get(id));
    return contact.value("first_name").toJson().asText();
  }

  /** The state of the record on which the next write is conditional. */
  String revision(String id) {
    return ledger.transaction(tx -> tx.replicasOf(List.of(id)).get(id).get("bigquery").revision());
  }

  /** Somebody changes the local database. */
  void local(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(localUrl);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  @Override
  public void close() {
    stop();
    bigquery.close();
  }
}
