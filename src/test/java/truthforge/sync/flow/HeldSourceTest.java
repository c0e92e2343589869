package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Write;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Manner;
import truthforge.sync.simulation.TinySystem.Row;

/** A source that ran back, or is empty at once, waits for a person as a whole (promise 8). */
class HeldSourceTest {

  private static final String NAME = "first_name";

  private final Instant now = Instant.parse("2026-01-01T12:00:00Z");
  private final Clock clock = Clock.fixed(now, ZoneOffset.UTC);
  private final MemoryLedger ledger = new MemoryLedger(clock);
  private final TinySystem bigquery = new TinySystem("bigquery", Manner.EXACT);
  private final Merge merge = new Merge(TinySystem.FIELDS, Policies.latest());
  private final Due due = new Due(TinySystem.FIELDS, () -> "w");
  private final Participants participants = new Participants(List.of(bigquery));
  private final Observing observing =
      new Observing(ledger, participants, merge, due, () -> "new", clock);
  private final Delivering delivering =
      new Delivering(ledger, participants, merge, due, observing, 3, clock, Runnable::run);
  private Row ada;
  private Row bob;

  @BeforeEach
  void two_people_who_got_other_names_since() {
    ada = person("ada", "Ada");
    bob = person("bob", "Bob");
    read(null);
    name(ada, "Ada Maria");
    name(bob, "Robert");
    read(null);
  }

  private Row person(String id, String name) {
    Row row = bigquery.insert(id, now);
    name(row, name);
    return row;
  }

  private void name(Row row, String name) {
    bigquery.edit(row, NAME, new Value.Text(name), now);
  }

  private Observing.Stored read(SourceAlarm alarm) {
    List<Sighting> told = new ArrayList<>();
    bigquery.rows().values().forEach(row -> told.add(bigquery.observe(row, now)));
    return observing.store(
        new Page("bigquery", told, new Cursor("bigquery", "{}", null, now), alarm),
        Limits.defaults());
  }

  /** The backup is of before Ada's other name, and of before Bob. */
  private void restoredFromABackup() {
    name(ada, "Ada");
    bigquery.remove(bob);
    read(SourceAlarm.restored("its change feed is another one"));
  }

  private void emptied() {
    bigquery.remove(ada);
    bigquery.remove(bob);
    read(SourceAlarm.empty());
  }

  private List<Held> held() {
    return ledger.transaction(tx -> tx.heldAfter(0, 100));
  }

  private List<Conflict> conflicts() {
    return ledger.transaction(tx -> tx.conflicts(false, 0, 100));
  }

  private Cursor cursor() {
    return ledger.transaction(tx -> tx.cursor("bigquery"));
  }

  private Contact contact(String id) {
    return ledger.transaction(tx -> tx.contacts(List.of(id))).get(id);
  }

  private String nameOf(String id) {
    return ((Value.Text) contact(id).value(NAME)).text();
  }

  private boolean isDeleted(String id) {
    return contact(id).isDeleted();
  }

  /** Reads what must be read before it is written, then gives what is due. */
  private List<Write> dueAfterReading() {
    Pass pass = delivering.begin("bigquery", 100);
    pass.goesOn();
    List<Reread> asked = delivering.toReread(pass);
    List<Sighting> told = new ArrayList<>();
    for (Reread one : asked) {
      Row row = bigquery.rows().get(one.replica().externalId());
      if (row != null) {
        told.add(bigquery.observe(row, now));
      }
    }
    if (!asked.isEmpty()) {
      delivering.reread(pass, asked, told, Limits.defaults());
    }
    Batch batch = delivering.next(pass);
    return batch == null ? List.of() : batch.writes();
  }

  @Test
  void nothing_of_a_restored_source_is_believed() {
    restoredFromABackup();
    assertThat(nameOf("ada")).isEqualTo("Ada Maria");
  }

  @Test
  void a_restored_source_is_held_once_however_often_it_is_read() {
    restoredFromABackup();
    read(SourceAlarm.restored("its change feed is another one"));
    assertThat(held()).singleElement().matches(h -> h.why() == Held.Reason.SOURCE_RESTORED);
  }

  @Test
  void the_cursor_of_a_restored_source_stays() {
    Cursor before = cursor();
    name(ada, "Ada");
    observing.store(
        new Page(
            "bigquery",
            List.of(),
            new Cursor("bigquery", "{\"feed\":2}", null, now),
            SourceAlarm.restored("its change feed is another one")),
        Limits.defaults());
    assertThat(cursor()).isEqualTo(before);
  }

  @Test
  void nothing_is_sent_to_a_restored_source() {
    restoredFromABackup();
    ledger.transaction(
        tx -> {
          tx.requireReread("bigquery");
          return null;
        });
    assertThat(dueAfterReading()).isEmpty();
    assertThat(delivering.toReread(delivering.begin("bigquery", 10))).isEmpty();
  }

