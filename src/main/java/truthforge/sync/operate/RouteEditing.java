package truthforge.sync.operate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.FileWatcherResourceReloadStrategy;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Places;
import truthforge.sync.validate.RouteCheck;

/**
 * Takes edits of route files into the running service, for whoever develops routes. A file with a
 * fault changes nothing: its routes go on as they were, and the fault is told until it is mended. A
 * route that left its file goes on too, and is told.
 */
final class RouteEditing implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");
  private static final String ENDING = ".camel.yaml";

  private final CamelContext context;
  private final Places places;
  private final Predicate<String> takesPart;
  private final Runnable loaded;
  private final FileWatcherResourceReloadStrategy watcher;
  private final Map<String, String> lastGood = new HashMap<>();
  private final Map<String, String> lastRead = new HashMap<>();
  private final Map<String, List<String>> faults = new TreeMap<>();

  /**
   * @param places with a folder of routes
   * @param takesPart whether a file, by its name, is one that this service loads
   * @param loaded is told that routes were loaded anew
   */
  RouteEditing(CamelContext context, Places places, Predicate<String> takesPart, Runnable loaded) {
    this.context = context;
    this.places = places;
    this.takesPart = takesPart;
    this.loaded = loaded;
    for (Path file : files()) {
      String text = text(file);
      lastGood.put(file.getFileName().toString(), text);
      lastRead.put(file.getFileName().toString(), text);
    }
    watcher = new FileWatcherResourceReloadStrategy(places.routesFolder().toString());
    watcher.setCamelContext(context);
    watcher.setPollTimeout(500);
    watcher.setFileFilter(file -> file.getName().endsWith(ENDING));
    watcher.setResourceReload((name, resource) -> lookThroughAll());
    watcher.start();
    LOG.info("Edits of the routes in {} are taken in while they are made", places.routesFolder());
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.list(places.routesFolder())) {
      return files
          .filter(file -> file.toString().endsWith(ENDING))
          .filter(file -> takesPart.test(file.getFileName().toString()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with the files as they are now, one line each. */
  synchronized List<String> faults() {
    return Stream.concat(faults.values().stream().flatMap(List::stream), removed()).toList();
  }

  /** The watcher tells of no file that is gone. */
  private Stream<String> removed() {
    Set<String> there =
        files().stream().map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    return lastGood.keySet().stream()
        .filter(name -> !there.contains(name) && !idsOf(name).isEmpty())
        .map(name -> name + ": the file is there no more, and its routes go on until a restart");
  }

  private synchronized void lookThroughAll() {
    for (Path file : files()) {
      String name = file.getFileName().toString();
      String text = text(file);
      if (!text.equals(lastRead.put(name, text))) {
        edited(name, text);
      }
    }
  }

  private void edited(String name, String text) {
    List<String> found =
        new RouteCheck(places)
            .findings().stream()
                .filter(Finding::isFault)
                .filter(finding -> finding.place().endsWith(name))
                .map(Finding::text)
                .toList();
    if (!found.isEmpty()) {
      refused(name, found);
      return;
    }
    Set<String> before = idsOf(name);
    try {
      Set<String> now = load(name, text);
      lastGood.put(name, text);
      loaded.run();
      left(name, before, now);
    } catch (Exception e) {
      refused(name, List.of(name + ": " + cause(e)));
      goBack(name, before);
    }
  }

  private void refused(String name, List<String> found) {
    faults.put(name, found);
    found.forEach(
        fault -> LOG.warn("{}. The routes of this file go on as they were before", fault));
  }

  /** Camel says at the innermost what is wrong, and around it which route could not be made. */
  private static String cause(Throwable e) {
    Throwable innermost = e;
    while (innermost.getCause() != null && innermost.getCause() != innermost) {
      innermost = innermost.getCause();
    }
    return innermost.getMessage() == null
        ? innermost.getClass().getSimpleName()
        : innermost.getMessage();
  }

  private Set<String> load(String name, String text) throws Exception {
    Resource resource = ResourceHelper.fromString(location(name), text);
    return PluginHelper.getRoutesLoader(context).updateRoutes(resource);
  }

  private String location(String name) {
    return "file:" + places.routesFolder().resolve(name).toAbsolutePath().normalize();
  }

  private Set<String> idsOf(String name) {
    Set<String> ids = new TreeSet<>();
    for (Route route : context.getRoutes()) {
      String from = route.getSourceLocationShort();
      if (from != null && from.startsWith(name)) {
        ids.add(route.getRouteId());
      }
    }
    return ids;
  }

  private void left(String name, Set<String> before, Set<String> now) {
    List<String> gone = new ArrayList<>();
    for (String id : before) {
      if (!now.contains(id)) {
        gone.add(name + ": the route " + id + " is in it no more, and goes on until a restart");
      }
    }
    if (gone.isEmpty()) {
      faults.remove(name);
    } else {
      faults.put(name, gone);
      gone.forEach(LOG::warn);
    }
    LOG.info("{} was edited; its routes are: {}", name, String.join(", ", new TreeSet<>(now)));
  }

  /**
   * What the failed loading took away is put back; should that fail too, health shows what lacks.
   */
  private void goBack(String name, Set<String> before) {
    try {
      for (String id : idsOf(name)) {
        if (!before.contains(id)) {
          context.getRouteController().stopRoute(id);
          context.removeRoute(id);
        }
      }
      String good = lastGood.get(name);
      if (good != null) {
        load(name, good);
      }
    } catch (Exception e) {
      LOG.error("{} could not be put back as it was: {}. Start anew", name, cause(e));
    }
  }

  @Override
  public void close() {
    watcher.stop();
  }
}
