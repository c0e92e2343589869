package truthforge.sync.contact;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The kinds of fields, each with its normal form. What cannot be normalised is kept as written, so
 * that nothing a person typed is lost.
 */
public enum FieldType {
  /** Free text: composed Unicode without halves, no blanks around it, line feeds only, no NUL. */
  TEXT,
  /** A short code: as text, in capitals. */
  CODE,
  /**
   * A web address: as text, the host in small letters, no slash at the end, what is not ASCII
   * behind the host escaped.
   */
  URL,
  /** Yes or no; also read from 0/1 and their names. */
  FLAG,
  /** A day as yyyy-mm-dd; a time of day behind it is dropped. */
  DATE,
  /** Addresses, trimmed and in small letters, without doubles, the first being primary. */
  EMAILS,
  /** Numbers in E.164 where they are such, without doubles, the first being primary. */
  PHONES,
  /** Distinct texts in order. */
  LIST,
  /** A JSON object, keys sorted, numbers plain. */
  DOCUMENT;

  /**
   * The normal form of a value as it was read.
   *
   * @param raw null, missing and JSON null mean empty; a JSON text is accepted for lists and
   *     documents too
   * @return never null
   */
  public Value normalise(JsonNode raw) {
    return Normaliser.normalise(this, raw);
  }

  /** Whether values of this type merge item by item or key by key instead of as a whole. */
  public boolean mergesInParts() {
    return this == EMAILS || this == PHONES || this == LIST || this == DOCUMENT;
  }
}
