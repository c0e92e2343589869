package truthforge.sync.cli;

import java.util.function.Consumer;
import truthforge.sync.config.Places;
import truthforge.sync.sandbox.StandIn;

/** Makes the sandbox and single stand-ins. */
public interface SandboxFactory {

  /**
   * @param say is given one plain line for each thing that a person watching should know
   */
  Sandbox open(Sandbox.Settings settings, Places places, Consumer<String> say);

  /**
   * One stand-in alone, listening.
   *
   * @param system {@code bigquery}, {@code twenty} or {@code supabase}
   * @param bare whether what {@code setup} creates is missing there
   */
  StandIn standIn(String system, int port, boolean bare);
}
