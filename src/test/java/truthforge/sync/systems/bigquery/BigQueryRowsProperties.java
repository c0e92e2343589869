package truthforge.sync.systems.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.cloud.bigquery.FieldValue;
import com.google.cloud.bigquery.FieldValue.Attribute;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.TableId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Sighting;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.Mangled;
import truthforge.sync.systems.Records;

/** Whatever a row holds, it is decoded, and a text that is no row is refused without quoting it. */
class BigQueryRowsProperties {

  private static final String ROW =
      "{\"contact_id\":\"c-1\",\"first_name\":\"Ada\",\"emails\":[\"ada@example.com\"],"
          + "\"phones\":[\"+33612345678\"],\"is_me\":false,\"birthday\":\"1815-12-10\","
          + "\"llm_context\":{\"a\":{\"b\":[1]}},\"deleted_at\":null,\"social_profiles\":{\"x\":\"y\"},"
          + "\"sync_metadata\":{\"version\":1,\"last_updated\":\"2026-01-01T00:00:00Z\"},"
          + "\"created_at\":\"2026-01-01T00:00:00Z\",\"updated_at\":\"2026-01-02T00:00:00.123456Z\"}";

  private static final BigQueryTable TABLE =
      BigQueryTable.of(
          TableId.of("p", "identity", "contacts_master"), BigQueryTables.contacts().getSchema());
  private static final AgreedClock CLOCK = AgreedClock.of(Clock.systemUTC());
  private static final Mapping MAPPING = MappingFiles.shipped("bigquery");

  private static BigQueryRows.Row decoded(String row) {
    return BigQueryRows.decode(
        TABLE,
        FieldValueList.of(
            List.of(
                FieldValue.of(Attribute.PRIMITIVE, row),
                FieldValue.of(Attribute.PRIMITIVE, "false")),
            BigQueryRows.RESULT.getFields()));
  }

  @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
  void a_row_is_decoded_whatever_it_holds(@ForAll long seed) {
    tryAll(seed);
  }

  @Property(tries = 100_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void a_row_is_decoded_whatever_it_holds_for_long(@ForAll long seed) {
    tryAll(seed);
  }

  private void tryAll(long seed) {
    JsonNode row = new Mangled(seed).tree(Mangled.read(ROW));
    if (row.isObject()) {
      Sighting read =
          Records.observation(MAPPING, "c-1", "r", decoded(row.toString()).values(), CLOCK);
      assertThat(read.system()).isEqualTo("bigquery");
    }
    byte[] bytes = new Mangled(seed).bytes(ROW.getBytes(StandardCharsets.UTF_8));
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (isRow(text)) {
      assertThat(decoded(text).values()).isNotNull();
    } else {
      assertThatThrownBy(() -> decoded(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("A row of BigQuery is no JSON object");
    }
  }

  private static boolean isRow(String text) {
    try {
      return Mangled.read(text).isObject();
    } catch (java.io.UncheckedIOException e) {
      return false;
    }
  }
}
