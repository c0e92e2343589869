package truthforge.sync.cli;

import java.util.Locale;
import java.util.Map;
import truthforge.sync.ledger.CycleReport.Counters;

/**
 * What one cycle did.
 *
 * @param systems in the order of a cycle
 */
public record CycleSummary(Map<String, Counters> systems, double seconds) implements Report {

  @Override
  public String text() {
    Table table =
        new Table("system", "read", "changed", "sent", "held", "parked", "calls", "failure");
    systems.forEach(
        (system, c) ->
            table.row(
                system,
                c.read(),
                c.changed(),
                c.sent(),
                c.held(),
                c.parked(),
                c.calls(),
                c.failure()));
    return table + String.format(Locale.ROOT, "%.1f s%n", seconds);
  }

  @Override
  public Outcome outcome() {
    return systems.values().stream().anyMatch(c -> c.failure() != null)
        ? Outcome.UNREACHABLE
        : Outcome.DONE;
  }
}
