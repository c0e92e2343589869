package truthforge.sync.sandbox.bigquery;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A GoogleSQL type, and how its values stand in memory: STRING as String, INT64 as Long, FLOAT64 as
 * Double, NUMERIC and BIGNUMERIC as BigDecimal, BOOL as Boolean, BYTES as a byte array, DATE as
 * LocalDate, DATETIME as LocalDateTime, TIMESTAMP as Instant in whole microseconds, JSON as its
 * text, ARRAY and STRUCT as List. SQL's NULL is null.
 *
 * @param element of an array, else null
 * @param fields of a struct, else empty
 */
record SqlType(Kind kind, SqlType element, List<Column> fields) {

  enum Kind {
    STRING,
    INT64,
    FLOAT64,
    NUMERIC,
    BIGNUMERIC,
    BOOL,
    BYTES,
    DATE,
    DATETIME,
    TIMESTAMP,
    JSON,
    ARRAY,
    STRUCT,
    INTERVAL,
    /** The NULL literal, which is of any type. */
    NULL
  }

  /** A named value of a type: a field of a struct, or a column of a query's result. */
  record Column(String name, SqlType type) {}

  static final SqlType STRING = of(Kind.STRING);
  static final SqlType INT64 = of(Kind.INT64);
  static final SqlType FLOAT64 = of(Kind.FLOAT64);
  static final SqlType NUMERIC = of(Kind.NUMERIC);
  static final SqlType BIGNUMERIC = of(Kind.BIGNUMERIC);
  static final SqlType BOOL = of(Kind.BOOL);
  static final SqlType BYTES = of(Kind.BYTES);
  static final SqlType DATE = of(Kind.DATE);
  static final SqlType DATETIME = of(Kind.DATETIME);
  static final SqlType TIMESTAMP = of(Kind.TIMESTAMP);
  static final SqlType JSON = of(Kind.JSON);
  static final SqlType INTERVAL = of(Kind.INTERVAL);
  static final SqlType NULL = of(Kind.NULL);

  private static SqlType of(Kind kind) {
    return new SqlType(kind, null, List.of());
  }

  static SqlType array(SqlType element) {
    return new SqlType(Kind.ARRAY, element, List.of());
  }

  static SqlType struct(List<Column> fields) {
    return new SqlType(Kind.STRUCT, null, List.copyOf(fields));
  }

  boolean is(Kind other) {
    return kind == other;
  }

  boolean isNumber() {
    return switch (kind) {
      case INT64, FLOAT64, NUMERIC, BIGNUMERIC -> true;
      default -> false;
    };
  }

  /** The type of that name in SQL or in a table's schema, or null where there is none. */
  static SqlType named(String name) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "STRING" -> STRING;
      case "INT64", "INTEGER", "INT", "SMALLINT", "BIGINT", "TINYINT", "BYTEINT" -> INT64;
      case "FLOAT64", "FLOAT" -> FLOAT64;
      case "NUMERIC", "DECIMAL" -> NUMERIC;
      case "BIGNUMERIC", "BIGDECIMAL" -> BIGNUMERIC;
      case "BOOL", "BOOLEAN" -> BOOL;
      case "BYTES" -> BYTES;
      case "DATE" -> DATE;
      case "DATETIME" -> DATETIME;
      case "TIMESTAMP" -> TIMESTAMP;
      case "JSON" -> JSON;
      default -> null;
    };
  }

  @Override
  public String toString() {
    return switch (kind) {
      case ARRAY -> "ARRAY<" + element + ">";
      case STRUCT ->
          fields.stream()
              .map(f -> f.name() == null ? f.type().toString() : f.name() + " " + f.type())
              .collect(Collectors.joining(", ", "STRUCT<", ">"));
      case NULL -> "NULL";
      default -> kind.name();
    };
  }
}
