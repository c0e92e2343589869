package truthforge.sync.operate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import truthforge.sync.contact.Contact;
import truthforge.sync.flow.Asked;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Heard;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.operate.WebhookCounts.Refusal;
import truthforge.sync.systems.SystemUnavailable;

/**
 * What webhooks said, in the ledger before it is answered, and until the record was read (promises
 * 1 and 9). The ledger holds it; this knows nothing that must outlive a restart.
 *
 * <p>Requests that arrive while a transaction runs are stored together by the next one.
 */
public final class Inbox {

  /** The senders wait for five seconds and for one. */
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private static final Duration PRUNE_EVERY = Duration.ofMinutes(1);

  /** Records asked for together: one page of every API. */
  private static final int TOGETHER = 200;

  /** Events that arrive within this time are read together, in milliseconds. */
  private static final long GATHER = 100;

  /** The same where a system's calls run short. */
  private static final long GATHER_LONGER = 3_000;

  private final Ledger ledger;
  private final Availability availability;
  private final WebhookCounts counts;
  private final ToLongFunction<String> shareOfCallsLeft;
  private final Clock clock;

  private final ReentrantLock turn = new ReentrantLock();
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Map<String, Instant> polledAt = new ConcurrentHashMap<>();
  private Instant pruned = Instant.MIN;

  /** One request that waits for its event to be stored. */
  private static final class Waiting {
    private final WebhookEvent event;
    private Boolean isNew;

    Waiting(WebhookEvent event) {
      this.event = event;
    }
  }

  /**
   * @param shareOfCallsLeft how much of a system's calls is left, in percent
   */
  Inbox(
      Ledger ledger,
      Availability availability,
      WebhookCounts counts,
      ToLongFunction<String> shareOfCallsLeft,
      Clock clock) {
    this.ledger = ledger;
    this.availability = availability;
    this.counts = counts;
    this.shareOfCallsLeft = shareOfCallsLeft;
    this.clock = clock;
  }

  // Taking in

  /** Stores the event of the exchange; refuses a signature that was used before. */
  public void note(Exchange exchange) {
    WebhookEvent event = exchange.getProperty(Webhooks.EVENT, WebhookEvent.class);
    Refusal refusal;
    try {
      refusal = store(event);
    } catch (Ledger.LedgerUnavailable e) {
      refusal = Refusal.NO_LEDGER;
    }
    if (refusal != null) {
      Webhooks.refuse(exchange, counts, refusal);
    } else {
      counts.taken(event.notice().system());
    }
  }

