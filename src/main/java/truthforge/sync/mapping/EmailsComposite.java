package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

/**
 * Twenty's EMAILS. It refuses, with the whole record, a primary address that has blanks, quotes
 * before the @, or no @ with something on both sides (recorded with 2.19); additional addresses
 * pass a stricter check (read in its source). A write with one of the two parts alone clears or
 * keeps the other depending on which (recorded), so both are always written.
 */
final class EmailsComposite implements Shape {

  private static final String BLANK =
      "\\s\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
  private static final Pattern PRIMARY =
      Pattern.compile("[^" + BLANK + "@\"]{1,64}@[^" + BLANK + "@]{1,255}");
  private static final Pattern ADDITIONAL =
      Pattern.compile(
          "(?!\\.)(?!.*\\.\\.)[A-Za-z0-9_'+.-]*[A-Za-z0-9_+-]"
              + "@(?:[A-Za-z0-9][A-Za-z0-9-]*\\.)+[A-Za-z]{2,}");

  @Override
  public Value read(FieldType type, JsonNode node) {
    ArrayNode items = JsonNodeFactory.instance.arrayNode();
    items.add(node.path("primaryEmail"));
    node.path("additionalEmails").forEach(items::add);
    return type.normalise(items);
  }

  @Override
  public Split split(Value value, Traits traits) {
    if (!(value instanceof Value.Items all)) {
      return Split.all(value);
    }
    List<String> held = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (String email : all.items()) {
      boolean good =
          PRIMARY.matcher(email).matches()
              && (held.isEmpty() || ADDITIONAL.matcher(email).matches());
      (good ? held : refused).add(email);
    }
    return refused.isEmpty()
        ? Split.all(value)
        : new Split(
            Value.ofItems(held),
            new Withheld(Value.ofItems(refused), "Twenty accepts no such email address"));
  }

  @Override
  public JsonNode write(Value held, JsonNode current, Traits traits) {
    List<String> emails = held instanceof Value.Items all ? all.items() : List.of();
    ObjectNode composite = JsonNodeFactory.instance.objectNode();
    composite.put("primaryEmail", emails.isEmpty() ? "" : emails.get(0));
    ArrayNode additional = composite.putArray("additionalEmails");
    emails.stream().skip(1).forEach(additional::add);
    return composite;
  }
}
