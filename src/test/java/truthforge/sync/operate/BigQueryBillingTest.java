package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.StatusReport;
import truthforge.sync.config.Options;
import truthforge.sync.systems.bigquery.BilledBytes;

/** What BigQuery bills is counted, and more than is wanted makes the service sparing. */
class BigQueryBillingTest {

  private static final String CONTACTS = "identity.contacts_master";
  private static final long LEAST = 10L << 20;

  @TempDir Path folder;
  private BigQueryWorld world;

  /** A day is wanted to cost no more than three statements. */
  @BeforeEach
  void open() throws Exception {
    world =
        new BigQueryWorld(
            folder, null, Map.of(Options.BIGQUERY_MAX_BYTES_PER_DAY, String.valueOf(3 * LEAST)));
    // So that what follows is of one day, whenever the test runs.
    world.time.advance(
        Duration.between(
            world.time.instant(),
            world
                .time
                .instant()
                .truncatedTo(java.time.temporal.ChronoUnit.DAYS)
                .plus(Duration.ofHours(25))));
    world.load("1", "Ada");
  }

  @AfterEach
  void close() {
    world.close();
  }

  private long billed() {
    return world.ledger.transaction(tx -> BilledBytes.today(tx, world.time.instant()));
  }

  private StatusReport status() {
    Status status = new Status(world.configuration(), List.of("bigquery", "local"), world.time);
    return world.ledger.transaction(status::report);
  }

  private void editInBigQuery(String firstName) {
    world.bigquery.execute(
        "UPDATE "
            + CONTACTS
            + " SET first_name = '"
            + firstName
            + "', updated_at = CURRENT_TIMESTAMP() WHERE contact_id = '1'");
  }

  private void editLocally(String firstName) throws Exception {
    world.local("update contacts_master set first_name = '" + firstName + "'");
  }

  /** Cycles until more was billed than is wanted. */
  private void spend() throws Exception {
    for (int i = 0; billed() <= 3 * LEAST; i++) {
      editInBigQuery("Ada" + i);
      world.cycle();
      world.time.advance(Duration.ofMinutes(1));
    }
    world.cycle();
  }

  @Test
  void each_statement_costs_ten_mebibytes_for_its_table_at_least() throws Exception {
    world.cycle();
    long statements = world.queries().size();
    world.time.advance(Duration.ofMinutes(1));
    editLocally("Augusta");
    world.cycle();
    statements += world.queries().size();
    assertThat(billed()).isEqualTo(statements * LEAST);
  }

  @Test
  void a_new_day_begins_at_nothing() throws Exception {
    world.cycle();
    world.time.advance(Duration.ofDays(1));
    assertThat(billed()).isZero();
  }

  @Test
  void every_query_has_labels_and_a_limit_of_what_it_may_bill() throws Exception {
    world.addLocally(600);
    List<String> queries = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      world.cycle();
      queries.addAll(world.queries());
    }
    assertThat(queries)
        .hasSizeGreaterThan(2)
        .allSatisfy(
            text -> {
              JsonNode sent = new ObjectMapper().readTree(text);
              JsonNode configuration = sent.has("configuration") ? sent.get("configuration") : sent;
              JsonNode query = sent.has("configuration") ? configuration.get("query") : sent;
              assertThat(configuration.at("/labels/app").asText()).isEqualTo("truth-forge-sync");
              assertThat(query.path("maximumBytesBilled").asLong()).isPositive();
            });
  }

  @Test
  void within_the_budget_the_status_says_nothing_of_it() {
    world.cycle();
    assertThat(status().systems().get("bigquery").state()).isEqualTo("running");
  }

  @Test
  void above_it_the_status_raises_an_alarm() throws Exception {
    spend();
    assertThat(status().systems().get("bigquery").state()).isEqualTo("over-budget");
    assertThat(status().systems().get("bigquery").failure()).contains("bigquery.max-bytes-per-day");
    assertThat(status().healthy()).isFalse();
  }

  @Test
  void above_it_a_modified_table_is_read_less_often() throws Exception {
    spend();
    editInBigQuery("Augusta");
    world.cycle();
    assertThat(world.queries()).isEmpty();
  }

  /** Promise 1. */
  @Test
  void above_it_an_edit_in_bigquery_arrives_later_and_is_not_lost() throws Exception {
    spend();
    editInBigQuery("Augusta");
    world.cycle();
    world.time.advance(Duration.ofMinutes(61));
    world.cycle();
    assertThat(world.firstName("1")).isEqualTo("Augusta");
  }

  @Test
  void above_it_edits_are_gathered_for_one_statement() throws Exception {
    spend();
    List<String> merges = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      editLocally("Augusta" + i);
      world.cycle();
      merges.addAll(world.merges());
      world.time.advance(Duration.ofMinutes(20));
    }
    world.cycle();
    merges.addAll(world.merges());
    assertThat(merges).hasSize(1);
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta3");
  }

  @Test
  void above_it_much_that_is_due_is_written_at_once() throws Exception {
    spend();
    world.addLocally(500);
    world.cycle();
    assertThat(world.rows()).hasSize(501);
  }
}
