package truthforge.sync.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import truthforge.sync.ledger.CycleReport.Counters;

/**
 * All four systems, with the usual batches of 100: what a cycle calls that finds so many changed
 * contacts in the local database, or in Supabase. Counts only, which no load of the machine moves.
 */
final class CallsScenario implements Scenario {

  private static final int BATCH = 100;
  private static final int BIGQUERY_BATCH = 2_000;

  /**
   * Waited out after each cycle that writes: else a walk reads what was written before the last
   * cycle too, and how much of it would depend on how long cycles take here.
   */
  private static final int OVERLAP_SECONDS = 2;

  @Override
  public List<String> figures() {
    return List.of(
        "bigquery-bytes-changes",
        "calls-bigquery",
        "calls-twenty",
        "calls-supabase",
        "calls-local");
  }

  @Override
  public boolean canGoBeside() {
    return true;
  }

  @Override
  public void measure(Stage stage) throws Exception {
    if (!stage.scale().isFull()) {
      Machine.stayBehind();
    }
    int contacts = 2 * BIGQUERY_BATCH;
    try (FourScenario.Four four =
        new FourScenario.Four(
            stage,
            contacts,
            Map.of(
                "sync.max-field-percent",
                "100",
                "sync.overlap-seconds",
                String.valueOf(OVERLAP_SECONDS)))) {
      PairScenario.Initial.run(four.folder).mustHaveSent(3L * contacts);
      changes(stage, four);
    }
  }

  private static List<String> ids(FourScenario.Four four, int number, String mark)
      throws Exception {
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

  /** Another column each time: a field that changes in too many within an hour is held. */
  private static void editLocally(FourScenario.Four four, String column, int number, String mark)
      throws Exception {
    String list = String.join("','", ids(four, number, mark));
    four.local.run(
        "update "
            + Postgres.TABLE
            + " set "
            + column
            + " = '"
            + mark
            + "' where contact_id in ('"
            + list
            + "')");
  }

  private static void editInSupabase(FourScenario.Four four, int number, String mark)
      throws Exception {
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
  private static Map<String, Long> cycle(Stage stage, FourScenario.Four four, int changed)
      throws Exception {
    long before = ServiceProcess.lastCycle(four.folder);
    four.reset();
    List<String> command = Container.build().command("once", "--json");
    try (ServiceProcess once = ServiceProcess.startAs(four.folder, command).finished()) {
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
      Thread.sleep(Duration.ofSeconds(OVERLAP_SECONDS + 1).toMillis());
      stage.say(
          changed
              + " changed: calls "
              + calls
              + ", of Twenty "
              + four.hosts.get("twenty").report().get("kinds"));
      return calls;
    }
  }

  private static void changes(Stage stage, FourScenario.Four four) throws Exception {
    Results results = stage.results();
    cycle(stage, four, 0);
    Map<String, Map<String, Long>> by = new LinkedHashMap<>();
    int small = 1_000;
    int large = 2_000;
    Map<Integer, String> columns = new LinkedHashMap<>();
    if (stage.scale().isFull()) {
      // No slope needs them; they show what is constant.
      by.put("0", cycle(stage, four, 0));
      columns.put(100, "department");
    }
    columns.put(small, "notes");
    columns.put(large, "job_title");
    columns.put(2 * BIGQUERY_BATCH, "nickname");
    for (int changed : columns.keySet()) {
      editLocally(four, columns.get(changed), changed, "changed " + changed);
      by.put(String.valueOf(changed), cycle(stage, four, changed));
      // What was written is read once more, as it changed since.
      by.put("after " + changed, cycle(stage, four, 0));
    }
    Map<String, Map<String, Long>> back = new LinkedHashMap<>();
    for (int changed : List.of(small, large)) {
      editInSupabase(four, changed, "edited " + changed);
      back.put(String.valueOf(changed), cycle(stage, four, changed));
      if (changed != large) {
        cycle(stage, four, 0);
      }
    }
    for (String system : List.of("twenty", "supabase")) {
      results.add("calls-" + system, slope(by, system, small, large, BATCH));
      results.note("calls-" + system, "calls", callsOf(by, system));
      results.note(
          "calls-" + system,
          "with-the-cycle-after",
          slope(by, system, small, large, BATCH)
              + slope(by, "after ", system, small, large, BATCH));
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
    return slope(by, "", system, few, many, batch);
  }

  private static double slope(
      Map<String, Map<String, Long>> by, String when, String system, int few, int many, int batch) {
    long more = by.get(when + many).get(system) - by.get(when + few).get(system);
    return more / ((many - few) / (double) batch);
  }

  private static Map<String, Long> callsOf(Map<String, Map<String, Long>> by, String system) {
    Map<String, Long> calls = new LinkedHashMap<>();
    by.forEach((changed, of) -> calls.put(changed, of.get(system)));
    return calls;
  }
}
