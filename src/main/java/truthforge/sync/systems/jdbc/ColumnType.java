package truthforge.sync.systems.jdbc;

/**
 * What a column of the real table can hold, as far as the SQL or the reading of a row depends on
 * it.
 */
public enum ColumnType {
  /** Any text, also JSON kept as text. */
  TEXT,
  /** A text that is filled up with blanks to its length, PostgreSQL only. */
  PADDED_TEXT,
  UUID,
  /** A whole number, also a yes or no kept as 0 or 1. */
  INTEGER,
  /** A number with a fraction. */
  NUMBER,
  BOOLEAN,
  /** A day without a time. */
  DATE,
  /** A moment: timestamptz in PostgreSQL, a date type by name in SQLite. */
  TIMESTAMP,
  /** A date and time without a zone, taken as UTC. */
  LOCAL_TIMESTAMP,
  /** A JSON value: json and jsonb in PostgreSQL, a column declared JSON in SQLite. */
  JSON,
  /** An array of texts, PostgreSQL only. */
  TEXT_ARRAY,
  /** Anything else: read as text, written as the database reads that text. */
  OTHER;

  boolean isText() {
    return this == TEXT || this == PADDED_TEXT;
  }
}
