package truthforge.sync.config;

import java.util.Locale;

/**
 * One option of the service.
 *
 * @param name as written in {@code application.properties}
 * @param defaultValue null where there is none
 * @param description one line, a full sentence
 * @param secret never shown; may be given as a file, by {@code <name>.file}
 * @param system the system that it belongs to; null where it is the whole service's
 */
public record Option(
    String name,
    Kind kind,
    String defaultValue,
    String description,
    boolean secret,
    String system) {

  static Option of(String name, Kind kind, String defaultValue, String description) {
    String group = name.substring(0, name.indexOf('.'));
    String system = Options.SYSTEMS.contains(group) ? group : null;
    return new Option(name, kind, defaultValue, description, false, system);
  }

  static Option secret(String name, Kind kind, String description) {
    Option open = of(name, kind, null, description);
    return new Option(name, kind, null, description, true, open.system());
  }

  /** The environment variable that sets it: {@code sync.batch-size} is SYNC_BATCH_SIZE. */
  public String environmentName() {
    return environmentName(name);
  }

  /** The name by which a secret is given as a file. */
  public String fileName() {
    return name + ".file";
  }

  /** The part before the first dot. */
  public String group() {
    return name.substring(0, name.indexOf('.'));
  }

  static String environmentName(String name) {
    return name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
