package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
      world.set(Options.LOCAL_PASSWORD, SECRET + "-local");
      world.set(Options.OPERATE_TOKEN, SECRET + "-operate-and-long-enough-to-be-one");
      try (Listening service =
          new Listening(world, Engine.Mode.LISTENING, SECRET + "-hook", SECRET + "-header")) {
        failInTurn(service);
      }
    } finally {
      System.setOut(out);
      System.setErr(err);
      root.detachAppender(overhearing);
      ours.setLevel(level);
    }
    said.append(printed.toString(StandardCharsets.UTF_8));

    assertThat(said).contains("cannot be reached").hasSizeGreaterThan(10_000);
    assertThat(said.toString().lines())
        .noneMatch(line -> line.contains(SECRET))
        .noneMatch(line -> line.toLowerCase(Locale.ROOT).contains(PERSON));
  }

  private void failInTurn(Listening service) throws Exception {
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
    int round = 0;
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
    jmx();
  }

  private void say(Object text) {
    said.append(text).append('\n');
  }

  private void jmx() throws JMException {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    List<ObjectName> names =
        new ArrayList<>(server.queryNames(new ObjectName("org.apache.camel:*"), null));
    names.addAll(server.queryNames(new ObjectName("truthforge*:*"), null));
    names.addAll(server.queryNames(new ObjectName("com.zaxxer.hikari:*"), null));
    assertThat(names).isNotEmpty();
    for (ObjectName name : names) {
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
