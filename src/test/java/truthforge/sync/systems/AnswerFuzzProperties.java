package truthforge.sync.systems;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import truthforge.sync.flow.Participants;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Sighting;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;
import truthforge.sync.systems.jdbc.ContactTable;
import truthforge.sync.systems.jdbc.JdbcRow;
import truthforge.sync.systems.jdbc.JdbcRows;
import truthforge.sync.systems.supabase.SupabaseRest;
import truthforge.sync.systems.twenty.Twenty;

/**
 * Whatever a system answers, its adapter reads the good records of it, and fails by nothing but a
 * word on the system or on the batch.
 */
class AnswerFuzzProperties {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String PERSON =
      "{\"id\":\"6f0a6a3e-0000-4000-8000-000000000001\",\"contactId\":\"c-1\","
          + "\"name\":{\"firstName\":\"Ada\",\"lastName\":\"Lovelace\"},"
          + "\"emails\":{\"primaryEmail\":\"ada@example.com\",\"additionalEmails\":[\"b@example.com\"]},"
          + "\"phones\":{\"primaryPhoneNumber\":\"612345678\",\"primaryPhoneCountryCode\":\"FR\","
          + "\"primaryPhoneCallingCode\":\"+33\",\"additionalPhones\":[]},"
          + "\"linkedinLink\":{\"primaryLinkLabel\":\"\",\"primaryLinkUrl\":\"https://x.example\","
          + "\"secondaryLinks\":[]},\"company\":{\"id\":\"k\",\"name\":\"Engines\"},"
          + "\"companyId\":\"k\",\"jobTitle\":\"Countess\",\"deletedAt\":null,"
          + "\"createdAt\":\"2026-01-01T00:00:00.000Z\",\"updatedAt\":\"2026-01-02T00:00:00.000Z\"}";
  private static final String ROW =
      "{\"id\":\"6f0a6a3e-0000-4000-8000-000000000001\",\"contact_id\":\"c-1\",\"first_name\":\"Ada\","
          + "\"emails\":[\"ada@example.com\"],\"phones\":[\"+33612345678\"],\"is_me\":false,"
          + "\"birthday\":\"1815-12-10\",\"llm_context\":{\"a\":{\"b\":[1]}},\"deleted_at\":null,"
          + "\"social_profiles\":{\"x\":\"y\"},\"sync_metadata\":{\"version\":1},"
          + "\"created_at\":\"2026-01-01T00:00:00+00:00\","
          + "\"updated_at\":\"2026-01-02T00:00:00.123456+00:00\"}";

  private final Twenty twenty =
      new Twenty(
          shipped("twenty"),
          participants("twenty"),
          ids -> java.util.Map.of(),
          List::of,
          Duration.ZERO,
          Clock.systemUTC());
  private final SupabaseRest supabase = supabase();
  private final ContactTable table = table();

  private static Mapping shipped(String system) {
    return MappingFiles.shipped(system);
  }

  private static Participants participants(String system) {
    return new Participants(List.of(shipped(system)));
  }

  private static SupabaseRest supabase() {
    SupabaseRest adapter =
        new SupabaseRest(
            shipped("supabase"),
            participants("supabase"),
            "contacts_master",
            "id",
            Duration.ZERO,
            100,
            Clock.systemUTC());
    adapter.learnFromRow(answer(200, JSON.arrayNode()));
    return adapter;
  }

