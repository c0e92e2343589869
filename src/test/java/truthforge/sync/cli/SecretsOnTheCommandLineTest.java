package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;

/** Promise 10: other users of a machine see its command lines. */
class SecretsOnTheCommandLineTest {

  private static final Pattern LIKE_A_SECRET =
      Pattern.compile("key|token|secret|password|credential");

  private static void names(CommandLine command, List<String> into) {
    for (ArgSpec argument : command.getCommandSpec().args()) {
      into.add(argument.paramLabel());
      if (argument instanceof OptionSpec option) {
        into.addAll(List.of(option.names()));
      }
    }
    command.getSubcommands().values().forEach(sub -> names(sub, into));
  }

  @Test
  void no_command_takes_one() {
    List<String> names = new ArrayList<>();
    names(
        TruthForgeSync.commandLine(
            new Door(
                Terminal.ofTheProcess(),
                new FixedService(),
                new FixedSandbox(),
                List.of(),
                Map.of(),
                Path.of(""))),
        names);

    assertThat(names)
        .hasSizeGreaterThan(30)
        .noneMatch(name -> LIKE_A_SECRET.matcher(name.toLowerCase(Locale.ROOT)).find());
    assertThat(Options.all().stream().filter(Option::secret).map(Option::name))
        .as("what is looked for is how they are called")
        .allMatch(name -> LIKE_A_SECRET.matcher(name).find() || name.equals("alert.webhook-url"));
  }
}
