package truthforge.sync.systems.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.SystemUnavailable.Kind;

/** Puts a call on the wire's headers before camel-http, and takes the answer off them after it. */
public final class HttpDoor {

  private static final String CALL = "call";
  private static final String LIMITED = "limited";
  private static final String ASKED = "asked-at";
  private static final int TOO_MANY_REQUESTS = 429;

  /** RFC 9110, 5.6.7: a date tells whole seconds. */
  private static final Duration STEP_OF_DATE = Duration.ofSeconds(1);

  /** By then it has waited for some seconds, and the system is backed off as a whole. */
  private static final int MOST_LIMITED = 3;

  private final String system;
  private final Map<String, String> keyHeaders;
  private final String basePath;
  private final CallBudget budget;
  private final AgreedClock clock;
  private final BooleanSupplier tellsTime;

  /**
   * @param keyHeaders what every request carries: secrets
   * @param basePath the path within the configured URL; empty for none
   * @param clock learns the system's time from its answers
   * @param tellsTime whether what answers has the clock that records are stamped by
   */
  public HttpDoor(
      String system,
      Map<String, String> keyHeaders,
      String basePath,
      CallBudget budget,
      AgreedClock clock,
      BooleanSupplier tellsTime) {
    this.clock = clock;
    this.tellsTime = tellsTime;
    this.system = system;
    this.keyHeaders = Map.copyOf(keyHeaders);
    this.basePath = basePath;
    this.budget = budget;
  }

  /** Whether there is a call to be made: none once it is answered. */
  public boolean asks(@Body Object body) {
    return body instanceof HttpCall;
  }

  /** Waits for its turn, and makes the message the request: nothing of what was there is left. */
  public void request(Exchange exchange, @Body HttpCall call) throws InterruptedException {
    budget.take();
    exchange.setProperty(CALL, call);
    exchange.setProperty(ASKED, clock.ask());
    Message message = exchange.getMessage();
    message.removeHeaders("*");
    message.setHeader(Exchange.HTTP_METHOD, call.method());
    message.setHeader(Exchange.HTTP_PATH, basePath + call.path());
    message.setHeader(Exchange.HTTP_QUERY, call.query() == null ? "" : call.query());
    message.setHeader("Accept", "application/json");
    message.setHeader("Cache-Control", "no-cache");
    keyHeaders.forEach(message::setHeader);
    call.headers().forEach(message::setHeader);
    if (call.body() != null) {
      message.setHeader(Exchange.CONTENT_TYPE, "application/json");
    }
    message.setBody(call.body());
  }

  /**
   * Makes the message the answer; or the call again, where it is a reading and one too many for
   * now. A write is never sent again (rule 5): it is derived anew.
   */
  public void answer(Exchange exchange) {
    HttpCall call = exchange.getProperty(CALL, HttpCall.class);
    Message message = exchange.getMessage();
    int status = message.getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
    int limited = exchange.getProperty(LIMITED, 0, Integer.class);
    if (status == TOO_MANY_REQUESTS) {
      budget.limited();
      if (call.method().equals("GET") && limited < MOST_LIMITED) {
        exchange.setProperty(LIMITED, limited + 1);
        message.removeHeaders("*");
        message.setBody(call);
        return;
      }
    } else {
      budget.granted();
    }
    exchange.removeProperty(LIMITED);
    requireFresh(message);
    JsonNode body = body(status, message);
    Instant date = date(message.getHeader("Date", String.class));
    if (tellsTime.getAsBoolean()) {
      clock.told(system, exchange.getProperty(ASKED, AgreedClock.Asked.class), date, STEP_OF_DATE);
    }
    String range = message.getHeader("Content-Range", String.class);
    message.removeHeaders("*");
    message.setBody(new HttpAnswer(call, status, body, date, range));
  }

  /** Promise 1: what stood there some time ago would be taken for an edit that puts it back. */
  private void requireFresh(Message message) {
    String age = message.getHeader("Age", String.class);
    if (age != null && !age.strip().equals("0")) {
      throw new SystemUnavailable(
          system,
          Kind.MISCONFIGURED,
          "What answers for "
              + system
              + " is a cache, and what it tells is out of date (Age: "
              + (age.length() > 9 ? "long" : age)
              + "). Have the proxy or CDN before it cache nothing, or correct its URL.");
    }
  }

  /** Null where there was no body, or, with an error, none that can be read. */
  private JsonNode body(int status, Message message) {
    JsonNode body = message.getBody() instanceof JsonNode json ? json : null;
    boolean emptyByIntent =
        status == 204 || "0".equals(message.getHeader("Content-Length", String.class));
    if (body == null && !emptyByIntent && status >= 200 && status < 300) {
      throw new SystemUnavailable(
          system,
          Kind.FAILING,
          system
              + " answered something that is no JSON. Check its URL: a proxy or a login page may "
              + "answer in its place.");
    }
    return body;
  }

  private static Instant date(String header) {
    if (header == null) {
      return null;
    }
    try {
      return ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
