package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.operate.MappingCheck;
import truthforge.sync.operate.SyncService;
import truthforge.sync.sandbox.SampleSystems;
import truthforge.sync.sandbox.Samples;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;
import truthforge.sync.validate.RouteCheck;

/**
 * Issue 6: all commands in the docs are run, in the order in which a reader meets them, on
 * stand-ins of the systems that they need accounts for. Numbers and ids of the docs are replaced by
 * some that there are; what goes on until it is stopped is stopped after a cycle.
 */
class DocumentedCommandsTest {

  private static final String JAR = "java -jar target/truth-forge-sync.jar ";
  private static final String CONTACTS = "20";

  /** Continuous integration runs the one, and with it the other's goal. */
  private static final Set<String> OF_THE_BUILD =
      Set.of("mvn -q -DskipTests package", "mvn -B verify");

  private static final Pattern ONE_TEST = Pattern.compile("^mvn .*-D(?:it\\.)?test=(\\w+)");

  /** They tell by 1 that they found something, as they may here. */
  private static final Set<String> MAY_FIND =
      Set.of("doctor", "status", "verify", "sandbox", "plan");

  private static final long PATIENCE_SECONDS = 120;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;

  private static BigQueryStandIn bigquery;
  private static TwentyStandIn twenty;
  private static SupabaseStandIn supabase;
  private static final Map<String, String> ENVIRONMENT = new TreeMap<>();

  @BeforeAll
  static void systems_as_they_are_before_setup() {
    bigquery = StandIns.bigquery(0, true);
    twenty = TwentyStandIn.start(TwentyStandIn.Options.bare());
    supabase = SupabaseStandIn.start();
    ENVIRONMENT.put("BIGQUERY_URL", bigquery.url().toString());
    ENVIRONMENT.put("BIGQUERY_PROJECT", StandIns.PROJECT);
    ENVIRONMENT.put("TWENTY_URL", twenty.url().toString());
    ENVIRONMENT.put("TWENTY_API_KEY", twenty.apiKey());
    ENVIRONMENT.put("TWENTY_CALLS_PER_MINUTE", "100000");
    ENVIRONMENT.put("SUPABASE_URL", supabase.url().toString());
    ENVIRONMENT.put("SUPABASE_KEY", supabase.secretKey());
    ENVIRONMENT.put("LOCAL_JDBC_URL", localUrl());
    ENVIRONMENT.put("LEDGER_JDBC_URL", "jdbc:sqlite:" + folder.resolve("data/ledger.db"));
    ENVIRONMENT.put("LOG_FILE", folder.resolve("sync.log").toString());
    ENVIRONMENT.put("OPERATE_PORT", "0");
    ENVIRONMENT.put("SYNC_INTERVAL_SECONDS", "1");
  }

  @AfterAll
  static void they_end() {
    bigquery.close();
    twenty.close();
    supabase.close();
  }

  private static String localUrl() {
    return "jdbc:sqlite:" + folder.resolve("contacts.db");
  }

