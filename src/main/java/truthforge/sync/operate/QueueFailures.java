package truthforge.sync.operate;

import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.spi.ExceptionHandler;
import org.apache.camel.support.LoggingExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.ledger.Ledger;

/**
 * What is said where the work that a queue began has failed, which nobody waits for. Without the
 * ledger it is said in plain words why; the next cycle makes up for it.
 */
final class QueueFailures implements ExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  private final Consumer<String> tell;
  private final ExceptionHandler unforeseen;

  QueueFailures() {
    this(
        message -> LOG.warn("{}", message), new LoggingExceptionHandler(null, QueueFailures.class));
  }

  /**
   * @param unforeseen for all other failures
   */
  QueueFailures(Consumer<String> tell, ExceptionHandler unforeseen) {
    this.tell = tell;
    this.unforeseen = unforeseen;
  }

  @Override
  public void handleException(Throwable exception) {
    handleException(null, null, exception);
  }

  @Override
  public void handleException(String message, Throwable exception) {
    handleException(message, null, exception);
  }

  @Override
  public void handleException(String message, Exchange exchange, Throwable exception) {
    for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
      if (cause instanceof Ledger.LedgerUnavailable) {
        tell.accept(cause.getMessage());
        return;
      }
    }
    unforeseen.handleException(message, exchange, exception);
  }
}
