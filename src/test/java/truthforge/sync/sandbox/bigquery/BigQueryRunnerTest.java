package truthforge.sync.sandbox.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.systems.bigquery.BigQueryClients;
import truthforge.sync.systems.bigquery.BigQueryPatch;
import truthforge.sync.systems.bigquery.BigQueryRows;
import truthforge.sync.systems.bigquery.BigQueryRunner;
import truthforge.sync.systems.bigquery.BigQueryStatement;
import truthforge.sync.systems.bigquery.BigQueryStatements;
import truthforge.sync.systems.bigquery.BigQueryTable;
import truthforge.sync.systems.bigquery.BigQueryTables;

class BigQueryRunnerTest {

  private static final TableId ID = TableId.of("a-project", "identity", "contacts_master");

  private BigQueryStandIn standIn;
  private BigQuery client;
  private BigQueryRunner runner;
  private BigQueryTable table;

  @BeforeEach
  void create_the_table() throws Exception {
    standIn = new BigQueryStandIn(BigQueryStandIn.Options.of("a-project"));
    standIn.execute("CREATE SCHEMA identity");
    client = BigQueryClients.client("a-project", standIn.url(), null);
    client.create(TableInfo.of(ID, BigQueryTables.contacts()));
    runner = new BigQueryRunner(client, Map.of("app", "sync"), 100L << 20);
    table = runner.table(ID).orElseThrow().table();
  }

  @AfterEach
  void close() {
    standIn.close();
  }

  @Test
  void a_write_whose_answer_was_lost_is_done_once() throws Exception {
    standIn.inject(
        new Fault(r -> r.path().endsWith("/jobs"), Fault.Kind.LOSE_ANSWER, null).times(1));
    runner.write(insert("1"), "own-id");
    assertThat(standIn.rows("identity", "contacts_master")).hasSize(1);
  }

  @Test
  void a_write_whose_answer_was_lost_still_tells_its_affected_rows() throws Exception {
    standIn.inject(
        new Fault(r -> r.path().endsWith("/jobs"), Fault.Kind.LOSE_ANSWER, null).times(1));
    assertThat(runner.write(insert("1"), "own-id").affectedRows()).isEqualTo(1);
  }

  @Test
  void a_write_of_a_known_job_id_tells_what_the_first_did() throws Exception {
    runner.write(insert("1"), "own-id");
    assertThat(runner.write(insert("1"), "own-id").affectedRows()).isEqualTo(1);
  }

  @Test
  void a_write_tells_what_it_bills() throws Exception {
    assertThat(runner.write(insert("1"), "own-id").bytesBilled()).isEqualTo(10L << 20);
  }

  @Test
  void a_write_that_would_bill_more_than_allowed_changes_nothing() {
    BigQueryRunner poor = new BigQueryRunner(client, Map.of(), 1);
    catchThrowableOfType(BigQueryException.class, () -> poor.write(insert("1"), "own-id"));
    assertThat(standIn.rows("identity", "contacts_master")).isEmpty();
  }

  @Test
  void more_rows_than_a_page_holds_are_read_once_each() throws Exception {
    for (int i = 0; i < 5; i++) {
      standIn.load(
          "identity",
          "contacts_master",
          JsonNodeFactory.instance
              .objectNode()
              .put("contact_id", String.valueOf(i))
              .put("notes", "x".repeat(4 << 20)));
    }
    List<List<String>> pages = new ArrayList<>();
    runner.read(
        BigQueryStatements.all(table),
        page -> {
          List<String> ids = new ArrayList<>();
          page.forEach(
              row -> ids.add(BigQueryRows.decode(table, row).values().get("contact_id").asText()));
          pages.add(ids);
        });
    assertThat(pages).containsExactly(List.of("0", "1", "2"), List.of("3", "4"));
  }

  @Test
  void a_missing_table_is_told_as_such() {
    assertThat(runner.table(TableId.of("a-project", "identity", "none"))).isEmpty();
  }

  @Test
  void the_credentials_of_the_machine_are_not_sent_to_another_host() throws Exception {
    standIn.inject(Fault.status(418, "{}").when(r -> r.header("Authorization") != null));
    assertThat(client.listDatasets().iterateAll()).hasSize(1);
  }

  private BigQueryStatement insert(String... ids) {
    List<BigQueryPatch> patches = new ArrayList<>();
    for (String id : ids) {
      patches.add(
          new BigQueryPatch(
              id,
              new BigQueryPatch.Seen.Absent(),
              JsonNodeFactory.instance.objectNode(),
              List.of(),
              1));
    }
    return BigQueryStatements.apply(table, patches);
  }
}
