package truthforge.sync.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.merge.Linker;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.sandbox.SamplePerson.Fate;

class SamplesTest {

  @TempDir Path folder;

  @Test
  void the_same_seed_gives_the_same_persons() {
    assertThat(Samples.of(300, 7).people().toList())
        .isEqualTo(Samples.of(300, 7).people().toList());
  }

  @Test
  void a_person_is_the_same_in_whatever_order_they_are_asked_for() {
    Samples samples = Samples.of(300, 7);
    List<SamplePerson> inOrder = samples.people().toList();

    assertThat(samples.person(200)).isEqualTo(inOrder.get(200));
  }

  @Test
  void another_seed_gives_other_persons() {
    Set<String> emails = emails(Samples.of(300, 7));
    emails.retainAll(emails(Samples.of(300, 8)));

    assertThat(emails).hasSizeLessThan(10);
  }

  private static Set<String> emails(Samples samples) {
    return samples
        .people()
        .flatMap(person -> items(person, "emails").stream())
        .collect(Collectors.toCollection(HashSet::new));
  }

  @ParameterizedTest
  @CsvSource({"0,0,0", "1,1,0", "2,2,0", "30,2,1", "50,2,3", "2000,40,3"})
  void deleted_and_ambiguous_ones_come_on_top(int contacts, int deleted, int ambiguous) {
    Map<Fate, Long> count =
        Samples.of(contacts, 7)
            .people()
            .collect(Collectors.groupingBy(SamplePerson::fate, Collectors.counting()));

    assertThat(count.getOrDefault(Fate.LIVE, 0L)).isEqualTo(contacts);
    assertThat(count.getOrDefault(Fate.DELETED, 0L)).isEqualTo(deleted);
    assertThat(count.getOrDefault(Fate.AMBIGUOUS, 0L)).isEqualTo(ambiguous);
  }

  @ParameterizedTest
  @ValueSource(strings = {"emails", "phones"})
  void no_two_persons_share_an_email_or_a_phone_number(String field) {
    Map<String, Integer> owners = new HashMap<>();
    Samples samples = Samples.of(3000, 7);
    samples
        .people()
        .filter(person -> person.fate() != Fate.AMBIGUOUS)
        .forEach(
            person ->
                items(person, field)
                    .forEach(
                        item -> {
                          Integer owner = owners.putIfAbsent(item, person.number());
                          assertThat(owner == null || owner == person.number())
                              .as("%s of %s and %s", item, owner, person.number())
                              .isTrue();
                        }));

    assertThat(owners).hasSizeGreaterThan(2000);
  }

  /** In normal form, of all records. */
  private static Set<String> items(SamplePerson person, String field) {
    Set<String> items = new TreeSet<>();
    for (SampleRecord record : person.records()) {
      Value value = Fields.standard().get(field).type().normalise(record.fields().path(field));
      if (value instanceof Value.Items all) {
        items.addAll(all.items());
      }
    }
    return items;
  }

  @Test
  void phone_numbers_are_international_ones_but_for_a_few_extensions() {
    Set<String> odd = new TreeSet<>();
    Set<String> good = new HashSet<>();
    Samples.of(3000, 7)
        .people()
        .forEach(
            person ->
                items(person, "phones")
                    .forEach(
                        phone -> (phone.matches("\\+[1-9]\\d{6,14}") ? good : odd).add(phone)));

    assertThat(odd).isNotEmpty().hasSizeLessThan(60).allMatch(p -> p.startsWith("extension "));
    assertThat(good).hasSizeGreaterThan(2000);
  }

