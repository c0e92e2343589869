package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How Twenty rewrites and refuses links. */
final class Links {
  private static final Pattern VALID =
      Pattern.compile(
          "(https?://)?(([a-z0-9-]+\\.)+[a-z]{2,}|\\d{1,3}(\\.\\d{1,3}){3}|localhost)(:\\d+)?"
              + "(/\\S*)?(\\?\\S*)?",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ORIGIN =
      Pattern.compile("(https?://[^/?#\\\\]+)(.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private Links() {}

  /** What a links value sent by a client changes: all of it; what is left out is wiped. */
  static ObjectNode changes(JsonNode input) {
    ObjectNode changes = Json.object();
    ArrayNode secondary = Json.MAPPER.createArrayNode();
    String url = null;
    String label = null;
    if (!input.path("primaryLinkUrl").asText("").isEmpty()) {
      url = rewritten(input.path("primaryLinkUrl").asText());
      label = input.path("primaryLinkLabel").asText("");
    }
    for (JsonNode link : Emails.list(input.path("secondaryLinks"))) {
      if (link.path("url").asText("").isEmpty()) {
        continue;
      }
      String other = rewritten(link.path("url").asText());
      if (url == null) {
        // Without a primary link the first of the others becomes it.
        url = other;
        label = link.path("label").asText("");
      } else {
        secondary.addObject().put("url", other).set("label", link.path("label"));
      }
    }
    changes.put("primaryLinkLabel", label == null || label.equals("null") ? "" : label);
    changes.put("primaryLinkUrl", url == null ? "" : url);
    changes.set("secondaryLinks", secondary);
    return changes;
  }

  private static String rewritten(String url) {
    if (!VALID.matcher(url).matches()) {
      throw Refusal.coded("INVALID_URL", "The URL of the link is not valid");
    }
    Matcher origin = ORIGIN.matcher(url);
    if (!origin.matches()) {
      return url;
    }
    String lower = origin.group(1).toLowerCase(Locale.ROOT) + origin.group(2);
    return lower.endsWith("/") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
