package truthforge.sync.sandbox.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SupabaseStandInTest {

  private static final String TABLE = "contacts_master";

  private final HttpClient client = HttpClient.newHttpClient();
  private SupabaseStandIn supabase;

  @BeforeEach
  void start() {
    supabase = SupabaseStandIn.start();
  }

  @AfterEach
  void stop() {
    supabase.close();
  }

  @Test
  void rows_behind_the_cap_are_all_read_by_keyset_until_a_page_is_empty() throws Exception {
    loadRows(2500, i -> "2026-01-01T00:00:00.00" + i % 10 + "Z");

    Set<String> seen = new LinkedHashSet<>();
    List<Integer> pages = new ArrayList<>();
    String after = "";
    while (true) {
      HttpResponse<String> page =
          get("/" + TABLE + "?select=id,updated_at&order=updated_at.asc,id.asc&limit=5000" + after);
      JsonNode rows = json(page);
      pages.add(rows.size());
      if (rows.isEmpty()) {
        break;
      }
      rows.forEach(row -> seen.add(row.get("id").asText()));
      JsonNode last = rows.get(rows.size() - 1);
      String time = last.get("updated_at").asText();
      after =
          "&or="
              + encode(
                  "(updated_at.gt.\""
                      + time
                      + "\",and(updated_at.eq.\""
                      + time
                      + "\",id.gt."
                      + last.get("id").asText()
                      + "))");
    }

    assertThat(pages).containsExactly(1000, 1000, 500, 0);
    assertThat(seen).hasSize(2500);
  }

  @Test
  void a_plus_sign_that_is_not_encoded_is_a_space_and_is_refused() throws Exception {
    HttpResponse<String> answer =
        get("/" + TABLE + "?updated_at=gt.2026-01-01T00:00:00.123456+00:00");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).get("code").asText()).isEqualTo("22007");
  }

  @Test
  void one_refused_record_among_many_leaves_none_written() throws Exception {
    HttpResponse<String> answer =
        send(
            "POST",
            "/" + TABLE,
            "return=minimal",
            "[{\"contact_id\":\"a\",\"birthday\":\"1990-02-03\"},"
                + "{\"contact_id\":\"b\",\"birthday\":\"in May\"}]");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(supabase.rows(TABLE)).isEmpty();
  }

  @Test
  void a_change_that_fails_half_way_is_undone_in_every_index() throws Exception {
    post("[{\"contact_id\":\"a\",\"notes\":\"1\"},{\"contact_id\":\"b\",\"notes\":\"2\"}]");

    HttpResponse<String> answer =
        send("PATCH", "/" + TABLE + "?contact_id=not.is.null", "", "{\"contact_id\":\"c\"}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(json(get("/" + TABLE + "?contact_id=eq.a&select=notes")).toString())
        .isEqualTo("[{\"notes\":\"1\"}]");
  }

  @Test
  void an_insert_that_ignores_duplicates_leaves_the_row_that_is_there_and_out_of_the_answer()
      throws Exception {
    post("[{\"contact_id\":\"a\",\"first_name\":\"Ann\"}]");

    HttpResponse<String> answer =
        send(
            "POST",
            "/" + TABLE + "?on_conflict=contact_id&select=contact_id",
            "resolution=ignore-duplicates,return=representation",
            "[{\"contact_id\":\"a\",\"first_name\":\"Eve\"},"
                + "{\"contact_id\":\"b\",\"first_name\":\"Bob\"}]");

    assertThat(json(answer).toString()).isEqualTo("[{\"contact_id\":\"b\"}]");
    assertThat(rowOf("a").get("first_name").asText()).isEqualTo("Ann");
  }

  @Test
  void a_conditional_change_of_a_row_that_has_moved_changes_nothing_and_counts_zero()
      throws Exception {
    post("[{\"contact_id\":\"a\",\"first_name\":\"Ann\"}]");
    String read = rowOf("a").get("updated_at").asText();
    supabase.update(TABLE, rowOf("a").get("id").asText(), object("first_name", "Anna"));

    HttpResponse<String> answer =
        send(
            "PATCH",
            "/" + TABLE + "?contact_id=eq.a&updated_at=eq." + encode(read),
            "return=minimal,count=exact",
            "{\"first_name\":\"Eve\"}");

    assertThat(answer.headers().firstValue("Content-Range")).contains("*/0");
    assertThat(rowOf("a").get("first_name").asText()).isEqualTo("Anna");
  }

  @Test
  void of_many_writers_that_expect_the_same_state_one_wins() throws Exception {
    post("[{\"contact_id\":\"a\"}]");
    String read = rowOf("a").get("updated_at").asText();
    List<CompletableFuture<HttpResponse<String>>> writers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      writers.add(
          client.sendAsync(
              request(
                  "PATCH",
                  "/" + TABLE + "?contact_id=eq.a&updated_at=eq." + encode(read),
                  "return=representation",
                  "{\"notes\":\"" + i + "\"}"),
              HttpResponse.BodyHandlers.ofString()));
    }

    List<Integer> changed = new ArrayList<>();
    for (CompletableFuture<HttpResponse<String>> writer : writers) {
      changed.add(json(writer.get(20, TimeUnit.SECONDS)).size());
    }

    assertThat(changed.stream().mapToInt(Integer::intValue).sum()).isEqualTo(1);
  }

  @Test
  void the_time_of_the_last_change_moves_forwards_even_from_the_future() {
    supabase.load(
        TABLE,
        object("contact_id", "a")
            .put("id", "00000000-0000-4000-8000-000000000001")
            .put("updated_at", "2099-01-01T00:00:00Z"));

    JsonNode row =
        supabase.update(TABLE, "00000000-0000-4000-8000-000000000001", object("first_name", "Ann"));

    assertThat(row.get("updated_at").asText()).isEqualTo("2099-01-01T00:00:00.000001+00:00");
  }

  @Test
  void a_key_without_rights_sees_an_empty_table() throws Exception {
    post("[{\"contact_id\":\"a\"}]");

    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(supabase.url() + "/rest/v1/" + TABLE))
                .header("apikey", supabase.publishableKey())
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode() + " " + answer.body()).isEqualTo("200 []");
  }

  @Test
  void a_legacy_key_needs_the_bearer_token_to_have_its_rights() throws Exception {
    post("[{\"contact_id\":\"a\"}]");
    String key = supabase.jwt("service_role", 4_000_000_000L);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(supabase.url() + "/rest/v1/" + TABLE))
            .header("apikey", key);

    HttpResponse<String> without =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    HttpResponse<String> with =
        client.send(
            request.header("Authorization", "Bearer " + key).build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(List.of(json(without).size(), json(with).size())).containsExactly(0, 1);
  }

  @Test
  void a_request_without_a_key_or_with_an_unknown_one_is_stopped_at_the_gateway() throws Exception {
    URI url = URI.create(supabase.url() + "/rest/v1/" + TABLE);
    HttpResponse<String> without =
        client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
    HttpResponse<String> unknown =
        client.send(
            HttpRequest.newBuilder(url).header("apikey", "sb_secret_other").build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(List.of(without.statusCode(), unknown.statusCode())).containsExactly(401, 401);
  }

  @Test
  void a_secret_key_as_bearer_token_is_refused() throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(supabase.url() + "/rest/v1/" + TABLE))
                .header("apikey", supabase.secretKey())
                .header("Authorization", "Bearer " + supabase.secretKey())
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(json(answer).get("code").asText()).isEqualTo("PGRST301");
  }

  @Test
  void contacts_are_found_by_an_email_in_their_list_and_by_a_key_in_a_document() throws Exception {
    post(
        "[{\"contact_id\":\"a\",\"emails\":[\"x@example.com\",\"y@example.com\"],"
            + "\"sync_metadata\":{\"version\":7}},"
            + "{\"contact_id\":\"b\",\"emails\":[\"z@example.com\"],\"sync_metadata\":null}]");

    JsonNode byEmail =
        json(get("/" + TABLE + "?select=contact_id&emails=cs." + encode("[\"y@example.com\"]")));
    JsonNode byVersion = json(get("/" + TABLE + "?select=contact_id&sync_metadata->>version=eq.7"));

    assertThat(byEmail.toString() + byVersion)
        .isEqualTo("[{\"contact_id\":\"a\"}][{\"contact_id\":\"a\"}]");
  }

  @Test
  void a_loaded_row_is_kept_as_given_and_leaves_no_trace() throws Exception {
    supabase.load(
        TABLE,
        object("contact_id", "a")
            .put("id", "00000000-0000-4000-8000-000000000001")
            .put("updated_at", "2026-01-01T00:00:00.1Z"));

    assertThat(supabase.calls()).isZero();
    assertThat(rowOf("a").get("updated_at").asText()).isEqualTo("2026-01-01T00:00:00.1+00:00");
    assertThat(feed(0, 0)).isEmpty();
  }

  @Test
  void a_webhook_that_fails_is_not_sent_again() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    HttpServer hook =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hook.createContext(
        "/",
        exchange -> {
          received.add(
              exchange.getRequestHeaders().getFirst("X-Secret")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(500, -1);
          exchange.close();
        });
    hook.start();
    try {
      supabase.webhook(
          URI.create("http://127.0.0.1:" + hook.getAddress().getPort() + "/hook"),
          Map.of("X-Secret", "s3cret"));
      post("[{\"contact_id\":\"a\"}]");
      String first = received.poll(10, TimeUnit.SECONDS);
      // Each attempt is counted when it ends: two rows, two attempts.
      post("[{\"contact_id\":\"b\"}]");
      String second = received.poll(10, TimeUnit.SECONDS);
      awaitWebhooks(2);

      assertThat(first).startsWith("s3cret {\"type\": \"INSERT\", \"table\": \"contacts_master\"");
      assertThat(second).contains("\"contact_id\": \"b\"");
      assertThat(received).isEmpty();
    } finally {
      hook.stop(0);
    }
  }

  @Test
  void a_webhook_of_a_delete_names_the_row_that_is_gone() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    HttpServer hook =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hook.createContext(
        "/",
        exchange -> {
          received.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    hook.start();
    try {
      post("[{\"contact_id\":\"a\"}]");
      supabase.webhook(
          URI.create("http://127.0.0.1:" + hook.getAddress().getPort() + "/"), Map.of());

      send("DELETE", "/" + TABLE + "?contact_id=eq.a", "", null);
      JsonNode body = PgJson.parse(received.poll(10, TimeUnit.SECONDS));

      assertThat(body.get("record").isNull()).isTrue();
      assertThat(body.get("old_record").get("contact_id").asText()).isEqualTo("a");
    } finally {
      hook.stop(0);
    }
  }

  @Test
  void apply_changes_only_rows_that_are_as_expected_and_returns_them_whole() throws Exception {
    post("[{\"contact_id\":\"a\",\"notes\":\"1\"},{\"contact_id\":\"b\",\"notes\":\"2\"}]");
    JsonNode a = rowOf("a");
    JsonNode b = rowOf("b");
    supabase.update(TABLE, b.get("id").asText(), object("notes", "by a person"));

    JsonNode applied =
        json(
            rpc(
                "sync_apply",
                "{\"target\":\"contacts_master\",\"rows\":["
                    + applyRow(a, "{\"first_name\":\"Ann\"}")
                    + ","
                    + applyRow(b, "{\"notes\":\"by the service\"}")
                    + "]}"));

    assertThat(applied).hasSize(1);
    assertThat(applied.get(0)).isEqualTo(rowOf("a"));
    assertThat(rowOf("a").get("first_name").asText()).isEqualTo("Ann");
    assertThat(rowOf("b").get("notes").asText()).isEqualTo("by a person");
  }

  @Test
  void apply_expects_null_where_the_row_has_no_time() throws Exception {
    supabase.load(
        TABLE,
        object("contact_id", "a")
            .put("id", "00000000-0000-4000-8000-000000000001")
            .putNull("updated_at"));

    JsonNode applied =
        json(
            rpc(
                "sync_apply",
                "{\"target\":\"contacts_master\",\"rows\":["
                    + applyRow(rowOf("a"), "{\"notes\":\"x\"}")
                    + "]}"));

    assertThat(applied).hasSize(1);
  }

  @Test
  void the_feed_tells_inserts_updates_and_deletes_in_order() throws Exception {
    post("[{\"contact_id\":\"a\"}]");
    send("PATCH", "/" + TABLE + "?contact_id=eq.a", "", "{\"notes\":\"x\"}");
    send("DELETE", "/" + TABLE + "?contact_id=eq.a", "", null);

    JsonNode entries = feed(0, 0);

    List<String> operations = new ArrayList<>();
    entries.forEach(entry -> operations.add(entry.get("op").asText()));
    assertThat(operations).containsExactly("I", "U", "D");
    assertThat(entries.get(2).get("row_data").get("notes").asText()).isEqualTo("x");
  }

  @Test
  void a_writer_that_does_not_end_holds_the_feed_back() throws Exception {
    try (SupabaseStandIn.IdleWriter idle = supabase.idleWriter()) {
      assertThat(idle).isNotNull();
      post("[{\"contact_id\":\"a\"}]");
      assertThat(feed(0, 0)).isEmpty();
    }
    assertThat(feed(0, 0)).hasSize(1);
  }

  @Test
  void a_restored_database_has_the_rows_of_then_and_its_transactions_run_back() throws Exception {
    post("[{\"contact_id\":\"a\",\"notes\":\"then\"}]");
    SupabaseStandIn.Backup backup = supabase.backup();
    supabase.update(TABLE, rowOf("a").get("id").asText(), object("notes", "since"));
    post("[{\"contact_id\":\"b\"}]");
    long before = json(rpc("sync_feed_info", "{}")).get("next_txid").asLong();

    backup.restore();

    assertThat(supabase.rows(TABLE)).hasSize(1);
    assertThat(
            json(get("/" + TABLE + "?contact_id=eq.a&select=notes")).get(0).get("notes").asText())
        .isEqualTo("then");
    assertThat(json(rpc("sync_feed_info", "{}")).get("next_txid").asLong()).isLessThan(before);
  }

  @Test
  void a_changed_primary_key_is_a_delete_and_a_change_in_the_feed() throws Exception {
    post("[{\"contact_id\":\"a\"}]");
    send(
        "PATCH",
        "/" + TABLE + "?contact_id=eq.a",
        "",
        "{\"id\":\"00000000-0000-4000-8000-000000000001\"}");

    List<String> operations = new ArrayList<>();
    feed(0, 0).forEach(entry -> operations.add(entry.get("op").asText()));
    assertThat(operations).containsExactly("I", "D", "U");
  }

  @Test
  void a_project_before_setup_has_no_feed() throws Exception {
    supabase.close();
    supabase = SupabaseStandIn.builder().bare().start();

    HttpResponse<String> answer = rpc("sync_feed_info", "{}");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(json(answer).get("code").asText()).isEqualTo("PGRST202");
  }

  private void loadRows(int count, java.util.function.IntFunction<String> time) {
    for (int i = 0; i < count; i++) {
      supabase.load(
          TABLE,
          object("contact_id", "c" + i)
              .put("id", String.format("00000000-0000-4000-8000-%012d", i + 1))
              .put("updated_at", time.apply(i)));
    }
  }

  private void awaitWebhooks(long count) {
    long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (supabase.webhooksSent() < count && System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    assertThat(supabase.webhooksSent()).isEqualTo(count);
  }

  private JsonNode feed(long txid, long seq) throws Exception {
    return json(rpc("sync_feed", "{\"after_txid\":" + txid + ",\"after_seq\":" + seq + "}"));
  }

  private static String applyRow(JsonNode row, String set) {
    return "{\"id\":"
        + row.get("id")
        + ",\"expected\":"
        + row.get("updated_at")
        + ",\"set\":"
        + set
        + "}";
  }

  private JsonNode rowOf(String contactId) {
    return supabase.rows(TABLE).stream()
        .filter(row -> row.get("contact_id").asText().equals(contactId))
        .findFirst()
        .orElseThrow();
  }

  private static ObjectNode object(String key, String value) {
    return JsonNodeFactory.instance.objectNode().put(key, value);
  }

  private void post(String rows) throws Exception {
    ArrayNode body = (ArrayNode) PgJson.parse(rows);
    assertThat(send("POST", "/" + TABLE, "return=minimal", body.toString()).statusCode())
        .isEqualTo(201);
  }

  private HttpResponse<String> rpc(String function, String arguments) throws Exception {
    return send("POST", "/rpc/" + function, "", arguments);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send("GET", path, "", null);
  }

  private HttpResponse<String> send(String method, String path, String prefer, String body)
      throws Exception {
    return client.send(request(method, path, prefer, body), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(String method, String path, String prefer, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(supabase.url() + "/rest/v1" + path.replace(">", "%3E")))
            .header("apikey", supabase.secretKey())
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!prefer.isEmpty()) {
      request.header("Prefer", prefer);
    }
    return request.build();
  }

  private static JsonNode json(HttpResponse<String> response) {
    return PgJson.parse(response.body());
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
