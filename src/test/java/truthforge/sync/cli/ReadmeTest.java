package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import truthforge.sync.config.Options;

/** What the pages for people name is there. */
class ReadmeTest {

  private static final String JAR = "java -jar target/truth-forge-sync.jar";
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]+");
  private static final Pattern SETTING =
      Pattern.compile(
          "`((?:sync|init|bigquery|twenty|supabase|local|ledger|log|service|operate|alert)\\.[a-z.-]+)");
  private static final Pattern LINK = Pattern.compile("]\\((?!http)([^)#]+)\\)");
  private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");

  private static final CommandLine COMMANDS =
      TruthForgeSync.commandLine(
          new Door(
              Terminal.ofTheProcess(),
              new FixedService(),
              new FixedSandbox(),
              List.of(),
              Map.of(),
              Path.of("")));

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/operations.md"})
  void every_command_line_can_be_carried_out(String page) throws IOException {
    List<String> lines =
        read(page).lines().map(String::strip).filter(line -> line.startsWith(JAR)).toList();

    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      String arguments = line.substring(JAR.length()).strip();
      assertThatCode(() -> COMMANDS.parseArgs(arguments.split(" +")))
          .as(line)
          .doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/operations.md"})
  void every_option_named_exists(String page) throws IOException {
    Set<String> known = new TreeSet<>();
    commands().forEach(command -> known.addAll(command.getCommandSpec().optionsMap().keySet()));
    known.addAll(found(OPTION, read("bench/run")));

    assertThat(known).containsAll(found(OPTION, read(page)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/operations.md"})
  void every_setting_named_exists(String page) throws IOException {
    for (String setting : found(SETTING, read(page))) {
      assertThat(Options.find(setting.replaceFirst("\\.file$", ""))).as(setting).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/operations.md"})
  void every_link_leads_to_a_file(String page) throws IOException {
    Path folder = Path.of(page).toAbsolutePath().getParent();
    for (String link : found(LINK, read(page))) {
      assertThat(folder.resolve(link).normalize()).exists();
    }
  }

  @Test
  void the_table_of_commands_is_complete() throws IOException {
    String readme = read("README.md");
    String table = readme.substring(readme.indexOf("## Commands"), readme.indexOf("Exit codes:"));
    Set<String> named = new TreeSet<>();
    for (String row : table.lines().filter(line -> line.startsWith("| `")).toList()) {
      for (String code : found(CODE, row.substring(0, row.indexOf('|', 1)))) {
        named.add(code.replaceFirst(" [A-Z-].*", ""));
      }
    }

    assertThat(named).isEqualTo(names());
  }

  @Test
  void continuous_integration_runs_the_test_command() throws IOException {
    assertThat(read("README.md")).contains("\nmvn -B verify\n");
    assertThat(read(".ci/run")).contains("\nmvn -B verify ");
  }

  /** Those that do something, with the groups that they stand in. */
  private static Set<String> names() {
    Set<String> names = new TreeSet<>();
    for (CommandLine command : commands()) {
      if (command != COMMANDS && command.getSubcommands().isEmpty()) {
        String qualified = command.getCommandSpec().qualifiedName();
        names.add(qualified.substring(qualified.indexOf(' ') + 1));
      }
    }
    return names;
  }

  private static List<CommandLine> commands() {
    List<CommandLine> all = new ArrayList<>(List.of(COMMANDS));
    for (int i = 0; i < all.size(); i++) {
      all.addAll(all.get(i).getSubcommands().values());
    }
    return all;
  }

  private static List<String> found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    List<String> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(matcher.group(matcher.groupCount()));
    }
    return found;
  }

  private static String read(String file) throws IOException {
    return Files.readString(Path.of(file));
  }
}
