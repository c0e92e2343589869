package truthforge.sync.operate.port;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.cli.ExitCodes;
import truthforge.sync.cli.Json;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.operate.Senders;

/**
 * The operator's port: page, HTTP interface, health and metrics; and the same in JMX. Health and
 * metrics tell nothing personal and are open to whoever reaches the port; all else asks for the
 * token.
 */
public final class OperatorPort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  private static final String JSON = "application/json; charset=utf-8";
  private static final int LARGEST_BODY = 1 << 16;
  private static final int MOST_CONNECTIONS = 500;
  private static final int OPEN_AT_MOST_SECONDS = 30;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Ours alone: no script, style or frame of others, and no inline ones. */
  private static final String CONTENT_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private final RunningService service;
  private final Tokens tokens;
  private final Access access;
  private final Health health;
  private final Metrics metrics;
  private final Senders senders;
  private final Events events;
  private final List<Endpoint> endpoints;
  private final String runToken = Tokens.random();
  private final Path file;
  private final Vertx vertx;
  private final Router router;
  private HttpServer server;
  private URI url;
  private OperatorJmx jmx;

  private OperatorPort(RunningService service) {
    this.service = service;
    Configuration configuration = service.configuration();
    tokens = new Tokens(configuration.text(Options.OPERATE_TOKEN), runToken, service.clock());
    access =
        new Access(
            tokens,
            new Guesses(service.clock()),
            names(configuration.text(Options.OPERATE_HOST_NAMES)));
    health = new Health(service);
    metrics = new Metrics(service);
    endpoints = Api.endpoints(service);
    file = OperatorFile.place(configuration);
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(4)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
    router = Router.router(vertx);
    senders =
        new Senders(
            vertx, MOST_CONNECTIONS, Senders.patience(service.configuration()), new TurnedAway());
    events = new Events(vertx, () -> Json.of(service.overview()));
    routes();
  }

  private static Set<String> names(String list) {
    Set<String> names = new TreeSet<>();
    if (list != null) {
      for (String name : list.split(",")) {
        names.add(name.strip().toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }

  /**
   * Opens the port, and tells commands on this machine where it is.
   *
   * @throws Problem when it is taken
   */
  public static OperatorPort open(RunningService service) {
    OperatorPort port = new OperatorPort(service);
    try {
      port.listen();
      return port;
    } catch (RuntimeException | Error e) {
      port.close();
      throw e;
    }
  }

  private void listen() {
    Configuration configuration = service.configuration();
    String host = configuration.required(Options.OPERATE_HOST);
    int wanted = configuration.integer(Options.OPERATE_PORT);
    HttpServerOptions options = Senders.options(configuration, host, wanted);
    server = vertx.createHttpServer(options);
    server.requestHandler(router);
    senders.watch(server, malformed -> {});
    try {
      await(server.listen());
    } catch (CompletionException e) {
      if (e.getCause() instanceof BindException) {
        throw new Problem(
            Outcome.FOUND,
            "the operator's port " + wanted + " of " + host + " cannot be had",
            "Another program may have it: set operate.port to another, or to 0 for any free one",
            e.getCause());
      }
      throw e;
    }
    url =
        URI.create(
            (options.isSsl() ? "https://" : "http://")
                + reachable(host)
                + ":"
                + server.actualPort()
                + "/");
    new OperatorFile(url, runToken).write(file);
    jmx = OperatorJmx.register(service);
    LOG.info(
        service.configuration().isSet(Options.OPERATE_TOKEN)
            ? "The operator's page is at {}; it asks for operate.token"
            : "The operator's page is at {}; it asks for the token in {}",
        url,
        file);
  }

  private static final class TurnedAway implements Senders.Told {
    @Override
    public void tooMany() {
      // The connection is closed; who opens hundreds is not told why.
    }

    @Override
    public void noRequest() {
      // The connection is closed.
    }

    @Override
    public void slowBody(RoutingContext ctx) {
      if (!ctx.response().ended()) {
        ctx.response()
            .setStatusCode(408)
            .putHeader("Connection", "close")
            .end()
            .onComplete(sent -> ctx.request().connection().close());
      }
    }
  }

  private static String reachable(String host) {
    if (host.equals("0.0.0.0") || host.equals("::")) {
      return "127.0.0.1";
    }
    return host.contains(":") ? "[" + host + "]" : host;
  }

  private static <T> T await(Future<T> future) {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(OPEN_AT_MOST_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  public URI url() {
    return url;
  }

  /** Opens the page during this run. */
  public String token() {
    return runToken;
  }

  /** What is served below /api, as method and path with parameters in braces. */
  Set<String> served() {
    Set<String> served = new TreeSet<>();
    for (Route route : router.getRoutes()) {
      if (route.methods() != null && route.getName().startsWith("/api/")) {
        route.methods().forEach(method -> served.add(method.name() + " " + route.getName()));
      }
    }
    return served;
  }

  // Routes

  private void routes() {
    router
        .route()
        .handler(
            ctx -> {
              senders.begun(ctx);
              ctx.next();
            });
    router.route().handler(OperatorPort::harden);
    open("/observe/health/live", () -> new Answer(200, JSON, "{\"status\":\"UP\"}"));
    open("/observe/health/ready", () -> of(health.ready().status(), health.ready()));
    open("/observe/health", this::healthReport);
    open("/observe/metrics", () -> new Answer(200, Metrics.CONTENT_TYPE, metrics.scrape()));
    router.route().handler(this::requireOrigin);
    router.get("/observe/proof").handler(this::prove);
    Assets.load()
        .forEach((path, asset) -> router.get(path).handler(ctx -> asset.answer(ctx.request())));
    router
        .post("/api/session")
        .setName("/api/session")
        .handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY))
        .handler(this::logIn);
    router.route("/api/*").handler(this::requireOperator);
    router.delete("/api/session").setName("/api/session").handler(this::logOut);
    router.get("/api/events").setName("/api/events").handler(ctx -> events.add(ctx.response()));
    String document = OpenApi.of(Api.described(endpoints)).toPrettyString();
    router.get(OpenApi.PATH).setName(OpenApi.PATH).handler(ctx -> answer(ctx, 200, document));
    router.route("/api/*").handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY));
    endpoints.forEach(this::serve);
    router.errorHandler(404, ctx -> fail(ctx, 404, "There is nothing here"));
    router.errorHandler(405, ctx -> fail(ctx, 405, "This cannot be asked in this way"));
    router.errorHandler(413, ctx -> fail(ctx, 413, "This is too large"));
    router.errorHandler(500, ctx -> fail(ctx, 500, "Something unexpected happened"));
  }

  private record Answer(int status, String type, String body) {}

  private static Answer of(Health.State state, Object report) {
    return new Answer(state == Health.State.DOWN ? 503 : 200, JSON, Json.of(report));
  }

  private Answer healthReport() {
    Health.Report report = health.report();
    return of(report.status(), report);
  }

  private void open(String path, Supplier<Answer> work) {
    Recent<Answer> recent = new Recent<>(work);
    router
        .get(path)
        .handler(
            ctx ->
                vertx
                    .executeBlocking(recent::get, false)
                    .onSuccess(
                        answer ->
                            ctx.response()
                                .setStatusCode(answer.status())
                                .putHeader("Content-Type", answer.type())
                                .end(answer.body()))
                    .onFailure(e -> failed(ctx, e)));
  }

  private static void harden(RoutingContext ctx) {
    ctx.response()
        .putHeader("Content-Security-Policy", CONTENT_POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Cross-Origin-Opener-Policy", "same-origin")
        .putHeader("Cross-Origin-Resource-Policy", "same-origin")
        .putHeader("Cache-Control", "no-store");
    ctx.next();
  }

  private void requireOrigin(RoutingContext ctx) {
    boolean page = ctx.request().method() == HttpMethod.GET && ctx.request().path().equals("/");
    go(
        ctx,
        page
            ? access.page(name -> ctx.request().getHeader(name))
            : access.origin(name -> ctx.request().getHeader(name)));
  }

  private void requireOperator(RoutingContext ctx) {
    Cookie cookie = ctx.request().getCookie(cookie(ctx));
    Access.Verdict verdict =
        access.operator(
            ctx.request().method().name(),
            name -> ctx.request().getHeader(name),
            cookie == null ? null : cookie.getValue(),
            address(ctx));
    go(ctx, verdict);
  }

  private static void go(RoutingContext ctx, Access.Verdict verdict) {
    if (verdict == Access.Verdict.GRANTED) {
      ctx.next();
    } else {
      fail(ctx, verdict.status, verdict.words);
    }
  }

  private void prove(RoutingContext ctx) {
    String question = ctx.request().getParam("question");
    if (question == null || question.length() > 200) {
      fail(ctx, 400, "A question is missing");
      return;
    }
    answer(ctx, 200, Json.of(Map.of("proof", tokens.proof(question))));
  }

  private void logIn(RoutingContext ctx) {
    JsonNode body = body(ctx);
    if (body == null) {
      return;
    }
    Access.Verdict verdict = access.token(body.path("token").asText(null), address(ctx));
    if (verdict != Access.Verdict.GRANTED) {
      fail(
          ctx,
          verdict.status,
          verdict == Access.Verdict.NO_TOKEN ? "This is not the operator's token" : verdict.words);
      return;
    }
    ctx.response().addCookie(session(ctx, tokens.newSession(), Tokens.SESSION));
    answer(ctx, 200, "{\"count\":1}");
  }

  private static String address(RoutingContext ctx) {
    return ctx.request().remoteAddress().hostAddress();
  }

  private void logOut(RoutingContext ctx) {
    ctx.response().addCookie(session(ctx, "", Duration.ZERO));
    answer(ctx, 200, "{\"count\":1}");
  }

  private Cookie session(RoutingContext ctx, String value, Duration age) {
    return Cookie.cookie(cookie(ctx), value)
        .setHttpOnly(true)
        .setSecure(url.getScheme().equals("https"))
        .setSameSite(CookieSameSite.STRICT)
        .setPath("/")
        .setMaxAge(age.toSeconds());
  }

  private static String cookie(RoutingContext ctx) {
    return Access.cookie(ctx.request().getHeader("Host"));
  }

  private void serve(Endpoint endpoint) {
    router
        .route(
            HttpMethod.valueOf(endpoint.method()), endpoint.path().replaceAll("\\{(\\w+)}", ":$1"))
        .setName(endpoint.path())
        .handler(
            ctx -> {
              JsonNode body = body(ctx);
              if (body != null) {
                vertx
                    .executeBlocking(() -> endpoint.work().answer(call(ctx, body)), false)
                    .onSuccess(
                        result -> {
                          if (result == null) {
                            fail(ctx, 404, "There is nothing of this id");
                          } else {
                            answer(ctx, 200, Json.of(result));
                          }
                        })
                    .onFailure(e -> failed(ctx, e));
              }
            });
  }

  private static Endpoint.Call call(RoutingContext ctx, JsonNode body) {
    return new Endpoint.Call() {
      @Override
      public String path(String name) {
        return ctx.pathParam(name);
      }

      @Override
      public String query(String name) {
        List<String> values = ctx.queryParam(name);
        return values.isEmpty() ? null : values.get(0);
      }

      @Override
      public JsonNode body() {
        return body;
      }
    };
  }

  /** Null where it is no JSON object; that is answered then. */
  private static JsonNode body(RoutingContext ctx) {
    String text = ctx.body() == null ? null : ctx.body().asString();
    if (text == null || text.isEmpty()) {
      return JsonNodeFactory.instance.objectNode();
    }
    String type = ctx.request().getHeader("Content-Type");
    if (type == null || !type.startsWith("application/json")) {
      fail(ctx, 415, "The body must be application/json");
      return null;
    }
    try {
      JsonNode json = MAPPER.readTree(text);
      if (json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException e) {
      // Answered below.
    }
    fail(ctx, 400, "The body is no JSON object");
    return null;
  }

  private static void failed(RoutingContext ctx, Throwable e) {
    String words = ExitCodes.explain(e);
    if (e instanceof Problem problem) {
      switch (problem.outcome()) {
        case USAGE -> fail(ctx, 400, words);
        case UNREACHABLE -> fail(ctx, 503, words);
        default -> fail(ctx, 409, words);
      }
    } else if (e instanceof Ledger.LedgerUnavailable) {
      fail(ctx, 503, words);
    } else {
      LOG.warn("A request to the operator's port failed: {}", words);
      fail(ctx, 500, words);
    }
  }

  private static void fail(RoutingContext ctx, int status, String words) {
    answer(ctx, status, Json.of(Map.of("error", words)));
  }

  private static void answer(RoutingContext ctx, int status, String json) {
    HttpServerResponse response = ctx.response();
    if (!response.ended() && !response.closed()) {
      response.setStatusCode(status).putHeader("Content-Type", JSON).end(json);
    }
  }

  @Override
  public void close() {
    if (jmx != null) {
      jmx.close();
    }
    events.close();
    await(vertx.close());
    if (url != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
