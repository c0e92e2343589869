package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import truthforge.sync.ledger.CycleReport;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.ledger.JdbcLedger;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerSettings;

/** The packaged jar in a process of its own, in a folder with its configuration and its ledger. */
final class ServiceProcess implements AutoCloseable {

  static final Path JAR = Path.of("target", "bench", "truth-forge-sync.jar").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofHours(1);
  private static final int MOST_CYCLES = 1_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Path folder;
  private final Process process;
  private final long startedNanos;
  private final Path out;
  private final Path err;
  private final Thread watcher;
  private volatile double peakMemory;
  private volatile double cpu;
  private volatile long endedNanos;

  /** A cycle as the ledger tells it. */
  record CycleDone(CycleReport report) {
    long id() {
      return report.id();
    }

    double seconds() {
      return Duration.between(report.startedAt(), report.endedAt()).toNanos() / 1e9;
    }

    Counters of(String system) {
      return report.systems().get(system);
    }

    long sum(ToLongFunction<Counters> counter) {
      return report.systems().values().stream().mapToLong(counter).sum();
    }
  }

  private ServiceProcess(Path folder, List<String> command) throws IOException {
    this.folder = folder;
    out = Files.createTempFile(folder, "out", ".txt");
    err = Files.createTempFile(folder, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.equals("JAVA_TOOL_OPTIONS"));
    startedNanos = System.nanoTime();
    process = builder.start();
    watcher = new Thread(this::watch, "watcher");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** Starts the jar in a folder that {@link #configure} was called for. */
  static ServiceProcess start(Path folder, String... arguments) throws IOException {
    List<String> command = Machine.java();
    command.addAll(Container.javaOptions());
    String more = System.getenv("BENCH_JAVA_OPTIONS");
    if (more != null) {
      // For a profiler.
      command.addAll(Arrays.asList(more.split(" ")));
    }
    command.add("-jar");
    command.add(JAR.toString());
    command.addAll(Arrays.asList(arguments));
    return new ServiceProcess(folder, command);
  }

  /** Starts another command in such a folder. */
  static ServiceProcess startAs(Path folder, List<String> command) throws IOException {
    return new ServiceProcess(folder, command);
  }

  static void configure(Path folder, Map<String, String> settings) throws IOException {
    StringBuilder text = new StringBuilder();
    settings.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
    Files.createDirectories(folder.resolve("config"));
    Files.writeString(folder.resolve("config/application.properties"), text);
  }

  /** The largest memory only rises, and the CPU time too: the last look is good to some ms. */
  private void watch() {
    long pid = process.pid();
    while (process.isAlive()) {
      peakMemory = Math.max(peakMemory, Machine.peakMemory(pid));
      cpu = Math.max(cpu, Machine.cpu(pid, true));
      try {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        return;
      }
    }
    endedNanos = System.nanoTime();
  }

  long pid() {
    return process.pid();
  }

  long startedNanos() {
    return startedNanos;
  }

  /** In MiB, so far or until the end. */
  double peakMemory() {
    return peakMemory;
  }

  /** In seconds, so far or until the end. */
  double cpu() {
    return process.isAlive() ? Machine.cpu(process.pid(), true) : cpu;
  }

  /** Waits for the end, which must be a good one. */
  ServiceProcess finished() throws Exception {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("It did not end in " + PATIENCE);
    }
    watcher.join();
    if (process.exitValue() != 0) {
      throw new AssertionError("It ended with " + process.exitValue() + ": " + said());
    }
    return this;
  }

  /** From start to end. */
  double wallSeconds() {
    return (endedNanos - startedNanos) / 1e9;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String said() throws IOException {
    return Files.readString(err) + Files.readString(out);
  }

  /** The last line on standard output. */
  JsonNode report() throws IOException {
    List<String> lines = Files.readAllLines(out);
    return JSON.readTree(lines.get(lines.size() - 1));
  }

  // What it did

  static Path ledger(Path folder) {
    return folder.resolve("data/ledger.db");
  }

  /** The service must not run: it begins anew, with nothing known. */
  static void forgetEverything(Path folder) throws IOException {
    Machine.delete(folder.resolve("data"));
  }

  static Connection openLedger(Path folder) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:sqlite:file:" + ledger(folder) + "?mode=ro&cache=private");
  }

  private static Ledger look(Path folder) {
    return JdbcLedger.openReadOnly(
        LedgerSettings.of("jdbc:sqlite:" + ledger(folder), Clock.systemUTC()));
  }

  private static List<CycleDone> cycles(Ledger ledger, long after) {
    return ledger.transaction(tx -> tx.cycles(MOST_CYCLES)).stream()
        .filter(cycle -> cycle.id() > after)
        .sorted(Comparator.comparingLong(CycleReport::id))
        .map(CycleDone::new)
        .toList();
  }

  /** Cycles with a larger id, oldest first. */
  static List<CycleDone> cycles(Path folder, long after) {
    try (Ledger ledger = look(folder)) {
      return cycles(ledger, after);
    }
  }

  static long lastCycle(Path folder) {
    List<CycleDone> cycles = cycles(folder, 0);
    return cycles.isEmpty() ? 0 : cycles.get(cycles.size() - 1).id();
  }

  /** Waits for the first cycle with a larger id to end. */
  CycleDone awaitCycle(long after) throws Exception {
    List<CycleDone> found = new ArrayList<>();
    try (Ledger ledger = look(folder)) {
      Machine.await(
          "a cycle",
          Duration.ofMinutes(10),
          Duration.ofMillis(10),
          () -> {
            if (!process.isAlive()) {
              throw new AssertionError("It ended with " + process.exitValue() + ": " + said());
            }
            found.addAll(cycles(ledger, after));
            return !found.isEmpty();
          });
    }
    return found.get(0);
  }

  /** From the begin of the first cycle to the end of the last, in seconds. */
  static double seconds(List<CycleDone> cycles) {
    return Duration.between(
                cycles.get(0).report().startedAt(),
                cycles.get(cycles.size() - 1).report().endedAt())
            .toNanos()
        / 1e9;
  }

  // What it is told

  /** Waits until its operator's port is open. */
  void awaitOpen() throws Exception {
    Path file = folder.resolve("data/operator.json");
    Machine.await(
        "the operator's port",
        Duration.ofMinutes(2),
        Duration.ofMillis(20),
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("It ended with " + process.exitValue() + ": " + said());
          }
          return Files.exists(file)
              && Files.getLastModifiedTime(file).toMillis() >= startedMillis();
        });
  }

  private long startedMillis() {
    return process.info().startInstant().orElseThrow().toEpochMilli() - 1000;
  }

  /** Begins a cycle at once. */
  void syncNow() throws Exception {
    ask("POST", "/api/sync", "{}");
  }

  JsonNode status() throws Exception {
    return ask("GET", "/api/status", null);
  }

  private JsonNode ask(String method, String path, String body) throws Exception {
    JsonNode operator = JSON.readTree(Files.readString(folder.resolve("data/operator.json")));
    URI base = URI.create(operator.get("url").textValue());
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(base.resolve(path))
                .header("Authorization", "Bearer " + operator.get("token").textValue())
                .header("Content-Type", "application/json")
                .method(
                    method,
                    body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new AssertionError(path + " answered " + answer.statusCode() + ": " + answer.body());
    }
    return JSON.readTree(answer.body());
  }

  /** Waits until nothing is due in any system, twice in a row. */
  void awaitQuiet() throws Exception {
    int[] quiet = {0};
    Machine.await(
        "quiet",
        Duration.ofMinutes(5),
        Duration.ofMillis(200),
        () -> {
          long due = 0;
          for (JsonNode system : status().path("systems")) {
            due += system.path("due").asLong();
          }
          quiet[0] = due == 0 ? quiet[0] + 1 : 0;
          return quiet[0] >= 2;
        });
  }

  /** Asks it to end, and waits; kills it where it does not. */
  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      watcher.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
