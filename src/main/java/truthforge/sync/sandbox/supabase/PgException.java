package truthforge.sync.sandbox.supabase;

/**
 * What PostgreSQL or PostgREST refuses a request with.
 *
 * <p>The text of it may hold values of a row, as the real one's does.
 */
final class PgException extends RuntimeException {

  private final int status;
  private final String code;
  private final String details;
  private final String hint;

  private PgException(int status, String code, String message, String details, String hint) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.details = details;
    this.hint = hint;
  }

  /** An error of PostgREST itself. */
  static PgException postgrest(
      int status, String code, String message, String details, String hint) {
    return new PgException(status, code, message, details, hint);
  }

  /** An error of the database; its HTTP status follows from its SQLSTATE. */
  static PgException sql(String state, String message, String details, String hint) {
    return new PgException(0, state, message, details, hint);
  }

  static PgException sql(String state, String message) {
    return sql(state, message, null, null);
  }

  static PgException syntax(String type, String value) {
    return sql("22P02", "invalid input syntax for type " + type + ": \"" + value + "\"");
  }

  static PgException noColumn(String relation, String column) {
    return sql("42703", "column " + relation + "." + column + " does not exist");
  }

  static void refuseNul(String text) {
    if (text.indexOf('\0') >= 0) {
      throw sql(
          "22P05",
          "unsupported Unicode escape sequence",
          "\\u0000 cannot be converted to text.",
          null);
    }
  }

  String code() {
    return code;
  }

  String details() {
    return details;
  }

  String hint() {
    return hint;
  }

  /**
   * The HTTP status that PostgREST gives the error.
   *
   * @param anonymous whether the request came without a token
   */
  int status(boolean anonymous) {
    if (status != 0) {
      return status;
    }
    if (code.startsWith("PT") && code.length() == 5) {
      return Integer.parseInt(code.substring(2));
    }
    return switch (code) {
      case "42501" -> anonymous ? 401 : 403;
      case "23503", "23505" -> 409;
      case "42883", "42P01" -> 404;
      case "25006" -> 405;
      case "57P01" -> 503;
      case "53400", "42P17" -> 500;
      case "P0001" -> 400;
      case "21000" -> getMessage().endsWith("requires a WHERE clause") ? 400 : 500;
      default ->
          switch (code.substring(0, 2)) {
            case "08", "53" -> 503;
            case "0L", "0P", "28" -> 403;
            case "54" -> 413;
            case "09",
                "25",
                "2D",
                "38",
                "39",
                "3B",
                "40",
                "55",
                "57",
                "58",
                "F0",
                "HV",
                "P0",
                "XX" ->
                500;
            default -> 400;
          };
    };
  }

  String body() {
    StringBuilder out = new StringBuilder("{\"code\":");
    text(code, out);
    out.append(",\"details\":");
    text(details, out);
    out.append(",\"hint\":");
    text(hint, out);
    out.append(",\"message\":");
    text(getMessage(), out);
    return out.append('}').toString();
  }

  private static void text(String value, StringBuilder out) {
    if (value == null) {
      out.append("null");
    } else {
      PgJson.writeString(value, out);
    }
  }
}
