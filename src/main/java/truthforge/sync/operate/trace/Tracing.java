package truthforge.sync.operate.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.flow.Answers;
import truthforge.sync.flow.Outcome;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.merge.Write;

/**
 * Tells an OpenTelemetry collector the way of every change: one trace for each version of a
 * contact, from the system where it was seen through BigQuery to the others.
 *
 * <p>Names of systems and fields and outcomes are told, never a value, an id or a reason (promise
 * 10). Nothing waits for the collector: what it does not take is dropped.
 */
public final class Tracing implements Answers, AutoCloseable {

  /** Where the ledger keeps what makes the ids of traces its own. */
  private static final String SALT = "trace.salt";

  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("sync.system");
  private static final AttributeKey<List<String>> FIELDS =
      AttributeKey.stringArrayKey("sync.fields");
  private static final AttributeKey<Long> VERSION = AttributeKey.longKey("sync.version");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("sync.outcome");

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private final ChangeIds ids;
  private final Ledger ledger;
  private final Clock clock;
  private volatile String salt;
  private volatile BooleanSupplier quiet = () -> false;

  private Tracing(Configuration configuration, Ledger ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
    ids = new ChangeIds(this::salt);
    provider =
        SdkTracerProvider.builder()
            .setIdGenerator(ids)
            // By the trace alone, so that all who add to it decide alike.
            .setSampler(
                Sampler.traceIdRatioBased(configuration.integer(Options.TRACE_PERCENT) / 100.0))
            .setResource(
                Resource.getDefault().toBuilder().put("service.name", "truth-forge-sync").build())
            .addSpanProcessor(
                BatchSpanProcessor.builder(
                        new ToldExporter(
                            OtlpHttpSpanExporter.builder()
                                .setEndpoint(
                                    configuration
                                            .required(Options.TRACE_OTLP_URL)
                                            .replaceAll("/+$", "")
                                        + "/v1/traces")
                                .setTimeout(PATIENCE)
                                .setRetryPolicy(
                                    RetryPolicy.builder()
                                        .setMaxAttempts(2)
                                        .setInitialBackoff(Duration.ofMillis(500))
                                        .build())
                                .build()))
                    .setScheduleDelay(Duration.ofSeconds(1))
                    .setMaxQueueSize(20_000)
                    .setExporterTimeout(PATIENCE)
                    .build())
            .build();
    tracer = provider.get("truth-forge-sync");
  }

  /** Null where no collector is configured: then there is nothing of it. */
  public static Tracing of(Configuration configuration, Ledger ledger, Clock clock) {
    return configuration.isSet(Options.TRACE_OTLP_URL)
        ? new Tracing(configuration, ledger, clock)
        : null;
  }

  /** The ledger whose changes are told. */
  public Ledger ledger() {
    return new TracedLedger(ledger, this::changed);
  }

  /** Nothing is told while this holds: an initial sync is no change of anybody. */
  public void quietWhile(BooleanSupplier holds) {
    quiet = holds;
  }

  /** By version, the trace of each change of a contact. */
  public Map<Long, String> traces(String contactId, Set<Long> versions) {
    Map<Long, String> traces = new TreeMap<>();
    versions.forEach(version -> traces.put(version, ids.first(contactId, version).getTraceId()));
    return traces;
  }

  private String salt() {
    if (salt == null) {
      salt =
          ledger.transaction(
              tx -> {
                if (tx.setting(SALT) == null) {
                  tx.setSetting(SALT, UUID.randomUUID().toString());
                }
                return tx.setting(SALT);
              });
    }
    return salt;
  }

  private record Version(String contactId, long version) {}

  private void changed(List<Change> changes) {
    if (quiet.getAsBoolean()) {
      return;
    }
    Map<Version, List<Change>> versions = new LinkedHashMap<>();
    for (Change change : changes) {
      versions
          .computeIfAbsent(
              new Version(change.contactId(), change.version()), key -> new ArrayList<>())
          .add(change);
    }
    Instant now = clock.instant();
    versions.forEach((version, of) -> begin(version, of, now));
  }

  private void begin(Version version, List<Change> changes, Instant storedAt) {
    Change any = changes.get(0);
    ids.beginning(
        ids.first(version.contactId(), version.version()),
        () ->
            tracer
                .spanBuilder("observe " + any.by())
                .setNoParent()
                .setSpanKind(SpanKind.CONSUMER)
                .setStartTimestamp(any.recordedAt())
                .setAttribute(SYSTEM, any.by())
                .setAttribute(VERSION, version.version())
                .setAttribute(FIELDS, changes.stream().map(Change::field).distinct().toList())
                .startSpan()
                .end(storedAt));
  }

  @Override
  public void stored(String system, Instant leftAt, List<Outcome> outcomes) {
    if (quiet.getAsBoolean()) {
      return;
    }
    Instant now = clock.instant();
    outcomes.forEach(outcome -> delivered(system, leftAt, now, outcome));
  }

  /** One write may bring several versions: it is told in the trace of each. */
  private void delivered(String system, Instant leftAt, Instant now, Outcome outcome) {
    Write write = outcome.write();
    Map<Long, List<String>> versions = new TreeMap<>();
    for (String field : write.values().keySet()) {
      versions
          .computeIfAbsent(version(write.contact(), field), key -> new ArrayList<>())
          .add(field);
    }
    versions.remove(0L);
    versions.forEach(
        (version, fields) -> {
          SpanContext first = ids.first(write.contactId(), version);
          Span span =
              tracer
                  .spanBuilder("deliver " + system)
                  .setParent(Context.root().with(Span.wrap(first)))
                  .setSpanKind(SpanKind.PRODUCER)
                  .setStartTimestamp(leftAt)
                  .setAttribute(SYSTEM, system)
                  .setAttribute(VERSION, version)
                  .setAttribute(FIELDS, fields)
                  .setAttribute(OUTCOME, word(outcome))
                  .startSpan();
          if (outcome instanceof Outcome.Rejected || outcome instanceof Outcome.Taken) {
            span.setStatus(StatusCode.ERROR);
          }
          span.end(now);
        });
  }

  private static long version(Contact contact, String field) {
    FieldState state = contact.fields().get(field);
    return state == null ? 0 : state.version();
  }

  private static String word(Outcome outcome) {
    if (outcome instanceof Outcome.Applied) {
      return "arrived";
    }
    if (outcome instanceof Outcome.Rejected || outcome instanceof Outcome.Taken) {
      return "refused";
    }
    return outcome instanceof Outcome.ConditionFailed ? "not as last seen" : "made anew";
  }

  /** Sends what is left, as far as the collector takes it at once. */
  @Override
  public void close() {
    provider.shutdown().join(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
