package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import truthforge.sync.ledger.CycleReport.Counters;

/**
 * All four systems: stand-ins of BigQuery, Twenty and Supabase in a process each, and a local
 * PostgreSQL that knows all contacts. First the initial sync; then, with the last of these worlds,
 * quiet cycles.
 */
final class FourScenario implements Scenario {

  private static final List<String> INITIAL =
      List.of("four-initial", "four-stand-ins-cpu", "ledger-size", "bigquery-bytes-initial");
  private static final List<String> QUIET =
      List.of("quiet-cycle", "quiet-calls", "quiet-bigquery-queries", "bigquery-bytes-quiet");

  @Override
  public List<String> figures() {
    List<String> all = new ArrayList<>(INITIAL);
    all.addAll(QUIET);
    return all;
  }

  /** The systems and a folder whose configuration names them all. */
  static final class Four implements AutoCloseable {
    final Path folder;
    final Postgres.Database local;
    final Map<String, HostProcess> hosts = new LinkedHashMap<>();

    Four(Stage stage, int contacts, Map<String, String> more) throws Exception {
      folder = stage.newFolder("four");
      local = stage.postgres().newDatabase(contacts);
      Map<String, String> settings = new LinkedHashMap<>();
      for (String system : List.of("bigquery", "twenty", "supabase")) {
        hosts.put(system, HostProcess.start(StandInHost.class, system));
        settings.putAll(hosts.get(system).settings());
      }
      settings.putAll(local.settings("local"));
      settings.put("operate.port", "0");
      settings.putAll(more);
      ServiceProcess.configure(folder, settings);
    }

    void reset() throws Exception {
      for (HostProcess host : hosts.values()) {
        host.reset();
      }
    }

    double hostsCpu() {
      return hosts.values().stream().mapToDouble(HostProcess::cpu).sum();
    }

    @Override
    public void close() throws SQLException {
      hosts.values().forEach(HostProcess::close);
      local.drop();
      Machine.delete(folder);
    }
  }

  /** Each walk by time reads again what changed within it, which must not be the initial sync. */
  private static Duration overlap(Scale scale) {
    return Duration.ofSeconds(scale.isFull() ? 10 : 3);
  }

  private static int quietRounds(Scale scale) {
    return scale.isFull() ? 21 : 11;
  }

  @Override
  public void measure(Stage stage) throws Exception {
    Results results = stage.results();
    int repetitions = INITIAL.stream().anyMatch(results::wants) ? stage.scale().repetitions() : 1;
    for (int i = 0; i < repetitions; i++) {
      boolean last = i == repetitions - 1;
      Map<String, String> settings =
          Map.of(
              "sync.batch-size",
              "1000",
              "sync.overlap-seconds",
              String.valueOf(overlap(stage.scale()).toSeconds()));
      try (Four four = new Four(stage, stage.scale().four(), settings)) {
        initial(stage, four);
        if (last && QUIET.stream().anyMatch(results::wants)) {
          quiet(stage, four);
        }
      }
    }
  }

  private static void initial(Stage stage, Four four) throws Exception {
    Results results = stage.results();
    int contacts = stage.scale().four();
    double cpuOfHosts = four.hostsCpu();
    double cpuOfPostgres = stage.postgres().cpu();
    four.reset();
    PairScenario.Initial initial =
        PairScenario.Initial.run(four.folder).mustHaveSent(3L * contacts);
    double hosts = four.hostsCpu() - cpuOfHosts;
    double postgres = stage.postgres().cpu() - cpuOfPostgres;
    double service = initial.process().cpu();
    double share = 100 * (hosts + postgres) / (hosts + postgres + service);
    results.add("four-initial", contacts / initial.seconds());
    results.note("four-initial", "contacts", contacts);
    results.note("four-initial", "peak-mib", Math.round(initial.process().peakMemory()));
    results.note("four-initial", "process-seconds", initial.process().wallSeconds());
    results.note("four-initial", "process-cpu-seconds", service);
    results.add("four-stand-ins-cpu", share);
    results.note("four-stand-ins-cpu", "stand-ins-cpu-seconds", hosts);
    results.note("four-stand-ins-cpu", "postgresql-cpu-seconds", postgres);
    results.note("four-stand-ins-cpu", "service-cpu-seconds", service);
    JsonNode bigquery = four.hosts.get("bigquery").report();
    results.add("bigquery-bytes-initial", bigquery.get("billed").doubleValue());
    results.note("bigquery-bytes-initial", "queries", bigquery.get("queries").intValue());
    ledgerSize(results, four, contacts);
    stage.say(
        String.format(
            "four-initial %,.0f/s, %.0f MiB, CPU s: service %.1f, stand-ins %.1f, PostgreSQL %.1f",
            contacts / initial.seconds(),
            initial.process().peakMemory(),
            service,
            hosts,
            postgres));
  }

