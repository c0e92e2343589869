package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.Change;
import truthforge.sync.sandbox.StandIn.Fault;

/** Issue 6: one trace per change across systems, by OpenTelemetry, where a collector is named. */
class TracesTest {

  private static OtlpReceiver collector;
  private static World world;
  private static Hands hands;

  @BeforeAll
  static void four_systems_that_agree_on_one_person(@TempDir Path folder) throws Exception {
    collector = new OtlpReceiver();
    world = World.withoutEngine(folder, World.ALL);
    world.set(Options.TRACE_OTLP_URL, collector.url() + "/");
    world.start();
    hands = new Hands(world);
    hands.add("twenty", "Ada");
    world.engine.runCycle();
    world.engine.runCycle();
    world.restart();
  }

  @BeforeEach
  void the_collector_forgets() {
    collector.spans.clear();
    collector.said.setLength(0);
  }

  @AfterAll
  static void it_ends() {
    world.close();
    collector.close();
  }

  private static Map<String, List<OtlpReceiver.Span>> traces() {
    return collector.spans.stream().collect(Collectors.groupingBy(OtlpReceiver.Span::traceId));
  }

  private static void awaitSpans(String... names) throws Exception {
    AtWork.await(
        () ->
            collector.spans.stream()
                .map(OtlpReceiver.Span::name)
                .collect(Collectors.toSet())
                .containsAll(Set.of(names)),
        "spans to arrive");
  }

  @Test
  void a_change_is_one_trace_from_where_it_was_made_through_bigquery_to_all_others()
      throws Exception {
    hands.note("supabase", "Ada", "likes tea");
    world.engine.runCycle();
    awaitSpans("observe supabase", "deliver bigquery", "deliver twenty", "deliver local");

    assertThat(traces()).hasSize(1);
    List<OtlpReceiver.Span> trace = traces().values().iterator().next();
    OtlpReceiver.Span first =
        trace.stream().filter(span -> span.parentId().isEmpty()).findFirst().orElseThrow();
    assertThat(first.name()).isEqualTo("observe supabase");
    assertThat(first.attributes()).containsEntry("sync.fields", "notes");
    List<OtlpReceiver.Span> sent = trace.stream().filter(span -> span != first).toList();
    assertThat(sent)
        .extracting(OtlpReceiver.Span::name)
        .containsExactlyInAnyOrder("deliver bigquery", "deliver twenty", "deliver local");
    assertThat(sent)
        .allSatisfy(
            span -> {
              assertThat(span.parentId()).isEqualTo(first.id());
              assertThat(span.attributes()).containsEntry("sync.outcome", "arrived");
              assertThat(span.startNanos()).isBetween(first.startNanos(), span.endNanos());
            });
    // Promise 2: BigQuery first.
    OtlpReceiver.Span truth =
        sent.stream().filter(s -> s.name().equals("deliver bigquery")).findFirst().orElseThrow();
    assertThat(sent).allMatch(span -> span == truth || span.startNanos() >= truth.endNanos());
  }

  @Test
  void nothing_personal_is_in_a_trace_and_the_history_tells_which_it_is() throws Exception {
    hands.note("local", "Ada", "likes coffee");
    world.engine.runCycle();
    awaitSpans("observe local", "deliver bigquery", "deliver twenty", "deliver supabase");
    Change change = world.ledger.transaction(tx -> tx.latestHistory(1).get(0).change());

    assertThat(traces())
        .containsOnlyKeys(
            world
                .engine
                .traces(change.contactId(), Set.of(change.version()))
                .get(change.version()));
    // Promise 10.
    assertThat(collector.said.toString())
        .contains("observe local")
        .doesNotContain("Ada")
        .doesNotContain("coffee")
        .doesNotContain(change.contactId());
  }

  @Test
  void what_is_delivered_after_a_restart_belongs_to_the_same_trace() throws Exception {
    world.twenty.inject(Fault.unreachable());
    hands.note("supabase", "Ada", "likes water");
    world.engine.runCycle();
    world.restart();
    world.twenty.heal();
    world.engine.runCycle();
    awaitSpans("observe supabase", "deliver bigquery", "deliver local", "deliver twenty");

    assertThat(traces()).hasSize(1);
  }

  @Test
  void a_refusal_is_told_as_a_failure_in_the_trace_of_its_change() throws Exception {
    world.twenty.inject(
        Fault.status(400, "{\"messages\":[\"likes milk\"]}")
            .when(request -> !request.method().equals("GET")));
    hands.note("supabase", "Ada", "likes milk");
    world.engine.runCycle();
    awaitSpans("observe supabase", "deliver twenty");
    world.twenty.heal();

    assertThat(traces()).hasSize(1);
    assertThat(collector.spans)
        .filteredOn(OtlpReceiver.Span::failed)
        .isNotEmpty()
        .allSatisfy(span -> assertThat(span.name()).isEqualTo("deliver twenty"));
    assertThat(collector.said.toString()).doesNotContain("milk");
    // The record is tried again later, and would be in the way of others.
    world.time.advance(Duration.ofHours(2));
    world.engine.runCycle();
    awaitSpans("deliver twenty");
  }

  @Test
  void a_collector_that_is_gone_holds_up_nothing_and_without_one_there_is_nothing(
      @TempDir Path folder) throws Exception {
    try (World alone = World.withoutEngine(folder, "supabase", "local")) {
      alone.start();
      assertThat(alone.engine.traces("any", Set.of(1L))).isEmpty();
      alone.set(Options.TRACE_OTLP_URL, "http://127.0.0.1:9");
      alone.restart();
      Hands here = new Hands(alone);
      here.add("supabase", "Bea");
      alone.engine.runCycle();

      assertThat(here.names("local")).containsExactly("Bea");
    }
  }
}
