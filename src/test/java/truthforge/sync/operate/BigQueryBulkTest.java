package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.systems.bigquery.BigQueryContacts;

/** Much to write at once: rows are loaded beside the table, and one statement takes them over. */
class BigQueryBulkTest {

  private static final String CONTACTS = "identity.contacts_master";
  private static final int MANY = 600;

  @TempDir Path folder;
  private BigQueryWorld world;

  @BeforeEach
  void open() throws Exception {
    world = new BigQueryWorld(folder, null, Map.of(Options.SYNC_MAX_FIELD_PERCENT, "100"));
  }

  @AfterEach
  void close() {
    world.close();
  }

  private long uploads() {
    return world.requests.stream()
        .filter(r -> r.path().startsWith("/upload/") && r.method().equals("POST"))
        .count();
  }

  private List<String> stagingTables() {
    return world.bigquery.tableNames("identity").stream()
        .filter(name -> name.startsWith("truth_forge_sync_staging_"))
        .toList();
  }

  private long distinctIds() {
    return world.rows().stream().map(row -> row.get("contact_id").asText()).distinct().count();
  }

  /** More bytes than a request may have. */
  private void addMany() throws Exception {
    world.addLocally(MANY);
    world.local("update contacts_master set notes = hex(zeroblob(7000))");
  }

  @Test
  void two_thousand_go_in_one_call() throws Exception {
    world.addLocally(BigQueryContacts.BATCH);
    world.cycle();
    assertThat(world.rows()).hasSize(BigQueryContacts.BATCH);
    assertThat(world.merges()).hasSize(1);
    assertThat(uploads()).isZero();
    // Nor is anybody asked what became of it.
    assertThat(world.requests)
        .filteredOn(request -> request.bodyText().contains("MERGE "))
        .allMatch(request -> request.path().endsWith("/queries"));
  }

  @Test
  void a_statement_that_takes_longer_than_its_answer_waits_is_waited_for() throws Exception {
    world.addLocally(3);
    world.bigquery.answerWithin(Duration.ofMillis(20));
    BigQueryStandIn.Hold hold = world.bigquery.holdMutations();
    world.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (request.method().equals("GET") && request.path().contains("/queries/")) {
                    hold.close();
                  }
                  return false;
                }));
    world.cycle();
    assertThat(world.rows()).hasSize(3);
    assertThat(world.engine.cycle().last().systems().get("bigquery").sent()).isEqualTo(3);
  }

  @Test
  void rows_so_large_that_few_fill_a_request_go_in_several_statements() throws Exception {
    world.addLocally(12);
    world.local("update contacts_master set notes = hex(zeroblob(450000))");
    world.cycle();
    assertThat(world.rows())
        .hasSize(12)
        .allMatch(row -> row.get("notes").asText().length() == 900_000);
    assertThat(world.merges())
        .hasSizeGreaterThan(1)
        .allMatch(request -> request.length() < 10_000_000);
  }

  @Test
  void more_than_that_are_loaded_and_taken_over_by_one_statement() throws Exception {
    addMany();
    world.cycle();
    assertThat(distinctIds()).isEqualTo(MANY);
    assertThat(world.merges()).hasSize(1);
    assertThat(uploads()).isEqualTo(1);
  }

  @Test
  void after_it_nothing_is_left_beside_the_table() throws Exception {
    addMany();
    world.cycle();
    assertThat(stagingTables()).isEmpty();
  }

  @Test
  void what_was_loaded_is_at_rest() throws Exception {
    addMany();
    for (int i = 0; i < 3; i++) {
      world.cycle();
    }
    world.cycle();
    assertThat(world.queries()).isEmpty();
    assertThat(world.engine.cycle().last().systems().get("local").sent()).isZero();
  }

  @Test
  void a_row_that_was_edited_meanwhile_is_left_to_its_editor() throws Exception {
    inBigQuery(MANY);
    world.cycle();
    world.cycle();
    world.local("update contacts_master set first_name = 'Augusta'");
    world.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (request.bodyText().contains("MERGE ")
                      && world.rowOf("7").get("notes").isNull()) {
                    world.bigquery.execute(
                        "UPDATE " + CONTACTS + " SET notes = 'mine' WHERE contact_id = '7'");
                  }
                  return false;
                }));
    world.cycle();
    assertThat(world.rows())
        .allMatch(row -> row.get("first_name").asText().equals("Augusta"))
        .filteredOn(row -> row.get("notes").asText("").equals("mine"))
        .hasSize(1);
  }

  private void inBigQuery(int count) {
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(BigQueryWorld.row(String.valueOf(i), "Ada"));
    }
    world.bigquery.load(BigQueryWorld.DATASET, BigQueryWorld.TABLE, rows);
  }

  /** Promise 9. */
  @Test
  void a_crash_between_load_and_statement_loses_nothing_and_leaves_nothing_behind()
      throws Exception {
    addMany();
    world.inject(
        new Fault(
            r -> r.bodyText().contains("MERGE ") || r.method().equals("DELETE"),
            Fault.Kind.LOSE_REQUEST,
            null));
    world.cycle();
    assertThat(stagingTables()).hasSize(1);
    world.stop();
    world.heal();
    world.start();
    world.cycle();
    world.cycle();
    assertThat(distinctIds()).isEqualTo(MANY);
    assertThat(world.rows()).hasSize(MANY);
    assertThat(stagingTables()).isEmpty();
  }

  /** Promise 9. */
  @Test
  void an_answer_that_was_lost_doubles_nothing() throws Exception {
    addMany();
    world.inject(
        new Fault(r -> r.bodyText().contains("MERGE "), Fault.Kind.LOSE_ANSWER, null).times(1));
    world.cycle();
    world.heal();
    world.cycle();
    world.cycle();
    assertThat(world.rows()).hasSize(MANY);
    assertThat(world.ledger.<Long>transaction(tx -> (long) tx.conflicts(false, 0, 9).size()))
        .isZero();
  }

  @Test
  void a_load_whose_answer_was_lost_is_asked_for_and_not_made_again() throws Exception {
    addMany();
    world.inject(
        new Fault(
                r -> r.path().startsWith("/upload/") && r.method().equals("PUT"),
                Fault.Kind.LOSE_ANSWER,
                null)
            .times(1));
    world.cycle();
    assertThat(uploads()).isEqualTo(1);
    assertThat(world.rows()).hasSize(MANY);
  }

  @Test
  void a_table_that_nobody_drops_expires() throws Exception {
    addMany();
    world.inject(
        Fault.status(503, "{\"error\":{\"code\":503,\"message\":\"no\",\"errors\":[]}}")
            .when(r -> r.method().equals("DELETE")));
    world.cycle();
    assertThat(stagingTables()).hasSize(1);
    world.time.advance(Duration.ofHours(7));
    assertThat(stagingTables()).isEmpty();
  }

  /** Promise 7. */
  @Test
  void one_value_among_many_that_does_not_fit_parks_one_contact_alone() throws Exception {
    world.close();
    world =
        new BigQueryWorld(
            Files.createDirectory(folder.resolve("again")),
            "CREATE TABLE identity.contacts_master (contact_id STRING NOT NULL, first_name STRING,"
                + " birthday INT64, updated_at TIMESTAMP)");
    addMany();
    world.local("update contacts_master set birthday = '1815-12-10' where first_name = 'P77'");
    world.cycle();
    assertThat(world.rows()).hasSize(MANY - 1);
    assertThat(world.letters()).singleElement().asString().contains("BigQuery refuses a value");
  }
}
