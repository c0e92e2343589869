package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.operate.port.OperatorPort;
import truthforge.sync.operate.port.RunningService;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/**
 * Promise 10: marked secrets and marked contacts, every call failing in turn, and no mark in
 * anything that is said.
 */
class NothingLeaksTest {

  private static final String SECRET = "MARKEDSECRET";
  private static final String PERSON = "markedperson";

  private final StringBuffer said = new StringBuffer();

  /** What is shown to who has the operator's token: contacts, and no secrets. */
  private final StringBuffer shown = new StringBuffer();

  private SecretSources sources;

  /** What the console's own layout makes of what is logged, at every level that can be set. */
  private final class Overhearing extends AppenderBase<ILoggingEvent> {
    private final Encoder<ILoggingEvent> encoder;

    Overhearing(Encoder<ILoggingEvent> encoder) {
      this.encoder = encoder;
    }

    @Override
    protected void append(ILoggingEvent event) {
      said.append(new String(encoder.encode(event), StandardCharsets.UTF_8));
    }
  }

  private static List<Fault> faults() {
    String echo =
        "{\"message\":\"cannot take "
            + PERSON
            + "@example.com\",\"details\":\"Key (emails)=("
            + PERSON
            + "@example.com)\",\"hint\":\""
            + SECRET
            + "\",\"code\":\"22P02\",\"error\":{\"code\":400,\"message\":\"bad value "
            + PERSON
            + "\",\"errors\":[{\"reason\":\"invalidQuery\",\"message\":\"bad "
            + PERSON
            + "\"}]}}";
    return List.of(
        Fault.unreachable(),
        Fault.status(400, echo),
        Fault.status(401, echo),
        Fault.status(429, echo),
        Fault.status(500, echo),
        Fault.status(200, "<html>" + PERSON + SECRET),
        Fault.status(200, "{\"data\":{\"people\":[{\"id\":5,\"name\":\"" + PERSON + "\"}]}}"));
  }

  private static Fault only(Fault fault, int number, AtomicInteger calls) {
    return fault.when(request -> calls.getAndIncrement() == number);
  }

  @Test
  void no_mark_of_a_secret_or_a_person_is_in_anything_that_is_said(@TempDir Path folder)
      throws Exception {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Overhearing overhearing =
        new Overhearing(
            ((ConsoleAppender<ILoggingEvent>) root.getAppender("console")).getEncoder());
    overhearing.start();
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Logger ours = (Logger) LoggerFactory.getLogger("truthforge.sync");
    Level level = ours.getLevel();
    root.addAppender(overhearing);
    ours.setLevel(Level.DEBUG);
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      World world =
          World.withoutEngine(
              folder,
              TwentyStandIn.Options.afterSetup().withApiKey(SECRET + "-twenty"),
              SupabaseStandIn.builder().secretKey("sb_secret_" + SECRET),
              World.ALL);
      try (SecretSources all = new SecretSources(SECRET);
          Listening service = new Listening(fromEverywhere(world, all, folder))) {
        sources = all;
        failInTurn(service);
        assertThat(all.readFromVault).as("the vault gave Twenty's key").hasPositiveValue();
        assertThat(all.tokensGiven).as("the service account's key was used").hasPositiveValue();
        assertThat(all.alerts).as("alerts were tried").hasPositiveValue();
      }
    } finally {
      System.setOut(out);
      System.setErr(err);
      root.detachAppender(overhearing);
      ours.setLevel(level);
    }
    said.append(printed.toString(StandardCharsets.UTF_8));

