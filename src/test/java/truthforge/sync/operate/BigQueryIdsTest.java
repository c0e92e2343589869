package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.bigquery.InsertAllRequest;
import com.google.cloud.bigquery.TableId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;
import truthforge.sync.contact.Fields;
import truthforge.sync.ledger.Change;

/**
 * Rows of BigQuery without an id, with another one than they had, and with one that is not theirs.
 */
class BigQueryIdsTest {

  private static final String CONTACTS = "identity.contacts_master";

  /** As default, but for a contact_id that may be missing. */
  private static final String TABLE =
      "CREATE TABLE identity.contacts_master (contact_id STRING, first_name STRING, last_name"
          + " STRING, notes STRING, emails ARRAY<STRING>, deleted_at TIMESTAMP, updated_at"
          + " TIMESTAMP)";

  @TempDir Path folder;
  private BigQueryWorld world;

  @BeforeEach
  void open() throws Exception {
    world = new BigQueryWorld(folder, TABLE);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void reopen(Map<Option, String> options) throws Exception {
    world.close();
    world = new BigQueryWorld(Files.createDirectory(folder.resolve("again")), TABLE, options);
  }

  private void insert(String id, String firstName, String email) {
    world.bigquery.execute(
        "INSERT INTO "
            + CONTACTS
            + " (contact_id, first_name, emails, updated_at) VALUES ("
            + (id == null ? "NULL" : "'" + id + "'")
            + ", '"
            + firstName
            + "', ['"
            + email
            + "'], CURRENT_TIMESTAMP())");
  }

  private void settle() {
    for (int i = 0; i < 3; i++) {
      world.cycle();
    }
  }

  private List<String> ids() {
    return world.rows().stream()
        .map(row -> row.path("contact_id").asText("none"))
        .sorted()
        .toList();
  }

  @Test
  void a_row_without_an_id_gets_one_of_its_own() {
    insert(null, "Ada", "ada@example.com");
    world.cycle();
    assertThat(ids()).singleElement().asString().matches("[0-9a-f-]{36}");
    assertThat(world.firstName(ids().get(0))).isEqualTo("Ada");
  }

  @Test
  void a_table_whose_rows_got_ids_is_at_rest() {
    insert(null, "Ada", "ada@example.com");
    insert(null, "Grace", "grace@example.com");
    settle();
    world.cycle();
    assertThat(world.queries()).isEmpty();
  }

  @Test
  void a_row_without_an_id_is_left_alone_and_told_where_bigquery_is_only_read() throws Exception {
    reopen(Map.of(Options.BIGQUERY_READ_ONLY, "true"));
    insert(null, "Ada", "ada@example.com");
    world.cycle();
    assertThat(ids()).containsExactly("none");
    assertThat(world.letters()).singleElement().asString().contains("a row without contact_id");
  }

  @Test
  void a_row_just_streamed_gets_its_id_once_bigquery_takes_changes_of_it() {
    world.client.insertAll(
        InsertAllRequest.newBuilder(TableId.of("identity", "contacts_master"))
            .addRow("a", Map.of("first_name", "Ada", "emails", List.of("ada@example.com")))
            .build());
    world.cycle();
    assertThat(world.letters()).hasSize(1);
    world.time.advance(Duration.ofMinutes(31));
    world.cycle();
    assertThat(world.firstName(ids().get(0))).isEqualTo("Ada");
    assertThat(world.letters()).isEmpty();
  }

  @Test
  void a_cleared_id_is_put_back_and_told_in_the_history() {
    insert("1", "Ada", "ada@example.com");
    settle();
    world.bigquery.execute(
        "UPDATE "
            + CONTACTS
            + " SET contact_id = NULL, notes = 'mine', updated_at = CURRENT_TIMESTAMP() WHERE TRUE");
    settle();
    assertThat(ids()).containsExactly("1");
    assertThat(world.rowOf("1").get("notes").asText()).isEqualTo("mine");
    assertThat(history("1")).contains(Fields.CONTACT_ID, "notes").doesNotContain(Fields.DELETED);
  }

  @Test
  void a_changed_id_is_put_back_and_told_in_the_history() {
    insert("1", "Ada", "ada@example.com");
    settle();
    world.bigquery.execute(
        "UPDATE "
            + CONTACTS
            + " SET contact_id = 'another', updated_at = CURRENT_TIMESTAMP() WHERE TRUE");
    settle();
    assertThat(ids()).containsExactly("1");
    assertThat(history("1")).contains(Fields.CONTACT_ID).doesNotContain(Fields.DELETED);
  }

  @Test
  void a_copy_of_a_row_under_another_id_is_held_for_a_person() {
    insert("1", "Ada", "ada@example.com");
    settle();
    insert("2", "Ada", "ada@example.com");
    settle();
    assertThat(ids()).containsExactly("1", "2");
    assertThat(world.ledger.<Long>transaction(tx -> tx.countHeld("bigquery"))).isEqualTo(1);
  }

  // Two rows of one id

  @Test
  void neither_of_two_rows_of_one_id_is_taken_in() {
    insert("1", "Ada", "ada@example.com");
    insert("1", "Somebody else", "else@example.com");
    world.cycle();
    assertThat(world.letters())
        .singleElement()
        .asString()
        .contains("two rows carry this contact id");
    assertThat(world.knows("1")).isFalse();
  }

  @Test
  void a_second_row_of_a_known_id_changes_nothing_and_keeps_writes_off() throws Exception {
    insert("1", "Ada", "ada@example.com");
    settle();
    insert("1", "Somebody else", "else@example.com");
    world.local("update contacts_master set last_name = 'Lovelace' where contact_id = '1'");
    settle();
    assertThat(world.firstName("1")).isEqualTo("Ada");
    assertThat(world.rows()).allMatch(row -> row.get("last_name").isNull());
  }

  @Test
  void once_one_of_two_rows_of_an_id_is_gone_the_other_is_kept_the_same_again() throws Exception {
    insert("1", "Ada", "ada@example.com");
    settle();
    insert("1", "Somebody else", "else@example.com");
    settle();
    world.local("update contacts_master set last_name = 'Lovelace' where contact_id = '1'");
    world.bigquery.execute("DELETE FROM " + CONTACTS + " WHERE first_name = 'Somebody else'");
    world.time.advance(Duration.ofMinutes(30));
    settle();
    assertThat(world.rowOf("1").get("last_name").asText()).isEqualTo("Lovelace");
    assertThat(world.letters()).isEmpty();
  }

  private List<String> history(String id) {
    return world.ledger.transaction(tx -> tx.history(id, 100).stream().map(Change::field).toList());
  }
}
