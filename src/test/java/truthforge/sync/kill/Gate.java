package truthforge.sync.kill;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;

/**
 * Stands between the service and one system, and lets through, spoils or refuses what passes.
 * People go past it.
 */
final class Gate implements AutoCloseable {

  static {
    // The JDK's server waits 40 ms for each small answer otherwise.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** What befalls requests. */
  enum Fault {
    /** 429, to be tried again in a second. */
    LIMITED,
    /** 500. */
    BROKEN,
    /** 503 with a page for people. */
    OVERLOADED,
    /** The connection breaks before the request gets there. */
    LOST_REQUEST,
    /** All is done, and the connection breaks before the answer. */
    LOST_ANSWER,
    /** All is done, and the connection breaks in the middle of the answer. */
    CUT_ANSWER,
    /** All is done, and the answer does not come before the fault ends. */
    LATE_ANSWER,
    /** Nobody listens. */
    DOWN
  }

  private static final Set<String> OWN_HEADERS =
      Set.of("connection", "content-length", "host", "transfer-encoding", "upgrade", "expect");

  private final URI target;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService workers =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "gate");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<Fault, AtomicLong> befallen = new ConcurrentHashMap<>();
  private final int port;
  private HttpServer server;
  private volatile Fault fault;
  private volatile double share;
  private volatile CountDownLatch healed = new CountDownLatch(0);
  private volatile Held held;

  /** Answers that are held back, from one of those to some requests on. */
  private record Held(String path, String word, AtomicInteger before, CountDownLatch reached) {
    boolean begins(HttpExchange exchange, byte[] body) throws IOException {
      return exchange.getRequestURI().getPath().startsWith(path)
          && text(exchange, body).contains(word)
          && before.decrementAndGet() <= 0;
    }

    private static String text(HttpExchange exchange, byte[] body) throws IOException {
      boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
      InputStream bytes = new ByteArrayInputStream(body);
      try (InputStream plain = packed ? new GZIPInputStream(bytes) : bytes) {
        return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  Gate(URI target) {
    this.target = target;
    listen(0);
    port = server.getAddress().getPort();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  private void listen(int at) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(workers);
    server.createContext("/", this::handle);
    server.start();
  }

  /**
   * From now on, until healed.
   *
   * @param of the share of requests that it befalls, from 0 to 1
   */
  synchronized void spoil(Fault with, double of) {
    healed = new CountDownLatch(1);
    share = of;
    fault = with;
    if (with == Fault.DOWN) {
      server.stop(0);
      count(with);
    }
  }

  /**
   * All is done, and the answers do not come before it is healed.
   *
   * @param from the how manieth request whose path begins so, and whose body has this word
   * @return reached when it is done
   */
  synchronized CountDownLatch holdAnswers(String path, String word, int from) {
    healed = new CountDownLatch(1);
    held = new Held(path, word, new AtomicInteger(from), new CountDownLatch(1));
    return held.reached();
  }

  synchronized void heal() {
    boolean down = fault == Fault.DOWN;
    fault = null;
    held = null;
    healed.countDown();
    if (down) {
      listen(port);
    }
  }

  /** How many requests met each fault; of being down, how often. */
  Map<Fault, AtomicLong> befallen() {
    return befallen;
  }

  private void count(Fault what) {
    befallen.computeIfAbsent(what, f -> new AtomicLong()).incrementAndGet();
  }

  private void handle(HttpExchange exchange) throws IOException {
    Fault now = fault;
    CountDownLatch end = healed;
    if (now != null && ThreadLocalRandom.current().nextDouble() >= share) {
      now = null;
    }
    if (now != null) {
      count(now);
    }
    byte[] body = exchange.getRequestBody().readAllBytes();
    Held back = held;
    try {
      if (back != null && back.begins(exchange, body)) {
        HttpResponse<byte[]> answer = forwarded(exchange, body);
        back.reached().countDown();
        end.await();
        send(exchange, answer, 1);
        return;
      }
      if (now == null) {
        send(exchange, forwarded(exchange, body), 1);
        return;
      }
      switch (now) {
        case LIMITED -> {
          exchange.getResponseHeaders().set("Retry-After", "1");
          say(exchange, 429, "application/json", "{\"message\":\"Limit reached.\"}");
        }
        case BROKEN -> say(exchange, 500, "application/json", "{\"message\":\"Internal error.\"}");
        case OVERLOADED -> say(exchange, 503, "text/html", "<html>Come back later.</html>");
        case LOST_REQUEST, DOWN -> {}
        case LOST_ANSWER -> forwarded(exchange, body);
        case CUT_ANSWER -> send(exchange, forwarded(exchange, body), 2);
        case LATE_ANSWER -> {
          HttpResponse<byte[]> answer = forwarded(exchange, body);
          end.await();
          send(exchange, answer, 1);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private HttpResponse<byte[]> forwarded(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    URI asked = exchange.getRequestURI();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(target + asked.toString()))
            .method(
                exchange.getRequestMethod(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
              }
            });
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static void say(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Announces all of the answer, and sends a part of it. */
  private static void send(HttpExchange exchange, HttpResponse<byte[]> answer, int part)
      throws IOException {
    Headers headers = exchange.getResponseHeaders();
    for (Map.Entry<String, List<String>> header : answer.headers().map().entrySet()) {
      if (!OWN_HEADERS.contains(header.getKey().toLowerCase(Locale.ROOT))) {
        headers.put(header.getKey(), header.getValue());
      }
    }
    byte[] body = answer.body();
    boolean bodiless = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(answer.statusCode(), bodiless ? -1 : body.length);
    if (!bodiless) {
      exchange.getResponseBody().write(body, 0, body.length / part);
      exchange.getResponseBody().flush();
    }
  }

  @Override
  public void close() {
    heal();
    server.stop(0);
    workers.shutdownNow();
  }
}
