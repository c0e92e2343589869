package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
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
      new Delivering(ledger, participants, merge, due, observing, 3, clock);

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
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : writes) {
      system.write(write, now);
      Row row = system.byContactId(write.contactId());
      outcomes.add(
          new Outcome.Applied(
              write, row.id, Long.toString(row.revision), system.observe(row, now)));
    }
    delivering.answered(delivering.begin(system.system(), 100), outcomes);
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
}
