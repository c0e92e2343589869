package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Calls a stand-in for Twenty as its clients do. */
final class TwentyClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI url;
  private final String token;

  TwentyClient(URI url, String token) {
    this.url = url;
    this.token = token;
  }

  record Answer(int status, JsonNode body) {
    JsonNode data(String key) {
      return body.path("data").path(key);
    }

    String message() {
      return body.path("messages").path(0).asText();
    }
  }

  Answer get(String target) {
    return call("GET", target, null);
  }

  Answer post(String target, String body) {
    return call("POST", target, body);
  }

  Answer patch(String target, String body) {
    return call("PATCH", target, body);
  }

  Answer delete(String target) {
    return call("DELETE", target, null);
  }

  private Answer call(String method, String target, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + target))
            .header("Authorization", "Bearer " + token)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      boolean json = answer.headers().firstValue("Content-Type").orElse("").contains("json");
      return new Answer(
          answer.statusCode(),
          json ? JSON.readTree(answer.body()) : JSON.getNodeFactory().textNode(answer.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A person's values as the parameter of a list. */
  static String filter(String condition) {
    return "filter=" + URLEncoder.encode(condition, StandardCharsets.UTF_8);
  }
}
