package truthforge.sync.merge;

import java.util.List;
import java.util.Map;

/**
 * How it is settled which of two values holds.
 *
 * @param perField the policy of single fields
 * @param otherwise the policy of all others
 * @param preferred all systems, the one that wins ties and first meetings first
 */
public record Policies(Map<String, Policy> perField, Policy otherwise, List<String> preferred) {

  public static final List<String> DEFAULT_ORDER =
      List.of("bigquery", "twenty", "supabase", "local");

  public sealed interface Policy {
    /** The later one by the systems' own times. */
    record Latest() implements Policy {}

    /** The one of this system; the later one where neither is of it. */
    record Prefer(String system) implements Policy {}

    /** A person decides. */
    record Manual() implements Policy {}
  }

  public Policies {
    perField = Map.copyOf(perField);
    preferred = List.copyOf(preferred);
  }

  public static Policies latest() {
    return new Policies(Map.of(), new Policy.Latest(), DEFAULT_ORDER);
  }

  public Policy of(String field) {
    return perField.getOrDefault(field, otherwise);
  }

  /** 0 for the most preferred system; unknown ones come last. */
  public int rank(String system) {
    int index = preferred.indexOf(system);
    return index < 0 ? preferred.size() : index;
  }
}
