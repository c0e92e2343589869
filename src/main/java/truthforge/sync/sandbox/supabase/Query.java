package truthforge.sync.sandbox.supabase;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import truthforge.sync.sandbox.supabase.Filter.Comparison;

/**
 * A request's query string, understood.
 *
 * @param conditions whether there was any filter
 * @param order empty for none
 * @param limit null for none
 */
record Query(
    List<Selected> select,
    Filter filter,
    boolean conditions,
    List<Ordering> order,
    Long limit,
    long offset) {

  record Selected(String label, Field field) {}

  record Ordering(Field field, boolean descending, boolean nullsFirst) implements Comparator<Row> {
    @Override
    public int compare(Row a, Row b) {
      Object first = field.of(a);
      Object second = field.of(b);
      if (first == null || second == null) {
        return first == second ? 0 : (first == null) == nullsFirst ? -1 : 1;
      }
      int order = field.type().compare(first, second);
      return descending ? -order : order;
    }
  }

  private static final Set<String> RESERVED =
      Set.of("select", "order", "limit", "offset", "columns", "on_conflict");

  /**
   * @param arguments names of parameters that are no filters
   */
  static Query parse(
      Map<String, List<String>> parameters, Relation relation, Set<String> arguments) {
    List<Filter> filters = new ArrayList<>();
    for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
      String name = parameter.getKey();
      if (RESERVED.contains(name) || arguments.contains(name)) {
        continue;
      }
      for (String value : parameter.getValue()) {
        switch (name) {
          case "and", "or", "not.and", "not.or" ->
              filters.add(new LogicParser(name + value, relation).parse());
          default -> filters.add(filter(name, value, relation));
        }
      }
    }
    return new Query(
        select(first(parameters, "select"), relation),
        new Filter.All(filters),
        !filters.isEmpty(),
        order(first(parameters, "order"), relation),
        number(first(parameters, "limit")),
        number(first(parameters, "offset")) == null ? 0 : number(first(parameters, "offset")));
  }

  Comparator<Row> comparator() {
    Comparator<Row> all = null;
    for (Ordering one : order) {
      all = all == null ? one : all.thenComparing(one);
    }
    return all;
  }

  private static String first(Map<String, List<String>> parameters, String name) {
    List<String> values = parameters.get(name);
    return values == null ? null : values.get(0);
  }

  private static Long number(String text) {
    if (text == null) {
      return null;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw unparsable("failed to parse limit or offset (" + text + ")", "unexpected input");
    }
  }

  static PgException unparsable(String what, String details) {
    return PgException.postgrest(
        400, "PGRST100", "\"" + what + "\" (line 1, column 1)", details, null);
  }

  private static List<Selected> select(String text, Relation relation) {
    List<Selected> selected = new ArrayList<>();
    for (String item : text == null || text.isBlank() ? new String[] {"*"} : text.split(",")) {
      if (item.equals("*")) {
        for (int i = 0; i < relation.columns().size(); i++) {
          String name = relation.columns().get(i).name();
          selected.add(new Selected(name, Field.parse(name, relation)));
        }
        continue;
      }
      if (item.isBlank() || item.contains("(")) {
        throw unparsable("failed to parse select parameter (" + text + ")", "unexpected input");
      }
      String label = null;
      int cast = item.indexOf("::");
      String expression = cast < 0 ? item : item.substring(0, cast);
      int colon = expression.indexOf(':');
      if (colon >= 0) {
        label = expression.substring(0, colon);
        expression = expression.substring(colon + 1);
      }
      Field field = Field.parse(expression, relation);
      selected.add(new Selected(label == null ? field.name() : label, field));
    }
    return selected;
  }

  private static List<Ordering> order(String text, Relation relation) {
    List<Ordering> order = new ArrayList<>();
    if (text == null || text.isBlank()) {
      return order;
    }
    for (String item : text.split(",")) {
      String[] parts = item.split("\\.");
      Field field = Field.parse(parts[0], relation);
      boolean descending = false;
      Boolean nullsFirst = null;
      for (int i = 1; i < parts.length; i++) {
        switch (parts[i]) {
          case "asc" -> descending = false;
          case "desc" -> descending = true;
          case "nullsfirst" -> nullsFirst = true;
          case "nullslast" -> nullsFirst = false;
          default ->
              throw unparsable("failed to parse order (" + text + ")", "unexpected " + parts[i]);
        }
      }
      order.add(new Ordering(field, descending, nullsFirst == null ? descending : nullsFirst));
    }
    return order;
  }

  private static Filter filter(String name, String text, Relation relation) {
    Field field = Field.parse(name, relation);
    boolean not = text.startsWith("not.");
    String rest = not ? text.substring(4) : text;
    int dot = rest.indexOf('.');
    String operator = dot < 0 ? rest : rest.substring(0, dot);
    String value = dot < 0 ? null : rest.substring(dot + 1);
    if (value == null || !OPERATORS.contains(operator)) {
      String found = text.isEmpty() ? "end of input" : "\"" + text.charAt(0) + "\"";
      throw unparsable(
          "failed to parse filter (" + text + ")",
          "unexpected " + found + " expecting \"not\" or operator (eq, gt, ...)");
    }
    Filter filter =
        operator.equals("in")
            ? in(field, new LogicParser(value, relation).list())
            : simple(field, operator, value);
    return not ? new Filter.Not(filter) : filter;
  }

  private static final Set<String> OPERATORS =
      Set.of(
          "eq",
          "neq",
          "gt",
          "gte",
          "lt",
          "lte",
          "in",
          "is",
          "like",
          "ilike",
          "match",
          "imatch",
          "cs",
          "cd",
          "ov",
          "isdistinct");

  private static Filter simple(Field field, String operator, String value) {
    return switch (operator) {
      case "eq", "neq", "gt", "gte", "lt", "lte" ->
          new Filter.Compare(
              field,
              Comparison.valueOf(operator.toUpperCase(Locale.ROOT)),
              field.type().fromText(value));
      case "isdistinct" ->
          new Filter.Distinct(field, value.equals("null") ? null : field.type().fromText(value));
      case "is" ->
          switch (value.toLowerCase(Locale.ROOT)) {
            case "null", "unknown" -> new Filter.Is(field, null);
            case "not_null" -> new Filter.Not(new Filter.Is(field, null));
            case "true" -> new Filter.Is(field, true);
            case "false" -> new Filter.Is(field, false);
            default ->
                throw unparsable(
                    "failed to parse filter (is." + value + ")",
                    "unexpected \"" + value + "\" expecting isVal");
          };
      case "like" -> new Filter.Like(field, like(value, 0));
      case "ilike" ->
          new Filter.Like(field, like(value, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE));
      case "match" -> new Filter.Match(field, regex(value, 0));
      case "imatch" ->
          new Filter.Match(field, regex(value, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE));
      case "cs" -> new Filter.Contains(field, container(field, value), false);
      case "cd" -> new Filter.Contains(field, container(field, value), true);
      case "ov" -> {
        if (field.type().kind() != SqlType.Kind.TEXT_ARRAY) {
          throw noOperator(field, "&&");
        }
        yield new Filter.Overlaps(field, SqlType.strings(field.type().fromText(value)));
      }
      default -> throw new IllegalStateException(operator);
    };
  }

  private static Object container(Field field, String value) {
    return switch (field.type().kind()) {
      case JSONB, TEXT_ARRAY -> field.type().fromText(value);
      default -> throw noOperator(field, "@>");
    };
  }

  private static PgException noOperator(Field field, String operator) {
    return PgException.sql(
        "42883",
        "operator does not exist: " + field.type().kind().sqlName() + " " + operator + " unknown",
        null,
        "No operator matches the given name and argument types. You might need to add explicit"
            + " type casts.");
  }

  private static Filter in(Field field, List<String> values) {
    TreeSet<Object> set = new TreeSet<>(field.type()::compare);
    for (String value : values) {
      set.add(field.type().fromText(value));
    }
    return new Filter.In(field, set);
  }

  private static Pattern like(String pattern, int flags) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '*', '%' -> regex.append(".*");
        case '_' -> regex.append('.');
        case '\\' -> {
          if (i + 1 < pattern.length()) {
            regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
          }
        }
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), flags | Pattern.DOTALL);
  }

  private static Pattern regex(String value, int flags) {
    try {
      return Pattern.compile(value, flags);
    } catch (PatternSyntaxException e) {
      throw PgException.sql("2201B", "invalid regular expression: " + e.getDescription());
    }
  }

  /** Reads {@code and(…)} and {@code or(…)}, nested, and the lists of {@code in}. */
  private static final class LogicParser {

    private final String text;
    private final Relation relation;
    private int at;

    LogicParser(String text, Relation relation) {
      this.text = text;
      this.relation = relation;
    }

    Filter parse() {
      Filter filter = condition();
      if (at < text.length()) {
        throw failed();
      }
      return filter;
    }

    List<String> list() {
      List<String> values = items();
      if (at < text.length()) {
        throw failed();
      }
      return values;
    }

    private Filter condition() {
      if (take("not.and(") || take("not.or(")) {
        boolean and = text.startsWith("and(", at - 4);
        return new Filter.Not(group(and));
      }
      if (take("and(")) {
        return group(true);
      }
      if (take("or(")) {
        return group(false);
      }
      int dot = text.indexOf('.', at);
      if (dot < 0) {
        throw failed();
      }
      Field field = Field.parse(text.substring(at, dot), relation);
      at = dot + 1;
      boolean not = take("not.");
      dot = text.indexOf('.', at);
      String operator = dot < 0 ? "" : text.substring(at, dot);
      if (!OPERATORS.contains(operator)) {
        throw failed();
      }
      at = dot + 1;
      Filter filter = operator.equals("in") ? in(field, items()) : simple(field, operator, value());
      return not ? new Filter.Not(filter) : filter;
    }

    private Filter group(boolean and) {
      List<Filter> parts = new ArrayList<>();
      do {
        while (take(" ")) {
          // spaces between conditions are allowed
        }
        parts.add(condition());
      } while (take(","));
      expect(")");
      return and ? new Filter.All(parts) : new Filter.Any(parts);
    }

    private List<String> items() {
      List<String> values = new ArrayList<>();
      expect("(");
      if (take(")")) {
        return values;
      }
      do {
        values.add(value());
      } while (take(","));
      expect(")");
      return values;
    }

    private String value() {
      StringBuilder out = new StringBuilder();
      if (take("\"")) {
        while (at < text.length() && text.charAt(at) != '"') {
          if (text.charAt(at) == '\\' && at + 1 < text.length()) {
            at++;
          }
          out.append(text.charAt(at++));
        }
        expect("\"");
        return out.toString();
      }
      boolean braces = at < text.length() && text.charAt(at) == '{';
      while (at < text.length()) {
        char c = text.charAt(at);
        if (!braces && (c == ',' || c == ')')) {
          break;
        }
        out.append(c);
        at++;
        if (braces && c == '}') {
          break;
        }
      }
      return out.toString();
    }

    private boolean take(String expected) {
      if (text.startsWith(expected, at)) {
        at += expected.length();
        return true;
      }
      return false;
    }

    private void expect(String expected) {
      if (!take(expected)) {
        throw failed();
      }
    }

    private PgException failed() {
      String found = at < text.length() ? "\"" + text.charAt(at) + "\"" : "end of input";
      return PgException.postgrest(
          400,
          "PGRST100",
          "\"failed to parse logic tree (" + text + ")\" (line 1, column " + (at + 1) + ")",
          "unexpected " + found,
          null);
    }
  }
}