  private static List<String> documented() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    List<String> commands = new ArrayList<>();
    for (Path page : pages) {
      boolean shell = false;
      for (String line : Files.readAllLines(page)) {
        if (line.startsWith("```")) {
          shell = line.equals("```sh");
        } else if (shell && !line.isBlank()) {
          commands.add(line.strip());
        }
      }
    }
    return commands;
  }

  @Test
  void all_commands_of_the_docs_work_one_after_the_other() throws Exception {
    Set<String> commands = new LinkedHashSet<>(documented());
    commands.removeAll(OF_THE_BUILD);
    commands.removeAll(longTests(commands));
    commands.removeAll(measurements(commands));
    assertThat(commands).hasSizeGreaterThan(25).allMatch(command -> command.startsWith(JAR));
    for (String command : commands) {
      String arguments = substituted(command.substring(JAR.length()));
      Result result = arguments.startsWith("stand-in") ? standIn(arguments) : execute(arguments);
      boolean mayFind = MAY_FIND.contains(arguments.split(" ")[0]);
      assertThat(result.code())
          .as(command + ": " + result.said())
          .isIn(ExitCodes.DONE, mayFind ? ExitCodes.FOUND : ExitCodes.DONE);
      if (arguments.equals("setup")) {
        fill();
      }
    }
  }

  /** Too long to be run here: the test that each names must be there. */
  private static List<String> longTests(Set<String> commands) throws IOException {
    List<String> named = new ArrayList<>();
    for (String command : commands) {
      Matcher test = ONE_TEST.matcher(command);
      if (test.find()) {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
          assertThat(files).as(command).anyMatch(file -> file.endsWith(test.group(1) + ".java"));
        }
        named.add(command);
      }
    }
    return named;
  }

  /** They take hours, so their options alone are looked at: the script must tell them. */
  private static List<String> measurements(Set<String> commands) throws IOException {
    String script = Files.readString(Path.of("bench/run"));
    List<String> named = commands.stream().filter(c -> c.startsWith("bench/run")).toList();
    for (String command : named) {
      for (String word : command.split(" +")) {
        assertThat(word.startsWith("--") ? script : word).as(command).contains(word);
      }
    }
    return named;
  }

  private static void fill() {
    // Some of so many are held.
    Samples.of(60, 7)
        .load(
            new SampleSystems(bigquery, StandIns.PROJECT, twenty, supabase, localUrl()),
            Instant.now());
  }

  /** Numbers and ids as there are some now. */
  private static String substituted(String arguments) throws Exception {
    String some =
        arguments
            .replace("--contacts 2000", "--contacts " + CONTACTS)
            .replace("--port 3000", "--port 0")
            .replace("backup/ledger.db", folder.resolve("backup.db").toString());
    if (some.equals("sandbox")) {
      return "sandbox --contacts " + CONTACTS;
    }
    if (some.startsWith("held approve") || some.startsWith("held refuse")) {
      return some.replaceAll("\\d+$", ask("held list").at("/held/0/id").asText());
    }
    if (some.startsWith("conflicts resolve")) {
      return some.replaceFirst("\\d+", ask("conflicts list").at("/conflicts/0/id").asText());
    }
    if (some.contains("0198")) {
      // Conflicts name contacts.
      Set<String> ids = new LinkedHashSet<>();
      ask("conflicts list").get("conflicts").forEach(c -> ids.add(c.get("contactId").asText()));
      List<String> contacts = List.copyOf(ids);
      return some.replace("0198c1f2-…", contacts.get(0))
          .replace("0198d003-…", contacts.get(1))
          .replaceFirst(" 7$", " 1");
    }
    return some;
  }

  private static JsonNode ask(String arguments) throws Exception {
    Result result = execute(arguments + " --json");
    assertThat(result.said()).as(arguments).doesNotContain("truth-forge-sync:");
    return JSON.readTree(result.out());
  }

  private record Result(int code, String out, String said) {}

  private static Result execute(String arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = TruthForgeSync.execute(door(out, err), arguments.split(" +"));
    return new Result(code, text(out), text(err));
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static Door door(ByteArrayOutputStream out, ByteArrayOutputStream err) {
    ServiceFactory services =
        (configuration, places) -> stopping(SyncService.open(configuration, places));
    return new Door(
        new Terminal(new PrintStream(out, true), new PrintStream(err, true), false),
        services,
        LocalSandboxes.of(services),
        List.of(RouteCheck::new, MappingCheck::new),
        ENVIRONMENT,
        folder);
  }

  /** Goes on until a stand-in tells where it is. */
  private static Result standIn(String arguments) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CompletableFuture<Integer> code = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> code.complete(TruthForgeSync.execute(door(out, err), arguments.split(" +"))));
    thread.start();
    await(() -> text(out).contains("twenty.api-key="));
    thread.interrupt();
    // Nobody tells it to stop but the end of the process; it is enough that it listened.
    code.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return new Result(ExitCodes.DONE, text(out), text(err));
  }

  /** The service itself, but for one thing: its run stops itself after a cycle. */
  private static Service stopping(Service service) {
    BiConsumer<URI, String> stop =
        (url, token) -> CompletableFuture.runAsync(() -> stopAfterACycle(service, url));
    service.atPage(stop);
    return (Service)
        Proxy.newProxyInstance(
            Service.class.getClassLoader(),
            new Class<?>[] {Service.class},
            (proxy, method, arguments) -> {
              try {
                if (method.getName().equals("atPage")) {
                  @SuppressWarnings("unchecked")
                  BiConsumer<URI, String> told = (BiConsumer<URI, String>) arguments[0];
                  service.atPage(told.andThen(stop));
                  return null;
                }
                return method.invoke(service, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void stopAfterACycle(Service service, URI url) {
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest metrics = HttpRequest.newBuilder(url.resolve("/observe/metrics")).build();
    try {
      await(
          () ->
              http.send(metrics, BodyHandlers.ofString())
                  .body()
                  .lines()
                  .anyMatch(line -> line.matches("sync_cycle_seconds_count [1-9].*")));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      service.stop();
    }
  }

  private interface State {
    boolean holds() throws Exception;
  }

  private static void await(State state) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!state.holds()) {
      assertThat(System.nanoTime()).isLessThan(until);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
