package truthforge.sync.operate.port;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.ledger.LedgerTransaction.Recorded;

/**
 * All that the first page shows.
 *
 * @param ready whether the service is at work; false while it starts
 * @param status the indicators and what waits, as the command {@code status} tells it
 * @param systems in the order of a cycle
 * @param flow the last hour, a minute each, the oldest first
 * @param recent the last changes of any contact, newest first
 * @param names of the contacts in {@code recent}, by id
 * @param revision moves when a list of conflicts, dead letters or held changes may have changed
 * @param editable fields that can be edited in the systems from here; none but in the sandbox
 * @param stoppedRoutes those that should run, of whatever system
 * @param routeFaults what is wrong with routes that were edited since the start
 */
public record Overview(
    Instant at,
    boolean ready,
    StatusReport status,
    Map<String, SystemView> systems,
    List<Minute> flow,
    List<Recorded> recent,
    Map<String, String> names,
    String revision,
    List<String> editable,
    List<String> stoppedRoutes,
    List<String> routeFaults) {

  /**
   * @param state {@code running}, {@code read-only}, {@code paused}, {@code stopped} or {@code
   *     failing}
   * @param lagSeconds for how long the oldest contact that is due waits; 0 where none is
   * @param calls made since the start
   * @param callsLeft in the budget at this moment; null where there is no limit
   * @param callsPerMinute null where there is no limit
   * @param billedToday bytes billed since midnight UTC; null of systems that bill nothing
   * @param billedMost bytes wanted in a day at most; null where there is no limit
   * @param stoppedRoutes those of this system that should run
   */
  public record SystemView(
      String state,
      long contacts,
      long due,
      long held,
      long parked,
      Instant lastRead,
      Instant lastWritten,
      long lagSeconds,
      long calls,
      Long callsLeft,
      Long callsPerMinute,
      Long billedToday,
      Long billedMost,
      String failure,
      List<String> stoppedRoutes) {}

  /**
   * @param changed contacts that changed in a system, by system
   * @param sent contacts that were written to a system, by system
   */
  public record Minute(Instant at, Map<String, Long> changed, Map<String, Long> sent) {}
}
