package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.sandbox.StandIn.Fault;

/**
 * A dead-letter write that fails stops that delivery; it does not lose it (promises 7 and 9). The
 * ledger itself refuses to store a dead letter, by a trigger in its database.
 */
class DeadLetterRefusedTest {

  private static final String BAD = "Unbearable";
  private static final List<String> ALL = List.of("Ann", "Bob", "Cid", BAD);

  @TempDir Path folder;
  private World world;
  private Hands people;
  private Throwable stopped;

  @BeforeEach
  void a_ledger_that_cannot_park_what_the_crm_refuses() throws Exception {
    world = new World(folder, World.ALL);
    people = new Hands(world);
    for (String name : ALL) {
      people.add("local", name);
    }
    world.twenty.inject(
        Fault.status(
                400,
                "{\"statusCode\":400,\"error\":\"BadRequestException\",\"messages\":[\"Invalid value"
                    + " for field\"]}")
            .when(request -> !Hands.theirs(request) && request.bodyText().contains(BAD)));
    ledger(
        "CREATE TRIGGER no_letters BEFORE INSERT ON dead_letter"
            + " BEGIN SELECT RAISE(ABORT, 'no letters'); END");
    stopped = catchThrowable(world.engine::runCycle);
  }

  @AfterEach
  void ends() {
    world.close();
  }

  private void ledger(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 20000");
      statement.execute(sql);
    }
  }

  private void ledgerHeals() throws SQLException {
    ledger("DROP TRIGGER no_letters");
  }

  /** Long enough for every backing off to end. */
  private void later() {
    for (int i = 0; i < 3; i++) {
      world.time.advance(Duration.ofMinutes(20));
      world.engine.runCycle();
    }
  }

  private List<DeadLetter> letters() {
    return world.ledger.transaction(tx -> tx.deadLetters(0, 100));
  }

  @Test
  void the_delivery_stops_and_parks_nothing() {
    assertThat(stopped).isInstanceOf(Ledger.LedgerUnavailable.class);
    assertThat(letters()).isEmpty();
  }

  @Test
  void once_the_ledger_heals_the_record_is_parked_with_its_payload() throws Exception {
    ledgerHeals();
    later();

    assertThat(letters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.target()).isEqualTo("twenty");
              assertThat(letter.payload()).contains(BAD);
            });
    assertThat(people.names("twenty")).containsExactly("Ann", "Bob", "Cid");
  }

  @Test
  void once_both_heal_the_record_is_delivered_and_nobody_stands_twice() throws Exception {
    ledgerHeals();
    world.twenty.heal();
    later();

    assertThat(letters()).isEmpty();
    assertThat(people.names("twenty")).isEqualTo(ALL);
  }

  @Test
  void a_restart_in_between_loses_nothing() throws Exception {
    world.restart();
    ledgerHeals();
    world.twenty.heal();
    later();

    assertThat(people.names("twenty")).isEqualTo(ALL);
  }
}
