package truthforge.sync.systems.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Companies by name, as far as they are known: a bounded memory of look-ups. */
final class Companies {

  private static final int MOST = 20_000;

  private final Map<String, String> idByName =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > MOST;
        }
      };

  synchronized List<String> unknown(Collection<String> names) {
    return names.stream().filter(name -> !idByName.containsKey(name)).toList();
  }

  synchronized void learn(JsonNode company) {
    if (company.path("deletedAt").isNull() || company.path("deletedAt").isMissingNode()) {
      idByName.putIfAbsent(company.path("name").asText(), company.path("id").asText());
    }
  }

  /**
   * @throws IllegalStateException when the company was not looked up before
   */
  synchronized String idOf(String name) {
    String id = idByName.get(name);
    if (id == null) {
      throw new IllegalStateException("A company was not looked up before it was needed");
    }
    return id;
  }

  /**
   * A filter that finds these names. Twenty cannot read quotes, brackets and parentheses in a
   * value: there any character will do, and the exact name is looked for in the answer.
   */
  static String filter(List<String> names) {
    List<String> plain = new ArrayList<>();
    List<String> any = new ArrayList<>();
    for (String name : names) {
      if (isPlain(name)) {
        plain.add('"' + name + '"');
      } else {
        any.add("name[like]:\"" + name.replaceAll("[\"\\\\()\\[\\]%,:]", "_") + '"');
      }
    }
    if (!plain.isEmpty()) {
      any.add(0, "name[in]:[" + String.join(",", plain) + "]");
    }
    return any.size() == 1 ? any.get(0) : "or(" + String.join(",", any) + ")";
  }

  static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      if ("\"\\()[]%,:".indexOf(value.charAt(i)) >= 0) {
        return false;
      }
    }
    return true;
  }
}
