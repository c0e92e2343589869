package truthforge.sync.cli;

import java.io.UncheckedIOException;
import java.net.BindException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.text.Nearest;

@Command(
    name = "stand-in",
    description = "One stand-in alone, until told to stop.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class StandInCommand implements Callable<Integer> {

  private static final List<String> NAMES = List.of("bigquery", "twenty", "supabase");

  @Parameters(paramLabel = "NAME", description = "bigquery, twenty or supabase.")
  private String name;

  @CommandLine.Option(
      names = "--port",
      paramLabel = "P",
      required = true,
      description = "Port on the loopback address; 0 takes any free one.")
  private int port;

  @CommandLine.Option(names = "--bare", description = "Without what setup creates there.")
  private boolean bare;

  @Spec private CommandSpec spec;

  private final TruthForgeSync root;

  StandInCommand(TruthForgeSync root) {
    this.root = root;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!NAMES.contains(name)) {
      String near = Nearest.nearest(name, NAMES);
      throw wrong(
          "there is no stand-in "
              + name
              + (near == null
                  ? "; there are " + String.join(", ", NAMES)
                  : "; did you mean " + near + "?"));
    }
    if (port < 0 || port > 65_535) {
      throw wrong("--port must be 0 to 65535, not " + port);
    }
    Logging.beginWithoutFile(root.debug());
    Terminal terminal = root.door().terminal();
    CountDownLatch told = new CountDownLatch(1);
    StandIns.Listening listening = open();
    Stop stop = root.watchForStop();
    try (StandIn standIn = listening.standIn()) {
      stop.by(told::countDown);
      terminal.out().println("The stand-in of " + name + " listens at " + standIn.url());
      listening.settings().forEach((key, value) -> terminal.out().println(key + "=" + value));
      terminal.out().flush();
      told.await();
    }
    return ExitCodes.DONE;
  }

  private StandIns.Listening open() {
    try {
      return StandIns.open(name, port, bare);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof BindException) {
        throw new Problem(
            Outcome.FOUND,
            "port " + port + " cannot be had",
            "Another program may have it: give another by --port, or 0 for any free one",
            e);
      }
      throw e;
    }
  }

  private CommandLine.ParameterException wrong(String what) {
    return new CommandLine.ParameterException(spec.commandLine(), what);
  }
}
