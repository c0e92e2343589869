package truthforge.sync.simulation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the people did: every value that they set is a word of its own, so that it can be told where
 * it went, and who had seen it before replacing it.
 */
public final class Memory {

  private int next = 1;
  private final Map<String, List<String>> replacedBy = new HashMap<>();
  private final Set<String> words = new HashSet<>();
  private final Set<String> items = new HashSet<>();
  private final Set<String> removedItems = new HashSet<>();
  private final Set<String> cleared = new HashSet<>();
  private final Set<String> destroyed = new HashSet<>();
  private final Set<String> mayComeBack = new HashSet<>();

  /** A new word, typed over one that was shown (null: over nothing). */
  public String word(String prefix, String shown) {
    String word = prefix + "w" + next++;
    words.add(small(word));
    if (shown != null) {
      replacedBy.computeIfAbsent(small(shown), w -> new ArrayList<>()).add(small(word));
    }
    return word;
  }

  /** The word was typed where another one had been cleared before. */
  public void insteadOfCleared(String clearedWord, String word) {
    replacedBy.computeIfAbsent(small(clearedWord), w -> new ArrayList<>()).add(small(word));
  }

  public String item(String prefix) {
    String item = prefix + "i" + next++;
    items.add(small(item));
    return item;
  }

  public void clear(String shown) {
    cleared.add(small(shown));
  }

  public void remove(String item) {
    removedItems.add(small(item));
  }

  /** A person destroyed the record before anybody read the word, or its removal. */
  public void destroy(Collection<String> neverRead) {
    neverRead.forEach(word -> destroyed.add(small(word)));
  }

  /** That somebody replaced or removed the words does not hold for where they may be found. */
  public void mayComeBack(Collection<String> these) {
    these.forEach(word -> mayComeBack.add(small(word)));
  }

  /**
   * @param canonical words that contacts hold
   * @param lost words of the conflict list
   * @param lostRemovals words of which the conflict list tells that somebody had removed them
   * @return what is wrong, in plain words
   */
  public List<String> violations(
      Set<String> canonical, Set<String> lost, Set<String> lostRemovals) {
    List<String> wrong = new ArrayList<>();
    for (String word : words) {
      if (!accounted(word, canonical, lost)) {
        wrong.add("the edit " + word + " is lost");
      }
      if (canonical.contains(word) && !mayComeBack.contains(word)) {
        for (String later : replacedBy.getOrDefault(word, List.of())) {
          if (!listed(later, lost) && !lostRemovals.contains(word)) {
            wrong.add("the old value " + word + " is back, which " + later + " had replaced");
          }
        }
        boolean told =
            lostRemovals.contains(word)
                || replacedBy.getOrDefault(word, List.of()).stream().anyMatch(w -> listed(w, lost));
        if (cleared.contains(word) && !destroyed.contains(word) && !told) {
          wrong.add("the cleared value " + word + " is back");
        }
      }
    }
    for (String item : items) {
      boolean free = destroyed.contains(item) || lost.contains(item);
      if (!removedItems.contains(item) && !canonical.contains(item) && !free) {
        wrong.add("the item " + item + " is lost");
      }
      if (removedItems.contains(item)
          && canonical.contains(item)
          && !free
          && !mayComeBack.contains(item)
          && !lostRemovals.contains(item)) {
        wrong.add("the removed item " + item + " is back");
      }
    }
    return wrong;
  }

  private boolean accounted(String word, Set<String> canonical, Set<String> lost) {
    return canonical.contains(word)
        || lost.contains(word)
        || cleared.contains(word)
        || destroyed.contains(word)
        || replacedBy.getOrDefault(word, List.of()).stream()
            .anyMatch(later -> accounted(later, canonical, lost));
  }

  private boolean listed(String word, Set<String> lost) {
    return lost.contains(word)
        || destroyed.contains(word)
        || replacedBy.getOrDefault(word, List.of()).stream().anyMatch(w -> listed(w, lost));
  }

  static String small(String word) {
    return word.toLowerCase(Locale.ROOT);
  }
}
