package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.bigquery.BigQueryTables;

/** BigQuery's routes, with the real client, Camel's component and the stand-in. */
class BigQueryRoutesTest {

  private static final String CONTACTS = "identity.contacts_master";

  @TempDir Path folder;
  private BigQueryWorld world;

  @BeforeEach
  void open() throws Exception {
    world = new BigQueryWorld(folder);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void settle() {
    for (int i = 0; i < 4; i++) {
      world.cycle();
    }
  }

  // Reading

  @Test
  void a_row_of_bigquery_is_taken_in() {
    world.load("1", "Ada");
    world.cycle();
    assertThat(world.firstName("1")).isEqualTo("Ada");
  }

  @Test
  void an_unchanged_table_costs_no_query() {
    world.load("1", "Ada");
    settle();
    world.cycle();
    assertThat(world.queries()).isEmpty();
  }

  @Test
  void an_unchanged_table_is_looked_at_once_a_cycle() {
    world.load("1", "Ada");
    settle();
    long before = world.bigquery.calls();
    world.cycle();
    assertThat(world.bigquery.calls() - before).isEqualTo(1);
  }

  @Test
  void calls_are_counted_as_they_arrive() {
    world.load("1", "Ada");
    long before = world.bigquery.calls();
    world.cycle();
    assertThat(world.engine.cycle().last().systems().get("bigquery").calls())
        .isEqualTo(world.bigquery.calls() - before);
  }

  @Test
  void an_unchanged_table_is_queried_once_in_a_while_all_the_same() {
    world.load("1", "Ada");
    settle();
    world.time.advance(Duration.ofMinutes(61));
    world.cycle();
    assertThat(world.queries()).hasSize(1);
  }

  @Test
  void after_a_write_of_our_own_the_table_is_queried_once() throws Exception {
    world.load("1", "Ada");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    world.cycle();
    List<Integer> queries = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      world.cycle();
      queries.add(world.queries().size());
    }
    assertThat(queries).containsExactly(1, 0, 0);
  }

