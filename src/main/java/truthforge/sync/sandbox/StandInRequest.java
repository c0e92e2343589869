package truthforge.sync.sandbox;

import com.sun.net.httpserver.Headers;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request as it reached a stand-in, its body unzipped.
 *
 * @param method in capitals
 * @param path still percent-encoded
 * @param rawQuery still percent-encoded; null where there was none
 * @param headers names compare without regard to case
 * @param body empty where there was none
 */
public record StandInRequest(
    String method, String path, String rawQuery, Headers headers, byte[] body) {

  /** The first value of a header, or null. */
  public String header(String name) {
    return headers.getFirst(name);
  }

  public String bodyText() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** The query's parameters in order, decoded; a plus sign is a space, as servers take it. */
  public Map<String, List<String>> query() {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    if (rawQuery == null || rawQuery.isEmpty()) {
      return parameters;
    }
    for (String pair : rawQuery.split("&")) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      parameters.computeIfAbsent(decode(name), n -> new ArrayList<>()).add(decode(value));
    }
    return parameters;
  }

  /** The first value of a query parameter, decoded, or null. */
  public String query(String name) {
    List<String> values = query().get(name);
    return values == null ? null : values.get(0);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
