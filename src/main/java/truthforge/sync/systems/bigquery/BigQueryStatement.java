package truthforge.sync.systems.bigquery;

import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.QueryParameterValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A statement in GoogleSQL with its named parameters.
 *
 * <p>A parameter is a String (sent as STRING) or a Long (sent as INT64), and never null: more the
 * Camel component cannot bind. Many rows travel as one STRING holding a JSON array.
 */
public record BigQueryStatement(String sql, Map<String, Object> parameters) {

  public BigQueryStatement {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    parameters.forEach(
        (name, value) -> {
          if (!(value instanceof String) && !(value instanceof Long)) {
            throw new IllegalArgumentException("Parameter " + name + " is neither text nor INT64");
          }
        });
  }

  /** For the client, which the caller may give labels, limits and a job id. */
  public QueryJobConfiguration.Builder configuration() {
    QueryJobConfiguration.Builder query =
        QueryJobConfiguration.newBuilder(sql).setUseLegacySql(false);
    parameters.forEach(
        (name, value) ->
            query.addNamedParameter(
                name,
                value instanceof Long number
                    ? QueryParameterValue.int64(number)
                    : QueryParameterValue.string((String) value)));
    return query;
  }
}
