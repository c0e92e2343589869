package truthforge.sync.contact;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Something for each of some fields while it is being edited. Where nothing changes, nothing is
 * copied. Not for several threads.
 *
 * @param <V> immutable
 */
public final class Edited<V> {

  private final Map<String, V> before;
  private Map<String, V> changed = Map.of();

  public Edited(Map<String, V> before) {
    this.before = ByField.copyOf(before);
  }

  /** Null where there is nothing. */
  public V get(String field) {
    V now = changed.get(field);
    return now == null ? before.get(field) : now;
  }

  /**
   * @return what was there before; null for nothing
   */
  public V put(String field, V value) {
    V former = get(field);
    if (!value.equals(former)) {
      if (changed.isEmpty()) {
        changed = new HashMap<>();
      }
      changed.put(field, value);
    }
    return former;
  }

  public void replaceAll(BiFunction<String, V, V> change) {
    all().forEach((field, value) -> put(field, change.apply(field, value)));
  }

  /** What there is now: the very same as before where nothing differs. */
  public Map<String, V> all() {
    if (changed.isEmpty()) {
      return before;
    }
    ByField.Builder<V> builder = ByField.builder(before.size() + changed.size());
    before.forEach((field, value) -> builder.put(field, changed.getOrDefault(field, value)));
    changed.forEach(
        (field, value) -> {
          if (!before.containsKey(field)) {
            builder.put(field, value);
          }
        });
    Map<String, V> all = builder.build();
    return all.equals(before) ? before : all;
  }
}
