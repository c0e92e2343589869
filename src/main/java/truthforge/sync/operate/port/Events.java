package truthforge.sync.operate.port;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Sends the overview to every open page, as server-sent events, about once a second. Nothing is
 * worked out while nobody looks, and more slowly where it takes long.
 */
final class Events implements AutoCloseable {

  private static final long EVERY_MILLIS = 1_000;
  private static final int MOST_PAGES = 100;

  /** It is worked out for a twentieth of the time at most. */
  private static final int REST = 20;

  private final Vertx vertx;
  private final Supplier<String> overview;
  private final List<HttpServerResponse> pages = new ArrayList<>();
  private final AtomicBoolean busy = new AtomicBoolean();
  private final long timer;
  private volatile long notBefore = System.nanoTime();

  Events(Vertx vertx, Supplier<String> overview) {
    this.vertx = vertx;
    this.overview = overview;
    timer = vertx.setPeriodic(EVERY_MILLIS, id -> tick());
  }

  /** Called on the event loop, as all that touches {@code pages}. */
  void add(HttpServerResponse page) {
    if (pages.size() >= MOST_PAGES) {
      page.setStatusCode(503).end();
      return;
    }
    page.setChunked(true)
        .putHeader("Content-Type", "text/event-stream")
        .putHeader("X-Accel-Buffering", "no");
    page.write("retry: 2000\n\n");
    page.exceptionHandler(e -> pages.remove(page));
    page.closeHandler(gone -> pages.remove(page));
    pages.add(page);
    notBefore = System.nanoTime();
    tick();
  }

  private void tick() {
    if (pages.isEmpty() || System.nanoTime() - notBefore < 0 || !busy.compareAndSet(false, true)) {
      return;
    }
    long began = System.nanoTime();
    vertx
        .executeBlocking(overview::get, false)
        .onComplete(
            done -> {
              busy.set(false);
              notBefore = System.nanoTime() + (System.nanoTime() - began) * REST;
              notBefore = Math.min(notBefore, System.nanoTime() + TimeUnit.SECONDS.toNanos(30));
              send(
                  done.succeeded()
                      ? "event: overview\ndata: " + done.result() + "\n\n"
                      : "event: trouble\ndata: {}\n\n");
            });
  }

  private void send(String event) {
    for (HttpServerResponse page : List.copyOf(pages)) {
      // A page that does not read gets the next one.
      if (!page.writeQueueFull()) {
        page.write(event);
      }
    }
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
  }
}