  /** The file and its log, less the texts of the contacts. */
  private static void ledgerSize(Results results, Four four, int contacts) throws Exception {
    Path file = ServiceProcess.ledger(four.folder);
    Path log = file.resolveSibling(file.getFileName() + "-wal");
    long bytes = Files.size(file) + (Files.exists(log) ? Files.size(log) : 0);
    try (Connection ledger = ServiceProcess.openLedger(four.folder);
        Statement statement = ledger.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select count(*), sum(length(cast(doc as blob))) from contact")) {
      rows.next();
      if (rows.getLong(1) != contacts) {
        throw new AssertionError("The ledger has " + rows.getLong(1) + " contacts");
      }
      double own = rows.getDouble(2) / contacts;
      results.add("ledger-size", (double) bytes / contacts - own);
      results.note("ledger-size", "contact-json-bytes", Math.round(own));
      results.note("ledger-size", "file-bytes-per-contact", Math.round((double) bytes / contacts));
      results.note("ledger-size", "contacts", contacts);
    }
  }

  private static void quiet(Stage stage, Four four) throws Exception {
    Results results = stage.results();
    long last = ServiceProcess.lastCycle(four.folder);
    try (ServiceProcess run = ServiceProcess.start(four.folder, "run")) {
      run.awaitOpen();
      last = run.awaitCycle(last).id();
      Machine.pause(overlap(stage.scale()).plusSeconds(2));
      int warming = stage.scale().quietBefore();
      List<Double> cold = new ArrayList<>();
      for (int round = 0; round < warming + quietRounds(stage.scale()); round++) {
        four.reset();
        run.syncNow();
        ServiceProcess.CycleDone cycle = run.awaitCycle(last);
        last = cycle.id();
        if (cycle.sum(Counters::changed) != 0 || cycle.sum(Counters::sent) != 0) {
          throw new AssertionError("It was not quiet: " + cycle.report());
        }
        Map<String, Long> calls = new LinkedHashMap<>();
        Map<String, Object> kinds = new LinkedHashMap<>();
        for (Map.Entry<String, HostProcess> host : four.hosts.entrySet()) {
          JsonNode report = host.getValue().report();
          calls.put(host.getKey(), report.get("calls").longValue());
          kinds.put(host.getKey(), report.get("kinds"));
        }
        calls.put("local", cycle.of("local").calls());
        JsonNode bigquery = four.hosts.get("bigquery").report();
        stage.say(String.format("quiet cycle %.3f s, calls %s %s", cycle.seconds(), calls, kinds));
        if (round < 10) {
          cold.add(cycle.seconds());
        }
        if (round >= warming) {
          results.add("quiet-cycle", cycle.seconds());
          results.add("quiet-calls", calls.values().stream().mapToLong(v -> v).max().orElseThrow());
          results.add("quiet-bigquery-queries", bigquery.get("queries").doubleValue());
          results.add("bigquery-bytes-quiet", bigquery.get("billed").doubleValue());
          results.note("quiet-calls", "calls", calls);
        }
        Machine.pause(Duration.ofMillis(100));
      }
      results.note("quiet-cycle", "contacts", stage.scale().four());
      results.note("quiet-cycle", "cycles-before", warming);
      results.note("quiet-cycle", "first-ten", Results.median(cold));
    }
  }
}
