package truthforge.sync.systems.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DmlPaceTest {

  private static final int BIGQUERY_TAKES = 25;

  private long now = 7;
  private final DmlPace pace = new DmlPace(() -> now);

  @Test
  void never_more_begin_within_ten_seconds_than_bigquery_takes() {
    List<Long> begun = new ArrayList<>();
    while (begun.size() < 200) {
      long wait = pace.reserve();
      if (wait == 0) {
        begun.add(now);
        now += TimeUnit.MILLISECONDS.toNanos(begun.size() % 7);
      } else {
        now += wait;
      }
    }

    for (long first : begun) {
      assertThat(begun.stream().filter(at -> at >= first && at - first < DmlPace.WINDOW_NANOS))
          .hasSizeLessThan(BIGQUERY_TAKES);
    }
  }

  @Test
  void nobody_waits_longer_than_until_the_first_of_them_is_ten_seconds_old() {
    for (int i = 0; i < DmlPace.MOST; i++) {
      assertThat(pace.reserve()).isZero();
    }
    now += TimeUnit.SECONDS.toNanos(4);

    assertThat(pace.reserve()).isEqualTo(TimeUnit.SECONDS.toNanos(6));
  }

  private long waited() {
    long before = now;
    for (long wait = pace.untilTurn(); wait > 0; wait = pace.untilTurn()) {
      now += wait;
    }
    return now - before;
  }

  @Test
  void whoever_can_gather_never_waits_for_long_however_much_there_is_to_do() {
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      waits.add(waited());
      assertThat(pace.reserve()).isZero();
      now += TimeUnit.MILLISECONDS.toNanos(i % 150);
    }

    assertThat(waits).allMatch(wait -> wait <= TimeUnit.MILLISECONDS.toNanos(700));
  }

  @Test
  void single_changes_wait_for_nothing() {
    for (int i = 0; i < 50; i++) {
      assertThat(waited()).isZero();
      assertThat(pace.reserve()).isZero();
      now += TimeUnit.MILLISECONDS.toNanos(1_000);
    }
  }

  @Test
  void whoever_waits_for_his_turn_finds_a_place() {
    for (int i = 0; i < DmlPace.MOST; i++) {
      assertThat(pace.reserve()).isZero();
    }
    waited();

    assertThat(pace.reserve()).isZero();
  }
}
