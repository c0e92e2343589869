package truthforge.sync.sandbox.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.DatasetInfo;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import com.google.cloud.bigquery.TableResult;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.systems.bigquery.BigQueryClients;
import truthforge.sync.systems.bigquery.BigQueryPatch;
import truthforge.sync.systems.bigquery.BigQueryPatch.Seen;
import truthforge.sync.systems.bigquery.BigQueryRows;
import truthforge.sync.systems.bigquery.BigQueryStatement;
import truthforge.sync.systems.bigquery.BigQueryStatements;
import truthforge.sync.systems.bigquery.BigQueryTable;
import truthforge.sync.systems.bigquery.BigQueryTables;

/** The service's statements, sent by Google's own client and run by the stand-in. */
class BigQueryStandInTest {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final TableId CONTACTS = TableId.of("a-project", "identity", "contacts_master");

  private BigQueryStandIn standIn;
  private BigQuery client;
  private BigQueryTable table;

  @BeforeEach
  void create_the_table() throws Exception {
    standIn = new BigQueryStandIn(BigQueryStandIn.Options.of("a-project"));
    client = BigQueryClients.client("a-project", standIn.url(), null);
    client.create(DatasetInfo.of("identity"));
    client.create(TableInfo.of(CONTACTS, BigQueryTables.contacts()));
    table = BigQueryTable.of(client.getTable(CONTACTS));
  }

  @AfterEach
  void close() {
    standIn.close();
  }

  @Test
  void the_client_reads_the_schema_that_it_made() {
    StandardTableDefinition made = client.getTable(CONTACTS).getDefinition();
    assertThat(made.getSchema()).isEqualTo(BigQueryTables.contacts().getSchema());
  }

  @Test
  void a_new_row_holds_every_value_that_was_set() throws Exception {
    ObjectNode set =
        object(
            """
            {"first_name":"Zoë","emails":["a@b.org","c@d.org"],"is_business":true,
             "birthday":"1990-02-28","llm_context":{"a":[1,2.5,null,"x"]},
             "created_at":"2026-01-02T03:04:05.000006Z"}
            """);
    apply(patch("1", new Seen.Absent(), set));
    ObjectNode row = read(BigQueryStatements.all(table)).get(0).values();
    assertThat(row.retain(set.properties().stream().map(p -> p.getKey()).toList())).isEqualTo(set);
  }

  @Test
  void an_insert_tells_one_affected_row() throws Exception {
    assertThat(apply(patch("1", new Seen.Absent(), object("{\"first_name\":\"Ada\"}"))))
        .isEqualTo(1);
  }

  @Test
  void creating_leaves_a_row_of_that_id_alone() throws Exception {
    load("{\"contact_id\":\"1\",\"first_name\":\"Ada\"}");
    apply(patch("1", new Seen.Absent(), object("{\"first_name\":\"Eve\"}")));
    assertThat(firstNames()).containsExactly("Ada");
  }

  @Test
  void a_row_that_is_as_seen_changes_only_in_the_columns_named() throws Exception {
    load(
        "{\"contact_id\":\"1\",\"first_name\":\"Ada\",\"last_name\":\"L\",\"emails\":[\"x@y.z\"]}");
    String etag = read(BigQueryStatements.all(table)).get(0).etag();
    apply(patch("1", new Seen.Etag(etag), object("{\"first_name\":\"Eve\"}")));
    ObjectNode row = standIn.rows("identity", "contacts_master").get(0);
    assertThat(row.retain("first_name", "last_name", "emails"))
        .isEqualTo(object("{\"first_name\":\"Eve\",\"last_name\":\"L\",\"emails\":[\"x@y.z\"]}"));
  }

  @Test
  void a_row_that_changed_since_it_was_seen_is_left_alone() throws Exception {
    load("{\"contact_id\":\"1\",\"first_name\":\"Ada\"}");
    String etag = read(BigQueryStatements.all(table)).get(0).etag();
    standIn.execute("UPDATE identity.contacts_master SET last_name='L' WHERE contact_id='1'");
    long affected = apply(patch("1", new Seen.Etag(etag), object("{\"first_name\":\"Eve\"}")));
    assertThat(affected).isZero();
  }

  @Test
  void a_row_whose_time_is_null_is_as_seen_when_null_was_seen() throws Exception {
    load("{\"contact_id\":\"1\",\"first_name\":\"Ada\"}");
    apply(patch("1", new Seen.UpdatedAt(null), object("{\"first_name\":\"Eve\"}")));
    assertThat(firstNames()).containsExactly("Eve");
  }

