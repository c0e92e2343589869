package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Twenty that refuses what exceeds 100 calls a minute, as the real one does, and a local database
 * with more people than those calls can carry in the time: batches are small so that they suffice.
 */
final class BudgetScenario implements Scenario {

  private static final int A_MINUTE = 100;
  private static final int BATCH = 10;
  private static final long MINUTE = 60_000;

  @Override
  public List<String> figures() {
    return List.of("budget-used", "budget-refusals");
  }

  /** It waits for the limit nearly all the time. */
  @Override
  public boolean canGoBeside() {
    return true;
  }

  @Override
  public void measure(Stage stage) throws Exception {
    Results results = stage.results();
    int minutes = stage.scale().budgetMinutes();
    int contacts = A_MINUTE * BATCH * (minutes + 3);
    Postgres.Database local = stage.postgres().newDatabase(contacts);
    Path folder = stage.newFolder("budget");
    try (HostProcess twenty = HostProcess.start(StandInHost.class, "twenty", "limited")) {
      Map<String, String> settings = new LinkedHashMap<>(twenty.settings());
      settings.putAll(local.settings("local"));
      settings.put("operate.port", "0");
      settings.put("sync.batch-size", String.valueOf(BATCH));
      ServiceProcess.configure(folder, settings);
      try (ServiceProcess init = ServiceProcess.start(folder, "init", "--json")) {
        Machine.await(
            "the last minute",
            Duration.ofMinutes(minutes + 4),
            Duration.ofMillis(500),
            () -> !init.isAlive() || lasting(twenty) > (minutes + 1) * MINUTE);
        JsonNode report = twenty.report();
        List<Long> times = new ArrayList<>();
        report.get("times").forEach(time -> times.add(time.longValue()));
        long first = times.get(0);
        long refused = report.get("refused429").longValue();
        Map<String, Long> calls = new LinkedHashMap<>();
        for (int minute = 0; minute <= minutes; minute++) {
          long from = first + minute * MINUTE;
          long within = times.stream().filter(t -> t >= from && t < from + MINUTE).count();
          calls.put("minute " + (minute + 1), within);
          if (minute > 0) {
            // A refused call used nothing; which minute it fell into does not matter.
            results.add("budget-used", 100.0 * (within - refused) / A_MINUTE);
          }
        }
        results.note("budget-used", "calls", calls);
        results.note("budget-used", "kinds", report.get("kinds"));
        results.add("budget-refusals", refused);
        stage.say("calls to Twenty: " + calls + ", refused: " + refused);
      }
    }
    local.drop();
    Machine.delete(folder);
  }

  private static long lasting(HostProcess twenty) throws Exception {
    JsonNode times = twenty.report().get("times");
    return times.isEmpty() ? 0 : System.currentTimeMillis() - times.get(0).longValue();
  }
}
