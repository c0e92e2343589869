package truthforge.sync.sandbox.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.cloud.NoCredentials;
import com.google.cloud.ServiceOptions;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.InsertAllRequest;
import com.google.cloud.bigquery.InsertAllResponse;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableResult;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What BigQuery refuses, and what it tells of a table, as Google's own client meets it. */
class BigQueryRefusalsTest {

  private static final TableId TABLE = TableId.of("a-project", "ds", "t");

  private final MovableClock clock = new MovableClock();
  private BigQueryStandIn standIn;
  private BigQuery client;

  @BeforeEach
  void create_a_table() {
    standIn = new BigQueryStandIn(new BigQueryStandIn.Options(0, "a-project", clock, null));
    standIn.execute(
        "CREATE SCHEMA ds",
        "CREATE TABLE ds.t (id STRING NOT NULL, name STRING, n INT64, at TIMESTAMP)",
        "INSERT INTO ds.t (id, name, n) VALUES ('1', 'one', 1), ('2', 'two', 2)");
    client =
        BigQueryOptions.newBuilder()
            .setProjectId("a-project")
            .setHost(standIn.url().toString())
            .setCredentials(NoCredentials.getInstance())
            .setRetrySettings(ServiceOptions.getNoRetrySettings())
            .build()
            .getService();
  }