  @Test
  void a_row_that_comes_right_after_the_query_is_read_in_the_next_cycle() {
    world.load("1", "Ada");
    settle();
    world.bigquery.execute("UPDATE " + CONTACTS + " SET notes = 'n' WHERE contact_id = '1'");
    world.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (request.path().endsWith("/data") && world.rows().size() == 1) {
                    ObjectNode row = BigQueryWorld.row("2", "Grace");
                    row.put("updated_at", world.time.instant().toString());
                    world.bigquery.load(BigQueryWorld.DATASET, BigQueryWorld.TABLE, row);
                  }
                  return false;
                }));
    world.cycle();
    assertThat(world.knows("2")).isFalse();
    world.heal();
    world.cycle();
    assertThat(world.firstName("2")).isEqualTo("Grace");
  }

  @Test
  void an_edit_without_a_time_is_taken_in() {
    world.load("1", "Ada");
    settle();
    world.bigquery.execute(
        "UPDATE "
            + CONTACTS
            + " SET first_name = 'Augusta', updated_at = NULL WHERE contact_id = '1'");
    world.cycle();
    assertThat(world.firstName("1")).isEqualTo("Augusta");
  }

  @Test
  void a_column_that_is_new_is_read_of_all_rows() {
    world.load("1", "Ada");
    settle();
    world.bigquery.execute("ALTER TABLE " + CONTACTS + " ADD COLUMN shoe_size STRING");
    world.cycle();
    assertThat(world.queries()).singleElement().asString().doesNotContain("since_us");
  }

  @Test
  void a_walk_goes_on_after_a_restart_without_a_second_query() throws Exception {
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 10_000; i < 15_010; i++) {
      rows.add(BigQueryWorld.row(String.valueOf(i), "Ada"));
    }
    world.bigquery.load(BigQueryWorld.DATASET, BigQueryWorld.TABLE, rows);
    world.inject(
        Fault.unreachable()
            .when(
                request -> request.path().endsWith("/data") && request.query("pageToken") != null));
    world.engine.observe("bigquery");
    world.stop();
    world.heal();
    world.start();
    world.requests.clear();
    world.engine.observe("bigquery");
    assertThat(world.queries()).isEmpty();
    assertThat(world.firstName("15009")).isEqualTo("Ada");
  }

  @Test
  void a_walk_whose_result_has_expired_begins_anew() throws Exception {
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 10_000; i < 15_010; i++) {
      rows.add(BigQueryWorld.row(String.valueOf(i), "Ada"));
    }
    world.bigquery.load(BigQueryWorld.DATASET, BigQueryWorld.TABLE, rows);
    world.inject(
        Fault.status(404, error(404, "notFound"))
            .when(request -> request.path().endsWith("/data") && request.query("pageToken") != null)
            .times(1));
    world.engine.observe("bigquery");
    assertThat(world.firstName("15009")).isEqualTo("Ada");
  }

  @Test
  void rows_that_share_one_moment_are_all_read_over_pages() throws Exception {
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 0; i < 5_300; i++) {
      rows.add(BigQueryWorld.row(String.valueOf(i), "Ada"));
    }
    world.bigquery.load(BigQueryWorld.DATASET, BigQueryWorld.TABLE, rows);
    world.engine.observe("bigquery");
    assertThat(world.ledger.<Long>transaction(tx -> tx.countContacts(false))).isEqualTo(5_300);
  }

  @Test
  void changes_of_one_moment_are_all_read_over_pages() throws Exception {
    world.load("first", "Ada");
    world.engine.observe("bigquery");
    String now = world.time.instant().toString();
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 0; i < 5_300; i++) {
      rows.add(BigQueryWorld.row(String.valueOf(i), "Ada").put("updated_at", now));
    }
    world.bigquery.load(BigQueryWorld.DATASET, BigQueryWorld.TABLE, rows);
    world.engine.observe("bigquery");
    assertThat(world.ledger.<Long>transaction(tx -> tx.countContacts(false))).isEqualTo(5_301);
  }

  @Test
  void a_table_that_stands_still_counts_as_read_at_each_look() {
    world.load("1", "Ada");
    settle();
    world.time.advance(Duration.ofMinutes(20));
    world.cycle();
    assertThat(world.ledger.<Instant>transaction(tx -> tx.cursor("bigquery").movedAt()))
        .isAfter(world.time.instant().minus(Duration.ofMinutes(5)));
  }

  @Test
  void no_request_carries_credentials_where_none_are_configured() throws Exception {
    createExports();
    world.local("insert into contacts_master (first_name) values ('Ada')");
    world.cycle();
    assertThat(world.requests)
        .hasSizeGreaterThan(5)
        .allMatch(request -> request.header("Authorization") == null);
  }

  // Writing

  @Test
  void a_contact_of_another_system_is_created_in_one_statement() throws Exception {
    for (int i = 0; i < 3; i++) {
      world.local("insert into contacts_master (first_name) values ('Person " + i + "')");
    }
    world.cycle();
    assertThat(world.rows()).hasSize(3);
    assertThat(world.merges()).hasSize(1);
  }

  @Test
  void what_was_created_is_at_rest() throws Exception {
    world.local(
        "insert into contacts_master (first_name, emails, birthday, is_me, ai_insights) values"
            + " ('Ada', '[\"ada@example.com\"]', '1815-12-10', 1, '{\"a\":{\"b\":[1,2]}}')");
    settle();
    world.cycle();
    assertThat(world.queries()).isEmpty();
    assertThat(world.engine.cycle().last().systems().get("local").sent()).isZero();
  }

  @Test
  void a_value_of_every_type_arrives() throws Exception {
    world.local(
        "insert into contacts_master (contact_id, first_name, emails, birthday, is_me, ai_insights)"
            + " values ('1', 'Ada', '[\"ada@example.com\"]', '1815-12-10', 1,"
            + " '{\"a\":{\"b\":[1,2]}}')");
    world.cycle();
    JsonNode row = world.rowOf("1");
    assertThat(row.get("emails").toString()).isEqualTo("[\"ada@example.com\"]");
    assertThat(row.get("birthday").asText()).isEqualTo("1815-12-10");
    assertThat(row.get("is_me").asBoolean()).isTrue();
    assertThat(row.get("ai_insights").toString()).isEqualTo("{\"a\":{\"b\":[1,2]}}");
  }

  @Test
  void a_cleared_field_is_cleared() throws Exception {
    world.load("1", "Ada");
    settle();
    world.local("update contacts_master set first_name = null where contact_id = '1'");
    world.cycle();
    assertThat(world.rowOf("1").get("first_name").isNull()).isTrue();
  }

  @Test
  void a_deletion_travels_and_is_undone() throws Exception {
    world.load("1", "Ada");
    settle();
    world.local(
        "update contacts_master set deleted_at = '2026-02-01T00:00:00.000Z' where contact_id = '1'");
    world.cycle();
    assertThat(world.rowOf("1").get("deleted_at").isNull()).isFalse();
    world.local("update contacts_master set deleted_at = null where contact_id = '1'");
    settle();
    assertThat(world.rowOf("1").get("deleted_at").isNull()).isTrue();
  }

  @Test
  void personal_data_travels_in_the_parameter_alone() throws Exception {
    world.local("insert into contacts_master (first_name) values ('Ada ${body} @x {{y}}')");
    world.cycle();
    JsonNode query = body(world.merges().get(0));
    assertThat(query.get("query").asText()).doesNotContain("Ada");
    assertThat(query.at("/queryParameters/0/parameterValue/value").asText())
        .contains("Ada ${body} @x {{y}}");
  }

  @Test
  void a_write_carries_an_id_labels_and_a_limit_of_our_own() throws Exception {
    world.local("insert into contacts_master (first_name) values ('Ada')");
    world.cycle();
    JsonNode query = body(world.merges().get(0));
    assertThat(query.get("requestId").asText()).isNotBlank();
    assertThat(query.at("/labels/app").asText()).isEqualTo("truth-forge-sync");
    assertThat(query.get("maximumBytesBilled").asLong()).isPositive();
  }

  @Test
  void an_edit_that_left_no_time_refuses_a_write_on_the_state_before_it() throws Exception {
    world.load("1", "Ada");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    world.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (request.bodyText().contains("MERGE ")
                      && world.rowOf("1").get("notes").isNull()) {
                    world.bigquery.execute(
                        "UPDATE " + CONTACTS + " SET notes = 'mine' WHERE contact_id = '1'");
                  }
                  return false;
                }));
    world.cycle();
    assertThat(world.merges()).hasSize(2);
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta");
    assertThat(world.rowOf("1").get("notes").asText()).isEqualTo("mine");
  }

  @Test
  void of_fewer_changed_rows_than_sent_the_right_ones_are_taken_for_written() throws Exception {
    for (int i = 1; i <= 3; i++) {
      world.load(String.valueOf(i), "Ada");
    }
    settle();
    world.local("update contacts_master set first_name = 'Augusta'");
    world.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (request.bodyText().contains("MERGE ")
                      && world.rowOf("2").get("first_name").asText().equals("Ada")) {
                    world.bigquery.execute(
                        "UPDATE "
                            + CONTACTS
                            + " SET first_name = 'Grace', updated_at = CURRENT_TIMESTAMP()"
                            + " WHERE contact_id = '2'");
                  }
                  return false;
                }));
    world.cycle();
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta");
    assertThat(world.rowOf("3").get("first_name").asText()).isEqualTo("Augusta");
    assertThat(world.merges().get(1)).doesNotContain("\\\"1\\\"").contains("\\\"2\\\"");
  }

  @Test
  void a_write_whose_answer_was_lost_comes_back_as_no_change() throws Exception {
    world.load("1", "Ada");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    world.inject(
        new Fault(request -> request.bodyText().contains("MERGE "), Fault.Kind.LOSE_ANSWER, null));
    world.cycle();
    world.heal();
    settle();
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta");
    assertThat(world.firstName("1")).isEqualTo("Augusta");
    assertThat(world.ledger.<Long>transaction(tx -> (long) tx.conflicts(false, 0, 9).size()))
        .isZero();
  }

  /** Promise 9: a job id of our own makes of two insertions one job. */
  @Test
  void a_statement_whose_answer_was_lost_once_is_sent_again_and_done_once() throws Exception {
    world.local("insert into contacts_master (first_name) values ('Ada')");
    world.inject(
        new Fault(request -> request.bodyText().contains("MERGE "), Fault.Kind.LOSE_ANSWER, null)
            .times(1));
    world.cycle();
    assertThat(world.merges()).hasSize(2).containsOnly(world.merges().get(0));
    assertThat(world.rows()).hasSize(1);
    assertThat(world.engine.cycle().last().systems().get("bigquery").sent()).isEqualTo(1);
  }

  @Test
  void one_value_that_does_not_fit_parks_one_contact_alone() throws Exception {
    world.close();
    reopen(
        "CREATE TABLE identity.contacts_master (contact_id STRING NOT NULL, first_name STRING,"
            + " birthday INT64, updated_at TIMESTAMP)");
    for (int i = 0; i < 8; i++) {
      world.local(
          "insert into contacts_master (first_name, birthday) values ('Ada', "
              + (i == 5 ? "'1815-12-10'" : "null")
              + ")");
    }
    world.cycle();
    assertThat(world.rows()).hasSize(7);
    assertThat(letters()).singleElement().asString().contains("BigQuery refuses a value");
  }

  @Test
  void a_refused_batch_costs_the_systems_behind_it_no_cycle() throws Exception {
    world.close();
    reopen(
        "CREATE TABLE identity.contacts_master (contact_id STRING NOT NULL, first_name STRING,"
            + " birthday INT64, updated_at TIMESTAMP)");
    world.local(
        "insert into contacts_master (first_name, birthday) values ('Ada', '1815-12-10'),"
            + " ('Grace', null)");
    world.cycle();
    assertThat(world.engine.cycle().last().systems().get("local").sent()).isEqualTo(1);
  }

  @Test
  void a_table_without_a_time_of_change_is_kept_the_same() throws Exception {
    world.close();
    reopen("CREATE TABLE identity.contacts_master (contact_id STRING, first_name STRING)");
    world.bigquery.execute(
        "INSERT INTO " + CONTACTS + " (contact_id, first_name) VALUES ('1', 'Ada')");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    settle();
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta");
    assertThat(world.revision("1")).startsWith("etag:");
  }

  @Test
  void a_table_of_numbered_contacts_is_kept_the_same() throws Exception {
    world.close();
    reopen(
        "CREATE TABLE identity.contacts_master (Contact_ID INT64, First_Name STRING,"
            + " sync_metadata STRUCT<version INT64>, updated_at TIMESTAMP)");
    world.bigquery.execute(
        "INSERT INTO " + CONTACTS + " (Contact_ID, First_Name) VALUES (1, 'Ada')");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    settle();
    assertThat(world.rows().get(0).get("First_Name").asText()).isEqualTo("Augusta");
  }

  // The history

  @Test
  void every_change_is_exported_once() {
    createExports();
    world.load("1", "Ada");
    settle();
    assertThat(world.bigquery.rows("identity", "sync_change_log"))
        .filteredOn(row -> row.get("field").asText().equals("first_name"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get("contact_id").asText()).isEqualTo("1");
              assertThat(row.get("new_value").asText()).isEqualTo("Ada");
              assertThat(row.get("origin").asText()).isEqualTo("bigquery");
            });
  }

  @Test
  void a_long_history_is_exported_in_parts_each_line_once() throws Exception {
    createExports();
    world.addLocally(3_000);
    world.cycle();
    List<Integer> parts = new ArrayList<>();
    for (var request : world.requests) {
      if (request.path().endsWith("/sync_change_log/insertAll")) {
        parts.add(body(request.bodyText()).path("rows").size());
      }
    }
    List<String> ids =
        world.bigquery.rows("identity", "sync_change_log").stream()
            .map(row -> row.get("change_id").asText())
            .toList();
    assertThat(parts).hasSizeGreaterThan(1).allMatch(rows -> rows <= 5_000);
    assertThat(ids).doesNotHaveDuplicates().hasSize(parts.stream().mapToInt(i -> i).sum());
  }

  @Test
  void an_export_whose_answer_was_lost_stands_there_once() throws Exception {
    createExports();
    world.load("1", "Ada");
    world.inject(
        new Fault(r -> r.path().endsWith("/insertAll"), Fault.Kind.LOSE_ANSWER, null).times(1));
    settle();
    assertThat(world.bigquery.rows("identity", "sync_change_log"))
        .isNotEmpty()
        .extracting(row -> row.get("change_id").asText())
        .doesNotHaveDuplicates();
  }

  @Test
  void a_conflict_is_exported_with_the_value_that_gave_way() throws Exception {
    createExports();
    world.load("1", "Ada");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    world.bigquery.execute(
        "UPDATE "
            + CONTACTS
            + " SET first_name = 'Grace', updated_at = CURRENT_TIMESTAMP() WHERE contact_id = '1'");
    settle();
    assertThat(world.bigquery.rows("identity", "sync_conflicts"))
        .singleElement()
        .extracting(row -> row.get("loser_value").asText())
        .isIn("Grace", "Augusta");
  }

  @Test
  void what_happened_before_the_export_had_tables_is_exported_later() {
    world.load("1", "Ada");
    settle();
    createExports();
    world.time.advance(Duration.ofMinutes(11));
    world.cycle();
    assertThat(world.bigquery.rows("identity", "sync_change_log")).isNotEmpty();
  }

  @Test
  void without_tables_for_the_history_all_else_goes_on() throws Exception {
    world.load("1", "Ada");
    world.cycle();
    assertThat(world.engine.availability().failure("bigquery")).isNull();
    assertThat(world.engine.cycle().last().systems().get("local").sent()).isEqualTo(1);
  }

  private void createExports() {
    world.client.create(
        TableInfo.of(TableId.of("identity", "sync_change_log"), BigQueryTables.changeLog()));
    world.client.create(
        TableInfo.of(TableId.of("identity", "sync_conflicts"), BigQueryTables.conflicts()));
  }

  // What goes wrong

  @Test
  void an_unreachable_bigquery_parks_nothing() throws Exception {
    world.load("1", "Ada");
    world.inject(Fault.unreachable());
    world.cycle();
    assertThat(kind()).isEqualTo(SystemUnavailable.Kind.UNREACHABLE);
    assertThat(letters()).isEmpty();
  }

  @Test
  void refused_credentials_are_told_as_such() {
    world.inject(Fault.status(401, error(401, "authError")));
    world.cycle();
    assertThat(kind()).isEqualTo(SystemUnavailable.Kind.KEY_REFUSED);
    assertThat(failure()).contains("bigquery.credentials");
  }

  @Test
  void a_missing_table_is_named_with_its_remedy() {
    world.bigquery.execute("DROP TABLE " + CONTACTS);
    world.cycle();
    assertThat(kind()).isEqualTo(SystemUnavailable.Kind.MISCONFIGURED);
    assertThat(failure()).contains("a-project.identity.contacts_master").contains("setup");
  }

  @Test
  void a_used_up_quota_parks_nothing() throws Exception {
    world.load("1", "Ada");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    world.inject(
        Fault.status(403, error(403, "quotaExceeded"))
            .when(request -> request.bodyText().contains("MERGE ")));
    world.cycle();
    assertThat(kind()).isEqualTo(SystemUnavailable.Kind.LIMITED);
    assertThat(letters()).isEmpty();
    world.heal();
    settle();
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta");
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void a_statement_that_never_ends_is_left_and_asked_about_with_pauses() throws Exception {
    world.load("1", "Ada");
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    String running =
        "{\"jobReference\":{\"projectId\":\"a-project\",\"jobId\":\"endless\"},\"jobComplete\":false}";
    world.inject(
        Fault.status(200, running)
            .when(r -> r.bodyText().contains("MERGE ") || r.path().endsWith("/endless")));
    long before = world.bigquery.calls();
    world.cycle();
    long calls = world.bigquery.calls() - before;

    assertThat(kind()).isEqualTo(SystemUnavailable.Kind.UNREACHABLE);
    assertThat(calls).isLessThan(2500);
    assertThat(letters()).isEmpty();
    world.heal();
    settle();
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta");
  }

  private void reopen(String ddl) {
    try {
      world = new BigQueryWorld(Files.createDirectory(folder.resolve("again")), ddl);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> letters() {
    return world.ledger.transaction(
        tx -> tx.deadLetters(0, 9).stream().map(DeadLetter::reason).toList());
  }

  private SystemUnavailable.Kind kind() {
    return world.engine.availability().failureKind("bigquery");
  }

  private String failure() {
    return world.engine.availability().failure("bigquery");
  }

  private static JsonNode body(String request) throws Exception {
    return new ObjectMapper().readTree(request);
  }

  private static String error(int code, String reason) {
    return """
        {"error":{"code":%d,"message":"no","errors":[{"reason":"%s","message":"no"}]}}"""
        .formatted(code, reason);
  }
}
