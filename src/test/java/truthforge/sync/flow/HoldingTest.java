package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Manner;
import truthforge.sync.simulation.TinySystem.Row;

/** Big surprises wait for a person (promise 8). */
class HoldingTest {

  private Instant now = Instant.parse("2026-01-01T12:00:00Z");
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };
  private final MemoryLedger ledger = new MemoryLedger(clock);
  private final TinySystem bigquery = new TinySystem("bigquery", Manner.EXACT);
  private final Participants participants = new Participants(List.of(bigquery));
  private final Merge merge = new Merge(TinySystem.FIELDS, Policies.latest());
  private final Due due = new Due(TinySystem.FIELDS, () -> "w");
  private final Observing observing =
      new Observing(ledger, participants, merge, due, () -> "new", clock);

  private void people(int count) {
    for (int i = 0; i < count; i++) {
      Row row = bigquery.insert("p" + i, now);
      bigquery.edit(row, "first_name", new Value.Text("Person " + i), now);
    }
    read(Limits.none());
  }

  private Observing.Stored read(Limits limits) {
    List<Sighting> told = new ArrayList<>();
    bigquery.rows().values().forEach(row -> told.add(bigquery.observe(row, now)));
    return observing.store(new Page("bigquery", told, null), limits);
  }

  private void each(int count, Consumer<Row> change) {
    bigquery.rows().values().stream()
        .limit(count)
        .forEach(
            row -> {
              change.accept(row);
              bigquery.touch(row, now);
            });
  }

  private long deleted() {
    return ledger.transaction(tx -> tx.countContacts(true));
  }

  private List<Held> held() {
    return ledger.transaction(tx -> tx.heldAfter(0, 1000));
  }

  @Test
  void deletions_within_the_limit_are_accepted() {
    people(300);
    each(9, row -> row.deleted = true);
    read(Limits.defaults());
    assertThat(deleted()).isEqualTo(9);
  }

  @Test
  void deletions_above_the_share_of_all_contacts_are_held() {
    people(100);
    each(10, row -> row.deleted = true);
    assertThat(read(Limits.defaults()).held()).isEqualTo(10);
    assertThat(deleted()).isZero();
  }

  @Test
  void deletions_count_over_a_rolling_hour() {
    people(100);
    each(6, row -> row.deleted = true);
    read(Limits.defaults());
    now = now.plus(Duration.ofMinutes(59));
    each(12, row -> row.deleted = true);
    assertThat(read(Limits.defaults()).held()).isEqualTo(6);
  }

  @Test
  void deletions_of_an_hour_ago_count_no_more() {
    people(100);
    each(5, row -> row.deleted = true);
    read(Limits.defaults());
    now = now.plus(Duration.ofMinutes(61));
    each(9, row -> row.deleted = true);
    assertThat(read(Limits.defaults()).held()).isZero();
  }

  @Test
  void what_waits_for_a_person_goes_on_waiting_when_it_is_read_again_much_later() {
    people(100);
    each(10, row -> row.deleted = true);
    read(Limits.defaults());
    now = now.plus(Duration.ofHours(5));
    Row first = bigquery.rows().values().iterator().next();
    observing.store(
        new Page("bigquery", List.of(bigquery.observe(first, now)), null), Limits.defaults());
    assertThat(deleted()).isZero();
    assertThat(held()).hasSize(10);
  }

  @Test
  void a_held_deletion_that_was_taken_back_is_held_no_more() {
    people(100);
    each(10, row -> row.deleted = true);
    read(Limits.defaults());
    each(10, row -> row.deleted = false);
    read(Limits.defaults());
    assertThat(held()).isEmpty();
  }

  @Test
  void an_approved_deletion_deletes() {
    people(100);
    each(10, row -> row.deleted = true);
    read(Limits.defaults());
    observing.approve(held().get(0).id(), null);
    assertThat(deleted()).isEqualTo(1);
    assertThat(held()).hasSize(9);
  }

  @Test
  void a_refused_deletion_makes_the_contact_due_where_it_was_deleted() {
    people(100);
    each(10, row -> row.deleted = true);
    read(Limits.defaults());
    Held refused = held().get(0);
    observing.refuse(refused.id());
    assertThat(deleted()).isZero();
    Delivering delivering =
        new Delivering(ledger, participants, merge, due, observing, 3, clock, Runnable::run);
    assertThat(delivering.next(delivering.begin("bigquery", 1000)).writes())
        .filteredOn(write -> write.contactId().equals(refused.contactId()))
        .singleElement()
        .satisfies(write -> assertThat(write.values()).containsEntry(Fields.DELETED, Value.EMPTY));
  }

  @Test
  void one_field_changed_in_too_many_contacts_is_held() {
    people(400);
    each(100, row -> row.values.put("nickname", new Value.Text("same")));
    assertThat(read(Limits.defaults()).held()).isEqualTo(100);
  }

  @Test
  void one_field_changed_in_fewer_than_a_hundred_contacts_is_accepted() {
    people(150);
    each(99, row -> row.values.put("nickname", new Value.Text("same")));
    assertThat(read(Limits.defaults()).held()).isZero();
  }

  @Test
  void approving_what_is_not_held_names_its_number() {
    assertThatThrownBy(() -> observing.approve(12345, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("12345");
  }

  private List<DeadLetter> letters() {
    return ledger.transaction(tx -> tx.deadLetters(0, 1000));
  }

  private void unreadable(String id) {
    Sighting sighting = new Sighting.Unreadable("bigquery", id, null, "no sense in it", false);
    observing.store(new Page("bigquery", List.of(sighting), null), Limits.defaults());
  }

  @Test
  void a_record_that_stays_unreadable_is_parked_once_since_the_first_time() {
    Instant first = now;
    unreadable("p0");
    now = now.plusSeconds(3600);
    unreadable("p0");

    assertThat(letters())
        .singleElement()
        .satisfies(
            letter ->
                assertThat(List.of(letter.attempts(), letter.firstAt(), letter.lastAt()))
                    .isEqualTo(List.of(2, first, now)));
  }

  @Test
  void a_record_that_can_be_read_at_last_is_parked_no_more() {
    Row row = bigquery.insert("p0", now);
    unreadable(bigquery.observe(row, now).externalId());
    unreadable("p7");

    read(Limits.none());

    assertThat(letters()).extracting(DeadLetter::externalId).containsExactly("p7");
  }
}
