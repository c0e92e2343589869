package truthforge.sync.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Locale;
import java.util.Map;
import truthforge.sync.ledger.CycleReport.Counters;

/**
 * What one cycle did.
 *
 * @param systems in the order of a cycle
 * @param outcome whether a system could not be worked with, and if so, whether it may come back by
 *     itself
 */
public record CycleSummary(
    Map<String, Counters> systems, double seconds, @JsonIgnore Outcome outcome) implements Report {

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
}
