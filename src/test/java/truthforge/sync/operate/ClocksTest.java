package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.sandbox.StandIn.Fault;

/** Clocks that are set wrong, of systems and of the machine that the service runs on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClocksTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private World world;
  private Hands people;
  private int last;

  @BeforeAll
  void four_systems_that_work(@TempDir Path folder) throws Exception {
    world = World.withoutEngine(folder, World.ALL);
    world.set(Options.SYNC_COUNT_CYCLES, "0");
    world.start();
    world.tellTimes();
    people = new Hands(world);
    people.add("supabase", "Ada");
    world.engine.runCycle();
    world.engine.runCycle();
  }

  @AfterEach
  void all_clocks_are_right_again() {
    world.machine.setAhead(Duration.ZERO);
    world.watches.values().forEach(watch -> watch.setAhead(Duration.ZERO));
    world.twenty.heal();
    for (int i = 0; i < 3; i++) {
      cycleAfter(Duration.ofMinutes(16));
    }
  }

  @AfterAll
  void they_end() {
    world.close();
  }

  private void cycleAfter(Duration pause) {
    world.time.advance(pause);
    world.engine.runCycle();
  }

  /** A person whom all four systems know. */
  private String person() throws Exception {
    String name = "Person" + ++last;
    people.add("local", name);
    cycleAfter(MINUTE);
    cycleAfter(MINUTE);
    return name;
  }

  private List<List<String>> notesOf(String mark) throws Exception {
    List<List<String>> all = new ArrayList<>();
    for (String system : World.ALL) {
      all.add(people.notes(system).stream().filter(text -> text.contains(mark)).toList());
    }
    return all;
  }

  private List<String> lost(String mark) {
    return world.ledger.transaction(
        tx ->
            tx.conflicts(false, 0, 1000).stream()
                .filter(conflict -> conflict.kind() == Conflict.Kind.EDIT)
                .map(conflict -> conflict.lost().toJson().asText())
                .filter(text -> text.contains(mark))
                .toList());
  }

  /** Promise 1: the later edit is kept everywhere, and the earlier one is listed. */
  @ParameterizedTest
  @CsvSource({
    "bigquery, supabase, 60", "bigquery, supabase, -60",
    "supabase, bigquery, 60", "supabase, bigquery, -60",
    "twenty, supabase, 60", "twenty, supabase, -60",
    "supabase, twenty, 60", "supabase, twenty, -60"
  })
  void the_later_of_two_edits_wins_whoever_s_clock_is_wrong(
      String first, String second, long minutes) throws Exception {
    world.watches.get("twenty").setAhead(Duration.ofMinutes(minutes));
    String name = person();
    people.note(first, name, "early of " + name);
    world.time.advance(MINUTE);
    people.note(second, name, "late of " + name);

    cycleAfter(MINUTE);
    cycleAfter(MINUTE);

    assertThat(notesOf("of " + name)).containsOnly(List.of("late of " + name));
    assertThat(lost("of " + name)).containsExactly("early of " + name);
  }

  /** The machine's clock jumps between the reading of one edit and that of the other. */
  @ParameterizedTest
  @ValueSource(longs = {60, -60})
  void the_later_of_two_edits_wins_although_this_machine_s_clock_jumped_between(long minutes)
      throws Exception {
    String name = person();
    world.engine.pause("supabase");
    people.note("twenty", name, "early of " + name);
    world.time.advance(MINUTE);
    people.note("supabase", name, "late of " + name);
    cycleAfter(MINUTE);
    world.machine.setAhead(Duration.ofMinutes(minutes));
    world.engine.resume("supabase");

    cycleAfter(MINUTE);
    cycleAfter(MINUTE);

    assertThat(notesOf("of " + name)).containsOnly(List.of("late of " + name));
    assertThat(lost("of " + name)).containsExactly("early of " + name);
  }

  @ParameterizedTest
  @ValueSource(longs = {60, -60})
  void a_system_that_failed_is_tried_again_as_soon_as_ever_although_this_machine_s_clock_jumped(
      long minutes) {
    world.twenty.inject(Fault.unreachable().when(request -> !Hands.theirs(request)));
    cycleAfter(MINUTE);
    boolean failed = world.engine.availability().failure("twenty") != null;
    world.twenty.heal();

    world.machine.setAhead(Duration.ofMinutes(minutes));
    boolean tooSoon = world.engine.availability().enter("twenty");
    cycleAfter(Duration.ofSeconds(11));

    assertThat(List.of(failed, tooSoon)).containsExactly(true, false);
    assertThat(world.engine.availability().failure("twenty")).isNull();
  }

  /** A record that a system refused is tried again after a minute. */
  @ParameterizedTest
  @ValueSource(longs = {60, -60})
  void a_refused_record_is_tried_again_when_it_is_due_although_this_machine_s_clock_jumped(
      long minutes) throws Exception {
    String name = "Refused" + ++last;
    world.twenty.inject(
        Fault.status(500, "{\"statusCode\":500,\"error\":\"Error\",\"messages\":[\"\"]}")
            .when(request -> !Hands.theirs(request) && request.bodyText().contains(name)));
    people.add("local", name);
    people.add("local", "Taken" + last);
    cycleAfter(MINUTE);
    world.twenty.heal();
    boolean before = people.names("twenty").contains(name);

    world.machine.setAhead(Duration.ofMinutes(minutes));
    cycleAfter(Duration.ofMinutes(2));

    assertThat(before).isFalse();
    assertThat(people.names("twenty")).contains(name);
  }

  @ParameterizedTest
  @ValueSource(longs = {60, -60})
  void a_webhook_that_twenty_has_just_signed_is_taken_although_this_machine_s_clock_jumped(
      long minutes) {
    world.machine.setAhead(Duration.ofMinutes(minutes));
    byte[] body =
        "{\"eventName\":\"person.updated\",\"record\":{\"id\":\"20202020-0000-4000-8000-000000000000\"}}"
            .getBytes(StandardCharsets.UTF_8);
    String timestamp = String.valueOf(world.watches.get("twenty").millis());
    Exchange exchange = new DefaultExchange(world.engine.context());
    exchange.getMessage().setHeader("X-Twenty-Webhook-Timestamp", timestamp);
    exchange
        .getMessage()
        .setHeader("X-Twenty-Webhook-Signature", Listening.signature("secret", timestamp, body));
    exchange.getMessage().setBody(body);

    new Webhooks(
            "secret",
            null,
            "contacts_master",
            "id",
            new WebhookCounts(new SimpleMeterRegistry()),
            world.clock)
        .twenty(exchange);

    assertThat(exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE)).isEqualTo(204);
  }

  @ParameterizedTest
  @CsvSource({"60, 60 minutes ahead of", "-60, 60 minutes behind"})
  void status_tells_whose_clock_is_wrong_and_who_is_to_set_it(long minutes, String told) {
    world.watches.get("twenty").setAhead(Duration.ofMinutes(minutes));
    cycleAfter(MINUTE);
    String ofTwenty = world.statusReport().systems().get("twenty").clock();
    String ofOthers = world.statusReport().systems().get("supabase").clock();
    String ofMachine = world.statusReport().clock();

    assertThat(ofTwenty).contains("its clock is " + told).contains("NTP");
    assertThat(ofOthers).isNull();
    assertThat(ofMachine).isNull();
  }

  @Test
  void a_clock_that_was_set_right_is_told_no_more() {
    world.watches.get("twenty").setAhead(Duration.ofHours(1));
    cycleAfter(MINUTE);
    world.watches.get("twenty").setAhead(Duration.ZERO);
    cycleAfter(MINUTE);

    assertThat(world.statusReport().systems().get("twenty").clock()).isNull();
  }

  @Test
  void what_is_measured_costs_no_call() {
    cycleAfter(MINUTE);
    cycleAfter(MINUTE);
    Map<String, Long> calls = callsOfACycle();
    world.watches.get("twenty").setAhead(Duration.ofHours(1));
    world.watches.get("supabase").setAhead(Duration.ofHours(-1));

    assertThat(callsOfACycle()).isEqualTo(calls);
  }

  private Map<String, Long> callsOfACycle() {
    long twenty = world.twenty.calls();
    long supabase = world.supabase.calls();
    cycleAfter(MINUTE);
    return Map.of(
        "twenty", world.twenty.calls() - twenty, "supabase", world.supabase.calls() - supabase);
  }

  /** A timer of Java waits for a time of day: put back by an hour, it waits an hour too long. */
  @Test
  void no_shipped_route_waits_for_a_time_of_day() {
    List<String> sources =
        Places.insideTheJar().routes().stream()
            .flatMap(file -> Arrays.stream(file.text().split("(?m)^- route:")))
            .toList();

    assertThat(sources).hasSizeGreaterThan(50);
    assertThat(sources)
        .filteredOn(route -> route.contains("uri: timer:"))
        .allSatisfy(route -> assertThat(route).containsPattern("repeatCount: 1\\n"));
  }
}
