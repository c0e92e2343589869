package truthforge.sync.operate;

import java.io.StringReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import truthforge.sync.cli.CycleSummary;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.PlanReport;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.Progress;
import truthforge.sync.cli.SampleEdits;
import truthforge.sync.cli.Service;
import truthforge.sync.cli.SetupReport;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.cli.VerifyReport;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.config.TemporaryFolder;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Fields;
import truthforge.sync.flow.RestoredLedger;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFaults;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.merge.Write;
import truthforge.sync.operate.port.Asked;
import truthforge.sync.operate.port.OperatorPort;
import truthforge.sync.operate.port.RunningService;
import truthforge.sync.operate.setup.Doctor;
import truthforge.sync.operate.setup.Setup;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.SystemUnavailable;

/** What the commands do, on the configured systems and ledger. */
public final class SyncService implements Service {

  /** A change made by answering is sent on in the next cycle; more than this is no settling. */
  private static final int MOST_CYCLES_OF_INIT = 8;

  private static final int PAGE = 1000;

  /** More than all timeouts of the calls of one step together. */
  private static final Duration LONGEST_STEP = Duration.ofMinutes(10);

  private final Configuration configuration;
  private final Places places;
  private final Mappings mappings;
  private final Clock clock;
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile Engine engine;

  /** The running engine, on whose ledger people decide meanwhile; null while none runs. */
  private volatile Engine deciding;

  private volatile boolean stopping;
  private volatile SampleEdits edits;
  private volatile boolean watchingRoutes;
  private volatile BiConsumer<URI, String> atPage = (url, token) -> {};

  private SyncService(Configuration configuration, Places places, Mappings mappings, Clock clock) {
    this.configuration = configuration;
    this.places = places;
    this.mappings = mappings;
    this.clock = clock;
  }

  /**
   * @throws ConfigurationException with all faults of the mapping files
   */
  public static SyncService open(Configuration configuration, Places places) {
    Configuration resolved = Placeholders.resolved(configuration);
    Mappings mappings = mappings(resolved.systems(), places, resolved.reachesSupabaseByJdbc());
    List<Finding> faults = unknownFields(resolved, mappings);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    SqliteLibrary.require(resolved);
    return new SyncService(resolved, places, mappings, AgreedClock.of(Clock.systemUTC()));
  }

  static List<Finding> unknownFields(Configuration configuration, Mappings mappings) {
    return configuration.policiesForUnknownFields(
        mappings.fields().all().stream().map(Field::name).toList());
  }

  static Mappings mappings(List<String> systems, Places places, boolean supabaseByJdbc) {
    List<Finding> faults = new ArrayList<>();
    List<Mapping> mappings = new ArrayList<>();
    for (String system : systems) {
      Places.Source source =
          places
              .config("mappings/" + system + ".yaml")
              .orElseThrow(
                  () ->
                      new ConfigurationException(
                          List.of(
                              Finding.error(
                                  "mappings/" + system + ".yaml",
                                  0,
                                  "there is no mapping for " + system,
                                  "Add the file, or leave the system out"))));
      try {
        boolean byStatements = supabaseByJdbc && system.equals("supabase");
        mappings.add(
            MappingFiles.load(new StringReader(source.text()), source.name(), byStatements));
      } catch (MappingFaults e) {
        faults.addAll(MappingCheck.findings(e));
      }
    }
    if (faults.isEmpty()) {
      try {
        return Mappings.of(mappings);
      } catch (MappingFaults e) {
        faults.addAll(MappingCheck.findings(e));
      }
    }
    throw new ConfigurationException(faults);
  }

  private LedgerSettings ledgerSettings() {
    return new LedgerSettings(
        configuration.required(Options.LEDGER_JDBC_URL),
        configuration.text(Options.LEDGER_USERNAME),
        configuration.text(Options.LEDGER_PASSWORD),
        clock);
  }

  private Engine start(Ledger ledger, Engine.Mode mode) {
    engine = Engine.start(configuration, places, mappings, ledger, clock, mode);
    if (stopping) {
      engine.beginToStop();
    }
    return engine;
  }

