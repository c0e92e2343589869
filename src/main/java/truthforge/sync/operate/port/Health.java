package truthforge.sync.operate.port;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import truthforge.sync.cli.ExitCodes;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.operate.Engine;
import truthforge.sync.operate.Status;

/** Whether the service keeps its promises, system by system; nothing personal in it. */
final class Health {

  private static final Duration LEDGER_PATIENCE = Duration.ofSeconds(5);

  private final RunningService service;

  enum State {
    UP,
    /** It works, and something waits for a person. */
    ATTENTION,
    DOWN;

    State or(State other) {
      return compareTo(other) > 0 ? this : other;
    }
  }

  /**
   * @param promise the number of the promise that this looks after; null for none
   * @param detail the figure behind it, in plain words
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Check(State status, Integer promise, String detail) {}

  record SystemHealth(State status, Map<String, Check> checks) {}

  /** All of it. */
  record Report(State status, Map<String, Check> checks, Map<String, SystemHealth> systems) {}

  /** Whether webhooks and commands can be taken. */
  record Ready(State status, Map<String, Check> checks) {}

  Health(RunningService service) {
    this.service = service;
  }

  Ready ready() {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("ledger", ledger());
    checks.put("routes", routes(service.engine()));
    return new Ready(worst(checks), checks);
  }

  Report report() {
    Ready ready = ready();
    Map<String, SystemHealth> systems = new LinkedHashMap<>();
    Map<String, Check> checks = new LinkedHashMap<>(ready.checks());
    State worst = ready.status();
    if (ready.checks().get("ledger").status() == State.UP) {
      Overview overview = service.overview();
      checks.put("clock", clock(overview.status().clock()));
      worst = worst.or(checks.get("clock").status());
      for (Map.Entry<String, Overview.SystemView> entry : overview.systems().entrySet()) {
        String clock = overview.status().systems().get(entry.getKey()).clock();
        SystemHealth health = system(entry.getKey(), entry.getValue(), clock, overview.at());
        systems.put(entry.getKey(), health);
        worst = worst.or(health.status());
      }
    }
    return new Report(worst, checks, systems);
  }

  private static State worst(Map<String, Check> checks) {
    return checks.values().stream().map(Check::status).reduce(State.UP, State::or);
  }

  /** Promise 9: nothing is lost as long as it can be stored. */
  private Check ledger() {
    CompletableFuture<Void> written = CompletableFuture.runAsync(service::requireWritableLedger);
    try {
      written.get(LEDGER_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return new Check(State.UP, 9, "can be written");
    } catch (TimeoutException e) {
      return new Check(
          State.DOWN, 9, "took no write within " + LEDGER_PATIENCE.toSeconds() + " seconds");
    } catch (ExecutionException e) {
      String why =
          e.getCause() instanceof Ledger.LedgerUnavailable
              ? e.getCause().getMessage()
              : ExitCodes.explain(e.getCause());
      return new Check(State.DOWN, 9, why);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Check(State.DOWN, 9, "the service is ending");
    }
  }

  private static Check routes(Engine running) {
    if (running == null) {
      return new Check(State.DOWN, null, "the service is starting or ending");
    }
    List<String> stopped = running.stoppedRoutes();
    if (!stopped.isEmpty()) {
      return new Check(State.DOWN, null, "stopped: " + String.join(", ", stopped));
    }
    List<String> faults = running.routeFaults();
    return faults.isEmpty()
        ? new Check(State.UP, null, running.expectedRoutes().size() + " routes run")
        : new Check(State.ATTENTION, null, "an edit was not taken: " + String.join("; ", faults));
  }

  private SystemHealth system(String system, Overview.SystemView view, String clock, Instant now) {
    Duration longest = Status.longest(service.configuration());
    Map<String, Check> checks = new TreeMap<>();
    checks.put("reading", reading(view, now, longest));
    checks.put("convergence", convergence(system, view, longest));
    checks.put("clock", clock(clock));
    checks.put("parked", waiting(view.parked(), 7, "parked"));
    checks.put("held", waiting(view.held(), 8, "held"));
    checks.put(
        "routes",
        view.stoppedRoutes().isEmpty()
            ? new Check(State.UP, null, "run")
            : new Check(State.DOWN, null, "stopped: " + String.join(", ", view.stoppedRoutes())));
    return new SystemHealth(worst(checks), checks);
  }

  /** Promise 3: how far the cursor is behind. */
  private static Check reading(Overview.SystemView view, Instant now, Duration longest) {
    if (view.state().equals("paused")) {
      return new Check(State.ATTENTION, 3, "paused by a person");
    }
    if (view.failure() != null) {
      return new Check(State.DOWN, 3, view.failure());
    }
    if (view.lastRead() == null) {
      return new Check(State.DOWN, 3, "was never read");
    }
    Duration age = Duration.between(view.lastRead(), now);
    return new Check(
        age.compareTo(longest) > 0 ? State.DOWN : State.UP,
        3,
        "read " + Math.max(0, age.toSeconds()) + " seconds ago");
  }

  /** Promise 1: which of two edits is the later one is told by clocks. */
  private static Check clock(String wrong) {
    return wrong == null
        ? new Check(State.UP, 1, "agrees with the others")
        : new Check(State.ATTENTION, 1, wrong);
  }

  /** Promise 4: for how long the oldest contact waits to be sent. */
  private Check convergence(String system, Overview.SystemView view, Duration longest) {
    if (view.due() == 0) {
      return new Check(State.UP, 4, "nothing waits");
    }
    String detail =
        view.due() == 1
            ? "1 contact waits, for " + view.lagSeconds() + " seconds"
            : view.due() + " contacts wait, the longest " + view.lagSeconds() + " seconds";
    boolean late = view.lagSeconds() > longest.toSeconds();
    boolean wanted = service.configuration().isReadOnly(system) || view.state().equals("paused");
    return new Check(late && !wanted ? State.DOWN : State.UP, 4, detail);
  }

  private static Check waiting(long count, int promise, String what) {
    return count == 0
        ? new Check(State.UP, promise, "none")
        : new Check(State.ATTENTION, promise, count + " " + what + ", for a person to decide");
  }
}
