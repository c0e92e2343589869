package truthforge.sync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;

@Command(
    name = "run",
    description = "Synchronise until told to stop.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RunCommand implements Callable<Integer> {

  /** Also of the command line without a command. */
  static final class Settings {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @CommandLine.Option(
        names = "--interval",
        paramLabel = "SECONDS",
        description = "Seconds between cycles (sync.interval-seconds).")
    private String interval;

    @CommandLine.Option(
        names = "--batch-size",
        paramLabel = "N",
        description = "Records in one write at most (sync.batch-size).")
    private String batchSize;

    @CommandLine.Option(
        names = "--initial-sync",
        description = "First the initial sync of systems that have not been read yet.")
    private boolean initialSync;

    @CommandLine.Option(
        names = "--dev",
        description = "Take in edits of the routes while running; one with a fault is told.")
    private boolean dev;

    @CommandLine.Option(
        names = "--log-file",
        paramLabel = "FILE",
        description = "Log file (log.file).")
    private String logFile;
  }

  @Mixin private Settings settings;

  private final TruthForgeSync root;

  RunCommand(TruthForgeSync root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    return perform(root, settings);
  }

  static int perform(TruthForgeSync root, Settings settings) {
    CommandLine line = settings.command.commandLine();
    OptionValue options = new OptionValue();
    options.add(line, "--interval", Options.SYNC_INTERVAL_SECONDS, settings.interval);
    options.add(line, "--batch-size", Options.SYNC_BATCH_SIZE, settings.batchSize);
    options.add(line, "--log-file", Options.LOG_FILE, settings.logFile);
    // From the first: a supervisor may change its mind at once.
    Stop stop = root.watchForStop();
    Places places = root.places();
    Configuration configuration = root.configurationWithSystems(places, options.given());
    Logging.begin(configuration, true, root.debug());
    try (Service service = root.door().services().open(configuration, places)) {
      stop.by(service::stop);
      if (settings.dev) {
        service.watchRoutes();
      }
      Progress progress = root.progress();
      try {
        service.run(settings.initialSync, progress);
      } finally {
        progress.end();
      }
    }
    return ExitCodes.DONE;
  }
}
