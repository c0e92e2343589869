package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Options;

class JmxOverHttpTest {

  @TempDir Path folder;
  private World world;

  @BeforeEach
  void a_world() throws Exception {
    world = World.withoutEngine(folder, "twenty", "local");
    world.mode = Engine.Mode.LISTENING;
  }

  @AfterEach
  void it_ends() {
    world.close();
  }

  private JsonNode ask(String json) throws Exception {
    URI url = world.engine.jmxOverHttp();
    HttpRequest request =
        HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofString(json)).build();
    String body = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    return new ObjectMapper().readTree(body);
  }

  @Test
  void there_is_none_unless_it_is_configured() throws Exception {
    world.start();

    assertThat(world.engine.jmxOverHttp()).isNull();
  }

  @Test
  void a_console_reads_the_routes_with_their_statistics_and_changes_nothing() throws Exception {
    world.set(Options.JMX_JOLOKIA_PORT, "0");
    world.start();
    world.engine.runCycle();
    String route = "org.apache.camel:context=truth-forge-sync,type=routes,name=\\\"cycle\\\"";

    assertThat(world.engine.jmxOverHttp().getHost()).isEqualTo("127.0.0.1");
    assertThat(
            ask("{\"type\":\"read\",\"mbean\":\"" + route + "\",\"attribute\":\"ExchangesTotal\"}")
                .path("value")
                .asInt())
        .isEqualTo(1);
    assertThat(
            ask("{\"type\":\"exec\",\"mbean\":\"" + route + "\",\"operation\":\"stop()\"}")
                .path("status")
                .asInt())
        .isEqualTo(403);
    assertThat(
            ask("{\"type\":\"write\",\"mbean\":\""
                    + route
                    + "\",\"attribute\":\"TracingEnabled\",\"value\":true}")
                .path("status")
                .asInt())
        .isEqualTo(403);
    assertThat(
            ask("{\"type\":\"read\",\"mbean\":\"java.lang:type=Runtime\","
                    + "\"attribute\":\"SystemProperties\"}")
                .path("status")
                .asInt())
        .isEqualTo(403);
  }

  @Test
  void without_its_policy_it_does_not_start() {
    world.set(Options.JMX_JOLOKIA_PORT, "0");
    world.set(Options.JMX_JOLOKIA_POLICY, folder.resolve("none.xml").toString());

    assertThatThrownBy(() -> world.start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("jmx.jolokia.policy");
  }
}
