package truthforge.sync.contact;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Remembers phone numbers that are in normal form, in two megabytes at most: the same hundred
 * thousand numbers are read, written, read back and compared. Each is kept whole, as the number
 * that its digits make, so none is taken for another. For several threads.
 */
final class NormalNumbers {

  private static final int PLACES = 1 << 18;
  private static final int MOST_DIGITS = 15;

  private final AtomicLongArray places = new AtomicLongArray(PLACES);

  /** Whether this very text was noted; a text that was may be forgotten. */
  boolean has(String written) {
    long number = number(written);
    return number != 0 && places.get(place(number)) == number;
  }

  /** Only texts of the form of E.164 are remembered. */
  void note(String normal) {
    long number = number(normal);
    if (number != 0) {
      places.set(place(number), number);
    }
  }

  /** The digits behind the plus as a number, from which the text can be told; else 0. */
  private static long number(String text) {
    int length = text.length();
    if (length < 2 || length > MOST_DIGITS + 1 || text.charAt(0) != '+' || text.charAt(1) == '0') {
      return 0;
    }
    long number = 0;
    for (int i = 1; i < length; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return 0;
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }

  private static int place(long number) {
    return (int) (number * 0x9E3779B97F4A7C15L >>> 64 - 18);
  }
}
