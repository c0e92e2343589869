package truthforge.sync.systems;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgreedClockTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  /** This machine's clock, which can be set, and the time that goes on whatever it shows. */
  private static final class Machine extends Clock implements Elapsed {
    private Instant shows = NOON;
    private long nanos;

    void goOn(Duration by) {
      shows = shows.plus(by);
      nanos += by.toNanos();
    }

    void set(Duration by) {
      shows = shows.plus(by);
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public Instant instant() {
      return shows;
    }

    @Override
    public ZoneId getZone() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  private final Machine machine = new Machine();
  private final AgreedClock clock = AgreedClock.of(machine);
  private Instant truth = NOON;

  private void goOn(Duration by) {
    machine.goOn(by);
    truth = truth.plus(by);
  }

  /** The system tells the true time, but for what its clock is ahead. */
  private void tells(String system, Duration ahead) {
    AgreedClock.Asked asked = clock.ask();
    goOn(Duration.ofMillis(100));
    Instant told = truth.plus(ahead);
    clock.told(system, asked, Instant.ofEpochSecond(told.getEpochSecond()), SECOND);
    goOn(Duration.ofMillis(100));
  }

  private void allTellTheTruth() {
    for (String system : new String[] {"bigquery", "twenty", "supabase"}) {
      tells(system, Duration.ZERO);
    }
  }

  @Test
  void alone_this_machine_is_right() {
    machine.set(HOUR);

    assertThat(clock.instant()).isEqualTo(NOON.plus(HOUR));
    assertThat(clock.ofThisMachine().isConsiderable()).isFalse();
  }

  @Test
  void where_all_agree_the_time_is_this_machines() {
    allTellTheTruth();

    assertThat(clock.instant()).isEqualTo(machine.instant());
  }

  @ParameterizedTest
  @ValueSource(longs = {60, -60})
  void a_jump_of_this_machines_clock_moves_nothing_at_all(long minutes) {
    allTellTheTruth();

    machine.set(Duration.ofMinutes(minutes));
    goOn(Duration.ofMinutes(5));

    assertThat(Duration.between(truth, clock.instant()).abs()).isLessThan(SECOND);
    assertThat(clock.difference("twenty").isConsiderable()).isFalse();
    assertThat(clock.ofThisMachine().ahead().toMinutes()).isBetween(minutes - 1, minutes);
  }

  @Test
  void a_machine_that_was_wrong_from_the_start_goes_by_the_record_of_truth() {
    machine.set(HOUR);
    AgreedClock late = AgreedClock.of(machine);

    AgreedClock.Asked asked = late.ask();
    late.told("bigquery", asked, truth, Duration.ZERO);

    assertThat(Duration.between(truth, late.instant()).abs()).isLessThan(SECOND);
  }

  @Test
  void of_a_machine_and_one_system_the_machine_is_right() {
    tells("twenty", HOUR);

    assertThat(clock.instant()).isEqualTo(machine.instant());
    assertThat(clock.difference("twenty").ahead()).isBetween(HOUR.minus(SECOND), HOUR.plus(SECOND));
  }

  @Test
  void a_systems_time_is_corrected_by_what_its_clock_is_off() {
    tells("bigquery", Duration.ZERO);
    tells("twenty", HOUR);

    Instant edited = truth;
    Instant stamped = edited.plus(HOUR);

    assertThat(Duration.between(edited, clock.corrected("twenty", stamped)).abs())
        .isLessThan(SECOND);
    assertThat(clock.corrected("bigquery", edited)).isEqualTo(edited);
  }

  @Test
  void up_to_two_seconds_nothing_is_corrected() {
    tells("bigquery", Duration.ZERO);
    AgreedClock.Asked asked = clock.ask();
    clock.told("twenty", asked, truth.plusMillis(1_900), Duration.ZERO);

    assertThat(clock.corrected("twenty", truth)).isEqualTo(truth);
  }

  @Test
  void what_may_be_a_slow_answer_is_not_corrected() {
    AgreedClock.Asked asked = clock.ask();
    goOn(Duration.ofSeconds(20));
    clock.told("twenty", asked, truth.minusSeconds(17), Duration.ZERO);

    assertThat(clock.corrected("twenty", truth)).isEqualTo(truth);
  }

  @Test
  void a_clock_that_was_set_right_is_corrected_no_more() {
    tells("twenty", HOUR);
    tells("twenty", Duration.ZERO);

    assertThat(clock.difference("twenty").isConsiderable()).isFalse();
  }

  @Test
  void many_answers_tell_more_than_their_steps() {
    for (int i = 0; i < 12; i++) {
      goOn(Duration.ofMillis(137));
      tells("twenty", Duration.ofMillis(400));
    }

    assertThat(clock.difference("twenty").error()).isLessThan(Duration.ofMillis(300));
    assertThat(clock.difference("twenty").ahead())
        .isBetween(Duration.ofMillis(100), Duration.ofMillis(700));
  }

  @Test
  void what_tells_this_machines_own_time_has_no_say_in_it() {
    AgreedClock.Asked asked = clock.ask();
    clock.toldWithoutVote("local", asked, truth.minus(HOUR));
    clock.told("twenty", asked, truth, Duration.ZERO);
    clock.told("supabase", asked, truth, Duration.ZERO);
    machine.set(HOUR.negated());

    assertThat(clock.instant()).isEqualTo(truth);
  }
}
