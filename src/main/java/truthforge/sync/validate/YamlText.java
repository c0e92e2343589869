package truthforge.sync.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Places;

/**
 * A YAML file as JSON, with the line of every part, read by the same parser as Camel's.
 *
 * <p>Faults that the parser itself sees, and keys that stand twice in one object (of which it
 * silently takes the last), are in {@link #findings}.
 */
public final class YamlText {

  private final String name;
  private final JsonNode root;
  private final Map<String, Integer> lines = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();

  private YamlText(Places.Source source) {
    name = source.name();
    root = parse(source.text());
  }

  public static YamlText of(Places.Source source) {
    return new YamlText(source);
  }

  /** As an operator would name the file. */
  public String name() {
    return name;
  }

  /** Missing where the file is empty or no YAML. */
  public JsonNode root() {
    return root;
  }

  public List<Finding> findings() {
    return List.copyOf(findings);
  }

  /**
   * The line of the part, or of the nearest part around it that is there.
   *
   * @param pointer a JSON pointer. A member of an object is where its key stands
   */
  public int line(String pointer) {
    for (String p = pointer; ; p = p.substring(0, p.lastIndexOf('/'))) {
      Integer line = lines.get(p);
      if (line != null) {
        return line;
      }
      if (p.isEmpty()) {
        return 1;
      }
    }
  }

  /** The pointer of a member. */
  public static String member(String pointer, String key) {
    return pointer + "/" + key.replace("~", "~0").replace("/", "~1");
  }

  private JsonNode parse(String text) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(name).setAllowDuplicateKeys(true).build();
    try {
      Optional<Node> node = new Compose(settings).composeString(text);
      if (node.isEmpty()) {
        return JsonNodeFactory.instance.missingNode();
      }
      lines.put("", line(node.get().getStartMark()));
      return json(node.get(), "");
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark =
          e.getProblemMark().isPresent() ? e.getProblemMark() : e.getContextMark();
      findings.add(
          Finding.error(
              name,
              line(mark),
              "is no YAML: " + e.getProblem(),
              "Look at this line and the one above it: indentation, quotes, colons"));
    } catch (YamlEngineException e) {
      findings.add(Finding.error(name, 1, "is no YAML", "Look at its indentation and quotes"));
    }
    return JsonNodeFactory.instance.missingNode();
  }

  private JsonNode json(Node node, String pointer) {
    if (node instanceof MappingNode mapping) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (NodeTuple tuple : mapping.getValue()) {
        String key =
            tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "(no text)";
        String inner = member(pointer, key);
        int line = line(tuple.getKeyNode().getStartMark());
        Integer former = lines.put(inner, line);
        if (object.has(key)) {
          findings.add(
              Finding.error(
                  name,
                  line,
                  "the key " + key + " stands here and in line " + former,
                  "Only the last would count: remove or rename one of them"));
        }
        object.set(key, json(tuple.getValueNode(), inner));
      }
      return object;
    }
    if (node instanceof SequenceNode sequence) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      for (Node item : sequence.getValue()) {
        String inner = pointer + "/" + array.size();
        lines.put(inner, line(item.getStartMark()));
        array.add(json(item, inner));
      }
      return array;
    }
    return scalar((ScalarNode) node);
  }

  private static JsonNode scalar(ScalarNode node) {
    String value = node.getValue();
    Tag tag = node.getTag();
    if (tag.equals(Tag.NULL)) {
      return JsonNodeFactory.instance.nullNode();
    }
    if (tag.equals(Tag.BOOL)) {
      return JsonNodeFactory.instance.booleanNode(Boolean.parseBoolean(value));
    }
    if (tag.equals(Tag.INT) && value.matches("[-+]?\\d+")) {
      return JsonNodeFactory.instance.numberNode(new BigInteger(value));
    }
    if (tag.equals(Tag.FLOAT) && value.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?")) {
      return JsonNodeFactory.instance.numberNode(new BigDecimal(value));
    }
    return JsonNodeFactory.instance.textNode(value);
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(m -> m.getLine() + 1).orElse(1);
  }
}
