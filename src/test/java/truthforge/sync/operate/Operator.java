package truthforge.sync.operate;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;
import truthforge.sync.cli.Door;
import truthforge.sync.cli.Terminal;
import truthforge.sync.cli.TruthForgeSync;
import truthforge.sync.config.Option;
import truthforge.sync.config.Places;
import truthforge.sync.validate.RouteCheck;

/** Somebody at the command line of the real service, in a folder of their own. */
final class Operator implements AutoCloseable {

  final Path folder;
  private final Map<String, String> properties = new TreeMap<>();
  private final StringBuffer everything = new StringBuffer();
  private final Overhearing overhearing = new Overhearing();

  /** What a command said. */
  record Said(int code, String out, String err) {

    String all() {
      return out + err;
    }
  }

  /** Only to search what is logged for what must not be in it. */
  private final class Overhearing extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      everything.append(event.getFormattedMessage()).append('\n');
    }
  }

  Operator(Path folder, Map<Option, String> settings) {
    this.folder = folder;
    settings.forEach((option, value) -> properties.put(option.name(), value));
    properties.put("log.file", folder.resolve("logs/sync.log").toString());
    overhearing.start();
    root().addAppender(overhearing);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  Operator sets(String property, String value) {
    properties.put(property, value);
    return this;
  }

  Operator without(String property) {
    properties.remove(property);
    return this;
  }

  /** Copies the shipped file into the folder, changed. */
  void changes(String file, String from, String to) throws IOException {
    boolean route = file.startsWith("routes/");
    String text =
        route
            ? Places.insideTheJar().routes().stream()
                .filter(source -> source.name().endsWith(file.substring("routes/".length())))
                .findFirst()
                .orElseThrow()
                .text()
            : Places.insideTheJar().config(file.substring("config/".length())).orElseThrow().text();
    if (!text.contains(from)) {
      throw new IllegalArgumentException(file + " has no " + from);
    }
    if (route) {
      for (Places.Source source : Places.insideTheJar().routes()) {
        write(
            "routes/" + source.name().substring(source.name().lastIndexOf('/') + 1), source.text());
      }
    }
    write(file, text.replace(from, to));
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  /** Runs a command as written. */
  Said does(String line) throws IOException {
    StringBuilder text = new StringBuilder();
    properties.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
    write("config/application.properties", text.toString());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    Door door =
        new Door(
            terminal,
            SyncService::open,
            null,
            List.of(RouteCheck::new, MappingCheck::new),
            Map.of(),
            folder);
    int code = TruthForgeSync.execute(door, line.split(" "));
    Said said =
        new Said(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    everything.append(said.all());
    return said;
  }

  /** All that was said and logged so far. */
  String everything() {
    return everything.toString();
  }

  @Override
  public void close() {
    root().detachAppender(overhearing);
  }
}