  @Test
  void people_are_spread_unevenly_and_most_are_in_bigquery() {
    Map<SampleSystem, Long> count = new EnumMap<>(SampleSystem.class);
    Map<Integer, Long> systems = new HashMap<>();
    Samples.of(2000, 7)
        .people()
        .filter(person -> person.fate() == Fate.LIVE)
        .forEach(
            person -> {
              person.records().forEach(record -> count.merge(record.system(), 1L, Long::sum));
              systems.merge(person.records().size(), 1L, Long::sum);
            });

    assertThat(count.get(SampleSystem.BIGQUERY)).isBetween(1500L, 1800L);
    assertThat(count.get(SampleSystem.TWENTY)).isBetween(1000L, 1300L);
    assertThat(count.get(SampleSystem.SUPABASE)).isBetween(700L, 950L);
    assertThat(count.get(SampleSystem.LOCAL)).isBetween(500L, 750L);
    assertThat(systems.keySet()).containsExactlyInAnyOrder(1, 2, 3, 4);
  }

  @Test
  void nobody_has_two_records_in_one_system() {
    assertThat(Samples.of(2000, 7).people())
        .allSatisfy(
            person ->
                assertThat(person.records())
                    .extracting(SampleRecord::system)
                    .doesNotHaveDuplicates());
  }

  @Test
  void times_are_of_the_past_weeks_and_differ_between_systems() {
    Set<Duration> updated = new HashSet<>();
    List<SampleRecord> records =
        Samples.of(500, 7).people().flatMap(person -> person.records().stream()).toList();
    assertThat(records)
        .allSatisfy(
            record -> {
              updated.add(record.updated());
              assertThat(record.updated()).isBetween(Duration.ofMinutes(30), Duration.ofDays(57));
              assertThat(record.created()).isGreaterThanOrEqualTo(record.updated());
            });
    assertThat(updated).hasSameSizeAs(records);
  }

  @Test
  void scripts_of_many_peoples_occur() {
    Set<Character.UnicodeScript> scripts =
        Samples.of(50, 7)
            .people()
            .flatMap(person -> person.records().stream())
            .flatMapToInt(record -> record.fields().path("last_name").asText().codePoints())
            .mapToObj(Character.UnicodeScript::of)
            .collect(Collectors.toSet());

    assertThat(scripts)
        .contains(
            Character.UnicodeScript.LATIN,
            Character.UnicodeScript.GREEK,
            Character.UnicodeScript.CYRILLIC,
            Character.UnicodeScript.HAN,
            Character.UnicodeScript.ARABIC);
  }

  @Test
  void some_notes_are_some_kilobytes_long() {
    assertThat(Samples.of(500, 7).people().flatMap(person -> person.records().stream()))
        .anyMatch(record -> record.fields().path("notes").asText().length() > 3000);
  }

  @Test
  void some_fields_differ_between_the_records_of_one_person() {
    Map<String, Integer> differing = new HashMap<>();
    Samples.of(2000, 7)
        .people()
        .filter(person -> person.records().size() > 1)
        .forEach(
            person -> {
              for (Field field : Fields.standard().all()) {
                long values =
                    person.records().stream()
                        .map(r -> field.type().normalise(r.fields().path(field.name())))
                        .distinct()
                        .count();
                if (values > 1) {
                  differing.merge(field.name(), 1, Integer::sum);
                }
              }
            });

    assertThat(differing.keySet())
        .contains("title", "notes", "phones", "emails", "birthday", "organization", "job_title");
  }

