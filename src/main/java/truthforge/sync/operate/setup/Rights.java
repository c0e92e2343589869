package truthforge.sync.operate.setup;

import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;

/** What is said of the right to write where it cannot be told without writing. */
final class Rights {

  private Rights() {}

  /**
   * @param right as the end of "whether …"
   */
  static Finding notTold(Configuration configuration, String system, String right) {
    if (configuration.isReadOnly(system)) {
      return readOnly(system);
    }
    return Finding.note(
        system,
        "whether " + right + " cannot be told without writing",
        "Try it first with " + system + ".read-only=true and 'plan' if in doubt");
  }

  static Finding readOnly(String system) {
    return Finding.note(
        system,
        "is only read: " + system + ".read-only is set",
        "Remove it when trial operation ends");
  }
}
