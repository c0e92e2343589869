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

  private long waitMillis() {
    return Duration.ofNanos(budget.reserve()).toMillis();
  }

  @Test
  void a_hundred_calls_are_granted_at_once_and_then_one_an_interval_after_each_answer() {
    exhaust();
    pass(5);
    budget.granted();

    assertThat(waitMillis()).isEqualTo(600);
    pass(600);
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
    exhaust();
    pass(20);
    budget.granted();
    long arrived = nanos.get();
    for (long late = 0; late < 30; late++) {
      nanos.addAndGet(budget.reserve());
      assertThat(budget.reserve()).isZero();
      pass(late);
      assertThat(Duration.ofNanos(nanos.get() - arrived).toMillis()).isGreaterThanOrEqualTo(600);
      arrived = nanos.get();
      pass(3);
      budget.granted();
    }
  }

  @Test
  void nearly_all_of_a_minute_s_calls_are_used_whether_answers_are_quick_or_slow() {
    for (long answer : new long[] {5, 500}) {
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
      assertThat(taken).as("answers of " + answer + " ms").isBetween(950, 1_000);
      pass(Duration.ofMinutes(1).toMillis());
    }
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
