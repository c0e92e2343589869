package truthforge.sync.text;

import java.util.Collection;
import java.util.Locale;

/** Finds the name that a misspelt word was meant to be. */
public final class Nearest {

  private Nearest() {}

  /**
   * The name that is nearest to the word, letter case aside; the first of several that are equally
   * near.
   *
   * @return null if none is near: at most one edit for each three letters of the word, and two at
   *     least
   */
  public static String nearest(String word, Collection<String> names) {
    String nearest = null;
    int least = Math.max(2, word.length() / 3) + 1;
    for (String name : names) {
      int distance = distance(word.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
      if (distance < least && distance < name.length()) {
        least = distance;
        nearest = name;
      }
    }
    return nearest;
  }

  /** Insertions, deletions, replacements, and swaps of neighbours, each counted as one. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + same);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
