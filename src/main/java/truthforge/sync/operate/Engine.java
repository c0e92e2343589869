package truthforge.sync.operate;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.f4b6a3.uuid.UuidCreator;
import com.google.cloud.bigquery.TableId;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.component.micrometer.routepolicy.MicrometerRoutePolicyFactory;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import truthforge.sync.cli.Decisions;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.contact.Fields;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Limits;
import truthforge.sync.flow.Observing;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Policies.Policy;
import truthforge.sync.operate.trace.Tracing;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.bigquery.BigQueryClients;
import truthforge.sync.systems.bigquery.BigQueryContacts;
import truthforge.sync.systems.bigquery.BigQueryHistory;
import truthforge.sync.systems.bigquery.BilledBytes;
import truthforge.sync.systems.http.CallBudget;
import truthforge.sync.systems.http.HttpDoor;
import truthforge.sync.systems.http.NoResending;
import truthforge.sync.systems.jdbc.ChangeListener;
import truthforge.sync.systems.jdbc.JdbcContacts;
import truthforge.sync.systems.jdbc.JdbcDataSources;
import truthforge.sync.systems.jdbc.JdbcErase;
import truthforge.sync.systems.jdbc.PostgresqlListener;
import truthforge.sync.systems.jdbc.SqlDoor;
import truthforge.sync.systems.jdbc.SqliteListener;
import truthforge.sync.systems.supabase.SupabaseErase;
import truthforge.sync.systems.supabase.SupabaseRest;
import truthforge.sync.systems.twenty.Twenty;
import truthforge.sync.systems.twenty.TwentyCount;
import truthforge.sync.systems.twenty.TwentyErase;
import truthforge.sync.systems.twenty.TwentyLimits;

/**
 * The service at work: the configured systems, the core, and the routes, in one Camel context.
 *
 * <p>The ledger is the caller's, who closes it after the engine.
 */
public final class Engine implements AutoCloseable {

  /** One reading under way and one behind it, however often it is woken. */
  private static final String WAKING = "?size=1&discardWhenFull=true&waitForTaskToComplete=Never";

  /** Contacts due in BigQuery that are worth a statement, whatever was billed. */
  private static final int MANY = 500;

  private static final Duration STOP_WITHIN = Duration.ofSeconds(20);

  private final Configuration configuration;
  private final Tracing tracing;
  private final Ledger ledger;
  private final Mappings mappings;
  private final AgreedClock clock;

  private final Participants participants;
  private final Availability availability;
  private final Observing observing;
  private final Delivering delivering;
  private final Due due;
  private final Cycle cycle;
  private final KnownFields knownFields;
  private final Reconciling reconciling;
  private final Main camel = new Main();
  private final MeterRegistry metrics = new SimpleMeterRegistry();
  private final WebhookCounts webhookCounts = new WebhookCounts(metrics);
  private final Map<String, LongSupplier> calls = new HashMap<>();
  private final Map<String, CallBudget> budgets = new HashMap<>();
  private volatile Set<String> expectedRoutes = Set.of();
  private final Deque<AutoCloseable> resources = new ArrayDeque<>();

  /** For what is stored while routes go on. */
  private final ExecutorService behind = Executors.newCachedThreadPool(Engine::storing);

  private ProducerTemplate producer;
  private final List<ChangeListener> listeners = new ArrayList<>();
  private JmxOverHttp jmxOverHttp;
  private final Set<String> leftOut;
  private volatile RouteEditing routeEditing;
  private ServicePort servicePort;

  /**
   * How an engine is to work.
   *
   * @param continuous whether it starts a cycle by itself at each interval
   * @param listening whether it takes webhooks, where they are configured
   * @param writesNothing whether all systems are only observed
   * @param ledgerIsReadOnly whether nothing is stored either
   */
  public record Mode(
      boolean continuous, boolean listening, boolean writesNothing, boolean ledgerIsReadOnly) {
    public static final Mode ON_DEMAND = new Mode(false, false, false, false);
    public static final Mode LISTENING = new Mode(false, true, false, false);
    public static final Mode CONTINUOUS = new Mode(true, true, false, false);
    public static final Mode OBSERVING = new Mode(false, false, true, false);
    public static final Mode READING = new Mode(false, false, true, true);
  }

