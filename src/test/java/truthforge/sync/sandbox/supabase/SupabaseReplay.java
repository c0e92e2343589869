package truthforge.sync.sandbox.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import truthforge.sync.recordings.ReplayTally;
import truthforge.sync.sandbox.StandIn.Fault;

/**
 * Replays recorded requests of a real PostgREST 14.12 against the stand-in and compares status,
 * headers and body.
 *
 * <p>Each recording began with the same four rows, but for those that look at what the one before
 * left. The rows are put in by the API itself. Values that differ by nature are compared by their
 * form: random ids, the clock's times, transaction numbers.
 */
public final class SupabaseReplay {

  private static final Path RECORDINGS = Path.of("../shared/recordings/supabase/rest");

  /** Headers that the service reads or may come to read. */
  private static final List<String> HEADERS =
      List.of(
          "content-type",
          "content-range",
          "content-location",
          "location",
          "preference-applied",
          "proxy-status",
          "www-authenticate",
          "retry-after");

  private record Answer(int status, Map<String, String> headers, String body) {}

  private record Request(String method, String target, Map<String, String> headers, String body) {}

  private final HttpClient client = HttpClient.newHttpClient();
  private SupabaseStandIn supabase;
  private JsonNode whole;

  private SupabaseReplay() {}

  /** Whether the recordings are on this machine. */
  public static boolean present() {
    return Files.isDirectory(RECORDINGS);
  }

