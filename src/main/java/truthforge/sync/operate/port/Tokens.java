package truthforge.sync.operate.port;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What proves that somebody is the operator: a token, or a session that was begun with one. All
 * comparisons take the same time whatever differs.
 *
 * <p>A session is a signed date: nothing is kept of it, it survives a restart where {@code
 * operate.token} is set, and ends when the token is changed.
 */
public final class Tokens {

  static final Duration SESSION = Duration.ofHours(12);

  private static final int RANDOM_BYTES = 32;

  private final String configured;
  private final String ofThisRun;
  private final byte[] sessionKey;
  private final Clock clock;

  /**
   * @param configured {@code operate.token}; null where it is not set
   * @param ofThisRun for commands on this machine, which read it from a file of this user's
   */
  public Tokens(String configured, String ofThisRun, Clock clock) {
    this.configured = configured;
    this.ofThisRun = ofThisRun;
    this.clock = clock;
    sessionKey = hmac(bytes(configured == null ? ofThisRun : configured), "session");
  }

  /** A new token that nobody can guess. */
  public static String random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(bytes);
    return text(bytes);
  }

  boolean isToken(String given) {
    if (given == null) {
      return false;
    }
    boolean ofRun = same(ofThisRun, given);
    return configured != null && same(configured, given) || ofRun;
  }

  /** Whether it is the one that only commands on this machine can read; nobody can guess it. */
  boolean isOfThisRun(String given) {
    return given != null && same(ofThisRun, given);
  }

  /** The value of a session's cookie. */
  String newSession() {
    byte[] nonce = new byte[RANDOM_BYTES / 2];
    new SecureRandom().nextBytes(nonce);
    String body = clock.instant().plus(SESSION).getEpochSecond() + "." + text(nonce);
    return body + "." + text(hmac(sessionKey, body));
  }

  boolean isSession(String cookie) {
    int end = cookie == null ? -1 : cookie.lastIndexOf('.');
    if (end < 0) {
      return false;
    }
    String body = cookie.substring(0, end);
    if (!same(text(hmac(sessionKey, body)), cookie.substring(end + 1))) {
      return false;
    }
    long ends = Long.parseLong(body.substring(0, body.indexOf('.')));
    return clock.instant().isBefore(Instant.ofEpochSecond(ends));
  }

  /**
   * Shows to who knows the token of this run that the service does too, without telling it: whoever
   * else answers at an abandoned port is not sent the token.
   */
  String proof(String question) {
    return proof(ofThisRun, question);
  }

  public static String proof(String token, String question) {
    return text(hmac(bytes(token), "proof:" + question));
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(hmac(bytes("same"), one), hmac(bytes("same"), other));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA256", e);
    }
  }
}
