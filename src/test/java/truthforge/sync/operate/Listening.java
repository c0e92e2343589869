package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;
import truthforge.sync.config.Options;

/** A world whose service takes webhooks, and somebody who sends them. */
final class Listening implements AutoCloseable {

  static final String SECRET = "a-secret-of-twenty";
  static final String SUPABASE_SECRET = "a-secret-of-supabase";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One that asks for no HTTP/2 on the way. */
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
  final World world;
  final int port;

  Listening(Path folder, String... systems) throws Exception {
    this(World.withoutEngine(folder, systems), Engine.Mode.LISTENING);
  }

  Listening(World world, Engine.Mode mode) throws Exception {
    this(world, mode, SECRET, SUPABASE_SECRET);
  }

  /** Whose secrets are set where the caller wanted them. */
  Listening(World world) throws Exception {
    this(world, Engine.Mode.LISTENING, "elsewhere", "elsewhere");
  }

  /** With other secrets than those that events are signed by here. */
  Listening(World world, Engine.Mode mode, String secret, String supabaseSecret) throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    this.world = world;
    world.mode = mode;
    world.set(Options.TWENTY_WEBHOOK_SECRET, secret);
    if (world.settings().containsKey(Options.SUPABASE_URL)) {
      world.set(Options.SUPABASE_WEBHOOK_SECRET, supabaseSecret);
    }
    world.set(Options.SERVICE_HOST, "127.0.0.1");
    world.set(Options.SERVICE_PORT, String.valueOf(port));
    start();
  }

  void start() throws Exception {
    world.start();
    listen();
  }

  private void listen() {
    world
        .engine
        .context()
        .getManagementStrategy()
        .addEventNotifier(
            new EventNotifierSupport() {
              @Override
              public void notify(CamelEvent event) {
                if (event instanceof CamelEvent.ExchangeCompletedEvent done) {
                  ended.add(String.valueOf(done.getExchange().getFromRouteId()));
                }
              }
            });
  }

  void restart() throws Exception {
    world.stop();
    start();
  }

  URI url(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Looks again whenever a route has ended. */
  void await(String what, Callable<Boolean> state) throws Exception {
    long limit = System.nanoTime() + PATIENCE.toNanos();
    while (!state.call()) {
      assertThat(System.nanoTime()).as("the time limit for: " + what).isLessThan(limit);
      ended.poll(1, TimeUnit.SECONDS);
    }
  }

  // Twenty

  static String event(String name, String id) {
    return "{\"eventName\":\""
        + name
        + "\",\"record\":{\"id\":\""
        + id
        + "\","
        + "\"jobTitle\":\"claimed by the payload\"}}";
  }

  String now() {
    return String.valueOf(world.time.instant().toEpochMilli());
  }

  static String signature(String secret, String timestamp, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((timestamp + ":").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpRequest signed(String timestamp, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return twenty(timestamp, signature(SECRET, timestamp, bytes), bytes).build();
  }

  HttpRequest.Builder twenty(String timestamp, String signature, byte[] body) {
    return HttpRequest.newBuilder(url("/webhooks/twenty"))
        .timeout(PATIENCE)
        .header("Content-Type", "application/json")
        .header("X-Twenty-Webhook-Timestamp", timestamp)
        .header("X-Twenty-Webhook-Signature", signature)
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  HttpRequest.Builder supabase(String secret, String body) {
    return HttpRequest.newBuilder(url("/webhooks/supabase"))
        .timeout(PATIENCE)
        .header("Content-Type", "application/json")
        .header("X-Webhook-Secret", secret)
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString());
  }

  HttpClient client() {
    return client;
  }

  /** Sends a genuine event. */
  int tell(String event, String id) throws Exception {
    return send(signed(now(), event(event, id))).statusCode();
  }

  // People at work

  String onlyPersonsId() {
    return world.twenty.people().get(0).get("id").asText();
  }

  JsonNode person(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(world.twenty.url() + path))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + world.twenty.userToken())
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> answer = send(request);
    assertThat(answer.statusCode()).isBetween(200, 201);
    return JSON.readTree(answer.body());
  }

  /** The stand-in itself sends its webhooks here from now on. */
  void registerInTwenty() throws Exception {
    person(
        "POST",
        "/rest/metadata/webhooks",
        "{\"targetUrl\":\""
            + url("/webhooks/twenty")
            + "\",\"operations\":[\"person.*\"],"
            + "\"secret\":\""
            + SECRET
            + "\"}");
  }

  void registerInSupabase() {
    world.supabase.webhook(url("/webhooks/supabase"), Map.of("X-Webhook-Secret", SUPABASE_SECRET));
  }

  String local(String column) throws Exception {
    try (var connection = world.local();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("select " + column + " from contacts_master")) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  long inbox(String system) {
    return world.ledger.transaction(tx -> tx.countInbox(system));
  }

  double count(String counter, String tag, String value) {
    return world.engine.metrics().counter(counter, tag, value).count();
  }

  double refused(String reason) {
    return count("sync.webhooks.refused", "reason", reason);
  }

  @Override
  public void close() {
    world.close();
  }
}
