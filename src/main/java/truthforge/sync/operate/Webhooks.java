package truthforge.sync.operate;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * Decides whether a webhook is what it claims to be. Nothing of what was posted is used, and
 * nothing of it is answered.
 *
 * <p>Twenty signs: hex HMAC-SHA256 over timestamp, colon and raw body. Supabase sends a secret in a
 * header.
 */
public final class Webhooks {

  public static final String SUPABASE_HEADER = "X-Webhook-Secret";

  private static final String WAKE = "wake";
  private static final Duration OLDEST = Duration.ofMinutes(5);
  private static final int NO_CONTENT = 204;
  private static final int UNAUTHORISED = 401;

  private final String twentySecret;
  private final String supabaseSecret;
  private final Clock clock;

  /**
   * @param twentySecret null refuses all of Twenty's
   * @param supabaseSecret null refuses all of Supabase's
   */
  public Webhooks(String twentySecret, String supabaseSecret, Clock clock) {
    this.twentySecret = twentySecret;
    this.supabaseSecret = supabaseSecret;
    this.clock = clock;
  }

  public void twenty(Exchange exchange) {
    Message message = exchange.getMessage();
    String timestamp = message.getHeader("X-Twenty-Webhook-Timestamp", String.class);
    String signature = message.getHeader("X-Twenty-Webhook-Signature", String.class);
    byte[] body = message.getBody(byte[].class);
    answer(exchange, isRecent(timestamp) && isSigned(timestamp, body, signature));
  }

  public void supabase(Exchange exchange) {
    String secret = exchange.getMessage().getHeader(SUPABASE_HEADER, String.class);
    answer(exchange, supabaseSecret != null && secret != null && equal(supabaseSecret, secret));
  }

  private static void answer(Exchange exchange, boolean genuine) {
    Message message = exchange.getMessage();
    message.removeHeaders("*");
    message.setBody(null);
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, genuine ? NO_CONTENT : UNAUTHORISED);
    exchange.setProperty(WAKE, genuine);
  }

  private boolean isRecent(String timestamp) {
    if (timestamp == null || !timestamp.matches("\\d{1,15}")) {
      return false;
    }
    Instant sent = Instant.ofEpochMilli(Long.parseLong(timestamp));
    return Duration.between(sent, clock.instant()).abs().compareTo(OLDEST) <= 0;
  }

  private boolean isSigned(String timestamp, byte[] body, String signature) {
    if (twentySecret == null || signature == null) {
      return false;
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(twentySecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((timestamp + ":").getBytes(StandardCharsets.UTF_8));
      mac.update(body == null ? new byte[0] : body);
      return equal(HexFormat.of().formatHex(mac.doFinal()), signature);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA256", e);
    }
  }

  /** In the same time whatever differs. */
  private static boolean equal(String expected, String given) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }
}
