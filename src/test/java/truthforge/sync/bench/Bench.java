package truthforge.sync.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Measures the packaged jar. Standard output: one line of JSON for each figure, then a table.
 *
 * <p>Exit code 0 when all that was asked for was measured, reached or not; 1 when something could
 * not be measured; 2 for wrong usage.
 */
public final class Bench {

  private static final List<Scenario> SCENARIOS =
      List.of(
          new PairScenario(),
          new GrowthScenario(),
          new OnePercentScenario(),
          new SinkScenario(),
          new FourScenario(),
          new WebhookScenario(),
          new StartScenario(),
          new BudgetScenario(),
          new CoreScenario());

  private Bench() {}

  public static void main(String[] arguments) throws Exception {
    List<String> given = new ArrayList<>(Arrays.asList(arguments));
    Scale scale =
        given.remove("--tiny") ? Scale.TINY : given.remove("--quick") ? Scale.QUICK : Scale.FULL;
    if (given.contains("--help") || given.contains("--list")) {
      Figure.ALL.forEach(f -> System.out.printf("%-28s %s%n", f.name(), f.meaning()));
      return;
    }
    Set<String> all = names();
    List<String> unknown = given.stream().filter(name -> !all.contains(name)).toList();
    if (!unknown.isEmpty()) {
      System.err.println(
          "There is no figure " + String.join(", ", unknown) + "; bench/run --list shows them.");
      System.exit(2);
    }
    System.exit(measure(scale, given.isEmpty() ? all : new LinkedHashSet<>(given)) ? 0 : 1);
  }

  private static Set<String> names() {
    return Figure.ALL.stream()
        .map(Figure::name)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static boolean measure(Scale scale, Set<String> wanted) throws Exception {
    Results results = new Results(wanted);
    long began = System.nanoTime();
    Files.createDirectories(Path.of("target", "bench"));
    Path folder = Files.createTempDirectory(Path.of("target", "bench").toAbsolutePath(), "run");
    System.err.println(Machine.describe(scale));
    try (Stage stage = new Stage(scale, folder, results)) {
      for (Scenario scenario : SCENARIOS) {
        if (scenario.figures().stream().noneMatch(wanted::contains)) {
          continue;
        }
        long start = System.nanoTime();
        try {
          scenario.measure(stage);
        } catch (Exception | AssertionError e) {
          System.err.println(scenario.figures() + " could not be measured:");
          e.printStackTrace();
        }
        for (String figure : scenario.figures()) {
          ObjectNode line = results.line(Figure.named(figure));
          if (line != null) {
            System.out.println(line);
          }
        }
        System.out.flush();
        stage.say(scenario.figures().get(0) + " etc. took " + Machine.secondsSince(start) + " s");
      }
    } finally {
      Machine.delete(folder);
    }
    System.out.println();
    System.out.print(results.table());
    results.missing().forEach(name -> System.out.println("NOT MEASURED: " + name));
    System.err.println("Took " + Machine.secondsSince(began) + " s. " + Machine.describe(scale));
    return results.missing().isEmpty();
  }
}
