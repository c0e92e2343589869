package truthforge.sync.sandbox.bigquery;

/** What BigQuery answers instead of a result: the HTTP status, its reason and its message. */
final class Refusal extends RuntimeException {

  private final int status;
  private final String reason;

  Refusal(int status, String reason, String message) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  static Refusal invalidQuery(String message) {
    return new Refusal(400, "invalidQuery", message);
  }

  static Refusal invalid(String message) {
    return new Refusal(400, "invalid", message);
  }

  static Refusal notFound(String message) {
    return new Refusal(404, "notFound", message);
  }

  static Refusal duplicate(String message) {
    return new Refusal(409, "duplicate", message);
  }

  int status() {
    return status;
  }

  String reason() {
    return reason;
  }
}
