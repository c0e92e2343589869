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
        ledger.transaction(tx -> tx.saveCycle(report(began)));
      }
      ledger.transaction(tx -> tx.saveCycle(report(NOON)));

      new Pruning(ledger, Duration.ofDays(2), clock).run();

      List<CycleReport> kept = ledger.transaction(tx -> tx.cycles(10));
      assertThat(kept)
          .extracting(CycleReport::startedAt)
          .containsExactlyInAnyOrder(
              NOON, NOON.minus(Duration.ofDays(1)), NOON.minus(Duration.ofDays(2)));
    }
  }

  @Test
  void where_less_than_a_day_is_kept_old_reports_are_dropped_within_the_day() {
    BigQueryWorld.Time clock = BigQueryWorld.Time.stopped();
    Duration keep = Duration.ofMinutes(10);
    try (MemoryLedger ledger = new MemoryLedger(clock)) {
      Pruning pruning = new Pruning(ledger, keep, clock);
      pruning.run();
      ledger.transaction(tx -> tx.saveCycle(report(clock.instant())));

      clock.advance(keep.plusSeconds(1));
      ledger.transaction(tx -> tx.saveCycle(report(clock.instant())));
      pruning.run();

      List<CycleReport> kept = ledger.transaction(tx -> tx.cycles(10));
      assertThat(kept).extracting(CycleReport::startedAt).containsExactly(clock.instant());
    }
  }

  @Test
  void a_start_with_a_clock_that_is_years_ahead_forgets_nothing() {
    Clock ahead = Clock.fixed(NOON.plus(Duration.ofDays(1000)), ZoneOffset.UTC);
    try (MemoryLedger ledger = new MemoryLedger(ahead)) {
      ledger.transaction(tx -> tx.saveCycle(report(NOON.minus(Duration.ofDays(89)))));
      ledger.transaction(tx -> tx.saveCycle(report(NOON)));

      new Pruning(ledger, Duration.ofDays(90), ahead).run();

      List<CycleReport> kept = ledger.transaction(tx -> tx.cycles(10));
      assertThat(kept).hasSize(2);
    }
  }

  private static CycleReport report(Instant began) {
    return new CycleReport(0, began, began, Map.of());
  }
}
