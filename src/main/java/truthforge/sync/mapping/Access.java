package truthforge.sync.mapping;

/** What the service may do with a field of a system. */
public enum Access {
  READ_WRITE("read-write"),
  READ_ONLY("read-only");

  private final String label;

  Access(String label) {
    this.label = label;
  }

  /** As written in a mapping file. */
  public String label() {
    return label;
  }
}
