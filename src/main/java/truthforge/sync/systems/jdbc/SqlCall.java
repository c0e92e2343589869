package truthforge.sync.systems.jdbc;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One statement for a database.
 *
 * @param parameters by name; values may be null
 * @param about what the answer is to be understood by: handed through
 */
public record SqlCall(String sql, Map<String, Object> parameters, Object about) {
  public SqlCall {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }
}
