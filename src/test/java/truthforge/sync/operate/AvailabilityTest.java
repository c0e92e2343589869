package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AvailabilityTest {

  private static final Duration STEP = Duration.ofMillis(250);

  private final BigQueryWorld.Time time = BigQueryWorld.Time.stopped();
  private final Availability availability =
      new Availability(List.of("twenty", "supabase"), Set.of(), time);

  @Test
  void a_system_that_failed_is_left_alone_for_a_while() {
    fail("twenty");

    assertThat(availability.enter("twenty")).isFalse();
  }

  @Test
  void a_system_that_failed_does_not_keep_others_from_their_turn() {
    fail("twenty");

    assertThat(availability.enter("supabase")).isTrue();
  }

  @Test
  void a_system_that_failed_is_not_written_before_it_was_read_again() {
    fail("twenty");
    time.advance(Duration.ofHours(1));

    assertThat(availability.enterToWrite("twenty")).isFalse();
  }

  @Test
  void a_system_that_was_read_again_is_written_again() {
    fail("twenty");
    availability.read("twenty");

    assertThat(availability.enterToWrite("twenty")).isTrue();
  }

  @Test
  void a_system_that_is_read_and_takes_no_write_is_failing_until_it_took_one() {
    failWriting("twenty");
    availability.read("twenty");
    assertThat(availability.failure("twenty")).isNotNull();

    assertThat(availability.enterToWrite("twenty")).isTrue();
    availability.written("twenty");
    availability.leave("twenty");

    assertThat(availability.failure("twenty")).isNull();
  }

  @Test
  void a_write_that_failed_again_is_no_sign_that_writes_are_taken() {
    failWriting("twenty");
    availability.read("twenty");

    failWriting("twenty");
    availability.written("twenty");

    assertThat(availability.failure("twenty")).isNotNull();
  }

  @Test
  void a_system_that_could_not_be_read_is_back_when_it_was_read() {
    failWriting("twenty");
    time.advance(Duration.ofHours(1));
    assertThat(availability.enter("twenty")).isTrue();
    fail("twenty");
    availability.leave("twenty");

    availability.read("twenty");

    assertThat(availability.failure("twenty")).isNull();
  }

  private void failWriting(String system) {
    assertThat(availability.enterToWrite(system)).isTrue();
    fail(system);
    availability.leave(system);
  }

  @Test
  void however_often_a_system_failed_it_is_tried_again_within_a_quarter_of_an_hour() {
    List<Duration> pauses = pauses(40);

    assertThat(pauses).allSatisfy(pause -> assertThat(pause).isBetween(STEP, minutes(15)));
  }

  @Test
  void a_system_that_keeps_failing_is_tried_ever_less_often_up_to_that() {
    List<Duration> pauses = pauses(12);

    assertThat(pauses.get(0)).isLessThan(Duration.ofSeconds(11));
    assertThat(pauses.get(11)).isGreaterThan(minutes(7));
  }

  @Test
  void pauses_of_the_same_number_of_failures_differ() {
    List<Duration> longest = pauses(40).subList(12, 40);

    assertThat(new TreeSet<>(longest)).hasSizeGreaterThan(10);
  }

  @Test
  void a_system_that_was_read_again_starts_over() {
    pauses(20);
    availability.read("twenty");

    assertThat(pauses(1).get(0)).isLessThan(Duration.ofSeconds(11));
  }

  @Test
  void who_waits_for_a_turn_to_write_gets_it_when_the_one_before_has_ended() throws Exception {
    assertThat(waiter(() -> {})).isTrue();
  }

  @Test
  void who_waited_for_a_turn_to_write_gets_none_where_the_system_failed_in_the_one_before()
      throws Exception {
    boolean entered =
        waiter(
            () -> {
              fail("twenty");
              time.advance(Duration.ofHours(1));
            });

    assertThat(entered).isFalse();
    assertThat(availability.enter("twenty")).isTrue();
  }

  @Test
  void who_waited_for_a_turn_gets_none_where_all_is_to_stop() throws Exception {
    assertThat(waiter(availability::stopAll)).isFalse();
  }

  /** Whether one who asks to write while a turn is under way enters after it. */
  private boolean waiter(Runnable inTheTurnBefore) throws Exception {
    assertThat(availability.enterToWrite("twenty")).isTrue();
    FutureTask<Boolean> asks =
        new FutureTask<>(
            () -> {
              boolean entered = availability.enterToWrite("twenty");
              if (entered) {
                availability.leave("twenty");
              }
              return entered;
            });
    Thread thread = new Thread(asks);
    thread.start();
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (thread.getState() != Thread.State.WAITING && System.nanoTime() < limit) {
      Thread.onSpinWait();
    }
    assertThat(asks.isDone()).isFalse();
    inTheTurnBefore.run();
    availability.leave("twenty");
    return asks.get(30, TimeUnit.SECONDS);
  }

  private List<Duration> pauses(int failures) {
    List<Duration> pauses = new ArrayList<>();
    for (int i = 0; i < failures; i++) {
      fail("twenty");
      Duration waited = Duration.ZERO;
      while (!availability.enter("twenty")) {
        time.advance(STEP);
        waited = waited.plus(STEP);
      }
      availability.leave("twenty");
      pauses.add(waited);
    }
    return pauses;
  }

  private void fail(String system) {
    availability.failed(system, new IOException("reset"));
  }

  private static Duration minutes(int minutes) {
    return Duration.ofMinutes(minutes).plus(STEP);
  }
}
