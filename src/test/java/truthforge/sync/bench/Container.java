package truthforge.sync.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The service as the {@code Dockerfile} lays it out and starts it: a Java of few modules, the
 * libraries side by side, and an archive of loaded classes.
 */
final class Container {

  private static final Path DOCKERFILE = Path.of("Dockerfile");
  private static final String MAIN = "truthforge.sync.Main";
  private static final Pattern OPTIONS = Pattern.compile("JAVA_TOOL_OPTIONS=\"([^\"]*)\"");
  private static final Pattern MODULES = Pattern.compile("--add-modules (\\S+)");

  private final Path app;
  private final Path java;

  private Container(Path app, Path java) {
    this.app = app;
    this.java = java;
  }

  private static String found(Pattern pattern) {
    try {
      Matcher matcher = pattern.matcher(Files.readString(DOCKERFILE));
      if (!matcher.find()) {
        throw new IllegalStateException("The Dockerfile lacks " + pattern);
      }
      return matcher.group(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> allOptions() {
    return Arrays.asList(found(OPTIONS).split("\\s+"));
  }

  /**
   * With which every measured service runs: those of the container, without its archive of classes,
   * which belongs to the container's layout.
   */
  static List<String> javaOptions() {
    List<String> options =
        allOptions().stream()
            .filter(o -> !o.startsWith("-XX:SharedArchiveFile"))
            .filter(o -> !o.startsWith("-Xshare") && !o.startsWith("-Xlog:cds"))
            .toList();
    if (options.stream().noneMatch(o -> o.matches("-Xmx(\\d|\\d\\d|1\\d\\d|2[0-4]\\d|25[0-6])m"))) {
      throw new IllegalStateException("-Xmx must be 256m at most, not as in " + options);
    }
    return options;
  }

  /** Lays it out, as building the image does; once for a jar. */
  static Container build() throws Exception {
    Path folder = ServiceProcess.JAR.resolveSibling("container");
    Path built = folder.resolve("built");
    Path jar = ServiceProcess.JAR;
    Path java = folder.resolve("java");
    boolean current =
        Files.exists(built)
            && Files.readString(built).equals(stateOf(jar) + stateOf(DOCKERFILE.toAbsolutePath()));
    if (current) {
      return new Container(folder.resolve("app"), java.resolve("bin/java"));
    }
    System.err.println("Laying out the container ...");
    if (Files.exists(folder)) {
      Machine.delete(folder);
    }
    Path app = Files.createDirectories(folder.resolve("app"));
    run(app, tool("jar"), "xf", jar.toString(), "BOOT-INF/lib");
    Files.move(app.resolve("BOOT-INF/lib"), app.resolve("lib"));
    Files.copy(
        jar.resolveSibling(jar.getFileName() + ".original"), app.resolve("truth-forge-sync.jar"));
    run(
        app,
        tool("jlink"),
        "--output",
        java.toString(),
        "--strip-java-debug-attributes",
        "--no-header-files",
        "--no-man-pages",
        "--compress=2",
        "--add-modules",
        found(MODULES));
    Container container = new Container(app, java.resolve("bin/java"));
    run(app, container.java.toString(), "-Xshare:dump");
    run(
        folder,
        container.java.toString(),
        "-XX:ArchiveClassesAtExit=" + app.resolve("classes.jsa"),
        "-cp",
        container.classPath(),
        MAIN,
        "sandbox",
        "--seconds",
        "5",
        "--contacts",
        "10",
        "--seed",
        "1",
        "--json");
    Files.writeString(built, stateOf(jar) + stateOf(DOCKERFILE.toAbsolutePath()));
    return container;
  }

  private static String stateOf(Path file) throws IOException {
    return file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file) + "\n";
  }

  private String classPath() {
    return app.resolve("truth-forge-sync.jar") + ":" + app.resolve("lib") + "/*";
  }

  /** The container's command, with its options and its places. */
  List<String> command(String... arguments) {
    List<String> command = Machine.java(java);
    allOptions().forEach(option -> command.add(option.replace("/app/", app + "/")));
    command.add("-cp");
    command.add(classPath());
    command.add(MAIN);
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  /** A JVM that does nothing but say its version, in the same manner. */
  List<String> bareCommand() {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.add("-Xmx256m");
    command.add("-version");
    return command;
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  private static void run(Path folder, String... command) throws Exception {
    Path said = Files.createTempFile(folder, "said", ".txt");
    int code =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start()
            .waitFor();
    if (code != 0) {
      throw new AssertionError(
          String.join(" ", command) + " ended with " + code + ": " + Files.readString(said));
    }
    Files.delete(said);
  }
}
