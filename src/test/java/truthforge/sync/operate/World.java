package truthforge.sync.operate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.model.ToDefinition;
import truthforge.sync.cli.Progress;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.cli.VerifyReport;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInRequest;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;
import truthforge.sync.systems.AgreedClock;

/** Stand-ins, a real SQLite database and a real ledger, with engines that come and go. */
final class World implements AutoCloseable {

  static final String[] ALL = {"bigquery", "twenty", "supabase", "local"};
  private static final String PROJECT = "test";

  /** Of the engine and of all stand-ins. */
  final BigQueryWorld.Time time = new BigQueryWorld.Time();

  /** Of the machine that the service runs on. */
  final Watch machine = new Watch(time);

  /** Each stand-in's own, by its system. */
  final Map<String, Watch> watches =
      Map.of("bigquery", new Watch(time), "twenty", new Watch(time), "supabase", new Watch(time));

  final TwentyStandIn twenty;
  final SupabaseStandIn supabase;
  final BigQueryStandIn bigquery;
  final Path folder;
  String localUrl;
  Ledger ledger;
  Engine engine;

  /** What the engine goes by. */
  AgreedClock clock;

  Mappings mappings;

  /** Of the engine, from the next start on. */
  Engine.Mode mode = Engine.Mode.ON_DEMAND;

  /** Where the mappings are read from at the next start. */
  Places places = Places.insideTheJar();

  /** Options besides the connections, from the next start on. */
  final Map<Option, String> more = new LinkedHashMap<>();

  /** Options that are not given on the command line, as they stand elsewhere. */
  final Set<Option> elsewhere = new HashSet<>();

  /** Environment variables of the service, from the next start on. */
  final Map<String, String> environment = new LinkedHashMap<>();

  /** Requests that were to change something, as they reached the stand-ins. */
  final List<StandInRequest> writes = new CopyOnWriteArrayList<>();

  private final Map<Option, String> added = new LinkedHashMap<>();
  private final List<String> systems;

  World(Path folder, String... systems) throws Exception {
    this(folder, TwentyStandIn.Options.afterSetup(), SupabaseStandIn.builder(), true, systems);
  }

  /** With a workspace and a project of the caller's making. */
  World(
      Path folder,
      TwentyStandIn.Options workspace,
      SupabaseStandIn.Builder project,
      String... systems)
      throws Exception {
    this(folder, workspace, project, true, systems);
  }

  /** The systems alone, for commands that bring their own engine. */
  static World withoutEngine(Path folder, String... systems) throws Exception {
    return new World(
        folder, TwentyStandIn.Options.afterSetup(), SupabaseStandIn.builder(), false, systems);
  }

  /** The same with a workspace and a project of the caller's making. */
  static World withoutEngine(
      Path folder,
      TwentyStandIn.Options workspace,
      SupabaseStandIn.Builder project,
      String... systems)
      throws Exception {
    return new World(folder, workspace, project, false, systems);
  }

  private World(
      Path folder,
      TwentyStandIn.Options workspace,
      SupabaseStandIn.Builder project,
      boolean starting,
      String... systems)
      throws Exception {
    this.folder = folder;
    this.systems = List.of(systems);
    twenty = TwentyStandIn.start(workspace.withClock(watches.get("twenty")));
    supabase = project.clock(watches.get("supabase")).start();
    bigquery =
        new BigQueryStandIn(new BigQueryStandIn.Options(0, PROJECT, watches.get("bigquery"), null));
    bigquery.execute(script("bigquery.sql"));
    localUrl = "jdbc:sqlite:" + folder.resolve("contacts.db");
    sql(script("local-sqlite.sql"));
    sql(script("local-sqlite-feed.sql"));
    noteWrites(twenty, request -> !request.method().equals("GET"));
    noteWrites(supabase, World::changesRows);
    noteWrites(bigquery, World::changesTheTable);
    if (starting) {
      start();
    }
  }

