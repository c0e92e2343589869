package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Manner;
import truthforge.sync.simulation.TinySystem.Row;

/** Webhooks wait for the transaction under way: none of them is long. */
class LargePageTest {

  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Clock CLOCK = Clock.fixed(NOON, ZoneOffset.UTC);
  private static final int PEOPLE = Observing.STORED_TOGETHER + 200;

  private final Watched ledger = new Watched();
  private final TinySystem bigquery = new TinySystem("bigquery", Manner.EXACT);
  private final Participants participants = new Participants(List.of(bigquery));
  private int created;
  private final Observing observing =
      new Observing(
          ledger,
          participants,
          new Merge(TinySystem.FIELDS, Policies.latest()),
          new Due(TinySystem.FIELDS, () -> "w"),
          () -> "new-" + created++,
          CLOCK);

  /** Notes, after each transaction, how many contacts there are and where the cursor is. */
  private static final class Watched implements Ledger {
    private final MemoryLedger memory = new MemoryLedger(CLOCK);
    private final List<Long> contacts = new ArrayList<>();
    private final List<String> positions = new ArrayList<>();
    private int crashAt = -1;

    @Override
    public <T> T transaction(Function<LedgerTransaction, T> work) {
      if (contacts.size() == crashAt) {
        throw new LedgerUnavailable("the process died", null);
      }
      T result = memory.transaction(work);
      contacts.add(memory.transaction(tx -> tx.countContacts(false)));
      positions.add(memory.transaction(tx -> tx.cursor("bigquery").position()));
      return result;
    }

    @Override
    public void backup(Path file) {
      memory.backup(file);
    }

    @Override
    public void close() {
      memory.close();
    }

    private void forget() {
      contacts.clear();
      positions.clear();
      crashAt = -1;
    }
  }

  private Page page(List<Sighting> told, SourceAlarm alarm) {
    return new Page("bigquery", told, new Cursor("bigquery", "after", null, NOON), alarm);
  }

  private List<Sighting> people() {
    if (bigquery.rows().isEmpty()) {
      for (int i = 0; i < PEOPLE; i++) {
        Row row = bigquery.insert("p" + i, NOON);
        bigquery.edit(row, "first_name", new Value.Text("Person " + i), NOON);
      }
    }
    List<Sighting> told = new ArrayList<>();
    bigquery.rows().values().forEach(row -> told.add(bigquery.observe(row, NOON)));
    return told;
  }

  private List<Long> growth() {
    return ledger.contacts.stream().distinct().filter(count -> count > 0).toList();
  }

  /** Promise 3. */
  @Test
  void it_is_stored_in_several_transactions_and_its_cursor_in_the_last() {
    Observing.Stored stored = observing.store(page(people(), null), Limits.none());

    assertThat(stored.read()).isEqualTo(PEOPLE);
    assertThat(growth()).containsExactly(1000L, 1200L);
    assertThat(ledger.positions.subList(0, ledger.positions.size() - 1)).containsOnlyNulls();
    assertThat(ledger.positions.get(ledger.positions.size() - 1)).isEqualTo("after");
  }

  /** Promises 3 and 9. */
  @Test
  void a_crash_between_two_of_them_moves_no_cursor_and_reading_again_doubles_nobody() {
    ledger.crashAt = 2;
    List<Sighting> told = people();
    assertThatThrownBy(() -> observing.store(page(told, null), Limits.none()))
        .isInstanceOf(Ledger.LedgerUnavailable.class);
    assertThat(growth()).containsExactly(1000L);
    assertThat(ledger.positions).containsOnlyNulls();

    ledger.forget();
    observing.store(page(told, null), Limits.none());

    assertThat(ledger.contacts.get(ledger.contacts.size() - 1)).isEqualTo(PEOPLE);
  }

  /** Promise 1: the page that lets a source go is stored as a whole. */
  @Test
  void a_source_that_was_held_and_is_right_again_is_taken_in_with_all_it_holds() {
    observing.store(page(people(), null), Limits.none());
    observing.store(page(List.of(), SourceAlarm.empty()), Limits.none());
    bigquery
        .rows()
        .values()
        .forEach(row -> bigquery.edit(row, "first_name", new Value.Text("Edited"), NOON));
    ledger.forget();

    Observing.Stored stored = observing.store(page(people(), null), Limits.none());

    assertThat(stored.changed()).isEqualTo(PEOPLE);
  }

  @Test
  void what_is_gone_is_seen_together_with_what_came_in_its_place() {
    List<Sighting> told = people();
    observing.store(page(told, null), Limits.none());
    Sighting.Observation first = (Sighting.Observation) told.get(0);
    List<Sighting> moved = new ArrayList<>();
    moved.add(new Sighting.Gone("bigquery", first.externalId()));
    moved.addAll(told.subList(1, told.size()));
    moved.add(
        new Sighting.Observation(
            first.system(),
            "another-row",
            first.revision(),
            first.contactId(),
            first.values(),
            false,
            first.modifiedAt(),
            first.createdAt()));
    ledger.forget();

    observing.store(page(moved, null), Limits.none());

    assertThat(ledger.contacts).isEqualTo(Arrays.asList((long) PEOPLE));
    assertThat(ledger.<Long>transaction(tx -> tx.countHeld("bigquery"))).isZero();
  }
}
