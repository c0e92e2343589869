package truthforge.sync.cli;

import org.apache.camel.CamelContext;
import picocli.CommandLine;

/** This program's version, and those of what it stands on. */
final class Version implements CommandLine.IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {
      "truth-forge-sync " + of(Version.class),
      "Apache Camel " + of(CamelContext.class) + ", Java " + Runtime.version()
    };
  }

  /** As the jar's manifest says; classes that are in no jar have none. */
  private static String of(Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }
}
