package truthforge.sync.bench;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The core by JMH, in processes that JMH starts. */
final class CoreScenario implements Scenario {

  private static final Map<String, String> FIGURES =
      Map.of(
          "observe", "core-observe",
          "echo", "core-echo",
          "mappingRead", "core-mapping-read",
          "mappingWrite", "core-mapping-write",
          "hash", "core-hash");
  private static final Map<String, String> FLOORS =
      Map.of("core-mapping-read", "jacksonParses", "core-mapping-write", "jacksonWrites");

  @Override
  public List<String> figures() {
    return List.of(
        "core-observe", "core-echo", "core-mapping-read", "core-mapping-write", "core-hash");
  }

  @Override
  public void measure(Stage stage) throws Exception {
    boolean quick = !stage.scale().isFull();
    TimeValue time = TimeValue.milliseconds(quick ? 200 : 2_000);
    Options options =
        new OptionsBuilder()
            .include(CoreBenchmarks.class.getName() + "\\..*")
            .forks(1)
            .warmupIterations(quick ? 2 : 5)
            .warmupTime(time)
            .measurementIterations(quick ? 3 : 5)
            .measurementTime(time)
            .verbosity(VerboseMode.SILENT)
            .jvmArgs("-Xmx256m")
            .build();
    Collection<RunResult> runs = new Runner(options).run();
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    for (RunResult run : runs) {
      String name = run.getPrimaryResult().getLabel();
      rates.put(
          name,
          run.getBenchmarkResults().stream()
              .flatMap(result -> result.getIterationResults().stream())
              .map(iteration -> iteration.getPrimaryResult().getScore())
              .toList());
    }
    rates.forEach(
        (name, values) -> {
          String figure = FIGURES.get(name);
          if (figure != null) {
            values.forEach(value -> stage.results().add(figure, value));
            if (FLOORS.containsKey(figure)) {
              rates
                  .get(FLOORS.get(figure))
                  .forEach(floor -> stage.results().addFloor(figure, floor));
            }
          }
        });
  }
}