  /** The names of all recordings, without the ending. */
  public static List<String> names() {
    try (Stream<Path> files = Files.list(RECORDINGS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".txt"))
          .map(name -> name.substring(0, name.length() - ".txt".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replays all recordings but those that are not applicable. */
  public static ReplayTally replay(Set<String> notApplicable) throws Exception {
    return new SupabaseReplay().all(notApplicable);
  }

  private ReplayTally all(Set<String> notApplicable) throws Exception {
    ReplayTally tally = new ReplayTally();
    whole = PgJson.MAPPER.readTree(RECORDINGS.resolve("index.json").toFile());
    try (SupabaseStandIn standIn =
        RecordedSchema.builder()
            .clock(Clock.fixed(Instant.parse("2026-11-22T17:41:00.819224Z"), ZoneOffset.UTC))
            .start()) {
      supabase = standIn;
      fillBig();
      for (String name : names()) {
        if (notApplicable.contains(name)) {
          continue;
        }
        if (!name.contains("verify")) {
          reset();
        }
        String text = Files.readString(RECORDINGS.resolve(name + ".txt")).replace("\r", "");
        tally.replayed("supabase", name, replay(name, text));
      }
    }
    return tally;
  }

  private List<String> replay(String name, String text) throws Exception {
    return switch (name.substring(0, 3)) {
      case "091" -> feed(text);
      case "100" -> origin(text);
      case "101" -> meeting(answers(text), SupabaseStandIn.poolBusy());
      case "102" ->
          meeting(
              answers(text),
              SupabaseStandIn.databaseStops(),
              SupabaseStandIn.databaseDown(),
              SupabaseStandIn.databaseDown());
      case "103" -> afterNewColumn(text);
      case "104" -> maxAffected(text);
      case "105" -> manyIds(text);
      default -> {
        int cut = text.indexOf("----- response -----");
        Answer recorded = answers(text.substring(cut)).get(0);
        if (recorded.body().contains("\n... (")) {
          recorded = new Answer(recorded.status(), recorded.headers(), wholeBody(name));
        }
        Answer given = send(request(name, text.substring(0, cut)));
        if (name.startsWith("092")) {
          given = withoutWhatOurFunctionAdds(given);
        }
        yield name.contains("openapi") ? describing(recorded, given) : differences(recorded, given);
      }
    };
  }

  private String wholeBody(String name) {
    for (JsonNode one : whole) {
      if (one.get("name").asText().equals(name.substring(4))) {
        return one.get("body").asText();
      }
    }
    throw new IllegalStateException("No whole body of " + name);
  }

  /** The recorded function was an earlier one, which told none of these. */
  private static Answer withoutWhatOurFunctionAdds(Answer given) throws IOException {
    ObjectNode info = (ObjectNode) PgJson.MAPPER.readTree(given.body());
    assertThat(info.remove("identity").asText())
        .startsWith(info.get("system_identifier").asText() + ".");
    assertThat(info.remove("pruned_below").isIntegralNumber()).isTrue();
    assertThat(info.remove("open_since").isNull()).isTrue();
    assertThat(info.remove("outdated")).isEmpty();
    assertThat(info.remove("watched").get("public.contacts").asText()).isEqualTo("id");
    StringBuilder body = new StringBuilder();
    SqlType.JSONB.writeJson(info, body);
    return new Answer(given.status(), given.headers(), body.toString());
  }

  /** What the adapter reads of the description: columns and their types, and the functions. */
  private static List<String> describing(Answer recorded, Answer given) throws IOException {
    JsonNode expected = PgJson.MAPPER.readTree(recorded.body());
    JsonNode actual = PgJson.MAPPER.readTree(given.body());
    List<String> differences = new ArrayList<>();
    compare("status", recorded.status(), given.status(), differences);
    compare("definitions", expected.get("definitions"), actual.get("definitions"), differences);
    compare("info", expected.get("info"), actual.get("info"), differences);
    expected
        .get("paths")
        .fieldNames()
        .forEachRemaining(
            path -> compare("path " + path, true, actual.get("paths").has(path), differences));
    return differences;
  }

  /** The feed of two rows that one request deleted, read from the beginning. */
  private List<String> feed(String text) throws Exception {
    int cut = text.indexOf("----- response -----");
    Answer recorded = answers(text.substring(cut)).get(0);
    try (SupabaseStandIn other = RecordedSchema.builder().start()) {
      SupabaseStandIn before = supabase;
      supabase = other;
      for (JsonNode entry : PgJson.MAPPER.readTree(recorded.body())) {
        other.load("contacts", entry.get("row_data"));
      }
      send(service("DELETE", "/contacts?id=not.is.null", Map.of(), null));
      List<String> differences =
          differences(recorded, send(request("091", text.substring(0, cut))));
      supabase = before;
      return differences;
    }
  }

  private List<String> origin(String text) throws Exception {
    Answer recorded = answers(text).get(0);
    List<String> differences =
        differences(
            new Answer(recorded.status(), recorded.headers(), ""),
            send(
                service(
                    "PATCH",
                    "/contacts?external_id=eq.ext-1",
                    Map.of("X-Sync-Origin", "camel-sync", "Prefer", "return=minimal,count=exact"),
                    "{\"phone\":\"+1\"}")));
    String[] newest = text.strip().substring(text.strip().lastIndexOf('\n') + 1).split("\\|");
    JsonNode feed = feedSoFar();
    JsonNode last = feed.get(feed.size() - 1);
    compare("op", newest[2], last.get("op").asText(), differences);
    compare("origin", newest[3], last.get("origin").asText(), differences);
    assertThat(last.get("row_data").isNull()).as("ours keeps no row of a change").isTrue();
    return differences;
  }

  private JsonNode feedSoFar() throws Exception {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    long txid = 0;
    long seq = 0;
    while (true) {
      Answer page =
          send(
              service(
                  "POST",
                  "/rpc/sync_feed",
                  Map.of(),
                  "{\"after_txid\":" + txid + ",\"after_seq\":" + seq + ",\"max_rows\":1000}"));
      JsonNode entries = PgJson.MAPPER.readTree(page.body());
      if (entries.isEmpty()) {
        return all.withArray("/entries");
      }
      for (JsonNode entry : entries) {
        all.withArray("/entries").add(entry);
        txid = entry.get("txid").asLong();
        seq = entry.get("seq").asLong();
      }
    }
  }

  private List<String> meeting(List<Answer> recorded, Fault... faults) throws Exception {
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < faults.length; i++) {
      supabase.inject(faults[i]);
      differences.addAll(
          differences(recorded.get(i), send(service("GET", "/contacts?limit=1", Map.of(), null))));
      supabase.heal();
    }
    return differences;
  }

  private List<String> afterNewColumn(String text) throws Exception {
    List<Answer> recorded = answers(text);
    Request insert =
        service(
            "POST",
            "/contacts",
            Map.of("Content-Type", "application/json"),
            "{\"email\":\"ddl@example.com\",\"job_title\":\"x\"}");
    supabase.addColumn("contacts", "job_title", SqlType.TEXT);
    List<String> differences = differences(recorded.get(0), send(insert));
    Answer read = send(service("GET", "/contacts?select=job_title&limit=1", Map.of(), null));
    compare("status", recorded.get(1).status(), read.status(), differences);
    compare("body", recorded.get(1).body().split("-- after")[0].strip(), read.body(), differences);
    supabase.reloadSchemaCache();
    differences.addAll(differences(recorded.get(2), send(insert)));
    return differences;
  }

  private List<String> maxAffected(String text) throws Exception {
    send(service("POST", "/contacts", Map.of(), "{\"email\":\"fifth@example.com\"}"));
    return differences(
        answers(text).get(0),
        send(
            service(
                "PATCH",
                "/contacts?email=like.*example.com",
                Map.of("Prefer", "handling=strict,max-affected=1"),
                "{\"last_name\":\"M\"}")));
  }

  /** The recording is cut inside its headers: only the status and the range can be compared. */
  private List<String> manyIds(String text) throws Exception {
    Answer recorded = answers(text).get(0);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      ids.add(String.format("00000000-0000-4000-8000-%012d", i));
    }
    String list = String.join("%2C", ids);
    Answer given = send(service("GET", "/contacts?id=in.(" + list + ")&select=id", Map.of(), null));
    List<String> differences = new ArrayList<>();
    compare("status", recorded.status(), given.status(), differences);
    compare(
        "content-range",
        recorded.headers().get("content-range"),
        given.headers().get("content-range"),
        differences);
    return differences;
  }

  private static List<String> differences(Answer recorded, Answer given) {
    List<String> differences = new ArrayList<>();
    compare("status", recorded.status(), given.status(), differences);
    for (String header : HEADERS) {
      String expected = recorded.headers().get(header);
      String actual = given.headers().get(header);
      compare(header, form(expected), form(actual), differences);
    }
    compare("body", form(recorded.body().strip()), form(given.body().strip()), differences);
    return differences;
  }

  private static void compare(
      String what, Object expected, Object actual, List<String> differences) {
    if (expected == null ? actual != null : !expected.equals(actual)) {
      differences.add(what + "\n  recorded " + expected + "\n  given    " + actual);
    }
  }

  private static final Pattern RANDOM_ID =
      Pattern.compile("(?!0{8}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern CLOCK =
      Pattern.compile("2026-11-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?(?=\\+00)");
  private static final Pattern NUMBER =
      Pattern.compile(
          "\"(seq|txid|xmin|next_txid|safe_txid|oldest_kept|system_identifier)\": ?\"?\\d+\"?");

  /** The text with what differs by nature replaced by its kind. */
  static String form(String text) {
    if (text == null) {
      return null;
    }
    String form = RANDOM_ID.matcher(text).replaceAll("(random id)");
    form = CLOCK.matcher(form).replaceAll("(clock)");
    return NUMBER.matcher(form).replaceAll("$1 (number)");
  }

  private static List<Answer> answers(String text) {
    List<Answer> answers = new ArrayList<>();
    Matcher m = Pattern.compile("HTTP/1\\.1 (\\d{3})[^\\n]*\\n").matcher(text);
    List<int[]> starts = new ArrayList<>();
    while (m.find()) {
      starts.add(new int[] {m.start(), m.end(), Integer.parseInt(m.group(1))});
    }
    for (int i = 0; i < starts.size(); i++) {
      int end = i + 1 < starts.size() ? starts.get(i + 1)[0] : text.length();
      String rest = text.substring(starts.get(i)[1], end);
      Map<String, String> headers = new TreeMap<>();
      int at = 0;
      Matcher line = Pattern.compile("([A-Za-z-]+): ([^\\n]*)\\n").matcher(rest);
      while (at < rest.length() && line.find(at) && line.start() == at) {
        headers.put(line.group(1).toLowerCase(Locale.ROOT), line.group(2));
        at = line.end();
      }
      String body = rest.substring(at).strip();
      answers.add(new Answer(starts.get(i)[2], headers, body.split("\n(?=-- |--- |t\\+1s)")[0]));
    }
    return answers;
  }

  private Request request(String name, String text) {
    String[] lines = text.split("\n", -1);
    String[] first = lines[0].split(" ");
    Map<String, String> headers = new LinkedHashMap<>();
    int i = 1;
    for (; i < lines.length && lines[i].contains(": "); i++) {
      int colon = lines[i].indexOf(": ");
      headers.put(lines[i].substring(0, colon), lines[i].substring(colon + 2));
    }
    String body = String.join("\n", List.of(lines).subList(i, lines.length)).strip();
    headers.remove("Content-Length");
    headers.computeIfPresent("Authorization", (h, token) -> signed(name, token));
    return new Request(first[0], first[1], headers, body.isEmpty() ? null : body);
  }

  /** The signatures were left out of the recordings. */
  private String signed(String name, String header) {
    if (!header.endsWith(".<sig>")) {
      return header;
    }
    if (name.contains("bad-signature")) {
      return header.replace("<sig>", "AAAA");
    }
    String[] parts = header.substring("Bearer ".length()).split("\\.");
    String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    return "Bearer " + supabase.sign(claims);
  }

  private Request service(String method, String target, Map<String, String> headers, String body) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put("Authorization", "Bearer " + supabase.jwt("service_role", 2_100_000_000L));
    return new Request(method, target, all, body);
  }

  private Answer send(Request request) throws Exception {
    HttpRequest.Builder http =
        HttpRequest.newBuilder(URI.create(supabase.url() + request.target()))
            .method(
                request.method(),
                request.body() == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(request.body()));
    request.headers().forEach(http::header);
    HttpResponse<String> response = client.send(http.build(), HttpResponse.BodyHandlers.ofString());
    Map<String, String> headers = new TreeMap<>();
    response.headers().map().forEach((name, values) -> headers.put(name, values.get(0)));
    return new Answer(response.statusCode(), headers, response.body());
  }

  private void reset() throws Exception {
    send(service("DELETE", "/contacts?id=not.is.null", Map.of(), null));
    JsonNode rows = PgJson.MAPPER.readTree(RecordedSchema.SEED);
    Answer answer = send(service("POST", "/contacts", Map.of(), rows.toString()));
    assertThat(answer.status()).isEqualTo(201);
  }

  private void fillBig() throws Exception {
    StringBuilder rows = new StringBuilder("[");
    for (int i = 1; i <= 2500; i++) {
      rows.append(i == 1 ? "" : ",").append("{\"v\":\"row ").append(i).append("\"}");
    }
    Answer answer = send(service("POST", "/big", Map.of(), rows.append(']').toString()));
    assertThat(answer.status()).isEqualTo(201);
  }
}
