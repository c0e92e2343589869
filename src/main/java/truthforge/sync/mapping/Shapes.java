package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.regex.Pattern;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

/** The shapes that any system may use. */
final class Shapes {

  private Shapes() {}

  private static JsonNode orNull(Value value) {
    return value.isEmpty() ? NullNode.getInstance() : value.toJson();
  }

  /** One text. */
  static final class Scalar implements Shape {
    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      return Split.all(value);
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      return held.isEmpty() ? traits.emptyText() : held.toJson();
    }
  }

  /** A day from 0001-01-01 to 9999-12-31, which all databases know. */
  static final class Day implements Shape {
    private static final DateTimeFormatter STRICT =
        DateTimeFormatter.ofPattern("uuuu-MM-dd").withResolverStyle(ResolverStyle.STRICT);

    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      if (value instanceof Value.Text text && !isDay(text.text())) {
        return Split.none(value, "It is no day of the calendar, written as yyyy-mm-dd");
      }
      return Split.all(value);
    }

    private static boolean isDay(String text) {
      if (text.length() != 10) {
        return false;
      }
      try {
        return LocalDate.parse(text, STRICT).getYear() >= 1;
      } catch (DateTimeParseException e) {
        return false;
      }
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      return orNull(held);
    }
  }

  /** A number of up to forty digits before and behind its point; 1.50 and 1.5 are the same. */
  static final class Decimal implements Shape {
    private static final Pattern PLAIN = Pattern.compile("-?[0-9]{1,40}([.][0-9]{1,40})?");
    private static final int MOST_DIGITS = 80;

    @Override
    public Value read(FieldType type, JsonNode node) {
      Value value = type.normalise(node);
      String told = value instanceof Value.Text text ? text.text() : "";
      boolean brief = node.isNumber() && Math.abs(node.decimalValue().scale()) <= MOST_DIGITS;
      String number = brief ? plain(node.decimalValue()) : told;
      return isNumber(number) ? Value.ofText(plain(new BigDecimal(number))) : value;
    }

    @Override
    public Split split(Value value, Traits traits) {
      if (value.isEmpty()) {
        return Split.all(value);
      }
      if (!(value instanceof Value.Text text) || !isNumber(text.text())) {
        return Split.none(value, "It is no number, written as 1234.5");
      }
      BigDecimal number = new BigDecimal(text.text());
      String held =
          plain(
              traits.numbers() == Traits.Numbers.EXACT
                  ? number
                  : new BigDecimal(Double.toString(number.doubleValue())));
      return isNumber(held)
          ? Split.all(Value.ofText(held))
          : Split.none(value, "It has more digits than can be kept there");
    }

    private static boolean isNumber(String text) {
      return PLAIN.matcher(text).matches();
    }

    private static String plain(BigDecimal number) {
      return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      return held instanceof Value.Text text
          ? DecimalNode.valueOf(new BigDecimal(text.text()))
          : NullNode.getInstance();
    }
  }

  /** A boolean. */
  static final class Bool implements Shape {
    static final String NOT_A_FLAG = "It is neither yes nor no";

    private final boolean canBeEmpty;

    Bool(boolean canBeEmpty) {
      this.canBeEmpty = canBeEmpty;
    }

    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      Value empty = canBeEmpty ? Value.EMPTY : new Value.Flag(false);
      if (value instanceof Value.Flag) {
        return Split.all(value);
      }
      return value.isEmpty() ? Split.all(empty) : new Split(empty, new Withheld(value, NOT_A_FLAG));
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      return orNull(held);
    }
  }

  /** 1 or 0. */
  static final class IntegerBool implements Shape {
    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      return value.isEmpty() || value instanceof Value.Flag
          ? Split.all(value)
          : Split.none(value, Bool.NOT_A_FLAG);
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      JsonNode json = orNull(held);
      return json instanceof BooleanNode flag ? IntNode.valueOf(flag.asBoolean() ? 1 : 0) : json;
    }
  }

  /** An array of texts. */
  static final class Array implements Shape {
    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      return Split.all(value);
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      return held.isEmpty() ? JsonNodeFactory.instance.arrayNode() : held.toJson();
    }
  }

  /** An array of texts in a text column. */
  static final class ArrayText implements Shape {
    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      return Split.all(value);
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      return held.isEmpty() ? NullNode.getInstance() : TextNode.valueOf(held.toJson().toString());
    }
  }

  /** A JSON object. */
  static final class Json implements Shape {
    private static final BigInteger UNSIGNED_64 = BigInteger.ONE.shiftLeft(64);

    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      if (value.isEmpty()) {
        return Split.all(value);
      }
      if (!(value instanceof Value.Document document)) {
        return Split.none(value, "It is no JSON");
      }
      if (traits.numbers() == Traits.Numbers.EXACT) {
        return Split.all(value);
      }
      if (hasNumberBeyondDoubles(document.json())) {
        return Split.none(value, "It contains a number too large to be kept there");
      }
      return Split.all(FieldType.DOCUMENT.normalise(rounded(document.json(), traits.numbers())));
    }

    private static boolean hasNumberBeyondDoubles(JsonNode node) {
      if (node.isNumber()) {
        return Double.isInfinite(node.decimalValue().doubleValue());
      }
      for (JsonNode child : node) {
        if (hasNumberBeyondDoubles(child)) {
          return true;
        }
      }
      return false;
    }

    private static JsonNode rounded(JsonNode node, Traits.Numbers numbers) {
      if (node instanceof ObjectNode object) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        object.properties().forEach(e -> result.set(e.getKey(), rounded(e.getValue(), numbers)));
        return result;
      }
      if (node instanceof ArrayNode array) {
        ArrayNode result = JsonNodeFactory.instance.arrayNode(array.size());
        array.forEach(item -> result.add(rounded(item, numbers)));
        return result;
      }
      return node.isNumber() ? rounded(node.decimalValue(), numbers) : node;
    }

    private static JsonNode rounded(BigDecimal number, Traits.Numbers numbers) {
      if (numbers == Traits.Numbers.INTEGERS_AND_DOUBLES && isInteger64(number)) {
        return DecimalNode.valueOf(number);
      }
      return DecimalNode.valueOf(new BigDecimal(Double.toString(number.doubleValue())));
    }

    private static boolean isInteger64(BigDecimal number) {
      if (number.stripTrailingZeros().scale() > 0) {
        return false;
      }
      BigInteger integer = number.toBigInteger();
      return integer.bitLength() < 64
          || (integer.signum() > 0 && integer.compareTo(UNSIGNED_64) < 0);
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      return orNull(held);
    }
  }

  /** A JSON object in a text column; a text that is no JSON is kept as it is. */
  static final class JsonText implements Shape {
    @Override
    public Value read(FieldType type, JsonNode node) {
      return type.normalise(node);
    }

    @Override
    public Split split(Value value, Traits traits) {
      return Split.all(value);
    }

    @Override
    public JsonNode write(Value held, JsonNode current, Traits traits) {
      JsonNode json = orNull(held);
      return json.isObject() ? TextNode.valueOf(json.toString()) : json;
    }
  }
}
