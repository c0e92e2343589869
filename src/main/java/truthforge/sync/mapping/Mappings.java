package truthforge.sync.mapping;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Fields;

/** The mappings of all systems that take part, which agree on the fields that they add. */
public final class Mappings {

  private final Map<String, Mapping> bySystem;
  private final Fields fields;

  private Mappings(Map<String, Mapping> bySystem, Fields fields) {
    this.bySystem = Collections.unmodifiableMap(bySystem);
    this.fields = fields;
  }

  /**
   * Puts mappings together.
   *
   * @throws MappingFaults where two of them add a field of the same name with different types
   * @throws IllegalArgumentException where two are for the same system
   */
  public static Mappings of(Collection<Mapping> mappings) throws MappingFaults {
    Map<String, Mapping> bySystem = new LinkedHashMap<>();
    Map<String, Map.Entry<Field, Mapping.Position>> added = new LinkedHashMap<>();
    List<MappingFault> faults = new ArrayList<>();
    for (Mapping mapping : mappings) {
      if (bySystem.putIfAbsent(mapping.system(), mapping) != null) {
        throw new IllegalArgumentException("Two mappings are for " + mapping.system());
      }
      for (Map.Entry<Field, Mapping.Position> here : mapping.addedAt().entrySet()) {
        Field field = here.getKey();
        Map.Entry<Field, Mapping.Position> first = added.putIfAbsent(field.name(), here);
        if (first != null && first.getKey().type() != field.type()) {
          Mapping.Position at = here.getValue();
          Mapping.Position there = first.getValue();
          faults.add(
              new MappingFault(
                  at.file(),
                  at.line(),
                  at.column(),
                  "'"
                      + field.name()
                      + "' is of type "
                      + label(field)
                      + " here and of type "
                      + label(first.getKey())
                      + " in "
                      + there.file()
                      + ":"
                      + there.line(),
                  "Give it the same type in all files"));
        }
      }
    }
    if (!faults.isEmpty()) {
      throw new MappingFaults(faults);
    }
    Set<Field> all = new LinkedHashSet<>();
    added.values().forEach(entry -> all.add(entry.getKey()));
    return new Mappings(bySystem, Fields.with(all));
  }

  private static String label(Field field) {
    return field.type().name().toLowerCase(Locale.ROOT);
  }

  /** Those that every contact has, and those that the mappings add. */
  public Fields fields() {
    return fields;
  }

  /**
   * The mapping of that system.
   *
   * @throws IllegalArgumentException when it takes no part
   */
  public Mapping of(String system) {
    Mapping mapping = bySystem.get(system);
    if (mapping == null) {
      throw new IllegalArgumentException("There is no mapping for " + system);
    }
    return mapping;
  }

  /** In the order in which they were given. */
  public Collection<Mapping> all() {
    return bySystem.values();
  }
}
