package truthforge.sync.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The first sync of two PostgreSQL databases at several sizes: cost per contact, and memory. */
final class GrowthScenario implements Scenario {

  @Override
  public List<String> figures() {
    return List.of("growth", "memory-1m");
  }

  @Override
  public void measure(Stage stage) throws Exception {
    Results results = stage.results();
    List<Integer> sizes =
        results.wants("growth") ? stage.scale().sizes() : largest(stage.scale().sizes());
    Map<String, Double> micros = new LinkedHashMap<>();
    List<Double> costs = new ArrayList<>();
    for (int size : sizes) {
      // The large ones take minutes, and spread less than the small ones.
      int repetitions = size >= 1_000_000 ? 1 : stage.scale().repetitions();
      List<Double> seconds = new ArrayList<>();
      for (int i = 0; i < repetitions; i++) {
        PairScenario.Pair pair = PairScenario.Pair.of(stage, size);
        PairScenario.Initial initial = PairScenario.Initial.run(pair.folder()).mustHaveSent(size);
        seconds.add(initial.seconds());
        if (size == 1_000_000) {
          results.add("memory-1m", initial.process().peakMemory());
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

  private static List<Integer> largest(List<Integer> sizes) {
    return sizes.stream().filter(size -> size >= 1_000_000).toList();
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
