package truthforge.sync.operate.port;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class GuessesTest {

  private Instant now = Instant.parse("2026-11-22T12:00:00Z");
  private final Guesses guesses = new Guesses(new Movable());

  private final class Movable extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private void guess(String address, int times) {
    for (int i = 0; i < times; i++) {
      guesses.wrong(address);
    }
  }

  @Test
  void some_wrong_tokens_are_forgiven_at_once() {
    guess("10.0.0.7", Guesses.AT_ONCE - 1);

    assertThat(guesses.wait("10.0.0.7")).isZero();
  }

  @Test
  void after_them_each_takes_its_time() {
    guess("10.0.0.7", Guesses.AT_ONCE);
    assertThat(guesses.wait("10.0.0.7")).isEqualTo(Guesses.INTERVAL);

    now = now.plus(Guesses.INTERVAL);
    assertThat(guesses.wait("10.0.0.7")).isZero();

    guess("10.0.0.7", 1);
    assertThat(guesses.wait("10.0.0.7")).isEqualTo(Guesses.INTERVAL);
  }

  @Test
  void all_are_forgotten_in_the_end() {
    guess("10.0.0.7", Guesses.AT_ONCE);
    now = now.plus(Guesses.INTERVAL.multipliedBy(Guesses.AT_ONCE)).plus(Duration.ofHours(1));

    guess("10.0.0.7", Guesses.AT_ONCE - 1);

    assertThat(guesses.wait("10.0.0.7")).isZero();
  }

  @Test
  void others_do_not_wait_for_one_who_guesses() {
    guess("10.0.0.7", 1000);

    assertThat(guesses.wait("10.0.0.8")).isZero();
  }

  @Test
  void the_addresses_of_one_network_guess_together() {
    guess("2001:db8:1:2::1", Guesses.AT_ONCE / 2);
    guess("2001:db8:1:2:ffff::9", Guesses.AT_ONCE / 2);

    assertThat(guesses.wait("2001:db8:1:2::77")).isPositive();
    assertThat(guesses.wait("2001:db8:1:3::1")).isZero();
  }

  @Test
  void no_more_is_remembered_than_fits() {
    for (int i = 0; i < 50_000; i++) {
      guess("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255), Guesses.AT_ONCE);
    }

    assertThat(guesses.wait("10.0.0.0")).as("the eldest is forgotten").isZero();
    assertThat(guesses.wait("10.0.195.79")).as("the newest is not").isPositive();
  }
}
