package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A PostgreSQL column type: how it reads text and JSON, how it prints, how it compares.
 *
 * <p>Values in memory: uuid, text, varchar and enums are {@code String}, integer and bigint {@code
 * Long}, numeric {@code BigDecimal}, boolean {@code Boolean}, date {@code LocalDate}, timestamp and
 * timestamptz {@code Long} (microseconds since 1970, UTC), jsonb {@code JsonNode}, text[] {@code
 * List<String>}. Texts compare by code unit, as under the collation "C".
 *
 * @param precision digits in all of a numeric, or characters of a varchar; 0 for no limit
 * @param scale digits after the point, of a numeric with a limit
 * @param labels the values of an enum, which is named {@link #ENUM_NAME}
 */
public record SqlType(Kind kind, int precision, int scale, List<String> labels) {

  private static final String ENUM_NAME = "choice";

  public enum Kind {
    UUID("uuid"),
    TEXT("text"),
    VARCHAR("character varying"),
    ENUM("public." + ENUM_NAME),
    INTEGER("integer"),
    BIGINT("bigint"),
    NUMERIC("numeric"),
    BOOLEAN("boolean"),
    DATE("date"),
    TIMESTAMP("timestamp without time zone"),
    TIMESTAMPTZ("timestamp with time zone"),
    JSONB("jsonb"),
    TEXT_ARRAY("text[]");

    private final String sqlName;

    Kind(String sqlName) {
      this.sqlName = sqlName;
    }

    public String sqlName() {
      return sqlName;
    }
  }

  public static final SqlType UUID = new SqlType(Kind.UUID);
  public static final SqlType TEXT = new SqlType(Kind.TEXT);
  public static final SqlType INTEGER = new SqlType(Kind.INTEGER);
  public static final SqlType BIGINT = new SqlType(Kind.BIGINT);
  public static final SqlType BOOLEAN = new SqlType(Kind.BOOLEAN);
  public static final SqlType DATE = new SqlType(Kind.DATE);
  public static final SqlType TIMESTAMP = new SqlType(Kind.TIMESTAMP);
  public static final SqlType TIMESTAMPTZ = new SqlType(Kind.TIMESTAMPTZ);
  public static final SqlType JSONB = new SqlType(Kind.JSONB);
  public static final SqlType TEXT_ARRAY = new SqlType(Kind.TEXT_ARRAY);

  private SqlType(Kind kind) {
    this(kind, 0, 0, List.of());
  }

  public static SqlType numeric(int precision, int scale) {
    return new SqlType(Kind.NUMERIC, precision, scale, List.of());
  }

  /** {@code varchar(n)}. */
  public static SqlType varchar(int characters) {
    return new SqlType(Kind.VARCHAR, characters, 0, List.of());
  }

  public static SqlType choice(String... labels) {
    return new SqlType(Kind.ENUM, 0, 0, List.of(labels));
  }

  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern TIME_TEXT =
      Pattern.compile(
          "(\\d{4,6})-(\\d{1,2})-(\\d{1,2})(?:[T ](\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9}))?)?)?"
              + "\\s*(Z|UTC|[+-]\\d{2}(?::?\\d{2})?)?",
          Pattern.CASE_INSENSITIVE);
  private static final long MICROS = 1_000_000L;

  /** Reads a literal of a query string. */
  Object fromText(String text) {
    PgException.refuseNul(text);
    return switch (kind) {
      case TEXT, VARCHAR -> text;
      case ENUM -> {
        if (!labels.contains(text)) {
          throw PgException.sql(
              "22P02", "invalid input value for enum " + ENUM_NAME + ": \"" + text + "\"");
        }
        yield text;
      }
      case UUID -> {
        String lower = text.trim().toLowerCase(Locale.ROOT);
        if (!UUID_TEXT.matcher(lower).matches()) {
          throw PgException.syntax("uuid", text);
        }
        yield lower;
      }
      case INTEGER -> integer(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case BIGINT -> integer(text, Long.MIN_VALUE, Long.MAX_VALUE);
      case NUMERIC -> decimal(text);
      case BOOLEAN ->
          switch (text.trim().toLowerCase(Locale.ROOT)) {
            case "t", "true", "y", "yes", "on", "1" -> true;
            case "f", "false", "n", "no", "off", "0" -> false;
            default -> throw PgException.syntax("boolean", text);
          };
      case DATE -> LocalDate.ofEpochDay(Math.floorDiv(micros(text, true), 86_400 * MICROS));
      case TIMESTAMP -> micros(text, true);
      case TIMESTAMPTZ -> micros(text, false);
      case JSONB -> {
        JsonNode node = PgJson.parse(text);
        if (node == null) {
          throw PgException.sql("22P02", "invalid input syntax for type json");
        }
        yield PgJson.canonical(node);
      }
      case TEXT_ARRAY -> array(text);
    };
  }

  /** Reads a value of a request's body; JSON's null is SQL's NULL, also for jsonb. */
  Object fromJson(JsonNode node) {
    if (node == null || node.isNull()) {
      return null;
    }
    return switch (kind) {
      case JSONB -> PgJson.canonical(node);
      case TEXT_ARRAY -> {
        if (!node.isArray()) {
          yield array(node.isTextual() ? node.textValue() : PgJson.write(node));
        }
        List<String> items = new ArrayList<>(node.size());
        for (JsonNode item : node) {
          items.add(item.isNull() ? null : (String) TEXT.fromJson(item));
        }
        yield items;
      }
      case VARCHAR -> within(node.isTextual() ? node.textValue() : PgJson.write(node));
      default -> fromText(node.isTextual() ? node.textValue() : PgJson.write(node));
    };
  }

  /** What is longer is refused, unless the rest is blank. */
  private String within(String text) {
    PgException.refuseNul(text);
    if (text.codePointCount(0, text.length()) <= precision) {
      return text;
    }
    int end = text.offsetByCodePoints(0, precision);
    if (!text.substring(end).replace(" ", "").isEmpty()) {
      throw PgException.sql(
          "22001", "value too long for type " + kind.sqlName() + "(" + precision + ")");
    }
    return text.substring(0, end);
  }

  void writeJson(Object value, StringBuilder out) {
    if (value == null) {
      out.append("null");
      return;
    }
    switch (kind) {
      case INTEGER, BIGINT, BOOLEAN -> out.append(value);
      case NUMERIC -> out.append(((BigDecimal) value).toPlainString());
      case TIMESTAMP -> {
        out.append('"');
        time((Long) value, 'T', out);
        out.append('"');
      }
      case TIMESTAMPTZ -> {
        out.append('"');
        time((Long) value, 'T', out);
        out.append("+00:00\"");
      }
      case JSONB -> PgJson.write((JsonNode) value, out);
      case TEXT_ARRAY -> {
        out.append('[');
        String comma = "";
        for (String item : strings(value)) {
          out.append(comma);
          comma = ",";
          TEXT.writeJson(item, out);
        }
        out.append(']');
      }
      default -> PgJson.writeString(value.toString(), out);
    }
  }

  /** As {@code to_jsonb} gives the value. */
  JsonNode toJsonb(Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (value == null) {
      return nodes.nullNode();
    }
    return switch (kind) {
      case UUID, TEXT, VARCHAR, ENUM -> nodes.textNode((String) value);
      case INTEGER, BIGINT -> {
        // As a parser makes it, so that equal numbers are equal nodes.
        long number = (Long) value;
        yield number == (int) number ? nodes.numberNode((int) number) : nodes.numberNode(number);
      }
      case NUMERIC -> DecimalNode.valueOf((BigDecimal) value);
      case BOOLEAN -> nodes.booleanNode((Boolean) value);
      case DATE -> nodes.textNode(value.toString());
      case TIMESTAMP, TIMESTAMPTZ -> {
        StringBuilder out = new StringBuilder();
        time((Long) value, 'T', out);
        yield nodes.textNode(out.append(kind == Kind.TIMESTAMP ? "" : "+00:00").toString());
      }
      case JSONB -> ((JsonNode) value).deepCopy();
      case TEXT_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        strings(value).forEach(array::add);
        yield array;
      }
    };
  }

  /** As PostgreSQL prints the value in messages. */
  String text(Object value) {
    if (value == null) {
      return "null";
    }
    return switch (kind) {
      case BOOLEAN -> ((Boolean) value) ? "t" : "f";
      case NUMERIC -> ((BigDecimal) value).toPlainString();
      case TIMESTAMP -> {
        StringBuilder out = new StringBuilder();
        time((Long) value, ' ', out);
        yield out.toString();
      }
      case TIMESTAMPTZ -> {
        StringBuilder out = new StringBuilder();
        time((Long) value, ' ', out);
        yield out.append("+00").toString();
      }
      case JSONB -> PgJson.write((JsonNode) value);
      case TEXT_ARRAY ->
          strings(value).stream()
              .map(item -> item == null ? "NULL" : item)
              .collect(Collectors.joining(",", "{", "}"));
      default -> value.toString();
    };
  }

  /** The order of two values that are not null. */
  int compare(Object a, Object b) {
    return switch (kind) {
      case UUID, TEXT, VARCHAR -> ((String) a).compareTo((String) b);
      case ENUM -> Integer.compare(labels.indexOf(a), labels.indexOf(b));
      case INTEGER, BIGINT, TIMESTAMP, TIMESTAMPTZ -> Long.compare((Long) a, (Long) b);
      case NUMERIC -> ((BigDecimal) a).compareTo((BigDecimal) b);
      case BOOLEAN -> Boolean.compare((Boolean) a, (Boolean) b);
      case DATE -> ((LocalDate) a).compareTo((LocalDate) b);
      case JSONB, TEXT_ARRAY -> a.equals(b) ? 0 : text(a).compareTo(text(b));
    };
  }

  @SuppressWarnings("unchecked")
  static List<String> strings(Object value) {
    return (List<String>) value;
  }

  private Long integer(String text, long least, long most) {
    try {
      BigDecimal value = new BigDecimal(text.trim());
      if (value.scale() > 0) {
        throw PgException.syntax(kind.sqlName(), text);
      }
      if (value.compareTo(BigDecimal.valueOf(least)) < 0
          || value.compareTo(BigDecimal.valueOf(most)) > 0) {
        throw PgException.sql(
            "22003", "value \"" + text + "\" is out of range for type " + kind.sqlName());
      }
      return value.longValueExact();
    } catch (NumberFormatException e) {
      throw PgException.syntax(kind.sqlName(), text);
    }
  }

  private BigDecimal decimal(String text) {
    BigDecimal value;
    try {
      value = new BigDecimal(text.trim());
    } catch (NumberFormatException e) {
      throw PgException.syntax("numeric", text);
    }
    if (precision == 0) {
      return value;
    }
    value = value.setScale(scale, RoundingMode.HALF_UP);
    if (value.precision() - value.scale() > precision - scale) {
      throw PgException.sql(
          "22003",
          "numeric field overflow",
          "A field with precision "
              + precision
              + ", scale "
              + scale
              + " must round to an absolute value less than 10^"
              + (precision - scale)
              + ".",
          null);
    }
    return value;
  }

  private long micros(String text, boolean ignoreZone) {
    Matcher m = TIME_TEXT.matcher(text.trim());
    if (!m.matches()) {
      throw PgException.sql(
          "22007", "invalid input syntax for type " + kind.sqlName() + ": \"" + text + "\"");
    }
    try {
      LocalDateTime at =
          LocalDateTime.of(
              number(m.group(1)),
              number(m.group(2)),
              number(m.group(3)),
              number(m.group(4)),
              number(m.group(5)),
              number(m.group(6)));
      long micros = at.toEpochSecond(ZoneOffset.UTC) * MICROS;
      if (m.group(7) != null) {
        long nanos = Long.parseLong((m.group(7) + "000000000").substring(0, 9));
        micros += (nanos + 500) / 1000;
      }
      String zone = m.group(8);
      if (!ignoreZone && zone != null && zone.length() > 1 && !zone.equalsIgnoreCase("UTC")) {
        String digits = zone.substring(1).replace(":", "");
        long seconds = number(digits.substring(0, 2)) * 3600L;
        seconds += digits.length() > 2 ? number(digits.substring(2)) * 60L : 0;
        micros -= (zone.charAt(0) == '-' ? -seconds : seconds) * MICROS;
      }
      return micros;
    } catch (DateTimeException e) {
      throw PgException.sql("22008", "date/time field value out of range: \"" + text + "\"");
    }
  }

  private static int number(String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  private static void time(long micros, char between, StringBuilder out) {
    LocalDateTime at =
        LocalDateTime.ofEpochSecond(Math.floorDiv(micros, MICROS), 0, ZoneOffset.UTC);
    out.append(at.toLocalDate()).append(between);
    two(at.getHour(), out);
    out.append(':');
    two(at.getMinute(), out);
    out.append(':');
    two(at.getSecond(), out);
    long fraction = Math.floorMod(micros, MICROS);
    if (fraction != 0) {
      String digits = Long.toString(MICROS + fraction).substring(1);
      int end = digits.length();
      while (digits.charAt(end - 1) == '0') {
        end--;
      }
      out.append('.').append(digits, 0, end);
    }
  }

  private static void two(int number, StringBuilder out) {
    if (number < 10) {
      out.append('0');
    }
    out.append(number);
  }

  private static List<String> array(String text) {
    String trimmed = text.trim();
    if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) {
      throw PgException.sql(
          "22P02",
          "malformed array literal: \"" + text + "\"",
          "Array value must start with \"{\" or dimension information.",
          null);
    }
    List<String> items = new ArrayList<>();
    String inner = trimmed.substring(1, trimmed.length() - 1);
    if (inner.isBlank()) {
      return items;
    }
    StringBuilder item = new StringBuilder();
    boolean quoted = false;
    boolean wasQuoted = false;
    for (int i = 0; i <= inner.length(); i++) {
      char c = i < inner.length() ? inner.charAt(i) : ',';
      if (quoted && i < inner.length()) {
        if (c == '\\' && i + 1 < inner.length()) {
          item.append(inner.charAt(++i));
        } else if (c == '"') {
          quoted = false;
        } else {
          item.append(c);
        }
      } else if (c == '"') {
        quoted = true;
        wasQuoted = true;
      } else if (c == ',') {
        String value = wasQuoted ? item.toString() : item.toString().trim();
        items.add(!wasQuoted && value.equalsIgnoreCase("NULL") ? null : value);
        item.setLength(0);
        wasQuoted = false;
      } else {
        item.append(c);
      }
    }
    return items;
  }
}
