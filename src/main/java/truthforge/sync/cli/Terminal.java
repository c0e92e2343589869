package truthforge.sync.cli;

import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a command writes: results to {@code out}, everything else to {@code err}.
 *
 * @param interactive whether a person looks on, so that lines may be drawn over
 */
public record Terminal(PrintStream out, PrintStream err, boolean interactive) {

  /** The process's own streams. */
  public static Terminal ofTheProcess() {
    boolean interactive = isTerminal() && !"dumb".equals(System.getenv("TERM"));
    return new Terminal(
        new PrintStream(System.out, true, StandardCharsets.UTF_8),
        new PrintStream(System.err, true, StandardCharsets.UTF_8),
        interactive);
  }

  /** Since Java 22 there is a console also where none is a terminal, and it can be asked. */
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
