package truthforge.sync.operate.setup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.systems.ClockDifference;
import truthforge.sync.systems.Records;

/**
 * A project of Supabase by its REST API, which shows tables, columns and functions, and can create
 * none of them: what is missing is SQL to paste.
 */
final class SupabaseRestInspection implements Inspection {

  private static final String SYSTEM = "supabase";
  private static final String REST = "/rest/v1/";
  private static final String RELOAD = "notify pgrst, 'reload schema';\n";
  private static final Duration LONG_OPEN = Duration.ofMinutes(1);

  private final Configuration configuration;
  private final String key;
  private final String table;
  private final String idColumn;
  private final Columns columns;
  private final SqlScript tableScript;
  private final SqlScript feedScript;
  private final HttpApi api;
  private Shown shown;

  /**
   * What the key sees of the project.
   *
   * @param columns of the table; empty where there is no such table
   * @param feed what the change feed tells of itself; null where there is none
   */
  private record Shown(boolean table, Set<String> columns, JsonNode feed, ClockDifference clock) {}

  SupabaseRestInspection(Configuration configuration, Places places, Mapping mapping, Clock clock) {
    this.configuration = configuration;
    key = configuration.required(Options.SUPABASE_KEY);
    table = configuration.required(Options.SUPABASE_TABLE);
    idColumn = configuration.required(Options.SUPABASE_ID_COLUMN);
    columns = new Columns(mapping, Columns.Types.SUPABASE);
    tableScript =
        SqlScript.load(places, "supabase.sql").forIdColumn(idColumn).forTable("public", table);
    feedScript = SqlScript.load(places, "supabase-feed.sql").forTable("public", table);
    api =
        new HttpApi(
            SYSTEM,
            Options.SUPABASE_KEY.name(),
            configuration.url(Options.SUPABASE_URL).orElseThrow(),
            headers(key),
            clock);
  }

  /** A secret key is refused as a bearer token; a legacy one says who it is only as such. */
  private static Map<String, String> headers(String key) {
    return isToken(key)
        ? Map.of("apikey", key, "Authorization", "Bearer " + key)
        : Map.of("apikey", key);
  }

  private static boolean isToken(String key) {
    return key.startsWith("eyJ") && key.split("\\.", -1).length == 3;
  }

  @Override
  public String system() {
    return SYSTEM;
  }

  private Shown shown() {
    if (shown == null) {
      HttpApi.Answer root = api.get(REST, "application/openapi+json");
      boolean described = root.isSuccess() && root.body() != null && root.body().has("paths");
      if (described) {
        shown = described(root);
      } else if (root.isSuccess() || root.status() == 404) {
        // A project can be told not to describe itself.
        shown = probed();
      } else {
        api.successful(root, "to describe the project");
      }
    }
    return shown;
  }

  private Shown described(HttpApi.Answer root) {
    JsonNode paths = root.body().path("paths");
    Set<String> names = new LinkedHashSet<>();
    root.body()
        .path("definitions")
        .path(table)
        .path("properties")
        .fieldNames()
        .forEachRemaining(names::add);
    return new Shown(paths.has("/" + table), names, feed(), root.clock());
  }

  private Shown probed() {
    HttpApi.Answer answer = api.get(REST + table + "?limit=1&select=" + idColumn);
    if (answer.status() == 404 && answer.body() != null && answer.body().has("code")) {
      return new Shown(false, Set.of(), feed(), answer.clock());
    }
    boolean noId = isUnknownColumn(answer, idColumn);
    if (!noId) {
      api.successful(answer, "to read " + table);
    }
    Set<String> there = new LinkedHashSet<>(columns.wanted().keySet());
    if (!noId) {
      there.add(idColumn);
    }
    for (String column : List.copyOf(there)) {
      // One name in each: the answer names but one column that is missing.
      HttpApi.Answer probe = api.get(REST + table + "?limit=0&select=" + column);
      if (isUnknownColumn(probe, column)) {
        there.remove(column);
      }
    }
    return new Shown(true, there, feed(), answer.clock());
  }

  private static boolean isUnknownColumn(HttpApi.Answer answer, String column) {
    return answer.status() == 400
        && answer.body() != null
        && answer.body().path("code").asText().equals("42703")
        && answer.body().path("message").asText().contains(column);
  }

  /** Asks the one function that tells of the others: one file installs them all. */
  private JsonNode feed() {
    HttpApi.Answer answer = api.get(REST + "rpc/sync_feed_info");
    // Not there, not for this key, or in a schema that is not exposed.
    boolean none = List.of(401, 403, 404, 406).contains(answer.status());
    return none ? null : api.successful(answer, "to tell of its change feed");
  }

  /** Whether the feed is there and tells of this table. */
  private boolean hasFeed(Shown there) {
    return there.feed() != null
        && there.feed().hasNonNull("identity")
        && there.feed().path("watched").path("public." + table).asText().equals(idColumn);
  }

