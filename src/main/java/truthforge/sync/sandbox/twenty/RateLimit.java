package truthforge.sync.sandbox.twenty;

import java.time.Clock;
import java.time.Duration;

/**
 * Twenty's limit on calls with an API key: two buckets of tokens, of which every call takes one,
 * however many records it writes.
 *
 * <p>What a bucket regains is rounded down to whole tokens, and the time since the last accepted
 * call is all that counts: calls that follow each other faster than one token takes gain nothing.
 *
 * @param shortTokens how many calls fit in {@code shortWindow}
 * @param longTokens how many calls fit in {@code longWindow}
 */
public record RateLimit(
    int shortTokens, Duration shortWindow, int longTokens, Duration longWindow) {

  /** What Twenty does unless configured otherwise: 100 in a second, and 100 in a minute. */
  public static RateLimit defaults() {
    return new RateLimit(100, Duration.ofSeconds(1), 100, Duration.ofMinutes(1));
  }

  /** One workspace's buckets. */
  static final class Buckets {
    private final Clock clock;
    private final Bucket shortOne;
    private final Bucket longOne;

    Buckets(RateLimit limit, Clock clock) {
      this.clock = clock;
      shortOne = new Bucket(limit.shortTokens(), limit.shortWindow().toMillis(), clock.millis());
      longOne = new Bucket(limit.longTokens(), limit.longWindow().toMillis(), clock.millis());
    }

    /** Takes a token, or refuses the call with 429. */
    synchronized void take() {
      shortOne.take(clock.millis());
      longOne.take(clock.millis());
    }
  }

  private static final class Bucket {
    private final int most;
    private final long windowMillis;
    private long tokens;
    private long lastAccepted;

    Bucket(int most, long windowMillis, long now) {
      this.most = most;
      this.windowMillis = windowMillis;
      this.tokens = most;
      this.lastAccepted = now;
    }

    void take(long now) {
      long regained = Math.floorDiv((now - lastAccepted) * most, windowMillis);
      long available = Math.min(most, tokens + Math.max(0, regained));
      if (available < 1) {
        throw Refusal.of(
            429,
            "HttpException",
            "Limit reached (" + most + " tokens per " + windowMillis + " ms)",
            null);
      }
      tokens = available - 1;
      lastAccepted = now;
    }
  }
}
