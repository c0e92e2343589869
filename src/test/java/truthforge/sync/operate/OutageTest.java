package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.camel.builder.AdviceWith;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/** Systems that fail, from one lost answer to a lost weekend: nothing is lost, and all heals. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutageTest {

  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final Duration LONGER_THAN_ANY_PAUSE = Duration.ofMinutes(16);
  private static final String HTML = "<html><body>Bad gateway</body></html>";

  private World world;
  private Hands people;
  private final TreeSet<String> names = new TreeSet<>();
  private final TreeSet<String> notes = new TreeSet<>();
  private int cases;
  private int last;
  private String thisCase;
  private volatile boolean answersOfLocalAreLost;

  @BeforeAll
  void four_systems_that_work(@TempDir Path folder) throws Exception {
    world = new World(folder, World.ALL);
    people = new Hands(world);
    AdviceWith.adviceWith(
        world.engine.context(),
        "write-local",
        route ->
            route
                .weaveByToUri("direct:call-local")
                .after()
                .process(
                    exchange -> {
                      if (answersOfLocalAreLost) {
                        throw new SQLException("the connection broke", "08006");
                      }
                    }));
  }

  @AfterAll
  void they_end() {
    world.close();
  }

  /**
   * What a system does instead of working.
   *
   * @param fault befalls the requests of the service, and leaves people alone
   */
  record Trouble(String system, String what, Fault fault) {
    @Override
    public String toString() {
      return system + " " + what;
    }
  }

  static Stream<Trouble> troubles() {
    List<Trouble> troubles = new ArrayList<>();
    for (String system : List.of("bigquery", "twenty", "supabase")) {
      Predicate<StandInRequest> all = request -> !Hands.theirs(request);
      Predicate<StandInRequest> writes = all.and(request -> isWrite(system, request));
      troubles.add(new Trouble(system, "is unreachable", Fault.unreachable().when(all)));
      troubles.add(new Trouble(system, "answers 429", status(429).when(all)));
      troubles.add(new Trouble(system, "answers 500", status(500).when(all)));
      troubles.add(new Trouble(system, "answers 503", status(503).when(all)));
      troubles.add(new Trouble(system, "answers HTML", instead(HTML).when(all)));
      troubles.add(new Trouble(system, "answers half a text", instead("{\"data\":{\"p").when(all)));
      troubles.add(new Trouble(system, "takes no writes: 500", status(500).when(writes)));
      troubles.add(new Trouble(system, "writes, and answers nothing", lost().when(writes)));
      troubles.add(new Trouble(system, "writes, and breaks off", broken().when(writes)));
      troubles.add(new Trouble(system, "writes, and answers 500", applied(500).when(writes)));
      troubles.add(new Trouble(system, "writes, and answers HTML", applied(200).when(writes)));
    }
    troubles.add(new Trouble("local", "writes, and answers nothing", null));
    return troubles.stream();
  }

  private static boolean isWrite(String system, StandInRequest request) {
    return system.equals("bigquery")
        ? request.bodyText().contains("MERGE ")
        : request.method().equals("POST") || request.method().equals("PATCH");
  }

  private static Fault status(int status) {
    return Fault.status(status, "{\"error\":{\"code\":" + status + ",\"message\":\"not now\"}}");
  }

  private static Fault instead(String text) {
    StandInAnswer answer = StandInAnswer.text(200, text).with("Content-Type", "text/html");
    return new Fault(r -> true, Fault.Kind.ANSWER_INSTEAD, answer);
  }

  private static Fault applied(int status) {
    StandInAnswer answer = StandInAnswer.text(status, HTML).with("Content-Type", "text/html");
    return new Fault(r -> true, Fault.Kind.APPLY_AND_ANSWER_INSTEAD, answer);
  }

  private static Fault lost() {
    return new Fault(r -> true, Fault.Kind.LOSE_ANSWER, null);
  }

  private static Fault broken() {
    return new Fault(r -> true, Fault.Kind.CUT_ANSWER, null);
  }

  /**
   * What is left of some trouble.
   *
   * @param names who lives in each system
   * @param notes likewise
   * @param edited fields of which a change was seen in the troubled system: an echo of our own
   *     writes would add to what people did there
   * @param sentInQuiet writes of a cycle after all has settled
   */
  record Aftermath(
      Map<String, List<String>> names,
      Map<String, List<String>> notes,
      long parked,
      long held,
      int conflicts,
      List<String> edited,
      long sentInQuiet) {}

  /** Promises 1, 4, 5 and 7: with creations and changes under way on both sides of the trouble. */
  @ParameterizedTest
  @MethodSource("troubles")
  void a_system_in_trouble_loses_doubles_and_parks_nothing(Trouble trouble) throws Exception {
    newCase();
    String system = trouble.system();
    String other = system.equals("supabase") ? "local" : "supabase";
    String old = newName();
    String renamed = newName();
    people.add(other, old);
    cycle();
    people.note(system, old, "noted on " + old);
    notes.add("noted on " + old);
    people.rename(other, old, renamed);
    names.remove(old);
    people.add(other, newName());
    people.add(other, newName());

    begin(trouble);
    cycleAfter(INTERVAL);
    cycleAfter(INTERVAL);
    end(system);
    cycleAfter(LONGER_THAN_ANY_PAUSE);
    cycleAfter(INTERVAL);
    cycleAfter(INTERVAL);

    assertThat(aftermath(system))
        .isEqualTo(
            new Aftermath(everywhere(names), everywhere(notes), 0, 0, 0, List.of("notes"), 0));
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
                  boolean write = !Hands.theirs(request) && isWrite("twenty", request);
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

  private Map<String, List<String>> namesOfThisCase() throws Exception {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (String system : World.ALL) {
      found.put(system, ofThisCase(people.names(system)));
    }
    return found;
  }

  private Aftermath aftermath(String troubled) throws Exception {
    Map<String, List<String>> what = new LinkedHashMap<>();
    for (String system : World.ALL) {
      what.put(system, ofThisCase(people.notes(system)));
    }
    return new Aftermath(
        namesOfThisCase(),
        what,
        world.parked(),
        world.held(),
        world.conflicts(),
        edited(troubled),
        world.engine.cycle().last().systems().values().stream().mapToLong(Counters::sent).sum());
  }

  private List<String> edited(String system) {
    return world.ledger.transaction(
        tx ->
            tx.contactsAfter(null, 1000).stream()
                .filter(contact -> contact.value("canonical_name").toString().contains(thisCase))
                .flatMap(contact -> tx.history(contact.id(), 100).stream())
                .filter(change -> change.by().equals(system))
                .map(change -> change.field())
                .toList());
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
    notes.clear();
  }

  private List<String> ofThisCase(List<String> all) {
    return all.stream().filter(text -> text.contains(thisCase)).toList();
  }

  private void begin(Trouble trouble) {
    if (trouble.fault() == null) {
      answersOfLocalAreLost = true;
    } else {
      world.standIn(trouble.system()).inject(trouble.fault());
    }
  }

  private void end(String system) {
    answersOfLocalAreLost = false;
    if (!system.equals("local")) {
      world.standIn(system).heal();
    }
  }

  private void cycle() {
    world.engine.runCycle();
  }

  private void cycleAfter(Duration pause) {
    world.time.advance(pause);
    cycle();
  }
}
