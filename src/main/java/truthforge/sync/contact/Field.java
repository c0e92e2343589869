package truthforge.sync.contact;

/**
 * One field that contacts have.
 *
 * @param name as in the record of truth, for example {@code first_name}
 * @param origin where its value comes from
 */
public record Field(String name, FieldType type, Origin origin) {

  public enum Origin {
    /** From people: merged. */
    EDITED,
    /** Computed from other fields: written, never read. */
    DERIVED
  }

  public static Field edited(String name, FieldType type) {
    return new Field(name, type, Origin.EDITED);
  }

  public boolean isDerived() {
    return origin == Origin.DERIVED;
  }

  /** Documents are edits too, but do not bring a deleted contact back to life. */
  public boolean isDocument() {
    return type == FieldType.DOCUMENT;
  }
}
