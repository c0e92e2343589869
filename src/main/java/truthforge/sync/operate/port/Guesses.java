package truthforge.sync.operate.port;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Wrong tokens by where they came from: some at once, and then one after each interval. So nobody
 * tries words of a list at full speed; and whoever is refused elsewhere is not refused here.
 */
final class Guesses {

  static final int AT_ONCE = 10;
  static final Duration INTERVAL = Duration.ofSeconds(6);

  private static final int REMEMBERED = 10_000;
  private static final int IP_V6_NETWORK_BYTES = 8;
  private static final int IP_V6_BYTES = 16;

  private final Clock clock;

  /** When all wrong tokens of a place will be forgiven; the longest ago first. */
  private final Map<String, Instant> forgiven =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
          return size() > REMEMBERED;
        }
      };

  Guesses(Clock clock) {
    this.clock = clock;
  }

  /** How long this place has to wait before it may try a token; zero where it need not. */
  synchronized Duration wait(String address) {
    Instant all = forgiven.get(place(address));
    Duration wait =
        all == null
            ? Duration.ZERO
            : Duration.between(clock.instant(), all)
                .minus(INTERVAL.multipliedBy(AT_ONCE))
                .plus(INTERVAL);
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  /** A token from there was wrong. */
  synchronized void wrong(String address) {
    Instant now = clock.instant();
    String place = place(address);
    Instant all = forgiven.get(place);
    forgiven.put(place, (all == null || all.isBefore(now) ? now : all).plus(INTERVAL));
  }

  /** Whoever has one IPv6 address has all of its network. */
  private static String place(String address) {
    if (address == null || address.indexOf(':') < 0) {
      return String.valueOf(address);
    }
    try {
      // An address, never a name: nothing is looked up.
      byte[] bytes = InetAddress.getByName(address).getAddress();
      return bytes.length == IP_V6_BYTES
          ? Arrays.toString(Arrays.copyOf(bytes, IP_V6_NETWORK_BYTES))
          : Arrays.toString(bytes);
    } catch (java.net.UnknownHostException e) {
      return address;
    }
  }
}
