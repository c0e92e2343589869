package truthforge.sync.operate;

import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.flow.Forgetting;
import truthforge.sync.flow.Participants;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.systems.BatchRefused;

/** What routes ask about erasing the records of forgotten contacts, for good. */
public final class Erasing {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  /** Ids in one call at most. */
  private static final int AT_ONCE = 100;

  private final Ledger ledger;
  private final Forgetting forgetting;
  private final Participants participants;
  private final Availability availability;

  Erasing(
      Ledger ledger, Forgetting forgetting, Participants participants, Availability availability) {
    this.ledger = ledger;
    this.forgetting = forgetting;
    this.participants = participants;
    this.availability = availability;
  }

  /**
   * Records that a system is to erase.
   *
   * @param target the system, or {@link Forgetting#HISTORY}
   * @param ids of records; of contacts where the history is meant
   */
  public record Task(String target, Set<String> ids) {
    public Task {
      ids = Set.copyOf(ids);
    }
  }

  /** Systems that have something to erase. */
  public Set<String> systems() {
    return ledger.transaction(
        tx -> {
          Set<String> systems = new LinkedHashSet<>();
          for (String system : participants.names()) {
            if (!forgetting.toErase(tx, system, 1).isEmpty()) {
              systems.add(system);
            }
          }
          if (!forgetting.toErase(tx, Forgetting.HISTORY, 1).isEmpty()
              && participants.names().contains(Participants.RECORD_OF_TRUTH)) {
            systems.add(Participants.RECORD_OF_TRUTH);
          }
          return systems;
        });
  }

  /** What is to be erased next of a target. */
  public Task task(String target) {
    return new Task(target, ledger.transaction(tx -> forgetting.toErase(tx, target, AT_ONCE)));
  }

  public boolean isNothing(Task task) {
    return task.ids().isEmpty();
  }

  /** The target has erased them all. */
  public void done(Task task) {
    ledger.transaction(
        tx -> {
          forgetting.erased(tx, task.target(), task.ids());
          return null;
        });
  }

  /**
   * The system did not erase them, and is asked again in the next cycle. What it refuses backs off
   * nothing else.
   *
   * @param task null where it was not even begun
   */
  public void failed(String system, Task task, Exception thrown) {
    Throwable cause = Failures.telling(system, thrown);
    if (task == null || !(cause instanceof BatchRefused)) {
      availability.failed(system, thrown);
      return;
    }
    LOG.warn(
        "{} does not erase {} records for now: {}",
        task.target(),
        task.ids().size(),
        Failures.inPlainWords(system, cause));
  }
}
