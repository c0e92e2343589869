package truthforge.sync.systems.http;

import java.util.Map;

/**
 * One request to a system.
 *
 * @param path with a slash at the front, percent-encoded
 * @param query percent-encoded; null for none
 * @param headers without the key, which is added on the way
 * @param body JSON; null for none
 * @param about what the answer is to be understood by: handed through
 */
public record HttpCall(
    String method,
    String path,
    String query,
    Map<String, String> headers,
    String body,
    Object about) {

  public static HttpCall get(String path, String query, Object about) {
    return new HttpCall("GET", path, query, Map.of(), null, about);
  }

  public static HttpCall post(String path, String query, String body, Object about) {
    return new HttpCall("POST", path, query, Map.of(), body, about);
  }

  public static HttpCall patch(String path, String query, String body, Object about) {
    return new HttpCall("PATCH", path, query, Map.of(), body, about);
  }

  public HttpCall withHeader(String name, String value) {
    Map<String, String> all = new java.util.LinkedHashMap<>(headers);
    all.put(name, value);
    return new HttpCall(method, path, query, all, body, about);
  }
}
