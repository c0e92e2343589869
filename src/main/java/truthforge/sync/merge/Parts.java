package truthforge.sync.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import truthforge.sync.contact.Value;

/** Merging of values that have parts: lists as sets with a first item, documents key by key. */
final class Parts {

  /**
   * @param value the merged value
   * @param clash both sides changed the same part differently, and the preferred side's was taken
   */
  record Result(Value value, boolean clash) {}

  private Parts() {}

  /**
   * What becomes of {@code ours} when {@code theirs} was made from {@code base}.
   *
   * @param theirsWin whose part is taken where both changed the same one
   */
  static Result threeWay(Value base, Value ours, Value theirs, boolean theirsWin) {
    if (ours.equals(base) || ours.equals(theirs)) {
      return new Result(theirs, false);
    }
    if (theirs.equals(base)) {
      return new Result(ours, false);
    }
    if (isListLike(base) && isListLike(ours) && isListLike(theirs)) {
      return lists(items(base), items(ours), items(theirs), theirsWin);
    }
    if (isDocumentLike(base) && isDocumentLike(ours) && isDocumentLike(theirs)) {
      return documents(object(base), object(ours), object(theirs), theirsWin);
    }
    return new Result(theirsWin ? theirs : ours, true);
  }

  /** Both sides together, the preferred side's order first: for a first meeting. */
  static Result union(Value preferred, Value other) {
    if (isListLike(preferred) && isListLike(other)) {
      LinkedHashSet<String> all = new LinkedHashSet<>(items(preferred));
      all.addAll(items(other));
      return new Result(Value.ofItems(new ArrayList<>(all)), false);
    }
    if (isDocumentLike(preferred) && isDocumentLike(other)) {
      return documents(
          JsonNodeFactory.instance.objectNode(), object(preferred), object(other), false);
    }
    return new Result(preferred, !preferred.equals(other));
  }

  /** Whether two values have an item, or a key with the same value, that is not in this one. */
  static boolean shareWhatIsNotIn(Value value, Value one, Value other) {
    Set<String> shared = new LinkedHashSet<>(items(one));
    shared.retainAll(items(other));
    object(one)
        .properties()
        .forEach(
            part -> {
              if (part.getValue().equals(object(other).get(part.getKey()))) {
                shared.add(part.getKey());
              }
            });
    items(value).forEach(shared::remove);
    object(value).fieldNames().forEachRemaining(shared::remove);
    return !shared.isEmpty();
  }

  /** Whether the list or document is this one with nothing but items or keys taken out. */
  static boolean onlyTakesOut(Value base, Value value) {
    if (value instanceof Value.Items list) {
      return kept(items(base), Set.copyOf(list.items())).equals(list.items());
    }
    return value instanceof Value.Document document
        && document.json().properties().stream()
            .allMatch(part -> part.getValue().equals(object(base).get(part.getKey())));
  }

  private static Result lists(
      List<String> base, List<String> ours, List<String> theirs, boolean theirsWin) {
    Set<String> inBase = Set.copyOf(base);
    Set<String> inOurs = Set.copyOf(ours);
    Set<String> inTheirs = Set.copyOf(theirs);
    Set<String> survivors = new LinkedHashSet<>();
    for (String item : ours) {
      if (!inBase.contains(item) || inTheirs.contains(item)) {
        survivors.add(item);
      }
    }
    for (String item : theirs) {
      if (!inBase.contains(item) || inOurs.contains(item)) {
        survivors.add(item);
      }
    }
    boolean weOrdered = ordersAnew(base, ours, inBase, inOurs);
    boolean theyOrdered = ordersAnew(base, theirs, inBase, inTheirs);
    String ourFirst = first(kept(ours, survivors));
    String theirFirst = first(kept(theirs, survivors));
    boolean clash =
        weOrdered
            && theyOrdered
            && !base.isEmpty()
            && ourFirst != null
            && theirFirst != null
            && !ourFirst.equals(theirFirst);
    // Their list is what both make together: nothing is gained by another order.
    boolean isMergedAlready =
        !clash && survivors.equals(inTheirs) && kept(ours, inTheirs).equals(kept(theirs, inOurs));
    boolean theirOrder = isMergedAlready || (theyOrdered && (!weOrdered || theirsWin));
    Set<String> ordered = new LinkedHashSet<>(kept(theirOrder ? theirs : ours, survivors));
    ordered.addAll(survivors);
    return new Result(Value.ofItems(List.copyOf(ordered)), clash);
  }

  /** Whether the side chose another first item, or another order of what was there before. */
  private static boolean ordersAnew(
      List<String> base, List<String> side, Set<String> inBase, Set<String> inSide) {
    return !kept(side, inBase).equals(kept(base, inSide))
        || (!side.isEmpty() && !side.get(0).equals(first(base)));
  }

  private static List<String> kept(List<String> items, Set<String> those) {
    return items.stream().filter(those::contains).toList();
  }

  private static String first(List<String> items) {
    return items.isEmpty() ? null : items.get(0);
  }

  private static Result documents(
      ObjectNode base, ObjectNode ours, ObjectNode theirs, boolean theirsWin) {
    ObjectNode merged = JsonNodeFactory.instance.objectNode();
    boolean clash = false;
    Set<String> keys = new TreeSet<>();
    ours.fieldNames().forEachRemaining(keys::add);
    theirs.fieldNames().forEachRemaining(keys::add);
    for (String key : keys) {
      JsonNode was = base.get(key);
      JsonNode our = ours.get(key);
      JsonNode their = theirs.get(key);
      JsonNode value;
      if (same(our, their) || same(was, their)) {
        value = our;
      } else if (same(was, our)) {
        value = their;
      } else if (our instanceof ObjectNode ourObject && their instanceof ObjectNode theirObject) {
        ObjectNode wasObject =
            was instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
        Result inner = documents(wasObject, ourObject, theirObject, theirsWin);
        clash |= inner.clash();
        value =
            inner.value().isEmpty()
                ? JsonNodeFactory.instance.objectNode()
                : inner.value().toJson();
      } else {
        clash = true;
        value = theirsWin ? their : our;
      }
      if (value != null) {
        merged.set(key, value);
      }
    }
    return new Result(Value.ofDocument(merged), clash);
  }

  private static boolean same(JsonNode a, JsonNode b) {
    return a == null ? b == null : a.equals(b);
  }

  private static boolean isListLike(Value value) {
    return value.isEmpty() || value instanceof Value.Items;
  }

  private static boolean isDocumentLike(Value value) {
    return value.isEmpty() || value instanceof Value.Document;
  }

  private static List<String> items(Value value) {
    return value instanceof Value.Items list ? list.items() : List.of();
  }

  private static ObjectNode object(Value value) {
    return value instanceof Value.Document document
        ? document.json()
        : JsonNodeFactory.instance.objectNode();
  }
}
