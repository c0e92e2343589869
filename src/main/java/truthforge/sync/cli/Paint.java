package truthforge.sync.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Colours a report for a terminal: heads of tables, and the words that tell good from bad. */
final class Paint {

  private static final String BOLD = "\u001b[1m";
  private static final String GREEN = "\u001b[32m";
  private static final String YELLOW = "\u001b[33m";
  private static final String RED = "\u001b[31m";
  private static final String PLAIN = "\u001b[0m";

  private static final Pattern HEAD = Pattern.compile("[a-z]+( [a-z]+)?( {2,}[a-z]+( [a-z]+)?)+");

  /** A cell of a table, the begin of a finding, or the begin of a last line. */
  private static final Pattern WORD =
      Pattern.compile(
          "(?<=^|  )(?:(?<good>good|running|ok|All in order|healthy|verified)"
              + "|(?<odd>warning|held|paused|read-only|over-budget)"
              + "|(?<bad>BAD|NOT healthy|NOT verified|failing|stopped|error|no reply|\\d+ faults?))"
              + "(?=  |$|:)");

  private Paint() {}

  static String of(String text) {
    StringBuilder painted = new StringBuilder();
    for (String line : text.split("(?<=\n)", -1)) {
      String words = line.stripTrailing();
      String end = line.substring(words.length());
      painted.append(HEAD.matcher(words).matches() ? BOLD + words + PLAIN : words(words));
      painted.append(end);
    }
    return painted.toString();
  }

  private static String words(String line) {
    return WORD.matcher(line)
        .replaceAll(
            found -> Matcher.quoteReplacement(colour((Matcher) found) + found.group() + PLAIN));
  }

  private static String colour(Matcher found) {
    if (found.group("good") != null) {
      return GREEN;
    }
    return found.group("odd") != null ? YELLOW : RED;
  }
}
