package truthforge.sync.operate;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Pattern;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.bigquery.BigQueryErrors;
import truthforge.sync.systems.jdbc.JdbcErrors;
import truthforge.sync.text.Broken;

/** Finds in an exception, however often it was wrapped, what tells people most. */
final class Failures {

  private static final Pattern BY_ITSELF =
      Pattern.compile(" ?([Ii])t is tried again by itself(?:; if this stays, (.))?");

  private Failures() {}

  /** What the service says of a failure, for a command that ends with it. */
  static String ofCommand(String failure) {
    String once =
        BY_ITSELF
            .matcher(failure)
            .replaceAll(
                found -> {
                  String advice = found.group(2);
                  if (advice == null) {
                    return "";
                  }
                  return found.group(1).equals("I")
                      ? " " + advice.toUpperCase(Locale.ROOT)
                      : " " + advice;
                });
    return once.replaceAll("[.:]+$", "");
  }

  /** The innermost cause of a kind that is known here; the exception itself where there is none. */
  static Throwable telling(String system, Throwable thrown) {
    // Within a system's call the ledger is asked too: its trouble is none of the system's.
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof Ledger.LedgerUnavailable) {
        return cause;
      }
    }
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof SystemUnavailable
          || cause instanceof BatchRefused
          || cause instanceof IOException) {
        return cause;
      }
      if (cause instanceof SQLException) {
        return JdbcErrors.of(system, cause);
      }
      if (BigQueryErrors.knows(cause)) {
        return BigQueryErrors.of(system, cause);
      }
    }
    return thrown;
  }

  /** Without what may be personal or secret: a foreign exception's own text is not told. */
  static String inPlainWords(String system, Throwable cause) {
    if (cause instanceof SystemUnavailable || cause instanceof BatchRefused) {
      String message = cause.getMessage();
      boolean named = message.toLowerCase(Locale.ROOT).contains(system);
      return named ? message : system + ": " + message;
    }
    if (cause instanceof IOException) {
      return system
          + " cannot be reached ("
          + Broken.connection(cause)
          + "). It is tried again by itself; if this stays, check its URL and the network.";
    }
    return system
        + " failed unexpectedly ("
        + cause.getClass().getName()
        + "). Run with --debug to see where; nothing was lost, it is tried again.";
  }
}
