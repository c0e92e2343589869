package truthforge.sync.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.config.TemporaryFolder;
import truthforge.sync.sandbox.LiveEdits;
import truthforge.sync.sandbox.RecordEdits;
import truthforge.sync.sandbox.SampleSystems;
import truthforge.sync.sandbox.Samples;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/** The sandbox in this process: stand-ins on free ports, and a temporary folder. */
final class LocalSandbox implements Sandbox {

  private final Settings settings;
  private final Consumer<String> say;
  private final TemporaryFolder folder;
  private final BigQueryStandIn bigquery;
  private final TwentyStandIn twenty;
  private final SupabaseStandIn supabase;
  private final Places places;
  private final ServiceFactory services;
  private final Service service;
  private volatile boolean stopped;

  /** Starts the stand-ins; {@link #run} fills them. */
  LocalSandbox(Settings settings, Places places, ServiceFactory services, Consumer<String> say) {
    this.settings = settings;
    this.say = say;
    this.places = places;
    this.services = services;
    folder = TemporaryFolder.open("truth-forge-sync-sandbox");
    bigquery = StandIns.bigquery(0, true);
    twenty = TwentyStandIn.start(TwentyStandIn.Options.afterSetup());
    supabase = SupabaseStandIn.start();
    service = services.open(Configuration.of(connections()), places);
  }

  private Map<Option, String> connections() {
    Map<Option, String> connections = new LinkedHashMap<>();
    connections.put(Options.BIGQUERY_URL, bigquery.url().toString());
    connections.put(Options.BIGQUERY_PROJECT, StandIns.PROJECT);
    connections.put(Options.TWENTY_URL, twenty.url().toString());
    connections.put(Options.TWENTY_API_KEY, twenty.apiKey());
    connections.put(Options.TWENTY_CALLS_PER_MINUTE, "6000");
    connections.put(Options.SUPABASE_URL, supabase.url().toString());
    connections.put(Options.SUPABASE_KEY, supabase.secretKey());
    connections.put(Options.LOCAL_JDBC_URL, localUrl());
    connections.put(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.path().resolve("ledger.db"));
    connections.put(Options.OPERATE_PORT, String.valueOf(settings.port()));
    if (hasEdits()) {
      connections.put(Options.SYNC_INTERVAL_SECONDS, "5");
    }
    return connections;
  }

  private boolean hasEdits() {
    return !Duration.ZERO.equals(settings.edits());
  }

  private String localUrl() {
    return "jdbc:sqlite:" + folder.path().resolve("contacts.db");
  }

  private SampleSystems systems() {
    return new SampleSystems(bigquery, StandIns.PROJECT, twenty, supabase, localUrl());
  }

  @Override
  public VerifyReport run(Progress progress) {
    say.accept(
        "Four systems with " + settings.contacts() + " sample contacts, in " + folder.path());
    SampleSystems systems = systems();
    Samples samples = Samples.of(settings.contacts(), settings.seed());
    samples.load(systems, Instant.now());
    VerifyReport verified = withCallsOfTheStandIns(init(progress));
    if (!hasEdits()) {
      return verified;
    }
    say.accept(verified.text());
    service.allowEdits(new EditsByPage(new RecordEdits(systems, Clock.systemUTC())));
    service.atPage((url, token) -> say.accept("Watch it: " + url + "#token=" + token));
    LiveEdits edits = new LiveEdits(systems, samples, settings.seed(), Clock.systemUTC());
    try (LiveEditing editing = LiveEditing.begin(edits, say)) {
      if (settings.edits() != null) {
        editing.endAfter(settings.edits(), service::stop);
      }
      service.run(false, progress);
    }
    return withCallsOfTheStandIns(settled(progress));
  }

  private VerifyReport init(Progress progress) {
    try {
      return service.init(progress);
    } catch (Problem e) {
      throw stopped
          ? Problem.found(
              "The sandbox was stopped before its first sync was done", "Start it again, anew")
          : e;
    }
  }

  /** The service that was stopped starts nothing more; what it left is done by another one. */
  private VerifyReport settled(Progress progress) {
    say.accept("No more edits: letting the last ones arrive.");
    try (Service another = services.open(Configuration.of(connections()), places)) {
      another.once(true);
      another.once();
      return another.verify(progress);
    }
  }

  /** What reached the stand-ins, not what the service believes to have sent. */
  private VerifyReport withCallsOfTheStandIns(VerifyReport report) {
    Map<String, Long> calls = new LinkedHashMap<>();
    calls.put("bigquery", bigquery.calls());
    calls.put("twenty", twenty.calls());
    calls.put("supabase", supabase.calls());
    return new VerifyReport(
        report.contacts(),
        report.verified(),
        report.systems(),
        report.held(),
        report.parked(),
        calls,
        report.seconds());
  }

  @Override
  public void stop() {
    stopped = true;
    service.stop();
  }

  @Override
  public void close() {
    service.close();
    bigquery.close();
    twenty.close();
    supabase.close();
    folder.close();
  }
}