  @Test
  void a_row_of_another_time_than_seen_is_left_alone() throws Exception {
    load("{\"contact_id\":\"1\",\"first_name\":\"Ada\",\"updated_at\":\"2026-01-01T00:00:00Z\"}");
    apply(patch("1", new Seen.UpdatedAt(1L), object("{\"first_name\":\"Eve\"}")));
    assertThat(firstNames()).containsExactly("Ada");
  }

  @Test
  void a_cleared_column_becomes_empty() throws Exception {
    load("{\"contact_id\":\"1\",\"first_name\":\"Ada\",\"emails\":[\"a@b.c\"],\"notes\":\"n\"}");
    apply(
        new BigQueryPatch(
            "1",
            new Seen.UpdatedAt(null),
            JsonNodeFactory.instance.objectNode(),
            List.of("emails", "notes"),
            7));
    ObjectNode row = standIn.rows("identity", "contacts_master").get(0);
    assertThat(row.retain("emails", "notes")).isEqualTo(object("{\"emails\":[],\"notes\":null}"));
  }

  @Test
  void a_write_moves_the_time_of_the_last_change() throws Exception {
    apply(patch("1", new Seen.Absent(), object("{}")));
    assertThat(read(BigQueryStatements.all(table)).get(0).updatedMicros())
        .isEqualTo(1_700_000_000_000_007L);
  }

  @Test
  void rows_changed_since_a_moment_and_rows_without_time_are_read_in_order() throws Exception {
    load("{\"contact_id\":\"late\",\"updated_at\":\"2026-01-01T00:00:02Z\"}");
    load("{\"contact_id\":\"early\",\"updated_at\":\"2026-01-01T00:00:01Z\"}");
    load("{\"contact_id\":\"before\",\"updated_at\":\"2025-12-31T23:59:59.999999Z\"}");
    load("{\"contact_id\":\"timeless\"}");
    assertThat(ids(BigQueryStatements.changedSince(table, 1_767_225_600_000_000L, List.of())))
        .containsExactly("timeless", "early", "late");
  }

  @Test
  void rows_are_found_by_id() throws Exception {
    load("{\"contact_id\":\"1\"}");
    load("{\"contact_id\":\"2\"}");
    load("{\"contact_id\":\"3\"}");
    assertThat(ids(BigQueryStatements.byIds(table, List.of("3", "1", "none"))))
        .containsExactlyInAnyOrder("1", "3");
  }

  @Test
  void an_id_that_two_rows_carry_is_told() throws Exception {
    load("{\"contact_id\":\"1\"}");
    load("{\"contact_id\":\"1\"}");
    load("{\"contact_id\":\"2\"}");
    List<FieldValueList> rows = query(BigQueryStatements.duplicateIds(table));
    assertThat(rows)
        .extracting(r -> r.get("contact_id").getStringValue(), r -> r.get("copies").getLongValue())
        .containsExactly(org.assertj.core.api.Assertions.tuple("1", 2L));
  }

  // --- helpers -------------------------------------------------------------------------------

  private static BigQueryPatch patch(String id, Seen seen, ObjectNode set) {
    return new BigQueryPatch(id, seen, set, List.of(), 1_700_000_000_000_007L);
  }

  private long apply(BigQueryPatch... patches) throws Exception {
    com.google.cloud.bigquery.Job job =
        client.create(
            com.google.cloud.bigquery.JobInfo.of(
                BigQueryStatements.apply(table, List.of(patches)).configuration().build()));
    com.google.cloud.bigquery.JobStatistics.QueryStatistics statistics =
        job.waitFor().getStatistics();
    return statistics.getNumDmlAffectedRows();
  }

  private List<FieldValueList> query(BigQueryStatement statement) throws Exception {
    TableResult result = client.query(statement.configuration().build());
    return StreamSupport.stream(result.iterateAll().spliterator(), false).toList();
  }

  private List<BigQueryRows.Row> read(BigQueryStatement statement) throws Exception {
    List<BigQueryRows.Row> rows = new ArrayList<>();
    for (FieldValueList row : query(statement)) {
      rows.add(BigQueryRows.decode(table, row));
    }
    return rows;
  }

  private List<String> ids(BigQueryStatement statement) throws Exception {
    return read(statement).stream().map(r -> r.values().get("contact_id").asText()).toList();
  }

  private List<String> firstNames() {
    return standIn.rows("identity", "contacts_master").stream()
        .map(r -> r.get("first_name").asText())
        .toList();
  }

  private void load(String row) throws Exception {
    standIn.load("identity", "contacts_master", object(row));
  }

  private static ObjectNode object(String json) throws Exception {
    return (ObjectNode) JSON.readTree(json);
  }
}
