package truthforge.sync.systems.twenty;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Twenty's {@code filter} parameter. Its parser counts parentheses, brackets, quotes and
 * apostrophes even inside a quoted value, splits a list at every comma, and takes no line breaks
 * (recorded with 2.19, and read in its source): a value that holds any of these is looked for by a
 * pattern in which any character may stand in its place, and found exactly in the answer.
 */
final class Filters {

  /** Live records and those in the trash, which are hidden unless asked for. */
  static final String ALSO_DELETED = "or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)";

  /** Characters of a filter's list, once encoded: the server reads 16 KB of request line. */
  private static final int LONGEST_LIST = 12_000;

  /** Counted for each member, so that no more than a page of records can be found by one call. */
  static final int COST_OF_ID = LONGEST_LIST / Twenty.LARGEST_PAGE;

  private static final String SPECIAL = "\"'\\()[]%,\n\r\u2028\u2029";

  private Filters() {}

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Whether the parser reads the value as it is. */
  private static boolean isPlain(String value) {
    return !value.isEmpty() && value.chars().noneMatch(c -> SPECIAL.indexOf(c) >= 0);
  }

  /** A condition that finds all records whose text at the path is one of these, and few others. */
  static String oneOf(String path, Collection<String> values) {
    return any(conditions(path, values));
  }

  static List<String> conditions(String path, Collection<String> values) {
    List<String> plain = values.stream().filter(Filters::isPlain).toList();
    List<String> conditions = new ArrayList<>();
    if (!plain.isEmpty()) {
      conditions.add(path + "[in]:[\"" + String.join("\",\"", plain) + "\"]");
    }
    values.stream()
        .filter(value -> !isPlain(value))
        .map(value -> path + "[like]:\"" + pattern(value) + '"')
        .forEach(conditions::add);
    return conditions;
  }

  private static String pattern(String value) {
    StringBuilder pattern = new StringBuilder(value.length());
    value.codePoints().forEach(c -> pattern.appendCodePoint(SPECIAL.indexOf(c) >= 0 ? '_' : c));
    return pattern.toString();
  }

  static String any(List<String> conditions) {
    return conditions.size() == 1 ? conditions.get(0) : "or(" + String.join(",", conditions) + ")";
  }

  static String all(String... conditions) {
    return "and(" + String.join(",", conditions) + ")";
  }

  /** The list in parts that each fit into one call. */
  static <T> List<List<T>> parts(Collection<T> all, ToIntFunction<T> cost) {
    List<List<T>> parts = new ArrayList<>();
    int sum = LONGEST_LIST;
    for (T one : all) {
      sum += cost.applyAsInt(one);
      if (sum > LONGEST_LIST) {
        parts.add(new ArrayList<>());
        sum = cost.applyAsInt(one);
      }
      parts.get(parts.size() - 1).add(one);
    }
    return parts;
  }
}
