package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * Promise 7: a record whose write gets no answer stops nothing else, and an outage parks nothing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnansweredRecordTest {

  private static final Duration INTERVAL = Duration.ofMinutes(16);
  private static final String POISON = "Poison";

  private World world;
  private Hands people;
  private int cases;
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

  static Stream<Arguments> faults() {
    List<Arguments> all = new ArrayList<>();
    StandInAnswer page = StandInAnswer.text(403, "<html><body>blocked</body></html>");
    for (String system : List.of("bigquery", "twenty", "supabase")) {
      all.add(Arguments.of(system, Fault.Kind.LOSE_REQUEST, null));
      all.add(
          Arguments.of(
              system, Fault.Kind.ANSWER_INSTEAD, StandInAnswer.json(502, "{\"error\":\"no\"}")));
    }
    for (String system : List.of("twenty", "supabase")) {
      all.add(
          Arguments.of(system, Fault.Kind.ANSWER_INSTEAD, page.with("Content-Type", "text/html")));
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void edits_that_came_with_it_arrive_though_the_service_is_started_anew_each_time(
      String system, Fault.Kind kind, StandInAnswer answer) throws Exception {
    List<String> known = knownEverywhere(4);
    world.standIn(system).inject(new Fault(this::isPoisoned, kind, answer));
    rename(known, "Edited");

    for (int i = 0; i < 4; i++) {
      world.restart();
      cycle();
    }
    List<String> found = ofThisCase(system);
    world.standIn(system).heal();
    cycle();

    assertThat(found).as("all but one").filteredOn(name -> name.endsWith("Edited")).hasSize(3);
    assertThat(ofThisCase(system)).filteredOn(name -> name.endsWith(POISON)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase"})
  void new_ones_of_the_same_batch_arrive_and_it_is_parked_with_the_reason(String system)
      throws Exception {
    newCase();
    world.standIn(system).inject(Fault.unreachable().when(this::isPoisoned));
    people.add("local", thisCase + POISON);
    for (int i = 0; i < 30; i++) {
      people.add("local", thisCase + "New" + i);
    }
    for (int i = 0; i < 12 && world.parked() == 0; i++) {
      people.add("local", thisCase + "Later" + i);
      cycle();
    }
    List<DeadLetter> letters = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    List<String> found = ofThisCase(system);
    world.standIn(system).heal();
    people.rename("local", thisCase + POISON, thisCase + POISON + "Not");
    cycle();
    cycle();

    assertThat(letters).singleElement().matches(letter -> letter.attempts() == 5);
    assertThat(letters.get(0).reason())
        .startsWith(system + " gives no answer to a write of this record, and takes others")
        .doesNotContain(POISON);
    assertThat(found).filteredOn(name -> name.contains("New")).hasSize(30);
    assertThat(ofThisCase(system)).filteredOn(name -> name.contains(POISON)).hasSize(1);
    assertThat(world.parked()).isZero();
  }

  /** Rule 5, promise 5: it had arrived all the same. */
  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase"})
  void what_arrived_without_an_answer_is_found_and_costs_nothing(String system) throws Exception {
    newCase();
    world.standIn(system).inject(new Fault(this::isPoisoned, Fault.Kind.LOSE_ANSWER, null));
    people.add("local", thisCase + POISON);
    people.add("local", thisCase + "Beside");
    for (int i = 0; i < 8; i++) {
      cycle();
    }
    long parked = world.parked();
    world.standIn(system).heal();

    assertThat(ofThisCase(system)).containsExactly(thisCase + "Beside", thisCase + POISON);
    assertThat(parked).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase"})
  void an_outage_of_writes_parks_nothing_and_all_arrives_after_it(String system) throws Exception {
    List<String> known = knownEverywhere(6);
    world
        .standIn(system)
        .inject(
            Fault.unreachable()
                .when(request -> !Hands.theirs(request) && World.changes(system, request)));
    rename(known, "Edited");
    for (int i = 0; i < 20; i++) {
      people.add("local", thisCase + "During" + i);
      cycle();
    }
    long parked = world.parked();
    world.standIn(system).heal();
    cycle();

    assertThat(parked).isZero();
    assertThat(ofThisCase(system)).hasSize(26).noneMatch(name -> name.contains("Known"));
  }

  private boolean isPoisoned(StandInRequest request) {
    return !Hands.theirs(request)
        && !request.method().equals("GET")
        && request.bodyText().contains(POISON);
  }

  private List<String> knownEverywhere(int count) throws Exception {
    newCase();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(thisCase + "Known" + i);
      people.add("local", names.get(i));
    }
    cycle();
    return names;
  }

  /** The first in the order of contacts is the bad one. */
  private void rename(List<String> names, String suffix) throws Exception {
    for (int i = 0; i < names.size(); i++) {
      people.rename("local", names.get(i), thisCase + i + (i == 0 ? POISON : suffix));
    }
  }

  private List<String> ofThisCase(String system) throws Exception {
    return people.names(system).stream().filter(name -> name.startsWith(thisCase)).toList();
  }

  private void newCase() {
    thisCase = "Case" + (char) ('A' + cases++);
  }

  private void cycle() {
    world.time.advance(INTERVAL);
    world.engine.runCycle();
  }
}
