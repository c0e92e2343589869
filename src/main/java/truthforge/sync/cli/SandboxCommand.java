package truthforge.sync.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "sandbox",
    description = "The whole service against stand-ins of all four systems, with sample contacts.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class SandboxCommand implements Callable<Integer> {

  @CommandLine.ArgGroup private Length length = new Length();

  /** Without any of them, until it is told to end. */
  private static final class Length {
    @CommandLine.Option(names = "--once", description = "Sync, verify and exit: no live edits.")
    private boolean once;

    @CommandLine.Option(
        names = "--seconds",
        paramLabel = "N",
        description = "How long live edits go on (default: until Ctrl-C); then verify again.")
    private Integer seconds;

    private Duration edits() {
      if (once) {
        return Duration.ZERO;
      }
      return seconds == null ? null : Duration.ofSeconds(seconds);
    }
  }

  @CommandLine.Option(
      names = "--contacts",
      paramLabel = "N",
      defaultValue = "200",
      description = "How many distinct persons there are (default: ${DEFAULT-VALUE}).")
  private int contacts;

  @CommandLine.Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The same seed makes the same contacts (default: ${DEFAULT-VALUE}).")
  private long seed;

  @CommandLine.Option(
      names = "--port",
      paramLabel = "P",
      defaultValue = "0",
      description = "Port of the page on which to watch it (default: any free one).")
  private int port;

  @CommandLine.Option(
      names = "--json",
      description =
          "Report as one line of JSON on standard output; all else goes to standard error.")
  private boolean json;

  @Spec private CommandSpec spec;

  private final TruthForgeSync root;

  SandboxCommand(TruthForgeSync root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    if (contacts < 1) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--contacts must be 1 or more, not " + contacts);
    }
    if (length.seconds != null && length.seconds < 1) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--seconds must be 1 or more, not " + length.seconds);
    }
    Logging.beginWithoutFile(root.debug());
    Terminal terminal = root.door().terminal();
    Sandbox.Settings settings = new Sandbox.Settings(contacts, seed, port, length.edits());
    VerifyReport report;
    Stop stop = root.watchForStop();
    try (Sandbox sandbox =
        root.door().sandboxes().open(settings, root.places(), terminal.err()::println)) {
      stop.by(sandbox::stop);
      Progress progress = root.progress();
      try {
        report = sandbox.run(progress);
      } finally {
        progress.end();
      }
    }
    return root.print(report, json);
  }
}
