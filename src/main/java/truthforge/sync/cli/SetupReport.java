package truthforge.sync.cli;

import java.util.List;

/**
 * What {@code setup} did, or would do.
 *
 * @param dryRun whether nothing was done
 */
public record SetupReport(boolean dryRun, List<Step> steps) implements Report {

  /**
   * @param what what is created, for example {@code column contacts_master.contact_id}
   * @param statement the SQL text or the request, without secrets; null where there is none to show
   * @param byHand whether the operator must do it, because the service has no way to
   */
  public record Step(String system, String what, String statement, boolean byHand) {}

  public SetupReport {
    steps = List.copyOf(steps);
  }

  @Override
  public String text() {
    if (steps.isEmpty()) {
      return "Nothing is missing" + System.lineSeparator();
    }
    StringBuilder text = new StringBuilder();
    for (Step step : steps) {
      text.append(step.system())
          .append(": ")
          .append(step.byHand() ? "to be done by you: " : dryRun ? "would create " : "created ")
          .append(step.what())
          .append(System.lineSeparator());
      if (step.statement() != null && (dryRun || step.byHand())) {
        text.append(step.statement().indent(4));
      }
    }
    return text.toString();
  }

  @Override
  public Outcome outcome() {
    return steps.stream().anyMatch(Step::byHand) && !dryRun ? Outcome.FOUND : Outcome.DONE;
  }
}
