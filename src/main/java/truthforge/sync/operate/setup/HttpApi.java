package truthforge.sync.operate.setup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import truthforge.sync.systems.ClockDifference;
import truthforge.sync.text.Broken;

/** A system's HTTP API, called one call after another, never again by itself. */
final class HttpApi {

  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** Twenty takes seconds to add a field. */
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private static final Duration STEP_OF_DATE = Duration.ofSeconds(1);
  private static final Pattern CODE = Pattern.compile("[A-Z0-9_]{3,40}");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String system;
  private final String option;
  private final URI url;
  private final Map<String, String> keyHeaders;
  private final Clock clock;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * @param body null where there was none or it was no JSON
   * @param clock null where the answer told no time
   */
  record Answer(int status, JsonNode body, ClockDifference clock) {
    boolean isSuccess() {
      return status >= 200 && status < 300;
    }
  }

  /**
   * @param option the option that holds the key, for messages
   * @param url without a slash at the end
   * @param keyHeaders what every request carries: secrets
   */
  HttpApi(String system, String option, URI url, Map<String, String> keyHeaders, Clock clock) {
    this.system = system;
    this.option = option;
    this.url = url;
    this.keyHeaders = Map.copyOf(keyHeaders);
    this.clock = clock;
  }

  Answer get(String pathAndQuery) {
    return send("GET", pathAndQuery, null, "application/json");
  }

  /**
   * @param accept the media type to ask for
   */
  Answer get(String pathAndQuery, String accept) {
    return send("GET", pathAndQuery, null, accept);
  }

  Answer post(String path, JsonNode body) {
    return send("POST", path, body, "application/json");
  }

  Answer patch(String path, JsonNode body) {
    return send("PATCH", path, body, "application/json");
  }

  private Answer send(String method, String pathAndQuery, JsonNode body, String accept) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + pathAndQuery))
            .timeout(ANSWER)
            .header("Accept", accept)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.toString()));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    addKey(request);
    Instant asked = clock.instant();
    HttpResponse<String> response;
    try {
      response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw Trouble.unreachable(
          system,
          Broken.connection(e),
          "Check " + system + ".url (" + url + "), the network, and that it runs");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Trouble.unreachable(system, "interrupted", "Run the command again");
    }
    Instant answered = clock.instant();
    ClockDifference difference =
        response
            .headers()
            .firstValue("Date")
            .flatMap(HttpApi::date)
            .map(told -> ClockDifference.of(asked, told, answered, STEP_OF_DATE))
            .orElse(null);
    return new Answer(response.statusCode(), json(response.body()), difference);
  }

  /** The client's own message for a value that no header can carry repeats the value. */
  private void addKey(HttpRequest.Builder request) {
    boolean carried;
    try {
      keyHeaders.forEach(request::header);
      carried = true;
    } catch (IllegalArgumentException e) {
      carried = false;
    }
    if (!carried) {
      throw Trouble.found(
          system,
          "cannot be asked: the key holds a character that a header cannot carry",
          "Copy " + option + " again, without line breaks");
    }
  }

  /**
   * The body of an answer that must be a success.
   *
   * @param about what was asked for, as the end of "refuses to tell …"
   * @throws Trouble that tells from the status alone what is the matter: a body may hold anything
   */
  JsonNode successful(Answer answer, String about) {
    int status = answer.status();
    if (answer.isSuccess() && answer.body() != null) {
      return answer.body();
    }
    if (status == 401) {
      throw Trouble.found(
          system,
          "does not accept the key (HTTP 401)",
          "Make a key in " + system + " and set " + option);
    }
    if (status == 403) {
      throw Trouble.found(
          system,
          "refuses the key " + about + " (HTTP 403)",
          "Give the key the right to it, or set another one as " + option);
    }
    if (status == 429) {
      throw Trouble.unreachable(
          system, "it limits our calls, HTTP 429", "Wait a minute and run the command again");
    }
    if (status == 502 || status == 503 || status == 504) {
      throw Trouble.unreachable(
          system, "HTTP " + status, "See whether " + system + " runs, then run the command again");
    }
    if (answer.isSuccess() || status / 100 == 3 || status == 404) {
      throw Trouble.found(
          system,
          "is not what answers at " + url + " (HTTP " + status + " " + about + ")",
          "Check " + system + ".url: a proxy or a login page may answer in its place");
    }
    String code = answer.body() == null ? null : code(answer.body());
    throw Trouble.found(
        system,
        (status < 500 ? "refuses " : "fails ")
            + about
            + " (HTTP "
            + status
            + (code == null ? "" : ", " + code)
            + ")",
        "Look into the log of " + system + " at this time");
  }

  /** The first code in an error's body: a word of the system's own, never a value. */
  private static String code(JsonNode body) {
    return body.findValuesAsText("code").stream()
        .filter(code -> CODE.matcher(code).matches())
        .findFirst()
        .orElse(null);
  }

  private static JsonNode json(String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static Optional<Instant> date(String header) {
    try {
      return Optional.of(
          ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
