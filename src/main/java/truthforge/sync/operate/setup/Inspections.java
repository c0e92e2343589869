package truthforge.sync.operate.setup;

import java.time.Clock;
import java.util.List;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
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

  /**
   * By JDBC what is missing can be created; what the service itself goes by is looked at as well.
   */
  private static Inspection supabase(
      Configuration configuration, Places places, Mapping mapping, Clock clock) {
    boolean rest = configuration.isSet(Options.SUPABASE_URL);
    boolean jdbc = configuration.isSet(Options.SUPABASE_JDBC_URL);
    if (rest && jdbc) {
      return new Both(
          new DatabaseInspection("supabase", configuration, places, mapping, clock),
          new SupabaseRestInspection(configuration, places, mapping, clock));
    }
    return rest
        ? new SupabaseRestInspection(configuration, places, mapping, clock)
        : new DatabaseInspection("supabase", configuration, places, mapping, clock);
  }

  /**
   * One system by two ways.
   *
   * @param creating the one by which something can be created
   */
  private record Both(Inspection creating, Inspection using) implements Inspection {
    @Override
    public String system() {
      return creating.system();
    }

    @Override
    public List<Missing> missing() {
      return creating.missing();
    }

    @Override
    public void examine(List<Finding> findings) {
      creating.examine(findings);
      using.examine(findings);
    }
  }

  private static Inspection of(
      String system, Configuration configuration, Places places, Mapping mapping, Clock clock) {
    return switch (system) {
      case "bigquery" -> new BigQueryInspection(configuration, mapping, clock);
      case "twenty" -> new TwentyInspection(configuration, mapping, clock);
      case "supabase" -> supabase(configuration, places, mapping, clock);
      case "local" -> new DatabaseInspection(system, configuration, places, mapping, clock);
      default -> throw new IllegalArgumentException("There is no system " + system);
    };
  }
}