  @Override
  public void run(boolean initialSync, Progress progress) {
    if (stopping) {
      return;
    }
    try (Ledger ledger = JdbcLedger.open(ledgerSettings());
        Ledger view = JdbcLedger.openReadOnly(ledgerSettings());
        SystemdWatchdog watchdog =
            new SystemdWatchdog(System.getenv(), "systemd-notify", this::goesOn)) {
      watchdog.ready();
      if (!initialSync) {
        requireRead(ledger);
      }
      RunningService service = new RunningService(configuration, ledger, view, clock);
      service.allowEdits(edits);
      try (OperatorPort port = OperatorPort.open(service)) {
        atPage.accept(port.url(), port.token());
        run(ledger, service, initialSync, progress);
      }
    }
  }

  private void run(Ledger ledger, RunningService service, boolean initialSync, Progress progress) {
    if (initialSync && (isRestored(ledger) || !unread(ledger).isEmpty())) {
      try (Engine initial = start(ledger, Engine.Mode.ON_DEMAND)) {
        initialise(initial, ledger, progress);
      }
    }
    if (!stopping) {
      requireRead(ledger);
      try (Engine running = start(ledger, Engine.Mode.CONTINUOUS)) {
        if (watchingRoutes) {
          running.watchRoutes(places);
        }
        deciding = running;
        service.works(running);
        try {
          stop.await();
          running.beginToStop();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } finally {
          deciding = null;
          service.works(null);
        }
      }
    }
  }

  private boolean goesOn() {
    Engine running = engine;
    Duration interval = configuration.seconds(Options.SYNC_INTERVAL_SECONDS);
    return running == null
        || running.cycle().sinceLastSign().compareTo(interval.plus(LONGEST_STEP)) < 0;
  }

  @Override
  public VerifyReport init(Progress progress) {
    Instant began = clock.instant();
    try (Ledger ledger = JdbcLedger.open(ledgerSettings());
        Engine initial = start(ledger, Engine.Mode.ON_DEMAND)) {
      initialise(initial, ledger, progress);
      requireNotStopped("init", "it goes on from where it was stopped");
      return verified(initial, ledger, progress, began);
    }
  }

  /** Reads everything of all systems, then sends each what it is due, until nothing is. */
  private void initialise(Engine initial, Ledger ledger, Progress progress) {
    ProgressTeller teller = new ProgressTeller(progress);
    initial.cycle().initial(true, teller);
    try {
      requireNothingPaused(ledger);
      boolean restored = isRestored(ledger);
      if (restored) {
        ledger.transaction(tx -> RestoredLedger.readEverything(tx, configuration.systems()));
      }
      initial.cycle().begin();
      for (String system : initial.participants().names()) {
        initial.observe(system);
        requireReached(initial, system);
      }
      initial.deliver();
      initial.cycle().end();
      CycleReport last = initial.cycle().last();
      for (int i = 1; i < MOST_CYCLES_OF_INIT && !stopping && didAnything(last); i++) {
        initial.participants().names().forEach(system -> requireReached(initial, system));
        initial.runCycle();
        last = initial.cycle().last();
      }
      initial.participants().names().forEach(system -> requireReached(initial, system));
      if (restored && !stopping) {
        ledger.transaction(RestoredLedger::foundItsWay);
      }
    } finally {
      teller.end();
      initial.cycle().initial(false, done -> {});
    }
  }

  private void requireNotStopped(String command, String whatThen) {
    if (stopping) {
      throw Problem.found(command + " was stopped before its end", "Start it again: " + whatThen);
    }
  }

  private void requireNothingPaused(Ledger ledger) {
    List<String> paused = ledger.transaction(tx -> Pauses.of(tx, configuration.systems()));
    if (!paused.isEmpty()) {
      throw Problem.found(
          String.join(", ", paused) + (paused.size() == 1 ? " is" : " are") + " paused",
          "Run 'resume' first: the initial sync needs all systems");
    }
  }

  private static boolean didAnything(CycleReport report) {
    return report.systems().values().stream().anyMatch(c -> c.changed() > 0 || c.sent() > 0);
  }

