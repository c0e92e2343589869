package truthforge.sync.operate;

import org.apache.camel.impl.DefaultCamelContext;

/** Resolves Camel's placeholders, vaults included, before anything else is built. */
final class Placeholders {

  private Placeholders() {}

  static String resolve(String text) {
    try (DefaultCamelContext context = new DefaultCamelContext()) {
      context.start();
      return context.resolvePropertyPlaceholders(text);
    } catch (Exception e) {
      throw new IllegalStateException("A placeholder cannot be resolved", e);
    }
  }
}
