package truthforge.sync.contact;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;

/**
 * What a field of a contact holds, in normal form. Never null: null, empty text, {@code []} and
 * {@code {}} are all {@link #EMPTY}.
 *
 * <p>Values come into being by {@link FieldType#normalise}, so two values that mean the same are
 * equal.
 */
public sealed interface Value {

  Value EMPTY = new Empty();

  /** As JSON: null, text, true or false, an array of texts, or an object. */
  JsonNode toJson();

  default boolean isEmpty() {
    return this == EMPTY;
  }

  /** Nothing at all. Only ever {@link Value#EMPTY}. */
  final class Empty implements Value {
    private Empty() {}

    @Override
    public JsonNode toJson() {
      return NullNode.getInstance();
    }

    @Override
    public String toString() {
      return "(empty)";
    }
  }

  /** A text, a code, or a date as yyyy-mm-dd; never blank. */
  record Text(String text) implements Value {
    @Override
    public JsonNode toJson() {
      return TextNode.valueOf(text);
    }
  }

  /** Yes or no. */
  record Flag(boolean on) implements Value {
    @Override
    public JsonNode toJson() {
      return BooleanNode.valueOf(on);
    }
  }

  /** Distinct texts in order, the first being the primary one; never empty. */
  record Items(List<String> items) implements Value {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public JsonNode toJson() {
      var array = JsonNodeFactory.instance.arrayNode(items.size());
      items.forEach(array::add);
      return array;
    }
  }

  /** A JSON object with sorted keys and plain numbers; never empty. Not to be changed. */
  record Document(ObjectNode json) implements Value {
    @Override
    public JsonNode toJson() {
      return json;
    }
  }

  static Value ofItems(List<String> items) {
    return items.isEmpty() ? EMPTY : new Items(items);
  }

  static Value ofText(String text) {
    return text == null || text.isEmpty() ? EMPTY : new Text(text);
  }

  static Value ofDocument(ObjectNode json) {
    return json.isEmpty() ? EMPTY : new Document(json);
  }

  /**
   * Reads what {@link #toJson} wrote, also where the JSON went through text in between; the inverse
   * of it for values in normal form.
   */
  static Value fromJson(JsonNode json) {
    if (json == null || json.isNull() || json.isMissingNode()) {
      return EMPTY;
    }
    if (json.isBoolean()) {
      return new Flag(json.booleanValue());
    }
    if (json.isTextual()) {
      return ofText(json.textValue());
    }
    if (json.isArray()) {
      List<String> items = new java.util.ArrayList<>(json.size());
      json.forEach(item -> items.add(item.textValue()));
      return ofItems(items);
    }
    if (json instanceof ObjectNode object) {
      return ofDocument(Normaliser.sorted(object));
    }
    throw new IllegalArgumentException("No field holds JSON of type " + json.getNodeType());
  }
}
