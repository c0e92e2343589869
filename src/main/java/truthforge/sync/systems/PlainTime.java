package truthforge.sync.systems;

import java.time.Instant;
import java.time.LocalDate;
import java.time.chrono.IsoChronology;

/**
 * Reads the form in which nearly all times come, {@code 2026-01-31T23:59:59.123456Z} with any
 * number of decimals up to nine, without the general reader's cost.
 */
public final class PlainTime {

  private static final int FRACTION = "2026-01-31T23:59:59.".length();
  private static final int SHORTEST = FRACTION;
  private static final int LONGEST = FRACTION + 10;

  private PlainTime() {}

  /** Null for every other form, which may be a time all the same, and for a time that is none. */
  public static Instant read(String text) {
    int length = text.length();
    if (length < SHORTEST
        || length > LONGEST
        || length == FRACTION + 1
        || text.charAt(length - 1) != 'Z'
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || text.charAt(10) != 'T'
        || text.charAt(13) != ':'
        || text.charAt(16) != ':'
        || (length > FRACTION && text.charAt(FRACTION - 1) != '.')) {
      return null;
    }
    int year = number(text, 0, 4);
    int month = number(text, 5, 7);
    int day = number(text, 8, 10);
    int hour = number(text, 11, 13);
    int minute = number(text, 14, 16);
    int second = number(text, 17, 19);
    int decimals = Math.max(0, length - 1 - FRACTION);
    int nanos = decimals == 0 ? 0 : number(text, FRACTION, length - 1);
    boolean isTime =
        year >= 0
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= 31
            && hour >= 0
            && hour < 24
            && minute >= 0
            && minute < 60
            && second >= 0
            && second < 60
            && nanos >= 0;
    if (!isTime || day > daysOf(year, month)) {
      return null;
    }
    for (int i = decimals; i < 9; i++) {
      nanos *= 10;
    }
    long days = LocalDate.of(year, month, day).toEpochDay();
    return Instant.ofEpochSecond(days * 86_400 + hour * 3_600 + minute * 60 + second, nanos);
  }

  private static int daysOf(int year, int month) {
    return switch (month) {
      case 2 -> IsoChronology.INSTANCE.isLeapYear(year) ? 29 : 28;
      case 4, 6, 9, 11 -> 30;
      default -> 31;
    };
  }

  /** Below 0 where there is anything but digits. */
  private static int number(String text, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }
}
