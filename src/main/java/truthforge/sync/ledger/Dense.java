package truthforge.sync.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.YearMonth;

/**
 * Texts that a ledger holds many of, as bytes, for a database whose columns take texts and bytes
 * side by side. A text of no known form stays a text; bytes give back exactly the text that they
 * were made of.
 */
final class Dense {

  private static final int UUID_LENGTH = 36;
  private static final int UUID_BYTES = 16;
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  /** What a system was seen to hold, which is the contact's own or empty: two sets of letters. */
  private static final byte SEEN = 1;

  /** An HTTP validator of 32 hexadecimal digits. */
  private static final byte ETAG = 2;

  /** A time in UTC: this and the digits of the second's fraction, with what stands behind it. */
  private static final byte TIME = 0x40;

  private static final byte TIME_WITH_OFFSET = 0x48;
  private static final byte MOST_DIGITS = 6;
  private static final int TIME_BYTES = 8;
  private static final String OFFSET = "+00:00";
  private static final int SECONDS_LENGTH = "2026-01-01T00:00:00".length();
  private static final int FIRST_YEAR = 1970;
  private static final int LAST_YEAR = 3999;
  private static final int[] POWERS = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};

  private static final String ETAG_PREFIX = "etag:";
  private static final String SAME = "{\"=\":\"";
  private static final String EMPTIES = ",\"-\":\"";

  private Dense() {}

  // Ids

  /** The 16 bytes of a UUID in its usual form; null for any other text. */
  static byte[] ofId(String id) {
    if (id.length() != UUID_LENGTH) {
      return null;
    }
    byte[] bytes = new byte[UUID_BYTES];
    return putUuid(id, 0, bytes, 0) ? bytes : null;
  }

  static String toId(byte[] bytes) {
    return uuid(bytes, 0);
  }

  /** For a JSON array: hexadecimal digits for bytes, else something that is none, and the text. */
  static String ofIdInList(String id) {
    if (ofId(id) == null) {
      return "=" + id;
    }
    return id.substring(0, 8)
        + id.substring(9, 13)
        + id.substring(14, 18)
        + id.substring(19, 23)
        + id.substring(24);
  }

  private static boolean isDash(int place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
  }

  private static boolean putUuid(String text, int from, byte[] bytes, int at) {
    int to = at;
    for (int place = 0; place < UUID_LENGTH; place++) {
      if (isDash(place)) {
        if (text.charAt(from + place) != '-') {
          return false;
        }
        continue;
      }
      int high = digit(text.charAt(from + place));
      int low = digit(text.charAt(from + ++place));
      if (high < 0 || low < 0) {
        return false;
      }
      bytes[to++] = (byte) (high << 4 | low);
    }
    return true;
  }

  private static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }

  private static String uuid(byte[] bytes, int from) {
    char[] text = new char[UUID_LENGTH];
    int at = from;
    for (int place = 0; place < UUID_LENGTH; place++) {
      if (isDash(place)) {
        text[place] = '-';
      } else {
        text[place] = HEX[bytes[at] >> 4 & 15];
        text[++place] = HEX[bytes[at++] & 15];
      }
    }
    return new String(text);
  }

  // Texts

  /** Null where the text is of no known form. */
  static byte[] ofText(String text) {
    if (text.startsWith(SAME)) {
      return ofSeen(text);
    }
    if (text.startsWith(ETAG_PREFIX)) {
      return ofEtag(text);
    }
    return ofTime(text);
  }

  static String toText(byte[] bytes) {
    return switch (bytes[0]) {
      case SEEN -> toSeen(bytes);
      case ETAG -> toEtag(bytes);
      default -> toTime(bytes);
    };
  }

  private static byte[] ofSeen(String text) {
    int end = text.indexOf('"', SAME.length());
    int same = end < 0 ? 0 : LedgerJson.bits(text, SAME.length(), end);
    if (same == 0) {
      return null;
    }
    int empties = 0;
    int rest = end + 1;
    if (text.startsWith(EMPTIES, rest)) {
      int from = rest + EMPTIES.length();
      end = text.indexOf('"', from);
      empties = end < 0 ? 0 : LedgerJson.bits(text, from, end);
      if (empties == 0) {
        return null;
      }
      rest = end + 1;
    }
    boolean ends = rest == text.length() - 1 && text.charAt(rest) == '}';
    byte[] more = ends ? new byte[0] : text.substring(rest).getBytes(StandardCharsets.UTF_8);
    if (!ends && (more.length == 0 || !isAscii(text, rest))) {
      return null;
    }
    return ByteBuffer.allocate(9 + more.length)
        .put(SEEN)
        .putInt(same)
        .putInt(empties)
        .put(more)
        .array();
  }

  /** A surrogate without a partner would not survive. */
  private static boolean isAscii(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) > 127) {
        return false;
      }
    }
    return true;
  }

  private static String toSeen(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    buffer.get();
    StringBuilder text = new StringBuilder(64).append(SAME);
    LedgerJson.appendLetters(text, buffer.getInt()).append('"');
    int empties = buffer.getInt();
    if (empties != 0) {
      LedgerJson.appendLetters(text.append(EMPTIES), empties).append('"');
    }
    if (buffer.hasRemaining()) {
      text.append(
          new String(bytes, buffer.position(), buffer.remaining(), StandardCharsets.US_ASCII));
    } else {
      text.append('}');
    }
    return text.toString();
  }

  private static byte[] ofEtag(String text) {
    if (text.length() != ETAG_PREFIX.length() + 2 * UUID_BYTES) {
      return null;
    }
    byte[] bytes = new byte[1 + UUID_BYTES];
    bytes[0] = ETAG;
    for (int i = 0; i < UUID_BYTES; i++) {
      int high = digit(text.charAt(ETAG_PREFIX.length() + 2 * i));
      int low = digit(text.charAt(ETAG_PREFIX.length() + 2 * i + 1));
      if (high < 0 || low < 0) {
        return null;
      }
      bytes[1 + i] = (byte) (high << 4 | low);
    }
    return bytes;
  }

  private static String toEtag(byte[] bytes) {
    StringBuilder text = new StringBuilder(ETAG_PREFIX);
    for (int i = 1; i < bytes.length; i++) {
      text.append(HEX[bytes[i] >> 4 & 15]).append(HEX[bytes[i] & 15]);
    }
    return text.toString();
  }

  /** A time as systems write it, and a UUID behind it where there is one. */
  private static byte[] ofTime(String text) {
    int length = text.length();
    if (length <= SECONDS_LENGTH
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || text.charAt(10) != 'T'
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return null;
    }
    int year = number(text, 0, 4);
    int month = number(text, 5, 2);
    int day = number(text, 8, 2);
    int hour = number(text, 11, 2);
    int minute = number(text, 14, 2);
    int second = number(text, 17, 2);
    if (year < FIRST_YEAR
        || year > LAST_YEAR
        || month < 1
        || month > 12
        || day < 1
        || day > 28 && day > YearMonth.of(year, month).lengthOfMonth()
        || hour < 0
        || hour > 23
        || minute < 0
        || minute > 59
        || second < 0
        || second > 59) {
      return null;
    }
    int at = SECONDS_LENGTH;
    int digits = 0;
    int fraction = 0;
    if (text.charAt(at) == '.') {
      at++;
      while (at < length && digits <= MOST_DIGITS && number(text, at, 1) >= 0) {
        fraction = 10 * fraction + number(text, at, 1);
        at++;
        digits++;
      }
      if (digits == 0 || digits > MOST_DIGITS) {
        return null;
      }
    }
    byte form;
    if (at < length && text.charAt(at) == 'Z') {
      form = TIME;
      at++;
    } else if (text.startsWith(OFFSET, at)) {
      form = TIME_WITH_OFFSET;
      at += OFFSET.length();
    } else {
      return null;
    }
    boolean hasMore = at < length;
    byte[] bytes = new byte[TIME_BYTES + (hasMore ? UUID_BYTES : 0)];
    if (hasMore
        && (length != at + 1 + UUID_LENGTH
            || text.charAt(at) != ' '
            || !putUuid(text, at + 1, bytes, TIME_BYTES))) {
      return null;
    }
    long days = LocalDate.of(year, month, day).toEpochDay();
    long micros =
        (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000L
            + (long) fraction * POWERS[MOST_DIGITS - digits];
    ByteBuffer.wrap(bytes).putLong(micros);
    // The first of the eight bytes is zero for all these years.
    bytes[0] = (byte) (form | digits);
    return bytes;
  }

  /** Below 0 where these are not all digits. */
  private static int number(String text, int from, int length) {
    int number = 0;
    for (int i = from; i < from + length; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = 10 * number + (c - '0');
    }
    return number;
  }

  private static String toTime(byte[] bytes) {
    int form = bytes[0] & ~7;
    int digits = bytes[0] & 7;
    if (form != TIME && form != TIME_WITH_OFFSET) {
      throw new IllegalStateException("The ledger holds bytes of an unknown form " + bytes[0]);
    }
    long micros = ByteBuffer.wrap(bytes).getLong() & 0x00ff_ffff_ffff_ffffL;
    long seconds = micros / 1_000_000;
    int ofDay = (int) (seconds % 86_400);
    LocalDate date = LocalDate.ofEpochDay(seconds / 86_400);
    StringBuilder text = new StringBuilder(64);
    append(text, date.getYear(), 4).append('-');
    append(text, date.getMonthValue(), 2).append('-');
    append(text, date.getDayOfMonth(), 2).append('T');
    append(text, ofDay / 3600, 2).append(':');
    append(text, ofDay / 60 % 60, 2).append(':');
    append(text, ofDay % 60, 2);
    if (digits > 0) {
      append(text.append('.'), (int) (micros % 1_000_000) / POWERS[MOST_DIGITS - digits], digits);
    }
    text.append(form == TIME ? "Z" : OFFSET);
    if (bytes.length > TIME_BYTES) {
      text.append(' ').append(uuid(bytes, TIME_BYTES));
    }
    return text.toString();
  }

  private static StringBuilder append(StringBuilder text, int number, int digits) {
    for (int power = POWERS[digits - 1]; power > 0; power /= 10) {
      text.append((char) ('0' + number / power % 10));
    }
    return text;
  }
}
