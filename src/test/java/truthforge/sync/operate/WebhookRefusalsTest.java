package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import truthforge.sync.config.Options;

/** Everything that no webhook is, is refused by a status alone, and counted once. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebhookRefusalsTest {

  private static final String MARK = "mark-of-the-sender";
  private static final String EVENT =
      "{\"eventName\":\"person.updated\",\"record\":{\"id\":\"6f0a6a3e-0000-4000-8000-000000000001\","
          + "\"notes\":\""
          + MARK
          + "\"}}";

  private Listening service;

  @BeforeAll
  void a_service(@TempDir Path folder) throws Exception {
    World world = World.withoutEngine(folder, "twenty", "supabase", "local");
    world.set(Options.SERVICE_REQUEST_SECONDS, "2");
    service = new Listening(world, Engine.Mode.LISTENING);
    world.engine.runCycle();
  }

  @AfterAll
  void it_ends() {
    service.close();
  }

  /** A request as it goes over the wire. */
  private final class Wire {
    private String method = "POST";
    private String path = "/webhooks/twenty?q=" + MARK;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private byte[] body = EVENT.getBytes(StandardCharsets.UTF_8);
    private int sentBytes = Integer.MAX_VALUE;

    Wire() {
      headers.put("Content-Type", "application/json");
      headers.put("X-Mark", MARK);
    }

    Wire method(String name) {
      method = name;
      return this;
    }

    Wire path(String text) {
      path = text;
      return this;
    }

    Wire with(String header, String value) {
      if (value == null) {
        headers.remove(header);
      } else {
        headers.put(header, value);
      }
      return this;
    }

    Wire body(String text) {
      body = text.getBytes(StandardCharsets.UTF_8);
      return this;
    }

    Wire signed() {
      return signed(service.now(), Listening.SECRET);
    }

    Wire signed(String timestamp, String secret) {
      return with("X-Twenty-Webhook-Timestamp", timestamp)
          .with("X-Twenty-Webhook-Signature", Listening.signature(secret, timestamp, body));
    }

    /** Announces all of the body and then falls silent. */
    Wire fallingSilentAfter(int bytes) {
      sentBytes = bytes;
      return this;
    }

    byte[] head() throws IOException {
      return fallingSilentAfter(0).bytes();
    }

    byte[] bytes() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: test\r\n");
      headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
      if (!headers.containsKey("Transfer-Encoding")) {
        head.append("Content-Length: " + body.length + "\r\n");
      }
      out.write((head + "\r\n").getBytes(StandardCharsets.UTF_8));
      out.write(body, 0, Math.min(sentBytes, body.length));
      return out.toByteArray();
    }
  }

  private record Refused(String what, int status, String counter, Wire wire) {
    @Override
    public String toString() {
      return what;
    }
  }

  private Wire twenty() {
    return new Wire();
  }

  private Wire supabase() {
    return new Wire()
        .path("/webhooks/supabase?q=" + MARK)
        .body("{\"type\":\"DELETE\",\"table\":\"contacts_master\",\"old_record\":{\"id\":\"7\"}}");
  }

  private String atMinutes(int minutes) {
    return String.valueOf(service.world.time.instant().plusSeconds(minutes * 60L).toEpochMilli());
  }

  Stream<Refused> refusals() {
    String deep = "{\"a\":".repeat(5000) + "1" + "}".repeat(5000);
    String large = "{\"eventName\":\"" + "x".repeat(1 << 20) + "\"}";
    byte[] changed = EVENT.getBytes(StandardCharsets.UTF_8);
    changed[20]++;
    List<Refused> all = new ArrayList<>();
    all.add(new Refused("no signature", 401, "no-signature", twenty()));
    all.add(
        new Refused(
            "signature without timestamp",
            401,
            "no-signature",
            twenty().signed().with("X-Twenty-Webhook-Timestamp", null)));
    all.add(
        new Refused(
            "signed by another secret",
            401,
            "wrong-signature",
            twenty().signed(service.now(), "another")));
    all.add(
        new Refused(
            "signature that is no hex",
            401,
            "wrong-signature",
            twenty().signed().with("X-Twenty-Webhook-Signature", "zz")));
    all.add(
        new Refused(
            "empty signature",
            401,
            "wrong-signature",
            twenty().signed().with("X-Twenty-Webhook-Signature", "")));
    all.add(
        new Refused(
            "body changed by one byte",
            401,
            "wrong-signature",
            twenty().signed().body(new String(changed, StandardCharsets.UTF_8))));
    all.add(
        new Refused(
            "another timestamp than was signed",
            401,
            "wrong-signature",
            twenty().signed().with("X-Twenty-Webhook-Timestamp", atMinutes(1))));
    all.add(
        new Refused(
            "six minutes old", 401, "too-old", twenty().signed(atMinutes(-6), Listening.SECRET)));
    all.add(
        new Refused(
            "six minutes ahead", 401, "too-old", twenty().signed(atMinutes(6), Listening.SECRET)));
    all.add(
        new Refused(
            "timestamp that is no number",
            401,
            "too-old",
            twenty().signed("yesterday", Listening.SECRET)));
    all.add(
        new Refused(
            "signed, but no JSON", 400, "not-json", twenty().body("{\"a\" " + MARK).signed()));
    all.add(
        new Refused(
            "signed, but two JSON texts", 400, "not-json", twenty().body(EVENT + EVENT).signed()));
    all.add(new Refused("signed, but empty", 400, "no-event", twenty().body("").signed()));
    all.add(new Refused("signed, but no object", 400, "no-event", twenty().body("[1]").signed()));
    all.add(new Refused("nested 5,000 deep", 400, "too-deep", twenty().body(deep).signed()));
    all.add(new Refused("more than a mebibyte", 413, "too-large", twenty().body(large).signed()));
    all.add(
        new Refused(
            "more than a mebibyte in chunks",
            413,
            "too-large",
            twenty()
                .with("Transfer-Encoding", "chunked")
                .body(chunked("x".repeat((1 << 20) + 1)))));
    all.add(
        new Refused(
            "another content type",
            415,
            "wrong-type",
            twenty().signed().with("Content-Type", "text/plain")));
    all.add(
        new Refused(
            "a form",
            415,
            "wrong-type",
            twenty().signed().with("Content-Type", "application/x-www-form-urlencoded")));
    all.add(
        new Refused(
            "no content type", 415, "wrong-type", twenty().signed().with("Content-Type", null)));
    for (String method : List.of("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD")) {
      all.add(new Refused(method, 405, "wrong-method", twenty().signed().method(method)));
    }
    all.add(new Refused("another path", 404, "no-such-path", twenty().signed().path("/" + MARK)));
    all.add(
        new Refused(
            "a path around corners",
            404,
            "no-such-path",
            twenty().signed().path("/webhooks/../webhooks/twenty/" + MARK)));
    Wire manyHeaders = twenty().signed();
    for (int i = 0; i < 150; i++) {
      manyHeaders.with("X-" + i, MARK);
    }
    all.add(new Refused("150 headers", 431, "too-many-headers", manyHeaders));
    all.add(new Refused("slow sender", 408, "too-slow", twenty().signed().fallingSilentAfter(10)));
    all.add(new Refused("Supabase without its secret", 401, "no-signature", supabase()));
    all.add(
        new Refused(
            "Supabase with another secret",
            401,
            "wrong-signature",
            supabase().with("X-Webhook-Secret", Listening.SUPABASE_SECRET + "x")));
    all.add(
        new Refused(
            "Supabase with its secret, but no JSON",
            400,
            "not-json",
            supabase().with("X-Webhook-Secret", Listening.SUPABASE_SECRET).body("<xml/>")));
    return all.stream();
  }

  private static String chunked(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n0\r\n\r\n";
  }

  private Map<String, Double> counters() {
    Map<String, Double> counters = new TreeMap<>();
    for (WebhookCounts.Refusal refusal : WebhookCounts.Refusal.values()) {
      counters.put(refusal.label(), service.refused(refusal.label()));
    }
    return counters;
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void is_refused_by_a_status_alone_and_counted_once(Refused refused) throws Exception {
    Map<String, Double> expected = counters();
    expected.merge(refused.counter(), 1.0, Double::sum);
    long calls = service.world.twenty.calls() + service.world.supabase.calls();

    RawHttp.Answer answer = RawHttp.exchange(service.port, refused.wire().bytes());

    assertThat(answer.status()).isEqualTo(refused.status());
    assertThat(answer.body()).isEmpty();
    assertThat(answer.head()).doesNotContain(MARK).doesNotContainIgnoringCase("exception");
    assertThat(counters()).isEqualTo(expected);
    assertThat(service.inbox("twenty") + service.inbox("supabase")).isZero();
    assertThat(service.world.twenty.calls() + service.world.supabase.calls()).isEqualTo(calls);
  }

  /** Bytes keep coming, so no idle timeout would do. */
  @Test
  void whoever_sends_byte_by_byte_is_cut_off() throws Exception {
    Map<String, Double> expected = counters();
    byte[] event = twenty().signed().bytes();
    byte[] nothing = {};
    byte[] task = twenty().body("{\"eventName\":\"task.updated\"}").signed().bytes();

    CompletableFuture<String> headers = dribbling(nothing, event);
    CompletableFuture<String> body =
        dribbling(twenty().signed().head(), EVENT.getBytes(StandardCharsets.UTF_8));
    CompletableFuture<Boolean> silent =
        CompletableFuture.supplyAsync(
            () -> {
              try (Socket socket = RawHttp.connect(service.port)) {
                return RawHttp.isClosed(socket);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    CompletableFuture<String> second = dribbling(task, event);

    assertThat(headers.get()).as("no answer, as there is no request").isEmpty();
    assertThat(body.get()).startsWith("HTTP/1.1 408").endsWith("\r\n\r\n");
    assertThat(silent.get()).isTrue();
    assertThat(second.get()).as("of the first request").startsWith("HTTP/1.1 204");
    // The first three; the fourth had brought a good event before.
    expected.merge("too-slow", 3.0, Double::sum);
    assertThat(counters()).isEqualTo(expected);
  }

  private CompletableFuture<String> dribbling(byte[] atOnce, byte[] oneByOne) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return RawHttp.dribble(service.port, atOnce, oneByOne);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        command -> new Thread(command, "dribbling").start());
  }

  @Test
  void one_connection_too_many_is_closed_and_the_others_go_on() throws Exception {
    double before = service.refused("too-many");
    Deque<Socket> open = new ArrayDeque<>();
    try {
      while (open.size() <= ServicePort.MOST_CONNECTIONS) {
        open.add(RawHttp.connect(service.port));
      }
      service.await("one to be turned away", () -> service.refused("too-many") == before + 1);
      assertThat(service.world.engine.servicePort().connected())
          .isEqualTo(ServicePort.MOST_CONNECTIONS);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    service.await(
        "the connections to be gone", () -> service.world.engine.servicePort().connected() == 0);

    String good = "{\"eventName\":\"task.updated\",\"n\":\"after the many\"}";
    assertThat(RawHttp.exchange(service.port, twenty().body(good).signed().bytes()).status())
        .isEqualTo(204);
  }

  Stream<Refused> noHttp() {
    return Stream.of(
        new Refused(
            "a header of 100 KB", 431, "malformed", twenty().with("X-Long", "y".repeat(100_000))),
        new Refused("a path of 100 KB", 414, "malformed", twenty().path("/" + "y".repeat(100_000))),
        new Refused(
            "a length that is no number", 400, "malformed", twenty().with("Content-Length", "x")));
  }

  @ParameterizedTest
  @MethodSource("noHttp")
  void what_is_no_request_is_refused_without_a_word(Refused refused) throws Exception {
    Map<String, Double> expected = counters();
    expected.merge(refused.counter(), 1.0, Double::sum);

    RawHttp.Answer answer = RawHttp.exchange(service.port, refused.wire().bytes());

    assertThat(answer.status()).isEqualTo(refused.status());
    assertThat(answer.body()).isEmpty();
    assertThat(answer.head()).doesNotContain(MARK).doesNotContainIgnoringCase("exception");
    assertThat(counters()).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void a_good_event_passes_right_after_one_that_was_refused(Refused refused) throws Exception {
    if (refused.status() == 408) {
      return;
    }
    RawHttp.exchange(service.port, refused.wire().bytes());

    String good = "{\"eventName\":\"task.updated\",\"n\":\"" + refused.what() + "\"}";
    assertThat(RawHttp.exchange(service.port, twenty().body(good).signed().bytes()).status())
        .isEqualTo(204);
  }
}