  @Test
  void without_contacts_nothing_is_loaded() {
    try (SampleWorld world = SampleWorld.with(folder, Samples.of(0, 7))) {
      for (SampleSystem system : SampleSystem.values()) {
        assertThat(world.records(system)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 50, 2000})
  void every_record_reaches_its_system_as_it_is(int contacts) {
    Samples samples = Samples.of(contacts, 11);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      for (SampleSystem system : SampleSystem.values()) {
        List<SampleRecord> records =
            samples
                .people()
                .flatMap(person -> person.records().stream())
                .filter(record -> record.system() == system)
                .toList();
        List<Map<String, Value>> expected = new ArrayList<>();
        records.forEach(record -> expected.add(values(world, record)));
        List<Map<String, Value>> loaded = new ArrayList<>();
        world.observations(system).forEach(o -> loaded.add(nonEmpty(o.values())));

        assertThat(loaded).as(system.label()).containsExactlyInAnyOrderElementsOf(expected);
      }
    }
  }

  private static Map<String, Value> values(SampleWorld world, SampleRecord record) {
    Map<String, Value> values = new HashMap<>();
    for (Field field : Fields.standard().all()) {
      Value value = field.type().normalise(record.fields().path(field.name()));
      values.put(field.name(), world.mapping(record.system()).held(field.name(), value));
    }
    return nonEmpty(values);
  }

  private static Map<String, Value> nonEmpty(Map<String, Value> values) {
    Map<String, Value> some = new HashMap<>(values);
    some.values().removeIf(Value::isEmpty);
    return some;
  }

  @ParameterizedTest
  @EnumSource(SampleSystem.class)
  void every_field_of_the_mapping_occurs_in_every_system(SampleSystem system) {
    try (SampleWorld world = SampleWorld.with(folder, Samples.of(2000, 7))) {
      Set<String> filled = new TreeSet<>();
      world.observations(system).forEach(o -> filled.addAll(nonEmpty(o.values()).keySet()));

      assertThat(filled).containsExactlyInAnyOrderElementsOf(world.mapping(system).fieldNames());
    }
  }

  @Test
  void loading_is_no_call() {
    try (SampleWorld world = SampleWorld.with(folder, Samples.of(50, 7))) {
      assertThat(
              world.systems.bigquery().calls()
                  + world.systems.twenty().calls()
                  + world.systems.supabase().calls())
          .isZero();
    }
  }

  @Test
  void firms_are_shared_and_some_are_hard_to_quote() {
    try (SampleWorld world = SampleWorld.with(folder, Samples.of(2000, 7))) {
      List<ObjectNode> people = world.systems.twenty().people();
      Map<JsonNode, Long> staff =
          people.stream()
              .map(person -> person.get("companyId"))
              .filter(JsonNode::isTextual)
              .collect(Collectors.groupingBy(id -> id, Collectors.counting()));
      List<String> names =
          world.systems.twenty().companies().stream()
              .map(company -> company.get("name").textValue())
              .toList();

      assertThat(staff.values()).anyMatch(count -> count > 5);
      assertThat(names)
          .doesNotHaveDuplicates()
          .anyMatch(name -> name.contains("("))
          .anyMatch(name -> name.contains("\""))
          .anyMatch(name -> name.contains(","));
    }
  }

  @Test
  void negative_numbers_are_refused() {
    assertThatThrownBy(() -> Samples.of(-1, 7)).isInstanceOf(IllegalArgumentException.class);
  }

  // --- linking -------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"1,7", "2,7", "20,3", "50,7", "2000,7", "2000,8", "500,-1"})
  void linking_finds_exactly_these_persons(int contacts, long seed) {
    Samples samples = Samples.of(contacts, seed);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      Index index = new Index();
      for (SampleSystem system : SampleSystem.values()) {
        world.observations(system).forEach(index::observe);
      }

      assertThat(index.held).hasSize(samples.ambiguous());
      assertThat(index.groups().stream().filter(g -> !g.deleted()).map(Group::records))
          .containsExactlyInAnyOrderElementsOf(expected(world, samples, Fate.LIVE));
      assertThat(index.groups().stream().filter(Group::deleted).map(Group::records))
          .containsExactlyInAnyOrderElementsOf(expected(world, samples, Fate.DELETED));
    }
  }

  @Test
  void an_ambiguous_record_belongs_to_two_who_have_records_with_ids_there() {
    Samples samples = Samples.of(50, 7);
    try (SampleWorld world = SampleWorld.with(folder, samples)) {
      Index index = new Index();
      for (SampleSystem system : SampleSystem.values()) {
        world.observations(system).forEach(index::observe);
      }

      assertThat(index.held.values()).allSatisfy(hold -> assertThat(hold.candidates()).hasSize(2));
      index.held.forEach(
          (record, hold) ->
              assertThat(hold.candidates())
                  .allSatisfy(
                      id ->
                          assertThat(world.observations(record.system()))
                              .anyMatch(o -> id.equals(o.contactId()))));
    }
  }

