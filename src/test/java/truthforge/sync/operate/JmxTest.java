package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Set;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.StandIn.Fault;

/** Issue 6: the service in a JMX console, by a real connection. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JmxTest {

  private static final String[] TAKING_A_SYSTEM = {String.class.getName()};

  private AtWork work;
  private JMXConnectorServer server;
  private JMXConnector connector;
  private MBeanServerConnection console;
  private ObjectName operator;

  @BeforeAll
  void a_service_and_a_console(@TempDir Path folder) throws Exception {
    World world = World.withoutEngine(folder, "local", "twenty");
    world.set(Options.SYNC_MAX_ATTEMPTS, "1");
    work = new AtWork(world);
    server =
        JMXConnectorServerFactory.newJMXConnectorServer(
            new JMXServiceURL("service:jmx:rmi://127.0.0.1"),
            null,
            ManagementFactory.getPlatformMBeanServer());
    server.start();
    connector = JMXConnectorFactory.connect(server.getAddress());
    console = connector.getMBeanServerConnection();
    operator = new ObjectName("truthforge.sync:type=Operator");
  }

  @AfterAll
  void they_end() throws Exception {
    try {
      connector.close();
      server.stop();
    } finally {
      work.close();
    }
  }

  private String state(String system) throws Exception {
    TabularData systems = (TabularData) console.getAttribute(operator, "Systems");
    CompositeData entry = systems.get(new Object[] {system});
    return (String) ((CompositeData) entry.get("value")).get("state");
  }

  private void invoke(String operation, String system) throws Exception {
    console.invoke(operator, operation, new Object[] {system}, TAKING_A_SYSTEM);
  }

  private int status(String health) {
    return work.send(work.request("/observe/health" + health).GET()).status();
  }

  @Test
  void the_status_is_there_for_consoles_that_have_none_of_our_classes() throws Exception {
    AtWork.await(
        () -> console.getAttribute(operator, "Ready").equals(true), "the service to be ready");
    AtWork.await(() -> state("twenty").equals("running"), "Twenty to run");
    assertThat((String) console.invoke(operator, "status", null, null)).contains("twenty");
  }

  /** Promises 1 and 3: what is edited while a route is stopped is read when it runs again. */
  @Test
  void a_route_stopped_there_shows_in_health_and_on_the_page_and_loses_nothing() throws Exception {
    Set<ObjectName> routes =
        console.queryNames(
            new ObjectName("org.apache.camel:context=*,type=routes,name=\"observe-local\""), null);
    assertThat(routes).hasSize(1);
    ObjectName route = routes.iterator().next();

    console.invoke(route, "stop", null, null);

    AtWork.await(() -> status("/ready") == 503, "the service not to be ready");
    AtWork.await(
        () ->
            work.send(work.request("/observe/health").GET())
                .response()
                .body()
                .contains("stopped: observe-local"),
        "health to name the route");
    assertThat(status("/live")).isEqualTo(200);
    assertThat(work.get("/api/overview").json().at("/systems/local/state").asText())
        .isEqualTo("stopped");
    work.world.sql("insert into contacts_master(first_name) values ('Edited meanwhile')");

    console.invoke(route, "start", null, null);

    AtWork.await(
        () -> work.world.twenty.people().toString().contains("Edited meanwhile"),
        "what was edited meanwhile");
    AtWork.await(() -> status("/ready") == 200, "the service to be ready");
  }

  @Test
  void a_system_is_stopped_and_started_as_one() throws Exception {
    invoke("stop", "twenty");
    AtWork.await(() -> state("twenty").equals("stopped"), "Twenty to be stopped");
    work.world.sql("insert into contacts_master(first_name) values ('While stopped')");
    work.awaitJson(
        "/api/overview", o -> o.at("/systems/twenty/due").asInt() > 0, "a contact to be due");

    invoke("start", "twenty");
    console.invoke(operator, "syncNow", null, null);

    AtWork.await(
        () -> work.world.twenty.people().toString().contains("While stopped"), "it to arrive");
    AtWork.await(() -> state("twenty").equals("running"), "Twenty to run");
  }

  @Test
  void a_dead_letter_is_replayed() throws Exception {
    work.world.twenty.inject(
        Fault.status(400, "{\"messages\":[\"no\"]}")
            .when(request -> request.bodyText().contains("Unbearable")));
    work.world.sql("insert into contacts_master(first_name) values ('Unbearable')");
    AtWork.await(() -> console.getAttribute(operator, "Parked").equals(1L), "it to be parked");
    work.world.twenty.heal();

    long id = work.get("/api/dead-letters").json().at("/deadLetters/0/id").asLong();
    console.invoke(operator, "replay", new Object[] {id}, new String[] {"long"});

    AtWork.await(
        () -> work.world.twenty.people().toString().contains("Unbearable"), "it to arrive");
    AtWork.await(() -> console.getAttribute(operator, "Parked").equals(0L), "none to be parked");
  }

  @Test
  void what_is_held_is_approved() throws Exception {
    work.world.sql(
        "insert into contacts_master(first_name, phones) values ('Twin', '[\"+33612345678\"]'),"
            + " ('Twin', '[\"+33612345678\"]')");
    AtWork.await(() -> console.getAttribute(operator, "Held").equals(1L), "one to be held");

    long id = work.get("/api/held").json().at("/held/0/id").asLong();
    console.invoke(
        operator, "approve", new Object[] {id, ""}, new String[] {"long", String.class.getName()});

    AtWork.await(() -> console.getAttribute(operator, "Held").equals(0L), "none to be held");
    AtWork.await(
        () ->
            work.world.twenty.people().stream()
                    .filter(person -> person.toString().contains("Twin"))
                    .count()
                == 2,
        "both to be there");
  }

  @Test
  void what_cannot_be_done_is_told_by_an_exception_that_every_console_knows() {
    assertThatThrownBy(
            () ->
                console.invoke(
                    operator,
                    "approve",
                    new Object[] {77L, ""},
                    new String[] {"long", String.class.getName()}))
        .hasRootCauseInstanceOf(IllegalArgumentException.class)
        .rootCause()
        .hasMessageContaining("77");
    assertThatThrownBy(() -> invoke("pause", "salesforce"))
        .hasRootCauseInstanceOf(IllegalArgumentException.class);
  }
}
