package truthforge.sync.operate.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import truthforge.sync.config.Places;

/**
 * One of the files of {@code config/sql}, written for the configured table.
 *
 * @param text all of it, with its comments
 * @param changed the file as an operator would name it, where it is another one than the jar's;
 *     else null
 */
record SqlScript(String text, String changed) {

  private static final String DEFAULT_TABLE = "contacts_master";

  /** The table with its schema, its name as a text, and names that begin with it. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?<qualified>\\bpublic\\.contacts_master\\b)|(?<text>'contacts_master')"
              + "|\\bcontacts_master(?<rest>_\\w+)?\\b");

  private static final Pattern TRIGGER_BEGUN =
      Pattern.compile(
          "^\\s*create\\s+(temp\\s+|temporary\\s+)?trigger\\b.*\\bbegin\\b",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final Pattern TRIGGER_ENDED =
      Pattern.compile(";\\s*end\\s*$", Pattern.CASE_INSENSITIVE);
  private static final Pattern DOLLAR_QUOTE = Pattern.compile("\\$(\\w*)\\$");

  /**
   * @param file its name in {@code config/sql}
   * @throws IllegalStateException where the jar is incomplete
   */
  static SqlScript load(Places places, String file) {
    String path = "sql/" + file;
    Places.Source source =
        places
            .config(path)
            .orElseThrow(
                () -> new IllegalStateException("The jar is incomplete: it lacks " + file));
    return new SqlScript(source.text(), places.isChanged(path) ? source.name() : null);
  }

  /** What to do about a file whose statements were run and left something missing. */
  static String renewed(String file) {
    return file
        + " is of another version than this program: remove it, or put the one in its place that"
        + " comes with the program";
  }

  /** All of it, for a person to paste. */
  String toPaste() {
    String note = changed == null ? "" : "-- If this was run before, " + renewed(changed) + ".\n";
    return note + text.stripTrailing();
  }

  /**
   * For another table than the default one.
   *
   * @param schema null where the database has none
   */
  SqlScript forTable(String schema, String table) {
    boolean elsewhere = schema != null && !schema.equals("public");
    if (table.equals(DEFAULT_TABLE) && !elsewhere) {
      return this;
    }
    String inSchema = schema == null ? "" : quoted(schema) + ".";
    Matcher names = NAMES.matcher(text);
    StringBuilder result = new StringBuilder();
    while (names.find()) {
      String rest = names.group("rest") == null ? "" : names.group("rest");
      String name;
      if (names.group("qualified") != null) {
        name = inSchema + quoted(table);
      } else if (names.group("text") != null) {
        name = "'" + table.replace("'", "''") + "'";
      } else {
        name = quoted(table + rest);
      }
      names.appendReplacement(result, Matcher.quoteReplacement(name));
    }
    return new SqlScript(names.appendTail(result).toString(), changed);
  }

  /** For a table whose rows are named by another column than {@code id}. */
  SqlScript forIdColumn(String column) {
    return column.equals("id")
        ? this
        : new SqlScript(
            text.replaceAll("\\bid\\b", Matcher.quoteReplacement(quoted(column))), changed);
  }

  /** The statements that match, without the comments between them. */
  List<String> statements(Predicate<String> wanted) {
    return statements().stream().filter(wanted).toList();
  }

  /** All statements, without the comments between them. */
  List<String> statements() {
    List<String> statements = new ArrayList<>();
    StringBuilder current = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int next = endOfToken(at);
      String token = text.substring(at, next);
      at = next;
      if (token.startsWith("--")) {
        continue;
      }
      if (!token.equals(";") || isInsideTrigger(current)) {
        current.append(token);
        continue;
      }
      add(statements, current);
    }
    add(statements, current);
    return statements;
  }

  private static void add(List<String> statements, StringBuilder current) {
    String statement = current.toString().strip().replaceAll("(?m)^\\s*\\n", "");
    if (!statement.isEmpty()) {
      statements.add(statement);
    }
    current.setLength(0);
  }

  private static boolean isInsideTrigger(StringBuilder statement) {
    return TRIGGER_BEGUN.matcher(statement).find() && !TRIGGER_ENDED.matcher(statement).find();
  }

  /** A comment, a quoted text, or one character. */
  private int endOfToken(int at) {
    char c = text.charAt(at);
    if (text.startsWith("--", at)) {
      int end = text.indexOf('\n', at);
      return end < 0 ? text.length() : end;
    }
    if (c == '\'' || c == '"') {
      int end = text.indexOf(c, at + 1);
      return end < 0 ? text.length() : end + 1;
    }
    if (c == '$') {
      Matcher quote = DOLLAR_QUOTE.matcher(text).region(at, text.length());
      if (quote.lookingAt()) {
        int end = text.indexOf(quote.group(), quote.end());
        return end < 0 ? text.length() : end + quote.group().length();
      }
    }
    return at + 1;
  }

  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
