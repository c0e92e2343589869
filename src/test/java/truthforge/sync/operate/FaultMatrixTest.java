package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.camel.builder.AdviceWith;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.ledger.Ledger.LedgerUnavailable;
import truthforge.sync.ledger.SqliteLedgerHandle;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * Every fault of every system and of the ledger: what the service does, that the others go on, what
 * the operator is told, and that all heals by itself when the fault ends.
 *
 * <p>While the record of truth is at fault the others go on being read, and nothing is sent to them
 * (promise 2). While the ledger is at fault nothing is sent anywhere (rule 5).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultMatrixTest {

  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final Duration LONGER_THAN_ANY_PAUSE = Duration.ofMinutes(16);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int MOST_CYCLES = 12;
  private static final String HTML = "<html><body>Bad gateway</body></html>";

  /** Long enough for a slow machine, short enough to wait for. */
  private static final String ANSWER_SECONDS = "2";

  /** What can befall. */
  enum Trouble {
    REFUSED,
    TIMEOUT,
    RESET_IN_THE_MIDDLE_OF_AN_ANSWER,
    ANSWERS_429,
    ANSWERS_500,
    ANSWERS_503,
    ANSWERS_401,
    HTML_INSTEAD_OF_JSON,
    TRUNCATED_JSON,
    DONE_AND_SAID_TO_HAVE_FAILED,
    FAILED_AND_SAID_TO_BE_DONE,
    DISK_FULL,
    READ_ONLY,
    LOCKED,
    CLOCK_AN_HOUR_AHEAD,
    CLOCK_AN_HOUR_BEHIND
  }

  interface Act {
    void run() throws Exception;
  }

  sealed interface Entry {}

  /** A fault that cannot occur there, or not in a test, and why. */
  record Cannot(String why) implements Entry {}

  /**
   * A fault that does.
   *
   * @param reading begins it, for all that the service asks; null where only writes are at fault
   * @param writing has it befall writes only; null where that is the same or cannot be
   * @param end of it
   * @param told what the operator reads of it, with the next step
   */
  record Occurs(Act reading, Act writing, Act end, String... told) implements Entry {}

  record Cell(String target, Trouble trouble, Occurs fault) {

    /** The system as it is configured. */
    String system() {
      return target.split("-")[0];
    }

    @Override
    public String toString() {
      return target + ": " + trouble.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /**
   * What a fault did.
   *
   * @param othersWentOn whether all that concerns others was done during it
   * @param told whether the operator could read what it is and what to do; else what was read
   * @param names who lives in each system in the end
   * @param notes likewise
   * @param edited fields of which an edit was seen in the system at fault: an echo of our own
   *     writes would add to what people did there
   * @param sentInQuiet writes of a cycle after all had settled
   */
  record Course(
      boolean othersWentOn,
      String told,
      Map<String, List<String>> names,
      Map<String, List<String>> notes,
      long parked,
      long held,
      long conflicts,
      List<String> edited,
      long sentInQuiet) {}

  /** Four systems with the service beside them, and a network between. */
  private final class Site implements AutoCloseable {
    final World world;
    final Hands people;
    final Map<String, Relay> relays = new LinkedHashMap<>();
    volatile boolean answersOfLocalAreLost;
    volatile Act atNextWrite;

    Site(Path folder) throws Exception {
      world = World.withoutEngine(folder, World.ALL);
      people = new Hands(world);
      world.more.put(Options.SYNC_ANSWER_SECONDS, ANSWER_SECONDS);
      relay("bigquery", world.bigquery.port());
      relay("twenty", world.twenty.port());
      relay("supabase", world.supabase.port());
      world.more.put(Options.BIGQUERY_URL, url("bigquery"));
      world.more.put(Options.TWENTY_URL, url("twenty"));
      world.more.put(Options.SUPABASE_URL, url("supabase"));
    }

    Relay relay(String name, int port) throws IOException {
      Relay relay = new Relay(port);
      relays.put(name, relay);
      return relay;
    }

    private String url(String system) {
      return "http://127.0.0.1:" + relays.get(system).port();
    }

    void start() throws Exception {
      world.start();
      world.tellTimes();
      AdviceWith.adviceWith(
          world.engine.context(),
          "write-local",
          route ->
              route
                  .weaveByToUri("direct:call-local")
                  .after()
                  .process(
                      exchange -> {
                        if (answersOfLocalAreLost) {
                          throw new SQLException("the connection broke", "08006");
                        }
                      }));
      heal();
    }

    /** No fault any more; the next write to BigQuery may begin one. */
    void heal() {
      for (String system : List.of("bigquery", "twenty", "supabase")) {
        world.standIn(system).heal();
      }
      world.bigquery.inject(
          Fault.unreachable()
              .when(
                  request -> {
                    Act act = atNextWrite;
                    if (act != null && isWrite("bigquery", request)) {
                      atNextWrite = null;
                      run(act);
                    }
                    return false;
                  }));
    }

    private static void run(Act act) {
      try {
        act.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      world.close();
      for (Relay relay : relays.values()) {
        relay.close();
      }
    }
  }

  private EmbeddedPostgres postgres;
  private Site embedded;
  private Site servers;
  private Connection locking;

  private final Map<String, String> prepared = new TreeMap<>();
  private final TreeSet<String> names = new TreeSet<>();
  private final TreeSet<String> notes = new TreeSet<>();
  private int last;
  private String thisCase;

  @BeforeAll
  void four_systems_by_two_ledgers(@TempDir Path one, @TempDir Path other) throws Exception {
    embedded = new Site(one);
    World world = embedded.world;
    world.more.put(Options.LOCAL_JDBC_URL, world.localUrl + "?busy_timeout=100");
    world.more.put(
        Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + one.resolve("ledger.db") + "?busy_timeout=100");
    embedded.start();

    postgres =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "off")
            .setPGStartupWait(Duration.ofSeconds(60))
            .start();
    servers = new Site(other);
    for (String role : List.of("anon", "authenticated", "service_role")) {
      sql("postgres", "create role " + role);
    }
    for (String name : List.of("local", "ledger")) {
      sql("postgres", "create role " + name + " login");
      sql("postgres", "create database " + name + " owner " + name);
      int port = servers.relay(name, postgres.getPort()).port();
      String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + name;
      servers.world.more.put(Options.find(name + ".username"), name);
      servers.world.more.put(
          Options.find(name + ".jdbc-url"),
          name.equals("local") ? url : url + "?socketTimeout=2&connectTimeout=1");
    }
    servers.world.localUrl = as("local");
    servers.world.sql(script("local-postgresql.sql"));
    servers.world.sql(script("supabase-feed.sql"));
    servers.world.localUrl = as("local").replace("user=local", "user=postgres");
    servers.start();

    for (Site site : List.of(embedded, servers)) {
      for (Cell cell : cells().toList()) {
        if (siteOf(cell.target()) == site) {
          String name = String.format(Locale.ROOT, "Case%03dP0000", prepared.size());
          prepared.put(cell.toString(), name);
          // Not there where an edit will be looked for.
          site.people.add(cell.system().equals("supabase") ? "local" : "supabase", name);
        }
      }
      site.world.engine.runCycle();
      site.world.engine.runCycle();
    }
  }

  @AfterAll
  void they_end() throws Exception {
    embedded.close();
    servers.close();
    postgres.close();
  }

  private Site siteOf(String target) {
    return target.endsWith("-postgresql") ? servers : embedded;
  }

  // The table

  private Map<String, Map<Trouble, Entry>> table() {
    Map<String, Map<Trouble, Entry>> table = new LinkedHashMap<>();
    table.put("bigquery", bigquery());
    table.put("twenty", twenty());
    table.put("supabase", supabase());
    table.put("local-sqlite", localSqlite());
    table.put("local-postgresql", localPostgresql());
    table.put("ledger-sqlite", ledgerSqlite());
    table.put("ledger-postgresql", ledgerPostgresql());
    return table;
  }

  Stream<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    table()
        .forEach(
            (target, faults) ->
                faults.forEach(
                    (trouble, entry) -> {
                      if (entry instanceof Occurs occurs) {
                        cells.add(new Cell(target, trouble, occurs));
                      }
                    }));
    return cells.stream();
  }

  /** What befalls any system that is reached over HTTP. */
  private Map<Trouble, Entry> http(String system) {
    Map<Trouble, Entry> row = new EnumMap<>(Trouble.class);
    String reached = system + " cannot be reached";
    String again = "tried again by itself";
    row.put(
        Trouble.REFUSED,
        new Occurs(() -> relay(system).refuse(), null, () -> relay(system).work(), reached, again));
    row.put(
        Trouble.TIMEOUT,
        new Occurs(
            () -> relay(system).silence(), null, () -> relay(system).work(), reached, again));
    row.put(
        Trouble.RESET_IN_THE_MIDDLE_OF_AN_ANSWER,
        faults(system, new Fault(r -> true, Fault.Kind.CUT_ANSWER, null), reached, again));
    row.put(Trouble.ANSWERS_429, faults(system, status(429), "limits", ""));
    row.put(Trouble.ANSWERS_500, faults(system, status(500), system, ""));
    row.put(Trouble.ANSWERS_503, faults(system, status(503), system, again));
    row.put(Trouble.ANSWERS_401, faults(system, status(401), "refuses our", "Check "));
    row.put(Trouble.HTML_INSTEAD_OF_JSON, faults(system, instead(200, HTML), system, ""));
    row.put(
        Trouble.TRUNCATED_JSON,
        faults(system, instead(200, "{\"data\":{\"people\":["), system, ""));
    row.put(
        Trouble.DONE_AND_SAID_TO_HAVE_FAILED,
        onWrites(
            system,
            new Fault(
                r -> true,
                Fault.Kind.APPLY_AND_ANSWER_INSTEAD,
                StandInAnswer.text(500, HTML).with("Content-Type", "text/html")),
            system));
    row.put(Trouble.FAILED_AND_SAID_TO_BE_DONE, onWrites(system, instead(200, "{}"), system));
    row.put(Trouble.CLOCK_AN_HOUR_AHEAD, clock(system, HOUR, "its clock is 60 minutes ahead of"));
    row.put(
        Trouble.CLOCK_AN_HOUR_BEHIND,
        clock(system, HOUR.negated(), "its clock is 60 minutes behind"));
    return row;
  }

  private Map<Trouble, Entry> bigquery() {
    Map<Trouble, Entry> row = http("bigquery");
    row.put(
        Trouble.DISK_FULL,
        faults(
            "bigquery",
            Fault.status(
                403,
                "{\"error\":{\"code\":403,\"message\":\"Quota exceeded\",\"errors\":[{\"reason\":"
                    + "\"quotaExceeded\",\"message\":\"Quota exceeded\"}]}}"),
            "limits us",
            "quotas"));
    row.put(
        Trouble.READ_ONLY,
        onWrites(
            "bigquery",
            Fault.status(
                403,
                "{\"error\":{\"code\":403,\"message\":\"Access Denied\",\"errors\":[{\"reason\":"
                    + "\"accessDenied\",\"message\":\"Access Denied\"}]}}"),
            "refuses our credentials",
            "roles/bigquery.dataEditor"));
    row.put(
        Trouble.LOCKED,
        onWrites(
            "bigquery",
            Fault.status(
                400,
                "{\"error\":{\"code\":400,\"message\":\"Could not serialize access due to concurrent"
                    + " update\",\"errors\":[{\"reason\":\"invalidQuery\",\"message\":\"Could not"
                    + " serialize access due to concurrent update\"}]}}"),
            "Others change the same table",
            "tried again by itself"));
    return row;
  }

  private Map<Trouble, Entry> twenty() {
    Map<Trouble, Entry> row = http("twenty");
    String why =
        "Twenty answers 500 to what its database cannot do, and tells no reason: see there";
    row.put(Trouble.DISK_FULL, new Cannot(why));
    row.put(Trouble.READ_ONLY, new Cannot(why));
    row.put(Trouble.LOCKED, new Cannot(why));
    return row;
  }

  private Map<Trouble, Entry> supabase() {
    Map<Trouble, Entry> row = http("supabase");
    row.put(
        Trouble.DISK_FULL,
        onWrites("supabase", postgrest(503, "53100"), "out of a resource", "look at", "disk"));
    row.put(
        Trouble.READ_ONLY,
        onWrites("supabase", postgrest(405, "25006"), "can only be read", "make room"));
    row.put(Trouble.LOCKED, faults("supabase", postgrest(500, "57014"), "took too long", ""));
    return row;
  }

  private static Fault postgrest(int status, String code) {
    return Fault.status(status, "{\"code\":\"" + code + "\",\"message\":\"it cannot\"}");
  }

  private Map<Trouble, Entry> localSqlite() {
    Map<Trouble, Entry> row = new EnumMap<>(Trouble.class);
    notInAFile(row);
    row.put(
        Trouble.DONE_AND_SAID_TO_HAVE_FAILED,
        new Occurs(
            null,
            () -> embedded.answersOfLocalAreLost = true,
            () -> embedded.answersOfLocalAreLost = false,
            "cannot be reached",
            "check"));
    row.put(
        Trouble.FAILED_AND_SAID_TO_BE_DONE,
        new Occurs(
            null,
            () -> {
              for (String event : List.of("insert", "update")) {
                embedded.world.sql(
                    "create trigger lie_"
                        + event
                        + " before "
                        + event
                        + " on contacts_master begin select raise(ignore); end");
              }
            },
            () -> {
              embedded.world.sql("drop trigger lie_insert");
              embedded.world.sql("drop trigger lie_update");
            }));
    row.put(
        Trouble.DISK_FULL,
        new Occurs(
            null,
            () -> onAllConnections("pragma max_page_count = 1"),
            () -> onAllConnections("pragma max_page_count = 1000000"),
            "disk of the database is full",
            "make room"));
    row.put(
        Trouble.READ_ONLY,
        new Occurs(
            null,
            () -> onAllConnections("pragma query_only = true"),
            () -> onAllConnections("pragma query_only = false"),
            "cannot be opened for writing",
            "check its path and rights"));
    row.put(
        Trouble.LOCKED,
        new Occurs(
            null,
            () -> lock(embedded.world.localUrl, "begin exclusive"),
            this::unlock,
            "keeps the database locked",
            "close that program"));
    return row;
  }

  private static void notInAFile(Map<Trouble, Entry> row) {
    String why = "SQLite is a file and a library: there is no network and no answer between";
    for (Trouble trouble :
        List.of(
            Trouble.REFUSED,
            Trouble.TIMEOUT,
            Trouble.RESET_IN_THE_MIDDLE_OF_AN_ANSWER,
            Trouble.ANSWERS_429,
            Trouble.ANSWERS_500,
            Trouble.ANSWERS_503,
            Trouble.ANSWERS_401,
            Trouble.HTML_INSTEAD_OF_JSON,
            Trouble.TRUNCATED_JSON)) {
      row.put(trouble, new Cannot(why));
    }
    String clock = "its clock is this machine's: see there";
    row.put(Trouble.CLOCK_AN_HOUR_AHEAD, new Cannot(clock));
    row.put(Trouble.CLOCK_AN_HOUR_BEHIND, new Cannot(clock));
  }

  private Map<Trouble, Entry> localPostgresql() {
    Map<Trouble, Entry> row = network("local", "cannot be", "heck");
    row.put(
        Trouble.ANSWERS_429,
        new Occurs(
            () -> role("local", "connection limit 0"),
            null,
            () -> role("local", "connection limit -1"),
            "cannot be opened (SQL state 53300)",
            "Check"));
    row.put(
        Trouble.ANSWERS_500,
        new Occurs(
            null, () -> refuseRows("local", "XX000"), () -> admitRows("local"), "XX000", "log"));
    row.put(
        Trouble.DONE_AND_SAID_TO_HAVE_FAILED,
        new Occurs(
            null,
            () -> servers.answersOfLocalAreLost = true,
            () -> servers.answersOfLocalAreLost = false,
            "cannot be reached",
            "check"));
    row.put(
        Trouble.FAILED_AND_SAID_TO_BE_DONE,
        new Occurs(
            null,
            () -> trigger("local", "contacts_master", "return null"),
            () -> admitRows("local")));
    row.put(
        Trouble.DISK_FULL,
        new Occurs(
            null,
            () -> refuseRows("local", "53100"),
            () -> admitRows("local"),
            "disk of the database is full",
            "make room"));
    row.put(
        Trouble.READ_ONLY,
        new Occurs(
            null,
            () -> role("local", "set default_transaction_read_only = on"),
            () -> role("local", "reset default_transaction_read_only"),
            "can only be read",
            "primary server"));
    row.put(
        Trouble.LOCKED,
        new Occurs(
            () -> lock(as("local"), "begin; lock table contacts_master in exclusive mode"),
            null,
            this::unlock,
            "cannot be reached",
            "check"));
    row.put(
        Trouble.ANSWERS_503,
        new Cannot("what a server that is starting or ending says is that of one out of reach"));
    String clock = "a server's clock cannot be set here; it is read and corrected as Supabase's is";
    row.put(Trouble.CLOCK_AN_HOUR_AHEAD, new Cannot(clock));
    row.put(Trouble.CLOCK_AN_HOUR_BEHIND, new Cannot(clock));
    return row;
  }

  /** What befalls a PostgreSQL server and the way to it. */
  private Map<Trouble, Entry> network(String name, String... told) {
    Map<Trouble, Entry> row = new EnumMap<>(Trouble.class);
    Act work = () -> servers.relays.get(name).work();
    row.put(Trouble.REFUSED, new Occurs(() -> servers.relays.get(name).refuse(), null, work, told));
    row.put(
        Trouble.TIMEOUT, new Occurs(() -> servers.relays.get(name).silence(), null, work, told));
    row.put(
        Trouble.RESET_IN_THE_MIDDLE_OF_AN_ANSWER,
        new Occurs(() -> servers.relays.get(name).cutAnswers(), null, work, told));
    row.put(
        Trouble.HTML_INSTEAD_OF_JSON,
        new Occurs(() -> servers.relays.get(name).answerAlways(HTML), null, work, told));
    row.put(
        Trouble.ANSWERS_401,
        new Occurs(
            () -> role(name, "nologin"), null, () -> role(name, "login"), "refuses", "heck"));
    row.put(
        Trouble.ANSWERS_503,
        new Occurs(
            () -> database(name, "allow_connections false"),
            null,
            () -> database(name, "allow_connections true"),
            ""));
    row.put(
        Trouble.TRUNCATED_JSON,
        new Cannot("its answers are no JSON; one that breaks off is a reset: see there"));
    return row;
  }

  private Map<Trouble, Entry> ledgerSqlite() {
    Map<Trouble, Entry> row = new EnumMap<>(Trouble.class);
    notInAFile(row);
    row.put(
        Trouble.DONE_AND_SAID_TO_HAVE_FAILED,
        new Cannot("a commit in this process ends or does not; what kills it is KillIT's"));
    row.put(
        Trouble.FAILED_AND_SAID_TO_BE_DONE,
        new Cannot("a disk that lies about fsync shows only when the power fails"));
    row.put(
        Trouble.DISK_FULL,
        new Occurs(
            () -> SqliteLedgerHandle.pragma(embedded.world.ledger, "max_page_count = 1"),
            null,
            () -> SqliteLedgerHandle.pragma(embedded.world.ledger, "max_page_count = 1000000"),
            "full",
            "Make room"));
    row.put(
        Trouble.READ_ONLY,
        new Cannot("root, as whom tests may run, writes to what is read-only for all others"));
    row.put(
        Trouble.LOCKED,
        new Occurs(
            () ->
                lock(
                    "jdbc:sqlite:" + embedded.world.folder.resolve("ledger.db"), "begin exclusive"),
            null,
            this::unlock,
            "locked by another program",
            "Close"));
    row.put(Trouble.CLOCK_AN_HOUR_AHEAD, machine(HOUR, "60 minutes ahead of the systems'"));
    row.put(
        Trouble.CLOCK_AN_HOUR_BEHIND, machine(HOUR.negated(), "60 minutes behind the systems'"));
    return row;
  }

  private Map<Trouble, Entry> ledgerPostgresql() {
    Map<Trouble, Entry> row = network("ledger", "cannot be reached", "Check");
    row.put(
        Trouble.ANSWERS_429,
        new Occurs(
            () -> role("ledger", "connection limit 0"),
            null,
            () -> role("ledger", "connection limit -1"),
            "no connection left",
            "max_connections"));
    row.put(
        Trouble.ANSWERS_500,
        new Occurs(
            () -> refuseRows("ledger", "XX000"),
            null,
            () -> admitRows("ledger"),
            "damaged",
            "log"));
    row.put(
        Trouble.DONE_AND_SAID_TO_HAVE_FAILED,
        new Cannot(
            "the answer to a commit looks like any other on the wire; KillIT ends it anywhere"));
    row.put(
        Trouble.FAILED_AND_SAID_TO_BE_DONE,
        new Cannot(
            "a commit that PostgreSQL acknowledged and lost again is a ledger from a backup"));
    row.put(
        Trouble.DISK_FULL,
        new Occurs(
            () -> refuseRows("ledger", "53100"),
            null,
            () -> admitRows("ledger"),
            "full",
            "Make room"));
    row.put(
        Trouble.READ_ONLY,
        new Occurs(
            () -> role("ledger", "set default_transaction_read_only = on"),
            null,
            () -> role("ledger", "reset default_transaction_read_only"),
            "can only be read",
            "primary server"));
    row.put(
        Trouble.LOCKED,
        new Occurs(
            () -> lock(as("ledger"), "begin; lock table replica in exclusive mode"),
            null,
            this::unlock,
            "cannot be reached",
            "Check"));
    String clock = "the ledger's server is asked for no time";
    row.put(Trouble.CLOCK_AN_HOUR_AHEAD, new Cannot(clock));
    row.put(Trouble.CLOCK_AN_HOUR_BEHIND, new Cannot(clock));
    return row;
  }

  // How faults are made

  private Relay relay(String system) {
    return embedded.relays.get(system);
  }

  private static boolean isWrite(String system, StandInRequest request) {
    return system.equals("bigquery")
        ? request.bodyText().contains("MERGE ")
        : request.method().equals("POST") || request.method().equals("PATCH");
  }

  private static Fault status(int status) {
    return Fault.status(status, "{\"error\":{\"code\":" + status + ",\"message\":\"not now\"}}");
  }

  private static Fault instead(int status, String text) {
    StandInAnswer answer = StandInAnswer.text(status, text).with("Content-Type", "text/html");
    return new Fault(r -> true, Fault.Kind.ANSWER_INSTEAD, answer);
  }

  private Occurs faults(String system, Fault fault, String... told) {
    return new Occurs(
        () -> inject(system, fault, request -> true),
        () -> inject(system, fault, request -> isWrite(system, request)),
        embedded::heal,
        told);
  }

  private Occurs onWrites(String system, Fault fault, String... told) {
    return new Occurs(
        null,
        () -> inject(system, fault, request -> isWrite(system, request)),
        embedded::heal,
        told);
  }

  private void inject(String system, Fault fault, Predicate<StandInRequest> requests) {
    embedded.heal();
    embedded
        .world
        .standIn(system)
        .inject(fault.when(request -> !Hands.theirs(request) && requests.test(request)));
  }

  private Occurs clock(String system, Duration ahead, String... told) {
    return new Occurs(
        () -> embedded.world.watches.get(system).setAhead(ahead),
        null,
        () -> embedded.world.watches.get(system).setAhead(Duration.ZERO),
        told);
  }

  private Occurs machine(Duration ahead, String... told) {
    return new Occurs(
        () -> embedded.world.machine.setAhead(ahead),
        null,
        () -> embedded.world.machine.setAhead(Duration.ZERO),
        told);
  }

  private void onAllConnections(String pragma) throws SQLException {
    HikariDataSource pool =
        embedded
            .world
            .engine
            .context()
            .getRegistry()
            .lookupByNameAndType("localDatabase", HikariDataSource.class);
    List<Connection> all = new ArrayList<>();
    try {
      for (int i = 0; i < pool.getMaximumPoolSize(); i++) {
        all.add(pool.getConnection());
      }
      for (Connection connection : all) {
        try (Statement statement = connection.createStatement()) {
          statement.execute(pragma);
        }
      }
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
  }

  private void lock(String url, String sql) throws SQLException {
    locking = DriverManager.getConnection(url);
    try (Statement statement = locking.createStatement()) {
      statement.execute(sql);
    }
  }

  private void unlock() throws SQLException {
    locking.close();
  }

  private String as(String name) {
    return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + name + "?user=" + name;
  }

  private void role(String name, String change) throws Exception {
    sql("postgres", "alter role " + name + " " + change);
    endSessions(name);
  }

  private void database(String name, String change) throws Exception {
    sql("postgres", "alter database " + name + " " + change);
    endSessions(name);
  }

  private void endSessions(String name) throws Exception {
    sql(
        "postgres",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '" + name + "'");
  }

  private void refuseRows(String name, String state) throws Exception {
    trigger(
        name,
        name.equals("ledger") ? "replica" : "contacts_master",
        "raise exception 'it cannot' using errcode = '" + state + "'");
  }

  private void trigger(String database, String table, String does) throws Exception {
    sql(
        database,
        "create function public.fault() returns trigger language plpgsql as $$ begin if"
            + " current_setting('application_name') like 'truth-forge-sync%' then "
            + does
            + "; end if; return new; end $$; create trigger a_fault before insert or update on "
            + table
            + " for each row execute function public.fault()");
  }

  private void admitRows(String database) throws Exception {
    sql(database, "drop function public.fault() cascade");
  }

  private void sql(String database, String sql) throws Exception {
    try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String script(String name) throws IOException {
    try (InputStream in =
        FaultMatrixTest.class.getResourceAsStream("/defaults/config/sql/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  // The tests

  @Test
  void each_fault_of_each_system_and_ledger_is_tried_or_there_is_a_reason_why_not() {
    assertThat(table().values())
        .allSatisfy(row -> assertThat(row.keySet()).containsExactly(Trouble.values()));
  }

  /** Promises 1, 2, 4, 5, 7 and 9. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("cells")
  void a_fault_is_told_keeps_no_one_else_from_going_on_and_heals_by_itself(Cell cell)
      throws Exception {
    Site site = siteOf(cell.target());
    boolean ledgers = cell.system().equals("ledger");
    boolean clocks =
        cell.trouble() == Trouble.CLOCK_AN_HOUR_AHEAD
            || cell.trouble() == Trouble.CLOCK_AN_HOUR_BEHIND;
    String system = ledgers ? "twenty" : cell.system();
    String other = system.equals("supabase") ? "local" : "supabase";
    long parked = site.world.parked();
    long held = site.world.held();
    long conflicts = site.world.conflicts();
    newCase(prepared.get(cell.toString()));
    String old = names.first();
    String renamed = newName();
    site.people.note(system, old, "noted on " + old);
    notes.add("noted on " + old);
    site.people.rename(other, old, renamed);
    names.remove(old);
    site.people.add(other, newName());
    boolean wentOn = true;
    String told = "";
    try {
      if (ledgers && !clocks) {
        Map<String, List<String>> asEntered = namesNow(site);
        asEntered.remove("bigquery");
        if (cell.trouble() == Trouble.DISK_FULL) {
          noteAtLength(site, other, names.last());
          cell.fault().reading().run();
        } else {
          site.atNextWrite = cell.fault().reading();
        }
        told = failureOf(site);
        Map<String, List<String>> found = namesNow(site);
        found.remove("bigquery");
        // The connection that met a full disk is replaced, and this fault of ours with it.
        boolean lasted = cell.trouble() != Trouble.DISK_FULL || site != embedded;
        wentOn = !lasted || found.equals(asEntered);
        told += " / " + failureOf(site);
      } else if (clocks) {
        cell.fault().reading().run();
        wentOn = cyclesUntil(site, () -> namesNow(site).equals(everywhere(names)));
        told = ledgers ? clockOfMachine(site) : clockOf(site, system);
      } else {
        for (Act begin : Stream.of(cell.fault().reading(), cell.fault().writing()).toList()) {
          if (begin != null) {
            begin.run();
            wentOn &= goOnWithout(site, system, other, cell);
            told += " / " + failureOf(site, system);
          }
        }
      }
    } finally {
      site.atNextWrite = null;
      cell.fault().end().run();
    }
    site.world.time.advance(LONGER_THAN_ANY_PAUSE);
    cyclesUntil(
        site,
        () -> namesNow(site).equals(everywhere(names)) && notesNow(site).equals(everywhere(notes)));
    cycleAfter(site, LONGER_THAN_ANY_PAUSE);
    cycleAfter(site, INTERVAL);

    Course course =
        new Course(
            wentOn,
            isTold(cell, told) ? "as it should be" : told,
            namesNow(site),
            notesNow(site),
            site.world.parked() - parked,
            site.world.held() - held,
            site.world.conflicts() - conflicts,
            edited(site, system),
            sent(site));
    assertThat(course)
        .isEqualTo(
            new Course(
                true,
                "as it should be",
                everywhere(names),
                everywhere(notes),
                0,
                0,
                0,
                List.of("notes"),
                0));
  }

  /**
   * The others become the same without the system at fault; without the record of truth they are
   * read, and hold what was entered in them (promise 2).
   */
  private boolean goOnWithout(Site site, String system, String other, Cell cell) throws Exception {
    String added = newName();
    site.people.add(other, added);
    if (cell.trouble() == Trouble.DISK_FULL) {
      noteAtLength(site, other, added);
    }
    Map<String, List<String>> before = namesNow(site);
    site.world.time.advance(LONGER_THAN_ANY_PAUSE);
    State goesOn =
        system.equals("bigquery")
            ? () -> wereRead(site, system) && truthFirst(before, namesNow(site))
            : () -> sameBut(system, namesNow(site));
    cyclesUntil(site, () -> goesOn.holds() && isTold(cell, failureOf(site, system)));
    return goesOn.holds();
  }

  /** More than fits where there is no room left. */
  private void noteAtLength(Site site, String system, String name) throws Exception {
    String text = "at length on " + name + " " + "x".repeat(30_000);
    site.people.note(system, name, text);
    notes.add(text);
  }

  private boolean sameBut(String system, Map<String, List<String>> found) {
    Map<String, List<String>> wanted = everywhere(names);
    found.remove(system);
    wanted.remove(system);
    return found.equals(wanted);
  }

  /** Whether nobody has what is neither in the record of truth nor was entered there. */
  private static boolean truthFirst(
      Map<String, List<String>> before, Map<String, List<String>> after) {
    List<String> truth = after.get("bigquery");
    return after.entrySet().stream()
        .allMatch(
            of ->
                of.getValue().stream()
                    .allMatch(
                        name -> truth.contains(name) || before.get(of.getKey()).contains(name)));
  }

  private static boolean isTold(Cell cell, String told) {
    String lower = told.toLowerCase(Locale.ROOT);
    return Stream.of(cell.fault().told())
        .allMatch(text -> lower.contains(text.toLowerCase(Locale.ROOT)));
  }

  private static boolean wereRead(Site site, String butFor) {
    return site.world.engine.cycle().last().systems().entrySet().stream()
        .filter(system -> !system.getKey().equals(butFor))
        .allMatch(system -> system.getValue().failure() == null);
  }

  interface State {
    boolean holds() throws Exception;
  }

  /** A slow machine may let an answer come too late now and then, which one cycle more heals. */
  private static boolean cyclesUntil(Site site, State state) throws Exception {
    for (int i = 0; i < MOST_CYCLES; i++) {
      failureOf(site, i < 2 ? INTERVAL : LONGER_THAN_ANY_PAUSE);
      if (state.holds()) {
        return true;
      }
    }
    return false;
  }

  private static void cycleAfter(Site site, Duration pause) {
    site.world.time.advance(pause);
    site.world.engine.runCycle();
  }

  private static String failureOf(Site site) {
    return failureOf(site, INTERVAL);
  }

  /** What the service says in a cycle when its ledger fails it. */
  private static String failureOf(Site site, Duration after) {
    try {
      cycleAfter(site, after);
      return "nothing";
    } catch (LedgerUnavailable e) {
      return e.getMessage();
    }
  }

  private static String failureOf(Site site, String system) {
    return String.valueOf(site.world.statusReport().systems().get(system).failure());
  }

  private static String clockOf(Site site, String system) {
    return String.valueOf(site.world.statusReport().systems().get(system).clock());
  }

  private static String clockOfMachine(Site site) {
    return String.valueOf(site.world.statusReport().clock());
  }

  private static long sent(Site site) {
    return site.world.engine.cycle().last().systems().values().stream()
        .mapToLong(Counters::sent)
        .sum();
  }

  private Map<String, List<String>> namesNow(Site site) throws Exception {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (String system : World.ALL) {
      found.put(system, ofThisCase(site.people.names(system)));
    }
    return found;
  }

  private Map<String, List<String>> notesNow(Site site) throws Exception {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (String system : World.ALL) {
      found.put(system, ofThisCase(site.people.notes(system)));
    }
    return found;
  }

  private List<String> edited(Site site, String system) {
    return site.world.ledger.transaction(
        tx ->
            tx.contactsAfter(null, 10_000).stream()
                .filter(contact -> contact.value("canonical_name").toString().contains(thisCase))
                .flatMap(contact -> tx.history(contact.id(), 100).stream())
                .filter(change -> change.by().equals(system))
                .map(change -> change.field())
                .toList());
  }

  private static Map<String, List<String>> everywhere(TreeSet<String> expected) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    for (String system : World.ALL) {
      all.put(system, List.copyOf(expected));
    }
    return all;
  }

  /** Forgets the people of former cases, who are of no account any more. */
  private void newCase(String first) {
    thisCase = first.substring(0, "Case000".length());
    names.clear();
    notes.clear();
    names.add(first);
  }

  private String newName() {
    String name = String.format(Locale.ROOT, "%sP%04d", thisCase, ++last);
    names.add(name);
    return name;
  }

  private List<String> ofThisCase(List<String> all) {
    return all.stream().filter(text -> text.contains(thisCase)).toList();
  }
}