  private static void requireReached(Engine engine, String system) {
    String failure = engine.availability().failure(system);
    if (failure != null) {
      throw new Problem(
          outcome(engine, system),
          Failures.ofCommand(failure),
          "'doctor' says more about " + system + "; then start this again: it goes on where it was",
          null);
    }
  }

  /** A system that answers, and needs a person, is something found; others may come back. */
  private static Outcome outcome(Engine engine, String system) {
    SystemUnavailable.Kind kind = engine.availability().failureKind(system);
    return kind == SystemUnavailable.Kind.KEY_REFUSED
            || kind == SystemUnavailable.Kind.MISCONFIGURED
        ? Outcome.FOUND
        : Outcome.UNREACHABLE;
  }

  private Outcome outcome(Engine engine) {
    Set<Outcome> outcomes =
        configuration.systems().stream()
            .filter(system -> engine.availability().failure(system) != null)
            .map(system -> outcome(engine, system))
            .collect(Collectors.toSet());
    if (outcomes.isEmpty()) {
      return Outcome.DONE;
    }
    return outcomes.contains(Outcome.UNREACHABLE) ? Outcome.UNREACHABLE : Outcome.FOUND;
  }

  /** Systems that were never read to their end. */
  private List<String> unread(Ledger ledger) {
    return ledger.transaction(
        tx ->
            configuration.systems().stream()
                .filter(system -> tx.cursor(system).position() == null)
                .toList());
  }

  private static Problem unread(List<String> systems) {
    return Problem.usage(
        String.join(", ", systems)
            + (systems.size() == 1 ? " has" : " have")
            + " not been read yet",
        "Run 'init' first, or 'run --initial-sync'");
  }

  private static boolean isRestored(Ledger ledger) {
    return ledger.transaction(RestoredLedger::isOne);
  }

  private void requireRead(Ledger ledger) {
    if (isRestored(ledger)) {
      throw Problem.usage(
          "The ledger was put back from a copy, and others went on since",
          "Run 'init' first, or 'run --initial-sync': it reads everything and finds its way back");
    }
    List<String> unread = unread(ledger);
    if (!unread.isEmpty()) {
      throw unread(unread);
    }
  }

  @Override
  public CycleSummary once(boolean reconcile) {
    Instant began = clock.instant();
    try (Ledger ledger = JdbcLedger.open(ledgerSettings())) {
      requireRead(ledger);
      try (Engine once = start(ledger, Engine.Mode.ON_DEMAND)) {
        if (reconcile) {
          once.reconcile();
        } else {
          once.runCycle();
        }
        requireNotStopped("once", "the next cycle goes on from there");
        CycleReport report = once.cycle().last();
        return new CycleSummary(report.systems(), seconds(began), outcome(once));
      }
    }
  }

  @Override
  public VerifyReport verify(Progress progress) {
    Instant began = clock.instant();
    if (!hasLedger()) {
      throw unread(configuration.systems());
    }
    try (Ledger ledger = JdbcLedger.openReadOnly(ledgerSettings())) {
      requireRead(ledger);
      try (Engine observing = start(ledger, Engine.Mode.READING)) {
        return verified(observing, ledger, progress, began);
      }
    }
  }

  private VerifyReport verified(Engine running, Ledger ledger, Progress progress, Instant began) {
    Verification verification = new Verification(ledger, running.participants());
    ProgressTeller teller = new ProgressTeller(progress);
    running.cycle().initial(false, teller);
    running.cycle().verify(verification);
    try {
      for (String system : running.participants().names()) {
        running.observe(system);
        requireReached(running, system);
        requireNotStopped("the comparison", "it reads everything");
        verification.complete(system);
      }
    } finally {
      teller.end();
      running.cycle().verify(null);
    }
    Map<String, VerifyReport.SystemCount> systems = new LinkedHashMap<>();
    Map<String, Long> calls = new LinkedHashMap<>();
    verification
        .counts()
        .forEach(
            (system, c) -> {
              systems.put(
                  system, new VerifyReport.SystemCount(c.matched, c.missing, c.extra, c.different));
              if (!system.equals("local")) {
                calls.put(system, running.callsOf(system));
              }
            });
    return ledger.transaction(
        tx ->
            new VerifyReport(
                tx.countContacts(false),
                verification.isClean(),
                systems,
                configuration.systems().stream().mapToLong(tx::countHeld).sum(),
                configuration.systems().stream().mapToLong(tx::countDeadLetters).sum(),
                calls,
                seconds(began)));
  }

