package truthforge.sync.config;

/**
 * One thing that a check found, in words for the operator.
 *
 * @param place the file, option or system that it is about
 * @param line the line in that file, from 1; 0 where there is no line
 * @param what what is the matter, without secrets or personal data
 * @param remedy what to do about it; empty where nothing is to be done
 */
public record Finding(Level level, String place, int line, String what, String remedy) {

  public enum Level {
    /** Looked at, and in order. */
    OK,
    /** Good to know; nothing is wrong. */
    NOTE,
    /** Works, but probably not as meant. */
    WARNING,
    /** Must be put right. */
    ERROR,
    /** Could not be looked at, because a system did not answer. */
    UNREACHABLE
  }

  public static Finding ok(String place, String what) {
    return new Finding(Level.OK, place, 0, what, "");
  }

  public static Finding note(String place, String what, String remedy) {
    return new Finding(Level.NOTE, place, 0, what, remedy);
  }

  public static Finding warning(String place, int line, String what, String remedy) {
    return new Finding(Level.WARNING, place, line, what, remedy);
  }

  public static Finding error(String place, int line, String what, String remedy) {
    return new Finding(Level.ERROR, place, line, what, remedy);
  }

  public static Finding unreachable(String system, String what, String remedy) {
    return new Finding(Level.UNREACHABLE, system, 0, what, remedy);
  }

  /** Whether the operator must act before the service can work. */
  public boolean isFault() {
    return level == Level.ERROR || level == Level.UNREACHABLE;
  }

  /** {@code file:line: what. remedy}, the form that editors and terminals make clickable. */
  public String text() {
    String where = line > 0 ? place + ":" + line : place;
    return where + ": " + what + (remedy.isEmpty() ? "" : ". " + remedy);
  }
}
