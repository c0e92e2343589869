package truthforge.sync.cli;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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
  StatusReport status = new StatusReport(true, List.of(), Map.of(), 0, 0, 0, 0);
  List<Finding> findings = List.of();
  Configuration configuration;
  Boolean initialSync;
  boolean closed;
  final TreeSet<String> paused = new TreeSet<>();
  final TreeSet<Long> replayed = new TreeSet<>();

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
  public CycleSummary once() {
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
  public ConflictsReport conflicts() {
    return new ConflictsReport(List.of());
  }

  @Override
  public DeadLettersReport deadLetters() {
    return new DeadLettersReport(List.of());
  }

  @Override
  public long replay(Collection<Long> ids) {
    replayed.addAll(ids);
    return ids.size();
  }

  @Override
  public long replayAll() {
    return 9;
  }

  @Override
  public HeldReport held() {
    return new HeldReport(List.of());
  }

  @Override
  public void approve(long id, String contactId) {
    throw Problem.usage("nothing is held under the id " + id, "See held list");
  }

  @Override
  public void refuse(long id) {}

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
