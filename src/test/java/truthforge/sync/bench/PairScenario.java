package truthforge.sync.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import truthforge.sync.ledger.CycleReport.Counters;

/**
 * Two systems, both PostgreSQL: Supabase by JDBC, full, and the local database, empty; no BigQuery,
 * so that the ledger is the record of truth. First a sync into emptiness; then, with nothing known,
 * of the same rows; then, with nothing known, of rows that all differ.
 */
final class PairScenario implements Scenario {

  @Override
  public List<String> figures() {
    return List.of("pg-initial", "pg-initial-share", "pg-equal", "pg-different");
  }

  /** Both databases with their settings; the first is full and the second is empty. */
  record Pair(Postgres.Database full, Postgres.Database empty, Path folder) {

    static Pair of(Stage stage, int contacts) throws Exception {
      Pair pair =
          new Pair(
              stage.postgres().newDatabase(contacts),
              stage.postgres().newDatabase(0),
              stage.newFolder("pair"));
      Map<String, String> settings = new LinkedHashMap<>();
      settings.putAll(pair.full.settings("supabase"));
      settings.putAll(pair.empty.settings("local"));
      settings.put("operate.port", "0");
      settings.put("sync.batch-size", "250");
      ServiceProcess.configure(pair.folder, settings);
      return pair;
    }

    void drop() throws Exception {
      full.drop();
      empty.drop();
      Machine.delete(folder);
    }
  }

  /** A whole {@code init}; returns the seconds of its cycles. It verifies itself at its end. */
  record Initial(double seconds, ServiceProcess process, long sent) {

    static Initial run(Path folder) throws Exception {
      try (ServiceProcess init = ServiceProcess.start(folder, "init", "--json").finished()) {
        List<ServiceProcess.CycleDone> cycles = ServiceProcess.cycles(folder, 0);
        long sent = cycles.stream().mapToLong(cycle -> cycle.sum(Counters::sent)).sum();
        return new Initial(ServiceProcess.seconds(cycles), init, sent);
      }
    }

    Initial mustHaveSent(long number) {
      if (sent != number) {
        throw new AssertionError("It sent " + sent + " records and should have " + number);
      }
      return this;
    }
  }

  @Override
  public void measure(Stage stage) throws Exception {
    for (int i = 0; i < stage.scale().repetitions(); i++) {
      Pair pair = Pair.of(stage, stage.scale().pair());
      once(stage, pair);
      pair.drop();
    }
  }

  private void once(Stage stage, Pair pair) throws Exception {
    Results results = stage.results();
    int contacts = stage.scale().pair();
    String bare = pair.empty().bareTable();

    double pipe = JdbcFloor.copy(pair.full(), pair.empty(), bare);
    Initial initial = Initial.run(pair.folder()).mustHaveSent(contacts);
    mustBe(contacts, pair.empty().number("select count(*) from " + Postgres.TABLE));
    add(stage, "pg-initial", contacts / initial.seconds(), pipe, initial);
    results.add("pg-initial-share", contacts / initial.seconds() / pipe);
    if (!results.wants("pg-equal") && !results.wants("pg-different")) {
      return;
    }

    double comparing = JdbcFloor.compare(pair.full(), pair.empty());
    ServiceProcess.forgetEverything(pair.folder());
    Initial equal = Initial.run(pair.folder()).mustHaveSent(0);
    add(stage, "pg-equal", contacts / equal.seconds(), comparing, equal);

    pair.full().run("update " + Postgres.TABLE + " set notes = 'now ' || contact_id");
    double updating = JdbcFloor.update(pair.full(), "", pair.empty(), bare);
    ServiceProcess.forgetEverything(pair.folder());
    Initial different = Initial.run(pair.folder()).mustHaveSent(contacts);
    mustBe(
        contacts,
        pair.empty()
            .number(
                "select count(*) from " + Postgres.TABLE + " where notes = 'now ' || contact_id"));
    add(stage, "pg-different", contacts / different.seconds(), updating, different);
  }

  private static void add(Stage stage, String figure, double rate, double floor, Initial initial) {
    Results results = stage.results();
    results.add(figure, rate);
    results.addFloor(figure, floor);
    results.note(figure, "contacts", stage.scale().pair());
    results.note(figure, "peak-mib", Math.round(initial.process().peakMemory()));
    results.note(figure, "process-seconds", initial.process().wallSeconds());
    results.note(figure, "process-cpu-seconds", initial.process().cpu());
    stage.say(
        String.format(
            "%s %,.0f/s, floor %,.0f/s, %.0f MiB, process %.1f s wall, %.1f s CPU",
            figure,
            rate,
            floor,
            initial.process().peakMemory(),
            initial.process().wallSeconds(),
            initial.process().cpu()));
  }

  private static void mustBe(long wanted, long found) {
    if (wanted != found) {
      throw new AssertionError("There are " + found + " and not " + wanted);
    }
  }
}
