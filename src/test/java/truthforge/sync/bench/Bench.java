package truthforge.sync.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Measures the packaged jar. Standard output: one line of JSON for each figure, then a table.
 *
 * <p>Exit code 0 when all that was asked for was measured, reached or not; 1 when something could
 * not be measured; 2 for wrong usage.
 */
public final class Bench {

  static final List<Scenario> SCENARIOS =
      List.of(
          new PairScenario(),
          new GrowthScenario(),
          new OnePercentScenario(),
          new SinkScenario(),
          new FourScenario(),
          new CoreScenario(),
          new BudgetScenario(),
          new WebhookScenario(),
          new StartScenario(),
          new CallsScenario());

  private Bench() {}

  public static void main(String[] arguments) throws Exception {
    List<String> given = new ArrayList<>(Arrays.asList(arguments));
    Scale scale = scale(given);
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
    if (given.isEmpty()) {
      // They say how many contacts they mean.
      all.removeIf(name -> name.equals("memory-1m") && !scale.sizes().contains(1_000_000));
      all.removeIf(name -> name.equals("memory-100k") && !scale.sizes().contains(100_000));
      given.addAll(all);
    }
    System.exit(measure(scale, new LinkedHashSet<>(given)) ? 0 : 1);
  }

  private static Scale scale(List<String> given) {
    Scale scale =
        given.remove("--tiny") ? Scale.TINY : given.remove("--quick") ? Scale.QUICK : Scale.FULL;
    int contacts = given.indexOf("--contacts");
    if (contacts < 0) {
      return scale;
    }
    given.remove(contacts);
    return scale.withContacts(Integer.parseInt(given.remove(contacts)));
  }

  private static Set<String> names() {
    return Figure.ALL.stream()
        .map(Figure::name)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static boolean measure(Scale scale, Set<String> wanted) throws Exception {
    Results results = new Results(wanted);
    Container.build();
    long began = System.nanoTime();
    Files.createDirectories(Path.of("target", "bench"));
    Path folder = Files.createTempDirectory(Path.of("target", "bench").toAbsolutePath(), "run");
    System.err.println(Machine.describe(scale));
    // Whoever breaks it off leaves no process behind.
    Thread atEnd =
        new Thread(
            () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy), "end");
    Runtime.getRuntime().addShutdownHook(atEnd);
    try (Stage stage = new Stage(scale, folder, results)) {
      Map<Boolean, List<Scenario>> scenarios =
          SCENARIOS.stream()
              .filter(scenario -> scenario.figures().stream().anyMatch(wanted::contains))
              .collect(Collectors.partitioningBy(s -> s.canGoBeside() && !scale.isFull()));
      List<CompletableFuture<Void>> beside =
          scenarios.get(true).stream().map(scenario -> beside(scenario, stage)).toList();
      scenarios.get(false).forEach(scenario -> measure(scenario, stage));
      beside.forEach(CompletableFuture::join);
    } finally {
      Machine.delete(folder);
    }
    System.out.println();
    System.out.print(results.table());
    results.missing().forEach(name -> System.out.println("NOT MEASURED: " + name));
    System.err.println("Took " + Machine.secondsSince(began) + " s. " + Machine.describe(scale));
    return results.missing().isEmpty();
  }

  private static CompletableFuture<Void> beside(Scenario scenario, Stage stage) {
    return CompletableFuture.runAsync(
        () -> measure(scenario, stage), task -> new Thread(task).start());
  }

  private static void measure(Scenario scenario, Stage stage) {
    long start = System.nanoTime();
    try {
      scenario.measure(stage);
    } catch (Exception | AssertionError e) {
      System.err.println(scenario.figures() + " could not be measured:");
      e.printStackTrace();
    }
    synchronized (System.out) {
      for (String figure : scenario.figures()) {
        ObjectNode line = stage.results().line(Figure.named(figure));
        if (line != null) {
          line.put("scale", stage.scale().name()).put("load", Machine.load());
          System.out.println(line);
        }
      }
      System.out.flush();
    }
    stage.say(scenario.figures().get(0) + " and so on: " + Machine.secondsSince(start) + " s");
  }
}
