package truthforge.sync.contact;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The normal forms of {@link FieldType}. */
final class Normaliser {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Pattern DAY =
      Pattern.compile("(\\d{4}-\\d{2}-\\d{2})(?:[T ]\\d{1,2}:.*)?", Pattern.DOTALL);
  private static final Pattern ESCAPE = Pattern.compile("%[0-9A-Fa-f]{2}");
  private static final Pattern HOST =
      Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]+)(.*)$", Pattern.DOTALL);

  private static final NormalNumbers NORMAL = new NormalNumbers();

  /** The same number is met again and again: read, written, and read back. */
  private static final Lately<String, String> PHONES = new Lately<>(Normaliser::international);

  private Normaliser() {}

  static Value normalise(FieldType type, JsonNode raw) {
    if (raw == null || raw.isNull() || raw.isMissingNode()) {
      return Value.EMPTY;
    }
    return switch (type) {
      case TEXT -> Value.ofText(text(raw));
      case CODE -> Value.ofText(clean(text(raw).toUpperCase(Locale.ROOT)));
      case URL -> Value.ofText(url(text(raw)));
      case DATE -> Value.ofText(day(text(raw)));
      case FLAG -> flag(raw);
      case EMAILS -> items(raw, item -> clean(item.toLowerCase(Locale.ROOT)));
      case PHONES -> items(raw, Normaliser::phone);
      case LIST -> items(raw, item -> item);
      case DOCUMENT -> document(raw);
    };
  }

  static String text(JsonNode raw) {
    return clean(raw.isValueNode() ? raw.asText() : raw.toString());
  }

  private static String clean(String text) {
    boolean plain = true;
    for (int i = 0; plain && i < text.length(); i++) {
      char c = text.charAt(i);
      plain = c >= ' ' && c < 0x7f;
    }
    if (plain) {
      return text.strip();
    }
    String unix = storable(text).replace("\r\n", "\n").replace('\r', '\n');
    return Normalizer.normalize(unix, Normalizer.Form.NFC).strip();
  }

  private static String day(String text) {
    Matcher matcher = DAY.matcher(text);
    return matcher.matches() ? matcher.group(1) : text;
  }

  private static String url(String text) {
    Matcher matcher = HOST.matcher(text);
    if (!matcher.matches()) {
      String bare = withoutSlashes(text);
      return bare.isEmpty() ? text : bare;
    }
    return clean(
        matcher.group(1).toLowerCase(Locale.ROOT)
            + matcher.group(2).toLowerCase(Locale.ROOT)
            + escaped(withoutSlashes(matcher.group(3))));
  }

  private static String withoutSlashes(String text) {
    String rest = text.strip();
    while (rest.endsWith("/")) {
      rest = rest.substring(0, rest.length() - 1).strip();
    }
    return rest;
  }

  /** Browsers and servers write é and %c3%a9 for one another; here it is %C3%A9. */
  private static String escaped(String path) {
    StringBuilder result = new StringBuilder(path.length());
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      if (b < 0) {
        result.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      } else {
        result.append((char) b);
      }
    }
    return ESCAPE.matcher(result).replaceAll(m -> m.group().toUpperCase(Locale.ROOT));
  }

  private static Value flag(JsonNode raw) {
    if (raw.isBoolean()) {
      return new Value.Flag(raw.booleanValue());
    }
    String text = text(raw);
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "" -> Value.EMPTY;
      case "1", "true", "t", "yes" -> new Value.Flag(true);
      case "0", "false", "f", "no" -> new Value.Flag(false);
      default -> new Value.Text(text);
    };
  }

  private static Value items(JsonNode raw, java.util.function.UnaryOperator<String> form) {
    LinkedHashSet<String> items = new LinkedHashSet<>();
    for (JsonNode item : array(raw)) {
      String text = item.isNull() ? "" : form.apply(text(item));
      if (!text.isEmpty()) {
        items.add(text);
      }
    }
    return Value.ofItems(new ArrayList<>(items));
  }

  /** A text that holds no JSON array is one item. */
  private static Iterable<JsonNode> array(JsonNode raw) {
    if (raw.isArray()) {
      return raw;
    }
    String text = text(raw);
    if (text.startsWith("[")) {
      try {
        JsonNode parsed = JSON.readTree(text);
        if (parsed.isArray()) {
          return parsed;
        }
      } catch (JsonProcessingException e) {
        return List.of(raw);
      }
    }
    return List.of(raw);
  }

  /**
   * E.164 for an international number that the numbering plans allow; else as written, so that a
   * number that is none, or has words about it, is kept.
   */
  static String phone(String written) {
    if (NORMAL.has(written)) {
      return written;
    }
    String normal = PHONES.of(written);
    if (normal.equals(written)) {
      NORMAL.note(written);
    }
    return normal;
  }

  /** The same, worked out anew. */
  static String international(String written) {
    boolean marked = written.startsWith("+") || written.startsWith("00");
    if (!marked || written.codePoints().anyMatch(Character::isLetter)) {
      return written;
    }
    String international = written.startsWith("00") ? "+" + written.substring(2) : written;
    PhoneNumberUtil plans = PhoneNumberUtil.getInstance();
    try {
      var number = plans.parse(international, null);
      boolean extended = number.hasExtension();
      return !extended && plans.isPossibleNumber(number)
          ? plans.format(number, PhoneNumberUtil.PhoneNumberFormat.E164)
          : written;
    } catch (NumberParseException e) {
      return written;
    }
  }

  private static Value document(JsonNode raw) {
    JsonNode parsed = raw;
    if (raw.isTextual()) {
      String text = raw.textValue().strip();
      parsed = json(text);
      if (parsed == null) {
        text = clean(text);
        parsed = json(text);
      }
      if (parsed == null) {
        return Value.ofText(text);
      }
    }
    boolean blank = parsed.isTextual() && clean(parsed.textValue()).isEmpty();
    boolean nothing = parsed.isNull() || parsed.isMissingNode() || blank;
    if (nothing || (parsed.isArray() && parsed.isEmpty())) {
      return Value.EMPTY;
    }
    if (parsed instanceof ObjectNode object) {
      return Value.ofDocument(sorted(object));
    }
    ObjectNode wrapped = JsonNodeFactory.instance.objectNode();
    wrapped.set("value", plain(parsed));
    return new Value.Document(wrapped);
  }

  /** Null if it is no JSON. */
  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** The normal form of a document. */
  static ObjectNode sorted(ObjectNode object) {
    Map<String, JsonNode> keys = new TreeMap<>();
    object.properties().forEach(e -> keys.put(storable(e.getKey()), plain(e.getValue())));
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    keys.forEach(result::set);
    return result;
  }

  private static JsonNode plain(JsonNode node) {
    if (node instanceof ObjectNode object) {
      return sorted(object);
    }
    if (node instanceof ArrayNode array) {
      ArrayNode result = JsonNodeFactory.instance.arrayNode(array.size());
      array.forEach(item -> result.add(plain(item)));
      return result;
    }
    if (node.isNumber()) {
      return plain(node.decimalValue());
    }
    if (node.isTextual()) {
      String text = node.textValue();
      String storable = storable(text);
      return storable.equals(text) ? node : JsonNodeFactory.instance.textNode(storable);
    }
    return node;
  }

  /** Without NUL and halves of characters, which databases refuse. */
  private static String storable(String text) {
    StringBuilder result = null;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
      if ((c == 0 || half) && result == null) {
        result = new StringBuilder(text.length()).append(text, 0, i);
      }
      if (result != null && c != 0) {
        result.appendCodePoint(half ? 0xFFFD : c);
      }
      i += Character.charCount(c);
    }
    return result == null ? text : result.toString();
  }

  /** One node for one number, however it was written: 1, 1.0 and 1e0 are the same. */
  private static JsonNode plain(BigDecimal number) {
    BigDecimal stripped = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    if (stripped.scale() < 0 && stripped.precision() - stripped.scale() < 400) {
      stripped = stripped.setScale(0);
    }
    if (stripped.scale() == 0 && stripped.toBigInteger().bitLength() < 64) {
      return JsonNodeFactory.instance.numberNode(stripped.longValueExact());
    }
    return DecimalNode.valueOf(stripped);
  }
}
