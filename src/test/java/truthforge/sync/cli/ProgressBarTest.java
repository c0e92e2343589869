package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressBarTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long now = 1;

  @Test
  void a_terminal_sees_bar_rate_and_time_left() {
    ProgressBar bar = bar(true);
    bar.begin("reading", 1000);
    pass(10);
    bar.advance(250);

    assertThat(text()).endsWith("\rreading [######------------------] 250/1000 25% 25/s 0:30 left");
  }

  /** People go on editing while it is counted. */
  @Test
  void what_comes_on_top_of_the_total_raises_it() {
    ProgressBar bar = bar(true);
    bar.begin("writing", 100);
    pass(10);
    bar.advance(120);

    assertThat(text()).contains(" 120/120 100% ");
  }

  @Test
  void what_was_done_before_is_no_work_of_this_part() {
    ProgressBar bar = bar(true);
    bar.begin("writing two", 2000, 1000);
    pass(10);
    bar.advance(250);

    assertThat(text()).endsWith(" 1250/2000 62% 25/s 0:30 left");
  }

  @Test
  void a_shorter_line_covers_the_longer_one_before_it() {
    ProgressBar bar = bar(true);
    bar.begin("reading", 1000);
    pass(10);
    bar.advance(250);
    int drawn = text().length() - text().lastIndexOf('\r');
    pass(10);
    bar.advance(750);

    assertThat(text().length() - text().lastIndexOf('\r')).isEqualTo(drawn);
  }

  @Test
  void without_a_terminal_a_plain_line_comes_every_few_seconds_at_most() {
    ProgressBar bar = bar(false);
    bar.begin("reading", 1000);
    for (int i = 0; i < 100; i++) {
      pass(1);
      bar.advance(1);
    }

    assertThat(text().lines()).hasSize(20);
  }

  @Test
  void without_a_terminal_nothing_is_drawn_over() {
    ProgressBar bar = bar(false);
    bar.begin("reading", 1000);
    pass(10);
    bar.advance(250);

    assertThat(text()).doesNotContain("\r", "#");
  }

  @Test
  void the_end_is_always_told() {
    ProgressBar bar = bar(false);
    bar.begin("reading", 3);
    bar.advance(3);
    bar.end();

    assertThat(text()).contains("reading 3/3 100%");
  }

  @Test
  void an_unknown_total_shows_count_and_rate() {
    ProgressBar bar = bar(false);
    bar.begin("reading", 0);
    pass(10);
    bar.advance(50);

    assertThat(text().strip()).isEqualTo("reading 50 5/s");
  }

  private void pass(long seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  private ProgressBar bar(boolean interactive) {
    return new ProgressBar(
        new PrintStream(bytes, true, StandardCharsets.UTF_8), interactive, () -> now);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
