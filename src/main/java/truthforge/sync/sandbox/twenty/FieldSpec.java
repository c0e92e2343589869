package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;

/**
 * One field of an object.
 *
 * @param name the key in a record and in filters
 * @param unique whether no two records, deleted ones included, may hold the same value; empty
 *     values do not collide
 * @param options what a SELECT may hold; empty for every other type
 * @param defaultValue what a new record holds where nothing is sent; null for the type's empty one
 */
public record FieldSpec(
    String name,
    String label,
    FieldType type,
    boolean unique,
    boolean custom,
    List<String> options,
    JsonNode defaultValue) {

  public FieldSpec {
    options = List.copyOf(options);
  }

  /** A field that users added, not unique. */
  public static FieldSpec custom(String name, FieldType type) {
    return new FieldSpec(name, name, type, false, true, List.of(), null);
  }

  /** A text field that users added and declared unique. */
  public static FieldSpec uniqueText(String name) {
    return new FieldSpec(name, name, FieldType.TEXT, true, true, List.of(), null);
  }

  /** A SELECT that users added. */
  public static FieldSpec select(String name, String... options) {
    return new FieldSpec(name, name, FieldType.SELECT, false, true, List.of(options), null);
  }

  /** The same field with a value for records that are sent none. */
  public FieldSpec withDefault(JsonNode value) {
    return new FieldSpec(name, label, type, unique, custom, options, value);
  }

  static FieldSpec standard(String name, String label, FieldType type) {
    return new FieldSpec(name, label, type, false, false, List.of(), null);
  }

  /** What an answer shows where nothing is stored. */
  JsonNode empty() {
    if (defaultValue != null) {
      return defaultValue;
    }
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (type) {
      case TEXT -> TextNode.valueOf("");
      case FULL_NAME -> json.objectNode().put("firstName", "").put("lastName", "");
      case EMAILS -> {
        ObjectNode emails = json.objectNode().put("primaryEmail", "");
        emails.putArray("additionalEmails");
        yield emails;
      }
      case PHONES -> {
        ObjectNode phones =
            json.objectNode()
                .put("primaryPhoneNumber", "")
                .put("primaryPhoneCountryCode", "")
                .put("primaryPhoneCallingCode", "");
        phones.putArray("additionalPhones");
        yield phones;
      }
      case LINKS -> {
        ObjectNode links = json.objectNode().put("primaryLinkLabel", "").put("primaryLinkUrl", "");
        links.putArray("secondaryLinks");
        yield links;
      }
      case ADDRESS -> {
        ObjectNode address = json.objectNode();
        for (String part : List.of("Street1", "Street2", "City", "Postcode", "State", "Country")) {
          address.put("address" + part, "");
        }
        yield address.putNull("addressLat").putNull("addressLng");
      }
      case CURRENCY -> json.objectNode().putNull("amountMicros").putNull("currencyCode");
      default -> NullNode.instance;
    };
  }
}
