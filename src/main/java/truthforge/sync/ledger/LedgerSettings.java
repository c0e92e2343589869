package truthforge.sync.ledger;

import java.time.Clock;
import java.util.Objects;

/**
 * Where the ledger is.
 *
 * @param jdbcUrl {@code jdbc:sqlite:FILE} or {@code jdbc:postgresql:...}
 * @param username null where the URL tells it or none is needed
 * @param password null where the URL tells it or none is needed
 * @param clock tells since when a contact waits
 */
public record LedgerSettings(String jdbcUrl, String username, String password, Clock clock) {

  public static final String DEFAULT_URL = "jdbc:sqlite:data/ledger.db";

  public LedgerSettings {
    jdbcUrl = jdbcUrl == null || jdbcUrl.isBlank() ? DEFAULT_URL : jdbcUrl.strip();
    Objects.requireNonNull(clock, "clock");
  }

  public static LedgerSettings of(String jdbcUrl, Clock clock) {
    return new LedgerSettings(jdbcUrl, null, null, clock);
  }

  /** Names no secret: a URL may hold a password. */
  @Override
  public String toString() {
    return "LedgerSettings[" + jdbcUrl.split("[?@]", 2)[0] + "]";
  }
}
