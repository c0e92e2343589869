package truthforge.sync.sandbox.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** JSON as BigQuery treats it: text in strings, and values of the JSON type. */
final class JsonText {

  private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger MOST = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /**
   * A value of the JSON type, as the text that BigQuery would write.
   *
   * <p>As text it takes a fraction of the memory of a tree, and is mostly just passed on.
   */
  record Json(String text) {

    static Json of(JsonNode node) {
      return new Json(node.toString());
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private JsonText() {}

  /** The value of a text, its numbers exact; null where the text is no JSON. */
  static JsonNode read(String text) {
    try {
      JsonNode node = MAPPER.readTree(text);
      return node == null || node.isMissingNode() ? null : node;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /**
   * A value of the JSON type: members ordered by name, numbers as INT64, UINT64 or FLOAT64.
   *
   * @param round whether numbers with more digits than FLOAT64 holds are rounded or refused
   */
  static Json value(String text, boolean round) {
    JsonNode node = read(text);
    if (node == null) {
      throw Refusal.invalidQuery("Invalid input to PARSE_JSON: syntax error while parsing value");
    }
    return value(node, round);
  }

  static Json value(JsonNode node, boolean round) {
    return Json.of(ordered(node, round));
  }

  private static JsonNode ordered(JsonNode node, boolean round) {
    if (node instanceof ObjectNode object) {
      TreeMap<String, JsonNode> ordered = new TreeMap<>();
      object.properties().forEach(e -> ordered.put(e.getKey(), ordered(e.getValue(), round)));
      ObjectNode result = JsonNodeFactory.instance.objectNode();
      ordered.forEach(result::set);
      return result;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode result = JsonNodeFactory.instance.arrayNode();
      array.forEach(item -> result.add(ordered(item, round)));
      return result;
    }
    return node.isNumber() ? number(node, round) : node;
  }

  private static JsonNode number(JsonNode node, boolean round) {
    if (node.isIntegralNumber()) {
      BigInteger whole = node.bigIntegerValue();
      if (whole.compareTo(LEAST) >= 0 && whole.compareTo(MOST) <= 0) {
        return node;
      }
    }
    BigDecimal exact = node.decimalValue();
    double rounded = exact.doubleValue();
    boolean kept = Double.isFinite(rounded) && new BigDecimal(rounded).compareTo(exact) == 0;
    boolean sameText =
        Double.isFinite(rounded) && BigDecimal.valueOf(rounded).compareTo(exact) == 0;
    if (!Double.isFinite(rounded) || (!kept && !sameText && !round)) {
      throw Refusal.invalidQuery(
          "Invalid input to PARSE_JSON: Input number: "
              + node
              + " cannot round-trip through string representation");
    }
    return JsonNodeFactory.instance.numberNode(rounded);
  }

  /** The node at a path such as {@code $.a."b c"[0]}, or null. */
  static JsonNode at(JsonNode root, List<Object> path) {
    JsonNode node = root;
    for (Object step : path) {
      node = step instanceof Integer index ? node.get(index) : node.get((String) step);
      if (node == null) {
        return null;
      }
    }
    return node;
  }

  /** The steps of a path: names and indices. */
  static List<Object> path(String text) {
    if (!text.startsWith("$")) {
      throw Refusal.invalidQuery("Invalid JSONPath: JSONPath must start with '$'");
    }
    List<Object> steps = new ArrayList<>();
    int at = 1;
    while (at < text.length()) {
      char c = text.charAt(at);
      int end;
      if (c == '.' && at + 1 < text.length() && text.charAt(at + 1) == '"') {
        end = text.indexOf('"', at + 2);
        steps.add(text.substring(at + 2, require(end, text)));
        end++;
      } else if (c == '.') {
        end = at + 1;
        while (end < text.length() && ".[".indexOf(text.charAt(end)) < 0) {
          end++;
        }
        if (end == at + 1) {
          require(-1, text);
        }
        steps.add(text.substring(at + 1, end));
      } else if (c == '[') {
        end = require(text.indexOf(']', at), text);
        try {
          steps.add(Integer.parseInt(text.substring(at + 1, end).strip()));
        } catch (NumberFormatException e) {
          require(-1, text);
        }
        end++;
      } else {
        end = require(-1, text);
      }
      at = end;
    }
    return steps;
  }

  private static int require(int position, String path) {
    if (position < 0) {
      throw Refusal.invalidQuery("Invalid token in JSONPath at: " + path);
    }
    return position;
  }
}
