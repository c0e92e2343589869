package truthforge.sync.operate.port;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.operate.Counts;
import truthforge.sync.operate.Engine;
import truthforge.sync.operate.port.Overview.SystemView;

/**
 * The few figures that tell how the service does, in Prometheus' form: {@code docs/metrics.md}
 * lists them. A system is the only label; no contact, record or address is ever one.
 */
final class Metrics {

  private static final String WEBHOOKS_REFUSED = "sync.webhooks.refused";
  private static final String WEBHOOKS_TAKEN = "Genuine webhooks of records that are synchronised";
  private static final String WEBHOOKS_UNKNOWN = "Genuine webhooks of nothing that is synchronised";

  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final RunningService service;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Set<Meter.Id> registered = ConcurrentHashMap.newKeySet();
  private volatile Overview seen;

  Metrics(RunningService service) {
    this.service = service;
    seen = service.overview();
    Gauge.builder("sync.ready", () -> seen.ready() ? 1 : 0)
        .description("1 while the service is at work, 0 while it starts or ends")
        .register(registry);
    Gauge.builder("sync.canonical.contacts", () -> seen.status().contacts())
        .description("Live contacts")
        .register(registry);
    Gauge.builder("sync.conflicts", () -> seen.status().conflicts())
        .description("Conflicts in the list")
        .register(registry);
    Gauge.builder("sync.conflicts.waiting", () -> seen.status().toSettle())
        .description("Conflicts that wait for a person")
        .register(registry);
    FunctionTimer.builder(
            "sync.cycle",
            this,
            m -> (long) m.cycles(Timer::count),
            m -> m.cycles(timer -> timer.totalTime(TimeUnit.SECONDS)),
            TimeUnit.SECONDS)
        .description("Cycles that ended, and how long they took")
        .register(registry);
    service.systems().forEach(this::register);
  }

  private void register(String system) {
    gauge("sync.up", system, "1 where the system is read and answers", Metrics::up);
    gauge("sync.contacts", system, "Records linked with a contact", SystemView::contacts);
    gauge("sync.due", system, "Contacts that wait to be sent", SystemView::due);
    gauge("sync.lag", system, "For how long the oldest of these waits", SystemView::lagSeconds);
    gauge("sync.read.age", system, "Since the system was last read to the end", this::readAge);
    gauge("sync.parked", system, "Dead letters", SystemView::parked);
    gauge("sync.held", system, "Observations that wait for a person", SystemView::held);
    if (seen.systems().get(system).callsPerMinute() != null || system.equals("twenty")) {
      gauge("sync.calls.left", system, "Calls left in the budget", Metrics::callsLeft);
    }
    counter("sync.reads", Counts.READ, system, "Records read");
    counter("sync.changes", Counts.CHANGED, system, "Contacts changed by what was read");
    counter("sync.echo.drops", Counts.UNCHANGED, system, "Records read that told nothing new");
    counter("sync.writes", Counts.SENT, system, "Records written");
    counter("sync.retries", Counts.RETRIED, system, "Records to be read again and tried anew");
    counter("sync.calls", Counts.CALLS, system, "Calls made");
    if (takesWebhooks(system)) {
      counter("sync.webhooks.taken", "sync.webhooks.taken", system, WEBHOOKS_TAKEN);
      counter("sync.webhooks.unknown", "sync.webhooks.unknown", system, WEBHOOKS_UNKNOWN);
    }
    counter("sync.failures", Counts.FAILURES, system, "Cycles in which the system failed");
  }

  private boolean takesWebhooks(String system) {
    Option secret = Options.find(system + ".webhook-secret");
    return secret != null && service.configuration().isSet(secret);
  }

  private void gauge(
      String name, String system, String description, ToDoubleFunction<SystemView> value) {
    boolean seconds = name.equals("sync.lag") || name.equals("sync.read.age");
    Gauge.builder(name, () -> value.applyAsDouble(seen.systems().get(system)))
        .description(description)
        .baseUnit(seconds ? "seconds" : null)
        .tag("system", system)
        .register(registry);
  }

  private void counter(String name, String counted, String system, String description) {
    FunctionCounter.builder(name, this, m -> m.count(counted, system))
        .description(description)
        .tag("system", system)
        .register(registry);
  }

  private double count(String counted, String system) {
    Engine running = service.engine();
    Counter counter =
        running == null ? null : running.metrics().find(counted).tag("system", system).counter();
    return counter == null ? 0 : counter.count();
  }

  private double cycles(ToDoubleFunction<Timer> value) {
    Engine running = service.engine();
    Timer timer = running == null ? null : running.metrics().find(Counts.CYCLE).timer();
    return timer == null ? 0 : value.applyAsDouble(timer);
  }

  private static double up(SystemView view) {
    return view.state().equals("running") || view.state().equals("read-only") ? 1 : 0;
  }

  private double readAge(SystemView view) {
    return view.lastRead() == null
        ? Double.NaN
        : Math.max(0, Duration.between(view.lastRead(), seen.at()).toMillis() / 1000.0);
  }

  private static double callsLeft(SystemView view) {
    return view.callsLeft() == null ? Double.NaN : view.callsLeft();
  }

  /** Of refused webhooks, whatever reasons there are. */
  private void registerRefusals() {
    Engine running = service.engine();
    if (running == null) {
      return;
    }
    for (Meter meter : running.metrics().getMeters()) {
      Meter.Id id = meter.getId();
      if (id.getName().equals(WEBHOOKS_REFUSED) && registered.add(id)) {
        FunctionCounter.builder(id.getName(), this, m -> m.count(id))
            .description("Webhooks that were refused, by the reason")
            .tags(id.getTags())
            .register(registry);
      }
    }
  }

  private double count(Meter.Id id) {
    Engine running = service.engine();
    Counter counter =
        running == null ? null : running.metrics().find(id.getName()).tags(id.getTags()).counter();
    return counter == null ? 0 : counter.count();
  }

  String scrape() {
    seen = service.overview();
    registerRefusals();
    return registry.scrape();
  }
}
