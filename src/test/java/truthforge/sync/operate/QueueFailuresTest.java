package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Endpoint;
import org.apache.camel.Route;
import org.apache.camel.component.seda.SedaEndpoint;
import org.apache.camel.support.LoggingExceptionHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.ledger.Ledger;

/** Work that a wake began, without a ledger. */
class QueueFailuresTest {

  @Test
  void a_ledger_that_is_away_is_told_in_its_own_words_however_deep_it_lies() {
    List<String> told = new ArrayList<>();
    QueueFailures failures =
        new QueueFailures(told::add, new LoggingExceptionHandler(null, QueueFailuresTest.class));

    failures.handleException(
        "Error processing exchange",
        null,
        new CamelExecutionException(
            "in a route", null, new Ledger.LedgerUnavailable("The ledger is away.", null)));

    assertThat(told).containsExactly("The ledger is away.");
  }

  @Test
  void each_queue_of_the_routes_tells_its_failures_so(@TempDir Path folder) throws Exception {
    World world = World.withoutEngine(folder, World.ALL);
    try (Listening service = new Listening(world, Engine.Mode.LISTENING)) {
      List<Endpoint> queues =
          service.world.engine.context().getRoutes().stream()
              .map(Route::getEndpoint)
              .filter(endpoint -> endpoint instanceof SedaEndpoint)
              .filter(endpoint -> !endpoint.getEndpointUri().startsWith("seda://cycle"))
              .toList();

      assertThat(queues)
          .hasSizeGreaterThan(7)
          .allSatisfy(
              queue ->
                  assertThat(((SedaEndpoint) queue).getExceptionHandler())
                      .isInstanceOf(QueueFailures.class));
    }
  }
}
