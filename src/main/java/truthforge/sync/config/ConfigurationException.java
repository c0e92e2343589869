package truthforge.sync.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The configuration cannot be used. Carries all of its faults at once; the message has one line for
 * each, and none shows a value that is secret.
 */
public final class ConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<Finding> findings;

  public ConfigurationException(List<Finding> findings) {
    super(findings.stream().map(Finding::text).collect(Collectors.joining(System.lineSeparator())));
    this.findings = List.copyOf(findings);
  }

  public List<Finding> findings() {
    return findings;
  }
}
