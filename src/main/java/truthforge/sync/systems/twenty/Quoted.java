package truthforge.sync.systems.twenty;

import java.util.regex.Pattern;

/** Takes values out of error messages: they may be personal (promise 10). */
final class Quoted {

  private static final Pattern QUOTED =
      Pattern.compile("\"[^\"]*\"|'[^']*'|\\S+@\\S+|\\+?\\d[\\d ()-]{5,}");

  private Quoted() {}

  static String withoutValues(String message) {
    return QUOTED.matcher(message).replaceAll("…");
  }
}
