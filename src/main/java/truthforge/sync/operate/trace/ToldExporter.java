package truthforge.sync.operate.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells in our log, once, that the collector takes nothing, and once that it does again. */
final class ToldExporter implements SpanExporter {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  /** What the library says of itself goes past our log. Kept, or the level would be forgotten. */
  private static final java.util.logging.Logger LIBRARY =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  private final SpanExporter exporter;
  private final AtomicBoolean failing = new AtomicBoolean();

  ToldExporter(SpanExporter exporter) {
    this.exporter = exporter;
    LIBRARY.setLevel(Level.OFF);
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    result.whenComplete(() -> told(result.isSuccess()));
    return result;
  }

  private void told(boolean taken) {
    if (failing.getAndSet(!taken) == taken) {
      if (taken) {
        LOG.info("trace.otlp-url takes traces again");
      } else {
        LOG.warn("trace.otlp-url takes no traces; they are dropped until it does");
      }
    }
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
