package truthforge.sync.systems.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NoResendingTest {

  private static final String BEHIND = "behind-a-proxy.invalid";

  private final ProxySelector before = ProxySelector.getDefault();
  private HttpServer proxy;

  @BeforeEach
  void a_proxy_that_java_was_told_of() throws IOException {
    proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    proxy.createContext(
        "/",
        exchange -> {
          byte[] asked = exchange.getRequestURI().toString().getBytes();
          exchange.sendResponseHeaders(200, asked.length);
          exchange.getResponseBody().write(asked);
          exchange.close();
        });
    proxy.start();
    ProxySelector.setDefault(new OnlyFor(BEHIND));
  }

  @AfterEach
  void it_ends() {
    ProxySelector.setDefault(before);
    proxy.stop(0);
  }

  /** Else 'doctor' reaches a system that the service does not. */
  @Test
  void a_system_is_reached_through_the_proxy_that_java_was_told_of() throws Exception {
    HttpClientBuilder builder = HttpClientBuilder.create();
    new NoResending().configureHttpClient(builder);

    String url = "http://" + BEHIND + "/rest/people";
    try (CloseableHttpClient client = builder.build()) {
      String answered =
          client.execute(new HttpGet(url), response -> EntityUtils.toString(response.getEntity()));
      assertThat(answered).isEqualTo(url);
    }
  }

  private final class OnlyFor extends ProxySelector {
    private final String host;

    OnlyFor(String host) {
      this.host = host;
    }

    @Override
    public List<Proxy> select(URI uri) {
      return host.equals(uri.getHost())
          ? List.of(new Proxy(Proxy.Type.HTTP, proxy.getAddress()))
          : before.select(uri);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
      before.connectFailed(uri, address, e);
    }
  }
}
