package truthforge.sync.sandbox.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A query that was sent, and what became of it.
 *
 * @param configuration as sent
 * @param ended its outcome, or a {@link Refusal}
 */
record Job(
    String id,
    JsonNode configuration,
    long createdMillis,
    CompletableFuture<Executor.Outcome> ended) {

  static final long LEAST_BILLED = 10L << 20;
  private static final long MEBIBYTE = 1L << 20;

  boolean awaited(long millis) throws InterruptedException {
    try {
      ended.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException refused) {
      return true;
    } catch (TimeoutException running) {
      return false;
    }
  }

  /** Null while it runs, and where it did not fail. */
  Refusal refusal() {
    if (!ended.isCompletedExceptionally()) {
      return null;
    }
    Throwable cause = ended.handle((outcome, failure) -> failure).join();
    while (!(cause instanceof Refusal) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof Refusal refusal
        ? refusal
        : new Refusal(500, "internalError", "The stand-in failed: " + cause);
  }

  /** Null while it runs, and where it failed. */
  Executor.Outcome outcome() {
    return ended.isDone() && !ended.isCompletedExceptionally() ? ended.join() : null;
  }

  static long processed(Map<StoredTable, Long> scanned) {
    return scanned.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Ten mebibytes at least for each table, in whole mebibytes. */
  static long billed(Map<StoredTable, Long> scanned) {
    return scanned.values().stream()
        .mapToLong(bytes -> Math.max(LEAST_BILLED, (bytes + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE))
        .sum();
  }
}
