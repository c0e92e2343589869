package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.regex.Pattern;

/** How Twenty lower-cases and refuses email addresses. */
final class Emails {
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?!\\.)(?!.*\\.\\.)[a-z0-9_'+.-]*[a-z0-9_+-]@([a-z0-9][a-z0-9-]*\\.)+[a-z]{2,}");

  private Emails() {}

  /**
   * What an {@code emails} value sent by a client changes. The primary address is always among it:
   * left out, it is wiped. The additional ones are kept where they are absent.
   */
  static ObjectNode changes(String field, JsonNode input) {
    ObjectNode changes = Json.object();
    changes.put("primaryEmail", address(field + ".primaryEmail", input.path("primaryEmail")));
    if (input.has("additionalEmails")) {
      ArrayNode additional = changes.putArray("additionalEmails");
      for (JsonNode email : list(input.get("additionalEmails"))) {
        additional.add(address(field + ".additionalEmails", email));
      }
    }
    return changes;
  }

  private static String address(String path, JsonNode value) {
    if (value.isMissingNode() || value.isNull() || value.asText().isEmpty() && value.isTextual()) {
      return "";
    }
    String address = value.isTextual() ? value.textValue().toLowerCase(Locale.ROOT) : "";
    if (!ADDRESS.matcher(address).matches()) {
      throw Refusal.badRequest(
          "Invalid string value " + Json.inspect(value) + " for email field \"" + path + "\"");
    }
    return address;
  }

  /** A list sent as an array or as its JSON text; empty for anything else. */
  static ArrayNode list(JsonNode value) {
    if (value instanceof ArrayNode array) {
      return array;
    }
    if (value.isTextual() && !value.textValue().isEmpty()) {
      try {
        if (Json.MAPPER.readTree(value.textValue()) instanceof ArrayNode array) {
          return array;
        }
      } catch (JsonProcessingException e) {
        // Twenty takes a text that is no JSON for one value.
        return JsonNodeFactory.instance.arrayNode().add(value);
      }
    }
    return JsonNodeFactory.instance.arrayNode();
  }
}