  @AfterEach
  void close() {
    standIn.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE ds.t SET name = 'x'",
        "DELETE FROM ds.t",
        "SELECT nothing FROM ds.t",
        "UPDATE ds.t SET nothing = 'x' WHERE TRUE",
        "SELECT id FROM ds.t WHERE n = 'one' || 'two'",
        "SELECT JULIANDAY(at) FROM ds.t",
        "SELECT id FROM ds.t WHERE id = n",
        "INSERT INTO ds.t (id, n) VALUES ('3', 'three')",
        "INSERT INTO ds.t (name) VALUES ('no id')",
        "SELEC id FROM ds.t",
        "SELECT @missing",
        "SELECT CAST('x' AS INT64)",
        "MERGE ds.t AS t USING UNNEST(['1', '1']) AS s ON t.id = s"
            + " WHEN MATCHED THEN UPDATE SET name = 'x'"
      })
  void the_statement_is_refused_as_invalid(String sql) {
    assertThat(refusal(sql).getReason()).isEqualTo("invalidQuery");
  }

  @Test
  void a_refused_statement_changes_nothing() {
    refusal(
        "MERGE ds.t AS t USING UNNEST(['2', '1', '1']) AS s ON t.id = s"
            + " WHEN MATCHED THEN UPDATE SET name = 'x'");
    assertThat(standIn.rows("ds", "t"))
        .extracting(r -> r.get("name").asText())
        .containsExactly("one", "two");
  }

  @Test
  void an_unknown_table_is_not_found() {
    assertThat(refusal("SELECT 1 FROM ds.none").getCode()).isEqualTo(404);
  }

  @Test
  void an_unknown_dataset_is_not_found() {
    assertThat(refusal("SELECT 1 FROM none.t").getReason()).isEqualTo("notFound");
  }

  @Test
  void the_client_reads_an_unknown_table_as_none() {
    assertThat(client.getTable(TableId.of("ds", "none"))).isNull();
  }

  @Test
  void another_project_is_denied() {
    assertThat(refusal("SELECT 1 FROM `other.ds.t`").getReason()).isEqualTo("accessDenied");
  }

  @Test
  void a_query_that_would_bill_more_than_allowed_is_refused() {
    QueryJobConfiguration query =
        configuration("SELECT id FROM ds.t").setMaximumBytesBilled((10L << 20) - 1).build();
    assertThat(refusal(query).getReason()).isEqualTo("bytesBilledLimitExceeded");
  }

  @Test
  void a_query_that_bills_just_what_is_allowed_runs() throws Exception {
    QueryJobConfiguration query =
        configuration("SELECT id FROM ds.t").setMaximumBytesBilled(10L << 20).build();
    assertThat(client.query(query).getTotalRows()).isEqualTo(2);
  }

  @Test
  void rows_just_streamed_cannot_be_changed() {
    stream("a", Map.of("id", "3"));
    assertThat(refusal("UPDATE ds.t SET name = 'x' WHERE id = '3'").getMessage())
        .contains("streaming buffer");
  }

  @Test
  void rows_beside_streamed_ones_can_be_changed() throws Exception {
    stream("a", Map.of("id", "3"));
    assertThat(affected("UPDATE ds.t SET name = 'x' WHERE id = '2'")).isEqualTo(1);
  }

  @Test
  void rows_streamed_half_an_hour_ago_can_be_changed() throws Exception {
    stream("a", Map.of("id", "3"));
    clock.advance(Duration.ofMinutes(30));
    assertThat(affected("UPDATE ds.t SET name = 'x' WHERE id = '3'")).isEqualTo(1);
  }

  @Test
  void the_table_tells_of_its_streaming_buffer() {
    stream("a", Map.of("id", "3"));
    assertThat(
            client
                .getTable(TABLE)
                .<com.google.cloud.bigquery.StandardTableDefinition>getDefinition()
                .getStreamingBuffer()
                .getEstimatedRows())
        .isEqualTo(1);
  }

  @Test
  void a_row_streamed_twice_under_one_id_arrives_once() {
    stream("a", Map.of("id", "3"));
    stream("a", Map.of("id", "3"));
    assertThat(standIn.rows("ds", "t")).hasSize(3);
  }

  @Test
  void a_streamed_row_with_an_unknown_column_is_told_by_its_place() {
    InsertAllResponse response =
        client.insertAll(
            InsertAllRequest.newBuilder(TABLE)
                .setSkipInvalidRows(true)
                .addRow("a", Map.of("id", "3"))
                .addRow("b", Map.of("id", "4", "nothing", "x"))
                .build());
    assertThat(response.getInsertErrors()).containsOnlyKeys(1L);
  }

  @Test
  void one_invalid_streamed_row_keeps_out_the_others_unless_told_otherwise() {
    client.insertAll(
        InsertAllRequest.newBuilder(TABLE)
            .addRow("a", Map.of("id", "3"))
            .addRow("b", Map.of("id", "4", "nothing", "x"))
            .build());
    assertThat(standIn.rows("ds", "t")).hasSize(2);
  }

  @Test
  void the_twenty_sixth_change_in_ten_seconds_is_refused() throws Exception {
    for (int i = 0; i < 25; i++) {
      affected("UPDATE ds.t SET n = " + i + " WHERE id = '1'");
    }
    assertThat(refusal("UPDATE ds.t SET n = 26 WHERE id = '1'").getReason())
        .isEqualTo("rateLimitExceeded");
  }

  @Test
  void ten_seconds_later_changes_are_taken_again() throws Exception {
    for (int i = 0; i < 25; i++) {
      affected("UPDATE ds.t SET n = " + i + " WHERE id = '1'");
    }
    clock.advance(Duration.ofSeconds(10));
    assertThat(affected("UPDATE ds.t SET n = 26 WHERE id = '1'")).isEqualTo(1);
  }

  @Test
  void two_changes_run_and_twenty_wait_and_the_next_is_refused() throws Exception {
    standIn.holdMutations();
    for (int i = 0; i < 22; i++) {
      client.create(JobInfo.of(configuration("UPDATE ds.t SET n = n + 1 WHERE id = '1'").build()));
    }
    assertThat(refusal("UPDATE ds.t SET n = 0 WHERE id = '1'").getMessage())
        .contains("Too many DML statements outstanding");
  }

  @Test
  void changes_that_waited_are_all_made() throws Exception {
    List<com.google.cloud.bigquery.Job> jobs = new ArrayList<>();
    BigQueryStandIn.Hold hold = standIn.holdMutations();
    for (int i = 0; i < 22; i++) {
      jobs.add(
          client.create(
              JobInfo.of(configuration("UPDATE ds.t SET n = n + 1 WHERE id = '1'").build())));
    }
    hold.close();
    for (com.google.cloud.bigquery.Job job : jobs) {
      job.waitFor();
    }
    assertThat(standIn.rows("ds", "t").get(0).get("n").asInt()).isEqualTo(23);
  }

  @Test
  void a_job_of_a_known_id_is_not_run_again() throws Exception {
    JobInfo insert = job("once", "INSERT INTO ds.t (id) VALUES ('3')");
    client.create(insert).waitFor();
    catchThrowableOfType(BigQueryException.class, () -> client.create(insert));
    assertThat(standIn.rows("ds", "t")).hasSize(3);
  }

  @Test
  void a_job_of_a_known_id_is_a_conflict() throws Exception {
    JobInfo insert = job("once", "INSERT INTO ds.t (id) VALUES ('3')");
    client.create(insert).waitFor();
    BigQueryException again =
        catchThrowableOfType(BigQueryException.class, () -> client.create(insert));
    assertThat(again.getCode()).isEqualTo(409);
  }

  @Test
  void every_change_moves_the_time_of_the_last_modification() throws Exception {
    long before = client.getTable(TABLE).getLastModifiedTime();
    affected("UPDATE ds.t SET n = 5 WHERE id = '1'");
    assertThat(client.getTable(TABLE).getLastModifiedTime()).isGreaterThan(before);
  }

  @Test
  void a_change_of_no_row_leaves_the_time_of_the_last_modification() throws Exception {
    long before = client.getTable(TABLE).getLastModifiedTime();
    affected("UPDATE ds.t SET n = 5 WHERE id = 'none'");
    assertThat(client.getTable(TABLE).getLastModifiedTime()).isEqualTo(before);
  }

  @Test
  void the_client_reads_all_pages() throws Exception {
    standIn.execute("INSERT INTO ds.t (id) SELECT id || '-copy' FROM ds.t");
    TableResult pages =
        client.query(configuration("SELECT id FROM ds.t").setMaxResults(3L).build());
    List<String> ids = new ArrayList<>();
    pages.iterateAll().forEach(row -> ids.add(row.get("id").getStringValue()));
    assertThat(ids).containsExactly("1", "2", "1-copy", "2-copy");
  }

  @Test
  void a_column_added_through_the_api_is_there() {
    com.google.cloud.bigquery.Table table = client.getTable(TABLE);
    List<com.google.cloud.bigquery.Field> fields =
        new ArrayList<>(table.getDefinition().getSchema().getFields());
    fields.add(
        com.google.cloud.bigquery.Field.of(
            "extra", com.google.cloud.bigquery.StandardSQLTypeName.JSON));
    table.toBuilder()
        .setDefinition(
            com.google.cloud.bigquery.StandardTableDefinition.of(
                com.google.cloud.bigquery.Schema.of(fields)))
        .build()
        .update();
    assertThat(standIn.rows("ds", "t").get(0).has("extra")).isTrue();
  }

  @Test
  void a_request_without_the_token_is_refused() throws Exception {
    try (BigQueryStandIn guarded =
        new BigQueryStandIn(new BigQueryStandIn.Options(0, "a-project", clock, "right"))) {
      assertThat(status(guarded, "wrong")).isEqualTo(401);
    }
  }

  @Test
  void a_request_with_the_token_is_answered() throws Exception {
    try (BigQueryStandIn guarded =
        new BigQueryStandIn(new BigQueryStandIn.Options(0, "a-project", clock, "right"))) {
      assertThat(status(guarded, "right")).isEqualTo(200);
    }
  }

  @Test
  void a_request_beyond_ten_megabytes_is_refused() {
    String large = "x".repeat(11 << 20);
    QueryJobConfiguration query =
        configuration("SELECT @large AS v")
            .addNamedParameter("large", com.google.cloud.bigquery.QueryParameterValue.string(large))
            .build();
    assertThat(refusal(query).getCode()).isEqualTo(413);
  }

  // --- helpers -------------------------------------------------------------------------------

  private static int status(BigQueryStandIn guarded, String token) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(guarded.url() + "/bigquery/v2/projects/a-project/datasets"))
                .header("Authorization", "Bearer " + token)
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static QueryJobConfiguration.Builder configuration(String sql) {
    return QueryJobConfiguration.newBuilder(sql).setUseLegacySql(false);
  }

  private static JobInfo job(String id, String sql) {
    return JobInfo.newBuilder(configuration(sql).build())
        .setJobId(JobId.newBuilder().setJob(id).setProject("a-project").build())
        .build();
  }

  private void stream(String insertId, Map<String, ?> row) {
    client.insertAll(InsertAllRequest.newBuilder(TABLE).addRow(insertId, row).build());
  }

  private long affected(String sql) throws InterruptedException {
    com.google.cloud.bigquery.JobStatistics.QueryStatistics statistics =
        client.create(JobInfo.of(configuration(sql).build())).waitFor().getStatistics();
    return statistics.getNumDmlAffectedRows();
  }

  private BigQueryException refusal(String sql) {
    return refusal(configuration(sql).build());
  }

  private BigQueryException refusal(QueryJobConfiguration query) {
    return catchThrowableOfType(BigQueryException.class, () -> client.query(query));
  }
}