  private double seconds(Instant since) {
    return Duration.between(since, clock.instant()).toMillis() / 1000.0;
  }

  @Override
  public PlanReport plan(Progress progress) {
    try (TemporaryFolder folder = TemporaryFolder.open("truth-forge-sync-plan");
        Ledger copy = JdbcLedger.open(scratchIn(folder))) {
      boolean first = copyLedger(copy);
      Map<String, Long> linkedBefore = linked(copy);
      try (Engine observing = start(copy, Engine.Mode.OBSERVING)) {
        ProgressTeller teller = new ProgressTeller(progress);
        observing.cycle().initial(first, teller);
        for (String system : observing.participants().names()) {
          observing.observe(system);
          requireReached(observing, system);
          requireNotStopped("plan", "it has changed nothing");
        }
        teller.end();
        return planned(observing, copy, first, linkedBefore);
      }
    }
  }

  private LedgerSettings scratchIn(TemporaryFolder folder) {
    return LedgerSettings.of("jdbc:sqlite:" + folder.path().resolve("plan.db"), clock);
  }

  /**
   * @return whether a system was never read, or others went on since, so that the next thing is
   *     init
   */
  private boolean copyLedger(Ledger copy) {
    if (!hasLedger()) {
      return true;
    }
    try (Ledger ledger = JdbcLedger.openReadOnly(ledgerSettings())) {
      LedgerCopy.copy(ledger, copy, configuration.systems());
      boolean restored = isRestored(ledger);
      if (restored) {
        copy.transaction(tx -> RestoredLedger.readEverything(tx, configuration.systems()));
      }
      return restored || !unread(ledger).isEmpty();
    }
  }

  private boolean hasLedger() {
    try {
      JdbcLedger.requireOne(ledgerSettings());
      return true;
    } catch (Ledger.NoLedgerYet e) {
      return false;
    }
  }

  private Map<String, Long> linked(Ledger ledger) {
    Map<String, Long> linked = new LinkedHashMap<>();
    forEachReplica(
        ledger,
        (contact, replica) -> {
          if (replica.hasRecord()) {
            linked.merge(replica.system(), 1L, Long::sum);
          }
        });
    return linked;
  }

  private PlanReport planned(
      Engine observing, Ledger ledger, boolean first, Map<String, Long> linkedBefore) {
    Map<String, long[]> counts = new LinkedHashMap<>();
    observing.participants().names().forEach(system -> counts.put(system, new long[3]));
    forEachReplica(
        ledger,
        (contact, replica) -> {
          long[] count = counts.get(replica.system());
          if (count == null
              || replica.state() == Replica.State.HELD
              || replica.state() == Replica.State.PARKED) {
            return;
          }
          observing
              .due()
              .write(
                  contact,
                  replica,
                  observing.participants().of(replica.system()),
                  contact.version(),
                  Set.of())
              .ifPresent(write -> count[kind(write)]++);
        });
    Map<String, Long> linkedNow = linked(ledger);
    Map<String, PlanReport.Counts> systems = new LinkedHashMap<>();
    counts.forEach(
        (system, c) ->
            systems.put(
                system,
                new PlanReport.Counts(
                    c[0],
                    c[1],
                    c[2],
                    linkedNow.getOrDefault(system, 0L) - linkedBefore.getOrDefault(system, 0L))));
    long held =
        ledger.transaction(tx -> configuration.systems().stream().mapToLong(tx::countHeld).sum());
    return new PlanReport(first ? "init" : "cycle", systems, held);
  }

  private static int kind(Write write) {
    if (write.isCreation()) {
      return 0;
    }
    boolean deletes = write.touchesDeletion() && !write.values().get(Fields.DELETED).isEmpty();
    return deletes ? 2 : 1;
  }

  private interface ReplicaVisitor {
    void visit(Contact contact, Replica replica);
  }

