package truthforge.sync.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts that a ledger holds many of, as bytes, for a database whose columns take texts and bytes
 * side by side. A text of no known form stays a text; bytes give back exactly the text that they
 * were made of.
 */
final class Dense {

  /** A text that has a hexadecimal digit, in lower case, for each "#": the bytes are the digits. */
  private record Form(String shape, int bytes) {
    Form(String shape) {
      this(shape, ((int) shape.chars().filter(c -> c == '#').count() + 1) / 2);
    }

    /** Null where the text is not of this form. */
    byte[] read(String text, int at) {
      if (text.length() != shape.length()) {
        return null;
      }
      byte[] read = new byte[at + bytes];
      int digits = 2 * at;
      for (int i = 0; i < shape.length(); i++) {
        char c = text.charAt(i);
        if (shape.charAt(i) != '#') {
          if (shape.charAt(i) != c) {
            return null;
          }
          continue;
        }
        boolean isDigit = c >= '0' && c <= '9';
        if (!isDigit && (c < 'a' || c > 'f')) {
          return null;
        }
        int digit = isDigit ? c - '0' : c - 'a' + 10;
        read[digits / 2] |= (byte) (digits % 2 == 0 ? digit << 4 : digit);
        digits++;
      }
      return read;
    }

    String write(byte[] from, int at) {
      char[] text = shape.toCharArray();
      int digits = 2 * at;
      for (int i = 0; i < text.length; i++) {
        if (text[i] == '#') {
          int digit = (digits % 2 == 0 ? from[digits / 2] >> 4 : from[digits / 2]) & 15;
          text[i] = (char) (digit < 10 ? '0' + digit : 'a' + digit - 10);
          digits++;
        }
      }
      return new String(text);
    }
  }

  private static final Form UUID = new Form("########-####-####-####-############");

  /** What a system was seen to hold, which is the contact's own or empty: two sets of letters. */
  private static final byte SEEN = 1;

  /** The first byte of a text that is of the first of the forms. */
  private static final byte FIRST_FORM = 2;

  /** Their numbers are in ledgers. */
  private static final List<Form> FORMS = forms();

  private static final String SAME = "{\"=\":\"";
  private static final String EMPTIES = ",\"-\":\"";

  private Dense() {}

  /** An HTTP validator, and times in UTC as systems write them, also with a UUID behind. */
  private static List<Form> forms() {
    List<Form> forms = new ArrayList<>();
    forms.add(new Form("etag:" + "#".repeat(32)));
    for (String more : List.of("", " " + UUID.shape())) {
      for (String offset : List.of("Z", "+00:00")) {
        for (String fraction : List.of("", ".#", ".##", ".###", ".####", ".#####", ".######")) {
          forms.add(new Form("####-##-##T##:##:##" + fraction + offset + more));
        }
      }
    }
    return List.copyOf(forms);
  }

  // Ids

  /** The 16 bytes of a UUID in its usual form; null for any other text. */
  static byte[] ofId(String id) {
    return UUID.read(id, 0);
  }

  static String toId(byte[] bytes) {
    return UUID.write(bytes, 0);
  }

  /** For a JSON array: hexadecimal digits for bytes, else something that is none, and the text. */
  static String ofIdInList(String id) {
    return ofId(id) == null ? "=" + id : id.replace("-", "");
  }

  // Texts

  /** Null where the text is of no known form. */
  static byte[] ofText(String text) {
    if (text.startsWith(SAME)) {
      return ofSeen(text);
    }
    for (int i = 0; i < FORMS.size(); i++) {
      byte[] bytes = FORMS.get(i).read(text, 1);
      if (bytes != null) {
        bytes[0] = (byte) (FIRST_FORM + i);
        return bytes;
      }
    }
    return null;
  }

  static String toText(byte[] bytes) {
    if (bytes[0] == SEEN) {
      return toSeen(bytes);
    }
    int form = bytes[0] - FIRST_FORM;
    if (form < 0 || form >= FORMS.size()) {
      throw new IllegalStateException("The ledger holds bytes of an unknown form " + bytes[0]);
    }
    return FORMS.get(form).write(bytes, 1);
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
}