  /** Whether a former version made it: it tells the same, but is called for each row. */
  private boolean hasFormerFeed(Shown there) {
    JsonNode outdated = there.feed().get("outdated");
    return outdated == null
        || StreamSupport.stream(outdated.spliterator(), false)
            .anyMatch(name -> name.asText().equals("public." + table));
  }

  @Override
  public List<Missing> missing() {
    Shown there = shown();
    List<Missing> missing = new ArrayList<>();
    if (!there.table()) {
      missing.add(
          Missing.byHand(
                  "table " + table, tableScript.toPaste() + alterations(columns.added(tableScript)))
              .asEssential());
    } else {
      requireId(there);
      Map<String, String> absent = new LinkedHashMap<>(columns.wanted());
      absent.keySet().removeAll(there.columns());
      if (!absent.isEmpty()) {
        missing.add(
            Missing.byHand(
                (absent.size() == 1 ? "column " : "columns ")
                    + table
                    + "."
                    + String.join(", ", absent.keySet()),
                alterations(absent).strip()));
      }
    }
    if (!hasFeed(there)) {
      missing.add(Missing.byHand("change feed of " + table, feedScript.toPaste()));
    } else if (hasFormerFeed(there)) {
      missing.add(Missing.byHand(Missing.presentFeed(table), feedScript.toPaste()));
    }
    return missing;
  }

  private void requireId(Shown there) {
    if (!there.columns().contains(idColumn)) {
      throw Trouble.found(
          SYSTEM,
          "has a table " + table + " without the column " + idColumn,
          "Name the column that identifies a row as supabase.id-column, or another table as"
              + " supabase.table");
    }
  }

  private String alterations(Map<String, String> absent) {
    if (absent.isEmpty()) {
      return "";
    }
    StringBuilder sql = new StringBuilder("\n\n");
    absent.forEach(
        (column, definition) ->
            sql.append("alter table public.")
                .append(SqlScript.quoted(table))
                .append(" add column if not exists ")
                .append(SqlScript.quoted(column))
                .append(' ')
                .append(definition)
                .append(";\n"));
    return sql.append(RELOAD).toString();
  }

  @Override
  public void examine(List<Finding> findings) {
    examineKey(findings);
    Shown there = shown();
    findings.add(Finding.ok(SYSTEM, "answers, and accepts the key"));
    if (there.clock() != null) {
      findings.add(ClockFinding.of(SYSTEM, there.clock()));
    }
    examineFeed(there, findings);
    if (!there.table()) {
      return;
    }
    requireId(there);
    HttpApi.Answer answer = api.get(REST + table + "?limit=1&select=" + idColumn);
    JsonNode rows = api.successful(answer, "to read " + table);
    findings.add(
        rows.isEmpty()
            ? Finding.warning(
                SYSTEM,
                0,
                "shows no row of "
                    + table
                    + ": it is empty, or the key has no right to see its rows",
                "If the table has rows, set supabase.key to a secret key (sb_secret_…) or the"
                    + " service_role key")
            : Finding.ok(SYSTEM, "shows rows of " + table + " to the key"));
    findings.add(Rights.notTold(configuration, SYSTEM, "this key may change " + table));
  }

  private void examineFeed(Shown there, List<Finding> findings) {
    if (!hasFeed(there)) {
      return;
    }
    findings.add(Finding.ok(SYSTEM, "has the change feed and sync_apply"));
    Instant now = Records.instant(there.feed().path("now").asText());
    Instant since = Records.instant(there.feed().path("open_since").asText());
    if (now != null && since != null && Duration.between(since, now).compareTo(LONG_OPEN) > 0) {
      findings.add(
          Finding.warning(
              SYSTEM,
              0,
              "a transaction that began at "
                  + since.truncatedTo(ChronoUnit.SECONDS)
                  + " has not ended, and holds the change feed back",
              "Find it in the SQL editor: select pid, usename, application_name, xact_start from"
                  + " pg_stat_activity where backend_xid is not null order by xact_start; and end"
                  + " it: select pg_terminate_backend(pid)"));
    }
  }

  private void examineKey(List<Finding> findings) {
    String role = role();
    if (role != null && !role.equals("service_role")) {
      findings.add(
          Finding.error(
              SYSTEM,
              0,
              "the key is a public one, which sees an empty table where there are rows",
              "Set supabase.key to a secret key (sb_secret_…) or the service_role key"));
    }
  }

  /** Whom the key stands for, as far as it says so itself; else null. */
  private String role() {
    if (key.startsWith("sb_publishable_")) {
      return "anon";
    }
    if (!isToken(key)) {
      return null;
    }
    try {
      return new ObjectMapper()
          .readTree(Base64.getUrlDecoder().decode(key.split("\\.")[1]))
          .path("role")
          .asText(null);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return null;
    } catch (IOException e) {
      throw new IllegalStateException("Reading from memory does not fail", e);
    }
  }
}
