package truthforge.sync.operate.setup;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import truthforge.sync.cli.SetupReport;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.mapping.Mappings;

/** A configuration for a test, with the shipped mappings and lines added to them. */
final class Sample {

  private final Map<Option, String> options = new LinkedHashMap<>();
  private final Map<String, String> added = new LinkedHashMap<>();
  private Places places = Places.insideTheJar();

  Sample with(Option option, String value) {
    options.put(option, value);
    return this;
  }

  Sample in(Places folders) {
    places = folders;
    return this;
  }

  /**
   * @param line as under {@code added:} in a mapping file
   */
  Sample adding(String system, String line) {
    added.merge(system, line, (a, b) -> a + "\n  " + b);
    return this;
  }

  SetupReport dryRun() {
    return setup(true);
  }

  SetupReport setup() {
    return setup(false);
  }

  private SetupReport setup(boolean dryRun) {
    Configuration configuration = Configuration.of(options);
    return new Setup(configuration, places, mappings(configuration)).run(dryRun);
  }

  Doctor doctor() {
    Configuration configuration = Configuration.of(options);
    return new Doctor(configuration, Places.insideTheJar(), mappings(configuration));
  }

  Doctor doctor(java.time.Clock clock) {
    Configuration configuration = Configuration.of(options);
    return new Doctor(configuration, Places.insideTheJar(), mappings(configuration), clock);
  }

  List<Finding> findings() {
    return doctor().examine();
  }

  /** What doctor says of one place, as {@code LEVEL what. remedy}. */
  List<String> said(String place) {
    return said(findings(), place);
  }

  static List<String> said(List<Finding> findings, String place) {
    return findings.stream()
        .filter(finding -> finding.place().equals(place))
        .map(finding -> finding.level() + " " + finding.what() + ". " + finding.remedy())
        .collect(Collectors.toList());
  }

  static List<String> whats(SetupReport report) {
    return report.steps().stream().map(SetupReport.Step::what).toList();
  }

  private Mappings mappings(Configuration configuration) {
    try {
      List<Mapping> mappings = new ArrayList<>();
      for (String system : configuration.systems()) {
        String text =
            Places.insideTheJar().config("mappings/" + system + ".yaml").orElseThrow().text();
        String lines = added.get(system);
        mappings.add(
            MappingFiles.load(
                new StringReader(lines == null ? text : text + "\nadded:\n  " + lines + "\n"),
                system + ".yaml"));
      }
      return Mappings.of(mappings);
    } catch (truthforge.sync.mapping.MappingFaults e) {
      throw new IllegalArgumentException(e);
    }
  }

  Sample twenty(truthforge.sync.sandbox.twenty.TwentyStandIn twenty) {
    return with(Options.TWENTY_URL, twenty.url().toString())
        .with(Options.TWENTY_API_KEY, twenty.apiKey());
  }

  Sample supabase(truthforge.sync.sandbox.supabase.SupabaseStandIn supabase) {
    return with(Options.SUPABASE_URL, supabase.url().toString())
        .with(Options.SUPABASE_KEY, supabase.secretKey());
  }

  Sample bigquery(truthforge.sync.sandbox.bigquery.BigQueryStandIn bigquery, String project) {
    return with(Options.BIGQUERY_URL, bigquery.url().toString())
        .with(Options.BIGQUERY_PROJECT, project);
  }

  Sample sqlite(java.nio.file.Path file) {
    return with(Options.LOCAL_JDBC_URL, "jdbc:sqlite:" + file);
  }
}
