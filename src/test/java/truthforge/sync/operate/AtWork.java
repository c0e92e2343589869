package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import truthforge.sync.cli.Progress;
import truthforge.sync.config.Options;

/** The real service running on a world's systems, with its operator's port, and an operator. */
final class AtWork implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(180);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long LOOK_EVERY_MILLIS = 50;

  final World world;
  final SyncService service;
  final URI url;
  final String token;

  private final HttpClient http;
  private final CompletableFuture<Void> run;

  /** What was answered. */
  record Answer(int status, JsonNode json, HttpResponse<String> response) {
    String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }
  }

  private record Page(URI url, String token) {}

  /** Runs the service with one cycle a second; what the systems hold is synchronised first. */
  AtWork(World world) throws Exception {
    this(world, begun -> {});
  }

  /**
   * @param before is done to the service before it runs
   */
  AtWork(World world, Consumer<SyncService> before) throws Exception {
    this(world, before, HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
  }

  /**
   * @param http is how the operator reaches the port
   */
  AtWork(World world, Consumer<SyncService> before, HttpClient http) throws Exception {
    this.world = world;
    this.http = http;
    world.set(Options.OPERATE_PORT, "0");
    world.set(Options.SYNC_INTERVAL_SECONDS, "1");
    service = SyncService.open(world.configuration(), world.places);
    before.accept(service);
    BlockingQueue<Page> page = new LinkedBlockingQueue<>();
    service.atPage((at, opening) -> page.add(new Page(at, opening)));
    run = CompletableFuture.runAsync(() -> service.run(true, Silent.INSTANCE));
    Page opened = null;
    while (opened == null && !run.isDone()) {
      opened = page.poll(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }
    if (opened == null) {
      run.join();
    }
    url = opened.url();
    token = opened.token();
    await(() -> get("/api/overview").json().path("ready").asBoolean(), "the service to be at work");
  }

  private enum Silent implements Progress {
    INSTANCE;

    @Override
    public void begin(String what, long total, long done) {}

    @Override
    public void advance(long more) {}

    @Override
    public void end() {}
  }

  interface State {
    boolean holds() throws Exception;
  }

  /** Waits for a state, with a limit that no slow machine meets. */
  static void await(State state, String what) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!state.holds()) {
      assertThat(System.nanoTime()).as("still waiting for " + what).isLessThan(until);
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
  }

  /** As the operator, with the token. */
  Answer get(String path) {
    return send(request(path).header("Authorization", "Bearer " + token).GET());
  }

  Answer post(String path, String body) {
    return send(
        request(path)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(url.resolve(path)).timeout(PATIENCE);
  }

  Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
      boolean json =
          response.headers().firstValue("Content-Type").orElse("").startsWith("application/json");
      return new Answer(
          response.statusCode(), JSON.readTree(json ? response.body() : "null"), response);
    } catch (IOException e) {
      if (run.isDone()) {
        run.join();
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits until what is answered is as wanted. */
  JsonNode awaitJson(String path, Predicate<JsonNode> wanted, String what) throws Exception {
    JsonNode[] last = new JsonNode[1];
    await(
        () -> {
          last[0] = get(path).json();
          return wanted.test(last[0]);
        },
        what);
    return last[0];
  }

  void stop() {
    service.stop();
    run.join();
  }

  @Override
  public void close() {
    try {
      stop();
    } finally {
      service.close();
      world.close();
    }
  }
}
