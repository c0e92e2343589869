package truthforge.sync.ledger;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;

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

  /** The ledger's file, whatever parameters stand behind it; empty where it is on a server. */
  public static Optional<Path> file(String jdbcUrl) {
    if (!jdbcUrl.startsWith(SqliteDialect.PREFIX)) {
      return Optional.empty();
    }
    String name = jdbcUrl.substring(SqliteDialect.PREFIX.length()).split("\\?", 2)[0];
    name = name.startsWith("file:") ? name.substring("file:".length()) : name;
    if (name.isBlank() || name.startsWith(":")) {
      throw new IllegalArgumentException(
          "The ledger must be a file that outlives the process: ledger.jdbc-url=" + DEFAULT_URL);
    }
    return Optional.of(Path.of(name));
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
