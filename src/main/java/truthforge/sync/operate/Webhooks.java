package truthforge.sync.operate;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import truthforge.sync.ledger.Heard;
import truthforge.sync.operate.WebhookCounts.Refusal;

/**
 * Decides whether a webhook is what it claims to be, and which record it tells to read. Nothing
 * else of what was posted is used, and nothing of it is answered: after this no header, no query
 * value and no byte of the body is left in the message.
 *
 * <p>Twenty signs: hex HMAC-SHA256 over timestamp, colon and raw body. Supabase sends a secret in a
 * header.
 */
public final class Webhooks {

  public static final String SUPABASE_HEADER = "X-Webhook-Secret";

  /** The exchange's property with the {@link WebhookEvent}; not set where there is none. */
  static final String EVENT = "event";

  static final Duration OLDEST = Duration.ofMinutes(5);

  private static final int NO_CONTENT = 204;
  private static final int DEEPEST = 64;
  private static final Pattern TIMESTAMP = Pattern.compile("\\d{1,15}");
  private static final Pattern UUID =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  /** What a row's id can look like that may be asked for. */
  private static final Pattern ROW_ID = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final byte[] twentySecret;
  private final byte[] supabaseSecret;
  private final String table;
  private final String idColumn;
  private final WebhookCounts counts;
  private final Clock clock;

  /**
   * @param twentySecret null refuses all of Twenty's
   * @param supabaseSecret null refuses all of Supabase's
   * @param table Supabase's table of contacts; events of others are dropped
   * @param idColumn the column that names a row of it
   */
  Webhooks(
      String twentySecret,
      String supabaseSecret,
      String table,
      String idColumn,
      WebhookCounts counts,
      Clock clock) {
    this.twentySecret = bytes(twentySecret);
    this.supabaseSecret = bytes(supabaseSecret);
    this.table = table;
    this.idColumn = idColumn;
    this.counts = counts;
    this.clock = clock;
  }

  private static byte[] bytes(String secret) {
    return secret == null || secret.isEmpty() ? null : secret.getBytes(StandardCharsets.UTF_8);
  }

  public void twenty(Exchange exchange) {
    Message message = exchange.getMessage();
    String timestamp = header(message, "X-Twenty-Webhook-Timestamp");
    String signature = header(message, "X-Twenty-Webhook-Signature");
    byte[] body = body(message);
    empty(message);
    if (timestamp == null || signature == null) {
      refuse(exchange, counts, Refusal.NO_SIGNATURE);
      return;
    }
    if (!isSigned(timestamp, body, signature)) {
      refuse(exchange, counts, Refusal.WRONG_SIGNATURE);
      return;
    }
    Instant sent = sentAt(timestamp);
    if (sent == null || Duration.between(sent, clock.instant()).abs().compareTo(OLDEST) > 0) {
      refuse(exchange, counts, Refusal.TOO_OLD);
      return;
    }
    JsonNode json = read(exchange, body);
    if (json != null) {
      Heard notice = ofTwenty(json);
      // Upper case would be another text and the same signature.
      String once = signature.toLowerCase(Locale.ROOT);
      answer(
          exchange,
          "twenty",
          notice == null ? null : new WebhookEvent(notice, once, sent.plus(OLDEST)));
    }
  }

  public void supabase(Exchange exchange) {
    Message message = exchange.getMessage();
    String secret = header(message, SUPABASE_HEADER);
    byte[] body = body(message);
    empty(message);
    if (secret == null) {
      refuse(exchange, counts, Refusal.NO_SIGNATURE);
      return;
    }
    if (supabaseSecret == null
        || !MessageDigest.isEqual(supabaseSecret, secret.getBytes(StandardCharsets.UTF_8))) {
      refuse(exchange, counts, Refusal.WRONG_SIGNATURE);
      return;
    }
    JsonNode json = read(exchange, body);
    if (json != null) {
      Heard notice = ofSupabase(json);
      answer(exchange, "supabase", notice == null ? null : new WebhookEvent(notice, null, null));
    }
  }

