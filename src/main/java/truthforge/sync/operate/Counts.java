package truthforge.sync.operate;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.CycleReport.Counters;

/** Counts what cycles do as metrics, per system; no id is ever a label. */
final class Counts {

  private final MeterRegistry registry;

  Counts(MeterRegistry registry) {
    this.registry = registry;
  }

  void add(CycleReport cycle) {
    registry.timer("sync.cycle").record(Duration.between(cycle.startedAt(), cycle.endedAt()));
    cycle.systems().forEach(this::add);
  }

  /** Edits that a write without a condition replaced unseen; each is in the conflict list. */
  void addOverwritten(String system, long more) {
    count("sync.overwritten", system, more);
  }

  private void add(String system, Counters counters) {
    count("sync.read", system, counters.read());
    count("sync.changed", system, counters.changed());
    count("sync.sent", system, counters.sent());
    count("sync.held", system, counters.held());
    count("sync.parked", system, counters.parked());
    count("sync.calls", system, counters.calls());
    count("sync.failures", system, counters.failure() == null ? 0 : 1);
  }

  private void count(String name, String system, long more) {
    registry.counter(name, "system", system).increment(more);
  }
}
