package truthforge.sync.validate;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import truthforge.sync.config.Finding;
import truthforge.sync.text.Nearest;

/** What routes name outside themselves: beans, and the beginnings of other routes. */
final class Named {

  private static final Pattern BEAN_IN_TEXT = Pattern.compile("\\$\\{bean:([A-Za-z]\\w*)");
  private static final Pattern REFERENCE = Pattern.compile("#(?:bean:)?([A-Za-z]\\w*)");
  private static final Pattern DIRECT = Pattern.compile("direct:(?://)?([^?]+)(\\?.*)?");
  private static final Set<String> SENDING = Set.of("to", "toD", "wireTap", "deadLetterUri");

  private final Set<String> beans = new TreeSet<>(RouteBeans.NAMES);
  private final Set<String> beginnings = new TreeSet<>();

  /** Takes note of what a file defines. */
  void learn(JsonNode node) {
    if (node.isObject()) {
      node.path("beans").forEach(bean -> beans.add(bean.path("name").asText()));
      JsonNode from = node.path("from");
      Matcher direct =
          DIRECT.matcher(from.isTextual() ? from.textValue() : from.path("uri").asText());
      if (direct.matches()) {
        beginnings.add(direct.group(1));
      }
    }
    node.forEach(this::learn);
  }

  /** What a file names and no file defines. */
  List<Finding> unknown(YamlText file) {
    List<Finding> findings = new ArrayList<>();
    walk(file, file.root(), "", "", findings);
    return findings;
  }

  private void walk(
      YamlText file, JsonNode node, String place, String key, List<Finding> findings) {
    if (node.isTextual()) {
      text(file, node.textValue(), place, key, findings);
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        walk(file, node.get(i), place + "/" + i, key, findings);
      }
    } else if (node.isObject()) {
      node.properties()
          .forEach(
              member -> {
                String name = member.getKey();
                String inner = YamlText.member(place, name);
                // The address of a step stands in it: its own name says that it sends.
                walk(file, member.getValue(), inner, name.equals("uri") ? key : name, findings);
              });
    }
  }

  private void text(YamlText file, String text, String place, String key, List<Finding> findings) {
    if (key.equals("ref") && text.matches("[A-Za-z]\\w*")) {
      bean(file, text, place, findings);
    }
    Matcher called = BEAN_IN_TEXT.matcher(text);
    while (called.find()) {
      bean(file, called.group(1), place, findings);
    }
    Matcher reference = REFERENCE.matcher(text);
    if (reference.matches()) {
      bean(file, reference.group(1), place, findings);
    }
    Matcher direct = DIRECT.matcher(text);
    if (SENDING.contains(key)
        && direct.matches()
        && !text.contains("{{")
        && !text.contains("${")
        && !text.contains("failIfNoConsumers=false")
        && !beginnings.contains(direct.group(1))) {
      findings.add(
          Finding.error(
              file.name(),
              file.line(place),
              "no route begins at direct:" + direct.group(1),
              remedy("direct:", direct.group(1), beginnings)));
    }
  }

  private void bean(YamlText file, String name, String place, List<Finding> findings) {
    if (!beans.contains(name)) {
      findings.add(
          Finding.error(
              file.name(), file.line(place), "there is no bean " + name, remedy("", name, beans)));
    }
  }

  private static String remedy(String before, String name, Collection<String> known) {
    String near = Nearest.nearest(name, known);
    return near == null
        ? "Define it in a file of routes, or name one that there is"
        : "Did you mean " + before + near + "?";
  }
}
