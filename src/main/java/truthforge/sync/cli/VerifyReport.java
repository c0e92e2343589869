package truthforge.sync.cli;

import java.util.Locale;
import java.util.Map;

/**
 * How far the systems hold the same contacts.
 *
 * @param contacts live contacts of the ledger
 * @param verified whether every system holds all of them, and nothing else, the same
 * @param systems in the order of a cycle
 * @param held records that wait for a person; counted neither as extra nor as missing
 * @param parked records that a system refused; likewise
 * @param calls HTTP requests per system that has an HTTP API
 * @param seconds how long it took, to a tenth
 */
public record VerifyReport(
    long contacts,
    boolean verified,
    Map<String, SystemCount> systems,
    long held,
    long parked,
    Map<String, Long> calls,
    double seconds)
    implements Report {

  /**
   * @param contacts live records there
   * @param missing contacts that it lacks
   * @param extra live records that belong to no live contact
   * @param different contacts of which it holds another value, its own rewriting aside
   */
  public record SystemCount(long contacts, long missing, long extra, long different) {

    /** How many records are not as they should be, in percent of the contacts. */
    double driftPercent(long expected) {
      long drift = missing + extra + different;
      return drift == 0 ? 0 : 100.0 * drift / Math.max(1, expected);
    }
  }

  @Override
  public String text() {
    Table table = new Table("system", "contacts", "missing", "extra", "different", "drift");
    systems.forEach(
        (system, count) ->
            table.row(
                system,
                count.contacts(),
                count.missing(),
                count.extra(),
                count.different(),
                String.format(Locale.ROOT, "%.2f%%", count.driftPercent(contacts))));
    return table
        + String.format(
            Locale.ROOT,
            "%n%s: %d %s, %d held, %d parked, %.1f s%n",
            verified ? "verified" : "NOT the same everywhere",
            contacts,
            contacts == 1 ? "contact" : "contacts",
            held,
            parked,
            seconds);
  }

  @Override
  public Outcome outcome() {
    return verified ? Outcome.DONE : Outcome.FOUND;
  }
}
