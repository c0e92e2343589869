package truthforge.sync.flow;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import truthforge.sync.mapping.Capabilities;

/**
 * The systems that take part, in the order in which they are read, and what each can hold.
 *
 * <p>A system's capabilities can shrink when its schema has been read: fields that it lacks are
 * neither told nor sent.
 */
public final class Participants {

  /** The record of truth, where it takes part. */
  public static final String RECORD_OF_TRUTH = "bigquery";

  private final Map<String, Capabilities> capabilities = new LinkedHashMap<>();
  private volatile Consumer<String> listener = system -> {};
  private volatile Consumer<String> missingListener = system -> {};

  public Participants(List<? extends Capabilities> systems) {
    systems.forEach(system -> capabilities.put(system.system(), system));
  }

  public synchronized List<String> names() {
    return List.copyOf(capabilities.keySet());
  }

  public synchronized Capabilities of(String system) {
    Capabilities found = capabilities.get(system);
    if (found == null) {
      throw new IllegalArgumentException("The system " + system + " takes no part in the sync");
    }
    return found;
  }

  /** Takes note of what the system can hold as it is now. */
  public void learn(Capabilities system) {
    synchronized (this) {
      capabilities.put(system.system(), system);
    }
    listener.accept(system.system());
  }

  /** Who is told, before anything more is read, of each system whose schema has been read. */
  public void whenLearned(Consumer<String> told) {
    listener = told;
  }

  /** Takes note that the system's table is not there: what is done to it meanwhile is not told. */
  public void miss(String system) {
    missingListener.accept(system);
  }

  /** Who is told of each system whose table was looked for and not found. */
  public void whenMissing(Consumer<String> told) {
    missingListener = told;
  }

  /** The system that must acknowledge before this one is sent anything; null for none. */
  public String gateOf(String system) {
    return system.equals(RECORD_OF_TRUTH) || !names().contains(RECORD_OF_TRUTH)
        ? null
        : RECORD_OF_TRUTH;
  }
}