    assertThat(said)
        .contains("cannot be reached", "type=routes", "type=Operator", "type=Runtime")
        .hasSizeGreaterThan(10_000);
    String key = sources.privateKey.substring(100, 140);
    assertThat(said.toString().lines())
        .noneMatch(line -> line.contains(SECRET))
        .noneMatch(line -> line.contains(key))
        .noneMatch(line -> line.toLowerCase(Locale.ROOT).contains(PERSON));
    assertThat(shown.toString()).contains(PERSON);
    assertThat(shown.toString().lines())
        .noneMatch(line -> line.contains(SECRET))
        .noneMatch(line -> line.contains(key));
  }

  /** Each secret from another place. */
  private static World fromEverywhere(World world, SecretSources sources, Path folder)
      throws IOException {
    Path config = Files.createDirectories(folder.resolve("config"));
    Files.writeString(
        config.resolve(Places.PROPERTIES),
        String.join(
            "\n",
            "camel.vault.hashicorp.host=127.0.0.1",
            "camel.vault.hashicorp.port=" + sources.port(),
            "camel.vault.hashicorp.scheme=http",
            "camel.vault.hashicorp.token=" + sources.vaultToken(),
            "twenty.api-key={{hashicorp:secret:crm#api-key}}",
            "supabase.key.file="
                + Files.writeString(folder.resolve("supabase-key"), "sb_secret_" + SECRET + "\n"),
            "bigquery.credentials=" + sources.serviceAccount(folder.resolve("account.json")),
            "local.password=" + SECRET + "-local",
            "alert.webhook-url=" + sources.alertUrl()));
    world.places = Places.find(folder, null, null);
    world.environment.put("TWENTY_WEBHOOK_SECRET", SECRET + "-hook");
    world.environment.put(
        "SUPABASE_WEBHOOK_SECRET_FILE",
        Files.writeString(folder.resolve("hook"), SECRET + "-header").toString());
    world.environment.put("OPERATE_TOKEN", SECRET + "-operate-and-long-enough-to-be-one");
    world.set(Options.OPERATE_PORT, "0");
    world.elsewhere.addAll(
        List.of(
            Options.TWENTY_API_KEY,
            Options.SUPABASE_KEY,
            Options.TWENTY_WEBHOOK_SECRET,
            Options.SUPABASE_WEBHOOK_SECRET));
    return world;
  }

  private void failInTurn(Listening service) throws Exception {
    World world = service.world;
    RunningService running =
        new RunningService(world.configuration(), world.ledger, world.ledger, world.time);
    running.works(world.engine);
    try (OperatorPort port = OperatorPort.open(running)) {
      failInTurn(service, port);
      jmx("*:*");
      ProcessHandle.current().info().commandLine().ifPresent(this::say);
    }
  }

  private void failInTurn(Listening service, OperatorPort port) throws Exception {
    World world = service.world;
    world.sql(
        "insert into contacts_master(first_name, last_name, emails, phones, notes) values ('"
            + PERSON
            + "', 'Markedperson', '[\""
            + PERSON
            + "@example.com\"]', '[\"+33612345678\"]', 'notes on "
            + PERSON
            + "')");
    world.engine.runCycle();
    // By itself it runs only where cycles do.
    world.engine.context().getRouteController().startRoute("alerts");
    int round = 0;
    world.twenty.inject(Fault.unreachable());
    edit(world, round++);
    service.await("an alert that nobody takes", () -> sources.alerts.get() > 0);
    world.twenty.heal();
    world.engine.availability().tryAllNow();
    for (StandIn system : List.<StandIn>of(world.bigquery, world.twenty, world.supabase)) {
      long before = system.calls();
      edit(world, round++);
      int calls = (int) (system.calls() - before);
      assertThat(calls).isPositive();
      for (Fault fault : faults()) {
        for (int number = 0; number < calls; number++) {
          system.inject(only(fault, number, new AtomicInteger()));
          edit(world, round++);
          service.send(webhook(service, round));
          system.heal();
          world.time.advance(Duration.ofHours(1));
          world.engine.availability().tryAllNow();
        }
        listen(service);
      }
      look(service, port);
    }
  }

  /** Every page that the operator's port has to show, open or not. */
  private void look(Listening service, OperatorPort port) throws Exception {
    for (String path :
        List.of("/observe/health", "/observe/health/ready", "/observe/metrics", "/api/status")) {
      HttpResponse<String> answer =
          service.send(HttpRequest.newBuilder(port.url().resolve(path)).build());
      say(answer.statusCode() + " " + answer.headers().map() + answer.body());
    }
    String document = operator(service, port, "/api/openapi.json").body();
    say(document);
    String id = service.world.ledger.transaction(tx -> tx.contactsAfter("", 1)).get(0).id();
    JsonNode paths = new ObjectMapper().readTree(document).path("paths");
    paths
        .fieldNames()
        .forEachRemaining(
            path -> {
              if (paths.path(path).has("get") && !path.equals("/api/events")) {
                HttpResponse<String> answer = operator(service, port, path.replace("{id}", id));
                shown.append(answer.headers().map()).append(answer.body()).append('\n');
              }
            });
    assertThat(shown).contains("\"systems\"");
  }

  private static HttpResponse<String> operator(Listening service, OperatorPort port, String path) {
    try {
      HttpResponse<String> answer =
          service.send(
              HttpRequest.newBuilder(port.url().resolve(path))
                  .header(
                      "Authorization", "Bearer " + SECRET + "-operate-and-long-enough-to-be-one")
                  .build());
      assertThat(answer.statusCode()).as(path).isNotIn(401, 403, 500);
      return answer;
    } catch (Exception e) {
      throw new IllegalStateException(path, e);
    }
  }

  private static void edit(World world, int round) throws Exception {
    world.sql("update contacts_master set notes = 'round " + round + " of " + PERSON + "'");
    world.engine.runCycle();
  }

  private static HttpRequest webhook(Listening service, int round) {
    return round % 2 == 0
        ? service.signed(service.now(), "{\"eventName\":\"" + PERSON + "." + PERSON + "\"}")
        : service.twenty(service.now(), PERSON, PERSON.getBytes(StandardCharsets.UTF_8)).build();
  }

  /** All that somebody could look at now. */
  private void listen(Listening service) throws Exception {
    World world = service.world;
    HttpResponse<String> refused =
        service.send(service.supabase("wrong " + PERSON, "{\"" + PERSON + "\":1}").build());
    say(refused.headers().map() + refused.body());
    say(world.engine.cycle().last());
    for (String system : World.ALL) {
      say(world.engine.availability().failure(system));
    }
    world.engine.metrics().getMeters().forEach(meter -> say(meter.getId()));
    say(world.status());
    world.ledger.transaction(
        tx -> {
          tx.deadLetters(0, 100).forEach(letter -> say(letter.reason()));
          tx.heldAfter(0, 100).forEach(held -> say(held.reason()));
          return null;
        });
    jmx("org.apache.camel:*");
    jmx("truthforge*:*");
    jmx("com.zaxxer.hikari:*");
  }

  private void say(Object text) {
    said.append(text).append('\n');
  }

  private void jmx(String pattern) throws JMException {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    for (ObjectName name : server.queryNames(new ObjectName(pattern), null)) {
      say(name);
      for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
        if (attribute.isReadable()) {
          try {
            say(attribute.getName() + "=" + server.getAttribute(name, attribute.getName()));
          } catch (JMException | RuntimeException notNow) {
            say(notNow);
          }
        }
      }
    }
  }
}
