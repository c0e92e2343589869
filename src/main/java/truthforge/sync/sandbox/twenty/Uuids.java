package truthforge.sync.sandbox.twenty;

import java.util.regex.Pattern;

final class Uuids {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", Pattern.CASE_INSENSITIVE);

  private Uuids() {}

  static boolean valid(String text) {
    return UUID.matcher(text).matches();
  }
}
