package truthforge.sync.systems;

/**
 * A system cannot be worked with for the time being, whatever the record: it is backed off as a
 * whole, and nothing is parked. The message says what to do, and holds no secret or personal data.
 */
public final class SystemUnavailable extends RuntimeException {

  private final String system;
  private final Kind kind;

  public enum Kind {
    UNREACHABLE,
    LIMITED,
    KEY_REFUSED,
    FAILING,
    MISCONFIGURED
  }

  public SystemUnavailable(String system, Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.system = system;
    this.kind = kind;
  }

  public SystemUnavailable(String system, Kind kind, String message) {
    this(system, kind, message, null);
  }

  public String system() {
    return system;
  }

  public Kind kind() {
    return kind;
  }
}
