package truthforge.sync.validate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Places;

/** Has Camel itself read the routes, and start none: it refuses more than its schema tells. */
final class Loads implements AutoCloseable {

  private static final Pattern LINE = Pattern.compile("line (\\d+)");

  private final DefaultCamelContext context = new DefaultCamelContext();

  Loads() {
    context.build();
  }

  /** Null where Camel takes the file. */
  Finding fault(Places.Source file) {
    try {
      PluginHelper.getRoutesLoader(context)
          .loadRoutes(ResourceHelper.fromString("file:" + file.name(), file.text()));
      return null;
    } catch (Exception e) {
      Throwable innermost = e;
      while (innermost.getCause() != null) {
        innermost = innermost.getCause();
      }
      String message = String.valueOf(innermost.getMessage());
      Matcher line = LINE.matcher(message);
      return Finding.error(
          file.name(),
          line.find() ? Integer.parseInt(line.group(1)) : 1,
          "Camel does not load it: " + message.strip().lines().findFirst().orElse(""),
          "Compare it with the language reference of Camel's YAML DSL");
    }
  }

  @Override
  public void close() {
    try {
      context.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
