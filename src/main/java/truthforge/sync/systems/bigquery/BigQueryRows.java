package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldValue;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Decodes the rows that {@link BigQueryStatements} selects. */
public final class BigQueryRows {

  /** The name under which a row's hash is selected. */
  public static final String ETAG = "row_etag";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private BigQueryRows() {}

  /**
   * A row of the contacts table.
   *
   * @param values one entry for each column read, null where the column is: text, booleans, whole
   *     numbers, lists and documents as such; FLOAT64, NUMERIC and BIGNUMERIC as decimals, DATE and
   *     DATETIME as their text, TIMESTAMP as ISO-8601 text in UTC
   * @param etag a hash of the row as it stands, every column included
   * @param updatedMicros {@code updated_at} since 1970; null where it is null or missing
   */
  public record Row(ObjectNode values, String etag, Long updatedMicros) {}

  /**
   * @param table the table that the statement was made for
   * @param row of {@link BigQueryStatements#changedSince}, {@code all}, {@code byIds} or {@code
   *     byEmails}
   * @throws IllegalArgumentException for a value that is not of its column's type
   */
  public static Row decode(BigQueryTable table, FieldValueList row) {
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    Long updatedMicros = null;
    for (String column : table.readable()) {
      FieldValue value = row.get(column);
      BigQueryType type = table.columns().get(column);
      if (type == BigQueryType.TIMESTAMP
          && column.equalsIgnoreCase(BigQueryTable.UPDATED_AT)
          && !value.isNull()) {
        updatedMicros = value.getLongValue();
      }
      values.set(column, value.isNull() ? NullNode.instance : decode(column, type, value));
    }
    return new Row(values, row.get(ETAG).getStringValue(), updatedMicros);
  }

  /**
   * The columns of those statements' results, for reading a result's pages without asking for its
   * schema each time.
   */
  public static Schema schema(BigQueryTable table) {
    List<Field> fields = new ArrayList<>();
    fields.add(Field.of(ETAG, StandardSQLTypeName.STRING));
    for (String column : table.readable()) {
      fields.add(
          switch (table.columns().get(column)) {
            case BOOL -> Field.of(column, StandardSQLTypeName.BOOL);
            case INT64, TIMESTAMP -> Field.of(column, StandardSQLTypeName.INT64);
            case FLOAT64 -> Field.of(column, StandardSQLTypeName.FLOAT64);
            case STRING_ARRAY ->
                Field.newBuilder(column, StandardSQLTypeName.STRING)
                    .setMode(Field.Mode.REPEATED)
                    .build();
            case STRING, NUMERIC, BIGNUMERIC, DATE, DATETIME, JSON, OTHER ->
                Field.of(column, StandardSQLTypeName.STRING);
          });
    }
    return Schema.of(fields);
  }

  private static JsonNode decode(String column, BigQueryType type, FieldValue value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (type) {
      case STRING, DATE, DATETIME -> nodes.textNode(value.getStringValue());
      case BOOL -> nodes.booleanNode(value.getBooleanValue());
      case INT64 -> nodes.numberNode(value.getLongValue());
      case FLOAT64 -> number(value.getStringValue());
      case NUMERIC, BIGNUMERIC -> nodes.numberNode(new BigDecimal(value.getStringValue()));
      case TIMESTAMP -> nodes.textNode(isoText(value.getLongValue()));
      case STRING_ARRAY -> {
        ArrayNode items = nodes.arrayNode();
        value.getRepeatedValue().forEach(item -> items.add(item.getStringValue()));
        yield items;
      }
      case JSON, OTHER -> parse(column, value.getStringValue());
    };
  }

  /** Microseconds since 1970 as ISO-8601 text in UTC, ending in Z. */
  public static String isoText(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
  }

  // A FLOAT64 may be NaN or infinite, of which JSON has no number.
  private static JsonNode number(String text) {
    try {
      return JsonNodeFactory.instance.numberNode(new BigDecimal(text));
    } catch (NumberFormatException notFinite) {
      return JsonNodeFactory.instance.textNode(text);
    }
  }

  private static JsonNode parse(String column, String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      // The parser's message would quote the value.
      throw new IllegalArgumentException("Column " + column + " holds no JSON");
    }
  }
}
