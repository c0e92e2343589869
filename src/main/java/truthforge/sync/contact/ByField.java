package truthforge.sync.contact;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Something for each of some fields, in the order of their names. Immutable, so that it is never
 * copied; what is stored may be decoded when it is first asked for.
 *
 * @param <V> never null
 */
public class ByField<V> extends AbstractMap<String, V> {

  private static final ByField<Object> NOTHING = new ByField<>(new String[0], new Object[0]);

  private record Content(String[] names, Object[] values) {}

  private final Supplier<? extends Map<String, V>> source;
  private volatile Content content;

  /**
   * @param source gives the same whenever it is asked
   */
  protected ByField(Supplier<? extends Map<String, V>> source) {
    this.source = source;
  }

  private ByField(String[] names, Object[] values) {
    this.source = null;
    this.content = new Content(names, values);
  }

  /** The same map where it is one of these already. */
  public static <V> Map<String, V> copyOf(Map<String, V> map) {
    if (map instanceof ByField<V>) {
      return map;
    }
    if (map.isEmpty()) {
      return nothing();
    }
    Content content = sorted(map);
    return new ByField<>(content.names, content.values);
  }

  /** Decoded when it is first asked for. */
  public static <V> Map<String, V> later(Supplier<? extends Map<String, V>> source) {
    return new ByField<>(source);
  }

  /**
   * @param expected how many fields will come; there may be more
   */
  public static <V> Builder<V> builder(int expected) {
    return new Builder<>(expected);
  }

  /** Takes one value for each field, cheapest in the order of their names. */
  public static final class Builder<V> {
    private String[] names;
    private Object[] values;
    private int size;

    private Builder(int expected) {
      names = new String[Math.max(1, expected)];
      values = new Object[names.length];
    }

    /** A field that has a value already must not come again. */
    public void put(String name, V value) {
      if (size == names.length) {
        names = Arrays.copyOf(names, 2 * size);
        values = Arrays.copyOf(values, 2 * size);
      }
      names[size] = name;
      values[size] = Objects.requireNonNull(value, name);
      size++;
    }

    public Map<String, V> build() {
      if (size == 0) {
        return nothing();
      }
      Content content = sorted(Arrays.copyOf(names, size), Arrays.copyOf(values, size));
      return new ByField<>(content.names, content.values);
    }
  }

  @SuppressWarnings("unchecked")
  private static <V> Map<String, V> nothing() {
    return (Map<String, V>) NOTHING;
  }

  private static Content sorted(Map<String, ?> map) {
    int size = map.size();
    String[] names = new String[size];
    Object[] values = new Object[size];
    int at = 0;
    for (Map.Entry<String, ?> entry : map.entrySet()) {
      names[at] = entry.getKey();
      values[at] = Objects.requireNonNull(entry.getValue(), entry.getKey());
      at++;
    }
    return sorted(names, values);
  }

  private static Content sorted(String[] names, Object[] values) {
    for (int i = 1; i < names.length; i++) {
      if (names[i - 1].compareTo(names[i]) >= 0) {
        return sortedAnew(names, values);
      }
    }
    return new Content(names, values);
  }

  private static Content sortedAnew(String[] names, Object[] values) {
    String[] inOrder = names.clone();
    Arrays.sort(inOrder);
    Object[] moved = new Object[values.length];
    for (int i = 0; i < names.length; i++) {
      moved[Arrays.binarySearch(inOrder, names[i])] = values[i];
    }
    return new Content(inOrder, moved);
  }

  private Content content() {
    Content known = content;
    if (known == null) {
      Map<String, V> decoded = source.get();
      known = decoded instanceof ByField<V> same ? same.content() : sorted(decoded);
      content = known;
    }
    return known;
  }

  @SuppressWarnings("unchecked")
  private static <V> V value(Content content, int index) {
    return (V) content.values[index];
  }

  private static int index(Content content, Object name) {
    return name instanceof String text ? Arrays.binarySearch(content.names, text) : -1;
  }

  @Override
  public V get(Object name) {
    Content all = content();
    int index = index(all, name);
    return index < 0 ? null : value(all, index);
  }

  @Override
  public boolean containsKey(Object name) {
    return index(content(), name) >= 0;
  }

  @Override
  public int size() {
    return content().names.length;
  }

  @Override
  public void forEach(BiConsumer<? super String, ? super V> action) {
    Content all = content();
    for (int i = 0; i < all.names.length; i++) {
      action.accept(all.names[i], value(all, i));
    }
  }

  @Override
  public Set<Map.Entry<String, V>> entrySet() {
    Content all = content();
    return new AbstractSet<>() {
      @Override
      public int size() {
        return all.names.length;
      }

      @Override
      public Iterator<Map.Entry<String, V>> iterator() {
        return new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < all.names.length;
          }

          @Override
          public Map.Entry<String, V> next() {
            if (next == all.names.length) {
              throw new NoSuchElementException();
            }
            V value = value(all, next);
            return Map.entry(all.names[next++], value);
          }
        };
      }
    };
  }

  @Override
  public boolean equals(Object other) {
    if (other == this) {
      return true;
    }
    if (other instanceof ByField<?> that) {
      Content mine = content();
      Content others = that.content();
      return Arrays.equals(mine.names, others.names) && Arrays.equals(mine.values, others.values);
    }
    return super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