  @Test
  void a_source_that_is_the_right_one_again_is_held_no_more() {
    restoredFromABackup();
    name(ada, "Ada Luise");
    read(null);
    assertThat(held()).isEmpty();
    assertThat(nameOf("ada")).isEqualTo("Ada Luise");
  }

  @Test
  void what_an_approved_source_says_is_taken_over() {
    restoredFromABackup();
    observing.approve(held().get(0).id(), null);
    read(null);
    assertThat(nameOf("ada")).isEqualTo("Ada");
  }

  @Test
  void a_refused_source_is_made_what_the_contacts_are() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    assertThat(dueAfterReading())
        .extracting(Write::contactId, write -> write.values().get(NAME), Write::isCreation)
        .containsExactlyInAnyOrder(
            tuple("ada", new Value.Text("Ada Maria"), false),
            tuple("bob", new Value.Text("Robert"), true));
  }

  @Test
  void a_decision_is_carried_out_with_the_last_page_that_was_read_for_it() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    read(null);
    String fullRead = ledger.transaction(tx -> tx.setting(Sources.FULL_READ + "bigquery"));
    assertThat(fullRead).isNull();
  }

  @Test
  void who_is_missing_in_a_refused_source_is_not_deleted() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    dueAfterReading();
    assertThat(isDeleted("bob")).isFalse();
  }

  @Test
  void an_old_value_that_is_put_back_is_no_conflict() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    dueAfterReading();
    assertThat(conflicts()).isEmpty();
  }

  /** Promise 1. */
  @Test
  void what_was_entered_in_a_refused_source_after_it_was_restored_is_listed() {
    restoredFromABackup();
    name(ada, "Ada Sophie");
    observing.refuse(held().get(0).id());
    dueAfterReading();
    assertThat(conflicts())
        .extracting(Conflict::field, Conflict::lost)
        .containsExactly(tuple(NAME, new Value.Text("Ada Sophie")));
  }

  /** Promise 1: in the same state it can differ only in what nobody has read. */
  @Test
  void what_a_refused_source_had_not_told_is_listed_though_it_was_so_before() {
    name(ada, "Ada");
    observing.store(new Page("bigquery", List.of(adaWithoutName()), null), Limits.defaults());
    read(SourceAlarm.restored("its change feed is another one"));
    observing.refuse(held().get(0).id());
    dueAfterReading();
    assertThat(conflicts())
        .extracting(Conflict::field, Conflict::lost)
        .containsExactly(tuple(NAME, new Value.Text("Ada")));
  }

  /** Promise 1: it was edited before it was restored, and told in part since. */
  @Test
  void what_a_refused_source_had_told_in_part_is_listed_though_it_was_so_before() {
    name(ada, "Ada");
    long backedUp = ada.revision;
    bigquery.edit(ada, "nickname", new Value.Text("Countess"), now);
    observing.store(new Page("bigquery", List.of(adaWithoutName()), null), Limits.defaults());
    ada.values.remove("nickname");
    ada.revision = backedUp;
    read(SourceAlarm.restored("its change feed is another one"));
    observing.refuse(held().get(0).id());
    dueAfterReading();
    assertThat(conflicts())
        .extracting(Conflict::field, Conflict::lost)
        .contains(tuple(NAME, new Value.Text("Ada")));
  }

  /** Ada as she is in the source by now, but for her name. */
  private Sighting.Observation adaWithoutName() {
    Sighting.Observation whole = bigquery.observe(ada, now);
    Map<String, Value> told = new HashMap<>(whole.values());
    told.remove(NAME);
    return new Sighting.Observation(
        "bigquery", ada.id, whole.revision(), "ada", told, false, now, now);
  }

  @Test
  void what_a_refused_source_does_not_tell_at_first_is_put_back_when_it_tells_it() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    observing.store(new Page("bigquery", List.of(adaWithoutName()), null), Limits.defaults());
    assertThat(dueAfterReading())
        .filteredOn(write -> write.contactId().equals("ada"))
        .extracting(write -> write.values().get(NAME))
        .containsExactly(new Value.Text("Ada Maria"));
    assertThat(nameOf("ada")).isEqualTo("Ada Maria");
  }

  /** Promise 8: that it is not told by two pages says nothing of the record itself. */
  @Test
  void what_a_refused_source_leaves_out_of_two_pages_is_put_back_when_it_is_asked_for() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    ledger.transaction(
        tx -> {
          tx.setSetting(Sources.FULL_READ + "bigquery", null);
          return null;
        });
    observing.store(new Page("bigquery", List.of(adaWithoutName()), null), Limits.defaults());
    dueAfterReading();
    assertThat(nameOf("ada")).isEqualTo("Ada Maria");
  }

  /** Promise 6: a backup of before a column was added, say. */
  @Test
  void what_a_refused_source_never_tells_clears_nothing_when_it_is_there_again() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    Pass pass = delivering.begin("bigquery", 100);
    List<Reread> asked = delivering.toReread(pass);
    delivering.reread(pass, asked, List.of(adaWithoutName()), Limits.defaults());
    bigquery.edit(ada, NAME, Value.EMPTY, now);
    read(null);
    assertThat(nameOf("ada")).isEqualTo("Ada Maria");
  }

  @Test
  void a_record_that_a_refused_source_has_in_the_place_of_another_brings_nothing_back() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    dueAfterReading();
    Row other = bigquery.insert("bob", now);
    bigquery.edit(other, TinySystem.TAGS, new Value.Items(List.of("old")), now);
    read(null);
    assertThat(contact("bob").value(TinySystem.TAGS)).isEqualTo(Value.EMPTY);
  }

  @Test
  void what_is_entered_in_a_refused_source_once_it_was_put_back_is_an_edit() {
    restoredFromABackup();
    observing.refuse(held().get(0).id());
    List<Outcome> outcomes = new ArrayList<>();
    for (Write write : dueAfterReading()) {
      bigquery.write(write, now);
      Row row = bigquery.byContactId(write.contactId());
      outcomes.add(
          new Outcome.Applied(
              write, row.id, bigquery.observe(row, now).revision(), bigquery.observe(row, now)));
    }
    delivering.answered(delivering.begin("bigquery", 100), outcomes);
    name(ada, "Ada Sophie");
    read(null);
    assertThat(nameOf("ada")).isEqualTo("Ada Sophie");
  }

  @Test
  void a_deleted_contact_whose_destroyed_record_a_refused_source_has_again_stays_deleted() {
    bigquery.remove(bob);
    observing.store(
        new Page("bigquery", List.of(new Sighting.Gone("bigquery", bob.id)), null),
        Limits.defaults());
    bigquery.rows().put(bob.id, bob);
    read(SourceAlarm.restored("its change feed is another one"));
    observing.refuse(held().get(0).id());
    read(null);
    assertThat(isDeleted("bob")).isTrue();
  }

  /** Promise 4: what was settled as long as there was no record is due as soon as there is one. */
  @Test
  void the_record_of_a_deleted_contact_that_a_refused_source_has_again_is_deleted_in_it() {
    bigquery.remove(bob);
    read(null);
    observing.store(
        new Page("bigquery", List.of(new Sighting.Gone("bigquery", bob.id)), null), Limits.none());
    Row again = bigquery.insert("bob", now);
    read(SourceAlarm.restored("its change feed is another one"));
    observing.refuse(held().get(0).id());
    read(null);

    assertThat(dueAfterReading())
        .filteredOn(write -> again.id.equals(write.externalId()))
        .singleElement()
        .satisfies(write -> assertThat(write.values()).containsKey(Fields.DELETED));
  }

  @Test
  void a_source_that_is_empty_at_once_deletes_nobody() {
    emptied();
    assertThat(held()).singleElement().matches(h -> h.why() == Held.Reason.EMPTY_SOURCE);
    assertThat(isDeleted("ada")).isFalse();
  }

  @Test
  void a_source_that_never_had_anybody_may_be_empty() {
    MemoryLedger empty = new MemoryLedger(clock);
    Observing fresh = new Observing(empty, participants, merge, due, () -> "new", clock);
    fresh.store(
        new Page(
            "bigquery", List.of(), new Cursor("bigquery", "{}", null, now), SourceAlarm.empty()),
        Limits.defaults());
    List<Held> held = empty.transaction(tx -> tx.heldAfter(0, 10));
    assertThat(held).isEmpty();
  }

  @Test
  void an_empty_page_of_changes_does_not_prove_that_a_source_is_empty_no_more() {
    emptied();
    read(null);
    assertThat(held()).hasSize(1);
  }

  @Test
  void a_source_that_has_somebody_again_is_held_no_more() {
    emptied();
    bigquery.rows().put(ada.id, ada);
    read(null);
    assertThat(held()).isEmpty();
  }

  @Test
  void approving_that_a_source_is_empty_deletes_all() {
    emptied();
    observing.approve(held().get(0).id(), null);
    assertThat(List.of(isDeleted("ada"), isDeleted("bob"))).containsExactly(true, true);
  }

  @Test
  void refusing_that_a_source_is_empty_fills_it_again() {
    emptied();
    observing.refuse(held().get(0).id());
    assertThat(dueAfterReading())
        .allMatch(Write::isCreation)
        .extracting(Write::contactId)
        .containsExactlyInAnyOrder("ada", "bob");
  }
}
