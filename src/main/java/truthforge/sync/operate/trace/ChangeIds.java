package truthforge.sync.operate.trace;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.trace.IdGenerator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Supplier;

/**
 * The trace of a change is told by the contact and its version alone. So whatever sends the change
 * on, in a later cycle, after a restart or in another process, adds to the same trace, and nothing
 * has to be carried along. Who does not have the ledger cannot tell the contact from it.
 */
final class ChangeIds implements IdGenerator {

  private final IdGenerator random = IdGenerator.random();
  private final ThreadLocal<SpanContext> next = new ThreadLocal<>();
  private final Supplier<String> salt;

  /**
   * @param salt the same for all who work on the ledger
   */
  ChangeIds(Supplier<String> salt) {
    this.salt = salt;
  }

  /** The first span of the trace of a change. */
  SpanContext first(String contactId, long version) {
    byte[] hash = sha256(salt.get() + '\n' + contactId + '\n' + version);
    HexFormat hex = HexFormat.of();
    return SpanContext.create(
        hex.formatHex(hash, 0, 16),
        hex.formatHex(hash, 16, 24),
        TraceFlags.getSampled(),
        TraceState.getDefault());
  }

  /** Within the work, spans that begin a trace are this one. */
  void beginning(SpanContext first, Runnable work) {
    next.set(first);
    try {
      work.run();
    } finally {
      next.remove();
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  @Override
  public String generateTraceId() {
    SpanContext first = next.get();
    return first == null ? random.generateTraceId() : first.getTraceId();
  }

  @Override
  public String generateSpanId() {
    SpanContext first = next.get();
    return first == null ? random.generateSpanId() : first.getSpanId();
  }
}
