package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads Twenty's {@code filter} parameter, its oddities included: parentheses count even inside a
 * quoted value, and an apostrophe opens a quotation.
 */
final class FilterParser {
  private static final List<String> COMPARATORS =
      List.of(
          "eq",
          "neq",
          "in",
          "containsAny",
          "is",
          "gt",
          "gte",
          "lt",
          "lte",
          "startsWith",
          "endsWith",
          "like",
          "ilike");
  private static final Pattern CONJUNCTION = Pattern.compile("(or|and|not)\\((.+)\\)");
  private static final Pattern CONDITION = Pattern.compile("(.+?)\\[(.+?)\\]:(.+)");

  private final ObjectType object;

  private FilterParser(ObjectType object) {
    this.object = object;
  }

  static Filter parse(ObjectType object, String text) {
    long open = text.chars().filter(c -> c == '(').count();
    long missing = open - text.chars().filter(c -> c == ')').count();
    if (missing != 0) {
      long count = Math.abs(missing);
      throw Refusal.badRequest(
          "'filter' invalid. "
              + count
              + (missing > 0 ? " close" : " open")
              + (count > 1 ? " brackets are" : " bracket is")
              + " missing in the query");
    }
    FilterParser parser = new FilterParser(object);
    Node node = parser.node(CONJUNCTION.matcher(text).matches() ? text : "and(" + text + ")");
    // Twenty checks the fields only when the whole text has been read.
    return parser.filter(node);
  }

  private Node node(String text) {
    Matcher conjunction = CONJUNCTION.matcher(text);
    if (conjunction.matches()) {
      List<Node> parts = new ArrayList<>();
      for (String part : split(text)) {
        parts.add(node(part));
      }
      if (conjunction.group(1).equals("not") && parts.size() > 1) {
        throw Refusal.badRequest(
            "'filter' invalid. 'not' conjunction should contain only 1 condition."
                + " eg: not(field[eq]:1)");
      }
      return new Node(conjunction.group(1), parts, null, List.of());
    }
    Matcher condition = CONDITION.matcher(text);
    if (!condition.matches()) {
      throw Refusal.badRequest("'filter' invalid for '" + text + "'. eg: price[gte]:10");
    }
    String comparator = condition.group(2);
    if (!COMPARATORS.contains(comparator)) {
      throw Refusal.badRequest(
          "'filter' invalid for '"
              + text
              + "', comparator "
              + comparator
              + " not in "
              + String.join(", ", COMPARATORS));
    }
    return new Node(
        comparator, List.of(), condition.group(1), values(comparator, condition.group(3)));
  }

  /** The parts between a conjunction's outer parentheses. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean inBrackets = false;
    boolean inDoubleQuotes = false;
    boolean inSingleQuotes = false;
    int depth = 0;
    for (char c : text.toCharArray()) {
      boolean keep = depth >= 1;
      if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
        keep = depth >= 1;
      } else if (c == '[' || c == ']') {
        inBrackets = !inBrackets;
      } else if (c == '"') {
        inDoubleQuotes = !inDoubleQuotes;
      } else if (c == '\'') {
        inSingleQuotes = !inSingleQuotes;
      } else if (c == ',' && depth == 1 && !inBrackets && !inDoubleQuotes && !inSingleQuotes) {
        parts.add(part.toString());
        part.setLength(0);
        keep = false;
      }
      if (keep) {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  private static List<String> values(String comparator, String text) {
    if (!comparator.equals("in") && !comparator.equals("containsAny")) {
      return List.of(comparator.equals("is") ? text : unquoted(text));
    }
    if (!text.startsWith("[") || !text.endsWith("]")) {
      throw Refusal.badRequest(
          "'filter' invalid for '"
              + comparator
              + "' operator. Received '"
              + text
              + "' but array value expected eg: 'field["
              + comparator
              + "]:[value_1,value_2]'");
    }
    List<String> values = new ArrayList<>();
    for (String value : text.substring(1, text.length() - 1).split(",", -1)) {
      values.add(unquoted(value));
    }
    return values;
  }

  private static String unquoted(String text) {
    boolean quoted =
        text.length() > 1
            && (text.charAt(0) == '"' || text.charAt(0) == '\'')
            && (text.endsWith("\"") || text.endsWith("'"));
    return quoted ? text.substring(1, text.length() - 1) : text;
  }

  private Filter filter(Node node) {
    if (node.path() == null) {
      List<Filter> parts = node.parts().stream().map(this::filter).toList();
      return switch (node.operator()) {
        case "and" -> new Filter.And(parts);
        case "or" -> new Filter.Or(parts);
        default -> new Filter.Not(parts.get(0));
      };
    }
    String path = node.path();
    int dot = path.indexOf('.');
    String name = dot < 0 ? path : path.substring(0, dot);
    FieldSpec field = object.field(name);
    if (field == null) {
      throw Refusal.unknownField(object, name);
    }
    if (dot >= 0 && !field.empty().has(path.substring(dot + 1))) {
      throw Refusal.badRequest(
          "Sub field \"" + path.substring(dot + 1) + "\" not found for field \"" + name + "\"");
    }
    if (node.operator().equals("is")) {
      return new Filter.Is(path, node.values().get(0).equals("NULL"));
    }
    for (String value : node.values()) {
      check(field, value);
    }
    if (name.equals("createdAt") || name.equals("updatedAt") || name.equals("deletedAt")) {
      List<Long> millis =
          node.values().stream().map(v -> Instants.toMillis(Instants.parse(v))).toList();
      return new Filter.Time(name, node.operator(), millis);
    }
    return Filter.Compare.of(path, field.type(), node.operator(), node.values());
  }

  private static void check(FieldSpec field, String value) {
    JsonNode text = TextNode.valueOf(value);
    switch (field.type()) {
      case DATE_TIME -> Input.micros(field.name(), text);
      case UUID, RELATION -> {
        if (!Uuids.valid(value)) {
          throw Refusal.badRequest(
              "Invalid UUID value " + Json.inspect(text) + " for field \"" + field.name() + "\"");
        }
      }
      case NUMBER, POSITION -> {
        if (!value.matches("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?")) {
          throw Refusal.badRequest(
              "Invalid number value " + Json.inspect(text) + " for field \"" + field.name() + "\"");
        }
      }
      default -> {
        // Any text may be asked for.
      }
    }
  }

  /**
   * What the text says, before the fields are looked up.
   *
   * @param operator a conjunction or a comparator
   * @param path null for a conjunction
   */
  private record Node(String operator, List<Node> parts, String path, List<String> values) {}
}
