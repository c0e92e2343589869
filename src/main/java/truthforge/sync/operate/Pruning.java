package truthforge.sync.operate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;

/**
 * Drops old history once a day, or more often where less than a day is kept, so that the ledger
 * does not grow for ever.
 */
final class Pruning implements Runnable {

  private static final Duration LONGEST = Duration.ofDays(1);

  private final Ledger ledger;
  private final Duration keep;
  private final Clock clock;
  private Instant last = Instant.MIN;

  /**
   * @param keep how long history, settled conflicts and reports of cycles are kept
   */
  Pruning(Ledger ledger, Duration keep, Clock clock) {
    this.ledger = ledger;
    this.keep = keep;
    this.clock = clock;
  }

  @Override
  public void run() {
    Instant now = clock.instant();
    if (last.isAfter(now.minus(keep.compareTo(LONGEST) < 0 ? keep : LONGEST))) {
      return;
    }
    ledger.transaction(
        tx -> {
          tx.pruneBefore(atMost(now, tx).minus(keep));
          return null;
        });
    last = now;
  }

  /**
   * A clock that is set years ahead must not have the past forgotten at the next start, before any
   * system has told its time: no more time has passed than until the last cycle.
   */
  private static Instant atMost(Instant now, LedgerTransaction tx) {
    return tx.cycles(1).stream()
        .map(CycleReport::endedAt)
        .filter(now::isAfter)
        .findFirst()
        .orElse(now);
  }
}
