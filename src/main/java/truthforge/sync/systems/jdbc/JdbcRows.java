package truthforge.sync.systems.jdbc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import truthforge.sync.systems.PlainTime;

/** Reads the rows that camel-jdbc hands over. */
public final class JdbcRows {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Pattern MOMENT =
      Pattern.compile(
          "(\\d{4}-\\d{2}-\\d{2})"
              + "(?:[Tt ](\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?)\\s?"
              + "([Zz]|[+-]\\d{2}(?::?\\d{2})?)?)?");
  private static final Pattern COUNTED = Pattern.compile("-?\\d{1,16}(?:\\.\\d{1,9})?");

  /** From here on a counted time is in milliseconds: as seconds it would be the year 5138. */
  private static final BigDecimal FIRST_MILLIS = new BigDecimal("1e11");

  private JdbcRows() {}

  /** All rows of an answer. */
  public static List<JdbcRow> read(ContactTable table, List<Map<String, Object>> rows) {
    return rows.stream().map(row -> read(table, row)).toList();
  }

  /** One row; a column that the statement did not tell is missing from it. */
  public static JdbcRow read(ContactTable table, Map<String, Object> row) {
    ObjectNode columns = NODES.objectNode();
    table
        .columns()
        .forEach(
            (name, type) -> {
              Object told = row.get(name);
              if (told != null) {
                columns.set(name, value(type, told));
              } else if (row.containsKey(name)) {
                columns.putNull(name);
              }
            });
    String updatedAt = text(columns.get(ContactTable.UPDATED_AT));
    String deletedAt = text(columns.get(ContactTable.DELETED_AT));
    Object revision = row.get(ContactTable.REVISION);
    return new JdbcRow(
        text(columns.get(table.idColumn())),
        text(columns.get(ContactTable.CONTACT_ID)),
        revision == null ? null : revision.toString(),
        table.hasUpdatedAt() ? updatedAt : null,
        table.hasUpdatedAt() ? moment(updatedAt) : null,
        marked(deletedAt) ? moment(deletedAt) : null,
        marked(deletedAt),
        columns);
  }

  /**
   * The moment that a text in a database means: ISO 8601 with T or blank, with a zone or in UTC, a
   * day, or seconds or milliseconds since 1970.
   *
   * @return null for null and for a text that is no moment
   */
  static Instant moment(String text) {
    if (text == null) {
      return null;
    }
    Instant usual = PlainTime.read(text);
    if (usual != null) {
      return usual;
    }
    String trimmed = text.trim();
    if (COUNTED.matcher(trimmed).matches()) {
      BigDecimal counted = new BigDecimal(trimmed);
      BigDecimal seconds =
          counted.abs().compareTo(FIRST_MILLIS) >= 0 ? counted.movePointLeft(3) : counted;
      BigInteger nanos = seconds.movePointRight(9).toBigInteger();
      return Instant.EPOCH
          .plusSeconds(nanos.divide(BigInteger.valueOf(1_000_000_000)).longValueExact())
          .plusNanos(nanos.remainder(BigInteger.valueOf(1_000_000_000)).longValueExact());
    }
    Matcher parts = MOMENT.matcher(trimmed);
    if (!parts.matches()) {
      return null;
    }
    try {
      LocalDate day = LocalDate.parse(parts.group(1));
      LocalTime time =
          parts.group(2) == null ? LocalTime.MIDNIGHT : LocalTime.parse(parts.group(2));
      String zone = parts.group(3);
      ZoneOffset offset =
          zone == null || zone.equalsIgnoreCase("z") ? ZoneOffset.UTC : ZoneOffset.of(zone);
      return day.atTime(time).toInstant(offset);
    } catch (DateTimeException noSuchMoment) {
      return null;
    }
  }

  private static boolean marked(String deletedAt) {
    return deletedAt != null && !deletedAt.isBlank() && !deletedAt.equals("0");
  }

  private static String text(JsonNode node) {
    return node == null || node.isNull() ? null : node.asText();
  }

  private static JsonNode value(ColumnType type, Object raw) {
    if (raw instanceof Array array) {
      return array(array);
    }
    return switch (type) {
      case JSON, TEXT_ARRAY -> json(raw.toString());
      case BOOLEAN -> flag(raw);
      default -> scalar(raw);
    };
  }

  private static JsonNode flag(Object raw) {
    if (raw instanceof Number number && (number.longValue() == 0 || number.longValue() == 1)) {
      return NODES.booleanNode(number.longValue() == 1);
    }
    return scalar(raw);
  }

  private static JsonNode scalar(Object raw) {
    if (raw instanceof Boolean flag) {
      return NODES.booleanNode(flag);
    }
    if (raw instanceof Integer || raw instanceof Long || raw instanceof Short) {
      return NODES.numberNode(((Number) raw).longValue());
    }
    if (raw instanceof BigDecimal number) {
      return NODES.numberNode(number);
    }
    if (raw instanceof Number number && Double.isFinite(number.doubleValue())) {
      return NODES.numberNode(new BigDecimal(number.toString()));
    }
    if (raw instanceof Timestamp time) {
      return NODES.textNode(time.toInstant().toString());
    }
    if (raw instanceof OffsetDateTime time) {
      return NODES.textNode(time.toInstant().toString());
    }
    if (raw instanceof LocalDateTime time) {
      return NODES.textNode(time.toInstant(ZoneOffset.UTC).toString());
    }
    if (raw instanceof byte[] bytes) {
      return NODES.binaryNode(bytes);
    }
    return NODES.textNode(raw.toString());
  }

  /** A column declared as JSON may hold any text in SQLite: what is no JSON stays text. */
  private static JsonNode json(String text) {
    try {
      JsonNode node = JSON.readTree(text);
      return node.isMissingNode() ? NODES.textNode(text) : node;
    } catch (JsonProcessingException noJson) {
      return NODES.textNode(text);
    }
  }

  private static JsonNode array(Array array) {
    try {
      ArrayNode items = NODES.arrayNode();
      for (Object item : (Object[]) array.getArray()) {
        items.add(item == null ? NODES.nullNode() : scalar(item));
      }
      return items;
    } catch (SQLException e) {
      throw new IllegalStateException("An array column could not be read.", e);
    }
  }
}
