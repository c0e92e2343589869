package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Limits;
import truthforge.sync.flow.Observing;
import truthforge.sync.flow.Page;
import truthforge.sync.flow.Participants;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Manner;

/** A page is stored while the next one is asked for, and the cursor passes none (promise 3). */
class PagesBehindTest {

  private final Instant now = Instant.parse("2026-01-01T12:00:00Z");
  private final Clock clock = Clock.fixed(now, ZoneOffset.UTC);
  private final MemoryLedger stored = new MemoryLedger(clock);
  private final TinySystem bigquery = new TinySystem("bigquery", Manner.EXACT);
  private final TinySystem local = new TinySystem("local", Manner.EXACT);
  private boolean full;
  private final Availability availability =
      new Availability(List.of("bigquery", "local"), Set.of(), clock);
  private Cycle cycle;

  private final Ledger ledger =
      new Ledger() {
        @Override
        public <T> T transaction(Function<LedgerTransaction, T> work) {
          if (full) {
            throw new LedgerUnavailable("The disk is full", null);
          }
          return stored.transaction(work);
        }

        @Override
        public void backup(Path file) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
      };

  @BeforeEach
  void begin() {
    Participants participants = new Participants(List.of(bigquery, local));
    Merge merge = new Merge(TinySystem.FIELDS, Policies.latest());
    Due due = new Due(TinySystem.FIELDS, () -> "write");
    Observing observing = new Observing(ledger, participants, merge, due, () -> "contact", clock);
    cycle =
        new Cycle(
            ledger,
            participants,
            observing,
            new Delivering(ledger, participants, merge, due, observing, 3, clock, never -> {}),
            availability,
            system -> 0,
            Limits.none(),
            100,
            new Counts(new SimpleMeterRegistry()),
            clock,
            never -> {});
    availability.enter("local");
    cycle.reading("local");
  }

  /** Of a walk of three pages. */
  private Page page(int number) {
    TinySystem.Row row = local.insert("person-" + number, now);
    String walk = number == 3 ? null : "{\"page\":" + number + "}";
    String position = number == 3 ? "{\"end\":true}" : null;
    return new Page(
        "local", List.of(local.observe(row, now)), new Cursor("local", position, walk, now));
  }

  private Cursor cursor() {
    return stored.transaction(tx -> tx.cursor("local"));
  }

  @Test
  void a_page_is_being_stored_while_the_next_one_is_asked_for() {
    cycle.store(page(1));
    assertThat(cursor().walk()).isNull();

    cycle.store(page(2));
    assertThat(cursor().walk()).isEqualTo("{\"page\":1}");
  }

  @Test
  void with_the_last_page_all_is_stored() {
    cycle.store(page(1));
    cycle.store(page(2));
    cycle.store(page(3));

    assertThat(cursor().position()).isEqualTo("{\"end\":true}");
    assertThat(stored.<Long>transaction(tx -> tx.countContacts(false))).isEqualTo(3);
  }

  @Test
  void behind_a_page_that_could_not_be_stored_nothing_is() {
    cycle.store(page(1));
    full = true;
    assertThatThrownBy(() -> cycle.store(page(2))).hasMessage("The disk is full");
    full = false;
    availability.leave("local");

    assertThat(cursor()).isEqualTo(Cursor.none("local"));
    assertThat(stored.<Long>transaction(tx -> tx.countContacts(false))).isZero();
  }

  /** Promise 6: what is older must not be stored behind what is newer. */
  @Test
  void a_turn_that_broke_off_ends_when_its_last_page_is_stored() {
    cycle.store(page(1));

    availability.leave("local");

    assertThat(cursor().walk()).isEqualTo("{\"page\":1}");
  }

  @Test
  void a_turn_whose_last_page_could_not_be_stored_ends_all_the_same() {
    cycle.store(page(1));
    full = true;

    assertThatThrownBy(() -> availability.leave("local")).hasMessage("The disk is full");
    assertThat(CompletableFuture.supplyAsync(() -> availability.enter("local")))
        .succeedsWithin(Duration.ofMinutes(1))
        .isEqualTo(true);
  }
}
