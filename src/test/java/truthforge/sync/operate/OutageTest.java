package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * Systems that fail for longer: nothing is lost, and all heals. Each fault: {@link
 * FaultMatrixTest}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutageTest {

  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final Duration LONGER_THAN_ANY_PAUSE = Duration.ofMinutes(16);

  private World world;
  private Hands people;
  private final TreeSet<String> names = new TreeSet<>();
  private int cases;
  private int last;
  private String thisCase;

  @BeforeAll
  void four_systems_that_work(@TempDir Path folder) throws Exception {
    world = new World(folder, World.ALL);
    people = new Hands(world);
  }

  @AfterAll
  void they_end() {
    world.close();
  }

  private static boolean isWrite(StandInRequest request) {
    return request.method().equals("POST") || request.method().equals("PATCH");
  }

  private static Fault status(int status) {
    return Fault.status(status, "{\"error\":{\"code\":" + status + ",\"message\":\"not now\"}}");
  }

  /** Promise 2: what each of the three got to know meanwhile stays where it was entered. */
  @Test
  void nothing_goes_to_the_others_while_the_record_of_truth_is_unreachable() throws Exception {
    Map<String, List<String>> asEntered = editAllWithoutTheRecordOfTruth();

    Map<String, List<String>> found = namesOfThisCase();
    end("bigquery");
    cycleAfter(LONGER_THAN_ANY_PAUSE);

    assertThat(found).isEqualTo(asEntered);
  }

  /** Promises 1 and 4. */
  @Test
  void all_of_it_goes_out_when_the_record_of_truth_is_back() throws Exception {
    editAllWithoutTheRecordOfTruth();
    end("bigquery");

    cycleAfter(LONGER_THAN_ANY_PAUSE);

    assertThat(namesOfThisCase()).isEqualTo(everywhere(names));
  }

  /** Each of the other three gets a new person and a new name for one that all know. */
  private Map<String, List<String>> editAllWithoutTheRecordOfTruth() throws Exception {
    newCase();
    List<String> others = List.of("twenty", "supabase", "local");
    Map<String, List<String>> asEntered = new LinkedHashMap<>();
    Map<String, String> known = new LinkedHashMap<>();
    for (String system : others) {
      known.put(system, newName());
      people.add(system, known.get(system));
    }
    cycle();
    asEntered.put("bigquery", List.copyOf(names));
    world.bigquery.inject(Fault.unreachable());
    for (String system : others) {
      TreeSet<String> here = new TreeSet<>(known.values());
      here.remove(known.get(system));
      for (String name : List.of(newName(), newName())) {
        here.add(name);
      }
      people.rename(system, known.get(system), here.last());
      people.add(system, here.lower(here.last()));
      asEntered.put(system, List.copyOf(here));
    }
    names.removeAll(known.values());
    for (int i = 0; i < 3; i++) {
      cycleAfter(INTERVAL);
    }
    return asEntered;
  }

  /** Promises 1 and 7. */
  @Test
  void the_others_go_on_while_twenty_is_unreachable_for_a_weekend_and_twenty_catches_up()
      throws Exception {
    newCase();
    List<String> others = List.of("bigquery", "supabase", "local");
    List<Map<String, List<String>>> unlike = new ArrayList<>();
    String renamed = newName();
    people.add("twenty", renamed);
    cycle();
    world.twenty.inject(Fault.unreachable().when(request -> !Hands.theirs(request)));
    String enteredInTwenty = newName();
    people.add("twenty", enteredInTwenty);
    long callsBefore = world.twenty.calls();
    for (int hour = 0; hour < 60; hour += 2) {
      String system = others.get(hour % 3);
      if (hour % 10 == 0) {
        people.add(system, newName());
      } else if (hour % 10 == 4) {
        names.remove(renamed);
        String next = newName();
        people.rename(system, renamed, next);
        renamed = next;
      }
      cycleAfter(Duration.ofHours(2));
      TreeSet<String> all = new TreeSet<>(names);
      all.remove(enteredInTwenty);
      Map<String, List<String>> found = namesOfThisCase();
      found.remove("twenty");
      Map<String, List<String>> expected = everywhere(all);
      expected.remove("twenty");
      if (!found.equals(expected)) {
        unlike.add(found);
      }
    }
    long callsOfTheWeekend = world.twenty.calls() - callsBefore;
    end("twenty");
    cycleAfter(LONGER_THAN_ANY_PAUSE);

    assertThat(new Weekend(unlike, callsOfTheWeekend >= 30, namesOfThisCase(), world.parked()))
        .isEqualTo(new Weekend(List.of(), true, everywhere(names), 0));
  }

  /**
   * How a weekend went.
   *
   * @param unlike what the systems that worked held where they were not the same after a cycle
   * @param tried whether the one that did not was tried in each cycle, two hours apart
   */
  record Weekend(
      List<Map<String, List<String>>> unlike,
      boolean tried,
      Map<String, List<String>> names,
      long parked) {}

  /** Rule 5: a retry reads and derives again. What is limited was not looked at, and waits. */
  @ParameterizedTest
  @ValueSource(ints = {500, 503})
  void a_write_that_was_answered_by_an_error_is_not_sent_again_as_it_was(int answered)
      throws Exception {
    newCase();
    List<String> writes = new CopyOnWriteArrayList<>();
    world.twenty.inject(
        status(answered)
            .when(
                request -> {
                  boolean write = !Hands.theirs(request) && isWrite(request);
                  if (write) {
                    writes.add(request.bodyText());
                  }
                  return write;
                }));
    people.add("local", newName());
    cycle();
    end("twenty");
    cycleAfter(LONGER_THAN_ANY_PAUSE);

    assertThat(writes).hasSize(1);
  }

  /** Promise 7: only the system itself can refuse a record. */
  @ParameterizedTest
  @CsvSource({
    "twenty, 302, 1", "twenty, 402, 1", "twenty, 407, 1", "twenty, 540, 1", "twenty, 522, 1",
    "twenty, 400, 3", "twenty, 405, 3", "supabase, 302, 1", "supabase, 402, 1", "supabase, 540, 1",
    "supabase, 522, 1", "supabase, 405, 3"
  })
  void what_answers_to_writes_in_the_place_of_a_system_parks_nothing(
      String system, int status, int many) throws Exception {
    newCase();
    StandInAnswer page = StandInAnswer.text(status, "<html><body>not here</body></html>");
    world
        .standIn(system)
        .inject(
            new Fault(
                request -> !Hands.theirs(request) && isWrite(request),
                Fault.Kind.ANSWER_INSTEAD,
                page.with("Content-Type", "text/html").with("Location", "https://elsewhere.test")));
    for (int i = 0; i < many; i++) {
      people.add("local", newName());
    }
    for (int i = 0; i < 6; i++) {
      cycleAfter(Duration.ofHours(3));
    }
    long parked = world.parked();
    end(system);
    cycleAfter(Duration.ofHours(3));

    assertThat(new Passed(parked, namesOfThisCase())).isEqualTo(new Passed(0, everywhere(names)));
  }

  /** Promise 1: an older state that a cache tells is no edit. */
  @Test
  void what_a_cache_tells_puts_back_no_edit() throws Exception {
    newCase();
    String before = newName();
    people.add("local", before);
    cycle();
    String told = people.twenty("GET", "/rest/people?limit=200", null).toString();
    names.remove(before);
    people.rename("local", before, newName());
    cycle();
    world.twenty.inject(
        new Fault(
            request -> request.method().equals("GET") && request.path().equals("/rest/people"),
            Fault.Kind.ANSWER_INSTEAD,
            StandInAnswer.json(200, told).with("Age", "40")));
    cycleAfter(INTERVAL);
    String failure = world.engine.availability().failure("twenty");
    end("twenty");
    cycleAfter(LONGER_THAN_ANY_PAUSE);

    assertThat(failure).contains("a cache", "Age: 40");
    assertThat(namesOfThisCase()).isEqualTo(everywhere(names));
  }

  /** As after an update of Twenty, in the middle of a walk. */
  @Test
  void a_walk_whose_place_twenty_knows_no_more_begins_again() throws Exception {
    newCase();
    String walk =
        "{\"position\":{\"since\":\"%1$s\"},\"token\":{\"since\":\"%1$s\",\"after\":\"B\"}}";
    world.ledger.transaction(
        tx -> {
          Cursor before = tx.cursor("twenty");
          String under = walk.formatted(world.clock.instant());
          tx.saveCursor(new Cursor("twenty", before.position(), under, before.movedAt()));
          return null;
        });
    people.add("twenty", newName());
    cycle();

    assertThat(namesOfThisCase()).isEqualTo(everywhere(names));
  }

  record Passed(long parked, Map<String, List<String>> names) {}

  private Map<String, List<String>> namesOfThisCase() throws Exception {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (String system : World.ALL) {
      found.put(system, ofThisCase(people.names(system)));
    }
    return found;
  }

  private static Map<String, List<String>> everywhere(TreeSet<String> expected) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    for (String system : World.ALL) {
      all.put(system, List.copyOf(expected));
    }
    return all;
  }

  private String newName() {
    String name = String.format(Locale.ROOT, "%sP%04d", thisCase, ++last);
    names.add(name);
    return name;
  }

  /** Forgets the people of former cases, who are of no account any more. */
  private void newCase() {
    thisCase = String.format(Locale.ROOT, "Case%02d", ++cases);
    names.clear();
  }

  private List<String> ofThisCase(List<String> all) {
    return all.stream().filter(text -> text.contains(thisCase)).toList();
  }

  private void end(String system) {
    world.standIn(system).heal();
  }

  private void cycle() {
    world.engine.runCycle();
  }

  private void cycleAfter(Duration pause) {
    world.time.advance(pause);
    cycle();
  }
}
