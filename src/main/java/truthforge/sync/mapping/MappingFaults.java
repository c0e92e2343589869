package truthforge.sync.mapping;

import java.util.List;
import java.util.stream.Collectors;

/** All that is wrong in the mapping files, at once. */
public final class MappingFaults extends Exception {

  private final transient List<MappingFault> faults;

  public MappingFaults(List<MappingFault> faults) {
    super(faults.stream().map(MappingFault::toString).collect(Collectors.joining("\n")));
    this.faults = List.copyOf(faults);
  }

  /** In the order of the files, at least one. */
  public List<MappingFault> faults() {
    return faults;
  }
}
