package truthforge.sync.systems.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Twenty's bucket as it was measured: 100 at once, then one each 600 ms. */
class CallBudgetTest {

  private final AtomicLong nanos = new AtomicLong(Duration.ofHours(1).toNanos());
  private final CallBudget budget = new CallBudget(100, nanos::get);

  private void exhaust() {
    for (int i = 0; i < 100; i++) {
      assertThat(budget.reserve()).isZero();
    }
  }

  private void pass(long millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
  }

  private long waitMillis() {
    return Duration.ofNanos(budget.reserve()).toMillis();
  }

  @Test
  void a_hundred_calls_are_granted_at_once_and_then_one_each_interval() {
    exhaust();
    pass(20);
    budget.granted();

    assertThat(waitMillis()).isBetween(580L, 582L);
    pass(582);
    assertThat(budget.reserve()).isZero();
    assertThat(budget.reserve()).isPositive();
  }

  @Test
  void a_call_that_is_not_answered_yet_may_have_arrived_late() {
    exhaust();

    assertThat(waitMillis()).isEqualTo(630);
  }

  /** It counts whole intervals between the calls as they arrive. */
  @Test
  void no_call_arrives_sooner_than_an_interval_after_the_one_before_however_late_that_was() {
    long there = 7;
    long back = 8;
    exhaust();
    pass(there);
    long arrived = nanos.get();
    pass(back);
    budget.granted();
    for (long late : new long[] {0, 40, 3, 200, 0, 0, 90, 1, 0}) {
      nanos.addAndGet(budget.reserve());
      assertThat(budget.reserve()).isZero();
      pass(there + late);
      assertThat(Duration.ofNanos(nanos.get() - arrived).toMillis()).isGreaterThanOrEqualTo(600);
      arrived = nanos.get();
      pass(back);
      budget.granted();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 500})
  void nearly_all_of_a_minute_s_calls_are_used_whether_answers_are_quick_or_slow(long answer) {
    exhaust();
    long end = nanos.get() + Duration.ofMinutes(10).toNanos();
    int taken = 0;
    while (nanos.get() < end) {
      long wait = budget.reserve();
      nanos.addAndGet(wait);
      if (wait == 0) {
        taken++;
        pass(answer);
        budget.granted();
      }
    }

    assertThat(taken).isBetween(950, 1_000);
  }

  @Test
  void calls_that_follow_each_other_faster_than_a_token_takes_gain_nothing() {
    for (int i = 0; i < 100; i++) {
      assertThat(budget.reserve()).isZero();
      pass(599);
    }

    assertThat(budget.reserve()).isPositive();
  }

  @Test
  void after_a_refusal_calls_wait_longer_each_time() {
    budget.limited();
    long first = budget.reserve();
    pass(600);
    budget.limited();
    long second = budget.reserve();

    assertThat(Duration.ofNanos(first).toMillis()).isEqualTo(600);
    assertThat(Duration.ofNanos(second).toMillis()).isEqualTo(1200);
  }

  @Test
  void a_call_that_is_granted_ends_the_waiting() {
    budget.limited();
    pass(600);
    assertThat(budget.reserve()).isZero();
    budget.granted();
    pass(600);

    assertThat(budget.reserve()).isZero();
  }
}
