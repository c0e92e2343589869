package truthforge.sync.systems.jdbc;

import java.util.List;
import java.util.Map;

/** The rows that a statement returned. */
public record SqlAnswer(SqlCall call, List<Map<String, Object>> rows) {

  public <T> T about(Class<T> type) {
    return type.cast(call.about());
  }
}
