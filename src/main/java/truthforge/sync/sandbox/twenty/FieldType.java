package truthforge.sync.sandbox.twenty;

/** The types of fields that Twenty's metadata names and this stand-in can hold. */
public enum FieldType {
  UUID,
  TEXT,
  BOOLEAN,
  NUMBER,
  DATE,
  DATE_TIME,
  SELECT,
  RAW_JSON,
  POSITION,
  FULL_NAME,
  EMAILS,
  PHONES,
  LINKS,
  ADDRESS,
  CURRENCY,
  ACTOR,
  FILES,
  TS_VECTOR,
  RELATION;

  /** Whether a value of this type is an object of parts. */
  boolean composite() {
    return switch (this) {
      case FULL_NAME, EMAILS, PHONES, LINKS, ADDRESS, CURRENCY, ACTOR -> true;
      default -> false;
    };
  }

  /** Whether users may add fields of this type to the stand-in. */
  boolean creatable() {
    return switch (this) {
      case TEXT, BOOLEAN, NUMBER, DATE, DATE_TIME, SELECT, RAW_JSON -> true;
      default -> false;
    };
  }
}
