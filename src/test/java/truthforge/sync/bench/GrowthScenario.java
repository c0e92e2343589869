package truthforge.sync.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The first sync of two PostgreSQL databases at several sizes: cost per contact, and memory. */
final class GrowthScenario implements Scenario {

  private static final Map<Integer, String> MEMORY =
      Map.of(100_000, "memory-100k", 1_000_000, "memory-1m");

  @Override
  public List<String> figures() {
    return List.of("growth", "memory-100k", "memory-1m");
  }

  @Override
  public void measure(Stage stage) throws Exception {
    Results results = stage.results();
    List<Integer> sizes =
        stage.scale().sizes().stream()
            .filter(size -> results.wants("growth") || isOfMemory(results, size))
            .toList();
    Map<String, Double> micros = new LinkedHashMap<>();
    List<Double> costs = new ArrayList<>();
    for (int size : sizes) {
      // The large ones take minutes, and spread less than the small ones.
      boolean large = size > (stage.scale().isFull() ? 100_000 : stage.scale().pair());
      int repetitions = large ? 1 : stage.scale().repetitions();
      List<Double> seconds = new ArrayList<>();
      if (size == stage.scale().pair() && !isOfMemory(results, size)) {
        results.values("pg-initial").forEach(rate -> seconds.add(size / rate));
      }
      while (seconds.size() < repetitions) {
        PairScenario.Pair pair = PairScenario.Pair.of(stage, size);
        PairScenario.Initial initial = PairScenario.Initial.run(pair.folder()).mustHaveSent(size);
        seconds.add(initial.seconds());
        if (MEMORY.containsKey(size)) {
          results.add(MEMORY.get(size), initial.process().peakMemory());
        }
        pair.drop();
      }
      double cost = Results.median(seconds) / size * 1e6;
      costs.add(cost);
      micros.put(String.valueOf(size), Math.round(cost * 10) / 10.0);
      stage.say(String.format("%,d contacts: %.1f µs each", size, cost));
    }
    if (costs.size() > 1) {
      results.add("growth", worst(costs));
      results.note("growth", "micros-per-contact", micros);
    }
  }

  private static boolean isOfMemory(Results results, int size) {
    return MEMORY.containsKey(size) && results.wants(MEMORY.get(size));
  }

  /** How much dearer a contact is at the worst among more than among fewer. */
  private static double worst(List<Double> costs) {
    double worst = 0;
    for (int i = 0; i < costs.size(); i++) {
      for (int j = i + 1; j < costs.size(); j++) {
        worst = Math.max(worst, costs.get(j) / costs.get(i));
      }
    }
    return worst;
  }
}