  private Engine(
      Configuration configuration,
      Places places,
      Mappings mappings,
      Ledger stored,
      AgreedClock clock,
      Mode mode) {
    this.configuration = configuration;
    this.tracing = mode.writesNothing() ? null : Tracing.of(configuration, stored, clock);
    this.ledger = tracing == null ? stored : tracing.ledger();
    this.mappings = mappings;
    this.clock = clock;
    List<Mapping> taking =
        configuration.systems().stream().map(mappings::of).collect(Collectors.toList());
    participants = new Participants(taking);
    Set<String> readOnly = new LinkedHashSet<>();
    for (String system : participants.names()) {
      if (mode.writesNothing() || configuration.isReadOnly(system)) {
        readOnly.add(system);
      }
    }
    availability = new Availability(participants.names(), readOnly, clock);
    Fields fields = mappings.fields();
    Policies policies = policies(configuration, fields);
    Merge merge = new Merge(fields, policies);
    due = new Due(fields, () -> UuidCreator.getTimeOrderedEpoch().toString());
    observing =
        new Observing(
            ledger,
            participants,
            merge,
            due,
            () -> UuidCreator.getTimeOrderedEpoch().toString(),
            clock);
    delivering =
        new Delivering(
            ledger,
            participants,
            merge,
            due,
            observing,
            configuration.integer(Options.SYNC_MAX_ATTEMPTS),
            clock,
            behind);
    cycle =
        new Cycle(
            ledger,
            participants,
            observing,
            delivering,
            availability,
            this::callsOf,
            new Limits(
                configuration.integer(Options.SYNC_MAX_DELETES),
                Double.parseDouble(configuration.required(Options.SYNC_MAX_DELETE_PERCENT)),
                Double.parseDouble(configuration.required(Options.SYNC_MAX_FIELD_PERCENT))),
            configuration.integer(Options.SYNC_BATCH_SIZE),
            new Counts(metrics),
            clock,
            behind);
    if (tracing != null) {
      delivering.tell(tracing);
      tracing.quietWhile(cycle::isInitial);
    }
    cycle.atBegin(new Pruning(ledger, configuration.days(Options.LEDGER_KEEP_DAYS), clock));
    knownFields = new KnownFields(ledger, participants, !mode.ledgerIsReadOnly());
    participants.whenLearned(knownFields::note);
    reconciling =
        new Reconciling(
            ledger,
            participants,
            delivering,
            availability,
            Duration.ofHours(configuration.integer(Options.SYNC_RECONCILE_HOURS)),
            configuration.integer(Options.SYNC_COUNT_CYCLES),
            clock);
    if (!mode.ledgerIsReadOnly()) {
      participants.whenMissing(reconciling::missed);
    }
    cycle.atBegin(reconciling::begin);
    cycle.atPage(reconciling::told);
    if (!mode.ledgerIsReadOnly()) {
      cycle.addresses(new Addresses(configuration));
    }
    leftOut = leftOut(mode);
    bind(mode);
    properties(places, mode);
  }

