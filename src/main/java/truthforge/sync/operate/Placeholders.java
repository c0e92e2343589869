package truthforge.sync.operate;

import java.util.Map;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;

/** Resolves Camel's placeholders, vaults included, before anything else is built. */
final class Placeholders {

  private static final String VAULTS = "camel.vault.";

  private Placeholders() {}

  /**
   * The same configuration with no placeholder left.
   *
   * @throws ConfigurationException for those that lead to no value
   */
  static Configuration resolved(Configuration configuration) {
    if (!configuration.hasPlaceholders()) {
      return configuration;
    }
    Main camel = new Main();
    camel.setShutdownStrategy(new SimpleMainShutdownStrategy());
    Map<String, String> settings = configuration.forCamel();
    settings.keySet().removeIf(name -> !name.startsWith(VAULTS));
    settings.forEach(camel::addOverrideProperty);
    camel.addOverrideProperty("camel.main.autoConfigurationLogSummary", "false");
    camel.addOverrideProperty("camel.main.startupSummaryLevel", "Off");
    camel.addOverrideProperty("camel.main.jmxEnabled", "false");
    camel.start();
    try {
      return configuration.resolved(camel.getCamelContext()::resolvePropertyPlaceholders);
    } finally {
      camel.stop();
    }
  }
}
