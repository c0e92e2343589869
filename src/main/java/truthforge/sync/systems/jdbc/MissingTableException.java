package truthforge.sync.systems.jdbc;

/** The configured table, or its id column, is not there; the message says what to do about it. */
public final class MissingTableException extends RuntimeException {

  public MissingTableException(String message) {
    super(message);
  }
}
