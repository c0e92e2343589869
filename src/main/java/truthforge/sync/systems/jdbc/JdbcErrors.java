package truthforge.sync.systems.jdbc;

import java.sql.SQLException;
import java.util.stream.Stream;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;

/**
 * What an error of a database means for a delivery: whether it is about a record or about the whole
 * database. A database's own message can hold values of the row, so it is not passed on: the reason
 * names the kind, the constraint and the column.
 */
public final class JdbcErrors {

  private static final String TAKEN = "Another row has the same value already";

  private JdbcErrors() {}

  /**
   * @return a {@link BatchRefused} or a {@link SystemUnavailable}; never null
   */
  public static RuntimeException of(String system, Throwable thrown) {
    SQLException error =
        Stream.iterate(thrown, t -> t != null, Throwable::getCause)
            .filter(SQLException.class::isInstance)
            .map(SQLException.class::cast)
            .reduce((outer, inner) -> inner)
            .orElse(null);
    if (error == null) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.FAILING,
          "The call failed before the database answered: " + thrown.getClass().getSimpleName());
    }
    if (error instanceof SqlitePool.FileGone) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.UNREACHABLE,
          "The file of the database is gone: put it back, or correct its URL. It is tried again by"
              + " itself.");
    }
    return error instanceof SQLiteException sqlite
        ? sqlite(system, sqlite)
        : bySqlState(system, error);
  }

  private static RuntimeException bySqlState(String system, SQLException error) {
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    String where = where(error);
    if (state.equals("57014")) {
      return new BatchRefused("The statement took too long (57014).", false);
    }
    if (state.startsWith("40") || state.equals("55P03")) {
      return new BatchRefused("Others changed the same rows (" + state + ").", false);
    }
    if (state.equals("23505")) {
      return BatchRefused.taken(TAKEN + where + " (" + state + ").");
    }
    if (state.startsWith("22") || state.startsWith("23") || state.startsWith("21")) {
      return new BatchRefused(kind(state) + where + " (" + state + ").", true);
    }
    if (state.equals("42501") && isOfRowSecurity(error)) {
      return new BatchRefused("Row level security of the table refuses it (42501).", true);
    }
    if (state.startsWith("28") || state.equals("42501")) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.KEY_REFUSED,
          "The database refuses this user (" + state + "): check username, password and rights.");
    }
    if (state.startsWith("42") || state.startsWith("3D") || state.startsWith("3F")) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.MISCONFIGURED,
          "The table is not as it was"
              + where
              + " ("
              + state
              + "): check it with `doctor`. It is looked at again by itself.");
    }
    if (state.equals("55000")) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.MISCONFIGURED,
          "The table takes no such write"
              + where
              + " ("
              + state
              + "): check it with `doctor`. It is tried again by itself.");
    }
    if (state.equals("53100")) {
      return diskFull(system, state);
    }
    if (state.equals("25006")) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.FAILING,
          "The database can only be read (25006): check that the URL names the primary server, and"
              + " that nobody made it read-only. It is tried again by itself.");
    }
    if (state.startsWith("53")) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.LIMITED,
          "The database is out of a resource ("
              + state
              + "): look at its connections and memory. It is tried again by itself.");
    }
    if (state.startsWith("08") || state.startsWith("57P") || state.isEmpty()) {
      return new SystemUnavailable(
          system,
          SystemUnavailable.Kind.UNREACHABLE,
          "The database cannot be reached: check that it runs, and its URL.");
    }
    if (state.startsWith("P0")) {
      return new BatchRefused("A trigger of the table refused it (" + state + ").", true);
    }
    return new SystemUnavailable(
        system,
        SystemUnavailable.Kind.FAILING,
        "The database failed"
            + where
            + " ("
            + state
            + "): see its log. It is tried again by itself.");
  }

  /** It has the code of a right that is lacking, and is about a row: the server's routine tells. */
  private static boolean isOfRowSecurity(SQLException error) {
    ServerErrorMessage message =
        error instanceof PSQLException postgresql ? postgresql.getServerErrorMessage() : null;
    return message != null && "ExecWithCheckOptions".equals(message.getRoutine());
  }

  private static SystemUnavailable diskFull(String system, String code) {
    return new SystemUnavailable(
        system,
        SystemUnavailable.Kind.LIMITED,
        "The disk of the database is full (" + code + "): make room. It is tried again by itself.");
  }

  private static String kind(String state) {
    return switch (state) {
      case "23503" -> "A row that this one refers to is missing";
      case "23502" -> "A value is missing";
      case "23514" -> "A check of the table refuses a value";
      case "22001" -> "A text is too long";
      default -> "A value is none that the column can hold";
    };
  }

  private static String where(SQLException error) {
    ServerErrorMessage message =
        error instanceof PSQLException postgresql ? postgresql.getServerErrorMessage() : null;
    if (message == null) {
      return "";
    }
    return (message.getColumn() == null ? "" : ", column " + message.getColumn())
        + (message.getConstraint() == null ? "" : ", constraint " + message.getConstraint());
  }

  private static BatchRefused refusal(SQLiteErrorCode code) {
    String named = " (" + code.name() + ").";
    return switch (code) {
      case SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY ->
          BatchRefused.taken(TAKEN + named);
      case SQLITE_CONSTRAINT_FOREIGNKEY -> new BatchRefused(kind("23503") + named, true);
      case SQLITE_CONSTRAINT_NOTNULL -> new BatchRefused(kind("23502") + named, true);
      case SQLITE_CONSTRAINT_CHECK -> new BatchRefused(kind("23514") + named, true);
      case SQLITE_CONSTRAINT_TRIGGER ->
          new BatchRefused("A trigger of the table refused it" + named, true);
      default -> new BatchRefused("The table refuses a value" + named, true);
    };
  }

  private static RuntimeException sqlite(String system, SQLiteException error) {
    // The low byte is the primary result code of SQLite.
    String name = error.getResultCode().name();
    return switch (error.getResultCode().code & 0xff) {
      case 19, 20, 18, 25 -> refusal(error.getResultCode());
      case 5, 6 ->
          new SystemUnavailable(
              system,
              SystemUnavailable.Kind.FAILING,
              "Another program keeps the database locked ("
                  + name
                  + "): it is tried again by itself; if this stays, close that program.");
      case 13 -> diskFull(system, name);
      case 1 ->
          new SystemUnavailable(
              system,
              SystemUnavailable.Kind.MISCONFIGURED,
              "The table is not as it was ("
                  + name
                  + "): check it with `doctor`. It is looked at again by itself.");
      case 3, 8, 14, 23 ->
          new SystemUnavailable(
              system,
              SystemUnavailable.Kind.KEY_REFUSED,
              "The database file cannot be opened for writing ("
                  + name
                  + "): check its path and rights.");
      default ->
          new SystemUnavailable(
              system,
              SystemUnavailable.Kind.FAILING,
              "The database failed (" + name + "): check its disk. It is tried again by itself.");
    };
  }
}
