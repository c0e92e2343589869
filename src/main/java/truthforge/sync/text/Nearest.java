package truthforge.sync.text;

import java.util.Collection;
import java.util.Locale;

/** Finds the name that was most likely meant by a misspelt one. */
public final class Nearest {

  private Nearest() {}

  /**
   * The name that differs from the word by the fewest slips: a letter too much, too few, another
   * one, or two swapped. Case and separators ({@code _ - .} and blanks) do not count.
   *
   * @return null if no name is near; the first of those equally near
   */
  public static String nearest(String word, Collection<String> names) {
    if (word == null) {
      return null;
    }
    String plain = plain(word);
    String best = null;
    int fewest = Integer.MAX_VALUE;
    for (String name : names) {
      String other = plain(name);
      int slips = slips(plain, other);
      int allowed = Math.max(1, Math.max(plain.length(), other.length()) / 3);
      if (slips <= allowed && slips < fewest) {
        fewest = slips;
        best = name;
      }
    }
    return best;
  }

  private static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (char c : text.toLowerCase(Locale.ROOT).toCharArray()) {
      if (c != '_' && c != '-' && c != '.' && c != ' ') {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  /** The optimal string alignment distance. */
  private static int slips(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + change);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        d[i][j] = swapped ? Math.min(least, d[i - 2][j - 2] + 1) : least;
      }
    }
    return d[a.length()][b.length()];
  }
}
