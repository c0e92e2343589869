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
  void a_hundred_calls_are_granted_at_once_and_then_one_each_600_ms() {
    exhaust();

    assertThat(Duration.ofNanos(budget.reserve()).toMillis()).isEqualTo(600);
    pass(600);
    assertThat(budget.reserve()).isZero();
    assertThat(budget.reserve()).isPositive();
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
