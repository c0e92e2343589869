package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.kill.People.Disputed;
import truthforge.sync.kill.Screen.Person;

/** Whoever keeps the list of what was acknowledged misses what is not there. */
class PeopleTest {

  private static final int CONTACTS = 16;
  private static final int EDITS = 400;

  private final Memory memory = new Memory();
  private final People people = new People(List.of(memory), List.copyOf(memory.live.keySet()), 0.2);

  /** A system in which nobody loses anything. */
  private static final class Memory implements Screen {
    private final Map<String, Person> live = Collections.synchronizedMap(new TreeMap<>());
    private final List<Disputed> replaced = Collections.synchronizedList(new ArrayList<>());

    private Memory() {
      IntStream.range(0, CONTACTS)
          .mapToObj(i -> "c" + i)
          .forEach(id -> live.put(id, person(id, Map.of("notes", "first of " + id), List.of())));
    }

    private static Person person(String id, Map<String, String> fields, List<String> emails) {
      return new Person(id, id, fields, emails, "", null);
    }

    @Override
    public String system() {
      return "memory";
    }

    @Override
    public List<Person> people() {
      return List.copyOf(live.values());
    }

    @Override
    public Person look(String contactId) {
      return live.get(contactId);
    }

    @Override
    public boolean set(Person seen, String field, String value) {
      Map<String, String> fields = new TreeMap<>(seen.fields());
      String before = fields.put(field, value);
      replaced.add(new Disputed(seen.id(), field, before));
      live.put(seen.id(), person(seen.id(), fields, seen.emails()));
      return true;
    }

    @Override
    public boolean addEmail(Person seen, String email) {
      List<String> emails = Stream.concat(seen.emails().stream(), Stream.of(email)).toList();
      live.put(seen.id(), person(seen.id(), seen.fields(), emails));
      return true;
    }

    @Override
    public boolean delete(Person seen) {
      return live.remove(seen.id()) != null;
    }

    @Override
    public boolean restore(Person seen) {
      return live.put(seen.id(), seen) == null;
    }

    @Override
    public boolean add(String email, String notes) {
      live.put(email, person(email, Map.of("notes", notes), List.of(email)));
      return true;
    }
  }

  @BeforeEach
  void they_edit() {
    people.begin(1, 1);
    people.awaitAcknowledged(EDITS);
    people.end();
  }

  @AfterEach
  void close() {
    people.close();
  }

  private List<String> unaccounted(Stream<Person> found) {
    return people.unaccounted(found.toList(), Set.of());
  }

  /** What the last edit replaced of those that replaced something and were not followed. */
  private Disputed lastReplaced() {
    Set<String> followed = new HashSet<>();
    for (int i = memory.replaced.size() - 1; ; i--) {
      Disputed one = memory.replaced.get(i);
      if (followed.add(one.contact() + one.field()) && one.value() != null) {
        return one;
      }
    }
  }

  /** All, with another value where that edit was made. */
  private Stream<Person> lastEditIs(String value) {
    Disputed last = lastReplaced();
    return memory.people().stream()
        .map(
            person -> {
              if (!person.id().equals(last.contact())) {
                return person;
              }
              Map<String, String> fields = new TreeMap<>(person.fields());
              fields.put(last.field(), value);
              return Memory.person(person.id(), fields, person.emails());
            });
  }

  @Test
  void what_is_there_is_accounted_for() {
    assertThat(unaccounted(memory.people().stream())).isEmpty();
    assertThat(memory.people()).hasSize(people.living());
  }

  @Test
  void a_value_that_nobody_replaced_is_missed() {
    assertThat(unaccounted(lastEditIs("something else")))
        .singleElement()
        .asString()
        .contains("is nowhere");
  }

  @Test
  void a_value_in_the_list_of_conflicts_is_not_missed() {
    Disputed last = lastReplaced();
    String value = memory.look(last.contact()).fields().get(last.field());

    assertThat(
            people.unaccounted(
                lastEditIs("something else").toList(),
                Set.of(new Disputed(last.contact(), last.field(), value))))
        .isEmpty();
  }

  @Test
  void a_value_that_somebody_had_replaced_may_not_come_back() {
    Disputed last = lastReplaced();

    assertThat(unaccounted(lastEditIs(last.value())))
        .anyMatch(text -> text.contains("replaced a value that is there again"));
  }

  @Test
  void a_person_who_stands_twice_is_told() {
    Person twice =
        memory.people().stream()
            .filter(person -> !person.emails().isEmpty())
            .findFirst()
            .orElseThrow();
    Person other = Memory.person("another", twice.fields(), twice.emails());

    assertThat(unaccounted(Stream.concat(memory.people().stream(), Stream.of(other))))
        .isNotEmpty()
        .allMatch(text -> text.contains("stands in 2 contacts"));
  }

  @Test
  void a_person_who_is_gone_is_missed() {
    Set<String> ids = memory.people().stream().map(Person::id).collect(Collectors.toSet());

    assertThat(ids)
        .allSatisfy(
            id ->
                assertThat(
                        unaccounted(
                            memory.people().stream().filter(person -> !person.id().equals(id))))
                    .isNotEmpty());
  }

  @Test
  void a_person_who_was_deleted_and_lives_is_told() {
    List<String> gone = gone();
    for (int seed = 2; gone.isEmpty(); seed++) {
      people.begin(seed, 1);
      people.awaitAcknowledged(people.acknowledged() + 1);
      people.end();
      gone = gone();
    }
    List<Person> all = new ArrayList<>(memory.people());
    gone.forEach(id -> all.add(Memory.person(id, Map.of(), List.of())));

    assertThat(unaccounted(all.stream())).hasSameSizeAs(gone);
  }

  private List<String> gone() {
    return IntStream.range(0, CONTACTS)
        .mapToObj(i -> "c" + i)
        .filter(id -> memory.look(id) == null)
        .toList();
  }
}
