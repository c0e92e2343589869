package truthforge.sync.systems.supabase;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.SystemUnavailable.Kind;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpFailures;

/**
 * What an error of PostgREST means: whether it is about what was sent or about the whole system.
 * PostgreSQL's own texts can hold values of a row, so they are not passed on: a reason names the
 * code, and the column or constraint.
 */
final class PostgrestFailures {

  private static final Pattern CONSTRAINT = Pattern.compile("constraint \"([^\"]{1,63})\"$");
  private static final Pattern COLUMN = Pattern.compile("^null value in column \"([^\"]{1,63})\"");
  private static final Pattern TYPE =
      Pattern.compile(
          "^(?:invalid input syntax|value too long) for type ([a-z0-9 ()]{1,60}?)(?::|$)");

  private final String system;
  private final String table;

  PostgrestFailures(String system, String table) {
    this.system = system;
    this.table = table;
  }

  static String code(HttpAnswer answer) {
    return answer.body() == null ? "" : answer.body().path("code").asText("");
  }

  /** Whether what is known of the table's columns and functions does not hold any more. */
  static boolean isAboutSchema(HttpAnswer answer) {
    return switch (code(answer)) {
      case "PGRST202", "PGRST204", "PGRST205", "42703", "42P01", "42P10", "42883" -> true;
      default -> false;
    };
  }

  /** Whether a column takes less than was known: a shorter text, or not this value of an enum. */
  static boolean isAboutLimits(HttpAnswer answer) {
    return switch (code(answer)) {
      case "22001", "22P02" -> true;
      default -> false;
    };
  }

  /**
   * @return the refusal of what was sent
   * @throws SystemUnavailable when the system as a whole cannot be worked with
   */
  BatchRefused refusal(HttpAnswer answer) {
    String code = code(answer);
    boolean forbidden = answer.status() == 403 && answer.body() != null;
    if (answer.status() == 401 || forbidden || code.equals("42501")) {
      throw keyRefused(answer.status(), code);
    }
    switch (code) {
      case "57014" -> {
        return new BatchRefused("The statement took too long (57014)", false);
      }
      case "40001", "40P01", "55P03" -> {
        return new BatchRefused("Others changed the same rows (" + code + ")", false);
      }
      case "23505" -> {
        return BatchRefused.taken(
            "Another row has the same value already" + where(code, answer) + " (" + code + ")");
      }
      case "PGRST205", "42P01" ->
          throw unavailable(
              Kind.MISCONFIGURED,
              "Supabase shows no table '"
                  + table
                  + "' ("
                  + code
                  + "). Check supabase.table; 'setup' creates the table.");
      case "42P10" ->
          throw unavailable(
              Kind.MISCONFIGURED,
              "Supabase's table '"
                  + table
                  + "' has no unique index on the contact's id (42P10). 'setup' creates it.");
      case "PGRST202", "PGRST204", "42703", "42883" ->
          throw unavailable(
              Kind.FAILING,
              "Supabase's table or functions are not as they were ("
                  + code
                  + "): they are read anew.");
      case "PGRST000", "PGRST001", "PGRST002", "PGRST003" ->
          throw unavailable(
              Kind.UNREACHABLE,
              "Supabase's database is not available (" + code + "). It is tried again by itself.");
      default -> {
        return byClass(code, answer);
      }
    }
  }

  private BatchRefused byClass(String code, HttpAnswer answer) {
    if (code.length() == 5) {
      switch (code.substring(0, 2)) {
        case "21", "22", "23" -> {
          return new BatchRefused(kind(code) + where(code, answer) + " (" + code + ")", true);
        }
        case "P0", "PT" -> {
          return new BatchRefused("A trigger of the table refused it (" + code + ")", true);
        }
        case "25" ->
            // Not the record is refused but every write: nothing may be parked for it (promise 7).
            throw unavailable(
                Kind.FAILING,
                "Supabase's database can only be read ("
                    + code
                    + "), as when its disk is full: look at the project's disk and make room. It is"
                    + " tried again by itself.");
        case "53" ->
            throw unavailable(
                code.equals("53100") ? Kind.FAILING : Kind.LIMITED,
                "Supabase's database is out of a resource ("
                    + code
                    + "): look at the project's disk, memory and connections. It is tried again by"
                    + " itself.");
        case "08", "57" ->
            throw unavailable(
                Kind.UNREACHABLE,
                "Supabase's database is not available ("
                    + code
                    + "). It is tried again by itself.");
        default -> {
          // told by the HTTP status
        }
      }
    }
    return HttpFailures.refusal(system, answer, code);
  }

  /** For an answer to a reading, which holds nothing that could be refused for what it is. */
  SystemUnavailable unreadable(HttpAnswer answer) {
    BatchRefused refused = refusal(answer);
    return unavailable(
        refused.forGood() ? Kind.MISCONFIGURED : Kind.FAILING,
        "Supabase cannot be read: " + refused.getMessage() + ". Run 'doctor' for what to do.");
  }

  SystemUnavailable keyRefused(int status, String code) {
    return unavailable(
        Kind.KEY_REFUSED,
        "Supabase refuses our key (HTTP "
            + status
            + (code.isEmpty() ? "" : ", " + code)
            + "). Check supabase.key: it must be a secret key (sb_secret_…) or the service_role key.");
  }

  /** To a key without rights every table looks empty. */
  SystemUnavailable noRows() {
    return unavailable(
        Kind.KEY_REFUSED,
        "Supabase's table '"
            + table
            + "' shows no rows, but did before: the key is a wrong one or has no rights on it."
            + " Check supabase.key. If all rows were deleted on purpose, add one by hand.");
  }

  SystemUnavailable unavailable(Kind kind, String message) {
    return new SystemUnavailable(system, kind, message);
  }

  private static String kind(String code) {
    return switch (code) {
      case "23503" -> "A row that this one refers to is missing";
      case "23502" -> "A value is missing";
      case "23514" -> "A check of the table refuses a value";
      case "22001" -> "A text is too long";
      case "21000" -> "The same row stands twice in it";
      default -> "A value is none that the column can hold";
    };
  }

  private static String where(String code, HttpAnswer answer) {
    String message = answer.body().path("message").asText("");
    if (code.equals("23502")) {
      return named(COLUMN, message, ", column ");
    }
    return code.startsWith("23")
        ? named(CONSTRAINT, message, ", constraint ")
        : named(TYPE, message, ", type ");
  }

  private static String named(Pattern pattern, String message, String before) {
    Matcher matcher = pattern.matcher(message);
    return matcher.find() ? before + matcher.group(1) : "";
  }
}
