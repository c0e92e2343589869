package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Manner;
import truthforge.sync.simulation.TinySystem.Row;

/** Events in an order that hardly ever happens, and that the simulation found. */
class RareOrderTest {

  private final Instant now = Instant.parse("2026-01-01T12:00:00Z");
  private final Clock clock = Clock.fixed(now, ZoneOffset.UTC);
  private final MemoryLedger ledger = new MemoryLedger(clock);
  private final TinySystem bigquery = new TinySystem("bigquery", Manner.EXACT);
  private final TinySystem local = new TinySystem("local", Manner.EXACT);
  private final Merge merge = new Merge(TinySystem.FIELDS, Policies.latest());
  private int ids;
  private final Due due = new Due(TinySystem.FIELDS, () -> "w" + ids++);
  private final Participants participants = new Participants(List.of(bigquery, local));
  private final Observing observing =
      new Observing(ledger, participants, merge, due, () -> "new-" + ids++, clock);
  private final Delivering delivering =
      new Delivering(ledger, participants, merge, due, observing, 3, clock, Runnable::run);

  private Row person(TinySystem system, String id, String email) {
    Row row = system.insert(id, now);
    system.edit(row, "first_name", new Value.Text("Ada"), now);
    if (email != null) {
      system.edit(row, TinySystem.EMAILS, new Value.Items(List.of(email)), now);
    }
    return row;
  }

  private void tell(TinySystem system, Sighting sighting) {
    observing.store(new Page(system.system(), List.of(sighting), null), Limits.none());
  }

  private void tell(TinySystem system, Row row) {
    tell(system, system.observe(row, now));
  }

  private List<Write> writes(String system) {
    Batch batch = delivering.next(delivering.begin(system, 100));
    return batch == null ? List.of() : batch.writes();
  }

  private void deliver(TinySystem system) {
    answer(system, writes(system.system()));
  }

  private void answer(TinySystem system, List<Write> writes) {
    delivering.answered(delivering.begin(system.system(), 100), taken(system, writes));
  }

