package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
 * quiet cycles and cycles with changes.
 */
final class FourScenario implements Scenario {

  private static final int QUIET_ROUNDS = 7;
  private static final int WARMING = 3;
  private static final int BATCH = 100;
  private static final int BIGQUERY_BATCH = 2_000;
  private static final List<String> INITIAL =
      List.of("four-initial", "four-stand-ins-cpu", "ledger-size", "bigquery-bytes-initial");
  private static final List<String> QUIET =
      List.of("quiet-cycle", "quiet-calls", "quiet-bigquery-queries", "bigquery-bytes-quiet");
  private static final List<String> CHANGES =
      List.of(
          "bigquery-bytes-changes",
          "calls-bigquery",
          "calls-twenty",
          "calls-supabase",
          "calls-local");

  @Override
  public List<String> figures() {
    List<String> all = new ArrayList<>(INITIAL);
    all.addAll(QUIET);
    all.addAll(CHANGES);
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

  @Override
  public void measure(Stage stage) throws Exception {
    Results results = stage.results();
    int repetitions = INITIAL.stream().anyMatch(results::wants) ? stage.scale().repetitions() : 1;
    for (int i = 0; i < repetitions; i++) {
      boolean last = i == repetitions - 1;
      try (Four four = new Four(stage, stage.scale().four(), Map.of("sync.batch-size", "1000"))) {
        initial(stage, four);
        if (last && QUIET.stream().anyMatch(results::wants)) {
          quiet(stage, four);
        }
      }
    }
    if (CHANGES.stream().anyMatch(results::wants)) {
      int contacts = 3 * BIGQUERY_BATCH;
      try (Four four = new Four(stage, contacts, Map.of("sync.max-field-percent", "100"))) {
        PairScenario.Initial.run(four.folder);
        changes(stage, four);
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
      for (int round = 0; round < WARMING + QUIET_ROUNDS; round++) {
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
        if (round >= WARMING) {
          results.add("quiet-cycle", cycle.seconds());
          results.add("quiet-calls", calls.values().stream().mapToLong(v -> v).max().orElseThrow());
          results.add("quiet-bigquery-queries", bigquery.get("queries").doubleValue());
          results.add("bigquery-bytes-quiet", bigquery.get("billed").doubleValue());
          results.note("quiet-calls", "calls", calls);
        }
        Machine.pause(Duration.ofMillis(100));
      }
      results.note("quiet-cycle", "contacts", stage.scale().four());
    }
  }

  private static List<String> ids(Four four, int number, String mark) throws Exception {
    List<String> ids = new ArrayList<>();
    try (Connection local = four.local.connect();
        Statement statement = local.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select contact_id from "
                    + Postgres.TABLE
                    + " order by md5(contact_id || '"
                    + mark
                    + "') limit "
                    + number)) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
  }

  private static void editLocally(Four four, int number, String mark) throws Exception {
    String list = String.join("','", ids(four, number, mark));
    four.local.run(
        "update "
            + Postgres.TABLE
            + " set notes = '"
            + mark
            + "' where contact_id in ('"
            + list
            + "')");
  }

  private static void editInSupabase(Four four, int number, String mark) throws Exception {
    Map<String, String> settings = four.hosts.get("supabase").settings();
    List<String> ids = ids(four, number, mark);
    for (int from = 0; from < number; from += BATCH) {
      String list = String.join(",", ids.subList(from, Math.min(number, from + BATCH)));
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(
                          URI.create(
                              settings.get("supabase.url")
                                  + "/rest/v1/"
                                  + Postgres.TABLE
                                  + "?contact_id=in.("
                                  + list
                                  + ")"))
                      .header("apikey", settings.get("supabase.key"))
                      .header("Content-Type", "application/json")
                      .method(
                          "PATCH",
                          HttpRequest.BodyPublishers.ofString("{\"notes\":\"" + mark + "\"}"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new AssertionError("Supabase's stand-in answered " + answer.body());
      }
    }
  }

  /** Calls of one cycle, by system, in which so many contacts were changed in one of them. */
  private static Map<String, Long> cycle(Stage stage, Four four, int changed) throws Exception {
    long before = ServiceProcess.lastCycle(four.folder);
    four.reset();
    try (ServiceProcess once = ServiceProcess.start(four.folder, "once", "--json").finished()) {
      List<ServiceProcess.CycleDone> cycles = ServiceProcess.cycles(four.folder, before);
      if (cycles.size() != 1 || cycles.get(0).sum(Counters::sent) != 3L * changed) {
        throw new AssertionError("Not all was sent: " + once.said());
      }
      Map<String, Long> calls = new LinkedHashMap<>();
      for (Map.Entry<String, HostProcess> host : four.hosts.entrySet()) {
        calls.put(host.getKey(), host.getValue().report().get("calls").longValue());
      }
      calls.put("local", cycles.get(0).of("local").calls());
      calls.put("billed", four.hosts.get("bigquery").report().get("billed").longValue());
      stage.say(changed + " changed: calls " + calls);
      return calls;
    }
  }

  private static void changes(Stage stage, Four four) throws Exception {
    Results results = stage.results();
    cycle(stage, four, 0);
    Map<String, Map<String, Long>> by = new LinkedHashMap<>();
    by.put("0", cycle(stage, four, 0));
    int small = 1_000;
    int large = 2_000;
    for (int changed : List.of(100, small, large, 2 * BIGQUERY_BATCH)) {
      editLocally(four, changed, "changed " + changed);
      by.put(String.valueOf(changed), cycle(stage, four, changed));
    }
    Map<String, Map<String, Long>> back = new LinkedHashMap<>();
    for (int changed : List.of(small, large)) {
      editInSupabase(four, changed, "edited " + changed);
      back.put(String.valueOf(changed), cycle(stage, four, changed));
    }
    for (String system : List.of("twenty", "supabase")) {
      results.add("calls-" + system, slope(by, system, small, large, BATCH));
      results.note("calls-" + system, "calls", callsOf(by, system));
    }
    results.add("calls-local", slope(back, "local", small, large, BATCH));
    results.note("calls-local", "calls", callsOf(back, "local"));
    results.add("calls-bigquery", slope(by, "bigquery", large, 2 * BIGQUERY_BATCH, BIGQUERY_BATCH));
    results.note("calls-bigquery", "calls", callsOf(by, "bigquery"));
    results.add("bigquery-bytes-changes", by.get(String.valueOf(small)).get("billed"));
    results.note("bigquery-bytes-changes", "bytes", callsOf(by, "billed"));
    results.note(
        "bigquery-bytes-changes",
        "contacts",
        four.local.number("select count(*) from " + Postgres.TABLE));
  }

  /** What each further batch costs. */
  private static double slope(
      Map<String, Map<String, Long>> by, String system, int few, int many, int batch) {
    long more = by.get(String.valueOf(many)).get(system) - by.get(String.valueOf(few)).get(system);
    return more / ((many - few) / (double) batch);
  }

  private static Map<String, Long> callsOf(Map<String, Map<String, Long>> by, String system) {
    Map<String, Long> calls = new LinkedHashMap<>();
    by.forEach((changed, of) -> calls.put(changed, of.get(system)));
    return calls;
  }
}
