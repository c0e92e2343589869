package truthforge.sync.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where routes and configuration are read from: the folders named on the command line, else {@code
 * routes/} and {@code config/} of the working folder if it has them, else the defaults inside the
 * jar.
 *
 * @param configFolder null where the defaults inside the jar are used
 * @param routesFolder null where the defaults inside the jar are used
 */
public record Places(Path configFolder, Path routesFolder) {

  /** The routes inside the jar: its folders cannot be listed. */
  public static final List<String> ROUTES =
      List.of(
          "observe-bigquery",
          "observe-twenty",
          "observe-supabase",
          "observe-supabase-jdbc",
          "observe-local",
          "merge",
          "deliver-bigquery",
          "deliver-twenty",
          "deliver-supabase",
          "deliver-supabase-jdbc",
          "deliver-local",
          "dead-letter",
          "history",
          "reconcile",
          "inbox",
          "webhooks",
          "operate",
          "alerts");

  public static final String PROPERTIES = "application.properties";

  private static final String ROUTE_ENDING = ".camel.yaml";
  private static final String DEFAULTS = "defaults/";

  /** The route that nothing goes without, whatever the file is called that it stands in. */
  private static final Pattern MERGE = Pattern.compile("(?m)^[\\s-]*id:\\s*[\"']?merge[\"']?\\s*$");

  /** Editors of Windows put it before UTF-8. */
  private static final String BYTE_ORDER_MARK = "\ufeff";

  /**
   * A text file of the service.
   *
   * @param name as an operator would name it, for messages
   */
  public record Source(String name, String text) {}

  /** Everything from inside the jar. */
  public static Places insideTheJar() {
    return new Places(null, null);
  }

  /**
   * @param working the folder that the service was started in
   * @param config the folder given on the command line; null if none was
   * @param routes the folder given on the command line; null if none was
   * @throws ConfigurationException when a folder given does not exist, or holds no routes
   */
  public static Places find(Path working, Path config, Path routes) {
    List<Finding> faults = new ArrayList<>();
    if (config != null && !Files.isDirectory(working.resolve(config))) {
      faults.add(
          Finding.error(
              config.toString(),
              0,
              "there is no such folder",
              "Give --config a folder with " + PROPERTIES));
    }
    if (routes != null && !hasRoutes(working.resolve(routes))) {
      faults.add(
          Finding.error(
              routes.toString(),
              0,
              "this folder does not exist or holds no *" + ROUTE_ENDING,
              "Give --routes a folder with routes"));
    }
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    Path ownConfig = working.resolve("config");
    Path ownRoutes = working.resolve("routes");
    return new Places(
        config != null ? working.resolve(config) : isConfiguration(ownConfig) ? ownConfig : null,
        routes != null ? working.resolve(routes) : hasRoutes(ownRoutes) ? ownRoutes : null);
  }

  /** Options may all stand in the environment, and only the mappings in the folder. */
  private static boolean isConfiguration(Path folder) {
    return Files.isRegularFile(folder.resolve(PROPERTIES))
        || Files.isDirectory(folder.resolve("mappings"));
  }

  private static boolean hasRoutes(Path folder) {
    return Files.isDirectory(folder) && !routeFiles(folder).isEmpty();
  }

  /**
   * A file of the configuration, for example {@code mappings/twenty.yaml}. One that the folder
   * lacks is taken from inside the jar.
   *
   * @return empty if there is none in either
   */
  public Optional<Source> config(String path) {
    if (configFolder != null) {
      Path file = configFolder.resolve(path);
      if (Files.isRegularFile(file)) {
        return Optional.of(read(file));
      }
    }
    return inside("config/" + path);
  }

  /** Whether the folder has another one than the jar. */
  public boolean isChanged(String path) {
    Optional<String> inside = inside("config/" + path).map(Source::text);
    return !config(path).map(Source::text).equals(inside);
  }

  /** The properties file as an operator would name it, whether it is there yet or not. */
  public String propertiesToEdit() {
    return configFolder == null ? "config/" + PROPERTIES : shown(configFolder.resolve(PROPERTIES));
  }

  /** All routes, in the order of their names. */
  public List<Source> routes() {
    List<Source> all = new ArrayList<>();
    if (routesFolder != null) {
      routeFiles(routesFolder).forEach(file -> all.add(read(file)));
    }
    if (usesRoutesInside()) {
      ROUTES.stream().sorted().map(Places::routeInside).forEach(all::add);
    }
    return all;
  }

  /** The value of {@code camel.main.routes-include-pattern} that makes Camel load all routes. */
  public String routesIncludePattern() {
    List<String> all = new ArrayList<>();
    if (routesFolder != null) {
      routeFiles(routesFolder)
          .forEach(file -> all.add("file:" + file.toAbsolutePath().normalize()));
    }
    if (usesRoutesInside()) {
      ROUTES.forEach(name -> all.add("classpath:" + DEFAULTS + "routes/" + name + ROUTE_ENDING));
    }
    return String.join(",", all);
  }

  /** A folder with nothing but routes of one's own adds to those inside the jar. */
  private boolean usesRoutesInside() {
    return routesFolder == null
        || routeFiles(routesFolder).stream()
            .noneMatch(file -> isShipped(file) || MERGE.matcher(read(file).text()).find());
  }

  /** Files inside the jar that the folder takes the place of, and has none of that name for. */
  public List<Source> routesLeftOut() {
    if (routesFolder == null || usesRoutesInside()) {
      return List.of();
    }
    List<Path> files = routeFiles(routesFolder);
    return ROUTES.stream()
        .filter(name -> files.stream().noneMatch(file -> file.endsWith(name + ROUTE_ENDING)))
        .map(Places::routeInside)
        .toList();
  }

  private static boolean isShipped(Path file) {
    return ROUTES.stream().anyMatch(name -> file.endsWith(name + ROUTE_ENDING));
  }

  private static Source routeInside(String name) {
    return inside("routes/" + name + ROUTE_ENDING)
        .orElseThrow(
            () -> new IllegalStateException("The jar is incomplete: it lacks the route " + name));
  }

  private static List<Path> routeFiles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(ROUTE_ENDING)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Source read(Path file) {
    try {
      String text = Files.readString(file);
      return new Source(shown(file), withoutMark(text));
    } catch (CharacterCodingException e) {
      throw unreadable(file, "is no UTF-8 text", "Save it as UTF-8, or write letters as \\u00e9");
    } catch (IOException e) {
      throw unreadable(file, "cannot be read", "Let the user that the service runs as read it");
    }
  }

  static String withoutMark(String text) {
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  private static ConfigurationException unreadable(Path file, String what, String remedy) {
    return new ConfigurationException(List.of(Finding.error(shown(file), 0, what, remedy)));
  }

  /** Relative to the working folder where it lies below it. */
  private static String shown(Path file) {
    Path working = Path.of("").toAbsolutePath();
    Path absolute = file.toAbsolutePath().normalize();
    return (absolute.startsWith(working) ? working.relativize(absolute) : absolute).toString();
  }

  private static Optional<Source> inside(String path) {
    String resource = DEFAULTS + path;
    try (InputStream in = Places.class.getClassLoader().getResourceAsStream(resource)) {
      return in == null
          ? Optional.empty()
          : Optional.of(
              new Source(
                  "(inside the jar) " + path,
                  new String(in.readAllBytes(), StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
