package truthforge.sync.operate;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.CycleReport.Counters;

/** Counts what cycles do as metrics, per system; no id is ever a label. */
public final class Counts {

  public static final String CYCLE = "sync.cycle";
  public static final String READ = "sync.read";
  public static final String CHANGED = "sync.changed";

  /** Records read that told nothing new: echoes of our own writes, and what was read again. */
  public static final String UNCHANGED = "sync.unchanged";

  public static final String SENT = "sync.sent";

  /** Records that were not as last seen, or that a system failed on, to be tried anew. */
  public static final String RETRIED = "sync.retried";

  public static final String CALLS = "sync.calls";
  public static final String FAILURES = "sync.failures";

  private static final String HELD = "sync.held";
  private static final String PARKED = "sync.parked";

  private final MeterRegistry registry;

  Counts(MeterRegistry registry) {
    this.registry = registry;
  }

  void add(CycleReport cycle) {
    registry.timer(CYCLE).record(Duration.between(cycle.startedAt(), cycle.endedAt()));
    cycle.systems().forEach(this::add);
  }

  /** Edits that a write without a condition replaced unseen; each is in the conflict list. */
  void addOverwritten(String system, long more) {
    count("sync.overwritten", system, more);
  }

  private void add(String system, Counters counters) {
    count(READ, system, counters.read());
    count(CHANGED, system, counters.changed());
    count(SENT, system, counters.sent());
    count(HELD, system, counters.held());
    count(PARKED, system, counters.parked());
    count(CALLS, system, counters.calls());
    count(FAILURES, system, counters.failure() == null ? 0 : 1);
  }

  void unchanged(String system, long more) {
    count(UNCHANGED, system, more);
  }

  void retried(String system, long more) {
    count(RETRIED, system, more);
  }

  private void count(String name, String system, long more) {
    registry.counter(name, "system", system).increment(more);
  }
}
