package truthforge.sync.cli;

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
    boolean interactive = System.console() != null && !"dumb".equals(System.getenv("TERM"));
    return new Terminal(
        new PrintStream(System.out, true, StandardCharsets.UTF_8),
        new PrintStream(System.err, true, StandardCharsets.UTF_8),
        interactive);
  }
}
