package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.MemoryLedger;

class PruningTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  @Test
  void reports_older_than_what_is_kept_are_dropped_and_others_stay() {
    Clock clock = Clock.fixed(NOON, ZoneOffset.UTC);
    try (MemoryLedger ledger = new MemoryLedger(clock)) {
      for (int day = 1; day <= 3; day++) {
        Instant began = NOON.minus(Duration.ofDays(day));
        ledger.transaction(tx -> tx.saveCycle(new CycleReport(0, began, began, Map.of())));
      }

      new Pruning(ledger, Duration.ofDays(2), clock).run();

      List<CycleReport> kept = ledger.transaction(tx -> tx.cycles(10));
      assertThat(kept)
          .extracting(CycleReport::startedAt)
          .containsExactlyInAnyOrder(
              NOON.minus(Duration.ofDays(1)), NOON.minus(Duration.ofDays(2)));
    }
  }
}