  /** Which records belong together, told by what only they have: their place in the samples. */
  private static List<Set<String>> expected(SampleWorld world, Samples samples, Fate fate) {
    Map<String, List<Observation>> loaded = new HashMap<>();
    for (SampleSystem system : SampleSystem.values()) {
      loaded.put(system.label(), world.observations(system));
    }
    Map<SampleSystem, Integer> next = new EnumMap<>(SampleSystem.class);
    List<Set<String>> groups = new ArrayList<>();
    samples
        .people()
        .forEach(
            person -> {
              Set<String> group = new TreeSet<>();
              for (SampleRecord record : person.records()) {
                int place = next.merge(record.system(), 1, Integer::sum) - 1;
                // Rows stay in the order of loading; people in Twenty are sorted by id.
                String id =
                    record.id() != null
                        ? record.id()
                        : loaded.get(record.system().label()).get(place).externalId();
                group.add(record.system().label() + "/" + id);
              }
              if (person.fate() == fate) {
                groups.add(group);
              }
            });
    return groups;
  }

  private record RecordKey(SampleSystem system, String id) {}

  private record Group(Set<String> records, boolean deleted) {}

  /** Contacts by email and phone number, as far as linking needs them. */
  private static final class Index {
    private final Map<String, Contact> contacts = new LinkedHashMap<>();
    private final Map<String, Set<String>> records = new HashMap<>();
    private final Set<String> linked = new HashSet<>();
    private final Map<String, Set<String>> byItem = new HashMap<>();
    final Map<RecordKey, Linker.Link.Hold> held = new LinkedHashMap<>();

    void observe(Observation record) {
      Linker.Link link =
          Linker.link(
              record,
              record.contactId() == null ? null : contacts.get(record.contactId()),
              matches(Linker.emails(record)),
              matches(Linker.phones(record)),
              id -> linked.contains(record.system() + "/" + id));
      if (link instanceof Linker.Link.Hold hold) {
        SampleSystem system =
            SampleSystem.valueOf(record.system().toUpperCase(java.util.Locale.ROOT));
        held.put(new RecordKey(system, record.externalId()), hold);
        return;
      }
      String id =
          link instanceof Linker.Link.To to
              ? to.contactId()
              : link instanceof Linker.Link.New fresh && fresh.contactId() != null
                  ? fresh.contactId()
                  : UUID.randomUUID().toString();
      add(id, record);
    }

    private List<Contact> matches(List<String> items) {
      Set<String> ids = new TreeSet<>();
      items.forEach(item -> ids.addAll(byItem.getOrDefault(item, Set.of())));
      return ids.stream().map(contacts::get).toList();
    }

    private void add(String id, Observation record) {
      Contact before = contacts.getOrDefault(id, Contact.blank(id));
      Map<String, FieldState> states = new HashMap<>(before.fields());
      boolean deleted = record.deleted() && (before.version() == 0 || before.isDeleted());
      Map<String, Value> values = new HashMap<>(record.values());
      values.put(Fields.DELETED, deleted ? new Value.Flag(true) : Value.EMPTY);
      values.forEach(
          (field, value) -> {
            if (!value.isEmpty() || field.equals(Fields.DELETED)) {
              states.put(field, new FieldState(value, 1, null, record.system()));
            }
          });
      contacts.put(id, new Contact(id, before.version() + 1, states, null));
      records
          .computeIfAbsent(id, i -> new TreeSet<>())
          .add(record.system() + "/" + record.externalId());
      linked.add(record.system() + "/" + id);
      Linker.emails(record).forEach(item -> index(item, id));
      Linker.phones(record).forEach(item -> index(item, id));
    }

    private void index(String item, String id) {
      byItem.computeIfAbsent(item, i -> new TreeSet<>()).add(id);
    }

    List<Group> groups() {
      return contacts.values().stream()
          .map(contact -> new Group(records.get(contact.id()), contact.isDeleted()))
          .toList();
    }
  }
}
