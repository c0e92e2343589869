package truthforge.sync.systems.bigquery;

import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.LegacySQLTypeName;

/**
 * The type of a column, as far as the service tells types apart.
 *
 * <p>{@link #OTHER} stands for every type whose values are read as JSON text and never written:
 * STRUCT, BYTES, GEOGRAPHY, arrays of anything but text, and whatever BigQuery adds.
 */
public enum BigQueryType {
  STRING("STRING"),
  BOOL("BOOL"),
  INT64("INT64"),
  FLOAT64("FLOAT64"),
  NUMERIC("NUMERIC"),
  BIGNUMERIC("BIGNUMERIC"),
  DATE("DATE"),
  DATETIME("DATETIME"),
  TIMESTAMP("TIMESTAMP"),
  JSON("JSON"),
  STRING_ARRAY("ARRAY<STRING>"),
  OTHER(null);

  private final String sql;

  BigQueryType(String sql) {
    this.sql = sql;
  }

  /**
   * The type's name in GoogleSQL.
   *
   * @throws IllegalStateException for {@link #OTHER}, which is many types
   */
  public String sql() {
    if (sql == null) {
      throw new IllegalStateException("This type is only read, and has no one name");
    }
    return sql;
  }

  public boolean writable() {
    return this != OTHER;
  }

  static BigQueryType of(Field field) {
    LegacySQLTypeName type = field.getType();
    if (field.getMode() == Field.Mode.REPEATED) {
      return LegacySQLTypeName.STRING.equals(type) ? STRING_ARRAY : OTHER;
    }
    return switch (type.getStandardType()) {
      case STRING -> STRING;
      case BOOL -> BOOL;
      case INT64 -> INT64;
      case FLOAT64 -> FLOAT64;
      case NUMERIC -> NUMERIC;
      case BIGNUMERIC -> BIGNUMERIC;
      case DATE -> DATE;
      case DATETIME -> DATETIME;
      case TIMESTAMP -> TIMESTAMP;
      case JSON -> JSON;
      default -> OTHER;
    };
  }
}
