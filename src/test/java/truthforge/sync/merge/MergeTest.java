package truthforge.sync.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static truthforge.sync.merge.Known.NOON;
import static truthforge.sync.merge.Known.list;
import static truthforge.sync.merge.Known.text;
import static truthforge.sync.simulation.TinySystem.DOCUMENT;
import static truthforge.sync.simulation.TinySystem.FLAG;
import static truthforge.sync.simulation.TinySystem.TAGS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Conflict.Kind;
import truthforge.sync.ledger.Conflict.Status;
import truthforge.sync.merge.Policies.Policy;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.simulation.TinySystem;

class MergeTest {

  private static final String NAME = "first_name";
  private static final String NICK = "nickname";
  private static final Value NO = new Value.Flag(false);
  private static final Value YES = new Value.Flag(true);

  /** All four hold Ann. */
  private static Known agreed() {
    return agreed(Policies.latest());
  }

  private static Known agreed(Policies policies) {
    return new Known(policies)
        .edit("bigquery", NAME, text("Ann"))
        .edit("bigquery", TAGS, list("a", "b"))
        .read("bigquery", 0)
        .deliverAll()
        .read("bigquery", 1)
        .read("twenty", 1)
        .read("supabase", 1)
        .read("local", 1);
  }

  private static Value document(String... keysAndTexts) {
    var json = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      json.put(keysAndTexts[i], keysAndTexts[i + 1]);
    }
    return Value.ofDocument(json);
  }

  // Merging

  @Test
  void what_was_read_before_changes_nothing() {
    Known known = agreed();
    var before = known.contact;
    known.read("twenty", 9);
    assertThat(known.contact).isEqualTo(before);
  }

  @Test
  void an_edit_that_nobody_else_made_is_accepted() {
    Known known = agreed().edit("twenty", NAME, text("Anna")).read("twenty", 10);
    assertThat(known.value(NAME)).isEqualTo(text("Anna"));
    assertThat(known.conflicts).isEmpty();
  }

  @Test
  void the_same_edit_on_both_sides_is_no_conflict() {
    Known known =
        agreed()
            .edit("twenty", NAME, text("Anna"))
            .edit("local", NAME, text("Anna"))
            .read("twenty", 10)
            .read("local", 11);
    assertThat(known.conflicts).isEmpty();
  }

  @Test
  void different_fields_edited_in_two_systems_both_hold() {
    Known known =
        agreed()
            .edit("twenty", NAME, text("Anna"))
            .edit("local", NICK, text("Nan"))
            .read("twenty", 10)
            .read("local", 11);
    assertThat(known.value(NAME)).isEqualTo(text("Anna"));
    assertThat(known.value(NICK)).isEqualTo(text("Nan"));
  }

  @Test
  void of_two_edits_of_one_field_the_later_holds_whichever_is_read_first() {
    Known known =
        agreed()
            .edit("twenty", NAME, text("Late"))
            .edit("local", NAME, text("Early"))
            .read("twenty", 20)
            .read("local", 10);
    assertThat(known.value(NAME)).isEqualTo(text("Late"));
  }

  @Test
  void the_value_that_gave_way_stands_whole_in_the_conflict_list() {
    Known known =
        agreed()
            .edit("twenty", NAME, text("Late"))
            .edit("local", NAME, text("Early"))
            .read("twenty", 20)
            .read("local", 10);
    assertThat(known.conflicts)
        .filteredOn(conflict -> conflict.field().equals(NAME))
        .singleElement()
        .satisfies(
            conflict -> {
              assertThat(conflict.lost()).isEqualTo(text("Early"));
              assertThat(conflict.lostBy()).isEqualTo("local");
              assertThat(conflict.status()).isEqualTo(Status.SETTLED);
            });
  }

  @Test
  void at_the_same_time_the_system_that_comes_first_in_the_order_wins() {
    Known known =
        agreed()
            .edit("twenty", NAME, text("Twenty"))
            .edit("local", NAME, text("Local"))
            .read("local", 10)
            .read("twenty", 10);
    assertThat(known.value(NAME)).isEqualTo(text("Twenty"));
  }

  @Test
  void a_preferred_system_wins_though_it_was_earlier() {
    Known known =
        agreed(
                new Policies(
                    Map.of(NAME, new Policy.Prefer("local")),
                    new Policy.Latest(),
                    Policies.DEFAULT_ORDER))
            .edit("twenty", NAME, text("Late"))
            .edit("local", NAME, text("Early"))
            .read("twenty", 20)
            .read("local", 10);
    assertThat(known.value(NAME)).isEqualTo(text("Early"));
  }

  @Test
  void a_manual_conflict_waits_with_both_values() {
    Known known =
        agreed(
                new Policies(
                    Map.of(NAME, new Policy.Manual()), new Policy.Latest(), Policies.DEFAULT_ORDER))
            .edit("twenty", NAME, text("One"))
            .edit("local", NAME, text("Two"))
            .read("twenty", 20)
            .read("local", 30);
    assertThat(known.conflicts)
        .filteredOn(conflict -> conflict.status() == Status.WAITING)
        .singleElement()
        .extracting(Conflict::kept, Conflict::lost)
        .containsExactly(text("One"), text("Two"));
  }

  @Test
  void an_item_added_here_and_one_removed_there_merge_without_conflict() {
    Known known =
        agreed()
            .edit("supabase", TAGS, list("a", "b", "c"))
            .edit("local", TAGS, list("b"))
            .read("supabase", 10)
            .read("local", 11);
    assertThat(known.value(TAGS)).isEqualTo(list("b", "c"));
    assertThat(known.conflicts).isEmpty();
  }

  @Test
  void an_item_that_a_system_cannot_hold_survives_an_edit_there() {
    Known known =
        agreed()
            .edit("bigquery", TAGS, list("a", "Xtra", "b"))
            .read("bigquery", 10)
            .deliverAll()
            .edit("supabase", TAGS, list("a", "b", "c"))
            .read("supabase", 20);
    assertThat(known.value(TAGS)).isEqualTo(list("a", "Xtra", "b", "c"));
  }

  @Test
  void an_item_that_a_system_writes_differently_can_be_removed_there() {
    Known known =
        agreed()
            .edit("bigquery", TAGS, list("Big", "b"))
            .read("bigquery", 10)
            .deliverAll()
            .edit("twenty", TAGS, list("b"))
            .read("twenty", 20);
    assertThat(known.value(TAGS)).isEqualTo(list("b"));
  }

  @Test
  void an_item_that_a_system_writes_differently_is_not_doubled_by_an_edit_there() {
    Known known =
        agreed()
            .edit("bigquery", TAGS, list("Big"))
            .read("bigquery", 10)
            .deliverAll()
            .edit("twenty", TAGS, list("big", "new"))
            .read("twenty", 20);
    assertThat(known.value(TAGS)).isEqualTo(list("Big", "new"));
  }

  @Test
  void documents_merge_key_by_key() {
    Known known =
        agreed()
            .edit("twenty", DOCUMENT, document("x", "1"))
            .edit("local", DOCUMENT, document("y", "2"))
            .read("twenty", 10)
            .read("local", 11);
    assertThat(known.value(DOCUMENT)).isEqualTo(document("x", "1", "y", "2"));
    assertThat(known.conflicts).isEmpty();
  }

  @Test
  void a_flag_that_a_system_cannot_leave_empty_stays_unknown() {
    Known known = agreed();
    assertThat(known.value(FLAG)).isEqualTo(Value.EMPTY);
    assertThat(known.due("local")).isEmpty();
  }

  /** Promise 4: what one side has made of both already need not be written to it again. */
  @Test
  void a_list_that_holds_the_items_of_both_sides_keeps_its_order() {
    Known known = agreed().edit("twenty", TAGS, list("a", "b", "c")).read("twenty", 10);
    known.edit("bigquery", TAGS, list("a", "b", "d", "c")).read("bigquery", 20);
    assertThat(known.value(TAGS)).isEqualTo(list("a", "b", "d", "c"));
  }

  // Five rules

  @Test
  void a_write_whose_answer_was_lost_does_not_come_back_as_an_edit() {
    Known known = agreed().edit("bigquery", NICK, text("Nan")).read("bigquery", 10);
    known.arrive(known.begin("twenty"));
    known.read("twenty", 20);
    assertThat(known.last.changes()).isEmpty();
    assertThat(known.due("twenty")).isEmpty();
  }

  @Test
  void a_write_that_did_not_arrive_is_due_again() {
    Known known = agreed().edit("bigquery", NICK, text("Nan")).read("bigquery", 10);
    known.begin("twenty");
    known.read("twenty", 20);
    assertThat(known.due("twenty"))
        .get()
        .extracting(Write::values)
        .isEqualTo(Map.of(NICK, text("Nan")));
  }

  @Test
  void a_write_under_way_is_remembered_while_the_record_is_in_the_same_state() {
    Known known = agreed().edit("bigquery", NICK, text("Nan")).read("bigquery", 10);
    known.begin("twenty");
    known.read("twenty", 20);
    assertThat(known.replicas.get("twenty").unanswered()).hasSize(1);
  }

  @Test
  void an_edit_on_top_of_a_write_whose_answer_was_lost_is_an_edit_though_it_puts_back() {
    Known known =
        agreed()
            .edit("bigquery", NICK, text("nan"))
            .edit("bigquery", NAME, text("Anna"))
            .read("bigquery", 10);
    known.arrive(known.begin("twenty"));
    known.edit("twenty", NAME, text("Ann")).read("twenty", 20);
    assertThat(known.value(NAME)).isEqualTo(text("Ann"));
  }

  @Test
  void a_field_put_back_after_a_write_that_left_no_trace_is_listed() {
    Known known = agreed().edit("bigquery", TAGS, list("a", "b", "c")).read("bigquery", 10);
    known.arrive(known.begin("local"));
    known.edit("local", TAGS, list("a", "b")).read("local", 20);
    assertThat(known.conflicts).extracting(Conflict::lost).contains(list("a", "b"));
  }

  /** Promise 1: what the write was to bring, nobody has put back. */
  @Test
  void who_takes_out_the_same_as_a_write_that_never_arrived_put_nothing_back() {
    Known known =
        agreed()
            .edit("bigquery", NICK, text("Nan"))
            .edit("bigquery", TAGS, list("a"))
            .read("bigquery", 10);
    known.begin("local");
    known.edit("local", TAGS, list("a")).edit("local", NAME, text("Anna")).read("local", 20);
    assertThat(known.value(NICK)).isEqualTo(text("Nan"));
  }

  @Test
  void what_is_due_after_a_lost_answer_is_not_taken_for_sent() {
    Known known = agreed().edit("bigquery", NICK, text("nan")).read("bigquery", 10);
    known.arrive(known.begin("twenty"));
    known.edit("twenty", FLAG, YES).read("twenty", 20, "");
    assertThat(known.due("twenty"))
        .get()
        .extracting(Write::values)
        .isEqualTo(Map.of(Fields.CONTACT_ID, text("c")));
  }

  // Deletion

  @Test
  void a_deletion_alone_deletes() {
    Known known = agreed().delete("twenty", true).read("twenty", 10);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void an_edit_read_before_an_unknowing_deletion_keeps_the_contact() {
    Known known =
        agreed()
            .edit("local", NAME, text("Anna"))
            .delete("twenty", true)
            .read("local", 10)
            .read("twenty", 11);
    assertThat(known.contact.isDeleted()).isFalse();
  }

  @Test
  void an_edit_read_after_an_unknowing_deletion_restores_the_contact() {
    Known known =
        agreed()
            .edit("local", NAME, text("Anna"))
            .delete("twenty", true)
            .read("twenty", 11)
            .read("local", 10);
    assertThat(known.contact.isDeleted()).isFalse();
  }

  @Test
  void a_lost_deletion_stands_in_the_conflict_list() {
    Known known =
        agreed()
            .edit("local", NAME, text("Anna"))
            .delete("twenty", true)
            .read("local", 10)
            .read("twenty", 11);
    assertThat(known.conflicts)
        .filteredOn(conflict -> conflict.field().equals(Fields.DELETED))
        .singleElement()
        .extracting(Conflict::lost, Conflict::lostBy)
        .containsExactly(YES, "twenty");
  }

  /** Promise 4: a restoring of which nothing is known, in a record that is told in parts. */
  @Test
  void a_record_is_still_to_be_restored_when_somebody_writes_there_what_the_restoring_had_too() {
    Known known = restoringOfUnknownFate();
    known.shown.get("twenty").remove(NICK);
    known.edit("twenty", FLAG, YES).read("twenty", 20);
    known.edit("twenty", NICK, text("nan")).read("twenty", 30);

    assertThat(known.due("twenty").orElseThrow().values())
        .containsEntry(Fields.DELETED, Value.EMPTY);
  }

  /** Promise 1: perhaps it was restored, and deleted anew. */
  @Test
  void a_deletion_that_a_restoring_of_unknown_fate_may_have_met_is_listed() {
    Known known = restoringOfUnknownFate();
    known.conflicts.clear();
    known.edit("twenty", FLAG, YES).read("twenty", 20);

    assertThat(known.contact.isDeleted()).isFalse();
    assertThat(known.conflicts)
        .filteredOn(conflict -> conflict.field().equals(Fields.DELETED))
        .extracting(Conflict::lost, Conflict::lostBy)
        .containsExactly(tuple(YES, "twenty"));
  }

  private static Known restoringOfUnknownFate() {
    Known known =
        agreed()
            .edit("local", NAME, text("Anna"))
            .edit("local", NICK, text("nan"))
            .delete("twenty", true)
            .read("local", 10)
            .read("twenty", 11);
    known.begin("twenty");
    return known;
  }

  @Test
  void a_document_edited_elsewhere_does_not_bring_back_a_deleted_contact() {
    Known known =
        agreed()
            .edit("local", DOCUMENT, document("x", "1"))
            .delete("twenty", true)
            .read("twenty", 11)
            .read("local", 10);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void a_document_read_before_a_deletion_does_not_keep_the_contact() {
    Known known =
        agreed()
            .edit("local", DOCUMENT, document("x", "1"))
            .delete("twenty", true)
            .read("local", 10)
            .read("twenty", 11);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void an_edit_in_the_trash_restores_nothing() {
    Known known =
        agreed()
            .delete("twenty", true)
            .read("twenty", 10)
            .deliverAll()
            .edit("local", NAME, text("Anna"))
            .read("local", 20);
    assertThat(known.contact.isDeleted()).isTrue();
    assertThat(known.value(NAME)).isEqualTo(text("Anna"));
  }

  @Test
  void an_edit_in_the_trash_does_not_silently_replace_one_that_it_had_not_seen() {
    Known known =
        agreed()
            .edit("bigquery", NAME, text("Unseen"))
            .read("bigquery", 10)
            .delete("bigquery", true)
            .read("bigquery", 11)
            .deliver("local")
            .edit("local", NAME, text("Trash"))
            .read("local", 20);
    assertThat(known.conflicts).extracting(Conflict::lost).contains(text("Unseen"));
  }

  @Test
  void while_a_contact_is_deleted_only_the_deletion_is_due() {
    Known known =
        agreed().edit("twenty", NAME, text("Anna")).delete("twenty", true).read("twenty", 10);
    assertThat(known.due("local"))
        .get()
        .extracting(Write::values)
        .isEqualTo(Map.of(Fields.DELETED, YES));
  }

  /** Two creations of the same contact in one system, neither with an answer. */
  private static void underWay(Known known, Write first, Write second) {
    TinySystem system = known.systems.get(first.system());
    known.replicas.compute(
        system.system(),
        (name, replica) ->
            replica.withUnanswered(
                List.of(first.unanswered(system, NOON), second.unanswered(system, NOON))));
  }

  @Test
  void what_was_cleared_in_a_record_that_one_of_two_creations_made_is_listed() {
    Known known = new Known().edit("bigquery", NAME, text("Ann")).read("bigquery", 0);
    Write first = known.begin("twenty");
    known.edit("bigquery", NICK, text("Nan")).read("bigquery", 1);
    Write second = known.due("twenty").orElseThrow();
    underWay(known, first, second);
    known.arrive(second);
    known.edit("twenty", NICK, Value.EMPTY).read("twenty", 10);
    assertThat(known.conflicts)
        .extracting(Conflict::field, Conflict::lost)
        .containsExactly(tuple(NICK, Value.EMPTY));
  }

  /** Promise 1: of two creations under way, the later made the record, and somebody put it back. */
  @Test
  void what_a_person_puts_back_to_what_an_earlier_creation_held_is_listed() {
    Known known =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .edit("bigquery", NICK, text("nan"))
            .read("bigquery", 0);
    Write first = known.begin("twenty");
    known.edit("bigquery", NICK, text("nana")).read("bigquery", 1);
    Write second = known.due("twenty").orElseThrow();
    underWay(known, first, second);
    known.arrive(second);
    known.edit("twenty", NICK, text("nan")).read("twenty", 10);
    assertThat(known.conflicts)
        .extracting(Conflict::field, Conflict::lost)
        .containsExactly(tuple(NICK, text("nan")));
  }

  /**
   * Promise 1: of two creations under way, the later made the record; the contact has grown since.
   */
  @Test
  void an_item_that_a_person_takes_out_of_what_the_later_creation_made_is_listed() {
    Known known =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .edit("bigquery", TAGS, list("a"))
            .read("bigquery", 0);
    Write first = known.begin("twenty");
    known.edit("bigquery", TAGS, list("a", "b")).read("bigquery", 1);
    Write second = known.due("twenty").orElseThrow();
    underWay(known, first, second);
    known.arrive(second);
    known.edit("bigquery", TAGS, list("a", "b", "c")).read("bigquery", 2);
    known.edit("twenty", TAGS, list("a")).read("twenty", 10);
    assertThat(known.conflicts)
        .extracting(Conflict::field, Conflict::lost)
        .containsExactly(tuple(TAGS, list("a")));
  }

  /** Promise 5: of two creations under way, the earlier made the record, and somebody edited it. */
  @Test
  void an_item_that_only_an_earlier_creation_brought_is_not_taken_for_new() {
    Known known =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .edit("bigquery", TAGS, list("old"))
            .read("bigquery", 0);
    Write first = known.begin("local");
    known.edit("bigquery", TAGS, Value.EMPTY).read("bigquery", 1);
    Write second = known.due("local").orElseThrow();
    underWay(known, first, second);
    known.arrive(first);
    known.edit("local", TAGS, list("old", "new")).read("local", 10);
    assertThat(known.value(TAGS)).isEqualTo(list("new"));
    assertThat(known.conflicts).extracting(Conflict::lost).contains(list("old", "new"));
  }

  /** Promise 1: the write may have arrived before somebody took out again what it brought. */
  @Test
  void what_was_taken_out_behind_a_lost_answer_is_listed_where_the_record_is_put_back() {
    Known known = agreed().edit("bigquery", NICK, text("nan")).read("bigquery", 10);
    known.begin("local");
    Observation cleared =
        new Observation(
            "local", "local-1", "r9", "c", Map.of(NICK, Value.EMPTY), false, NOON, NOON);
    Merged merged =
        known.merge.putBack(
            known.contact, known.replicas.get("local"), cleared, known.systems.get("local"), NOON);
    assertThat(merged.conflicts())
        .extracting(Conflict::field, Conflict::lost)
        .containsExactly(tuple(NICK, Value.EMPTY));
  }

  /** Promise 5: the creation whose answer was lost made another record than the one read first. */
  @Test
  void a_record_of_our_own_that_is_met_after_one_of_somebody_brings_no_old_value_back() {
    Known known =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .edit("bigquery", NICK, text("Nan"))
            .read("bigquery", 0);
    Write creation = known.begin("twenty");
    Observation ofSomebody =
        new Observation(
            "twenty", "twenty-0", "r0", "", Map.of(NAME, text("Anna")), false, NOON, NOON);
    known.take(
        known.merge.observe(
            known.contact,
            known.replicas.get("twenty"),
            ofSomebody,
            known.systems.get("twenty"),
            NOON));
    known.gone("twenty", 10).edit("bigquery", NICK, Value.EMPTY).read("bigquery", 20);
    known.arrive(creation);
    known.read("twenty", 30);
    assertThat(known.value(NICK)).isEqualTo(Value.EMPTY);
  }

  /** Promise 5: an answer about the record that was read says nothing of another. */
  @Test
  void a_creation_that_may_have_made_another_record_stays_noted_when_the_known_one_is_written() {
    Known known = new Known().edit("bigquery", NAME, text("Ann")).read("bigquery", 0);
    Write creation = known.begin("twenty");
    known.edit("twenty", NAME, text("Anna")).read("twenty", 10, "").deliver("twenty");
    assertThat(known.replicas.get("twenty").unanswered())
        .containsExactly(creation.unanswered(known.systems.get("twenty"), NOON).ofAnother(true));
  }

  /** Promise 2: the record of truth may hold nothing of that. */
  @Test
  void what_a_record_that_looks_like_our_creation_does_not_tell_is_not_taken_for_sent() {
    Known known =
        new Known()
            .edit("supabase", NAME, text("Ann"))
            .edit("supabase", NICK, text("Nan"))
            .read("supabase", 0);
    known.begin("bigquery");
    Observation byHand =
        new Observation(
            "bigquery", "bigquery-1", "r1", "c", Map.of(NAME, text("Anna")), false, NOON, NOON);
    known.take(
        known.merge.observe(
            known.contact,
            known.replicas.get("bigquery"),
            byHand,
            known.systems.get("bigquery"),
            NOON));
    assertThat(known.replicas.get("bigquery").sentVersion()).isZero();
  }

  @Test
  void a_contact_id_that_was_cleared_is_due_where_the_record_is_put_back() {
    Known known = agreed();
    Observation cleared =
        new Observation(
            "local", "local-1", "restored", "", known.shown.get("local"), false, NOON, NOON);
    known.take(
        known.merge.restoreRecord(
            known.contact, known.replicas.get("local"), cleared, known.systems.get("local"), NOON));
    assertThat(known.due("local").orElseThrow().values())
        .containsEntry(Fields.CONTACT_ID, text("c"));
  }

  @Test
  void restoring_makes_due_what_changed_in_the_trash() {
    Known known =
        agreed()
            .delete("twenty", true)
            .edit("twenty", NAME, text("Anna"))
            .read("twenty", 10)
            .deliverAll()
            .delete("twenty", false)
            .read("twenty", 20);
    assertThat(known.due("local").orElseThrow().values())
        .containsEntry(Fields.DELETED, Value.EMPTY)
        .containsEntry(NAME, text("Anna"));
  }

  @Test
  void a_record_that_is_gone_deletes_the_contact() {
    assertThat(agreed().gone("local", 10).contact.isDeleted()).isTrue();
  }

  /** Promise 1: nobody overlooks what he replaced himself. */
  @Test
  void who_adds_to_a_list_and_deletes_the_record_at_once_deletes_the_contact() {
    Known known =
        new Known()
            .edit("bigquery", TAGS, list("a"))
            .read("bigquery", 0)
            .edit("twenty", TAGS, list("a"))
            .read("twenty", 1)
            .edit("bigquery", TAGS, list("a", "b"))
            .delete("bigquery", true)
            .read("bigquery", 10);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void a_contact_whose_editor_deletes_it_too_is_deleted() {
    Known known =
        agreed()
            .edit("twenty", NAME, text("Anna"))
            .read("twenty", 10)
            .delete("bigquery", true)
            .read("bigquery", 11);
    assertThat(known.contact.isDeleted()).isFalse();
    known.delete("twenty", true).read("twenty", 12);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void what_was_edited_in_a_record_that_is_deleted_keeps_nobody_from_deleting_the_contact() {
    Known known =
        agreed()
            .edit("twenty", NAME, text("Anna"))
            .read("twenty", 10)
            .edit("bigquery", NICK, text("Nan"))
            .delete("bigquery", true)
            .read("bigquery", 11)
            .gone("twenty", 12);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void a_deleted_contact_is_not_created_where_it_is_absent() {
    assertThat(agreed().gone("local", 10).due("local")).isEmpty();
  }

  @Test
  void a_record_that_is_gone_is_created_whole_where_the_contact_lives() {
    Known known = agreed().edit("twenty", NAME, text("Anna")).read("twenty", 10).gone("local", 11);
    assertThat(known.due("local").orElseThrow().values())
        .containsEntry(Fields.CONTACT_ID, text("c"))
        .containsEntry(NAME, text("Anna"))
        .containsEntry(TAGS, list("a", "b"));
  }

  @Test
  void the_answer_to_a_creation_does_not_bring_back_a_contact_deleted_meanwhile() {
    Known known = new Known().edit("bigquery", NAME, text("Ann")).read("bigquery", 0);
    Write creation = known.due("twenty").orElseThrow();
    known.delete("bigquery", true).read("bigquery", 5);
    known.arrive(creation);
    known.replicas.put(
        "twenty",
        creation
            .applied(known.replicas.get("twenty"), known.systems.get("twenty"))
            .withExternalId("twenty-1"));
    known.read("twenty", 6);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void nothing_is_created_before_the_record_of_truth_took_the_restoring() {
    Known known = agreed().delete("bigquery", true).read("bigquery", 10).gone("local", 11);
    long acknowledged = known.contact.version();
    known.delete("bigquery", false).read("bigquery", 20);
    assertThat(
            known.due.write(
                known.contact,
                known.replicas.get("local"),
                known.systems.get("local"),
                acknowledged,
                java.util.Set.of()))
        .isEmpty();
  }

  // First meeting

  @Test
  void at_a_first_meeting_empty_means_unknown() {
    Known known = new Known().edit("bigquery", NAME, text("Ann")).read("bigquery", 0);
    known.read("twenty", 10);
    assertThat(known.value(NAME)).isEqualTo(text("Ann"));
    assertThat(known.due("twenty").orElseThrow().values()).containsEntry(NAME, text("Ann"));
  }

  @Test
  void at_a_first_meeting_no_is_unknown_where_a_flag_cannot_be_empty() {
    Known known = new Known().edit("twenty", FLAG, YES).read("twenty", 0).read("local", 10);
    assertThat(known.value(FLAG)).isEqualTo(YES);
    assertThat(known.conflicts).isEmpty();
    assertThat(NO).isEqualTo(known.systems.get("local").held(FLAG, Value.EMPTY));
  }

  @Test
  void at_a_first_meeting_live_wins_over_deleted() {
    Known known =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .delete("bigquery", true)
            .read("bigquery", 0)
            .edit("twenty", NAME, text("Ann"))
            .read("twenty", 10);
    assertThat(known.contact.isDeleted()).isFalse();
  }

  @Test
  void a_deletion_that_gives_way_at_a_first_meeting_is_listed_whichever_is_read_first() {
    Known deletedFirst =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .delete("bigquery", true)
            .read("bigquery", 20)
            .edit("twenty", NAME, text("Ann"))
            .read("twenty", 10);
    Known liveFirst =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .read("bigquery", 10)
            .edit("twenty", NAME, text("Ann"))
            .delete("twenty", true)
            .read("twenty", 20);
    assertThat(List.of(deletedFirst, liveFirst))
        .allSatisfy(
            known ->
                assertThat(known.conflicts)
                    .singleElement()
                    .extracting(Conflict::kind, Conflict::field, Conflict::lost)
                    .containsExactly(Kind.FIRST_MEETING, Fields.DELETED, YES));
  }

  /** A contact that lives elsewhere; BigQuery's record of it is met for the first time. */
  private static Known metDeleted() {
    return new Known()
        .edit("local", NAME, text("Ann"))
        .read("local", 0)
        .edit("bigquery", NAME, text("Anna"))
        .edit("bigquery", NICK, text("Nan"))
        .delete("bigquery", true)
        .read("bigquery", 10);
  }

  @Test
  void what_a_deleted_record_holds_gives_way_to_a_living_contact_and_is_listed() {
    Known known = metDeleted();
    assertThat(known.value(NAME)).isEqualTo(text("Ann"));
    assertThat(known.value(NICK)).isEqualTo(Value.EMPTY);
    assertThat(known.conflicts).extracting(Conflict::lost).contains(text("Anna"), text("Nan"));
  }

  @Test
  void a_deleted_record_that_is_met_keeps_nobody_from_deleting_the_contact() {
    Known known = metDeleted().delete("local", true).read("local", 20);
    assertThat(known.contact.isDeleted()).isTrue();
  }

  @Test
  void a_record_that_is_younger_than_the_deletion_restores_the_contact_unlisted() {
    Known known =
        new Known()
            .edit("bigquery", NAME, text("Ann"))
            .delete("bigquery", true)
            .read("bigquery", 0)
            .edit("twenty", NAME, text("Ann"))
            .read("twenty", 10);
    assertThat(known.contact.isDeleted()).isFalse();
    assertThat(known.conflicts).isEmpty();
  }

  @Test
  void at_a_first_meeting_lists_unite_behind_the_first_item_of_the_preferred_system() {
    Known known =
        new Known()
            .edit("local", TAGS, list("l", "both"))
            .read("local", 0)
            .edit("bigquery", TAGS, list("q", "both"))
            .read("bigquery", 10);
    assertThat(known.value(TAGS)).isEqualTo(list("q", "both", "l"));
  }

  @Test
  void differing_values_of_a_first_meeting_are_settled_by_preference_and_listed_as_such() {
    Known known =
        new Known()
            .edit("local", NAME, text("Later"))
            .read("local", 100)
            .edit("bigquery", NAME, text("Preferred"))
            .read("bigquery", 10);
    assertThat(known.value(NAME)).isEqualTo(text("Preferred"));
    assertThat(known.conflicts)
        .filteredOn(conflict -> conflict.field().equals(NAME))
        .singleElement()
        .extracting(Conflict::kind, Conflict::lost)
        .containsExactly(Kind.FIRST_MEETING, text("Later"));
  }

  // Identity and names

  @Test
  void a_contact_id_that_someone_cleared_is_put_back_and_reported() {
    Known known = agreed().read("twenty", 10, "");
    assertThat(known.due("twenty").orElseThrow().values())
        .containsOnly(Map.entry(Fields.CONTACT_ID, text("c")));
    assertThat(known.last.changes())
        .singleElement()
        .satisfies(change -> assertThat(change.field()).isEqualTo(Fields.CONTACT_ID));
  }

  @Test
  void the_canonical_name_follows_the_names() {
    Known known = agreed().edit("twenty", NAME, text("Anna")).read("twenty", 10);
    assertThat(known.value(Fields.CANONICAL_NAME)).isEqualTo(text("Anna"));
  }

  @Test
  void a_canonical_name_of_its_own_does_not_follow() {
    Known known =
        agreed()
            .edit("twenty", Fields.CANONICAL_NAME, text("Dr. Ann"))
            .read("twenty", 10)
            .edit("twenty", NAME, text("Anna"))
            .read("twenty", 20);
    assertThat(known.value(Fields.CANONICAL_NAME)).isEqualTo(text("Dr. Ann"));
  }

  @Test
  void the_normalised_name_is_derived_from_the_canonical_one() {
    Known known = agreed().edit("twenty", NAME, text("Änne")).read("twenty", 10);
    assertThat(known.value(Fields.NAME_NORMALIZED)).isEqualTo(text("anne"));
  }

  @Test
  void the_time_of_creation_is_the_earliest_known() {
    Known known = new Known().read("bigquery", 50).read("twenty", 10).read("local", 90);
    assertThat(known.contact.createdAt()).isEqualTo(NOON.plusSeconds(10));
  }

  @Test
  void the_tiny_systems_hold_what_their_manner_says() {
    Known known = new Known();
    assertThat(
            List.of(
                known.systems.get("twenty").held(NICK, text("Nan")),
                known.systems.get("supabase").held(TAGS, list("Xa", "b"))))
        .containsExactly(text("nan"), list("b"));
  }

  @Test
  void a_field_that_was_told_late_is_due_though_a_write_without_it_arrives_later() {
    Known known = new Known().edit("supabase", NAME, text("Ann"));
    Value nothing = known.shown.get("supabase").remove(Fields.CANONICAL_NAME);
    known.read("supabase", 0, "");
    Write late = known.begin("supabase");
    assertThat(late.values()).doesNotContainKey(Fields.CANONICAL_NAME);

    known.shown.get("supabase").put(Fields.CANONICAL_NAME, nothing);
    known.read("supabase", 1, "");
    known.arrive(late);
    known.read("supabase", 2, "c");

    assertThat(known.due("supabase").orElseThrow().values())
        .containsEntry(Fields.CANONICAL_NAME, text("Ann"));
  }
}
