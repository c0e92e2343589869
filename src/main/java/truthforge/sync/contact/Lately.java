package truthforge.sync.contact;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

/**
 * A pure function that remembers some of the results that it gave lately: a few thousand, whatever
 * it is asked. For several threads.
 *
 * @param <K> never null
 * @param <V> may be null
 */
public final class Lately<K, V> {

  private static final int PLACES = 1 << 12;

  private record Known<K, V>(K key, V value) {}

  private final Function<K, V> function;
  private final AtomicReferenceArray<Known<K, V>> places = new AtomicReferenceArray<>(PLACES);

  public Lately(Function<K, V> function) {
    this.function = function;
  }

  public V of(K key) {
    int hash = key.hashCode();
    int place = (hash ^ hash >>> 16) & PLACES - 1;
    Known<K, V> known = places.get(place);
    if (known == null || !known.key().equals(key)) {
      known = new Known<>(key, function.apply(key));
      places.set(place, known);
    }
    return known.value();
  }
}
