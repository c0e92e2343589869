package truthforge.sync.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import truthforge.sync.config.Check;
import truthforge.sync.config.Places;

/**
 * What the command line opens onto.
 *
 * @param services null where there is no service: its commands are left out then
 * @param sandboxes null where there is no sandbox: its commands are left out then
 * @param checks what {@code validate} looks at besides the properties
 * @param environment as of {@link System#getenv()}
 * @param workingFolder where {@code config/} and {@code routes/} are looked for
 */
public record Door(
    Terminal terminal,
    ServiceFactory services,
    SandboxFactory sandboxes,
    List<Function<Places, Check>> checks,
    Map<String, String> environment,
    Path workingFolder) {

  public Door {
    checks = List.copyOf(checks);
    environment = Map.copyOf(environment);
  }
}
