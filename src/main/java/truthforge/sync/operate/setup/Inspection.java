package truthforge.sync.operate.setup;

import java.util.List;
import truthforge.sync.config.Finding;

/**
 * One system, looked at without changing it. Every method throws {@link Trouble} where the system
 * cannot be looked at.
 */
interface Inspection {

  String system();

  /** What the service needs and the system lacks, in the order in which it must be created. */
  List<Missing> missing();

  /**
   * Adds what is to be said of the system, so that what was found before a {@link Trouble} stays
   * found. What is missing is said elsewhere.
   */
  void examine(List<Finding> findings);
}
