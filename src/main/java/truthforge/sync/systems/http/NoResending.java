package truthforge.sync.systems.http;

import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * Keeps the HTTP client from sending a request again by itself because of its answer: by default it
 * does so after a second at 429 and 503, writes included (rule 5). A reading whose connection broke
 * is still tried once more. It goes through the proxy that Java was told of, as 'doctor' does.
 */
public final class NoResending implements HttpClientConfigurer {

  private static final DefaultHttpRequestRetryStrategy ON_BROKEN_READINGS_ONLY =
      new DefaultHttpRequestRetryStrategy() {
        @Override
        public boolean retryRequest(HttpResponse response, int count, HttpContext context) {
          return false;
        }
      };

  @Override
  public void configureHttpClient(HttpClientBuilder builder) {
    builder.setRetryStrategy(ON_BROKEN_READINGS_ONLY);
    builder.setRoutePlanner(new SystemDefaultRoutePlanner(null));
  }
}
