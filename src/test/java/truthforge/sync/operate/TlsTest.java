package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Options;

class TlsTest {

  private static final String PASSWORD = "changeit-please";

  @TempDir Path folder;

  private Path keystore() throws Exception {
    Path file = folder.resolve("service.p12");
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "service",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=dns:localhost,ip:127.0.0.1",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    file.toString(),
                    "-storepass",
                    PASSWORD))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    return file;
  }

  private static HttpClient trusting(Path keystore) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = new FileInputStream(keystore.toFile())) {
      store.load(in, PASSWORD.toCharArray());
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(context).build();
  }

  @Test
  void with_a_keystore_webhooks_come_by_tls_and_by_nothing_else() throws Exception {
    Path keystore = keystore();
    World world = World.withoutEngine(folder, "twenty", "local");
    world.set(Options.SERVER_TLS_KEYSTORE, keystore.toString());
    world.set(Options.SERVER_TLS_KEYSTORE_PASSWORD, PASSWORD);
    try (Listening service = new Listening(world, Engine.Mode.LISTENING)) {
      HttpRequest plain = service.signed(service.now(), Listening.event("task.updated", "1"));
      HttpRequest.Builder encrypted =
          HttpRequest.newBuilder(plain, (name, value) -> true)
              .uri(URI.create("https://localhost:" + service.port + "/webhooks/twenty"));

      assertThat(trusting(keystore).send(encrypted.build(), BodyHandlers.ofString()).statusCode())
          .isEqualTo(204);
      assertThatThrownBy(() -> service.send(plain)).isInstanceOf(java.io.IOException.class);
    }
  }

  @Test
  void with_a_keystore_the_operators_port_and_commands_that_ask_it_speak_tls() throws Exception {
    Path keystore = keystore();
    World world = World.withoutEngine(folder, "local", "twenty");
    world.set(Options.SERVER_TLS_KEYSTORE, keystore.toString());
    world.set(Options.SERVER_TLS_KEYSTORE_PASSWORD, PASSWORD);
    try (AtWork work = new AtWork(world, begun -> {}, trusting(keystore));
        Operator operator = new Operator(folder, world.settings())) {
      assertThat(operator.does("pause twenty").all()).isEqualToIgnoringNewLines("paused twenty");
      assertThat(work.get("/api/overview").json().at("/systems/twenty/state").asText())
          .isEqualTo("paused");
      URI plain = URI.create(work.url.toString().replace("https:", "http:"));
      assertThatThrownBy(
              () ->
                  HttpClient.newHttpClient()
                      .send(HttpRequest.newBuilder(plain).build(), BodyHandlers.ofString()))
          .isInstanceOf(java.io.IOException.class);
    }
  }

  @Test
  void a_keystore_that_cannot_be_opened_stops_the_start_and_its_password_is_not_told()
      throws Exception {
    Path keystore = keystore();
    try (World world = World.withoutEngine(folder, "twenty", "local")) {
      world.set(Options.SERVER_TLS_KEYSTORE, keystore.toString());
      world.set(Options.SERVER_TLS_KEYSTORE_PASSWORD, "a wrong one");

      assertThatThrownBy(() -> new Listening(world, Engine.Mode.LISTENING))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("server.tls.keystore")
          .hasMessageNotContaining("a wrong one");
    }
  }
}
