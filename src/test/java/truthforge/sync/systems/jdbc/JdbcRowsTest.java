package truthforge.sync.systems.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PGobject;

class JdbcRowsTest {

  private static ContactTable table(JdbcDialect dialect, ColumnType document) {
    Map<String, ColumnType> columns = new LinkedHashMap<>();
    columns.put("id", ColumnType.UUID);
    columns.put("contact_id", ColumnType.TEXT);
    columns.put("is_me", ColumnType.BOOLEAN);
    columns.put("score", ColumnType.NUMBER);
    columns.put("llm_context", document);
    columns.put("deleted_at", ColumnType.TIMESTAMP);
    columns.put("updated_at", ColumnType.TIMESTAMP);
    return new ContactTable(
        dialect, null, "contacts_master", "id", columns, Set.of(), RevisionKind.UPDATED_AT);
  }

  private static JdbcRow row(ColumnType document, String column, Object value) {
    Map<String, Object> row = new HashMap<>();
    row.put(column, value);
    return JdbcRows.read(table(PostgresqlJdbcDialect.INSTANCE, document), row);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-02T03:04:05.123456Z, 2026-01-02T03:04:05.123456Z",
    "2026-01-02T03:04:05, 2026-01-02T03:04:05Z",
    "2026-01-02 03:04:05, 2026-01-02T03:04:05Z",
    "2026-01-02 03:04:05.5, 2026-01-02T03:04:05.5Z",
    "2026-01-02 03:04, 2026-01-02T03:04:00Z",
    "2026-01-02, 2026-01-02T00:00:00Z",
    "2026-01-02 03:04:05+00, 2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05+02:00, 2026-01-02T01:04:05Z",
    "2026-01-02T03:04:05-0530, 2026-01-02T08:34:05Z",
    "1767323045, 2026-01-02T03:04:05Z",
    "1767323045.25, 2026-01-02T03:04:05.25Z",
    "1767323045123, 2026-01-02T03:04:05.123Z",
  })
  void a_time_is_read_in_any_usual_form(String stored, String moment) {
    assertThat(JdbcRows.moment(stored)).isEqualTo(Instant.parse(moment));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "2026-13-01", "2026-01-02T25:00:00Z", "infinity"})
  void what_is_no_time_is_none(String stored) {
    assertThat(JdbcRows.moment(stored)).isNull();
  }

  @Test
  void a_row_deleted_at_an_unreadable_time_is_deleted() {
    JdbcRow row = row(ColumnType.JSON, "deleted_at", "yes");

    assertThat(row.deleted()).isTrue();
    assertThat(row.deletedAt()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "0"})
  void an_empty_mark_of_deletion_is_none(String stored) {
    assertThat(row(ColumnType.JSON, "deleted_at", stored).deleted()).isFalse();
  }

  @Test
  void a_document_of_the_drivers_type_is_parsed() throws SQLException {
    PGobject document = new PGobject();
    document.setType("jsonb");
    document.setValue("{\"k\": [1, null]}");

    assertThat(
            row(ColumnType.JSON, "llm_context", document).columns().get("llm_context").toString())
        .isEqualTo("{\"k\":[1,null]}");
  }

  @Test
  void a_document_in_a_text_column_stays_text() {
    assertThat(
            row(ColumnType.TEXT, "llm_context", "{\"k\":1}")
                .columns()
                .get("llm_context")
                .isTextual())
        .isTrue();
  }

  @Test
  void what_is_no_json_in_a_json_column_stays_as_it_is() {
    assertThat(row(ColumnType.JSON, "llm_context", "{oops").columns().get("llm_context").asText())
        .isEqualTo("{oops");
  }

  @Test
  void values_of_the_drivers_types_take_the_shape_of_the_table() {
    Instant moment = Instant.parse("2026-01-02T03:04:05.123456Z");
    Map<String, Object> raw = new HashMap<>();
    raw.put("id", UUID.fromString("00000000-0000-0000-0000-000000000001"));
    raw.put("contact_id", null);
    raw.put("is_me", 1);
    raw.put("score", new BigDecimal("1.5"));
    raw.put("updated_at", Timestamp.from(moment));

    JdbcRow row = JdbcRows.read(table(PostgresqlJdbcDialect.INSTANCE, ColumnType.JSON), raw);

    ObjectNode columns = row.columns();
    assertThat(row.id()).isEqualTo("00000000-0000-0000-0000-000000000001");
    assertThat(row.contactId()).isNull();
    assertThat(row.updatedAt()).isEqualTo(moment);
    assertThat(columns.get("contact_id").isNull()).isTrue();
    assertThat(columns.get("is_me").isBoolean()).isTrue();
    assertThat(columns.get("score").decimalValue()).isEqualByComparingTo("1.5");
  }

  @Test
  void a_number_that_is_none_is_text() {
    assertThat(row(ColumnType.JSON, "score", Double.NaN).columns().get("score").asText())
        .isEqualTo("NaN");
  }

  @Test
  void a_column_that_was_not_told_is_absent() {
    assertThat(row(ColumnType.JSON, "is_me", true).columns().has("score")).isFalse();
  }
}
