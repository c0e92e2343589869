package truthforge.sync.operate;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.KeyStoreOptions;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;

/**
 * Whoever connects to a port of the service: how many there may be, how much they may send, and how
 * long they may take.
 *
 * <p>An idle timeout is not enough: a byte every few seconds keeps a connection alive for ever. So
 * the time for a whole request is counted, its headers from when the connection was opened or the
 * former answer had been sent, its body from the end of the headers.
 */
public final class Senders {

  /** In bytes, all headers of a request together; Vert.x answers 431 above. */
  static final int LARGEST_HEADERS = 8 * 1024;

  /** In bytes; Vert.x answers 414 above. */
  static final int LONGEST_FIRST_LINE = 4 * 1024;

  /** Vert.x counts its timers from 0: that one is somebody else's. */
  private static final long NO_TIMER = -1;

  private final Vertx vertx;
  private final int most;
  private final Duration patience;
  private final Told told;
  private final Map<HttpConnection, Sender> connected = new ConcurrentHashMap<>();

  /** Is told of who was turned away; runs on the connection's own thread. */
  public interface Told {
    /** One connection too many, which was closed. */
    void tooMany();

    /** Closed, because it never brought the headers of a request. */
    void noRequest();

    /** The body did not come in time: to be answered. */
    void slowBody(RoutingContext request);
  }

  /** One connection; all of it runs on the connection's own thread. */
  private final class Sender {
    private final HttpConnection connection;
    private long timer = NO_TIMER;
    private boolean served;

    Sender(HttpConnection connection) {
      this.connection = connection;
    }

    void awaitHeaders() {
      forget();
      if (!connected.containsKey(connection)) {
        return;
      }
      timer =
          vertx.setTimer(
              patience.toMillis(),
              expired -> {
                if (!served) {
                  told.noRequest();
                }
                connection.close();
              });
    }

    void awaitBody(RoutingContext request) {
      served = true;
      forget();
      timer =
          vertx.setTimer(
              patience.toMillis(),
              expired -> {
                if (!request.request().isEnded()) {
                  told.slowBody(request);
                }
              });
    }

    void forget() {
      vertx.cancelTimer(timer);
      timer = NO_TIMER;
    }
  }

  /**
   * @param most connections at one time
   * @param patience within which headers, and then a body, must have arrived as a whole
   */
  public Senders(Vertx vertx, int most, Duration patience, Told told) {
    this.vertx = vertx;
    this.most = most;
    this.patience = patience;
    this.told = told;
  }

  /** How a port of the service is opened: HTTP/1.1, by TLS where there is a key. */
  public static HttpServerOptions options(Configuration configuration, String host, int port) {
    Duration patience = patience(configuration);
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(host)
            .setPort(port)
            // Who may ask what is decided by the headers of HTTP/1.1.
            .setHttp2ClearTextEnabled(false)
            .setUseAlpn(false)
            .setMaxHeaderSize(LARGEST_HEADERS)
            .setMaxInitialLineLength(LONGEST_FIRST_LINE)
            .setSslHandshakeTimeout(patience.toSeconds())
            .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
    Tls.keystore(configuration)
        .ifPresent(
            keystore ->
                options
                    .setSsl(true)
                    .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                    .setKeyCertOptions(
                        new KeyStoreOptions()
                            .setType(keystore.getType())
                            .setPath(configuration.required(Options.SERVER_TLS_KEYSTORE))
                            .setPassword(Tls.password(configuration))));
    return options;
  }

  public static Duration patience(Configuration configuration) {
    return configuration.seconds(Options.SERVICE_REQUEST_SECONDS);
  }

  /**
   * Looks at every connection from now on; before the server listens.
   *
   * @param malformed is told of what is no request, which is answered by a status alone
   */
  public void watch(HttpServer server, Consumer<HttpServerRequest> malformed) {
    server.connectionHandler(this::connected);
    server.invalidRequestHandler(
        request -> {
          malformed.accept(request);
          HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER.handle(request);
        });
  }

  private void connected(HttpConnection connection) {
    if (connected.size() >= most) {
      told.tooMany();
      connection.close();
      return;
    }
    Sender sender = new Sender(connection);
    connected.put(connection, sender);
    sender.awaitHeaders();
    connection.closeHandler(
        closed -> {
          sender.forget();
          connected.remove(connection);
        });
  }

  /** The headers of a request are there: to be called before anything else looks at it. */
  public void begun(RoutingContext request) {
    Sender sender = connected.get(request.request().connection());
    if (sender != null) {
      sender.awaitBody(request);
      request.addEndHandler(answered -> sender.awaitHeaders());
    }
  }

  /** Connections at this moment. */
  int connected() {
    return connected.size();
  }
}
