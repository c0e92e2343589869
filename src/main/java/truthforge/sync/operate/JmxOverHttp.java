package truthforge.sync.operate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jolokia.jvmagent.JolokiaServer;
import org.jolokia.jvmagent.JolokiaServerConfig;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;

/**
 * JMX for consoles that speak HTTP, such as Hawtio: on this machine alone, and only within an
 * access policy.
 */
final class JmxOverHttp implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final String SHIPPED_POLICY =
      "classpath:/defaults/config/jolokia/jolokia-access.xml";

  private final JolokiaServer server;

  private JmxOverHttp(JolokiaServer server) {
    this.server = server;
  }

  /**
   * Null where no port is configured.
   *
   * @throws ConfigurationException when the policy is not there: without one anybody could do
   *     anything
   */
  static JmxOverHttp start(Configuration configuration) {
    if (!configuration.isSet(Options.JMX_JOLOKIA_PORT)) {
      return null;
    }
    Map<String, String> settings = new HashMap<>();
    settings.put("host", HOST);
    settings.put("port", configuration.required(Options.JMX_JOLOKIA_PORT));
    settings.put("policyLocation", policy(configuration.text(Options.JMX_JOLOKIA_POLICY)));
    settings.put("discoveryEnabled", "false");
    // Else it prints, where results belong.
    settings.put("logHandlerClass", "org.jolokia.server.core.service.impl.QuietLogHandler");
    settings.put("allowErrorDetails", "false");
    settings.put("includeStackTrace", "false");
    try {
      JolokiaServer server = new JolokiaServer(new JolokiaServerConfig(settings));
      server.start();
      return new JmxOverHttp(server);
    } catch (IOException e) {
      throw new UncheckedIOException("jmx.jolokia.port cannot be opened on " + HOST, e);
    }
  }

  private static String policy(String file) {
    if (file == null) {
      return SHIPPED_POLICY;
    }
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      throw new ConfigurationException(
          List.of(
              Finding.error(
                  Options.JMX_JOLOKIA_POLICY.name(),
                  0,
                  "the access policy cannot be read",
                  "Name a file, or leave it out for the one that is shipped")));
    }
    return path.toUri().toString();
  }

  /** Where it listens. */
  URI url() {
    return URI.create(server.getUrl());
  }

  @Override
  public void close() {
    server.stop();
  }
}
