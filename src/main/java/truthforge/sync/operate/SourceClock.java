package truthforge.sync.operate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.Walk;

/** The source's own clock, as its cursor keeps it. */
final class SourceClock {

  /** HTTP tells whole seconds, and a clock that is set right steps by less. */
  private static final Duration TOLERATED = Duration.ofSeconds(5);

  private SourceClock() {}

  /** Whether the clock stood lower at the second cursor than at the first. */
  static boolean ranBack(Cursor first, Cursor second) {
    Instant before = time(first);
    Instant after = time(second);
    return before != null && after != null && after.isBefore(before.minus(TOLERATED));
  }

  /** Null where the cursor has none. */
  private static Instant time(Cursor cursor) {
    ObjectNode position = Walk.lastPosition(cursor);
    if (position == null) {
      return null;
    }
    if (position.hasNonNull("since_us")) {
      long micros = position.get("since_us").asLong();
      return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1000);
    }
    return position.hasNonNull("since") ? Records.instant(position.get("since").asText()) : null;
  }
}