  /** Refuses with a status and nothing else. */
  static void refuse(Exchange exchange, WebhookCounts counts, Refusal refusal) {
    counts.refused(refusal);
    exchange.removeProperty(EVENT);
    empty(exchange.getMessage());
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, refusal.status());
  }

  private void answer(Exchange exchange, String system, WebhookEvent event) {
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, NO_CONTENT);
    if (event == null) {
      counts.unknown(system);
    } else {
      exchange.setProperty(EVENT, event);
    }
  }

  /** What was sent reaches no other step: not as a header, not as a body, not in an answer. */
  private static void empty(Message message) {
    message.removeHeaders("*");
    message.setBody(null);
  }

  /** Null where it is not there exactly once. */
  private static String header(Message message, String name) {
    return message.getHeader(name) instanceof String text ? text : null;
  }

  private static byte[] body(Message message) {
    byte[] body = message.getBody(byte[].class);
    return body == null ? new byte[0] : body;
  }

  private static Instant sentAt(String timestamp) {
    return TIMESTAMP.matcher(timestamp).matches()
        ? Instant.ofEpochMilli(Long.parseLong(timestamp))
        : null;
  }

  private boolean isSigned(String timestamp, byte[] body, String signature) {
    if (twentySecret == null) {
      return false;
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(twentySecret, "HmacSHA256"));
      mac.update((timestamp + ":").getBytes(StandardCharsets.UTF_8));
      byte[] expected = mac.doFinal(body);
      return MessageDigest.isEqual(expected, unhex(signature));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA256", e);
    }
  }

  /** No bytes where the text is no hex. */
  private static byte[] unhex(String text) {
    try {
      return HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  /** Null, and refused, where it is no JSON object. */
  private JsonNode read(Exchange exchange, byte[] body) {
    Refusal refusal;
    try {
      JsonNode json = JSON.readTree(body);
      if (json != null && json.isObject()) {
        return json;
      }
      refusal = Refusal.NO_EVENT;
    } catch (StreamConstraintsException e) {
      refusal = Refusal.TOO_DEEP;
    } catch (IOException e) {
      refusal = Refusal.NOT_JSON;
    }
    refuse(exchange, counts, refusal);
    return null;
  }

  /** Null where it is of nothing that is synchronised. */
  private Heard ofTwenty(JsonNode json) {
    String[] name = json.path("eventName").asText("").split("\\.", 2);
    if (name.length < 2) {
      return null;
    }
    return switch (name[0]) {
      case "person" -> {
        Heard.Kind kind =
            switch (name[1]) {
              case "created" -> Heard.Kind.CREATED;
              case "updated", "restored", "upserted", "merged" -> Heard.Kind.CHANGED;
              case "deleted", "destroyed" -> Heard.Kind.DELETED;
              default -> null;
            };
        yield kind == null
            ? null
            : notice("twenty", id(json.path("record").path("id"), UUID), kind);
      }
      // A person's company is told by its name.
      case "company" -> notice("twenty", null, Heard.Kind.ANY);
      default -> null;
    };
  }

  /** Null where it is of another table. */
  private Heard ofSupabase(JsonNode json) {
    if (!json.path("table").asText("").equals(table)) {
      return null;
    }
    return switch (json.path("type").asText("")) {
      case "INSERT" -> notice("supabase", rowId(json.path("record")), Heard.Kind.CREATED);
      case "UPDATE" -> notice("supabase", rowId(json.path("record")), Heard.Kind.CHANGED);
      case "DELETE" -> notice("supabase", rowId(json.path("old_record")), Heard.Kind.DELETED);
      case "TRUNCATE" -> notice("supabase", null, Heard.Kind.ANY);
      default -> null;
    };
  }

  private String rowId(JsonNode row) {
    return id(row.path(idColumn), ROW_ID);
  }

  private static String id(JsonNode id, Pattern pattern) {
    String text = id.isTextual() || id.isIntegralNumber() ? id.asText() : "";
    return pattern.matcher(text).matches() ? text : null;
  }

  private Heard notice(String system, String externalId, Heard.Kind kind) {
    return new Heard(0, system, externalId, kind, clock.instant());
  }
}
