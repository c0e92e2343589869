package truthforge.sync.systems.http;

import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.SystemUnavailable.Kind;

/**
 * Sorts answers that are no success: is it the system as a whole, or what was sent? Only the system
 * itself can refuse a record for good, and it says so in JSON (promise 7).
 */
public final class HttpFailures {

  private static final int TOO_LARGE = 413;

  private HttpFailures() {}

  /**
   * @param reason the system's reason for a refusal, without personal data
   * @return the refusal of what was sent
   * @throws SystemUnavailable when the system as a whole cannot be worked with
   */
  public static BatchRefused refusal(String system, HttpAnswer answer, String reason) {
    int status = answer.status();
    switch (status) {
      case 300, 301, 302, 303, 307, 308 ->
          throw new SystemUnavailable(
              system,
              Kind.MISCONFIGURED,
              system
                  + " sends us elsewhere (HTTP "
                  + status
                  + "). Check its URL: whether it begins with https://, and whether a proxy or a"
                  + " login page answers in its place.");
      case 402 ->
          throw new SystemUnavailable(
              system,
              Kind.FAILING,
              system
                  + " wants to be paid (HTTP 402): look at its plan, usage and bills. It is tried"
                  + " again by itself.");
      case 407 ->
          throw new SystemUnavailable(
              system,
              Kind.UNREACHABLE,
              system
                  + " is behind a proxy that wants a password (HTTP 407). Check the proxy of this"
                  + " machine; it is tried again by itself.");
      case 540 ->
          throw new SystemUnavailable(
              system,
              Kind.UNREACHABLE,
              system
                  + "'s project is paused (HTTP 540): restore it in its dashboard. It is tried again"
                  + " by itself.");
      case 401, 403 -> {
        if (status == 403 && answer.body() == null) {
          throw new SystemUnavailable(
              system,
              Kind.UNREACHABLE,
              system
                  + " is not available (HTTP 403, and not in JSON): a proxy or a firewall may answer"
                  + " in its place. It is tried again by itself; if this stays, check its URL.");
        }
        throw new SystemUnavailable(
            system,
            Kind.KEY_REFUSED,
            system
                + " refuses our key (HTTP "
                + status
                + "). Check "
                + system
                + "'s key in the configuration and its rights.");
      }
      case 429 ->
          throw new SystemUnavailable(
              system,
              Kind.LIMITED,
              system + " limits our calls (HTTP 429). Lower the calls per minute if this stays.");
      case 404 ->
          throw new SystemUnavailable(
              system,
              Kind.MISCONFIGURED,
              system
                  + " knows no "
                  + answer.call().path()
                  + " (HTTP 404). Check its URL and table; "
                  + "'setup' creates what is missing.");
      // From 520 on they are Cloudflare's, for a system that it does not reach.
      case 408, 421, 425, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530 ->
          throw new SystemUnavailable(
              system,
              Kind.UNREACHABLE,
              system + " is not available (HTTP " + status + "). It is tried again by itself.");
      default -> {
        if (status >= 500) {
          return new BatchRefused(
              system + " failed on this (HTTP " + status + ")" + with(reason), false);
        }
        if (answer.body() == null && status != TOO_LARGE) {
          return new BatchRefused(
              system
                  + " refuses this (HTTP "
                  + status
                  + "), and not in JSON: a proxy or a firewall may answer in its place",
              false);
        }
        return new BatchRefused(
            system + " refuses this (HTTP " + status + ")" + with(reason), true);
      }
    }
  }

  /** For an answer to a reading, which holds nothing that could be refused for what it is. */
  public static SystemUnavailable unreadable(String system, HttpAnswer answer, String reason) {
    BatchRefused refused = refusal(system, answer, reason);
    return new SystemUnavailable(
        system,
        answer.status() >= 500 ? Kind.FAILING : Kind.MISCONFIGURED,
        refused.getMessage() + ". Run 'doctor' for what to do.");
  }

  private static String with(String reason) {
    return reason == null || reason.isBlank() ? "" : ": " + reason;
  }
}
