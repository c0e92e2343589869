package truthforge.sync.ledger;

import java.time.Instant;
import java.util.Map;

/**
 * What one cycle did.
 *
 * @param id 0 before it is stored
 * @param endedAt null while it runs
 * @param systems counters per system
 */
public record CycleReport(
    long id, Instant startedAt, Instant endedAt, Map<String, Counters> systems) {

  /**
   * @param failure why the system could not be read or written, in plain words; null where it could
   */
  public record Counters(
      long read, long changed, long sent, long held, long parked, long calls, String failure) {}
}
