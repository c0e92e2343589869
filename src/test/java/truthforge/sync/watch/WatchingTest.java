package truthforge.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The alerts and the board ask for metrics that there are: those of docs/metrics.md, which is
 * compared with what the service really tells.
 */
class WatchingTest {

  private static final Path ALERTS = Path.of("config/prometheus/alerts.yml");
  private static final Path BOARD = Path.of("config/grafana/truth-forge-sync.json");
  private static final Pattern METRIC = Pattern.compile("\\bsync_[a-z_]+");
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

  @Test
  void every_alert_asks_for_metrics_that_there_are() throws IOException {
    Set<String> asked = new TreeSet<>();
    for (JsonNode rule : rules()) {
      asked.addAll(metrics(rule.path("expr").asText()));
    }

    assertThat(asked).isNotEmpty();
    assertThat(told()).containsAll(asked);
  }

  @Test
  void every_picture_of_the_board_asks_for_metrics_that_there_are() throws IOException {
    Set<String> asked = new TreeSet<>();
    for (JsonNode panel : new ObjectMapper().readTree(BOARD.toFile()).path("panels")) {
      panel.path("targets").forEach(target -> asked.addAll(metrics(target.path("expr").asText())));
    }

    assertThat(asked).isNotEmpty();
    assertThat(told()).containsAll(asked);
  }

  @Test
  void what_each_alert_means_stands_in_the_operations_page() throws IOException {
    String page = Files.readString(Path.of("docs/operations.md"));

    for (JsonNode rule : rules()) {
      assertThat(page).contains("`" + rule.path("alert").asText() + "`");
    }
  }

  @Test
  void prometheus_takes_the_alerts() throws Exception {
    assumeTrue(Files.isExecutable(PROMTOOL), "promtool is not installed");
    Path said = Files.createTempFile("promtool", ".txt");
    Process check =
        new ProcessBuilder(PROMTOOL.toString(), "check", "rules", ALERTS.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();

    assertThat(check.waitFor()).as(Files.readString(said)).isZero();
  }

  private static List<JsonNode> rules() throws IOException {
    JsonNode rules = new ObjectMapper(new YAMLFactory()).readTree(ALERTS.toFile());
    return rules.at("/groups/0/rules").findParents("alert");
  }

  private static Set<String> told() throws IOException {
    return metrics(Files.readString(Path.of("docs/metrics.md")));
  }

  private static Set<String> metrics(String text) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = METRIC.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }
}
