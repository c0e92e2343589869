package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.StandIn.Fault;

/** Issue 6: health by system and by promise; metrics that are few and documented. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HealthAndMetricsTest {

  private static final Pattern SERIES = Pattern.compile("(\\w+)(\\{(.*)})? (\\S+)");
  private static final Pattern DOCUMENTED = Pattern.compile("\\| `(sync_\\w+)` \\| (\\w+) \\|.*");

  private AtWork work;

  @BeforeAll
  void a_service_at_work(@TempDir Path folder) throws Exception {
    World world = World.withoutEngine(folder, "local", "twenty");
    world.sql(
        "insert into contacts_master(first_name, emails) values"
            + " ('Ada', '[\"ada@example.com\"]')");
    world.set(Options.TWENTY_WEBHOOK_SECRET, "a-secret-of-twenty");
    world.set(Options.SERVICE_HOST, "127.0.0.1");
    world.set(Options.SERVICE_PORT, "0");
    work = new AtWork(world);
    AtWork.await(() -> metric("sync_cycle_seconds_count") > 0, "the first cycle");
  }

  @AfterAll
  void it_ends() {
    work.close();
  }

  private String metrics() {
    return work.send(work.request("/observe/metrics").GET()).response().body();
  }

  private Map<String, Double> series() {
    Map<String, Double> series = new TreeMap<>();
    for (String line : metrics().split("\n")) {
      Matcher found = SERIES.matcher(line);
      if (!line.startsWith("#") && found.matches()) {
        String labels = found.group(3) == null ? "" : "{" + found.group(3) + "}";
        series.put(found.group(1) + labels, Double.parseDouble(found.group(4)));
      }
    }
    return series;
  }

  private double metric(String name) {
    return series().getOrDefault(name, Double.NaN);
  }

  private JsonNode health() {
    return work.send(work.request("/observe/health").GET()).json();
  }

  @Test
  void the_documented_metrics_are_those_that_are_served_with_their_types() throws Exception {
    Map<String, String> served = new TreeMap<>();
    for (String line : metrics().split("\n")) {
      String[] words = line.split(" ");
      if (line.startsWith("# TYPE") && words[3].equals("summary")) {
        served.put(words[2] + "_count", "counter");
        served.put(words[2] + "_sum", "counter");
      } else if (line.startsWith("# TYPE")) {
        served.put(words[2], words[3]);
      }
    }
    Map<String, String> documented = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("docs/metrics.md"))) {
      Matcher row = DOCUMENTED.matcher(line);
      if (row.matches()) {
        documented.put(row.group(1), row.group(2));
      }
    }
    assertThat(documented).isEqualTo(served);
  }

  @Test
  void a_label_is_a_system_or_the_reason_of_a_refusal_and_never_an_id() {
    Set<String> names = new TreeSet<>();
    Set<String> systems = new TreeSet<>();
    Matcher label = Pattern.compile("(\\w+)=\"([^\"]*)\"").matcher(metrics());
    while (label.find()) {
      names.add(label.group(1));
      if (label.group(1).equals("system")) {
        systems.add(label.group(2));
      }
    }
    assertThat(names).containsExactlyInAnyOrder("system", "reason");
    assertThat(systems).containsExactlyInAnyOrder("local", "twenty");
  }

  @Test
  void what_is_done_is_counted() throws Exception {
    double written = metric("sync_writes_total{system=\"twenty\"}");
    double read = metric("sync_reads_total{system=\"local\"}");
    double changed = metric("sync_changes_total{system=\"local\"}");

    work.world.sql("insert into contacts_master(first_name) values ('Grace')");

    AtWork.await(
        () -> metric("sync_writes_total{system=\"twenty\"}") == written + 1, "Grace to be written");
    assertThat(metric("sync_reads_total{system=\"local\"}")).isGreaterThan(read);
    assertThat(metric("sync_changes_total{system=\"local\"}")).isEqualTo(changed + 1);
    AtWork.await(
        () -> metric("sync_echo_drops_total{system=\"twenty\"}") > 0, "our own write to be met");
    assertThat(metric("sync_contacts{system=\"twenty\"}"))
        .isEqualTo(metric("sync_canonical_contacts"));
    assertThat(metric("sync_calls_left{system=\"twenty\"}")).isPositive();
    assertThat(metric("sync_up{system=\"twenty\"}")).isEqualTo(1);
  }

  @Test
  void health_tells_each_promise_of_each_system() throws Exception {
    AtWork.await(() -> health().get("status").asText().equals("UP"), "health to be good");
    JsonNode health = health();
    assertThat(health.at("/checks/ledger/promise").asInt()).isEqualTo(9);
    for (String system : new String[] {"local", "twenty"}) {
      JsonNode checks = health.at("/systems/" + system + "/checks");
      Map<String, Integer> promises =
          checks.properties().stream()
              .filter(check -> check.getValue().has("promise"))
              .collect(
                  Collectors.toMap(
                      Map.Entry::getKey, check -> check.getValue().get("promise").asInt()));
      assertThat(promises)
          .isEqualTo(Map.of("reading", 3, "convergence", 4, "clock", 1, "parked", 7, "held", 8));
      assertThat(checks.at("/routes/status").asText()).isEqualTo("UP");
    }
  }

  @Test
  void a_system_that_fails_is_bad_health_and_the_service_is_ready_and_live_all_the_same()
      throws Exception {
    work.world.twenty.inject(Fault.unreachable());
    try {
      AtWork.await(
          () -> health().at("/systems/twenty/status").asText().equals("DOWN"), "Twenty to be down");
      assertThat(work.send(work.request("/observe/health").GET()).status()).isEqualTo(503);
      assertThat(work.send(work.request("/observe/health/ready").GET()).status()).isEqualTo(200);
      assertThat(work.send(work.request("/observe/health/live").GET()).status()).isEqualTo(200);
      AtWork.await(
          () -> metric("sync_failures_total{system=\"twenty\"}") > 0, "the failure to be counted");
      assertThat(metric("sync_up{system=\"twenty\"}")).isZero();
    } finally {
      work.world.twenty.heal();
      work.post("/api/sync", "");
      AtWork.await(
          () -> health().at("/systems/twenty/status").asText().equals("UP"), "Twenty to be back");
    }
  }

  @Test
  void a_quiet_system_does_not_look_as_if_it_were_not_read() throws Exception {
    String before = read();
    AtWork.await(() -> read().compareTo(before) > 0, "a reading that finds nothing to be told");
  }

  private String read() {
    return work.get("/api/overview").json().at("/systems/local/lastRead").asText();
  }
}
