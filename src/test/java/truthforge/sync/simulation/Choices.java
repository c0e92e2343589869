package truthforge.sync.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * All that is left to chance in a schedule: drawn from a seed and written down, or read from what
 * was written down. 0 always means that nothing happens, or the first of several, so that a
 * schedule becomes shorter by putting zeros into what was written down.
 */
final class Choices {

  private final Random random;
  private final int[] given;
  private final List<Integer> made = new ArrayList<>();

  private Choices(Random random, int[] given) {
    this.random = random;
    this.given = given;
  }

  static Choices of(long seed) {
    return new Choices(new Random(seed), null);
  }

  /** What is not given any more is 0. */
  static Choices of(int[] given) {
    return new Choices(null, given);
  }

  /** Whether something happens that happens once in {@code times}. */
  boolean once(int times) {
    return choose(times, times - 1) == 1;
  }

  /** A number from 0 to below {@code bound}. */
  int below(int bound) {
    return choose(bound, -1);
  }

  private int choose(int bound, int meansYes) {
    int choice;
    if (random == null) {
      choice = made.size() < given.length ? given[made.size()] : 0;
      choice = meansYes >= 0 ? Math.min(choice, 1) : Math.min(choice, bound - 1);
    } else {
      int drawn = random.nextInt(bound);
      choice = meansYes >= 0 ? (drawn == meansYes ? 1 : 0) : drawn;
    }
    made.add(choice);
    return choice;
  }

  <T> T any(List<T> list) {
    return list.get(below(list.size()));
  }

  /** Leaves the list as it is where all choices are 0. */
  void shuffle(List<?> list) {
    for (int i = 0; i + 1 < list.size(); i++) {
      Collections.swap(list, i, i + below(list.size() - i));
    }
  }

  int[] made() {
    return made.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Short enough for a command line: {@code 3.1.0x12.2}. */
  static String written(int[] choices) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < choices.length; ) {
      int end = i;
      while (end < choices.length && choices[end] == 0) {
        end++;
      }
      if (end > i + 1) {
        parts.add("0x" + (end - i));
        i = end;
      } else {
        parts.add(String.valueOf(choices[i++]));
      }
    }
    return String.join(".", parts);
  }

  static int[] read(String written) {
    List<Integer> choices = new ArrayList<>();
    for (String part : written.split("\\.")) {
      if (part.startsWith("0x")) {
        choices.addAll(Collections.nCopies(Integer.parseInt(part.substring(2)), 0));
      } else {
        choices.add(Integer.parseInt(part));
      }
    }
    return choices.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Without zeros at the end, which are what is not given. */
  static int[] trimmed(int[] choices) {
    int end = choices.length;
    while (end > 0 && choices[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(choices, end);
  }
}
