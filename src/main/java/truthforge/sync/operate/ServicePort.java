package truthforge.sync.operate;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.BindException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Service;
import org.apache.camel.component.platform.http.main.DefaultMainHttpServerFactory;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServerConfiguration;
import org.apache.camel.main.HttpServerConfigurationProperties;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.operate.WebhookCounts.Refusal;

/**
 * The server of the webhooks' port, as Camel's {@code platform-http} routes use it. Camel's own
 * cannot be told how long a sender may take, nor how many there may be.
 *
 * <p>It refuses before a route sees it: other paths, methods and content types, bodies that are too
 * large, and senders that take too long. Every refusal is a status without a body, so that nothing
 * that was sent, and nothing of the inside, can be in it.
 */
final class ServicePort extends DefaultMainHttpServerFactory {

  static final List<String> PATHS = List.of("/webhooks/twenty", "/webhooks/supabase");

  /** In bytes. */
  static final long LARGEST_BODY = 1 << 20;

  /** Twenty sends up to 20 at a time, pg_net up to 200. */
  static final int MOST_CONNECTIONS = 500;

  static final int MOST_HEADERS = 100;

  private static final int BEFORE_ALL_OTHERS = Integer.MIN_VALUE;
  private static final int OPEN_AT_MOST_SECONDS = 30;

  private final Configuration configuration;
  private final WebhookCounts counts;
  private volatile Server server;

  ServicePort(Configuration configuration, WebhookCounts counts) {
    this.configuration = configuration;
    this.counts = counts;
  }

  @Override
  public Service newHttpServer(CamelContext context, HttpServerConfigurationProperties unused) {
    VertxPlatformHttpServerConfiguration of = new VertxPlatformHttpServerConfiguration();
    of.setBindHost(configuration.required(Options.SERVICE_HOST));
    of.setBindPort(configuration.integer(Options.SERVICE_PORT));
    of.setMaxBodySize(LARGEST_BODY);
    of.getBodyHandler().setHandleFileUploads(false);
    // Where the routes look for the port, as long as it is not open.
    context.getRegistry().bind("servicePortConfiguration", of);
    server = new Server(of);
    server.setCamelContext(context);
    return server;
  }

  /**
   * Lets senders in, once all routes run: nobody is told that there is no such path while they
   * start.
   *
   * @throws Problem when the port is taken
   */
  void open() {
    server.open();
  }

  /** The port that is listened at. */
  int number() {
    return server.getPort();
  }

  /** Senders that are connected at this moment. */
  int connected() {
    return server.senders.connected();
  }

  private final class Server extends VertxPlatformHttpServer {
    private final Vertx ours =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
    private final Senders senders =
        new Senders(ours, MOST_CONNECTIONS, Senders.patience(configuration), new Turning());
    private volatile HttpServer listening;

    Server(VertxPlatformHttpServerConfiguration of) {
      super(of);
    }

    @Override
    protected Vertx lookupVertx() {
      return ours;
    }

    /** Camel's routes are to be there first. */
    @Override
    protected void startServer() {
      Router router = router();
      router
          .route()
          .order(BEFORE_ALL_OTHERS)
          .handler(this::check)
          .failureHandler(failure -> refuse(failure, ofFailure(failure.statusCode())));
    }

    private Router router() {
      return VertxPlatformHttpRouter.lookup(
          getCamelContext(), VertxPlatformHttpRouter.getRouterNameFromPort(getConfigurationPort()));
    }

    void open() {
      HttpServer opening =
          ours.createHttpServer(
                  Senders.options(
                      configuration, getHost(), configuration.integer(Options.SERVICE_PORT)))
              .requestHandler(router());
      senders.watch(opening, malformed -> counts.refused(Refusal.MALFORMED));
      try {
        listening =
            opening
                .listen()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(OPEN_AT_MOST_SECONDS, TimeUnit.SECONDS)
                .join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof BindException) {
          throw new Problem(
              Outcome.FOUND,
              "the webhooks' port "
                  + getConfigurationPort()
                  + " of "
                  + getHost()
                  + " cannot be had",
              "Another program may have it: set service.port to another",
              e.getCause());
        }
        throw e;
      }
    }

    @Override
    public HttpServer getServer() {
      return listening;
    }

    @Override
    public int getPort() {
      HttpServer now = listening;
      return now == null ? getConfigurationPort() : now.actualPort();
    }

    /** Closes the port with all that it has. */
    @Override
    protected void stopServer() {
      ours.close()
          .toCompletionStage()
          .toCompletableFuture()
          .orTimeout(OPEN_AT_MOST_SECONDS, TimeUnit.SECONDS)
          .join();
    }

    private void check(RoutingContext request) {
      senders.begun(request);
      HttpServerRequest head = request.request();
      if (head.headers().size() > MOST_HEADERS) {
        refuse(request, Refusal.TOO_MANY_HEADERS);
      } else if (!PATHS.contains(head.path())) {
        refuse(request, Refusal.NO_SUCH_PATH);
      } else if (!head.method().equals(HttpMethod.POST)) {
        refuse(request, Refusal.WRONG_METHOD);
      } else if (!isJson(head.getHeader(HttpHeaders.CONTENT_TYPE))) {
        refuse(request, Refusal.WRONG_TYPE);
      } else if (announcesTooMuch(head.getHeader(HttpHeaders.CONTENT_LENGTH))) {
        refuse(request, Refusal.TOO_LARGE);
      } else {
        request.next();
      }
    }
  }

  /** What becomes of those that are turned away. */
  private final class Turning implements Senders.Told {
    @Override
    public void tooMany() {
      counts.refused(Refusal.TOO_MANY);
    }

    @Override
    public void noRequest() {
      counts.refused(Refusal.TOO_SLOW);
    }

    @Override
    public void slowBody(RoutingContext request) {
      refuse(request, Refusal.TOO_SLOW);
    }
  }

  private static Refusal ofFailure(int status) {
    return switch (status) {
      case 413 -> Refusal.TOO_LARGE;
      case 404 -> Refusal.NO_SUCH_PATH;
      case 405 -> Refusal.WRONG_METHOD;
      case 408 -> Refusal.TOO_SLOW;
      case 415 -> Refusal.WRONG_TYPE;
      case 500, 503 -> Refusal.NO_LEDGER;
      default -> Refusal.MALFORMED;
    };
  }

  private static boolean isJson(String contentType) {
    if (contentType == null) {
      return false;
    }
    String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return type.equals("application/json");
  }

  private static boolean announcesTooMuch(String length) {
    // What is no number is refused by the server before.
    return length != null && (length.length() > 18 || Long.parseLong(length) > LARGEST_BODY);
  }

  private void refuse(RoutingContext request, Refusal refusal) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return;
    }
    counts.refused(refusal);
    response.setStatusCode(refusal.status());
    if (refusal == Refusal.WRONG_METHOD) {
      response.putHeader(HttpHeaders.ALLOW, "POST");
    }
    if (!request.request().isEnded()) {
      // The rest of it is not waited for.
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      response.end().onComplete(sent -> request.request().connection().close());
    } else {
      response.end();
    }
  }
}
