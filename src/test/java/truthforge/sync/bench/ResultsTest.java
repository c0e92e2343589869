package truthforge.sync.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResultsTest {

  private final Results results = new Results(Set.of("pg-initial", "start"));

  private JsonNode line(String figure) {
    return results.line(Figure.named(figure));
  }

  @Test
  void the_value_is_the_median_and_the_spread_is_shown() {
    List.of(16_000.0, 11_000.0, 15_500.0).forEach(value -> results.add("pg-initial", value));
    assertThat(line("pg-initial").toString())
        .contains("\"value\":15500.0", "\"low\":11000.0", "\"high\":16000.0", "\"reached\":true");
  }

  @Test
  void the_floor_is_the_median_of_the_floors() {
    results.add("pg-initial", 1);
    List.of(50_000.0, 40_000.0, 45_000.0).forEach(floor -> results.addFloor("pg-initial", floor));
    assertThat(line("pg-initial").get("floor").intValue()).isEqualTo(45_000);
  }

  @Test
  void a_floor_that_was_not_measured_is_null() {
    results.add("start", 2);
    assertThat(line("start").get("floor").isNull()).isTrue();
  }

  @Test
  void less_is_better_where_the_aim_says_at_most() {
    results.add("start", 2.6);
    assertThat(line("start").get("reached").booleanValue()).isFalse();
  }

  @Test
  void what_was_asked_for_and_not_measured_is_told() {
    results.add("start", 2);
    assertThat(results.missing()).containsExactly("pg-initial");
  }

  @Test
  void the_hundredth_of_a_hundred_lies_above_its_99th_percentile() {
    List<Double> rising = new java.util.ArrayList<>();
    for (double i = 1; i <= 100; i++) {
      rising.add(i);
    }
    assertThat(Results.percentile(rising, 0.99)).isEqualTo(99);
  }

  @Test
  void every_figure_is_explained() throws Exception {
    String page = Files.readString(Path.of("docs/performance.md"));
    assertThat(Figure.ALL).allSatisfy(f -> assertThat(page).contains("`" + f.name() + "`"));
  }

  @Test
  void every_figure_is_measured_by_one_scenario() {
    List<String> measured =
        Bench.SCENARIOS.stream().flatMap(scenario -> scenario.figures().stream()).toList();
    assertThat(measured)
        .containsExactlyInAnyOrderElementsOf(Figure.ALL.stream().map(Figure::name).toList());
  }
}
