package truthforge.sync.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Places;

/** A service that answers what a test gave it, to look at the command line alone. */
final class FixedService implements Service, ServiceFactory {

  static final VerifyReport SAME =
      new VerifyReport(
          2,
          true,
          Map.of("local", new VerifyReport.SystemCount(2, 0, 0, 0)),
          1,
          0,
          Map.of("twenty", 7L),
          0.3);

  RuntimeException trouble;
  VerifyReport verified = SAME;
  StatusReport status = new StatusReport(true, List.of(), Map.of(), 0, 0, 0, 0, 0, null);
  List<Finding> findings = List.of();
  Configuration configuration;
  Boolean initialSync;
  boolean closed;
  final TreeSet<String> paused = new TreeSet<>();
  final FixedDecisions decisions = new FixedDecisions();

  @Override
  public Service open(Configuration given, Places places) {
    configuration = given;
    return this;
  }

  private void begin(Progress progress) {
    progress.begin("reading", 2);
    progress.advance(2);
    if (trouble != null) {
      throw trouble;
    }
  }

  @Override
  public void run(boolean initial, Progress progress) {
    begin(progress);
    initialSync = initial;
  }

  @Override
  public VerifyReport init(Progress progress) {
    begin(progress);
    return verified;
  }

  @Override
  public CycleSummary once(boolean reconcile) {
    return new CycleSummary(Map.of(), 0.1, Outcome.DONE);
  }

  @Override
  public PlanReport plan(Progress progress) {
    begin(progress);
    return new PlanReport("init", Map.of("local", new PlanReport.Counts(1, 2, 3, 4)), 5);
  }

  @Override
  public VerifyReport verify(Progress progress) {
    begin(progress);
    return verified;
  }

  @Override
  public StatusReport status() {
    return status;
  }

  @Override
  public List<Finding> doctor() {
    return findings;
  }

  @Override
  public SetupReport setup(boolean dryRun) {
    return new SetupReport(dryRun, List.of());
  }

  @Override
  public <T> T look(Function<Decisions, T> question) {
    return question.apply(decisions);
  }

  @Override
  public <T> T decide(Function<Decisions, T> decision) {
    return decision.apply(decisions);
  }

  @Override
  public void pause(String system) {
    paused.add(system);
  }

  @Override
  public void resume(String system) {
    paused.remove(system);
  }

  @Override
  public void backup(Path file) {}

  @Override
  public void stop() {}

  @Override
  public void close() {
    closed = true;
  }
}
