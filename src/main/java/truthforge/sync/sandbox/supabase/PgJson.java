package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** JSON as PostgreSQL's {@code jsonb} keeps and prints it. */
final class PgJson {

  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  /** jsonb's order of keys: the shorter first, then by bytes. */
  static final Comparator<String> KEYS =
      Comparator.<String>comparingInt(PgJson::bytes).thenComparing(Comparator.naturalOrder());

  private PgJson() {}

  private static int bytes(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // A pair of surrogates is four bytes.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }

  /** Null where the text is no JSON. */
  static JsonNode parse(String text) {
    try {
      JsonNode node = MAPPER.readTree(text);
      return node == null || node.isMissingNode() ? null : node;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** The same value with keys in jsonb's order, all the way down. */
  static JsonNode canonical(JsonNode node) {
    if (node instanceof ObjectNode object) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      keys.sort(KEYS);
      ObjectNode sorted = JsonNodeFactory.instance.objectNode();
      for (String key : keys) {
        PgException.refuseNul(key);
        sorted.set(key, canonical(object.get(key)));
      }
      return sorted;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode(array.size());
      array.forEach(item -> copy.add(canonical(item)));
      return copy;
    }
    if (node.isTextual()) {
      PgException.refuseNul(node.textValue());
    }
    return node;
  }

  /** Does {@code whole} contain {@code part}, as {@code @>} means it? */
  static boolean contains(JsonNode whole, JsonNode part) {
    if (whole.isObject() && part.isObject()) {
      for (Map.Entry<String, JsonNode> entry : part.properties()) {
        JsonNode own = whole.get(entry.getKey());
        if (own == null || !contains(own, entry.getValue())) {
          return false;
        }
      }
      return true;
    }
    if (whole.isArray()) {
      if (!part.isArray()) {
        return !part.isObject() && holds(whole, part);
      }
      for (JsonNode item : part) {
        if (!holds(whole, item)) {
          return false;
        }
      }
      return true;
    }
    return same(whole, part);
  }

  private static boolean holds(JsonNode array, JsonNode item) {
    for (JsonNode own : array) {
      if (own.isContainerNode() == item.isContainerNode()
          && own.isArray() == item.isArray()
          && contains(own, item)) {
        return true;
      }
    }
    return false;
  }

  private static boolean same(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      return a.decimalValue().compareTo(b.decimalValue()) == 0;
    }
    return a.equals(b);
  }

  static String write(JsonNode node) {
    StringBuilder out = new StringBuilder();
    write(node, out);
    return out.toString();
  }

  static void write(JsonNode node, StringBuilder out) {
    if (node instanceof ObjectNode object) {
      out.append('{');
      Iterator<Map.Entry<String, JsonNode>> entries = object.properties().iterator();
      while (entries.hasNext()) {
        Map.Entry<String, JsonNode> entry = entries.next();
        writeString(entry.getKey(), out);
        out.append(": ");
        write(entry.getValue(), out);
        if (entries.hasNext()) {
          out.append(", ");
        }
      }
      out.append('}');
    } else if (node instanceof ArrayNode array) {
      out.append('[');
      for (int i = 0; i < array.size(); i++) {
        if (i > 0) {
          out.append(", ");
        }
        write(array.get(i), out);
      }
      out.append(']');
    } else if (node.isTextual()) {
      writeString(node.textValue(), out);
    } else if (node.isBigDecimal()) {
      out.append(node.decimalValue().toPlainString());
    } else {
      out.append(node.asText());
    }
  }

  static void writeString(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
