package truthforge.sync.config;

import java.util.List;

/** A check that needs no running service: of properties, of routes, of mapping files. */
@FunctionalInterface
public interface Check {

  /** All that was found, in the order of the files; empty where all is in order. */
  List<Finding> findings();

  /** The same, and what is wrong only together with this configuration. */
  default List<Finding> findings(Configuration configuration) {
    return findings();
  }
}
