package truthforge.sync.cli;

import java.util.Locale;

/** Small forms of things for tables. */
final class Words {

  private static final int LONG = 40;

  private Words() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static String shortened(String text) {
    return text.codePointCount(0, text.length()) <= LONG
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LONG - 1)) + "…";
  }
}