  private static ContactTable table() {
    try (InputStream script =
            AnswerFuzzProperties.class.getResourceAsStream(
                "/defaults/config/sql/local-sqlite.sql");
        Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(new String(script.readAllBytes(), StandardCharsets.UTF_8));
      return ContactTable.read(connection, "contacts_master", "id");
    } catch (java.io.IOException | java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpAnswer answer(int status, JsonNode body) {
    return new HttpAnswer(HttpCall.get("/x", null, null), status, body, null, null);
  }

  @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
  void good_records_are_read_beside_any_others(@ForAll long seed) {
    tryAll(seed);
  }

  @Property(tries = 100_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void good_records_are_read_beside_any_others_for_long(@ForAll long seed) {
    tryAll(seed);
  }

  private void tryAll(long seed) {
    aPageOfTwenty(seed);
    anythingOfTwenty(seed);
    aPageOfSupabase(seed);
    anythingOfSupabase(seed);
    aRowOfBigQuery(seed);
    aRowOfADatabase(seed);
  }

  private void aPageOfTwenty(long seed) {
    JsonNode good = Mangled.read(PERSON);
    ObjectNode body = JSON.objectNode();
    ArrayNode people = body.putObject("data").putArray("people");
    people.add(new Mangled(seed).tree(good)).add(good);
    assertThatTheGoodOneIsRead(twenty.found(answer(200, body)));
  }

  private void anythingOfTwenty(long seed) {
    Mangled mangled = new Mangled(seed);
    ObjectNode body = JSON.objectNode();
    body.putObject("data").putArray("people").add(Mangled.read(PERSON));
    int status = mangled.below(3) == 0 ? 200 : 100 + mangled.below(500);
    failsByAWordAlone(() -> twenty.found(answer(status, mangled.tree(body))));
  }

  private void aPageOfSupabase(long seed) {
    JsonNode good = Mangled.read(ROW);
    ArrayNode rows = JSON.arrayNode().add(new Mangled(seed).tree(good)).add(good);
    assertThatTheGoodOneIsRead(supabase.found(answer(200, rows)));
  }

  private void anythingOfSupabase(long seed) {
    Mangled mangled = new Mangled(seed);
    ArrayNode rows = JSON.arrayNode().add(Mangled.read(ROW));
    int status = mangled.below(3) == 0 ? 200 : 100 + mangled.below(500);
    failsByAWordAlone(() -> supabase.found(answer(status, mangled.tree(rows))));
  }

  private void aRowOfBigQuery(long seed) {
    JsonNode row = new Mangled(seed).tree(Mangled.read(ROW));
    assertThat(
            Records.observation(shipped, "c-1", "r", row, AgreedClock.of(Clock.systemUTC()))
                .system())
        .isEqualTo("bigquery");
  }

  private final Mapping shipped = shipped("bigquery");

  private void aRowOfADatabase(long seed) {
    Mangled mangled = new Mangled(seed);
    Map<String, Object> columns = new LinkedHashMap<>();
    Mangled.read(ROW)
        .properties()
        .forEach(
            column -> {
              JsonNode value = column.getValue();
              columns.put(
                  column.getKey(), value.isValueNode() ? value.textValue() : value.toString());
            });
    Map<String, Object> other = new LinkedHashMap<>(columns);
    other.replaceAll((column, value) -> mangled.below(4) == 0 ? object(mangled) : value);
    List<JdbcRow> rows = JdbcRows.read(table, List.of(other, columns));
    assertThat(rows.get(1).id()).isEqualTo("6f0a6a3e-0000-4000-8000-000000000001");
  }

  /** What a driver of SQLite may give for a column of any type. */
  private static Object object(Mangled mangled) {
    return switch (mangled.below(5)) {
      case 0 -> null;
      case 1 -> mangled.below(Integer.MAX_VALUE);
      case 2 -> Long.MIN_VALUE + mangled.below(9);
      case 3 -> mangled.below(100) / 7.0;
      default -> mangled.text();
    };
  }

  private static void assertThatTheGoodOneIsRead(List<Sighting> sightings) {
    assertThat(sightings).hasSize(2);
    assertThat(sightings.get(1)).isInstanceOf(Sighting.Observation.class);
    Sighting.Observation good = (Sighting.Observation) sightings.get(1);
    assertThat(good.externalId()).isEqualTo("6f0a6a3e-0000-4000-8000-000000000001");
    assertThat(good.contactId()).isEqualTo("c-1");
  }

  private static void failsByAWordAlone(Runnable reading) {
    try {
      reading.run();
    } catch (SystemUnavailable | BatchRefused word) {
      assertThat(word).hasMessageNotContaining("ada@example.com");
    }
  }
}
