package truthforge.sync.sandbox;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a stand-in answers.
 *
 * @param body empty for none
 */
public record StandInAnswer(int status, Map<String, String> headers, byte[] body) {

  public static StandInAnswer json(int status, String body) {
    return new StandInAnswer(
        status,
        Map.of("Content-Type", "application/json; charset=utf-8"),
        body.getBytes(StandardCharsets.UTF_8));
  }

  public static StandInAnswer text(int status, String body) {
    return new StandInAnswer(
        status,
        Map.of("Content-Type", "text/plain; charset=utf-8"),
        body.getBytes(StandardCharsets.UTF_8));
  }

  public static StandInAnswer empty(int status) {
    return new StandInAnswer(status, Map.of(), new byte[0]);
  }

  /** The same answer with one more header. */
  public StandInAnswer with(String header, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(header, value);
    return new StandInAnswer(status, all, body);
  }
}
