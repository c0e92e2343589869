package truthforge.sync.systems.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Decodes the rows that {@link BigQueryStatements} selects. */
public final class BigQueryRows {

  /** The name under which a row is selected, as JSON text. */
  public static final String ROW = "row_json";

  /** The name under which a row's hash is selected. */
  public static final String ETAG = "row_etag";

  /** The name under which a row tells that another one carries the same id. */
  public static final String DOUBLED = "doubled";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  /** The schema of those statements' results, so that pages can be read without asking for it. */
  static final Schema RESULT =
      Schema.of(
          Field.of(ROW, StandardSQLTypeName.STRING), Field.of(DOUBLED, StandardSQLTypeName.BOOL));

  private static final Pattern WHOLE = Pattern.compile("-?\\d{1,19}");

  private BigQueryRows() {}

  /**
   * A row of the contacts table.
   *
   * @param values one entry for each column read, null where the column is: text, booleans, whole
   *     numbers, lists and documents as such; FLOAT64, NUMERIC and BIGNUMERIC as decimals, DATE and
   *     DATETIME as their text, TIMESTAMP as ISO-8601 text in UTC
   * @param etag a hash of the row as it stands, every column included
   * @param updatedMicros {@code updated_at} since 1970; null where it is null or missing
   * @param doubled whether another row is known to carry the same id
   */
  public record Row(ObjectNode values, String etag, Long updatedMicros, boolean doubled) {
    /** As good as that of all values, and at hand. */
    @Override
    public int hashCode() {
      return etag.hashCode();
    }
  }

  /** Decodes the rows of one table. */
  public static final class Decoder {
    private final Set<String> readable;
    private final List<String> wholeNumbers;

    /** Null where the table does not tell. */
    private final String updatedAt;

    /**
     * @param table the table that the statement was made for
     */
    public Decoder(BigQueryTable table) {
      readable = Set.copyOf(table.readable());
      wholeNumbers =
          table.columns().entrySet().stream()
              .filter(column -> column.getValue() == BigQueryType.INT64)
              .map(Map.Entry::getKey)
              .toList();
      updatedAt =
          table.tellsUpdates() ? table.column(BigQueryTable.UPDATED_AT).orElseThrow() : null;
    }

    /**
     * @param row of {@link BigQueryStatements#changedSince}, {@code all} or {@code byIds}
     * @throws IllegalArgumentException for a row that is no JSON
     */
    public Row decode(FieldValueList row) {
      boolean doubled = row.size() > 1 && !row.get(1).isNull() && row.get(1).getBooleanValue();
      return decode(row.get(0).getStringValue(), doubled);
    }

    private Row decode(String row, boolean doubled) {
      ObjectNode values = parse(row);
      values.retain(readable);
      for (String column : wholeNumbers) {
        // Beyond what a double holds, and for NaN, TO_JSON_STRING quotes the number.
        JsonNode quoted = values.path(column);
        if (quoted.isTextual() && WHOLE.matcher(quoted.textValue()).matches()) {
          values.put(column, new BigInteger(quoted.textValue()));
        }
      }
      JsonNode updated = updatedAt == null ? null : values.path(updatedAt);
      Long updatedMicros =
          updated == null || !updated.isTextual() ? null : micros(updated.textValue());
      return new Row(values, hash(row), updatedMicros, doubled);
    }
  }

  /** One row alone. */
  public static Row decode(BigQueryTable table, FieldValueList row) {
    return new Decoder(table).decode(row);
  }

  /** Null where the text is no time that BigQuery could hold. */
  private static Long micros(String text) {
    try {
      return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(text));
    } catch (DateTimeException | ArithmeticException noTime) {
      return null;
    }
  }

  /** Microseconds since 1970 as ISO-8601 text in UTC, ending in Z. */
  public static String isoText(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
  }

  private static String hash(String row) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("MD5").digest(row.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode parse(String text) {
    try {
      if (JSON.readTree(text) instanceof ObjectNode values) {
        return values;
      }
    } catch (JsonProcessingException quotesTheValue) {
      // The parser's message would quote the row: what is thrown below does not.
    }
    throw new IllegalArgumentException("A row of BigQuery is no JSON object");
  }
}
