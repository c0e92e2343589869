package truthforge.sync.systems.supabase;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The parts of a PostgREST query. */
final class Terms {

  /** Keeps a whole request line below the 8 KB that gateways take. */
  private static final int LONGEST_LIST = 5500;

  private Terms() {}

  /** A value within {@code or=}, {@code and=} or {@code in}, where commas and brackets part. */
  static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Percent-encoded: a plus sign that stands for itself would be read as a blank. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The value that a column contains which holds a list with this item. */
  static String listOf(String item, boolean json) {
    return json
        ? JsonNodeFactory.instance.arrayNode().add(item).toString()
        : '{' + quoted(item) + '}';
  }

  /** Puts terms together, comma by comma, into as many lists as their length asks for. */
  static List<String> inLists(Iterable<String> terms) {
    List<String> lists = new ArrayList<>();
    StringBuilder list = new StringBuilder();
    int length = 0;
    for (String term : terms) {
      int longer = encoded(term).length() + 3;
      if (length > 0 && length + longer > LONGEST_LIST) {
        lists.add(list.toString());
        list.setLength(0);
        length = 0;
      }
      list.append(length == 0 ? "" : ",").append(term);
      length += longer;
    }
    if (length > 0) {
      lists.add(list.toString());
    }
    return lists;
  }
}
