package truthforge.sync.sandbox.bigquery;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of GoogleSQL: how they compare, are cast, and are written. */
final class Values {

  private static final long SAFE_INTEGER = 1L << 53;

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 6, true)
          .toFormatter(Locale.ROOT);

  private static final Pattern MOMENT =
      Pattern.compile(
          "(\\d{4}-\\d{1,2}-\\d{1,2})(?:[ T](\\d{1,2}:\\d{1,2}:\\d{1,2}(?:\\.\\d{1,9})?))?"
              + "\\s?(Z|z|UTC|[+-]\\d{1,2}(?::?\\d{2})?)?");

  private Values() {}

  // --- comparing -----------------------------------------------------------------------------

  @SuppressWarnings({"unchecked", "rawtypes"})
  static int compare(Object a, Object b) {
    if (a instanceof Number x && b instanceof Number y && a.getClass() != b.getClass()) {
      if (x instanceof Double || y instanceof Double) {
        return Double.compare(x.doubleValue(), y.doubleValue());
      }
      return decimal(x).compareTo(decimal(y));
    }
    if (a instanceof byte[] x && b instanceof byte[] y) {
      return java.util.Arrays.compareUnsigned(x, y);
    }
    if (a instanceof String x && b instanceof String y) {
      return compareCodePoints(x, y);
    }
    return ((Comparable) a).compareTo(b);
  }

  /** Strings compare by code point, not by UTF-16 unit. */
  private static int compareCodePoints(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
        return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** NULL comes first. */
  static final Comparator<Object> ORDER = Comparator.nullsFirst(Values::compare);

  private static BigDecimal decimal(Number number) {
    return number instanceof BigDecimal exact ? exact : BigDecimal.valueOf(number.longValue());
  }

  // --- casting -------------------------------------------------------------------------------

  /** Whether a value may be cast; NULL may to every type. */
  static boolean castable(SqlType from, SqlType to) {
    if (from.equals(to) || from.is(SqlType.Kind.NULL)) {
      return true;
    }
    return switch (to.kind()) {
      case STRING ->
          !from.is(SqlType.Kind.ARRAY)
              && !from.is(SqlType.Kind.STRUCT)
              && !from.is(SqlType.Kind.JSON);
      case INT64 -> from.isNumber() || from.is(SqlType.Kind.STRING) || from.is(SqlType.Kind.BOOL);
      case FLOAT64, NUMERIC, BIGNUMERIC -> from.isNumber() || from.is(SqlType.Kind.STRING);
      case BOOL -> from.is(SqlType.Kind.STRING) || from.is(SqlType.Kind.INT64);
      case BYTES -> from.is(SqlType.Kind.STRING);
      case DATE, DATETIME, TIMESTAMP ->
          switch (from.kind()) {
            case STRING, DATE, DATETIME, TIMESTAMP -> true;
            default -> false;
          };
      default -> false;
    };
  }

  /**
   * @throws Refusal for a value that the type cannot hold
   */
  static Object cast(Object value, SqlType to) {
    if (value == null) {
      return null;
    }
    try {
      return switch (to.kind()) {
        case STRING -> text(value);
        case INT64 -> toInt(value);
        case FLOAT64 ->
            value instanceof String text ? parseDouble(text) : ((Number) value).doubleValue();
        case NUMERIC -> toDecimal(value).setScale(9, RoundingMode.HALF_UP).stripTrailingZeros();
        case BIGNUMERIC -> toDecimal(value).stripTrailingZeros();
        case BOOL -> toBool(value);
        case BYTES ->
            value instanceof String text
                ? text.getBytes(java.nio.charset.StandardCharsets.UTF_8)
                : value;
        case DATE -> toDateTime(value).toLocalDate();
        case DATETIME -> toDateTime(value);
        case TIMESTAMP -> toDateTime(value).toInstant(ZoneOffset.UTC);
        default -> value;
      };
    } catch (ArithmeticException | NumberFormatException | DateTimeException e) {
      throw bad(to, value);
    }
  }

  private static Refusal bad(SqlType to, Object value) {
    return switch (to.kind()) {
      case INT64 -> Refusal.invalidQuery("Bad int64 value: " + value);
      case FLOAT64 -> Refusal.invalidQuery("Bad double value: " + value);
      case BOOL -> Refusal.invalidQuery("Bad bool value: " + value);
      case DATE -> Refusal.invalidQuery("Invalid date: '" + value + "'");
      case DATETIME -> Refusal.invalidQuery("Invalid datetime string \"" + value + "\"");
      case TIMESTAMP -> Refusal.invalidQuery("Invalid timestamp: '" + value + "'");
      default -> Refusal.invalidQuery("Invalid " + to + " value: " + value);
    };
  }

  private static Long toInt(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? 1L : 0L;
    }
    if (value instanceof String text) {
      return Long.parseLong(text.strip());
    }
    if (value instanceof Double number) {
      return new BigDecimal(number).setScale(0, RoundingMode.HALF_UP).longValueExact();
    }
    return decimal((Number) value).setScale(0, RoundingMode.HALF_UP).longValueExact();
  }

  private static Double parseDouble(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "nan" -> Double.NaN;
      case "inf", "+inf", "infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> new BigDecimal(text.strip()).doubleValue();
    };
  }

  private static BigDecimal toDecimal(Object value) {
    if (value instanceof String text) {
      return new BigDecimal(text.strip());
    }
    return value instanceof Double number ? BigDecimal.valueOf(number) : decimal((Number) value);
  }

  private static Boolean toBool(Object value) {
    if (value instanceof Long number) {
      return number != 0;
    }
    if (value instanceof Boolean) {
      return (Boolean) value;
    }
    return switch (value.toString().strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw bad(SqlType.BOOL, value);
    };
  }

  private static LocalDateTime toDateTime(Object value) {
    if (value instanceof LocalDate date) {
      return date.atStartOfDay();
    }
    if (value instanceof LocalDateTime dateTime) {
      return dateTime;
    }
    if (value instanceof Instant instant) {
      return LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    }
    Matcher parts = MOMENT.matcher(value.toString().strip());
    if (!parts.matches()) {
      throw new DateTimeException("no moment");
    }
    LocalDate date =
        LocalDate.parse(
            parts.group(1),
            DateTimeFormatter.ofPattern("u-M-d", Locale.ROOT)
                .withResolverStyle(ResolverStyle.STRICT));
    LocalTime time =
        parts.group(2) == null
            ? LocalTime.MIDNIGHT
            : LocalTime.parse(
                parts.group(2),
                new DateTimeFormatterBuilder()
                    .appendPattern("H:m:s")
                    .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
                    .toFormatter(Locale.ROOT));
    LocalDateTime local = date.atTime(time).truncatedTo(ChronoUnit.MICROS);
    String zone = parts.group(3);
    if (zone == null || zone.equalsIgnoreCase("Z") || zone.equals("UTC")) {
      return local;
    }
    String digits = zone.substring(1).replace(":", "");
    int minutes =
        digits.length() <= 2
            ? Integer.parseInt(digits) * 60
            : Integer.parseInt(digits.substring(0, digits.length() - 2)) * 60
                + Integer.parseInt(digits.substring(digits.length() - 2));
    return zone.startsWith("-") ? local.plusMinutes(minutes) : local.minusMinutes(minutes);
  }

  // --- writing -------------------------------------------------------------------------------

  static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  static Instant ofMicros(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** As CAST to STRING writes it. */
  static String text(Object value) {
    if (value instanceof Instant instant) {
      LocalDateTime utc = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
      return utc.toLocalDate() + " " + TIME.format(utc) + "+00";
    }
    if (value instanceof LocalDateTime dateTime) {
      return dateTime.toLocalDate() + " " + TIME.format(dateTime);
    }
    if (value instanceof BigDecimal number) {
      return number.stripTrailingZeros().toPlainString();
    }
    if (value instanceof Double number) {
      return doubleText(number);
    }
    if (value instanceof byte[] bytes) {
      return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }
    return value.toString();
  }

  private static String doubleText(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? String.valueOf((long) number)
        : String.valueOf(number);
  }

  /** As TO_JSON_STRING writes it. */
  static void json(Object value, SqlType type, StringBuilder out) {
    if (value == null) {
      out.append("null");
      return;
    }
    switch (type.kind()) {
      case STRING -> quote((String) value, out);
      case INT64 -> {
        long number = (Long) value;
        boolean safe = Math.abs(number) <= SAFE_INTEGER;
        out.append(safe ? "" : "\"").append(number).append(safe ? "" : "\"");
      }
      case NUMERIC, BIGNUMERIC -> out.append(text(value));
      case FLOAT64 -> {
        double number = (Double) value;
        String text = doubleText(number);
        if (Double.isFinite(number)) {
          out.append(text);
        } else {
          quote(text.replace("inf", "Infinity").replace("nan", "NaN"), out);
        }
      }
      case BYTES -> quote(Base64.getEncoder().encodeToString((byte[]) value), out);
      case TIMESTAMP -> {
        LocalDateTime utc = LocalDateTime.ofInstant((Instant) value, ZoneOffset.UTC);
        quote(utc.toLocalDate() + "T" + TIME.format(utc) + "Z", out);
      }
      case DATETIME -> {
        LocalDateTime dateTime = (LocalDateTime) value;
        quote(dateTime.toLocalDate() + "T" + TIME.format(dateTime), out);
      }
      case DATE -> quote(value.toString(), out);
      case ARRAY -> {
        out.append('[');
        List<?> items = (List<?>) value;
        for (int i = 0; i < items.size(); i++) {
          out.append(i == 0 ? "" : ",");
          json(items.get(i), type.element(), out);
        }
        out.append(']');
      }
      case STRUCT -> {
        out.append('{');
        List<?> items = (List<?>) value;
        for (int i = 0; i < items.size(); i++) {
          SqlType.Column field = type.fields().get(i);
          out.append(i == 0 ? "" : ",");
          quote(field.name() == null ? "" : field.name(), out);
          out.append(':');
          json(items.get(i), field.type(), out);
        }
        out.append('}');
      }
      default -> out.append(value);
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    com.fasterxml.jackson.core.io.JsonStringEncoder.getInstance().quoteAsString(text, out);
    out.append('"');
  }

  /** The value as a REST cell's {@code v}, in JSON. */
  static void cell(Object value, SqlType type, boolean microTimestamps, StringBuilder out) {
    if (value == null) {
      out.append(type.is(SqlType.Kind.ARRAY) ? "[]" : "null");
      return;
    }
    switch (type.kind()) {
      case TIMESTAMP -> {
        long micros = micros((Instant) value);
        out.append('"')
            .append(
                microTimestamps
                    ? Long.toString(micros)
                    : BigDecimal.valueOf(micros, 6).toPlainString())
            .append('"');
      }
      case DATETIME, BYTES -> json(value, type, out);
      case ARRAY -> {
        out.append('[');
        String comma = "";
        for (Object item : (List<?>) value) {
          out.append(comma).append("{\"v\":");
          cell(item, type.element(), microTimestamps, out);
          out.append('}');
          comma = ",";
        }
        out.append(']');
      }
      case STRUCT -> {
        out.append("{\"f\":[");
        List<?> items = (List<?>) value;
        for (int i = 0; i < items.size(); i++) {
          out.append(i == 0 ? "{\"v\":" : ",{\"v\":");
          cell(items.get(i), type.fields().get(i).type(), microTimestamps, out);
          out.append('}');
        }
        out.append("]}");
      }
      default -> quote(text(value), out);
    }
  }

  /** An estimate of the bytes that BigQuery counts for a value. */
  static long bytes(Object value) {
    if (value == null) {
      return 0;
    }
    if (value instanceof String text) {
      return 2L + text.length();
    }
    if (value instanceof List<?> items) {
      return items.stream().mapToLong(Values::bytes).sum();
    }
    if (value instanceof JsonText.Json json) {
      return 2L + json.text().length();
    }
    if (value instanceof byte[] bytes) {
      return 2L + bytes.length;
    }
    return value instanceof Boolean ? 1 : value instanceof BigDecimal ? 16 : 8;
  }
}
