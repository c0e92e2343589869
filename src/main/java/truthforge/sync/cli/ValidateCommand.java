package truthforge.sync.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import truthforge.sync.config.Check;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Places;

@Command(
    name = "validate",
    description = "Check properties, routes and mappings without starting: file, line, what to do.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ValidateCommand implements Callable<Integer> {

  @CommandLine.Option(names = "--json", description = "Report as one line of JSON.")
  private boolean json;

  private final TruthForgeSync root;

  ValidateCommand(TruthForgeSync root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    Places places;
    try {
      places = root.places();
    } catch (ConfigurationException e) {
      return root.print(FindingsReport.of(e.findings()), json);
    }
    List<Finding> findings = new ArrayList<>();
    Configuration configuration = null;
    try {
      configuration = root.configuration(places, Map.of());
    } catch (ConfigurationException e) {
      findings.addAll(e.findings());
    }
    for (Function<Places, Check> checks : root.door().checks()) {
      Check check = checks.apply(places);
      findings.addAll(configuration == null ? check.findings() : check.findings(configuration));
    }
    return root.print(FindingsReport.of(findings), json);
  }
}