  /**
   * Builds the engine and starts its routes.
   *
   * @param clock this machine's, or one that was agreed upon already
   */
  public static Engine start(
      Configuration configuration,
      Places places,
      Mappings mappings,
      Ledger ledger,
      Clock clock,
      Mode mode) {
    Engine engine =
        new Engine(configuration, places, mappings, ledger, AgreedClock.of(clock), mode);
    try {
      if (!mode.ledgerIsReadOnly()) {
        engine.noticeNewMappings();
        engine.keepPauses();
      }
      engine.camel.start();
      engine.producer = engine.context().createProducerTemplate();
      engine.expectRunningRoutes();
      if (engine.servicePort != null) {
        engine.servicePort.open();
      }
      if (mode.listening()) {
        engine.listen("supabase", "seda:wake-supabase-database" + WAKING);
        engine.listen("local", "seda:wake-local" + WAKING);
        engine.listeners.forEach(ChangeListener::start);
        engine.jmxOverHttp = JmxOverHttp.start(configuration);
      }
      return engine;
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  private static Thread storing(Runnable work) {
    Thread thread = new Thread(work, "storing");
    thread.setDaemon(true);
    return thread;
  }

  /** Builds the core on the ledger, without starting anything: for decisions of people. */
  public static Engine idle(
      Configuration configuration, Places places, Mappings mappings, Ledger ledger, Clock clock) {
    return new Engine(
        configuration, places, mappings, ledger, AgreedClock.of(clock), Mode.ON_DEMAND);
  }

  private static Policies policies(Configuration configuration, Fields fields) {
    Map<String, Policy> perField = new LinkedHashMap<>();
    fields
        .all()
        .forEach(
            field ->
                perField.put(field.name(), policy(configuration.conflictPolicy(field.name()))));
    return new Policies(
        perField,
        policy(configuration.required(Options.SYNC_CONFLICT_POLICY)),
        configuration.systems(Options.INIT_PREFER));
  }

  private static Policy policy(String text) {
    if (text.equals("manual")) {
      return new Policy.Manual();
    }
    return text.startsWith("prefer:")
        ? new Policy.Prefer(text.substring("prefer:".length()).strip())
        : new Policy.Latest();
  }

  private void bind(Mode mode) {
    camel.bind("cycle", cycle);
    camel.bind("availability", availability);
    camel.bind(
        "alerts",
        new Alerts(
            ledger,
            participants.names(),
            availability,
            configuration.text(Options.ALERT_WEBHOOK_URL)));
    camel.bind("delivering", delivering);
    camel.bind("reconciling", reconciling);
    camel.bind("erasing", new Erasing(ledger, observing.forgetting(), participants, availability));
    camel.bind("deadLetters", new DeadLetters(delivering, availability));
    camel.bind("flatten", new FlattenLists());
    camel.bind("queueFailures", new QueueFailures());
    camel.bind(
        "webhooks",
        new Webhooks(
            configuration.text(Options.TWENTY_WEBHOOK_SECRET),
            configuration.text(Options.SUPABASE_WEBHOOK_SECRET),
            configuration.required(Options.SUPABASE_TABLE),
            configuration.required(Options.SUPABASE_ID_COLUMN),
            webhookCounts,
            clock));
    camel.bind("inbox", new Inbox(ledger, availability, webhookCounts, this::callsLeft, clock));
    camel.bind(MicrometerConstants.METRICS_REGISTRY_NAME, metrics);
    camel.bind("routeMetrics", new MicrometerRoutePolicyFactory());
    camel.bind(
        "json", new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS));
    camel.bind("noResending", new NoResending());
    Duration overlap = configuration.seconds(Options.SYNC_OVERLAP_SECONDS);
    if (configuration.has(BigQueryContacts.NAME)) {
      bindBigQuery(overlap, mode);
    }
    if (configuration.has("twenty")) {
      bindTwenty(overlap);
    }
    if (configuration.isSet(Options.SUPABASE_URL)) {
      bindSupabase(overlap);
    } else if (configuration.has("supabase")) {
      bindDatabase("supabase", configuration.required(Options.SUPABASE_JDBC_URL), overlap);
    }
    if (configuration.has("local")) {
      bindDatabase("local", configuration.required(Options.LOCAL_JDBC_URL), overlap);
    }
  }

  private void bindBigQuery(Duration overlap, Mode mode) {
    String project = configuration.required(Options.BIGQUERY_PROJECT);
    boolean writes = !availability.isReadOnly(BigQueryContacts.NAME);
    BigQueryContacts contacts =
        new BigQueryContacts(
            BigQueryClients.configured(
                project,
                configuration.url(Options.BIGQUERY_URL).orElse(null),
                configuration.text(Options.BIGQUERY_CREDENTIALS),
                configuration.seconds(Options.SYNC_ANSWER_SECONDS).multipliedBy(2)),
            mappings.of(BigQueryContacts.NAME),
            participants,
            TableId.of(
                project,
                configuration.required(Options.BIGQUERY_DATASET),
                configuration.required(Options.BIGQUERY_TABLE)),
            new BigQueryContacts.Settings(
                overlap,
                Duration.ofMinutes(configuration.integer(Options.BIGQUERY_FORCE_QUERY_MINUTES)),
                writes),
            ledger,
            new BilledBytes(
                ledger,
                !mode.ledgerIsReadOnly(),
                configuration.isSet(Options.BIGQUERY_MAX_BYTES_PER_DAY)
                    ? Long.valueOf(configuration.required(Options.BIGQUERY_MAX_BYTES_PER_DAY))
                    : null,
                clock),
            () -> cycle.isInitial() || delivering.countDue(BigQueryContacts.NAME) >= MANY,
            clock);
    cycle.batchSize(BigQueryContacts.NAME, BigQueryContacts.BATCH);
    calls.put(BigQueryContacts.NAME, contacts::calls);
    camel.bind(BigQueryContacts.NAME, contacts);
    camel.bind("bigqueryConnection", contacts.connection());
    camel.bind(
        "bigqueryHistory",
        new BigQueryHistory(
            ledger,
            contacts.client(),
            project,
            configuration.required(Options.BIGQUERY_DATASET),
            clock));
  }

  private void bindTwenty(Duration overlap) {
    int perMinute = configuration.integer(Options.TWENTY_CALLS_PER_MINUTE);
    long seconds = configuration.seconds(Options.SYNC_INTERVAL_SECONDS).toSeconds();
    CallBudget budget = CallBudget.perMinute(perMinute, clock);
    calls.put("twenty", budget::taken);
    budgets.put("twenty", budget);
    TwentyLimits twentyLimits =
        new TwentyLimits(
            configuration.integer(Options.TWENTY_CONDITIONAL_LIMIT),
            perMinute * seconds / 60,
            budget::taken);
    Twenty twenty =
        new Twenty(
            mappings.of("twenty"),
            participants,
            ids -> ledger.transaction(tx -> tx.replicasByExternalId("twenty", ids)),
            () -> ledger.transaction(tx -> tx.watched("twenty")),
            overlap,
            clock);
    cycle.atBegin(() -> twentyLimits.beginCycle(cycle.isInitial()));
    cycle.atBegin(twenty::askForSchemaAgain);
    camel.bind("twenty", twenty);
    camel.bind("twentyWitness", twenty.witness());
    camel.bind("twentyLimits", twentyLimits);
    camel.bind("twentyCount", new TwentyCount());
    camel.bind("twentyErase", new TwentyErase());
    camel.bind(
        "twentyDoor",
        new HttpDoor(
            "twenty",
            Map.of("Authorization", "Bearer " + configuration.required(Options.TWENTY_API_KEY)),
            "",
            budget,
            clock,
            () -> true));
  }

  private void bindSupabase(Duration overlap) {
    CallBudget budget = CallBudget.perMinute(0, clock);
    calls.put("supabase", budget::taken);
    SupabaseRest supabase =
        new SupabaseRest(
            mappings.of("supabase"),
            participants,
            configuration.required(Options.SUPABASE_TABLE),
            configuration.required(Options.SUPABASE_ID_COLUMN),
            overlap,
            configuration.integer(Options.SYNC_BATCH_SIZE),
            clock);
    camel.bind("supabase", supabase);
    camel.bind(
        "supabaseErase",
        new SupabaseErase(
            configuration.required(Options.SUPABASE_TABLE),
            configuration.required(Options.SUPABASE_ID_COLUMN)));
    camel.bind(
        "supabaseDoor",
        new HttpDoor(
            "supabase",
            SupabaseRest.keyHeaders(configuration.required(Options.SUPABASE_KEY)),
            "/rest/v1",
            budget,
            clock,
            () -> !supabase.tellsItsTime()));
  }

  private void bindDatabase(String system, String url, Duration overlap) {
    HikariDataSource database =
        JdbcDataSources.open(
            system,
            url,
            configuration.text(Options.find(system + ".username")),
            configuration.text(Options.find(system + ".password")),
            configuration.seconds(Options.SYNC_ANSWER_SECONDS));
    resources.push(database);
    SqlDoor door = new SqlDoor();
    JdbcContacts contacts =
        new JdbcContacts(
            system,
            mappings.of(system),
            participants,
            database,
            configuration.required(Options.find(system + ".table")),
            configuration.required(Options.find(system + ".id-column")),
            overlap,
            clock,
            delivering.ownWrites());
    calls.put(system, () -> door.calls() + contacts.looks());
    camel.bind(system, contacts);
    camel.bind(
        system + "Erase",
        new JdbcErase(
            url,
            configuration.required(Options.find(system + ".table")),
            configuration.required(Options.find(system + ".id-column"))));
    camel.bind(system + "Door", door);
    camel.bind(system + "Database", database);
  }

  /** Edits are read at once where the database tells of them, Supabase's also beside its API. */
  private void listen(String system, String waking) {
    String url = configuration.text(Options.find(system + ".jdbc-url"));
    if (url == null) {
      return;
    }
    ProducerTemplate waker = context().createProducerTemplate();
    Runnable wake = () -> waker.sendBody(waking, null);
    if (PostgresqlListener.canHear(url)) {
      listeners.add(
          new PostgresqlListener(
              system,
              url,
              configuration.text(Options.find(system + ".username")),
              configuration.text(Options.find(system + ".password")),
              configuration.required(Options.find(system + ".table")),
              wake));
    } else if (SqliteListener.canHear(url)) {
      listeners.add(new SqliteListener(system, url, wake));
    }
  }

  private void properties(Places places, Mode mode) {
    // Camel's own listens for the end of the process, and refuses to start once it was told to end.
    camel.setShutdownStrategy(new SimpleMainShutdownStrategy());
    configuration.forCamel().forEach(camel::addOverrideProperty);
    camel.addOverrideProperty("sync.continuous", String.valueOf(mode.continuous()));
    camel.addOverrideProperty("sync.listening", String.valueOf(mode.listening()));
    camel.addOverrideProperty(
        "sync.interval-millis",
        String.valueOf(configuration.seconds(Options.SYNC_INTERVAL_SECONDS).toMillis()));
    camel.addOverrideProperty(
        "sync.answer-millis",
        String.valueOf(configuration.seconds(Options.SYNC_ANSWER_SECONDS).toMillis()));
    camel.addOverrideProperty("camel.component.direct.block", "false");
    // How long the end of a queue's route waits for what may still come.
    camel.addOverrideProperty("camel.component.seda.defaultPollTimeout", "100");
    if (!mode.listening()) {
      // A bean for each step of each route takes as long as all the rest of a command's start.
      camel.addOverrideProperty("camel.main.jmxManagementMBeansLevel", "RoutesOnly");
    }
    if (takesWebhooks(mode)) {
      camel.addOverrideProperty("camel.server.enabled", "true");
      servicePort = new ServicePort(configuration, webhookCounts);
      camel.bind("servicePort", servicePort);
    }
    camel.addOverrideProperty("camel.main.name", "truth-forge-sync");
    camel.addOverrideProperty("camel.main.routesIncludePattern", routes(places));
    camel.addOverrideProperty(
        "camel.main.shutdownTimeout", String.valueOf(STOP_WITHIN.toSeconds()));
    camel.addOverrideProperty("camel.main.shutdownLogInflightExchangesOnTimeout", "false");
    camel.addOverrideProperty("camel.main.autoConfigurationLogSummary", "false");
    camel.addOverrideProperty("camel.main.startupSummaryLevel", "Off");
    camel.addOverrideProperty("camel.main.exchangeFactory", "default");
    // A bean for each step of each route would take a third of the start, and memory for ever.
    camel.addOverrideProperty("camel.main.jmxManagementMBeansLevel", "RoutesOnly");
  }

  /** Without a secret there is no door. */
  private boolean takesWebhooks(Mode mode) {
    return mode.listening()
        && (configuration.isSet(Options.TWENTY_WEBHOOK_SECRET)
            || configuration.isSet(Options.SUPABASE_WEBHOOK_SECRET));
  }

  /** In percent; all of them where the system sets no limit. */
  private long callsLeft(String system) {
    CallBudget budget = budgets.get(system);
    return budget == null
        ? 100
        : budget.left() * 100 / configuration.integer(Options.TWENTY_CALLS_PER_MINUTE);
  }

  /** Files of routes of systems that take no part, or take part by other means. */
  private Set<String> leftOut(Mode mode) {
    boolean rest = configuration.isSet(Options.SUPABASE_URL);
    Set<String> left = new LinkedHashSet<>(Options.SYSTEMS);
    left.removeIf(configuration::has);
    if (rest || !configuration.has("supabase")) {
      left.add("supabase-jdbc");
    }
    if (!rest) {
      left.add("supabase");
    }
    Set<String> files = new LinkedHashSet<>();
    for (String system : left) {
      files.add("observe-" + system + ".camel.yaml");
      files.add("deliver-" + system + ".camel.yaml");
    }
    if (!configuration.has("bigquery")) {
      files.add("history.camel.yaml");
    }
    if (!configuration.isSet(Options.ALERT_WEBHOOK_URL)) {
      files.add("alerts.camel.yaml");
    }
    if (!takesWebhooks(mode)) {
      files.add("webhooks.camel.yaml");
    }
    return files;
  }

  private String routes(Places places) {
    return Arrays.stream(places.routesIncludePattern().split(","))
        .filter(file -> leftOut.stream().noneMatch(file::endsWith))
        .collect(Collectors.joining(","));
  }

  /**
   * A system whose mapping changed is read from the start: what a new line names was never seen
   * there, and nothing may be written over what was never seen. Nor was a field that is now kept
   * elsewhere: that its new place is empty is no edit (promise 6).
   */
  private void noticeNewMappings() {
    for (String system : participants.names()) {
      Mapping mapping = mappings.of(system);
      String name = "mapping." + system;
      String before = ledger.transaction(tx -> tx.setting(name));
      if (before != null) {
        knownFields.forget(system, mapping.movedSince(before));
      }
      ledger.transaction(
          tx -> {
            tx.addMissingReplicas(system);
            if (before != null && !before.startsWith(mapping.fingerprint())) {
              Sources.readEverything(tx, system, "mapping");
            }
            tx.setSetting(name, mapping.remembered());
            return null;
          });
    }
  }

  /** A pause outlives a restart. */
  private void keepPauses() {
    ledger.transaction(tx -> Pauses.of(tx, participants.names())).forEach(availability::pause);
  }

  /** From now on, also after a restart, the system is neither read nor written. */
  public void pause(String system) {
    participants.of(system);
    ledger.transaction(tx -> Pauses.set(tx, system, true));
    availability.pause(system);
  }

  /** Ends a pause; what changed meanwhile is found by the next cycle. */
  public void resume(String system) {
    participants.of(system);
    ledger.transaction(tx -> Pauses.set(tx, system, false));
    availability.resume(system);
  }

  /**
   * From now on takes in edits of the routes while they are made.
   *
   * @param places with a folder of routes
   */
  public void watchRoutes(Places places) {
    routeEditing =
        new RouteEditing(
            context(), places, name -> !leftOut.contains(name), this::expectRunningRoutes);
  }

  /** What is wrong with routes that were edited since the start; none where edits are not taken. */
  public List<String> routeFaults() {
    RouteEditing editing = routeEditing;
    return editing == null ? List.of() : editing.faults();
  }

  /** A route that ran once is expected to run. */
  private void expectRunningRoutes() {
    Set<String> expected = new LinkedHashSet<>(expectedRoutes);
    expected.addAll(runningRoutes());
    expectedRoutes = Set.copyOf(expected);
  }

  /** The routes that ran right after the start, and those that were added since. */
  public Set<String> expectedRoutes() {
    return expectedRoutes;
  }

  private Set<String> runningRoutes() {
    return context().getRoutes().stream()
        .map(Route::getRouteId)
        .filter(id -> context().getRouteController().getRouteStatus(id) == ServiceStatus.Started)
        .collect(Collectors.toSet());
  }

  /** Routes that should run and do not, in alphabetic order. */
  public List<String> stoppedRoutes() {
    Set<String> running = runningRoutes();
    return expectedRoutes.stream().filter(id -> !running.contains(id)).sorted().toList();
  }

  /** Stops the routes that read and write a system, until they are started again or all is. */
  public void stopRoutes(String system) {
    for (String route : routesOf(system)) {
      route(route, id -> context().getRouteController().stopRoute(id));
    }
  }

  public void startRoutes(String system) {
    for (String route : routesOf(system)) {
      route(route, id -> context().getRouteController().startRoute(id));
    }
  }

  private List<String> routesOf(String system) {
    participants.of(system);
    return Stream.of("observe-" + system, "deliver-" + system)
        .filter(expectedRoutes::contains)
        .toList();
  }

  private interface RouteAction {
    void on(String route) throws Exception;
  }

  private static void route(String id, RouteAction action) {
    try {
      action.on(id);
    } catch (Exception e) {
      throw new IllegalStateException("The route " + id + " could not be started or stopped", e);
    }
  }

  /**
   * Begins a cycle at once, or when the one under way has ended; systems that failed are tried
   * again at once. Needs a continuous engine.
   */
  public void syncNow() {
    availability.tryAllNow();
    producer.sendBody("direct:sync-now", null);
  }

  /** The budget of calls to the system; null where it has none. */
  public CallBudget budgetOf(String system) {
    return budgets.get(system);
  }

  /** Calls made to the system since the start. */
  public long callsOf(String system) {
    LongSupplier count = calls.get(system);
    return count == null ? 0 : count.getAsLong();
  }

  /** The trace of each of these versions of a contact; none where there are no traces. */
  public Map<Long, String> traces(String contactId, Set<Long> versions) {
    return tracing == null ? Map.of() : tracing.traces(contactId, versions);
  }

  /** The webhooks' port; null where none is open. */
  ServicePort servicePort() {
    return servicePort;
  }

  /** Where JMX consoles find this service; null where nowhere. */
  URI jmxOverHttp() {
    return jmxOverHttp == null ? null : jmxOverHttp.url();
  }

  public CamelContext context() {
    return camel.getCamelContext();
  }

  public Participants participants() {
    return participants;
  }

  /** What was counted since the start, without anything personal. */
  public MeterRegistry metrics() {
    return metrics;
  }

  public Availability availability() {
    return availability;
  }

  public Observing observing() {
    return observing;
  }

  public Delivering delivering() {
    return delivering;
  }

  public Decisions decisions() {
    return new LedgerDecisions(ledger, mappings.fields(), observing, delivering);
  }

  public Cycle cycle() {
    return cycle;
  }

  public Due due() {
    return due;
  }

  public Fields fields() {
    return mappings.fields();
  }

  /** One cycle: every system is read, then what is due is delivered. */
  public void runCycle() {
    call("direct:cycle");
  }

  /** Reads one system. */
  public void observe(String system) {
    call("direct:observe-" + system);
  }

  /** Reads everything, and asks for every record that should be there. */
  public void reconcile() {
    call("direct:reconcile");
  }

  public void deliver() {
    call("direct:deliver");
  }

  private void call(String route) {
    try {
      producer.sendBody(route, null);
    } catch (CamelExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Begins to end: the batch at hand is finished, no other is begun. */
  public void beginToStop() {
    availability.stopAll();
  }

  @Override
  public void close() {
    availability.stopAll();
    if (routeEditing != null) {
      routeEditing.close();
    }
    listeners.forEach(ChangeListener::close);
    if (jmxOverHttp != null) {
      jmxOverHttp.close();
    }
    camel.stop();
    finishStoring();
    if (tracing != null) {
      tracing.close();
    }
    while (!resources.isEmpty()) {
      try {
        resources.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("A connection could not be closed", e);
      }
    }
  }

  /** What is not stored by then is read anew after the next start, as if the process had died. */
  private void finishStoring() {
    behind.shutdown();
    try {
      behind.awaitTermination(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
