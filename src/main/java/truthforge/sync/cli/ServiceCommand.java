package truthforge.sync.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Places;

/** A command that opens the service, has it do one thing, and reports. */
@Command(mixinStandardHelpOptions = true, sortOptions = false)
abstract class ServiceCommand implements Callable<Integer> {

  @CommandLine.Option(
      names = "--json",
      description =
          "Report as one line of JSON on standard output; all else goes to standard error.")
  private boolean json;

  private final TruthForgeSync root;
  private final Needs needs;

  enum Needs {
    /** Works on the ledger. */
    LEDGER,
    /** Works with the systems, of which at least one must be set up. */
    SYSTEMS,
    /** Likewise, and writes a log file, as it changes contacts. */
    SYSTEMS_AND_LOG
  }

  ServiceCommand(TruthForgeSync root, Needs needs) {
    this.root = root;
    this.needs = needs;
  }

  /** Whether it may change anything in the systems or in the ledger. */
  boolean mayChange() {
    return true;
  }

  abstract Report perform(Service service, Progress progress);

  @Override
  public final Integer call() {
    Places places = root.places();
    Configuration configuration =
        needs == Needs.LEDGER
            ? root.configuration(places, Map.of())
            : root.configurationWithSystems(places, Map.of());
    Logging.begin(configuration, needs == Needs.SYSTEMS_AND_LOG, root.debug());
    Report report;
    Stop stop = root.watchForStop();
    if (!mayChange()) {
      stop.changesNothing();
    }
    try (Service service = root.door().services().open(configuration, places)) {
      stop.by(service::stop);
      Progress progress = root.progress();
      try {
        report = perform(service, progress);
      } finally {
        progress.end();
      }
    }
    return root.print(report, json);
  }

  /** All of them, as they are listed by {@code --help}. */
  static List<Object> all(TruthForgeSync root) {
    return List.of(
        new RunCommand(root),
        new Init(root),
        new Once(root),
        new Plan(root),
        new Verify(root),
        new Status(root),
        new Pause(root),
        new Resume(root),
        new Doctor(root),
        new Setup(root),
        DecisionCommand.conflicts(root),
        DecisionCommand.deadLetters(root),
        DecisionCommand.held(root),
        new DecisionCommand.History(root),
        new DecisionCommand.Revert(root),
        new DecisionCommand.Duplicates(root),
        new DecisionCommand.Merge(root),
        new DecisionCommand.Forget(root),
        group(new LedgerGroup(), new LedgerBackup(root)));
  }

  static CommandLine group(Object group, Object... commands) {
    CommandLine line = new CommandLine(group);
    for (Object command : commands) {
      line.addSubcommand(command);
    }
    return line;
  }

  @Command(
      name = "init",
      description = "Initial sync of all existing data; goes on where it was stopped.")
  private static final class Init extends ServiceCommand {
    Init(TruthForgeSync root) {
      super(root, Needs.SYSTEMS_AND_LOG);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.init(progress);
    }
  }

  @Command(name = "once", description = "One cycle, then exit.")
  private static final class Once extends ServiceCommand {
    @CommandLine.Option(
        names = "--reconcile",
        description =
            "Read everything and compare, not only what changed: finds what was deleted for good,"
                + " and edits that left no trace.")
    private boolean reconcile;

    Once(TruthForgeSync root) {
      super(root, Needs.SYSTEMS_AND_LOG);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.once(reconcile);
    }
  }

  @Command(
      name = "plan",
      description = "What init or the next cycle would do in each system, writing nothing.")
  private static final class Plan extends ServiceCommand {
    Plan(TruthForgeSync root) {
      super(root, Needs.SYSTEMS);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.plan(progress);
    }
  }

  @Command(name = "verify", description = "Read all systems and compare.")
  private static final class Verify extends ServiceCommand {
    Verify(TruthForgeSync root) {
      super(root, Needs.SYSTEMS);
    }

    @Override
    boolean mayChange() {
      return false;
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.verify(progress);
    }
  }

  @Command(name = "status", description = "How the service does, per system.")
  private static final class Status extends ServiceCommand {
    Status(TruthForgeSync root) {
      super(root, Needs.LEDGER);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.status();
    }
  }

  @Command(
      name = "pause",
      description = "Neither read nor write a system until it is resumed, also after a restart.")
  private static final class Pause extends ServiceCommand {
    @Parameters(paramLabel = "SYSTEM", description = "bigquery, twenty, supabase or local.")
    private String system;

    Pause(TruthForgeSync root) {
      super(root, Needs.LEDGER);
    }

    @Override
    Report perform(Service service, Progress progress) {
      service.pause(system);
      return new Done("paused " + system, 1);
    }
  }

  @Command(
      name = "resume",
      description = "End a pause; the next cycle finds what changed meanwhile.")
  private static final class Resume extends ServiceCommand {
    @Parameters(paramLabel = "SYSTEM", description = "bigquery, twenty, supabase or local.")
    private String system;

    Resume(TruthForgeSync root) {
      super(root, Needs.LEDGER);
    }

    @Override
    Report perform(Service service, Progress progress) {
      service.resume(system);
      return new Done("resumed " + system, 1);
    }
  }

  @Command(
      name = "doctor",
      description = "Check configuration, connections, rights, clocks and limits.")
  private static final class Doctor extends ServiceCommand {
    Doctor(TruthForgeSync root) {
      super(root, Needs.SYSTEMS);
    }

    @Override
    boolean mayChange() {
      return false;
    }

    @Override
    Report perform(Service service, Progress progress) {
      return FindingsReport.of(service.doctor());
    }
  }

  @Command(
      name = "setup",
      description = "Create missing tables, columns, custom fields, change feed and webhooks.")
  private static final class Setup extends ServiceCommand {
    @CommandLine.Option(names = "--dry-run", description = "Only show what would be created.")
    private boolean dryRun;

    Setup(TruthForgeSync root) {
      super(root, Needs.SYSTEMS);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.setup(dryRun);
    }
  }

  /** A command that only has commands of its own. */
  @Command(mixinStandardHelpOptions = true)
  abstract static class Group implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "a command is missing: "
              + String.join(", ", spec.commandLine().getSubcommands().keySet()));
    }
  }

  @Command(name = "ledger", description = "The service's memory.")
  private static final class LedgerGroup extends Group {}

  @Command(name = "backup", description = "A consistent copy, also while the service runs.")
  private static final class LedgerBackup extends ServiceCommand {
    @Parameters(paramLabel = "FILE", description = "Where the copy goes; must not exist yet.")
    private Path file;

    LedgerBackup(TruthForgeSync root) {
      super(root, Needs.LEDGER);
    }

    @Override
    Report perform(Service service, Progress progress) {
      service.backup(file);
      return new Done("copied the ledger to " + file, 1);
    }
  }
}
