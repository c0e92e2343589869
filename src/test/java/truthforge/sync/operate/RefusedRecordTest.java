package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.sandbox.StandIn.Fault;

/** Promise 7: one record that a system refuses is parked with its reason; the rest goes through. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusedRecordTest {

  private static final int PEOPLE = 200;

  /** 2·log2(200)+2, rounded down. */
  private static final long MOST_FURTHER_CALLS = 17;

  private static final String REFUSED = "Unbearable";

  private World world;
  private Hands people;
  private final Map<String, Long> callsWithoutABadOne = new HashMap<>();
  private int sets;

  @BeforeAll
  void four_systems_that_work(@TempDir Path folder) throws Exception {
    world = new World(folder, World.ALL);
    people = new Hands(world);
    addAll("local", PEOPLE, null);
    world.engine.runCycle();
    for (String system : World.ALL) {
      callsWithoutABadOne.put(system, calls(system));
    }
  }

  @AfterAll
  void they_end() {
    world.close();
  }

  /**
   * How a delivery went.
   *
   * @param arrived people of the set that stand in the system
   * @param parked of them
   * @param fewCalls whether it took no more calls than halving needs
   */
  record Delivery(long arrived, long parked, boolean fewCalls) {}

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void of_200_new_records_with_a_bad_one_199_arrive_and_one_is_parked(String system)
      throws Exception {
    String source = system.equals("local") ? "supabase" : "local";
    String bad = addAll(source, PEOPLE, REFUSED);
    refuse(system);
    long parkedBefore = world.parked();

    world.engine.runCycle();
    long further = calls(system) - callsWithoutABadOne.get(system);
    long arrived = people.names(system).stream().filter(n -> n.startsWith(setName())).count();
    long parked = world.parked() - parkedBefore;
    accept(system);
    settle(bad, source);

    assertThat(new Delivery(arrived, parked, further <= MOST_FURTHER_CALLS))
        .as("%s further calls", further)
        .isEqualTo(new Delivery(PEOPLE - 1, 1, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void a_parked_record_tells_where_why_and_how_often_and_names_nobody(String system)
      throws Exception {
    String source = system.equals("local") ? "supabase" : "local";
    refuse(system);
    String bad = addAll(source, 3, REFUSED);
    world.engine.runCycle();

    DeadLetter letter = onlyLetter();
    accept(system);
    settle(bad, source);

    assertThat(letter.target() + " " + letter.attempts() + " " + letter.reason())
        .startsWith(system + " 1 ")
        .containsPattern("(?i)refuse")
        .doesNotContain(REFUSED);
  }

  @Test
  void a_record_on_which_a_system_fails_every_time_is_parked_and_the_rest_goes_through()
      throws Exception {
    // What Twenty answers to a text that holds a NUL character.
    world.twenty.inject(
        Fault.status(500, "{\"statusCode\":500,\"error\":\"Error\",\"messages\":[\"\"]}")
            .when(request -> request.bodyText().contains(REFUSED)));
    String bad = addAll("local", 20, REFUSED);
    world.engine.runCycle();
    long arrived = people.names("twenty").stream().filter(n -> n.startsWith(setName())).count();
    for (int i = 0; i < 5; i++) {
      world.time.advance(Duration.ofMinutes(20));
      world.engine.runCycle();
    }
    long parked = world.parked();
    accept("twenty");
    settle(bad, "local");

    assertThat(new Delivery(arrived, parked, true)).isEqualTo(new Delivery(19, 1, true));
  }

  @Test
  void a_dead_letter_tells_when_the_system_first_failed_on_it_and_when_last() throws Exception {
    world.twenty.inject(
        Fault.status(500, "{\"statusCode\":500,\"error\":\"Error\",\"messages\":[\"\"]}")
            .when(request -> request.bodyText().contains(REFUSED)));
    String bad = addAll("local", 3, REFUSED);
    Instant before = world.clock.instant();
    world.engine.runCycle();
    Instant after = world.clock.instant();
    for (int i = 0; i < 5; i++) {
      world.time.advance(Duration.ofMinutes(20));
      world.engine.runCycle();
    }
    DeadLetter letter = onlyLetter();
    accept("twenty");
    settle(bad, "local");

    assertThat(letter.firstAt()).isBetween(before, after);
    assertThat(letter.lastAt()).isAfter(after.plus(Duration.ofMinutes(20)));
  }

  @Test
  void a_later_edit_of_the_contact_tries_a_parked_record_again_and_drops_the_dead_letter()
      throws Exception {
    refuse("twenty");
    String bad = addAll("local", 3, REFUSED);
    world.engine.runCycle();
    accept("twenty");

    people.rename("local", bad, setName() + "Bearable");
    world.engine.runCycle();

    assertThat(people.names("twenty").contains(setName() + "Bearable") + " " + world.parked())
        .isEqualTo("true 0");
  }

  @Test
  void a_parked_record_waits_for_an_edit_or_a_replay_and_costs_no_calls() throws Exception {
    refuse("twenty");
    String bad = addAll("local", 3, REFUSED);
    world.engine.runCycle();
    world.writes.clear();
    world.time.advance(Duration.ofHours(5));
    world.engine.runCycle();
    int writes = world.writes.size();
    accept("twenty");
    settle(bad, "local");

    assertThat(writes).isZero();
  }

  @Test
  void a_replayed_record_is_sent_as_it_is_by_now_and_its_dead_letter_is_gone() throws Exception {
    refuse("twenty");
    String bad = addAll("local", 3, REFUSED);
    world.engine.runCycle();
    accept("twenty");

    world.engine.delivering().replay(onlyLetter().id());
    world.engine.runCycle();

    assertThat(people.names("twenty").contains(bad) + " " + world.parked()).isEqualTo("true 0");
  }

  private String setName() {
    return "Set" + sets + "N";
  }

  /** Adds that many people; one in the middle is called as given. */
  private String addAll(String system, int count, String bad) throws Exception {
    sets++;
    String special = bad == null ? null : setName() + bad;
    if (system.equals("local")) {
      try (Connection connection = world.local();
          PreparedStatement insert =
              connection.prepareStatement(
                  "insert into contacts_master(first_name, last_name, emails)"
                      + " values (?, 'Person', ?)")) {
        connection.setAutoCommit(false);
        for (int i = 0; i < count; i++) {
          String name = nameOf(i, count, special);
          insert.setString(1, name);
          insert.setString(2, "[\"" + name.toLowerCase(Locale.ROOT) + "@example.com\"]");
          insert.addBatch();
        }
        insert.executeBatch();
        connection.commit();
      }
    } else {
      for (int i = 0; i < count; i++) {
        people.add(system, nameOf(i, count, special));
      }
    }
    return special;
  }

  private String nameOf(int index, int count, String special) {
    return special != null && index == count / 2 ? special : setName() + index;
  }

  /** From now on the system refuses the name, as it refuses what it cannot hold. */
  private void refuse(String system) throws Exception {
    switch (system) {
      case "bigquery" ->
          world.bigquery.inject(
              Fault.status(
                      400,
                      "{\"error\":{\"code\":400,\"message\":\"Value out of range: "
                          + REFUSED
                          + "\",\"errors\":[{\"reason\":\"invalidQuery\",\"message\":\"Value out of"
                          + " range: "
                          + REFUSED
                          + "\"}]}}")
                  .when(
                      request ->
                          request.bodyText().contains("MERGE ")
                              && request.bodyText().contains(REFUSED)));
      case "twenty" ->
          world.twenty.inject(
              Fault.status(
                      400,
                      "{\"statusCode\":400,\"error\":\"BadRequestException\",\"messages\":[\"Invalid"
                          + " value \\\""
                          + REFUSED
                          + "\\\" for field\"]}")
                  .when(request -> request.bodyText().contains(REFUSED)));
      case "supabase" ->
          world.supabase.inject(
              Fault.status(
                      400,
                      "{\"code\":\"23514\",\"details\":\"Failing row contains ("
                          + REFUSED
                          + ").\",\"hint\":null,\"message\":\"new row for relation"
                          + " \\\"contacts_master\\\" violates check constraint \\\"bearable\\\"\"}")
                  .when(request -> request.bodyText().contains(REFUSED)));
      default ->
          world.sql(
              "create trigger bearable before insert on contacts_master when new.first_name like '%"
                  + REFUSED
                  + "' begin select raise(abort, 'no "
                  + REFUSED
                  + "'); end");
    }
  }

  private void accept(String system) throws Exception {
    if (system.equals("local")) {
      world.sql("drop trigger bearable");
    } else {
      world.standIn(system).heal();
    }
  }

  /** Leaves nothing parked for the next test. */
  private void settle(String bad, String source) throws Exception {
    people.rename(source, bad, bad + "Settled");
    world.engine.runCycle();
    world.engine.runCycle();
    if (world.parked() > 0) {
      throw new IllegalStateException("something stays parked");
    }
  }

  /** HTTP calls, or statements of a database, of the last cycle. */
  private long calls(String system) {
    return world.engine.cycle().last().systems().get(system).calls();
  }

  private DeadLetter onlyLetter() {
    List<DeadLetter> letters = world.ledger.transaction(tx -> tx.deadLetters(0, 10));
    assertThat(letters).hasSize(1);
    return letters.get(0);
  }
}
