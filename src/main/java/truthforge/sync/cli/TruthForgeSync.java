package truthforge.sync.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ScopeType;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Option;
import truthforge.sync.config.Places;

/** The command line: {@code run} if no command is given. */
@Command(
    name = "truth-forge-sync",
    description = "Keeps contacts the same in BigQuery, Twenty CRM, Supabase and a local database.",
    synopsisSubcommandLabel = "[command]",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Without a command: run. Exit codes: 0 done, 1 found something, 2 wrong usage,",
      "3 a system could not be reached."
    })
public final class TruthForgeSync implements Callable<Integer> {

  @CommandLine.Option(
      names = "--config",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "Folder of application.properties and mappings/ (default: config).")
  private Path config;

  @CommandLine.Option(
      names = "--routes",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "Folder of the routes (default: routes).")
  private Path routes;

  @CommandLine.Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where an unexpected fault came from.")
  private boolean debug;

  @Mixin private RunCommand.Settings runSettings;

  private final Door door;

  /** Of the command at hand; null where it ends at once anyway. */
  private Stop stop;

  private TruthForgeSync(Door door) {
    this.door = door;
  }

  /** Executes a command line. Returns the exit code; never throws. */
  public static int execute(Door door, String... arguments) {
    TruthForgeSync root = new TruthForgeSync(door);
    int exitCode = ExitCodes.FOUND;
    try {
      exitCode = commandLine(root).execute(arguments);
      return exitCode;
    } finally {
      if (root.stop != null) {
        root.stop.ended(exitCode);
      }
    }
  }

  /** All commands, ready to parse or execute. */
  static CommandLine commandLine(Door door) {
    return commandLine(new TruthForgeSync(door));
  }

  private static CommandLine commandLine(TruthForgeSync root) {
    Door door = root.door;
    CommandLine line = new CommandLine(root);
    line.addSubcommand(new ValidateCommand(root));
    if (door.services() != null) {
      for (Object command : ServiceCommand.all(root)) {
        line.addSubcommand(command);
      }
    }
    if (door.sandboxes() != null) {
      line.addSubcommand(new SandboxCommand(root));
      line.addSubcommand(new StandInCommand(root));
    }
    line.addSubcommand(new ManualCommand(root));
    line.addSubcommand(new AutoComplete.GenerateCompletion());
    for (CommandLine group : line.getSubcommands().values()) {
      if (!group.getSubcommands().isEmpty()) {
        group.getCommandSpec().usageMessage().synopsisSubcommandLabel("COMMAND");
      }
    }
    Terminal terminal = door.terminal();
    line.setOut(new PrintWriter(terminal.out(), true));
    line.setErr(new PrintWriter(terminal.err(), true));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            root.coloured() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    line.setParameterExceptionHandler((e, args) -> root.wrongUsage(e));
    line.setExecutionExceptionHandler((e, command, result) -> root.failed(e));
    return line;
  }

  @Override
  public Integer call() {
    if (door.services() == null) {
      throw Problem.usage("no command was given", "See truth-forge-sync --help");
    }
    return RunCommand.perform(this, runSettings);
  }

  Door door() {
    return door;
  }

  /** From now on the command ends in order when the process is told to end. */
  Stop watchForStop() {
    stop = Stop.watch(door.terminal());
    return stop;
  }

  Places places() {
    return Places.find(door.workingFolder(), config, routes);
  }

  Configuration configuration(Places places, Map<Option, String> commandLine) {
    return Configuration.load(places, door.environment(), commandLine);
  }

  /** A configuration that names at least one system, with routes of one's own that are sound. */
  Configuration configurationWithSystems(Places places, Map<Option, String> commandLine) {
    requireSound(places);
    Configuration configuration = configuration(places, commandLine);
    if (configuration.systems().isEmpty()) {
      throw new ConfigurationException(
          List.of(
              Finding.error(
                  places.propertiesToEdit(),
                  0,
                  "no system is set up",
                  "Set bigquery.project, twenty.url, supabase.url or local.jdbc-url there, or try"
                      + " the command sandbox, which needs none")));
    }
    return configuration;
  }

  /** What is in the jar was checked when it was built. */
  private void requireSound(Places places) {
    if (places.routesFolder() == null) {
      return;
    }
    List<Finding> faults =
        door.checks().stream()
            .flatMap(check -> check.apply(places).findings().stream())
            .filter(Finding::isFault)
            .toList();
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
  }

  boolean debug() {
    return debug;
  }

  Progress progress() {
    return new ProgressBar(door.terminal());
  }

  /** See no-color.org. */
  private boolean coloured() {
    return door.terminal().interactive()
        && door.environment().getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** Writes a report to standard output, and turns it into the exit code. */
  int print(Report report, boolean json) {
    if (json) {
      door.terminal().out().println(Json.of(report));
    } else {
      door.terminal().out().print(coloured() ? Paint.of(report.text()) : report.text());
    }
    door.terminal().out().flush();
    return ExitCodes.of(report.outcome());
  }

  private int wrongUsage(CommandLine.ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    StringBuilder words = new StringBuilder("truth-forge-sync: ").append(e.getMessage());
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      words
          .append(". Did you mean ")
          .append(String.join(" or ", unmatched.getSuggestions()))
          .append('?');
    } else {
      words.append('.');
    }
    words.append(" See ").append(command).append(" --help");
    door.terminal().err().println(words);
    return ExitCodes.USAGE;
  }

  private int failed(Exception e) {
    door.terminal().err().println("truth-forge-sync: " + ExitCodes.explain(e));
    if (debug) {
      e.printStackTrace(door.terminal().err());
    }
    return ExitCodes.of(e);
  }
}
