package truthforge.sync.validate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.EndpointUriFactory;
import truthforge.sync.config.Finding;
import truthforge.sync.text.Nearest;

/** Knows the options of every endpoint on the class path, from the components themselves. */
final class Endpoints implements AutoCloseable {

  /** Keys of Camel's YAML whose value may be an endpoint as one text. */
  static final Set<String> IN_ONE_TEXT = Set.of("to", "toD", "deadLetterUri");

  private final DefaultCamelContext context = new DefaultCamelContext(false);

  /**
   * @param option the option that it is about; null where it is about the endpoint
   */
  record Fault(boolean certain, String option, String what, String remedy) {
    Finding in(String file, int line) {
      return certain
          ? Finding.error(file, line, what, remedy)
          : Finding.warning(file, line, what, remedy);
    }
  }

  /**
   * @param uri may hold placeholders; what they stand for is not looked at
   * @param parameters names of options that are written apart from the URI
   */
  List<Fault> check(String uri, Collection<String> parameters) {
    int colon = uri.indexOf(':');
    String scheme = (colon < 0 ? uri.split("\\?")[0] : uri.substring(0, colon)).strip();
    if (!scheme.matches("[a-z][a-z0-9+.-]*")) {
      return List.of();
    }
    EndpointUriFactory factory = context.getCamelContextExtension().getEndpointUriFactory(scheme);
    if (factory == null) {
      return List.of(
          new Fault(
              true,
              null,
              "there is no component " + scheme,
              "Add its Camel artifact to the build, or use another component"));
    }
    List<String> given = new ArrayList<>(parameters);
    int query = uri.indexOf('?');
    if (query >= 0) {
      for (String part : uri.substring(query + 1).split("&")) {
        given.add(part.split("=", 2)[0]);
      }
    }
    List<Fault> faults = new ArrayList<>();
    for (String option : given) {
      fault(scheme, factory, option, faults);
    }
    return faults;
  }

  private static void fault(
      String scheme, EndpointUriFactory factory, String option, List<Fault> faults) {
    Set<String> known = factory.propertyNames();
    boolean multiple = factory.multiValuePrefixes().values().stream().anyMatch(option::startsWith);
    if (known.contains(option) || multiple || option.isBlank() || option.contains("{{")) {
      return;
    }
    String near = Nearest.nearest(option, known);
    String remedy = near == null ? "Remove it" : "Did you mean " + near + "?";
    if (!factory.isLenientProperties()) {
      faults.add(
          new Fault(true, option, "the component " + scheme + " has no option " + option, remedy));
    } else if (near != null) {
      faults.add(
          new Fault(
              false,
              option,
              option + " is no option of " + scheme + " and goes into the query of the request",
              remedy));
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