  /** Lets every request pass. */
  private void noteWrites(StandIn standIn, Predicate<StandInRequest> writes) {
    standIn.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (writes.test(request)) {
                    this.writes.add(request);
                  }
                  return false;
                }));
  }

  /** The service's log of changes is none of the contacts. */
  private static boolean changesRows(StandInRequest request) {
    return !request.method().equals("GET") && !request.path().contains("/rpc/sync_feed");
  }

  static boolean changes(String system, StandInRequest request) {
    return system.equals("bigquery") ? changesTheTable(request) : changesRows(request);
  }

  private static boolean changesTheTable(StandInRequest request) {
    return request.method().equals("POST")
        && Pattern.compile("\\b(MERGE|INSERT|UPDATE|DELETE)\\b").matcher(request.bodyText()).find();
  }

  private static String script(String name) throws IOException {
    try (InputStream in = World.class.getResourceAsStream("/defaults/config/sql/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Sets an option from the next start on. */
  void set(Option option, String value) {
    added.put(option, value);
  }

  Map<Option, String> settings() {
    Map<Option, String> settings = new LinkedHashMap<>(added);
    if (systems.contains("bigquery")) {
      settings.put(Options.BIGQUERY_URL, bigquery.url().toString());
      settings.put(Options.BIGQUERY_PROJECT, PROJECT);
    }
    if (systems.contains("twenty")) {
      settings.put(Options.TWENTY_URL, twenty.url().toString());
      settings.put(Options.TWENTY_API_KEY, twenty.apiKey());
      settings.put(Options.TWENTY_CALLS_PER_MINUTE, "100000");
    }
    if (systems.contains("supabase")) {
      settings.put(Options.SUPABASE_URL, supabase.url().toString());
      settings.put(Options.SUPABASE_KEY, supabase.secretKey());
    }
    if (systems.contains("local")) {
      settings.put(Options.LOCAL_JDBC_URL, localUrl);
    }
    settings.put(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.resolve("ledger.db"));
    settings.putAll(more);
    settings.keySet().removeAll(elsewhere);
    return settings;
  }

  /** What the command status would say now. */
  String status() {
    return String.valueOf(statusReport());
  }

  StatusReport statusReport() {
    Configuration configuration = configuration();
    Status status = new Status(configuration, configuration.systems(), clock);
    return ledger.transaction(status::report);
  }

  Configuration configuration() {
    return Placeholders.resolved(Configuration.load(places, environment, settings()));
  }

  void start() throws Exception {
    clock = AgreedClock.of(machine);
    Configuration configuration = configuration();
    ledger =
        JdbcLedger.open(
            new LedgerSettings(
                configuration.required(Options.LEDGER_JDBC_URL),
                configuration.text(Options.LEDGER_USERNAME),
                configuration.text(Options.LEDGER_PASSWORD),
                clock));
    mappings =
        SyncService.mappings(
            configuration.systems(), places, configuration.reachesSupabaseByJdbc());
    engine = Engine.start(configuration, places, mappings, ledger, clock, mode);
  }

  /**
   * Has Twenty and Supabase tell their own time with each answer. By itself their HTTP server tells
   * this machine's, which is another as soon as the world's time is moved on.
   */
  void tellTimes() throws Exception {
    for (String system : List.of("twenty", "supabase")) {
      AdviceWith.adviceWith(
          engine.context(),
          "call-" + system,
          route ->
              route
                  .weaveByType(ToDefinition.class)
                  .selectFirst()
                  .after()
                  .process(
                      exchange ->
                          exchange
                              .getMessage()
                              .setHeader(
                                  "Date",
                                  DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                      watches.get(system).instant().atZone(ZoneOffset.UTC)))));
    }
  }

  void stop() {
    engine.close();
    ledger.close();
  }

  void restart() throws Exception {
    stop();
    start();
  }

  /** Runs a command on these systems, as the command line does. */
  <T> T command(Function<SyncService, T> command) throws Exception {
    stop();
    try (SyncService service = SyncService.open(configuration(), places)) {
      return command.apply(service);
    } finally {
      start();
    }
  }

  VerifyReport init() throws Exception {
    return command(service -> service.init(Silent.INSTANCE));
  }

  private enum Silent implements Progress {
    INSTANCE;

    @Override
    public void begin(String what, long total, long done) {}

    @Override
    public void advance(long more) {}

    @Override
    public void end() {}
  }

  Connection local() throws SQLException {
    return DriverManager.getConnection(localUrl);
  }

  void sql(String sql) throws SQLException {
    try (Connection connection = local();
        Statement statement = connection.createStatement()) {
      if (localUrl.startsWith("jdbc:sqlite:")) {
        // Of several statements, this driver's execute runs the first alone.
        statement.executeUpdate(sql);
      } else {
        statement.execute(sql);
      }
    }
  }

  StandIn standIn(String system) {
    return switch (system) {
      case "bigquery" -> bigquery;
      case "twenty" -> twenty;
      case "supabase" -> supabase;
      default -> throw new IllegalArgumentException("no stand-in for " + system);
    };
  }

  long parked() {
    return ledger.transaction(tx -> systems.stream().mapToLong(tx::countDeadLetters).sum());
  }

  long held() {
    return ledger.transaction(tx -> systems.stream().mapToLong(tx::countHeld).sum());
  }

  int conflicts() {
    return ledger.transaction(tx -> tx.conflicts(false, 0, 1000).size());
  }

  @Override
  public void close() {
    if (engine != null) {
      stop();
    }
    twenty.close();
    supabase.close();
    bigquery.close();
  }
}
