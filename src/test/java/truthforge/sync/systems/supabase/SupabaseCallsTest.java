package truthforge.sync.systems.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.Replica;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.Reading;
import truthforge.sync.systems.Walk;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

/** Each request as it leaves, to the letter: method, address, headers and body. */
class SupabaseCallsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final SupabaseRest supabase =
      new SupabaseRest(
          MappingFiles.shipped("supabase").limitedTo(SupabaseCallsTest::few),
          new Participants(List.of(MappingFiles.shipped("supabase"))),
          "contacts_master",
          "id",
          Duration.ofSeconds(60),
          100,
          Clock.fixed(NOW, ZoneOffset.UTC));

  private static boolean few(String column) {
    return List.of(
            "contact_id", "first_name", "notes", "emails", "deleted_at", "updated_at", "created_at")
        .contains(column);
  }

  @BeforeEach
  void learn() throws IOException {
    JsonNode columns =
        JSON.readTree(
            """
            {"definitions": {"contacts_master": {"properties": {
              "id": {"format": "uuid", "description": "Note:\\nThis is a Primary Key.<pk/>"},
              "contact_id": {"format": "text"}, "first_name": {"format": "text"},
              "notes": {"format": "text"}, "emails": {"format": "jsonb"},
              "deleted_at": {"format": "timestamp with time zone"},
              "updated_at": {"format": "timestamp with time zone"},
              "created_at": {"format": "timestamp with time zone"}}}},
             "paths": {}}
            """);
    supabase.learnSchema(answer(supabase.schemaCall(), columns));
  }

  private static HttpAnswer answer(HttpCall call, JsonNode body) {
    return new HttpAnswer(call, 200, body, NOW, null);
  }

  private static HttpAnswer answer(HttpCall call, String body) throws IOException {
    return answer(call, JSON.readTree(body));
  }

  private static void same(String name, HttpCall call) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(call.method()).append(' ').append(call.path());
    text.append(call.query() == null ? "" : "?" + call.query()).append('\n');
    new TreeMap<>(call.headers()).forEach((h, v) -> text.append(h + ": " + v + "\n"));
    text.append(call.body() == null ? "" : "\n" + JSON.readTree(call.body()).toPrettyString());
    try (InputStream in =
        SupabaseCallsTest.class.getResourceAsStream("/golden/supabase/" + name + ".txt")) {
      assertThat(text.toString().strip())
          .isEqualTo(
              in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip());
    }
  }

  private static Reading changesSince(String position) {
    Cursor cursor = new Cursor("supabase", position, null, NOW);
    return new Reading(cursor, Walk.from(cursor), Reading.Purpose.CHANGES);
  }

  private static Reading everything() {
    return new Reading(
        Cursor.none("supabase"), Walk.from(Cursor.none("supabase")), Reading.Purpose.CHANGES);
  }

  @Test
  void everything_is_read_by_id_and_the_next_page_begins_behind_the_last_id() throws IOException {
    Reading reading = everything();
    same("all-first", supabase.pageCall(reading));

    supabase.page(
        answer(
            supabase.pageCall(reading),
            "[{\"id\":\"00000000-0000-4000-8000-000000000009\",\"contact_id\":\"a\","
                + "\"updated_at\":\"2026-01-01T00:00:00.123456+00:00\"}]"));

    same("all-next", supabase.pageCall(reading));
  }

  @Test
  void changes_are_read_by_time_to_the_microsecond_as_it_was_given() throws IOException {
    Reading reading = changesSince("{\"since\":\"2026-11-22T11:00:00Z\"}");
    same("changes-first", supabase.pageCall(reading));

    supabase.page(
        answer(
            supabase.pageCall(reading),
            "[{\"id\":\"00000000-0000-4000-8000-000000000009\",\"contact_id\":\"a\","
                + "\"updated_at\":\"2026-11-22T11:30:00.123456+00:00\"}]"));

    same("changes-next", supabase.pageCall(reading));
  }

  @Test
  void the_feed_is_asked_where_it_stands_and_for_what_follows_the_last_entry() throws IOException {
    Reading reading =
        changesSince(
            "{\"since\":\"2026-11-22T11:00:00Z\","
                + "\"feed\":{\"identity\":\"7.1.9\",\"txid\":5000,\"seq\":12}}");
    same("feed-info", supabase.feedCall(reading));

    supabase.begin(
        answer(
            supabase.feedCall(reading),
            "{\"now\":\"2026-11-22T12:00:00.5+00:00\",\"identity\":\"7.1.9\",\"next_txid\":6000,"
                + "\"safe_txid\":6000,\"pruned_below\":5000,"
                + "\"watched\":{\"public.contacts_master\":\"id\"}}"));

    same("feed-entries", supabase.entriesCall(reading));
    SupabaseFeed.Named named =
        supabase.entries(
            answer(
                supabase.entriesCall(reading),
                "[{\"seq\":12,\"txid\":5000,\"tbl\":\"public.contacts_master\",\"op\":\"U\","
                    + "\"pk\":{\"id\":\"00000000-0000-4000-8000-000000000001\"}},"
                    + "{\"seq\":13,\"txid\":5001,\"tbl\":\"public.contacts_master\",\"op\":\"U\","
                    + "\"pk\":{\"id\":\"00000000-0000-4000-8000-000000000002\"}},"
                    + "{\"seq\":15,\"txid\":5002,\"tbl\":\"public.contacts_master\",\"op\":\"D\","
                    + "\"pk\":{\"id\":\"00000000-0000-4000-8000-000000000003\"}}]"));
    assertThat(supabase.namedCalls(named)).hasSize(1);
    same("feed-rows", supabase.namedCalls(named).get(0));
  }

  private static Contact ann() {
    Map<String, FieldState> fields = new LinkedHashMap<>();
    fields.put("first_name", state(new Value.Text("Ann")));
    fields.put(Fields.EMAILS_FIELD, state(new Value.Items(List.of("ann+x@example.com"))));
    return new Contact("c-1", 1, fields, Instant.parse("2026-01-01T00:00:00Z"));
  }

  private static FieldState state(Value value) {
    return new FieldState(value, 1, Instant.parse("2026-11-22T10:00:00Z"), "local");
  }

  @Test
  void a_record_that_may_have_been_created_is_looked_for_by_contact_and_email() throws IOException {
    List<HttpCall> calls =
        supabase.readCalls(List.of(new Reread(Replica.absent("c-1", "supabase"), ann())));

    assertThat(calls).hasSize(2);
    same("read-by-contact", calls.get(0));
    same("read-by-email", calls.get(1));
  }

  private static Write write(String id, String revision, Map<String, Value> values) {
    return new Write("w-1", "supabase", ann(), id, revision, values, 1);
  }

  @Test
  void creations_are_plain_inserts_that_leave_duplicates_alone() throws IOException {
    Write ann = write(null, null, Map.of("first_name", new Value.Text("Ann")));
    Write other = write(null, null, Map.of("notes", new Value.Text("n")));

    List<HttpCall> calls = supabase.createCalls(new Batch("supabase", List.of(ann, other), true));

    assertThat(calls).hasSize(1);
    same("create", calls.get(0));
  }

  @Test
  void a_change_without_the_function_is_conditional_on_the_time_as_it_was_given()
      throws IOException {
    Write write =
        write(
            "00000000-0000-4000-8000-000000000001",
            "2026-01-01T00:00:00.123456+00:00",
            Map.of("notes", new Value.Text("n")));

    same("patch", supabase.changeCalls(new Batch("supabase", List.of(write), true)).get(0));
  }

  @Test
  void changes_go_in_one_call_with_the_function() throws IOException {
    supabase.begin(
        answer(
            supabase.feedCall(everything()),
            "{\"identity\":\"7.1.9\",\"next_txid\":6000,\"safe_txid\":6000,\"pruned_below\":0,"
                + "\"watched\":{\"public.contacts_master\":\"id\"}}"));
    Write one =
        write(
            "00000000-0000-4000-8000-000000000001",
            "2026-01-01T00:00:00.123456+00:00",
            Map.of("notes", Value.EMPTY));
    Write two =
        write(
            "00000000-0000-4000-8000-000000000002",
            null,
            Map.of("first_name", new Value.Text("Ann")));

    List<HttpCall> calls = supabase.changeCalls(new Batch("supabase", List.of(one, two), true));

    assertThat(calls).hasSize(1);
    same("apply", calls.get(0));
  }
}
