package truthforge.sync.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static truthforge.sync.sql.SqlFiles.call;
import static truthforge.sync.sql.SqlFiles.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.systems.http.HttpCall;
import truthforge.sync.systems.jdbc.JdbcErase;
import truthforge.sync.systems.supabase.SupabaseErase;

/**
 * The functions of {@code supabase-feed.sql}: each case goes through a real PostgreSQL and through
 * the stand-in, and must come out as is written here, in both.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SyncFunctionsTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String TABLE = "contacts_master";

  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void startPostgres() throws Exception {
    postgres = EmbeddedPostgres.builder().start();
    try (Connection admin = connect()) {
      call(admin, "create role service_role nologin bypassrls");
      call(admin, "grant usage on schema public to service_role");
      call(admin, SqlFiles.read("supabase.sql"));
      call(admin, SqlFiles.read("supabase-feed.sql"));
      call(admin, "grant all on contacts_master to service_role");
    }
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    postgres.close();
  }

  private static Connection connect() throws SQLException {
    return postgres.getPostgresDatabase().getConnection();
  }

  /** What each case can do, and look at. Rows are named by one digit. */
  interface Side extends AutoCloseable {
    void insert(int id) throws Exception;

    void update(int id, String notes) throws Exception;

    void rename(int id, int other) throws Exception;

    /** In one statement: makes the rows that are not there, and gives all of them these notes. */
    void upsert(String notes, int... ids) throws Exception;

    void delete(int id) throws Exception;

    /** As the service does. */
    void forget(int id) throws Exception;

    void truncate() throws Exception;

    /** A transaction that has begun to write and goes on until closed. */
    AutoCloseable openWriter() throws Exception;

    JsonNode feed(long afterTxid, long afterSeq, int most) throws Exception;

    JsonNode info() throws Exception;

    long prune(long beforeTxid) throws Exception;

    /** What it returns, or the code of the error. */
    JsonNode apply(String target, String rows) throws Exception;

    /** {@code updated_at} as JSON. */
    String timeOf(int id) throws Exception;

    @Override
    void close() throws SQLException;
  }

  interface Steps {
    void run(Side side, Log log) throws Exception;
  }

  private static String uuid(int id) {
    return "00000000-0000-4000-8000-00000000000" + id;
  }

  /** What was seen, in terms that do not depend on the numbers and times of one database. */
  static final class Log {
    private final List<String> lines = new ArrayList<>();
    private final long startTxid;

    Log(Side side) throws Exception {
      startTxid = side.info().get("safe_txid").asLong();
    }

    void line(Object line) {
      lines.add(String.valueOf(line));
    }

    /** The entries since the case began, and how many transactions they come from. */
    void feed(Side side) throws Exception {
      entries(side.feed(startTxid, 0, 1000));
    }

    void entries(JsonNode entries) {
      List<String> shown = new ArrayList<>();
      TreeSet<Long> transactions = new TreeSet<>();
      for (JsonNode entry : entries) {
        String id = entry.get("pk").path("id").asText("-");
        JsonNode notes = entry.get("row_data").path("notes");
        shown.add(
            entry.get("op").asText()
                + id.substring(id.length() - 1)
                + (notes.isTextual() ? ":" + notes.asText() : "")
                + (entry.get("origin").isNull() ? "" : "@" + entry.get("origin").asText()));
        assertThat(entry.get("tbl").asText()).isEqualTo("public.contacts_master");
        transactions.add(entry.get("txid").asLong());
      }
      lines.add(String.join(" ", shown) + " of " + transactions.size());
    }

    /** Each row that came back, and whether it is whole and as it stands in the table. */
    void applied(Side side, JsonNode applied) throws Exception {
      if (applied.isTextual()) {
        lines.add(applied.asText());
        return;
      }
      List<String> shown = new ArrayList<>();
      for (JsonNode row : applied) {
        String id = row.get("id").asText();
        int digit = Integer.parseInt(id.substring(id.length() - 1));
        boolean current = row.get("updated_at").toString().equals(side.timeOf(digit));
        shown.add(
            digit
                + ":"
                + row.get("notes").asText()
                + (current && row.size() == 33 ? "" : " stale"));
      }
      lines.add("[" + String.join(", ", new TreeSet<>(shown)) + "]");
    }
  }

  private static String change(int id, String expected, String set) {
    return "{\"id\":\"%s\",\"expected\":%s,\"set\":%s}".formatted(uuid(id), expected, set);
  }

  private static String notes(String text) {
    return "{\"notes\":\"" + text + "\"}";
  }

  enum Case {
    INSERTS_UPDATES_AND_DELETES_ARE_TOLD_IN_THEIR_ORDER(
        (side, log) -> {
          side.insert(1);
          side.update(1, "x");
          side.insert(2);
          side.delete(1);
          log.feed(side);
        },
        "I1 U1 I2 D1:x of 4"),

    OF_A_ROW_THAT_IS_FORGOTTEN_THE_LOG_KEEPS_NOTHING(
        (side, log) -> {
          side.insert(1);
          side.insert(2);
          side.update(1, "x");
          side.update(2, "y");
          side.forget(1);
          log.feed(side);
        },
        "I1 I2 U1 U2 D1@truth-forge-sync/forget of 5"),

    A_ROW_WITH_A_NEW_KEY_IS_A_DELETION_AND_A_CHANGE(
        (side, log) -> {
          side.insert(1);
          side.rename(1, 2);
          log.feed(side);
        },
        "I1 D1 U2 of 2"),

    AN_UPSERT_TELLS_OF_EACH_ROW_WHETHER_IT_WAS_THERE(
        (side, log) -> {
          side.insert(2);
          side.insert(4);
          side.upsert("x", 1, 2, 3, 4);
          log.feed(side);
        },
        "I2 I4 U2 U4 I1 I3 of 3"),

    EMPTYING_THE_TABLE_IS_ONE_ENTRY_WITHOUT_A_KEY(
        (side, log) -> {
          side.insert(1);
          side.insert(2);
          side.truncate();
          side.insert(3);
          log.feed(side);
        },
        "I1 I2 T- I3 of 4"),

    NOTHING_IS_SHOWN_FROM_AN_OPEN_TRANSACTION_ON(
        (side, log) -> {
          side.insert(1);
          AutoCloseable open = side.openWriter();
          side.insert(2);
          log.feed(side);
          JsonNode held = side.info();
          log.line(held.get("safe_txid").asLong() < held.get("next_txid").asLong());
          log.line(held.hasNonNull("open_since"));
          open.close();
          log.feed(side);
          JsonNode free = side.info();
          log.line(free.get("safe_txid").asLong() == free.get("next_txid").asLong());
          log.line(free.hasNonNull("open_since"));
        },
        "I1 of 1",
        "true",
        "true",
        "I1 I2 of 2",
        "true",
        "false"),

    BEHIND_A_POSITION_COMES_WHAT_IS_LATER_AND_NO_MORE_THAN_ASKED_FOR(
        (side, log) -> {
          for (int i = 1; i <= 5; i++) {
            side.insert(i);
          }
          JsonNode first = side.feed(log.startTxid, 0, 2);
          log.entries(first);
          JsonNode last = first.get(1);
          log.entries(side.feed(last.get("txid").asLong(), last.get("seq").asLong(), 2));
          log.entries(side.feed(last.get("txid").asLong(), last.get("seq").asLong() - 1, 1));
          log.entries(side.feed(last.get("txid").asLong() + 100, 0, 9));
          log.entries(side.feed(log.startTxid, 0, 0));
        },
        "I1 I2 of 2",
        "I3 I4 of 2",
        "I2 of 1",
        " of 0",
        " of 0"),

    WHAT_IS_PRUNED_IS_GONE_AND_SAID_TO_BE(
        (side, log) -> {
          side.insert(1);
          side.insert(2);
          side.insert(3);
          JsonNode all = side.feed(log.startTxid, 0, 9);
          long second = all.get(1).get("txid").asLong();
          side.prune(log.startTxid);
          log.line(side.prune(second));
          log.line(side.prune(second));
          JsonNode info = side.info();
          log.line(info.get("pruned_below").asLong() == all.get(0).get("txid").asLong() + 1);
          log.line(info.get("oldest_kept").asLong() == second);
          log.feed(side);
        },
        "1",
        "0",
        "true",
        "true",
        "I2 I3 of 2"),

    THE_FEED_SAYS_WHICH_TABLE_IT_TELLS_OF_AND_BY_WHICH_COLUMN(
        (side, log) -> {
          log.line(side.info().get("watched"));
          log.line(side.info().get("identity").asText().matches("\\d+\\.\\d+/\\d+"));
          log.line(side.info().get("identity").equals(side.info().get("identity")));
        },
        "{\"public.contacts_master\":\"id\"}",
        "true",
        "true"),

    ROWS_THAT_ARE_AS_EXPECTED_ARE_CHANGED_AND_RETURNED(
        (side, log) -> {
          side.insert(1);
          side.insert(2);
          String stale = side.timeOf(2);
          side.update(2, "by a person");
          JsonNode applied =
              side.apply(
                  TABLE,
                  "["
                      + change(1, side.timeOf(1), notes("ours"))
                      + ","
                      + change(2, stale, notes("ours"))
                      + ","
                      + change(3, "null", notes("ours"))
                      + "]");
          log.applied(side, applied);
          log.feed(side);
        },
        "[1:ours]",
        "I1 I2 U2 U1@truth-forge-sync of 4"),

    A_ROW_THAT_IS_NAMED_TWICE_IS_CHANGED_ONCE(
        (side, log) -> {
          side.insert(1);
          String time = side.timeOf(1);
          log.applied(
              side,
              side.apply(
                  TABLE,
                  "[" + change(1, time, notes("x")) + "," + change(1, time, notes("x")) + "]"));
          log.feed(side);
        },
        "[1:x]",
        "I1 U1@truth-forge-sync of 2"),

    A_CHANGE_OF_NOTHING_CHANGES_NOTHING(
        (side, log) -> {
          side.insert(1);
          log.applied(side, side.apply(TABLE, "[" + change(1, side.timeOf(1), "{}") + "]"));
          log.applied(side, side.apply(TABLE, "[]"));
          log.feed(side);
        },
        "[]",
        "[]",
        "I1 of 1"),

    A_ROW_THAT_IS_WRONG_UNDOES_ALL(
        (side, log) -> {
          side.insert(1);
          side.insert(2);
          log.applied(
              side,
              side.apply(
                  TABLE,
                  "["
                      + change(1, side.timeOf(1), notes("x"))
                      + ","
                      + change(2, side.timeOf(2), "{\"birthday\":\"in May\"}")
                      + "]"));
          log.feed(side);
        },
        "22007",
        "I1 I2 of 2"),

    A_COLUMN_THAT_IS_NOT_THERE_IS_REFUSED(
        (side, log) -> {
          side.insert(1);
          log.applied(
              side, side.apply(TABLE, "[" + change(1, side.timeOf(1), "{\"nope\":1}") + "]"));
        },
        "42703"),

    AN_ID_THAT_IS_NONE_IS_REFUSED(
        (side, log) ->
            log.applied(
                side,
                side.apply(TABLE, "[{\"id\":\"x\",\"expected\":null,\"set\":{\"notes\":\"x\"}}]")),
        "22P02"),

    A_TABLE_THAT_IS_NOT_THERE_IS_REFUSED(
        (side, log) -> log.applied(side, side.apply("people", "[]")), "42P01"),

    A_TABLE_IS_NAMED_AS_IN_SQL(
        (side, log) -> {
          side.insert(1);
          for (String name :
              List.of(
                  "public.contacts_master",
                  "\"contacts_master\"",
                  "Contacts_Master",
                  "\"Contacts_Master\"")) {
            String time = side.timeOf(1);
            log.applied(side, side.apply(name, "[" + change(1, time, notes("x")) + "]"));
          }
        },
        "[1:x]",
        "[1:x]",
        "[1:x]",
        "42P01");

    private final Steps steps;
    private final List<String> expected;

    Case(Steps steps, String... expected) {
      this.steps = steps;
      this.expected = List.of(expected);
    }

    List<String> runOn(Side side) throws Exception {
      Log log = new Log(side);
      steps.run(side, log);
      return log.lines;
    }
  }

  @ParameterizedTest
  @EnumSource
  void postgresql_does_it_so(Case one) throws Exception {
    try (Side side = new Real()) {
      assertThat(one.runOn(side)).isEqualTo(one.expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_stand_in_does_it_so(Case one) throws Exception {
    try (Side side = new StandIn()) {
      assertThat(one.runOn(side)).isEqualTo(one.expected);
    }
  }

  /** As the service's role, with the headers that PostgREST tells the database. */
  private static final class Real implements Side {
    private final Connection admin = connect();
    private final Connection service = connect();

    Real() throws SQLException {
      call(admin, "delete from contacts_master");
      call(service, "set role service_role");
      call(service, "set time zone 'UTC'");
      call(service, "set request.headers = '{\"x-sync-origin\":\"truth-forge-sync\"}'");
    }

    @Override
    public void insert(int id) throws SQLException {
      call(admin, "insert into contacts_master (id) values ('" + uuid(id) + "')");
    }

    @Override
    public void update(int id, String notes) throws SQLException {
      call(
          admin,
          "update contacts_master set notes = '" + notes + "' where id = '" + uuid(id) + "'");
    }

    @Override
    public void rename(int id, int other) throws SQLException {
      call(
          admin,
          "update contacts_master set id = '" + uuid(other) + "' where id = '" + uuid(id) + "'");
    }

    @Override
    public void upsert(String notes, int... ids) throws SQLException {
      call(
          admin,
          "insert into contacts_master (id, notes) values "
              + Arrays.stream(ids)
                  .mapToObj(id -> "('%s', '%s')".formatted(uuid(id), notes))
                  .collect(Collectors.joining(", "))
              + " on conflict (id) do update set notes = excluded.notes");
    }

    @Override
    public void delete(int id) throws SQLException {
      call(admin, "delete from contacts_master where id = '" + uuid(id) + "'");
    }

    @Override
    public void forget(int id) throws SQLException {
      String sql = new JdbcErase("jdbc:postgresql:", TABLE, "id").call(List.of()).sql();
      try (PreparedStatement erase = admin.prepareStatement(sql.replace(":?ids", "?"))) {
        erase.setString(1, "[\"" + uuid(id) + "\"]");
        erase.executeQuery().close();
      }
    }

    @Override
    public void truncate() throws SQLException {
      call(admin, "truncate contacts_master");
    }

    @Override
    public AutoCloseable openWriter() throws SQLException {
      Connection open = connect();
      open.setAutoCommit(false);
      row(open, "select pg_current_xact_id()");
      return () -> {
        open.commit();
        open.close();
      };
    }

    @Override
    public JsonNode feed(long afterTxid, long afterSeq, int most) throws Exception {
      return json(
          "select coalesce(jsonb_agg(to_jsonb(f) order by txid, seq), '[]')"
              + " from sync_feed(%d, %d, %d) f".formatted(afterTxid, afterSeq, most));
    }

    @Override
    public JsonNode info() throws Exception {
      return json("select sync_feed_info()");
    }

    @Override
    public long prune(long beforeTxid) throws SQLException {
      return Long.parseLong(row(service, "select sync_feed_prune(" + beforeTxid + ")"));
    }

    @Override
    public JsonNode apply(String target, String rows) throws Exception {
      try (PreparedStatement statement =
          service.prepareStatement(
              "select coalesce(jsonb_agg(r), '[]') from sync_apply(?, ?::jsonb) r")) {
        statement.setString(1, target);
        statement.setString(2, rows);
        try (ResultSet result = statement.executeQuery()) {
          result.next();
          return JSON.readTree(result.getString(1));
        }
      } catch (SQLException e) {
        return JSON.getNodeFactory().textNode(e.getSQLState());
      }
    }

    @Override
    public String timeOf(int id) throws SQLException {
      return row(
          service,
          "select to_jsonb(updated_at) from contacts_master where id = '" + uuid(id) + "'");
    }

    private JsonNode json(String query) throws Exception {
      return JSON.readTree(row(service, query));
    }

    @Override
    public void close() throws SQLException {
      service.close();
      admin.close();
    }
  }

  private static final class StandIn implements Side {
    private final SupabaseStandIn supabase = SupabaseStandIn.start();
    private final HttpClient client = HttpClient.newHttpClient();

    @Override
    public void insert(int id) {
      supabase.insert(TABLE, object("id", uuid(id)));
    }

    @Override
    public void update(int id, String notes) {
      supabase.update(TABLE, uuid(id), object("notes", notes));
    }

    @Override
    public void rename(int id, int other) {
      supabase.update(TABLE, uuid(id), object("id", uuid(other)));
    }

    @Override
    public void upsert(String notes, int... ids) throws Exception {
      ArrayNode rows = JSON.createArrayNode();
      for (int id : ids) {
        rows.add(object("id", uuid(id)).put("notes", notes));
      }
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(supabase.url() + "/rest/v1/" + TABLE))
              .header("apikey", supabase.secretKey())
              .header("Prefer", "resolution=merge-duplicates")
              .POST(HttpRequest.BodyPublishers.ofString(rows.toString()))
              .build();
      assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(201);
    }

    @Override
    public void delete(int id) {
      supabase.delete(TABLE, uuid(id));
    }

    @Override
    public void forget(int id) throws Exception {
      HttpCall call = new SupabaseErase(TABLE, "id").calls(List.of(uuid(id))).get(0);
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create(supabase.url() + "/rest/v1" + call.path() + "?" + call.query()))
              .header("apikey", supabase.secretKey())
              .DELETE();
      call.headers().forEach(request::header);
      assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    }

    @Override
    public void truncate() {
      supabase.truncate(TABLE);
    }

    @Override
    public AutoCloseable openWriter() {
      return supabase.idleWriter();
    }

    @Override
    public JsonNode feed(long afterTxid, long afterSeq, int most) throws Exception {
      return send(
          "GET",
          "sync_feed?after_txid=%d&after_seq=%d&max_rows=%d".formatted(afterTxid, afterSeq, most),
          null);
    }

    @Override
    public JsonNode info() throws Exception {
      return send("GET", "sync_feed_info", null);
    }

    @Override
    public long prune(long beforeTxid) throws Exception {
      return send("POST", "sync_feed_prune", "{\"before_txid\":" + beforeTxid + "}").asLong();
    }

    @Override
    public JsonNode apply(String target, String rows) throws Exception {
      ObjectNode body = JSON.createObjectNode().put("target", target);
      body.set("rows", JSON.readTree(rows));
      JsonNode answer = send("POST", "sync_apply", body.toString());
      return answer.isArray() ? answer : answer.get("code");
    }

    @Override
    public String timeOf(int id) throws Exception {
      return JSON.readTree(supabase.row(TABLE, uuid(id)).get("updated_at").toString()).toString();
    }

    private JsonNode send(String method, String call, String body) throws Exception {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(supabase.url() + "/rest/v1/rpc/" + call))
              .header("apikey", supabase.secretKey())
              .header("X-Sync-Origin", "truth-forge-sync")
              .method(
                  method,
                  body == null
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body))
              .build();
      return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private static ObjectNode object(String name, String value) {
      return JSON.createObjectNode().put(name, value);
    }

    @Override
    public void close() {
      supabase.close();
    }
  }
}
