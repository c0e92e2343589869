package truthforge.sync.operate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.systems.FeedHead;
import truthforge.sync.systems.bigquery.BilledBytes;

/** The four health indicators, and what each system holds, from the ledger alone. */
public final class Status {

  private static final int CYCLES_LOOKED_AT = 20;
  private static final Duration SHORTEST = Duration.ofSeconds(30);
  private static final String OVER_BUDGET = "over-budget";
  private static final double WORST_ERROR_RATE = 0.1;
  private static final int HELD_PAGE = 1000;

  private final Configuration configuration;
  private final List<String> systems;
  private final Clock clock;

  public Status(Configuration configuration, List<String> systems, Clock clock) {
    this.configuration = configuration;
    this.systems = systems;
    this.clock = clock;
  }

  public StatusReport report(LedgerTransaction tx) {
    Instant now = clock.instant();
    Duration longest = longest(configuration);
    List<CycleReport> cycles = tx.cycles(CYCLES_LOOKED_AT);
    List<StatusReport.Indicator> indicators = new ArrayList<>();
    indicators.add(regular(cycles, longest, now));
    indicators.add(synced(tx));
    indicators.add(errors(cycles));
    indicators.add(recent(tx, longest, now));
    Map<String, StatusReport.SystemStatus> all = new LinkedHashMap<>();
    systems.forEach(system -> all.put(system, system(tx, system, cycles, now)));
    return new StatusReport(
        indicators.stream().allMatch(StatusReport.Indicator::good)
            && all.values().stream().noneMatch(system -> system.state().equals(OVER_BUDGET)),
        indicators,
        all,
        tx.countContacts(false),
        tx.countConflicts(Conflict.Kind.EDIT),
        tx.countWaiting(),
        systems.stream().mapToLong(tx::countHeld).sum(),
        systems.stream().mapToLong(tx::countDeadLetters).sum(),
        ClockNotes.ofThisMachine(tx));
  }

  /** For how long nothing need happen before it is a bad sign. */
  public static Duration longest(Configuration configuration) {
    Duration cycles = configuration.seconds(Options.SYNC_INTERVAL_SECONDS).multipliedBy(3);
    return cycles.compareTo(SHORTEST) < 0 ? SHORTEST : cycles;
  }

  private static StatusReport.Indicator regular(
      List<CycleReport> cycles, Duration longest, Instant now) {
    if (cycles.isEmpty()) {
      return new StatusReport.Indicator("cycles complete", false, "no cycle yet");
    }
    Instant last = cycles.get(0).endedAt();
    boolean good = last != null && last.isAfter(now.minus(longest));
    return new StatusReport.Indicator("cycles complete", good, "the last ended at " + last);
  }

  private StatusReport.Indicator synced(LedgerTransaction tx) {
    long due = 0;
    Instant oldest = null;
    for (String system : systems) {
      LedgerTransaction.DueCount count = tx.countDue(system, gate(system), clock.instant());
      due += count.count();
      if (count.oldest() != null && (oldest == null || count.oldest().isBefore(oldest))) {
        oldest = count.oldest();
      }
    }
    // Promise 8: health says so, for what waits for a person waits until one looks.
    for (String system : systems) {
      Held.Reason why = Sources.heldFor(tx, system);
      if (why != null) {
        return new StatusReport.Indicator(
            "contacts being synced",
            false,
            system
                + (why == Held.Reason.EMPTY_SOURCE
                    ? " is empty at once"
                    : " is another one, or was restored from a backup,")
                + " and is held; see 'held list'");
      }
    }
    long surprises = surprises(tx);
    if (surprises > 0) {
      return new StatusReport.Indicator(
          "contacts being synced",
          false,
          surprises + " deletions or changes, more than allowed, are held; see 'held list'");
    }
    boolean good = oldest == null || oldest.isAfter(clock.instant().minus(longest(configuration)));
    return new StatusReport.Indicator(
        "contacts being synced",
        good,
        due == 0 ? "nothing waits" : due + " records wait, the oldest since " + oldest);
  }

