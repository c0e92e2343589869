package truthforge.sync.recordings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Counts what became of each recording of one or several systems: replayed alike, replayed and
 * different, or not applicable for a reason that is written down.
 */
public final class ReplayTally {
  private final TreeSet<String> alike = new TreeSet<>();
  private final TreeSet<String> notApplicable = new TreeSet<>();
  private final Map<String, List<String>> different = new TreeMap<>();

  /**
   * @param differences one line each; none if the answer was as recorded
   */
  public void replayed(String system, String name, List<String> differences) {
    String recording = system + "/" + name;
    if (differences.isEmpty()) {
      alike.add(recording);
    } else {
      different.computeIfAbsent(recording, r -> new ArrayList<>()).addAll(differences);
    }
  }

  public void notApplicable(String system, String name) {
    notApplicable.add(system + "/" + name);
  }

  /** Takes over what another has counted. */
  public void add(ReplayTally other) {
    alike.addAll(other.alike);
    notApplicable.addAll(other.notApplicable);
    different.putAll(other.different);
  }

  public int replayed() {
    return alike.size() + different.size();
  }

  public int notApplicable() {
    return notApplicable.size();
  }

  /** What differed, by recording. */
  public Map<String, List<String>> different() {
    return different;
  }

  /** Whether this recording was counted at all. */
  public boolean knows(String system, String name) {
    String recording = system + "/" + name;
    return alike.contains(recording)
        || notApplicable.contains(recording)
        || different.containsKey(recording);
  }

  /** The one line that sums up. */
  public String line() {
    return replayed()
        + " replayed, "
        + notApplicable()
        + " not applicable, "
        + different.size()
        + " different";
  }
}
