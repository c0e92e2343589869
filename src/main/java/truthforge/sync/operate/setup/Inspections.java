package truthforge.sync.operate.setup;

import java.time.Clock;
import java.util.List;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.Mappings;

/** Which inspection fits which configured system. Making one asks nothing of the system yet. */
final class Inspections {

  private Inspections() {}

  static List<Inspection> of(
      Configuration configuration, Places places, Mappings mappings, Clock clock) {
    return configuration.systems().stream()
        .map(system -> of(system, configuration, places, mappings.of(system), clock))
        .toList();
  }

  private static Inspection of(
      String system, Configuration configuration, Places places, Mapping mapping, Clock clock) {
    return switch (system) {
      case "bigquery" -> new BigQueryInspection(configuration, mapping, clock);
      case "twenty" -> new TwentyInspection(configuration, mapping, clock);
      case "supabase" ->
          configuration.isSet(Options.SUPABASE_JDBC_URL)
              ? new DatabaseInspection(system, configuration, places, mapping, clock)
              : new SupabaseRestInspection(configuration, places, mapping, clock);
      case "local" -> new DatabaseInspection(system, configuration, places, mapping, clock);
      default -> throw new IllegalArgumentException("There is no system " + system);
    };
  }
}
