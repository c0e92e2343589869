package truthforge.sync.sandbox;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/**
 * An HTTP server on the loopback address that speaks one system's API, for the sandbox and for
 * tests.
 *
 * <p>Counts every request that reaches it, and misbehaves on demand: see {@link Fault}.
 */
public abstract class StandIn implements AutoCloseable {

  static {
    // The JDK's server waits 40 ms for each small answer otherwise.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final ExecutorService workers;
  private final AtomicLong calls = new AtomicLong();
  private final Map<Integer, AtomicLong> answers = new ConcurrentHashMap<>();
  private final List<Fault> faults = new CopyOnWriteArrayList<>();

  /**
   * @param port the port on the loopback address; 0 takes any free one
   */
  protected StandIn(int port) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("Port " + port + " cannot be opened: " + e.getMessage(), e);
    }
    workers =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, getClass().getSimpleName());
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(workers);
    server.createContext("/", this::handle);
  }

  /** What the system answers to one request. Called by several threads at once. */
  protected abstract StandInAnswer answer(StandInRequest request) throws Exception;

  /** Begins to listen. Subclasses call it at the end of their construction. */
  protected final void listen() {
    server.start();
  }

  /** The address without a path and without a slash at the end. */
  public final URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  public final int port() {
    return server.getAddress().getPort();
  }

  /** How many requests have reached this stand-in since it began or was last reset. */
  public final long calls() {
    return calls.get();
  }

  /** How many requests were answered with this status since it began or was last reset. */
  public final long answers(int status) {
    AtomicLong count = answers.get(status);
    return count == null ? 0 : count.get();
  }

  public final void resetCalls() {
    calls.set(0);
    answers.clear();
  }

  /** From now on, until removed, requests that match meet this fault. The first match counts. */
  public final void inject(Fault fault) {
    faults.add(fault);
  }

  public final void heal() {
    faults.clear();
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    calls.incrementAndGet();
    try {
      StandInRequest request = read(exchange);
      Fault fault = faults.stream().filter(f -> f.matches(request)).findFirst().orElse(null);
      if (fault == null) {
        send(exchange, answerOf(request));
        return;
      }
      StandInAnswer answer =
          switch (fault.kind()) {
            case LOSE_REQUEST -> null;
            case LOSE_ANSWER -> {
              answerOf(request);
              yield null;
            }
            case ANSWER_INSTEAD -> fault.answer();
            case APPLY_AND_ANSWER_INSTEAD -> {
              answerOf(request);
              yield fault.answer();
            }
            case CUT_ANSWER -> {
              sendHalf(exchange, answerOf(request));
              yield null;
            }
          };
      if (answer != null) {
        send(exchange, answer);
      }
      // Without an answer, closing the exchange resets the connection: what the caller sees of a
      // process that died.
    } finally {
      exchange.close();
    }
  }

  private StandInAnswer answerOf(StandInRequest request) {
    try {
      return answer(request);
    } catch (Exception e) {
      e.printStackTrace();
      return StandInAnswer.text(500, "the stand-in failed: " + e);
    }
  }

  private static StandInRequest read(HttpExchange exchange) throws IOException {
    byte[] body;
    try (InputStream in = exchange.getRequestBody()) {
      body = in.readAllBytes();
    }
    if ("gzip".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
        body = in.readAllBytes();
      }
    }
    URI uri = exchange.getRequestURI();
    return new StandInRequest(
        exchange.getRequestMethod(),
        uri.getRawPath(),
        uri.getRawQuery(),
        exchange.getRequestHeaders(),
        body);
  }

  private void send(HttpExchange exchange, StandInAnswer answer) throws IOException {
    answers.computeIfAbsent(answer.status(), status -> new AtomicLong()).incrementAndGet();
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    boolean bodiless = answer.body().length == 0 || "HEAD".equals(exchange.getRequestMethod());
    exchange.sendResponseHeaders(answer.status(), bodiless ? -1 : answer.body().length);
    if (!bodiless) {
      exchange.getResponseBody().write(answer.body());
    }
  }

  /** Announces a whole answer and sends half of it: closing the exchange then breaks it off. */
  private static void sendHalf(HttpExchange exchange, StandInAnswer answer) throws IOException {
    if (answer.body().length < 2) {
      return;
    }
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(answer.status(), answer.body().length);
    exchange.getResponseBody().write(answer.body(), 0, answer.body().length / 2);
    exchange.getResponseBody().flush();
  }

  /**
   * A misbehaviour of the network or of the system.
   *
   * @param requests which requests it befalls
   * @param kind what happens to them
   * @param answer what is answered, for the kinds that answer; else null
   */
  public record Fault(Predicate<StandInRequest> requests, Kind kind, StandInAnswer answer) {

    public enum Kind {
      /** Nothing is done, and the connection breaks. */
      LOSE_REQUEST,
      /** All is done, and the connection breaks before the answer. */
      LOSE_ANSWER,
      /** Nothing is done, and something else is answered. */
      ANSWER_INSTEAD,
      /** All is done, and something else is answered. */
      APPLY_AND_ANSWER_INSTEAD,
      /** All is done, and the connection breaks in the middle of the answer. */
      CUT_ANSWER
    }

    public static Fault unreachable() {
      return new Fault(r -> true, Kind.LOSE_REQUEST, null);
    }

    public static Fault status(int status, String body) {
      return new Fault(r -> true, Kind.ANSWER_INSTEAD, StandInAnswer.json(status, body));
    }

    /** The same fault, only for requests that match. */
    public Fault when(Predicate<StandInRequest> narrower) {
      return new Fault(narrower, kind, answer);
    }

    /** The same fault, only for the first {@code times} requests that match. */
    public Fault times(int times) {
      AtomicLong left = new AtomicLong(times);
      return new Fault(r -> requests.test(r) && left.getAndDecrement() > 0, kind, answer);
    }

    boolean matches(StandInRequest request) {
      return requests.test(request);
    }
  }
}
