package truthforge.sync.operate;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.support.LifecycleStrategySupport;
import truthforge.sync.operate.WebhookCounts.Refusal;

/**
 * What the service's port refuses before a route sees it: other paths, methods and content types,
 * bodies that are too large, and senders that take too long. Every refusal is a status without a
 * body, so that nothing that was sent, and nothing of the inside, can be in it.
 */
final class ServicePort extends MainListenerSupport {

  static final List<String> PATHS = List.of("/webhooks/twenty", "/webhooks/supabase");

  /** In bytes. */
  static final long LARGEST_BODY = 1 << 20;

  private static final int BEFORE_ALL_OTHERS = Integer.MIN_VALUE;

  private final int port;
  private final Duration patience;
  private final WebhookCounts counts;
  private volatile boolean guarded;

  /**
   * @param port as configured
   * @param patience within which a request must have arrived as a whole
   */
  ServicePort(int port, Duration patience, WebhookCounts counts) {
    this.port = port;
    this.patience = patience;
    this.counts = counts;
  }

  @Override
  public void beforeInitialize(BaseMainSupport main) {
    CamelContext context = main.getCamelContext();
    context.addLifecycleStrategy(
        new LifecycleStrategySupport() {
          @Override
          public void onRoutesAdd(Collection<Route> routes) {
            // The server is there by then, and no route takes a request from it yet.
            if (!guarded) {
              guard(context);
            }
          }
        });
  }

  private void guard(CamelContext context) {
    VertxPlatformHttpRouter router =
        VertxPlatformHttpRouter.lookup(
            context, VertxPlatformHttpRouter.getRouterNameFromPort(port));
    if (router == null) {
      throw new IllegalStateException("The service's port is not there");
    }
    guarded = true;
    router
        .route()
        .order(BEFORE_ALL_OTHERS)
        .handler(this::check)
        .failureHandler(failure -> refuse(failure, ofFailure(failure.statusCode())));
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

  private void check(RoutingContext request) {
    if (!PATHS.contains(request.request().path())) {
      refuse(request, Refusal.NO_SUCH_PATH);
    } else if (!request.request().method().equals(HttpMethod.POST)) {
      refuse(request, Refusal.WRONG_METHOD);
    } else if (!isJson(request.request().getHeader(HttpHeaders.CONTENT_TYPE))) {
      refuse(request, Refusal.WRONG_TYPE);
    } else if (announcesTooMuch(request.request().getHeader(HttpHeaders.CONTENT_LENGTH))) {
      refuse(request, Refusal.TOO_LARGE);
    } else {
      long timer =
          request
              .vertx()
              .setTimer(
                  patience.toMillis(),
                  expired -> {
                    if (!request.request().isEnded()) {
                      refuse(request, Refusal.TOO_SLOW);
                    }
                  });
      request.addEndHandler(ended -> request.vertx().cancelTimer(timer));
      request.next();
    }
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
