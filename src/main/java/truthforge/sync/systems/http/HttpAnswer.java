package truthforge.sync.systems.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * What a system answered.
 *
 * @param call what it answers
 * @param body null where there was none or it was no JSON
 * @param date the system's own clock, to the second; null where it does not tell
 * @param contentRange as sent by PostgREST; null where absent
 */
public record HttpAnswer(
    HttpCall call, int status, JsonNode body, Instant date, String contentRange) {

  public boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** What the call was about. */
  public <T> T about(Class<T> type) {
    return type.cast(call.about());
  }
}
