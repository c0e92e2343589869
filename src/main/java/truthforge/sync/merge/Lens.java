package truthforge.sync.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import truthforge.sync.contact.Value;
import truthforge.sync.mapping.Capabilities;

/**
 * Sees a system's rewritten parts as the canonical parts that they came from, so that a list or
 * document can be compared part by part although the system writes its parts differently.
 */
final class Lens {

  private final Value canonical;
  private final Value held;
  private final Map<String, String> canonicalItem = new HashMap<>();
  private final List<String> holdable = new ArrayList<>();

  Lens(Capabilities system, String field, Value canonical) {
    this.canonical = canonical;
    this.held = system.held(field, canonical);
    if (canonical instanceof Value.Items items) {
      for (String item : items.items()) {
        Value one = system.held(field, new Value.Items(List.of(item)));
        if (one instanceof Value.Items form && form.items().size() == 1) {
          canonicalItem.putIfAbsent(form.items().get(0), item);
        }
        if (!one.isEmpty()) {
          holdable.add(item);
        }
      }
    }
  }

  /**
   * The same, where the system is known to have been given the canonical value and shows it as
   * {@code seen}: what could not be foreseen of its rewriting is told by the order of the items.
   */
  Lens withSeen(Value seen) {
    if (seen.equals(held) || !(seen instanceof Value.Items shown)) {
      return this;
    }
    List<String> rewritten =
        shown.items().stream().filter(item -> !canonicalItem.containsKey(item)).toList();
    List<String> originals =
        holdable.stream()
            .filter(item -> shown.items().stream().noneMatch(s -> isFormOf(s, item)))
            .toList();
    if (rewritten.size() == originals.size()) {
      for (int i = 0; i < rewritten.size(); i++) {
        canonicalItem.put(rewritten.get(i), originals.get(i));
      }
    }
    return this;
  }

  private boolean isFormOf(String shown, String item) {
    return item.equals(canonicalItem.get(shown));
  }

  /** What the system shows, with the canonical part wherever it shows only its form of that. */
  Value lift(Value shown) {
    if (shown instanceof Value.Items items && !canonicalItem.isEmpty()) {
      Set<String> lifted = new LinkedHashSet<>();
      items.items().forEach(item -> lifted.add(canonicalItem.getOrDefault(item, item)));
      return Value.ofItems(List.copyOf(lifted));
    }
    if (shown instanceof Value.Document document
        && canonical instanceof Value.Document ours
        && held instanceof Value.Document theirs
        && !held.equals(canonical)) {
      return Value.ofDocument(lift(document.json(), ours.json(), theirs.json()));
    }
    return shown;
  }

  private static ObjectNode lift(ObjectNode shown, ObjectNode ours, ObjectNode theirs) {
    ObjectNode lifted = JsonNodeFactory.instance.objectNode();
    shown
        .properties()
        .forEach(
            entry -> {
              String key = entry.getKey();
              JsonNode value = entry.getValue();
              JsonNode our = ours.get(key);
              JsonNode their = theirs.get(key);
              if (our != null && value.equals(their)) {
                lifted.set(key, our);
              } else if (value instanceof ObjectNode inner
                  && our instanceof ObjectNode ourInner
                  && their instanceof ObjectNode theirInner) {
                lifted.set(key, lift(inner, ourInner, theirInner));
              } else {
                lifted.set(key, value);
              }
            });
    return lifted;
  }
}
