package truthforge.sync.sandbox.twenty;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private final HandClock clock = new HandClock();
  private final TwentyStandIn twenty =
      TwentyStandIn.start(
          TwentyStandIn.Options.bare().withRateLimit(RateLimit.defaults()).withClock(clock));
  private final TwentyClient api = new TwentyClient(twenty.url(), twenty.apiKey());

  @AfterEach
  void close() {
    twenty.close();
  }

  private int call() {
    return api.get("/rest/people?limit=1").status();
  }

  private void callEvery(Duration pause, int times) {
    for (int i = 0; i < times; i++) {
      clock.advance(pause);
      assertThat(call()).isEqualTo(200);
    }
  }

  @Test
  void the_hundred_and_first_call_of_a_minute_is_refused() {
    callEvery(Duration.ofMillis(25), 100);

    TwentyClient.Answer answer = api.get("/rest/people?limit=1");

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.message()).isEqualTo("Limit reached (100 tokens per 60000 ms)");
  }

  @Test
  void a_token_comes_back_after_600_milliseconds() {
    callEvery(Duration.ofMillis(25), 100);

    clock.advance(Duration.ofMillis(599));
    assertThat(call()).isEqualTo(429);
    clock.advance(Duration.ofMillis(1));
    assertThat(call()).isEqualTo(200);
    assertThat(call()).isEqualTo(429);
  }

  @Test
  void calls_that_follow_each_other_fast_regain_nothing() {
    callEvery(Duration.ofMillis(590), 100);

    clock.advance(Duration.ofMillis(590));
    assertThat(call()).isEqualTo(429);
  }

  @Test
  void a_batch_counts_as_one_call() {
    for (int i = 0; i < 100; i++) {
      clock.advance(Duration.ofMillis(25));
      assertThat(api.post("/rest/batch/people", "[{},{},{}]").status()).isEqualTo(201);
    }

    assertThat(twenty.people()).hasSize(300);
  }

  @Test
  void metadata_is_answered_while_records_are_limited() {
    callEvery(Duration.ofMillis(25), 100);

    assertThat(api.get("/rest/metadata/objects").status()).isEqualTo(200);
  }

  @Test
  void a_person_at_the_screen_is_not_limited() {
    callEvery(Duration.ofMillis(25), 100);

    assertThat(
            new TwentyClient(twenty.url(), twenty.userToken()).get("/rest/people?limit=1").status())
        .isEqualTo(200);
  }

  /** A clock that only the test moves. */
  private static final class HandClock extends Clock {
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

    void advance(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
