package truthforge.sync.cli;

import java.util.function.Consumer;
import truthforge.sync.config.Places;

/** Makes the sandbox. */
@FunctionalInterface
public interface SandboxFactory {

  /**
   * @param say is given one plain line for each thing that a person watching should know
   */
  Sandbox open(Sandbox.Settings settings, Places places, Consumer<String> say);
}
