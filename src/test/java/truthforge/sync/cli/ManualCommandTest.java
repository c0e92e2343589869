package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManualCommandTest {

  private final String page = printed("manual");

  @ParameterizedTest
  @ValueSource(strings = {".SS run", ".SS init", ".SS held approve", ".SS verify", ".SS sandbox"})
  void the_man_page_has_every_command(String heading) {
    assertThat(page.lines()).anyMatch(line -> line.startsWith(heading));
  }

  @Test
  void the_man_page_tells_what_an_option_is_for() {
    assertThat(page)
        .contains(".B \\-\\-config DIR\nFolder of application.properties and mappings/");
  }

  @Test
  void the_man_page_uses_no_macro_but_those_of_man_pages() {
    assertThat(page.lines().filter(line -> line.startsWith(".") || line.startsWith("'")))
        .allMatch(line -> line.matches("\\.(TH|SH|SS|TP|B)( .*)?"));
  }

  @Test
  void the_completion_script_knows_the_commands() {
    assertThat(printed("generate-completion")).contains("complete -F").contains("dead-letters");
  }

  private static String printed(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printer = new PrintStream(out, true, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(printer, printer, false);
    int exit =
        TruthForgeSync.execute(
            new Door(
                terminal, new FixedService(), new FixedSandbox(), List.of(), Map.of(), Path.of("")),
            arguments);
    assertThat(exit).isEqualTo(ExitCodes.DONE);
    return out.toString(StandardCharsets.UTF_8);
  }
}