  private static void forEachReplica(Ledger ledger, ReplicaVisitor visitor) {
    String after = null;
    while (true) {
      String start = after;
      List<Contact> contacts = ledger.transaction(tx -> tx.contactsAfter(start, PAGE));
      if (contacts.isEmpty()) {
        return;
      }
      List<String> ids = contacts.stream().map(Contact::id).toList();
      Map<String, Map<String, Replica>> replicas = ledger.transaction(tx -> tx.replicasOf(ids));
      contacts.forEach(
          contact ->
              replicas
                  .getOrDefault(contact.id(), Map.of())
                  .values()
                  .forEach(replica -> visitor.visit(contact, replica)));
      after = ids.get(ids.size() - 1);
    }
  }

  private <T> T fromLedger(Function<LedgerTransaction, T> question) {
    try (Ledger ledger = JdbcLedger.openReadOnly(ledgerSettings())) {
      return ledger.transaction(question);
    }
  }

  @Override
  public StatusReport status() {
    Status status = new Status(configuration, configuration.systems(), clock);
    StatusReport report = fromLedger(status::report);
    return deciding != null || Asked.find(configuration).isPresent()
        ? report
        : report.ofNoService();
  }

  @Override
  public List<Finding> doctor() {
    return new Doctor(configuration, places, mappings, clock).examine();
  }

  @Override
  public SetupReport setup(boolean dryRun) {
    return new Setup(configuration, places, mappings).run(dryRun);
  }

  @Override
  public <T> T look(Function<Decisions, T> question) {
    Engine here = deciding;
    if (here != null) {
      return question.apply(here.decisions());
    }
    try (Ledger ledger = JdbcLedger.openReadOnly(ledgerSettings());
        Engine idle = Engine.idle(configuration, places, mappings, ledger, clock)) {
      return question.apply(idle.decisions());
    }
  }

  @Override
  public <T> T decide(Function<Decisions, T> decision) {
    Engine here = deciding;
    if (here != null) {
      return decision.apply(here.decisions());
    }
    Optional<Asked> running = Asked.find(configuration);
    if (running.isPresent()) {
      return look(looked -> decision.apply(running.get().decisions(looked)));
    }
    JdbcLedger.requireOne(ledgerSettings());
    try (Ledger ledger = JdbcLedger.open(ledgerSettings());
        Engine idle = Engine.idle(configuration, places, mappings, ledger, clock)) {
      return decision.apply(idle.decisions());
    }
  }

  @Override
  public void pause(String system) {
    setPaused(system, true);
  }

  @Override
  public void resume(String system) {
    setPaused(system, false);
  }

  private void setPaused(String system, boolean paused) {
    if (!configuration.systems().contains(system)) {
      throw Problem.usage(
          system + " takes no part in the sync",
          "These do: " + String.join(", ", configuration.systems()));
    }
    Optional<Asked> running = Asked.find(configuration);
    if (running.isPresent()) {
      if (paused) {
        running.get().pause(system);
      } else {
        running.get().resume(system);
      }
      return;
    }
    JdbcLedger.requireOne(ledgerSettings());
    try (Ledger ledger = JdbcLedger.open(ledgerSettings())) {
      ledger.transaction(tx -> Pauses.set(tx, system, paused));
    }
  }

  @Override
  public void allowEdits(SampleEdits hands) {
    edits = hands;
  }

  @Override
  public void watchRoutes() {
    if (places.routesFolder() == null) {
      throw Problem.usage(
          "the routes inside the jar cannot be edited",
          "Start in a folder with routes/, or name one with --routes");
    }
    watchingRoutes = true;
  }

  @Override
  public void atPage(BiConsumer<URI, String> told) {
    atPage = told;
  }

  @Override
  public void backup(Path file) {
    try (Ledger ledger = JdbcLedger.openReadOnly(ledgerSettings())) {
      ledger.backup(file);
    } catch (UnsupportedOperationException e) {
      throw Problem.usage("'ledger backup' copies a ledger in SQLite", e.getMessage());
    }
  }

  @Override
  public void stop() {
    stopping = true;
    stop.countDown();
    Engine running = engine;
    if (running != null) {
      running.beginToStop();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
