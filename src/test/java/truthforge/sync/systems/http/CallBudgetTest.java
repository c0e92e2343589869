package truthforge.sync.systems.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

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

  @Test
  void a_hundred_calls_are_granted_at_once_and_then_one_after_each_interval() {
    exhaust();

    assertThat(Duration.ofNanos(budget.reserve()).toMillis()).isEqualTo(615);
    pass(615);
    assertThat(budget.reserve()).isZero();
    assertThat(budget.reserve()).isPositive();
  }

  @Test
  void calls_that_wait_for_one_another_come_no_faster_than_granted_though_one_be_late() {
    exhaust();
    pass(615 + 14);
    assertThat(budget.reserve()).isZero();

    long wait = Duration.ofNanos(budget.reserve()).toMillis();

    // The call before arrived up to 14 ms after it was sent, and this one at once.
    assertThat(wait - 14).isGreaterThanOrEqualTo(600);
  }

  @Test
  void nearly_all_of_a_minute_s_calls_are_used() {
    exhaust();
    long end = nanos.get() + Duration.ofMinutes(10).toNanos();
    int taken = 0;
    while (nanos.get() < end) {
      long wait = budget.reserve();
      taken += wait == 0 ? 1 : 0;
      nanos.addAndGet(wait);
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
    pass(615);
    assertThat(budget.reserve()).isZero();
    budget.granted();
    pass(615);

    assertThat(budget.reserve()).isZero();
  }
}
