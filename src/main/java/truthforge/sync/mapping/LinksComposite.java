package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

/**
 * Twenty's LINKS. A write of the address alone clears its label and the secondary links (recorded
 * with 2.19), so they are written along as they are. Twenty refuses what is not the address of a
 * host with a name of letters (recorded), and drops a port that goes without saying. Where the
 * primary link is cleared and secondary ones exist, Twenty makes the first of them the primary one
 * (read in its source): the field holds that one then.
 */
final class LinksComposite implements Shape {

  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<scheme>https?://)?"
              + "(?<host>(?:[a-zA-Z0-9-]+\\.)+[a-zA-Z]{2,}|localhost)"
              + "(?::(?<port>[0-9]{1,5}))?"
              + "(?<rest>(?:/\\S*)?(?:\\?\\S*)?)",
          Pattern.UNICODE_CHARACTER_CLASS);

  @Override
  public Value read(FieldType type, JsonNode node) {
    return type.normalise(node.path("primaryLinkUrl"));
  }

  @Override
  public Split split(Value value, Traits traits) {
    if (!(value instanceof Value.Text url)) {
      return Split.all(value);
    }
    Matcher matcher = ADDRESS.matcher(url.text());
    if (!matcher.matches()) {
      return Split.none(value, "Twenty accepts no such web address");
    }
    String scheme = matcher.group("scheme");
    String port = matcher.group("port");
    if (port == null) {
      return Split.all(value);
    }
    int number = Integer.parseInt(port);
    if (scheme == null || number > 65535) {
      return Split.none(value, "Twenty accepts no such web address");
    }
    boolean goesWithoutSaying = number == (scheme.equals("https://") ? 443 : 80);
    return Split.all(
        new Value.Text(
            scheme
                + matcher.group("host")
                + (goesWithoutSaying ? "" : ":" + number)
                + matcher.group("rest")));
  }

  @Override
  public JsonNode write(Value held, JsonNode current, Traits traits) {
    ObjectNode composite = JsonNodeFactory.instance.objectNode();
    composite.put("primaryLinkUrl", held instanceof Value.Text url ? url.text() : "");
    JsonNode label = current == null ? null : current.get("primaryLinkLabel");
    composite.set(
        "primaryLinkLabel", label == null ? JsonNodeFactory.instance.textNode("") : label);
    JsonNode secondary = current == null ? null : current.get("secondaryLinks");
    composite.set(
        "secondaryLinks", secondary == null ? JsonNodeFactory.instance.arrayNode() : secondary);
    return composite;
  }
}