  private List<Outcome> taken(TinySystem system, List<Write> writes) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : writes) {
      system.write(write, now);
      Row row = system.byContactId(write.contactId());
      outcomes.add(
          new Outcome.Applied(
              write, row.id, Long.toString(row.revision), system.observe(row, now)));
    }
    return outcomes;
  }

  private Replica replica(String contactId, String system) {
    return ledger.transaction(tx -> tx.replicasOf(List.of(contactId))).get(contactId).get(system);
  }

  /** Promise 4: a webhook tells of the deletion while the creation has no answer yet. */
  @Test
  void a_contact_deleted_while_it_is_being_created_elsewhere_is_deleted_there_too() {
    Row row = person(local, "ada", null);
    tell(local, row);
    List<Write> creation = writes("bigquery");
    local.remove(row);
    tell(local, new Sighting.Gone("local", row.id));

    answer(bigquery, creation);

    assertThat(writes("bigquery"))
        .singleElement()
        .satisfies(write -> assertThat(write.values()).containsKey(Fields.DELETED));
  }

  /** The same record, of which a source leaves a field out. */
  private static Observation without(String field, Observation whole, boolean deleted) {
    Map<String, Value> told = new TreeMap<>(whole.values());
    told.remove(field);
    return new Observation(
        whole.system(),
        whole.externalId(),
        whole.revision(),
        whole.contactId(),
        told,
        deleted,
        whole.modifiedAt(),
        whole.createdAt());
  }

  /** Promise 1: what a record told while it was held is not lost by what it leaves out later. */
  @Test
  void a_held_record_that_leaves_out_a_field_becomes_a_contact_with_what_it_told_before() {
    tell(bigquery, person(bigquery, "ada", "ada@example.com"));
    Row second = person(bigquery, null, "ada@example.com");
    tell(bigquery, second);
    assertThat(ledger.<List<Held>>transaction(tx -> tx.heldAfter(0, 9))).hasSize(1);

    tell(bigquery, without("first_name", bigquery.observe(second, now), true));

    String id =
        ledger
            .transaction(tx -> tx.replicasByExternalId("bigquery", List.of(second.id)))
            .get(second.id)
            .contactId();
    Contact contact = ledger.transaction(tx -> tx.contacts(List.of(id))).get(id);
    assertThat(contact.value("first_name")).isEqualTo(new Value.Text("Ada"));
  }

  /** Promise 4: that a write had arrived is known only when the rest of the record is told. */
  @Test
  void what_was_cleared_behind_a_lost_answer_is_sent_again_though_the_record_is_told_in_parts() {
    Row row = person(local, "ada", null);
    tell(local, row);
    deliver(bigquery);
    local.edit(row, "first_name", new Value.Text("Grace"), now);
    tell(local, row);
    Row truth = bigquery.byContactId("ada");
    bigquery.write(writes("bigquery").get(0), now);
    bigquery.edit(truth, "first_name", Value.EMPTY, now.minusSeconds(60));

    tell(bigquery, without("canonical_name", bigquery.observe(truth, now), false));
    tell(bigquery, truth);

    assertThat(writes("bigquery"))
        .singleElement()
        .satisfies(
            write ->
                assertThat(write.values()).containsEntry("first_name", new Value.Text("Grace")));
  }

  /** Promise 9: of what was noted and did not leave, nothing can have arrived. */
  @Test
  void what_was_noted_and_not_sent_when_the_pass_ends_need_not_be_read_first() {
    tell(local, person(local, "ada", null));
    tell(local, person(local, "bob", null));
    Pass pass = delivering.begin("bigquery", 1, 9);
    Batch sent = delivering.next(pass);
    assertThat(replica("bob", "bigquery").unanswered()).hasSize(1);

    delivering.end(pass);

    assertThat(sent.writes()).extracting(Write::contactId).containsExactly("ada");
    assertThat(replica("bob", "bigquery").unanswered()).isEmpty();
    assertThat(delivering.toReread(delivering.begin("bigquery", 9)))
        .extracting(reread -> reread.contact().id())
        .containsExactly("ada");
    assertThat(writes("bigquery")).extracting(Write::contactId).containsExactly("bob");
  }

  /** Promise 9: until an answer is stored, its record is one to be read before it is written. */
  @Test
  void the_next_batch_leaves_while_the_answer_to_the_last_is_being_stored() {
    tell(local, person(local, "ada", null));
    tell(local, person(local, "bob", null));
    Delivering slow =
        new Delivering(ledger, participants, merge, due, observing, 3, clock, never -> {});
    Pass pass = slow.begin("bigquery", 1, 9);
    Batch first = slow.next(pass);
    slow.answered(pass, taken(bigquery, first.writes()));

    assertThat(slow.next(pass).writes()).extracting(Write::contactId).containsExactly("bob");
    assertThat(replica("ada", "bigquery").unanswered()).hasSize(1);
    slow.end(pass);
    assertThat(replica("ada", "bigquery").unanswered()).isEmpty();
    assertThat(pass.sent()).isEqualTo(1);
  }

  @Test
  void what_a_system_refused_is_stored_before_the_pass_goes_on() {
    tell(local, person(local, "ada", null));
    Delivering slow =
        new Delivering(ledger, participants, merge, due, observing, 3, clock, never -> {});
    Pass pass = slow.begin("bigquery", 1, 9);
    Write write = slow.next(pass).writes().get(0);

    slow.answered(pass, List.of(new Outcome.Rejected(write, "no such street", true)));

    assertThat(replica("ada", "bigquery").state()).isEqualTo(Replica.State.PARKED);
  }

  /** Promise 9: so it is with what was noted while the last batch was under way. */
  @Test
  void what_was_found_ahead_when_the_pass_ends_need_not_be_read_first() {
    tell(local, person(local, "ada", null));
    tell(local, person(local, "bob", null));
    Pass pass = delivering.begin("bigquery", 1, 1);
    delivering.next(pass);
    assertThat(replica("bob", "bigquery").unanswered()).hasSize(1);

    delivering.end(pass);

    assertThat(replica("bob", "bigquery").unanswered()).isEmpty();
  }

  @Test
  void no_batch_but_the_last_is_smaller_than_it_may_be_however_many_are_noted_at_once() {
    for (String name : List.of("ada", "bob", "cleo", "dora", "eve", "fay", "gil")) {
      tell(local, person(local, name, null));
    }
    Pass pass = delivering.begin("bigquery", 2, 3);

    assertThat(Stream.generate(() -> delivering.next(pass)).takeWhile(Objects::nonNull))
        .extracting(Batch::size)
        .containsExactly(2, 2, 2, 1);
  }

  /** A person said that it is nobody known; only what it says itself can ask anew. */
  @Test
  void a_refused_record_revives_nobody_when_the_record_beside_it_is_destroyed() {
    Row first = person(local, "ada", "ada@example.com");
    tell(local, first);
    Row second = person(local, null, "ada@example.com");
    tell(local, second);
    observing.refuse(ledger.transaction(tx -> tx.heldAfter(0, 9)).get(0).id());
    local.remove(first);
    tell(local, new Sighting.Gone("local", first.id));

    tell(local, second);
    assertThat(replica("ada", "local").hasRecord()).isFalse();

    local.edit(second, "nickname", new Value.Text("Lovelace"), now);
    tell(local, second);
    assertThat(replica("ada", "local").externalId()).isEqualTo(second.id);
  }

  /** Promise 4: what is let go must not go on waiting. */
  @Test
  void a_candidate_that_is_one_no_more_is_sent_what_it_is_due() {
    Row truth = person(bigquery, "ada", "ada@example.com");
    tell(bigquery, truth);
    Row stranger = person(local, "other", "ada@example.com");
    tell(local, stranger);
    bigquery.edit(truth, TinySystem.EMAILS, Value.EMPTY, now);
    tell(bigquery, truth);

    tell(local, stranger);

    assertThat(replica("ada", "local").state()).isEqualTo(Replica.State.FREE);
  }

  /** Promise 2: a field that an answer left out is read before others are sent it. */
  @Test
  void the_record_of_truth_acknowledges_no_field_that_was_never_seen_in_it() {
    Row truth = person(bigquery, "ada", null);
    Observation whole = bigquery.observe(truth, now);
    Map<String, Value> part = new TreeMap<>(whole.values());
    part.remove("nickname");
    tell(
        bigquery,
        new Observation("bigquery", truth.id, whole.revision(), "ada", part, false, now, now));
    Row other = local.insert("ada", now);
    local.edit(other, "nickname", new Value.Text("Adi"), now);
    tell(local, other);

    deliver(bigquery);

    assertThat(replica("ada", "bigquery").rereadDue()).isTrue();
    assertThat(replica("ada", "bigquery").sentVersion())
        .isLessThan(
            ledger.transaction(tx -> tx.contacts(List.of("ada"))).get("ada").versionOf("nickname"));
  }

  @Test
  void an_approved_record_belongs_to_the_contact_of_its_id_that_came_to_be_known_since() {
    tell(bigquery, person(bigquery, "ada", "ada@example.com"));
    Row stranger = person(local, "other", "ada@example.com");
    tell(local, stranger);
    Held held = ledger.transaction(tx -> tx.heldAfter(0, 10)).get(0);
    Row known = person(bigquery, "other", null);
    tell(bigquery, known);

    observing.approve(held.id(), null);

    assertThat(replica("other", "local").externalId()).isEqualTo(stranger.id);
  }

  /** Promise 5: what the answer of a reading leaves out may be of our own making still. */
  @Test
  void an_item_of_a_creation_without_answer_that_is_told_late_is_not_put_back() {
    Row ada = person(bigquery, "ada", null);
    bigquery.edit(ada, TinySystem.TAGS, new Value.Items(List.of("friend")), now);
    tell(bigquery, ada);
    Row created = unanswered(local, bigquery);
    tellWithout(local, created, TinySystem.TAGS);
    bigquery.edit(ada, TinySystem.TAGS, Value.EMPTY, now);
    tell(bigquery, ada);

    tell(local, created);

    assertThat(contact("ada").value(TinySystem.TAGS)).isEqualTo(Value.EMPTY);
  }

  /** Promise 5: the same where the record was there before, and is written once more meanwhile. */
  @Test
  void an_item_of_a_write_without_answer_that_is_told_late_is_not_put_back() {
    Row ada = person(bigquery, "ada", null);
    tell(bigquery, ada);
    deliver(bigquery);
    deliver(local);
    bigquery.edit(ada, "nickname", new Value.Text("Adi"), now);
    bigquery.edit(ada, TinySystem.TAGS, new Value.Items(List.of("friend")), now);
    tell(bigquery, ada);
    Row written = unanswered(local, bigquery);
    tellWithout(local, written, TinySystem.TAGS);
    bigquery.edit(ada, "nickname", new Value.Text("Ad"), now);
    tell(bigquery, ada);
    deliver(bigquery);
    answerWithoutTelling(local, writes("local"));
    bigquery.edit(ada, TinySystem.TAGS, Value.EMPTY, now);
    tell(bigquery, ada);

    tell(local, written);

    assertThat(contact("ada").value(TinySystem.TAGS)).isEqualTo(Value.EMPTY);
  }

  /** Promise 1: what somebody took away from what had arrived stays away. */
  @Test
  void an_item_removed_from_a_creation_without_answer_that_is_told_late_stays_removed() {
    Row ada = person(bigquery, "ada", null);
    bigquery.edit(ada, TinySystem.TAGS, new Value.Items(List.of("friend", "old")), now);
    tell(bigquery, ada);
    Row created = unanswered(local, bigquery);
    tellWithout(local, created, TinySystem.TAGS);
    local.edit(created, TinySystem.TAGS, new Value.Items(List.of("friend")), now);

    tell(local, created);

    assertThat(contact("ada").value(TinySystem.TAGS)).isEqualTo(new Value.Items(List.of("friend")));
  }

  /** Promise 4: nor does a value of our own that is told late stay behind. */
  @Test
  void a_field_of_a_creation_without_answer_that_is_told_late_is_sent_what_changed_since() {
    Row ada = person(bigquery, "ada", null);
    tell(bigquery, ada);
    Row created = unanswered(local, bigquery);
    tellWithout(local, created, "first_name");
    bigquery.edit(ada, "first_name", new Value.Text("Adele"), now);
    bigquery.edit(ada, "nickname", new Value.Text("Adi"), now);
    tell(bigquery, ada);
    deliver(bigquery);
    answerWithoutTelling(local, writes("local"));

    tell(local, created);
    deliver(bigquery);
    deliver(local);

    assertThat(created.values).containsEntry("first_name", new Value.Text("Adele"));
  }

  /** Rule 2: it is not as last seen as long as a part of it was not seen. */
  @Test
  void a_record_that_changed_and_was_told_in_part_is_read_before_it_is_written() {
    Row ada = person(bigquery, "ada", null);
    tell(bigquery, ada);
    deliver(bigquery);
    deliver(local);
    Row row = local.byContactId("ada");
    local.edit(row, "nickname", new Value.Text("Adi"), now);
    tellWithout(local, row, "nickname");
    bigquery.edit(ada, "nickname", new Value.Text("Ad"), now);
    tell(bigquery, ada);
    deliver(bigquery);

    assertThat(writes("local")).isEmpty();
    assertThat(delivering.toReread(delivering.begin("local", 100)))
        .extracting(reread -> reread.replica().externalId())
        .containsExactly(row.id);
  }

  /** Promise 7: a field that is told no more keeps nothing else from being sent. */
  @Test
  void a_record_that_is_told_in_part_again_is_written() {
    Row ada = person(bigquery, "ada", null);
    tell(bigquery, ada);
    deliver(bigquery);
    deliver(local);
    Row row = local.byContactId("ada");
    local.touch(row, now);
    tellWithout(local, row, "nickname");
    bigquery.edit(ada, "first_name", new Value.Text("Adele"), now);
    tell(bigquery, ada);
    deliver(bigquery);
    Pass pass = delivering.begin("local", 100);

    delivering.reread(
        pass, delivering.toReread(pass), List.of(without(local, row, "nickname")), Limits.none());

    assertThat(writes("local"))
        .singleElement()
        .satisfies(write -> assertThat(write.values()).containsKey("first_name"));
  }

  /** Promise 4: what a write of before the restoring did is of no more account. */
  @Test
  void a_refused_source_is_put_back_though_a_write_to_it_has_no_answer_yet() {
    Row row = person(local, null, null);
    local.edit(row, TinySystem.TAGS, new Value.Items(List.of("friend")), now);
    tell(local, row);
    unanswered(local, bigquery);
    local.edit(row, TinySystem.TAGS, new Value.Items(List.of("old")), now);
    Cursor cursor = new Cursor("local", "2:0", null, now);
    observing.store(
        new Page("local", List.of(), cursor, SourceAlarm.restored("its feed is another one")),
        Limits.none());
    observing.refuse(ledger.transaction(tx -> tx.heldAfter(0, 10)).get(0).id());
    tell(local, row);
    tell(local, row);

    deliver(bigquery);

    assertThat(writes("local"))
        .singleElement()
        .satisfies(write -> assertThat(write.values()).containsKey(TinySystem.TAGS));
  }

  /** A write of what the record of truth has taken that arrives, and whose answer does not. */
  private Row unanswered(TinySystem system, TinySystem truth) {
    deliver(truth);
    Write write = writes(system.system()).get(0);
    system.write(write, now);
    return system.byContactId(write.contactId());
  }

  private void answerWithoutTelling(TinySystem system, List<Write> writes) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : writes) {
      system.write(write, now);
      Row row = system.byContactId(write.contactId());
      outcomes.add(new Outcome.Applied(write, row.id, Long.toString(row.revision), null));
    }
    delivering.answered(delivering.begin(system.system(), 100), outcomes);
  }

  private void tellWithout(TinySystem system, Row row, String field) {
    tell(system, without(system, row, field));
  }

  private Observation without(TinySystem system, Row row, String field) {
    Observation whole = system.observe(row, now);
    Map<String, Value> part = new TreeMap<>(whole.values());
    part.remove(field);
    return new Observation(
        whole.system(),
        whole.externalId(),
        whole.revision(),
        whole.contactId(),
        part,
        whole.deleted(),
        whole.modifiedAt(),
        whole.createdAt());
  }

  private Contact contact(String id) {
    return ledger.transaction(tx -> tx.contacts(List.of(id))).get(id);
  }
}
