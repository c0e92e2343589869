package truthforge.sync.systems.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Participants;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.Mangled;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/**
 * Whatever Supabase answers to a write, of its feed or of its columns: each write has one outcome,
 * a good row beside bad ones is taken for what it is, and all that is thrown is a word on the
 * system or on the batch.
 */
class SupabaseAnswersProperties {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String ROW =
      "{\"first_name\":\"Ada\",\"emails\":[\"ada@example.com\"],\"phones\":[\"+33612345678\"],"
          + "\"is_me\":false,\"birthday\":\"1815-12-10\",\"llm_context\":{\"a\":{\"b\":[1]}},"
          + "\"deleted_at\":null,\"created_at\":\"2026-01-01T00:00:00+00:00\","
          + "\"updated_at\":\"2026-01-02T00:00:00.123456+00:00\"}";
  private static final String INFO =
      "{\"watched\":{\"public.contacts_master\":\"id\"},\"identity\":\"7/a\",\"safe_txid\":9,"
          + "\"next_txid\":10,\"pruned_below\":1,\"oldest_kept\":\"2026-01-01T00:00:00+00:00\","
          + "\"open_since\":null,\"now\":\"2026-01-02T00:00:00+00:00\"}";
  private static final String ENTRIES =
      "[{\"txid\":9,\"seq\":8,\"op\":\"U\",\"tbl\":\"public.contacts_master\",\"pk\":{\"id\":\"1\"},"
          + "\"at\":\"2026-01-01T00:00:00+00:00\"},{\"txid\":9,\"seq\":9,\"op\":\"D\",\"tbl\":"
          + "\"public.contacts_master\",\"pk\":{\"id\":\"2\"},\"at\":\"2026-01-01T00:00:00+00:00\"}]";
  private static final String SCHEMA =
      "{\"definitions\":{\"contacts_master\":{\"properties\":{\"id\":{\"format\":\"uuid\","
          + "\"description\":\"<pk/>\"},\"contact_id\":{\"format\":\"text\"},\"updated_at\":"
          + "{\"format\":\"timestamp with time zone\"},\"emails\":{\"format\":\"text[]\"}}}},"
          + "\"paths\":{\"/rpc/sync_apply\":{}}}";

  private final Mapping mapping = MappingFiles.shipped("supabase");

  private SupabaseRest supabase() {
    SupabaseRest adapter =
        new SupabaseRest(
            mapping,
            new Participants(List.of(mapping)),
            "contacts_master",
            "id",
            Duration.ZERO,
            100,
            Clock.systemUTC());
    adapter.learnFromRow(new HttpAnswer(about(null), 200, JSON.arrayNode(), null, null));
    return adapter;
  }

  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void a_write_has_one_outcome_whatever_is_answered(@ForAll long seed) {
    writes(seed);
  }

  @Property(tries = 100_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void a_write_has_one_outcome_whatever_is_answered_for_long(@ForAll long seed) {
    writes(seed);
  }

  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void what_is_told_of_feed_and_columns_is_understood_or_refused(@ForAll long seed) {
    told(seed);
  }

  @Property(tries = 100_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void what_is_told_of_feed_and_columns_is_understood_or_refused_for_long(@ForAll long seed) {
    told(seed);
  }

  private static Write write(String contactId, String externalId) {
    return new Write(
        "w",
        "supabase",
        Contact.blank(contactId),
        externalId,
        null,
        Map.of("first_name", new Value.Text("Ada")),
        1);
  }

  private static ObjectNode row(String id, String contactId) {
    return ((ObjectNode) Mangled.read(ROW)).put("id", id).put("contact_id", contactId);
  }

  private void writes(long seed) {
    good(new Batch("supabase", List.of(write("c-1", null), write("c-2", null)), true), seed);
    good(new Batch("supabase", List.of(write("c-1", "1"), write("c-2", "2")), true), seed);
  }

  /** The first is mangled, the second is good; and the whole of it mangled. */
  private void good(Batch batch, long seed) {
    ArrayNode rows =
        JSON.arrayNode().add(new Mangled(seed).tree(row("1", "c-1"))).add(row("2", "c-2"));
    List<Outcome> outcomes = outcomes(new HttpAnswer(about(batch), 200, rows, null, null));
    assertThat(outcomes)
        .hasSize(2)
        .filteredOn(Outcome.Applied.class::isInstance)
        .extracting(outcome -> ((Outcome.Applied) outcome).write())
        .contains(batch.writes().get(1));
    JsonNode all = JSON.arrayNode().add(row("1", "c-1")).add(row("2", "c-2"));
    byAWordAlone(() -> assertThat(outcomes(anything(batch, all, seed))).hasSize(2));
  }

  private List<Outcome> outcomes(HttpAnswer answer) {
    return answer.about(Batch.class).creations().isEmpty()
        ? supabase().changed(answer)
        : supabase().created(answer);
  }

  private static HttpCall about(Object about) {
    return HttpCall.post("/contacts_master", null, "[]", about);
  }

  private static HttpAnswer anything(Object about, JsonNode good, long seed) {
    Mangled mangled = new Mangled(seed);
    int status = mangled.below(2) == 0 ? 200 + mangled.below(5) : 100 + mangled.below(500);
    JsonNode body = mangled.below(10) == 0 ? null : mangled.tree(good);
    return new HttpAnswer(about(about), status, body, null, mangled.text());
  }

  private static Reading reading() {
    return new Reading(
        Cursor.none("supabase"), Walk.from(Cursor.none("supabase")), Reading.Purpose.CHANGES);
  }

  private void told(long seed) {
    SupabaseRest supabase = supabase();
    byAWordAlone(() -> supabase.begin(anything(reading(), Mangled.read(INFO), seed)));
    Reading begun = reading();
    supabase().begin(new HttpAnswer(about(begun), 200, Mangled.read(INFO), null, null));
    assertThat(begun.walk().position()).as("the feed is followed").isNotNull();
    byAWordAlone(() -> supabase.entries(anything(begun, Mangled.read(ENTRIES), seed)));
    byAWordAlone(() -> supabase.learnSchema(anything(null, Mangled.read(SCHEMA), seed)));
    byAWordAlone(
        () -> supabase.learnFromRow(anything(null, JSON.arrayNode().add(row("1", "c-1")), seed)));
    byAWordAlone(() -> supabase.expect(anything(reading(), JSON.arrayNode(), seed)));
    byAWordAlone(
        () ->
            supabase()
                .page(
                    anything(
                        reading(),
                        JSON.arrayNode().add(row("1", "c-1")).add(row("2", "c-2")),
                        seed)));
  }

  private static void byAWordAlone(Runnable reading) {
    try {
      reading.run();
    } catch (SystemUnavailable | BatchRefused word) {
      assertThat(word).hasMessageNotContaining("ada@example.com");
    }
  }
}
