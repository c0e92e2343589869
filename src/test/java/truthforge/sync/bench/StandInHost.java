package truthforge.sync.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInRequest;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.RateLimit;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/** A stand-in of one system, as after {@code setup}, that counts what reaches it. */
public final class StandInHost {

  private static final String PROJECT = "bench";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern CHANGES =
      Pattern.compile("\\b(MERGE|INSERT|UPDATE|DELETE)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern CHANGES_CONTACTS =
      Pattern.compile(
          "\\b(MERGE|INSERT|UPDATE|DELETE)\\b[^;(]{0,80}contacts_master", Pattern.CASE_INSENSITIVE);

  private final StandIn standIn;
  private final List<Long> times = new ArrayList<>();
  private final List<Long> changes = new ArrayList<>();
  private final Map<String, Integer> kinds = new LinkedHashMap<>();
  private long queries;
  private long billedBefore;

  private StandInHost(StandIn standIn) {
    this.standIn = standIn;
    // Lets every request pass, and notes it.
    standIn.inject(
        Fault.unreachable()
            .when(
                request -> {
                  note(request);
                  return false;
                }));
  }

  /**
   * @param arguments bigquery, twenty or supabase; for twenty also {@code limited}
   */
  public static void main(String[] arguments) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    StandIn standIn =
        switch (arguments[0]) {
          case "bigquery" -> {
            BigQueryStandIn bigquery =
                new BigQueryStandIn(
                    new BigQueryStandIn.Options(0, PROJECT, Clock.systemUTC(), null));
            bigquery.execute(Files.readString(Path.of("config/sql/bigquery.sql")));
            settings.put("bigquery.url", bigquery.url().toString());
            settings.put("bigquery.project", PROJECT);
            yield bigquery;
          }
          case "twenty" -> {
            boolean limited = arguments.length > 1;
            TwentyStandIn.Options options = TwentyStandIn.Options.afterSetup();
            TwentyStandIn twenty =
                TwentyStandIn.start(
                    limited ? options.withRateLimit(RateLimit.defaults()) : options);
            settings.put("twenty.url", twenty.url().toString());
            settings.put("twenty.api-key", twenty.apiKey());
            settings.put("twenty.calls-per-minute", limited ? "100" : "100000");
            yield twenty;
          }
          case "supabase" -> {
            SupabaseStandIn supabase = SupabaseStandIn.start();
            settings.put("supabase.url", supabase.url().toString());
            settings.put("supabase.key", supabase.secretKey());
            yield supabase;
          }
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    StandInHost host = new StandInHost(standIn);
    System.out.println(JSON.valueToTree(settings).toString());
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      System.out.println(line.equals("reset") ? host.reset() : host.report());
    }
    System.exit(0);
  }

  private synchronized void note(StandInRequest request) {
    long now = Clock.systemUTC().millis();
    times.add(now);
    String shape = request.method() + " " + request.path().replaceAll("[^/]*\\d[^/]*", "*");
    if (kinds.size() < 50 || kinds.containsKey(shape)) {
      kinds.merge(shape, 1, Integer::sum);
    }
    boolean statement =
        request.method().equals("POST")
            && (request.path().endsWith("/queries") || request.path().endsWith("/jobs"));
    if (standIn instanceof BigQueryStandIn && statement) {
      String text = request.bodyText();
      if (text.contains("\"query\"")) {
        queries++;
      }
      if (CHANGES.matcher(text).find() && CHANGES_CONTACTS.matcher(text).find()) {
        changes.add(now);
      }
    }
  }

  private synchronized ObjectNode reset() {
    standIn.resetCalls();
    times.clear();
    changes.clear();
    kinds.clear();
    queries = 0;
    billedBefore = billed();
    return JsonNodeFactory.instance.objectNode();
  }

  private long billed() {
    return standIn instanceof BigQueryStandIn bigquery ? bigquery.bytesBilled() : 0;
  }

  private synchronized ObjectNode report() {
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    report.put("calls", standIn.calls());
    report.put("refused429", standIn.answers(429));
    report.put("queries", queries);
    report.put("billed", billed() - billedBefore);
    report.put("mostChangesIn10s", mostWithin(changes, 10_000));
    report.putPOJO("kinds", kinds);
    ArrayNode at = report.putArray("times");
    times.forEach(at::add);
    return report;
  }

  private static int mostWithin(List<Long> rising, long millis) {
    int most = 0;
    int first = 0;
    for (int last = 0; last < rising.size(); last++) {
      while (rising.get(last) - rising.get(first) >= millis) {
        first++;
      }
      most = Math.max(most, last - first + 1);
    }
    return most;
  }
}
