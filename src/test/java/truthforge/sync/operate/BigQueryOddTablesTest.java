package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.TableId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.systems.SystemUnavailable;

/** Tables that were there before the service: used where they fit, and never changed. */
class BigQueryOddTablesTest {

  private static final String CONTACTS = "identity.contacts_master";
  private static final String OTHERS =
      "CREATE TABLE identity.contacts_master (contact_id STRING, first_name STRING, shoe_size INT64,"
          + " sync_metadata STRUCT<version INT64, author STRING>, birthday DATETIME, emails STRING,"
          + " updated_at TIMESTAMP)";

  @TempDir Path folder;
  private BigQueryWorld world;

  private void open(String ddl) throws Exception {
    open(ddl, Map.of());
  }

  private void open(String ddl, Map<truthforge.sync.config.Option, String> options)
      throws Exception {
    world = new BigQueryWorld(folder, ddl, options);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void settle() {
    for (int i = 0; i < 3; i++) {
      world.cycle();
    }
  }

  private Schema schema() {
    return world
        .client
        .getTable(TableId.of("identity", "contacts_master"))
        .getDefinition()
        .getSchema();
  }

  private void insertOther() {
    world.bigquery.execute(
        "INSERT INTO "
            + CONTACTS
            + " (contact_id, first_name, shoe_size, sync_metadata, birthday, emails) VALUES ('1',"
            + " 'Ada', 41, STRUCT(7 AS version, 'hand' AS author), DATETIME '1815-12-10T00:00:00', 'ada@example.com')");
  }

  @Test
  void a_column_that_is_not_the_services_keeps_its_value() throws Exception {
    open(OTHERS);
    insertOther();
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    settle();
    assertThat(world.rowOf("1").get("first_name").asText()).isEqualTo("Augusta");
    assertThat(world.rowOf("1").get("shoe_size").asInt()).isEqualTo(41);
    assertThat(world.rowOf("1").at("/sync_metadata/version").asInt()).isEqualTo(7);
  }

  @Test
  void no_column_is_dropped_added_or_retyped() throws Exception {
    open(OTHERS);
    Schema before = schema();
    insertOther();
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    settle();
    assertThat(schema()).isEqualTo(before);
  }

  @Test
  void a_table_of_other_types_comes_to_rest() throws Exception {
    open(OTHERS);
    insertOther();
    settle();
    world.cycle();
    assertThat(world.queries()).isEmpty();
  }

  @Test
  void a_row_whose_time_of_change_is_null_is_written() throws Exception {
    open(OTHERS);
    insertOther();
    settle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    world.cycle();
    assertThat(world.rowOf("1").get("updated_at").isNull()).isFalse();
  }

  /** Promise 6. */
  @Test
  void a_field_without_a_column_is_cleared_nowhere() throws Exception {
    open(OTHERS);
    insertOther();
    world.local(
        "insert into contacts_master (contact_id, first_name, ai_insights) values ('2', 'Grace',"
            + " '{\"a\":1}')");
    settle();
    world.bigquery.execute(
        "UPDATE "
            + CONTACTS
            + " SET first_name = 'Gracie', updated_at = CURRENT_TIMESTAMP() WHERE contact_id = '2'");
    settle();
    assertThat(world.firstName("2")).isEqualTo("Gracie");
    assertThat(
            world.ledger.<String>transaction(
                tx ->
                    tx.contacts(java.util.List.of("2"))
                        .get("2")
                        .value("ai_insights")
                        .toJson()
                        .toString()))
        .isEqualTo("{\"a\":1}");
  }

  // Numbered contacts

  private static final String NUMBERED =
      "CREATE TABLE identity.contacts_master (contact_id INT64, first_name STRING, updated_at"
          + " TIMESTAMP)";

  @Test
  void a_contact_whose_id_is_no_number_is_parked_where_ids_are_numbers() throws Exception {
    open(NUMBERED);
    world.local("insert into contacts_master (first_name) values ('Ada')");
    world.cycle();
    assertThat(world.letters()).singleElement().asString().contains("whole numbers");
  }

  @Test
  void beside_it_numbered_contacts_are_created() throws Exception {
    open(NUMBERED);
    world.local(
        "insert into contacts_master (contact_id, first_name) values (null, 'Ada'), ('7', 'Joan')");
    world.cycle();
    assertThat(world.rows())
        .singleElement()
        .satisfies(row -> assertThat(row.get("contact_id").asInt()).isEqualTo(7));
  }

  // Views

  private static final String VIEW =
      "CREATE TABLE identity.people (contact_id STRING, first_name STRING, updated_at"
          + " TIMESTAMP);\n"
          + "INSERT INTO identity.people (contact_id, first_name, updated_at) VALUES ('1', 'Ada',"
          + " TIMESTAMP '2026-01-01 00:00:00+00');\n"
          + "CREATE VIEW identity.contacts_master AS SELECT contact_id, first_name, updated_at FROM"
          + " identity.people";

  @Test
  void a_view_is_read() throws Exception {
    open(VIEW, Map.of(Options.BIGQUERY_READ_ONLY, "true"));
    world.cycle();
    assertThat(world.firstName("1")).isEqualTo("Ada");
  }

  @Test
  void a_view_is_queried_each_time_because_it_does_not_tell_when_it_changed() throws Exception {
    open(VIEW, Map.of(Options.BIGQUERY_READ_ONLY, "true"));
    settle();
    world.cycle();
    assertThat(world.queries()).hasSize(1);
  }

  @Test
  void a_view_is_not_written_and_parks_nothing() throws Exception {
    open(VIEW);
    world.cycle();
    world.local("update contacts_master set first_name = 'Augusta' where contact_id = '1'");
    world.local("insert into contacts_master (contact_id, first_name) values ('2', 'Joan')");
    settle();
    assertThat(world.engine.availability().failureKind("bigquery"))
        .isEqualTo(SystemUnavailable.Kind.MISCONFIGURED);
    assertThat(world.engine.availability().failure("bigquery")).contains("bigquery.table");
    assertThat(world.letters()).isEmpty();
  }

  // Another table, or the same at another time

  /** Promise 8. */
  @Test
  void a_table_that_was_created_anew_waits_for_a_person() throws Exception {
    open(null);
    world.load("1", "Ada");
    settle();
    world.time.advance(Duration.ofMinutes(1));
    world.bigquery.execute(
        "DROP TABLE " + CONTACTS,
        "CREATE TABLE identity.contacts_master (contact_id STRING, first_name STRING, updated_at"
            + " TIMESTAMP)",
        "INSERT INTO " + CONTACTS + " (contact_id, first_name) VALUES ('1', 'Once')");
    settle();
    assertThat(world.firstName("1")).isEqualTo("Ada");
    assertThat(world.ledger.<Long>transaction(tx -> tx.countHeld("bigquery"))).isEqualTo(1);
  }

  // Where rows stream in

  @Test
  void a_table_that_rows_stream_into_is_queried_whatever_its_time_of_modification()
      throws Exception {
    open(null);
    world.load("1", "Ada");
    settle();
    world.client.insertAll(
        com.google.cloud.bigquery.InsertAllRequest.newBuilder(
                TableId.of("identity", "contacts_master"))
            .addRow("a", Map.of("contact_id", "2", "first_name", "Joan"))
            .build());
    settle();
    world.cycle();
    assertThat(world.firstName("2")).isEqualTo("Joan");
    assertThat(world.queries()).hasSize(1);
  }
}