  /**
   * Returns when the event is durable.
   *
   * @return null where it was taken
   */
  private Refusal store(WebhookEvent event) {
    Waiting mine = new Waiting(event);
    synchronized (waiting) {
      waiting.add(mine);
    }
    try {
      if (!turn.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        return Refusal.NO_LEDGER;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Refusal.NO_LEDGER;
    }
    try {
      if (mine.isNew == null) {
        storeAll(drain());
      }
    } finally {
      turn.unlock();
    }
    if (mine.isNew == null) {
      return Refusal.NO_LEDGER;
    }
    return mine.isNew ? null : Refusal.REPLAYED;
  }

  private List<Waiting> drain() {
    synchronized (waiting) {
      List<Waiting> all = new ArrayList<>(waiting);
      waiting.clear();
      return all;
    }
  }

  private void storeAll(List<Waiting> all) {
    Map<String, Instant> signatures = new LinkedHashMap<>();
    Set<Waiting> first = new LinkedHashSet<>();
    for (Waiting one : all) {
      String signature = one.event.signature();
      if (signature == null
          || signatures.putIfAbsent(signature, one.event.signatureGoodUntil()) == null) {
        first.add(one);
      }
    }
    Instant now = clock.instant();
    boolean prunes = pruned.isBefore(now.minus(PRUNE_EVERY));
    Set<String> used =
        ledger.transaction(
            tx -> {
              if (prunes) {
                tx.forgetSignatures(now);
              }
              Set<String> before = tx.markUsed(signatures);
              tx.receive(
                  first.stream()
                      .map(one -> one.event)
                      .filter(event -> isNew(event, before))
                      .map(WebhookEvent::notice)
                      .toList());
              return before;
            });
    if (prunes) {
      pruned = now;
    }
    for (Waiting one : all) {
      one.isNew = first.contains(one) && isNew(one.event, used);
    }
  }

  private static boolean isNew(WebhookEvent event, Set<String> used) {
    return event.signature() == null || !used.contains(event.signature());
  }

  // Giving out

  /** How long to wait for more before reading, in milliseconds. */
  public long gather(String system) {
    return shareOfCallsLeft.applyAsLong(system) < 25 ? GATHER_LONGER : GATHER;
  }

  /** Whether there are records to read. */
  public boolean waits(String system) {
    return ledger.transaction(tx -> tx.countInbox(system)) > 0;
  }

  /** The number of the newest notice; 0 where there is none. */
  public long newest(String system) {
    return ledger.transaction(tx -> tx.newestInInbox(system));
  }

  /**
   * The next records to be read together, the oldest notices first; none where there are no more.
   *
   * @param upTo what came later waits for more to come
   */
  public Asked next(String system, long upTo) {
    return ledger.transaction(
        tx -> {
          // The one notice without a record may stand before others.
          List<Heard> notices =
              tx.inbox(system, TOGETHER + 1).stream()
                  .filter(notice -> notice.externalId() != null && notice.id() <= upTo)
                  .limit(TOGETHER)
                  .toList();
          return new Asked(notices, records(tx, system, notices));
        });
  }

  private static List<Reread> records(LedgerTransaction tx, String system, List<Heard> notices) {
    Map<String, Replica> known =
        tx.replicasByExternalId(system, notices.stream().map(Heard::externalId).toList());
    return notices.stream()
        .map(
            notice -> {
              Replica replica = known.get(notice.externalId());
              return replica != null
                  ? new Reread(replica, Contact.blank(replica.contactId()))
                  : new Reread(
                      Replica.absent("", system).withExternalId(notice.externalId()),
                      Contact.blank(""));
            })
        .toList();
  }

  /**
   * What to do where the system refuses to be asked for these: an id that nobody has seen may be
   * none at all, so those are looked for by a poll; a failure of any other kind is the system's.
   */
  public void refused(Asked asked, Throwable thrown) {
    SystemUnavailable failure = unavailable(thrown);
    boolean aboutTheQuestion =
        failure.kind() == SystemUnavailable.Kind.MISCONFIGURED
            || failure.kind() == SystemUnavailable.Kind.FAILING;
    List<Heard> strange = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      if (asked.records().get(i).replica().contactId().isEmpty()) {
        strange.add(asked.notices().get(i));
      }
    }
    if (!aboutTheQuestion || strange.isEmpty()) {
      throw failure;
    }
    String system = strange.get(0).system();
    ledger.transaction(
        tx -> {
          tx.removeFromInbox(strange.stream().map(Heard::id).toList());
          tx.receive(List.of(new Heard(0, system, null, Heard.Kind.ANY, clock.instant())));
          return null;
        });
  }

  private static SystemUnavailable unavailable(Throwable thrown) {
    Throwable cause = thrown;
    while (!(cause instanceof SystemUnavailable)) {
      cause = cause.getCause();
    }
    return (SystemUnavailable) cause;
  }

  /** Whether the system is to be polled, and if so, notes when that began. */
  public boolean asksForPoll(String system) {
    boolean asks = !polls(system).isEmpty();
    if (asks) {
      polledAt.put(system, clock.instant());
    }
    return asks;
  }

  private Set<Long> polls(String system) {
    return ledger.transaction(
        tx ->
            tx.inbox(system, TOGETHER + 1).stream()
                .filter(notice -> notice.externalId() == null)
                .map(Heard::id)
                .collect(Collectors.toSet()));
  }

  /** The system was polled: notices from before are done if it was read to its end. */
  public void polled(String system) {
    Instant began = polledAt.get(system);
    Instant read = availability.lastRead(system);
    if (began == null || read == null || read.isBefore(began)) {
      return;
    }
    ledger.transaction(
        tx -> {
          tx.removeFromInbox(
              tx.inbox(system, TOGETHER + 1).stream()
                  .filter(notice -> notice.externalId() == null)
                  .filter(notice -> !notice.receivedAt().isAfter(began))
                  .map(Heard::id)
                  .toList());
          return null;
        });
  }
}
