package truthforge.sync.operate;

import io.micrometer.core.instrument.MeterRegistry;

/** Counts webhooks by what became of them; a label is a constant of this class, never a value. */
final class WebhookCounts {

  /** Why a request was refused; each adds to a counter of its own. */
  enum Refusal {
    NO_SIGNATURE(401),
    WRONG_SIGNATURE(401),
    TOO_OLD(401),
    REPLAYED(401),
    NOT_JSON(400),
    TOO_DEEP(400),
    NO_EVENT(400),
    WRONG_METHOD(405),
    WRONG_TYPE(415),
    TOO_LARGE(413),
    TOO_SLOW(408),
    TOO_MANY_HEADERS(431),
    /** Connections at one time; told without an answer. */
    TOO_MANY(503),
    NO_SUCH_PATH(404),
    NO_LEDGER(503),
    MALFORMED(400);

    private final int status;

    Refusal(int status) {
      this.status = status;
    }

    int status() {
      return status;
    }

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
  }

  private final MeterRegistry registry;

  WebhookCounts(MeterRegistry registry) {
    this.registry = registry;
    for (Refusal refusal : Refusal.values()) {
      registry.counter("sync.webhooks.refused", "reason", refusal.label());
    }
  }

  void taken(String system) {
    registry.counter("sync.webhooks.taken", "system", system).increment();
  }

  /** Genuine, and of nothing that is synchronised. */
  void unknown(String system) {
    registry.counter("sync.webhooks.unknown", "system", system).increment();
  }

  void refused(Refusal refusal) {
    registry.counter("sync.webhooks.refused", "reason", refusal.label()).increment();
  }
}