  /** What is held because it is too much at once; not what is held because it is ambiguous. */
  private long surprises(LedgerTransaction tx) {
    long surprises = 0;
    if (systems.stream().mapToLong(tx::countHeld).sum() == 0) {
      return surprises;
    }
    List<Held> page = tx.heldAfter(0, HELD_PAGE);
    while (!page.isEmpty()) {
      surprises +=
          page.stream()
              .filter(
                  held ->
                      held.why() == Held.Reason.TOO_MANY_DELETIONS
                          || held.why() == Held.Reason.TOO_MANY_CHANGES)
              .count();
      page = tx.heldAfter(page.get(page.size() - 1).id(), HELD_PAGE);
    }
    return surprises;
  }

  private String gate(String system) {
    String truth = Participants.RECORD_OF_TRUTH;
    return system.equals(truth) || !systems.contains(truth) ? null : truth;
  }

  private static StatusReport.Indicator errors(List<CycleReport> cycles) {
    long turns = 0;
    long failed = 0;
    for (CycleReport cycle : cycles) {
      for (Counters counters : cycle.systems().values()) {
        turns++;
        failed += counters.failure() == null ? 0 : 1;
      }
    }
    double rate = turns == 0 ? 0 : (double) failed / turns;
    return new StatusReport.Indicator(
        "error rate",
        rate <= WORST_ERROR_RATE,
        failed
            + " of "
            + turns
            + " turns of systems failed in the last "
            + cycles.size()
            + " cycles");
  }

  private StatusReport.Indicator recent(LedgerTransaction tx, Duration longest, Instant now) {
    String stalest = null;
    Instant oldest = null;
    for (String system : systems) {
      Instant moved = Cycle.lastRead(tx, system);
      if (moved == null) {
        return new StatusReport.Indicator(
            "last sync recent", false, system + " was never read; run 'init'");
      }
      if (oldest == null || moved.isBefore(oldest)) {
        oldest = moved;
        stalest = system;
      }
      Instant held = FeedHead.heldSince(tx.cursor(system));
      if (held != null && held.isBefore(now.minus(longest))) {
        return new StatusReport.Indicator(
            "last sync recent",
            false,
            "an open transaction in "
                + system
                + " keeps changes since "
                + held
                + " from being read; see 'doctor'");
      }
    }
    if (oldest == null) {
      return new StatusReport.Indicator(
          "last sync recent", false, "no system is set up; see 'doctor'");
    }
    boolean good = oldest.isAfter(now.minus(longest));
    return new StatusReport.Indicator(
        "last sync recent", good, stalest + " was read longest ago, at " + oldest);
  }

  private StatusReport.SystemStatus system(
      LedgerTransaction tx, String system, List<CycleReport> cycles, Instant now) {
    Counters last = cycles.isEmpty() ? null : cycles.get(0).systems().get(system);
    String failure = last == null ? null : last.failure();
    String overBudget = system.equals("bigquery") ? overBudget(tx, now) : null;
    long records = 0;
    for (Replica.State state : Replica.State.values()) {
      records += tx.countReplicas(system, state);
    }
    return new StatusReport.SystemStatus(
        state(tx, system, failure, overBudget),
        records,
        tx.countDue(system, gate(system), now).count(),
        tx.countHeld(system),
        tx.countDeadLetters(system),
        Cycle.lastRead(tx, system),
        Cycle.lastWritten(tx, system),
        failure != null ? failure : overBudget,
        ClockNotes.of(tx, system));
  }

  /** Null where no more was billed today than is wanted. */
  private String overBudget(LedgerTransaction tx, Instant now) {
    if (!configuration.isSet(Options.BIGQUERY_MAX_BYTES_PER_DAY)) {
      return null;
    }
    long most = Long.parseLong(configuration.required(Options.BIGQUERY_MAX_BYTES_PER_DAY));
    long billed = BilledBytes.today(tx, now);
    return billed <= most
        ? null
        : "BigQuery has billed "
            + billed
            + " bytes today, more than bigquery.max-bytes-per-day ("
            + most
            + "). Until midnight UTC changes are gathered for up to "
            + configuration.required(Options.BIGQUERY_FORCE_QUERY_MINUTES)
            + " minutes; nothing is lost.";
  }

  private String state(LedgerTransaction tx, String system, String failure, String overBudget) {
    if (Pauses.isPaused(tx, system)) {
      return "paused";
    }
    if (failure != null) {
      return "failing";
    }
    if (Sources.heldFor(tx, system) != null) {
      return "held";
    }
    if (overBudget != null) {
      return OVER_BUDGET;
    }
    return configuration.isReadOnly(system) ? "read-only" : "running";
  }
}
