package truthforge.sync.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.sandbox.LiveEdit.Kind;
import truthforge.sync.sandbox.StandIn.Fault;

class LiveEditsTest {

  private static final int PERSONS = 60;

  /** What systems note about every write. */
  private static final Set<String> STAMPS =
      Set.of("updated_at", "updatedAt", "updatedBy", "searchVector");

  @TempDir Path folder;

  static Stream<Arguments> systemsAndFields() {
    return Stream.of(SampleSystem.values())
        .flatMap(system -> LiveEdits.FIELDS.stream().map(field -> Arguments.of(system, field)));
  }

  @ParameterizedTest
  @MethodSource("systemsAndFields")
  void a_changed_field_is_all_that_changes(SampleSystem system, String field) {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      Set<String> fields = new HashSet<>();
      for (int i = 0; i < 4; i++) {
        Picture before = new Picture(world);
        LiveEdit edit = edits.change(system, field);
        Picture after = new Picture(world);
        fields.add(edit.field());

        assertThat(before.differences(after)).isEqualTo(Map.of(key(edit), properties(world, edit)));
        assertThat(before.value(edit)).isEqualTo(read(world, edit, edit.before()));
        assertThat(after.value(edit)).isEqualTo(read(world, edit, edit.after()));
        assertThat(after.value(edit)).isNotEqualTo(before.value(edit));
      }
      // Who has no category gets another title instead of a subcategory.
      fields.remove("title");
      assertThat(fields).isSubsetOf(field);
    }
  }

  @ParameterizedTest
  @EnumSource(SampleSystem.class)
  void an_email_is_added_at_the_end_and_nothing_else_changes(SampleSystem system) {
    appends(system, Kind.ADD_EMAIL, "emails");
  }

  @ParameterizedTest
  @EnumSource(SampleSystem.class)
  void a_phone_number_is_added_at_the_end_and_nothing_else_changes(SampleSystem system) {
    appends(system, Kind.ADD_PHONE, "phones");
  }

  private void appends(SampleSystem system, Kind kind, String field) {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      for (int i = 0; i < 12; i++) {
        Picture before = new Picture(world);
        LiveEdit edit = edits.make(system, kind);
        Picture after = new Picture(world);

        assertThat(before.differences(after)).isEqualTo(Map.of(key(edit), Set.of(field)));
        List<String> expected = new ArrayList<>();
        if (before.value(edit) instanceof Value.Items items) {
          expected.addAll(items.items());
        }
        expected.add(edit.after().textValue());
        assertThat(after.value(edit)).isEqualTo(new Value.Items(expected));
        assertThat(before.allItems(field)).doesNotContain(edit.after().textValue());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(SampleSystem.class)
  void a_deletion_is_a_soft_one_of_a_live_record(SampleSystem system) {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      Picture before = new Picture(world);
      LiveEdit edit = edits.make(system, Kind.DELETE);
      Picture after = new Picture(world);

      assertThat(before.differences(after))
          .isEqualTo(Map.of(key(edit), Set.of(world.mapping(system).deletedAtPath())));
      assertThat(before.record(edit).deleted()).isFalse();
      assertThat(after.record(edit).deleted()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(SampleSystem.class)
  void a_restoration_is_one_of_a_deleted_record(SampleSystem system) {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      edits.make(system, Kind.DELETE);
      Picture before = new Picture(world);
      LiveEdit edit = edits.make(system, Kind.RESTORE);
      Picture after = new Picture(world);

      assertThat(before.differences(after))
          .isEqualTo(Map.of(key(edit), Set.of(world.mapping(system).deletedAtPath())));
      assertThat(before.record(edit).deleted()).isTrue();
      assertThat(after.record(edit).deleted()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(SampleSystem.class)
  void a_new_person_is_all_that_is_new(SampleSystem system) {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      for (int i = 0; i < 5; i++) {
        Picture before = new Picture(world);
        LiveEdit edit = edits.make(system, Kind.ADD_PERSON);
        Picture after = new Picture(world);

        assertThat(before.differences(after)).isEqualTo(Map.of(key(edit), Set.of("(new)")));
        Map<String, Value> expected = new HashMap<>();
        Fields.standard()
            .all()
            .forEach(
                field -> {
                  Value value = field.type().normalise(edit.after().path(field.name()));
                  expected.put(field.name(), world.mapping(system).held(field.name(), value));
                });
        expected.values().removeIf(Value::isEmpty);
        Map<String, Value> told = new HashMap<>(after.record(edit).values());
        told.values().removeIf(Value::isEmpty);
        assertThat(told).isEqualTo(expected);
        Set<String> emails = items(after.record(edit).value("emails"));
        assertThat(emails).isNotEmpty();
        assertThat(before.allItems("emails")).doesNotContainAnyElementsOf(emails);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = SampleSystem.class, names = "BIGQUERY", mode = EnumSource.Mode.EXCLUDE)
  void every_edit_moves_the_records_time_where_the_system_sees_to_it(SampleSystem system) {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      for (Kind kind : List.of(Kind.CHANGE_FIELD, Kind.ADD_EMAIL, Kind.DELETE, Kind.RESTORE)) {
        Picture before = new Picture(world);
        LiveEdit edit = edits.make(system, kind);

        assertThat(edit.touched()).isTrue();
        assertThat(new Picture(world).record(edit).modifiedAt())
            .isAfter(before.record(edit).modifiedAt());
      }
    }
  }

  @Test
  void in_bigquery_the_time_moves_mostly_and_exactly_where_it_is_said_to() {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      int moved = 0;
      for (int i = 0; i < 60; i++) {
        Picture before = new Picture(world);
        LiveEdit edit = edits.make(SampleSystem.BIGQUERY, Kind.CHANGE_FIELD);
        Picture after = new Picture(world);

        assertThat(after.record(edit).modifiedAt().isAfter(before.record(edit).modifiedAt()))
            .isEqualTo(edit.touched());
        moved += edit.touched() ? 1 : 0;
      }
      assertThat(moved).isBetween(35, 59);
    }
  }

  @Test
  void edits_in_twenty_are_a_persons() {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      LiveEdit edit = edits.make(SampleSystem.TWENTY, Kind.ADD_PERSON);

      assertThat(world.systems.twenty().people())
          .filteredOn(person -> person.get("id").textValue().equals(edit.record()))
          .singleElement()
          .satisfies(
              person -> assertThat(person.at("/createdBy/source").textValue()).isEqualTo("MANUAL"));
    }
  }

  @Test
  void new_people_have_no_contact_id_but_in_bigquery() {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      Set<SampleSystem> with = EnumSet.noneOf(SampleSystem.class);
      for (SampleSystem system : SampleSystem.values()) {
        LiveEdit edit = edits.make(system, Kind.ADD_PERSON);
        String contactId = new Picture(world).record(edit).contactId();
        if (!contactId.isEmpty()) {
          with.add(system);
        }
      }
      assertThat(with).containsExactly(SampleSystem.BIGQUERY);
    }
  }

  @Test
  void every_kind_of_edit_is_made_in_every_system() {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      Set<String> made = new TreeSet<>();
      for (int i = 0; i < 600; i++) {
        LiveEdit edit = edits.next();
        made.add(edit.system() + " " + edit.kind());
      }
      assertThat(made).hasSize(SampleSystem.values().length * Kind.values().length);
    }
  }

  @Test
  void the_same_seed_makes_the_same_edits() {
    assertThat(sentences("one", 3)).isEqualTo(sentences("two", 3));
  }

  @Test
  void another_seed_makes_other_edits() {
    assertThat(sentences("one", 3)).isNotEqualTo(sentences("two", 4));
  }

  private List<String> sentences(String name, long seed) {
    Samples samples = Samples.of(PERSONS, 7);
    Path own = folder.resolve(name);
    assertThat(own.toFile().mkdir()).isTrue();
    try (SampleWorld world = SampleWorld.with(own, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, seed, world.clock);
      return Stream.generate(edits::next).limit(80).map(LiveEdit::sentence).toList();
    }
  }

  @Test
  void where_there_is_nobody_people_are_added() {
    Samples samples = Samples.of(0, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      Set<SampleSystem> added = EnumSet.noneOf(SampleSystem.class);
      while (added.size() < SampleSystem.values().length) {
        LiveEdit edit = edits.next();
        if (added.add(edit.system())) {
          assertThat(edit.kind()).isEqualTo(Kind.ADD_PERSON);
        }
      }
      for (SampleSystem system : SampleSystem.values()) {
        assertThat(world.records(system)).isNotEmpty();
      }
    }
  }

  @Test
  void an_edit_that_the_system_refuses_is_told() {
    Samples samples = Samples.of(PERSONS, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      LiveEdits edits = new LiveEdits(world.systems, samples, 1, world.clock);
      world.systems.twenty().inject(Fault.status(500, "{}"));

      assertThatThrownBy(() -> edits.make(SampleSystem.TWENTY, Kind.CHANGE_FIELD))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("500");
    }
  }

  // --- sentences -----------------------------------------------------------------------------

  @Test
  void a_change_is_told_with_both_values() {
    assertThat(edit(Kind.CHANGE_FIELD, "job_title", NullNode.instance, "Chef", true).sentence())
        .isEqualTo(
            "In Twenty somebody changed the job title of Ada Król from nothing to \"Chef\".");
  }

  @Test
  void a_forgotten_time_is_told() {
    assertThat(edit(Kind.DELETE, "deleted_at", NullNode.instance, "", false).sentence())
        .isEqualTo("In Twenty somebody deleted Ada Król, leaving updated_at as it was.");
  }

  @Test
  void a_long_value_is_cut_and_put_on_one_line() {
    assertThat(
            edit(
                    Kind.CHANGE_FIELD,
                    "notes",
                    TextNode.valueOf("a\u001b[2J\n\u202eb"),
                    "🎈".repeat(99),
                    true)
                .sentence())
        .isEqualTo(
            "In Twenty somebody changed the notes of Ada Król from \"a [2J b\" to \""
                + "🎈".repeat(40)
                + "…\".");
  }

  @Test
  void of_long_values_that_begin_alike_the_end_is_shown() {
    String long_ = "One two three four five six seven eight nine ten";

    assertThat(
            edit(Kind.CHANGE_FIELD, "notes", TextNode.valueOf(long_), long_ + "\nCalled", true)
                .sentence())
        .isEqualTo(
            "In Twenty somebody changed the notes of Ada Król from \"…t nine ten\" to"
                + " \"…t nine ten Called\".");
  }

  private static LiveEdit edit(
      Kind kind, String field, JsonNode before, String after, boolean touched) {
    return new LiveEdit(
        SampleSystem.TWENTY,
        kind,
        "1",
        "Ada Król",
        field,
        before,
        TextNode.valueOf(after),
        touched);
  }

  // --- what changed --------------------------------------------------------------------------

  private static String key(LiveEdit edit) {
    return edit.system() + "/" + edit.record();
  }

  private static Set<String> properties(SampleWorld world, LiveEdit edit) {
    if (edit.system() != SampleSystem.TWENTY) {
      return Set.of(edit.field());
    }
    return switch (edit.field()) {
      case "organization" -> Set.of("companyId", "company");
      case "last_name" -> Set.of("name");
      case "linkedin_url" -> Set.of("linkedinLink");
      default -> Set.of(TwentyShapes.property(edit.field()));
    };
  }

  private static Value read(SampleWorld world, LiveEdit edit, JsonNode value) {
    return world
        .mapping(edit.system())
        .held(edit.field(), Fields.standard().get(edit.field()).type().normalise(value));
  }

  private static Set<String> items(Value value) {
    return value instanceof Value.Items items ? new HashSet<>(items.items()) : Set.of();
  }

  /** All records of all systems at one moment. */
  private static final class Picture {
    private final SampleWorld world;
    private final Map<String, ObjectNode> records = new TreeMap<>();

    Picture(SampleWorld world) {
      this.world = world;
      for (SampleSystem system : SampleSystem.values()) {
        for (ObjectNode record : world.records(system)) {
          records.put(system + "/" + SampleWorld.idOf(system, record), record);
        }
      }
    }

    /** By record, the properties that differ, stamps apart. */
    Map<String, Set<String>> differences(Picture later) {
      Map<String, Set<String>> differences = new HashMap<>();
      Set<String> keys = new TreeSet<>(records.keySet());
      keys.addAll(later.records.keySet());
      for (String key : keys) {
        ObjectNode before = records.get(key);
        ObjectNode after = later.records.get(key);
        if (before == null || after == null) {
          differences.put(key, Set.of(before == null ? "(new)" : "(gone)"));
          continue;
        }
        Set<String> names = new TreeSet<>();
        after.fieldNames().forEachRemaining(names::add);
        before.fieldNames().forEachRemaining(names::add);
        names.removeIf(name -> STAMPS.contains(name) || before.path(name).equals(after.path(name)));
        if (!names.isEmpty()) {
          differences.put(key, names);
        }
      }
      return differences;
    }

    Observation record(LiveEdit edit) {
      return world.observation(edit.system(), records.get(key(edit)));
    }

    Value value(LiveEdit edit) {
      return record(edit).value(edit.field());
    }

    /** Of all live and deleted records. */
    Set<String> allItems(String field) {
      Set<String> all = new HashSet<>();
      records.forEach(
          (key, record) -> {
            SampleSystem system = SampleSystem.valueOf(key.substring(0, key.indexOf('/')));
            all.addAll(items(world.observation(system, record).value(field)));
          });
      return all;
    }
  }
}
