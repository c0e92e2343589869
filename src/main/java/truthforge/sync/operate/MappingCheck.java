package truthforge.sync.operate;

import java.util.List;
import truthforge.sync.config.Check;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.MappingFaults;

/** Checks all mapping files, of systems that take part and of those that may yet. */
public final class MappingCheck implements Check {

  private final Places places;

  public MappingCheck(Places places) {
    this.places = places;
  }

  @Override
  public List<Finding> findings() {
    return findings(false);
  }

  /** Also whether each conflict policy is for a field that there is. */
  @Override
  public List<Finding> findings(Configuration configuration) {
    boolean supabaseByJdbc = configuration.reachesSupabaseByJdbc();
    List<Finding> faults = findings(supabaseByJdbc);
    List<String> systems = configuration.systems();
    return faults.isEmpty() && !systems.isEmpty()
        ? SyncService.unknownFields(
            configuration, SyncService.mappings(systems, places, supabaseByJdbc))
        : faults;
  }

  private List<Finding> findings(boolean supabaseByJdbc) {
    try {
      SyncService.mappings(Options.SYSTEMS, places, supabaseByJdbc);
      return List.of();
    } catch (ConfigurationException e) {
      return e.findings();
    }
  }

  static List<Finding> findings(MappingFaults faults) {
    return faults.faults().stream()
        .map(fault -> Finding.error(fault.file(), fault.line(), fault.problem(), fault.remedy()))
        .toList();
  }
}
