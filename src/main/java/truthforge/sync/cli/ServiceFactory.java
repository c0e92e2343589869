package truthforge.sync.cli;

import truthforge.sync.config.Configuration;
import truthforge.sync.config.Places;

/** Makes the service that a command works with. */
@FunctionalInterface
public interface ServiceFactory {

  /**
   * @param configuration may still hold placeholders, which the service resolves
   */
  Service open(Configuration configuration, Places places);
}
