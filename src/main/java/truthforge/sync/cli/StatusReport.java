package truthforge.sync.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the service does.
 *
 * @param healthy whether all indicators are good
 * @param indicators cycles completing regularly, contacts being synced, error rate, last sync
 *     recent
 * @param systems in the order of a cycle
 * @param conflicts edits that gave way to others, and are in the list
 * @param toSettle conflicts that wait for a person
 * @param clock what is wrong with this machine's clock; null where nothing is known to be
 */
public record StatusReport(
    boolean healthy,
    List<Indicator> indicators,
    Map<String, SystemStatus> systems,
    long contacts,
    long conflicts,
    long toSettle,
    long held,
    long parked,
    String clock)
    implements Report {

  /**
   * @param detail the figure behind it, in plain words
   */
  public record Indicator(String name, boolean good, String detail) {}

  /**
   * @param state {@code running}, {@code failing}, {@code held}, {@code paused}, {@code
   *     over-budget} or {@code read-only}
   * @param contacts linked records there
   * @param due contacts that wait to be sent there
   * @param lastRead null if never
   * @param lastWritten null if never
   * @param failure why it is failing; null where it is not
   * @param clock what is wrong with its clock; null where nothing is known to be
   */
  public record SystemStatus(
      String state,
      long contacts,
      long due,
      long held,
      long parked,
      Instant lastRead,
      Instant lastWritten,
      String failure,
      String clock) {}

  /** The same, which says that nobody keeps it so. */
  public StatusReport ofNoService() {
    List<Indicator> all = new ArrayList<>(indicators);
    Indicator cycles = all.remove(0);
    all.add(
        0,
        new Indicator(
            cycles.name(), cycles.good(), cycles.detail() + "; no service runs now ('run')"));
    return new StatusReport(
        healthy, all, systems, contacts, conflicts, toSettle, held, parked, clock);
  }

  @Override
  public String text() {
    Table health = new Table("indicator", "state", "detail");
    indicators.forEach(i -> health.row(i.name(), i.good() ? "good" : "BAD", i.detail()));
    Table table =
        new Table(
            "system",
            "state",
            "contacts",
            "due",
            "held",
            "parked",
            "last read",
            "last written",
            "failure");
    systems.forEach(
        (system, s) ->
            table.row(
                system,
                s.state(),
                s.contacts(),
                s.due(),
                s.held(),
                s.parked(),
                s.lastRead() == null ? "never" : s.lastRead(),
                s.lastWritten() == null ? "never" : s.lastWritten(),
                s.failure()));
    return health
        + System.lineSeparator()
        + table
        + clocks()
        + String.format(
            "%n%s: %d contacts, %d conflicts to settle, %d held, %d parked%n",
            healthy ? "healthy" : "NOT healthy", contacts, toSettle, held, parked);
  }

  private String clocks() {
    StringBuilder text = new StringBuilder();
    systems.forEach(
        (system, s) -> {
          if (s.clock() != null) {
            text.append(System.lineSeparator()).append(system).append(": ").append(s.clock());
          }
        });
    if (clock != null) {
      text.append(System.lineSeparator()).append(clock);
    }
    return text.isEmpty() ? "" : text.append(System.lineSeparator()).toString();
  }

  @Override
  public Outcome outcome() {
    return healthy ? Outcome.DONE : Outcome.FOUND;
  }
}
