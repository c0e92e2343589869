package truthforge.sync.operate;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that the service is up, and again and again that it goes on; where it does not,
 * systemd starts it anew. Does nothing where systemd did not start it.
 *
 * <p>By the program systemd-notify: Java 17 has no datagram socket of the kind that systemd listens
 * on (sd_notify(3)).
 */
final class SystemdWatchdog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");
  private static final String SOCKET = "NOTIFY_SOCKET";
  private static final String MICROSECONDS = "WATCHDOG_USEC";

  private final Map<String, String> environment;
  private final String program;
  private final BooleanSupplier goesOn;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "systemd-watchdog");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param environment of the process, as systemd sets it
   * @param program that tells systemd: systemd-notify
   * @param goesOn whether the work goes on
   */
  SystemdWatchdog(Map<String, String> environment, String program, BooleanSupplier goesOn) {
    this.environment = environment;
    this.program = program;
    this.goesOn = goesOn;
  }

  /** The service is up. */
  void ready() {
    if (environment.get(SOCKET) == null) {
      return;
    }
    timer.execute(() -> tell("READY=1"));
    String limit = environment.get(MICROSECONDS);
    if (limit != null) {
      long half = Long.parseLong(limit) / 2;
      timer.scheduleAtFixedRate(this::feed, 0, half, TimeUnit.MICROSECONDS);
    }
  }

  private void feed() {
    if (goesOn.getAsBoolean()) {
      tell("WATCHDOG=1");
    } else {
      LOG.error("Nothing has gone on for long. systemd starts the service anew.");
    }
  }

  private void tell(String state) {
    try {
      Process process =
          new ProcessBuilder(program, state)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        LOG.warn("systemd-notify does not end. Without it systemd takes the service for dead.");
      } else if (process.exitValue() != 0) {
        LOG.warn("systemd-notify failed. Set NotifyAccess=all in the unit.");
      }
    } catch (IOException e) {
      LOG.warn("systemd-notify cannot be started. Install it, or set Type=exec in the unit.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
