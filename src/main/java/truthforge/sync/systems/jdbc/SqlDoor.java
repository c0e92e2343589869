package truthforge.sync.systems.jdbc;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.jdbc.JdbcConstants;

/** Puts a statement on the message before camel-jdbc, and takes the rows off it after it. */
public final class SqlDoor {

  private static final String CALL = "call";

  private final AtomicLong calls = new AtomicLong();

  public void request(Exchange exchange, @Body SqlCall call) {
    calls.incrementAndGet();
    exchange.setProperty(CALL, call);
    Message message = exchange.getMessage();
    message.removeHeaders("*");
    message.setBody(call.sql());
    call.parameters().forEach(message::setHeader);
  }

  public void answer(Exchange exchange) {
    SqlCall call = exchange.getProperty(CALL, SqlCall.class);
    Message message = exchange.getMessage();
    boolean told = message.getHeader(JdbcConstants.JDBC_UPDATE_COUNT) == null;
    // camel-jdbc makes a map of each row, by the names of its columns.
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> rows = told ? message.getBody(List.class) : List.of();
    message.removeHeaders("*");
    message.setBody(new SqlAnswer(call, rows));
  }

  /** Statements sent since the start. */
  public long calls() {
    return calls.get();
  }
}
