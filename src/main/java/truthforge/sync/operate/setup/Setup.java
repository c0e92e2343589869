package truthforge.sync.operate.setup;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import truthforge.sync.cli.SetupReport;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.Mappings;

/**
 * Creates what the systems lack: tables, columns, custom fields, triggers, the change feed. Never
 * drops or retypes anything; a second run finds nothing missing.
 */
public final class Setup {

  private final Configuration configuration;
  private final Places places;
  private final Mappings mappings;

  /**
   * @param mappings of the systems that are configured, at least
   */
  public Setup(Configuration configuration, Places places, Mappings mappings) {
    this.configuration = Objects.requireNonNull(configuration);
    this.places = Objects.requireNonNull(places);
    this.mappings = Objects.requireNonNull(mappings);
  }

  /**
   * Looks at all systems before it changes any.
   *
   * @param dryRun whether only to tell what is missing
   * @throws truthforge.sync.cli.Problem when a system cannot be looked at, or refuses a step; what
   *     was created before stays, and the next run goes on from there
   */
  public SetupReport run(boolean dryRun) {
    record Step(String system, Missing missing) {}
    List<Step> steps = new ArrayList<>();
    for (Inspection inspection :
        Inspections.of(configuration, places, mappings, Clock.systemUTC())) {
      try {
        inspection.missing().forEach(m -> steps.add(new Step(inspection.system(), m)));
      } catch (Trouble e) {
        throw e.problem("Nothing was changed");
      }
    }
    List<SetupReport.Step> report = new ArrayList<>();
    for (Step step : steps) {
      Missing missing = step.missing();
      if (!dryRun && !missing.isByHand()) {
        try {
          missing.creation().run();
        } catch (Trouble e) {
          throw e.problem(
              report.size() + " steps before it are done; run setup again to go on from there");
        }
      }
      report.add(
          new SetupReport.Step(
              step.system(), missing.what(), missing.statement(), missing.isByHand()));
    }
    return new SetupReport(dryRun, report);
  }
}
