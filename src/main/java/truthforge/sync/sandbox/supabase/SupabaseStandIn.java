package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * A Supabase project in memory: PostgREST 14 under {@code /rest/v1/}, keys as its gateway takes
 * them, database webhooks as pg_net sends them, and the change feed that {@code setup} installs.
 *
 * <p>Shown by recordings of PostgREST 14.12 on PostgreSQL 15: pages cut at 1000 rows without a
 * word, records of different shapes refused, every request atomic, a key without rights seeing an
 * empty table. Texts sort by code unit.
 */
public final class SupabaseStandIn extends StandIn {

  private static final String PREFIX = "/rest/v1";

  private final Database database;
  private final Postgrest postgrest;
  private final Keys keys;
  private final Webhooks webhooks = new Webhooks();
  private final Builder built;
  private volatile String systemIdentifier = newSystemIdentifier();

  private SupabaseStandIn(Builder builder) {
    super(builder.port);
    built = builder;
    database = new Database(builder.clock, builder.tables.values(), webhooks::tell);
    postgrest = new Postgrest(database, builder.maxRows, builder.statementTimeout);
    keys = new Keys(builder.secretKey, builder.publishableKey, builder.jwtSecret, builder.clock);
    builder.functions.forEach(database::add);
    if (builder.withFeed) {
      installFeed();
    }
    listen();
  }

  /** A stand-in with the table {@code contacts_master} and all that {@code setup} installs. */
  public static SupabaseStandIn start() {
    return builder().start();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The key that may do everything: an {@code sb_secret_…} one, sent as {@code apikey}. */
  public String secretKey() {
    return built.secretKey;
  }

  /** A key without rights on the rows. */
  public String publishableKey() {
    return built.publishableKey;
  }

  /**
   * A legacy key or a person's token.
   *
   * @param expires seconds since 1970
   */
  public String jwt(String role, long expires) {
    return keys.jwt("{\"role\":\"" + role + "\",\"iss\":\"supabase\",\"exp\":" + expires + "}");
  }

  /** A token with these claims, a JSON object. */
  String sign(String claims) {
    return keys.jwt(claims);
  }

  /** Puts a row in exactly as given: no trigger, no webhook, no change feed, no call counted. */
  public void load(String table, JsonNode row) {
    database.load(table(table), row);
  }

  /** The rows as they are, in the order in which they came, each as {@code to_jsonb} gives it. */
  public List<JsonNode> rows(String table) {
    Table source = table(table);
    return database.copyOf(source).stream().map(source::toJsonb).toList();
  }

  /** The row of this primary key; null where there is none. */
  public JsonNode row(String table, String id) {
    Table source = table(table);
    return database.read(
        () -> {
          Row row = source.byPrimaryKey(keyOf(source, id));
          return row == null ? null : source.toJsonb(row);
        });
  }

  /** A person adds a row in the table editor: with triggers, webhook and feed, without a call. */
  public JsonNode insert(String table, JsonNode row) {
    Table target = table(table);
    return database.write(
        null,
        tx -> target.toJsonb(tx.insert(target, tx.propose(target, Transaction.read(target, row)))));
  }

  /**
   * A person edits a row in the table editor.
   *
   * @param set the columns to change
   */
  public JsonNode update(String table, String id, JsonNode set) {
    Table target = table(table);
    return database.write(
        null,
        tx ->
            target.toJsonb(tx.update(target, existing(target, id), Transaction.read(target, set))));
  }

  /** A person deletes a row in the table editor, for good. */
  public void delete(String table, String id) {
    Table target = table(table);
    database.write(
        null,
        tx -> {
          tx.delete(target, existing(target, id));
          return null;
        });
  }

  /** A person empties a table at one stroke. */
  public void truncate(String table) {
    database.truncate(table(table));
  }

  /** Does what the SQL of {@code setup} does; a second time it changes nothing. */
  public void installFeed() {
    installFeedOf(database.tables().keySet());
  }

  /** The same, made for these tables only. */
  public void installFeedOf(Set<String> tables) {
    if (database.feed() == null) {
      database.write(
          null,
          tx -> {
            database.install(new ChangeFeed(tables, tx.id()));
            return null;
          });
      SyncFunctions.all(() -> systemIdentifier).forEach(database::add);
    }
  }

  /** A person prunes the change log, read or not. */
  public void prune(long beforeTxid) {
    database.write(null, tx -> database.feed().prune(beforeTxid));
  }

  /** Takes the change feed and its functions away again. */
  public void dropFeed() {
    database.write(
        null,
        tx -> {
          database.install(null);
          SyncFunctions.all(() -> systemIdentifier)
              .forEach(f -> database.functions().remove(f.name()));
          return null;
        });
  }

  /** A backup of the database as it is now. */
  public Backup backup() {
    Database.Backup backup = database.backup();
    return () -> database.restore(backup);
  }

  /** See {@link #backup()}. */
  public interface Backup {

    /** Goes back in place: rows, change log and transaction numbers are those of then. */
    void restore();
  }

  /** From now on the feed names another database, as after a restore into a new one. */
  public void moveToAnotherCluster() {
    systemIdentifier = newSystemIdentifier();
  }

  private static String newSystemIdentifier() {
    return Long.toString(ThreadLocalRandom.current().nextLong(1L << 60, Long.MAX_VALUE));
  }

  /**
   * A transaction that has begun to write and does not end: the feed shows nothing from its place
   * on until it is closed.
   */
  public IdleWriter idleWriter() {
    return database.write(
        null,
        tx -> {
          database.feed().hold(tx.id(), database.clockMicros());
          return () ->
              database.write(
                  null,
                  other -> {
                    database.feed().release(tx.id());
                    return null;
                  });
        });
  }

  /** See {@link #idleWriter()}. */
  public interface IdleWriter extends AutoCloseable {
    @Override
    void close();
  }

  /** Tells each change of a row to this address from now on; null for nobody. */
  public void webhook(URI url, Map<String, String> headers) {
    webhooks.target(url == null ? null : new Webhooks.Target(url, Map.copyOf(headers)));
  }

  /** How many webhooks were attempted, and ended with an answer or without. */
  public long webhooksSent() {
    return webhooks.answered() + webhooks.failed();
  }

  /** A column added by SQL, which PostgREST does not know before {@link #reloadSchemaCache()}. */
  public void addColumn(String table, String column, SqlType type) {
    database.write(
        null,
        tx ->
            table(table)
                .definition()
                .add(
                    new TableDefinition.Column(
                        column, type, false, TableDefinition.Default.NULL, null, false)));
  }

  /**
   * A column of the contacts made another kind of text by SQL, which PostgREST tells at once, as
   * its schema cache is reloaded by an event trigger of the project.
   */
  public void retypeColumn(String table, String column, SqlType type) {
    database.write(
        null,
        tx -> {
          table(table).definition().retype(column, type);
          return null;
        });
  }

  public void reloadSchemaCache() {
    database.write(
        null,
        tx -> {
          database.tables().values().forEach(table -> table.definition().reloadSchemaCache());
          return null;
        });
  }

  /** The database goes down while it is asked: 503, with a {@code Retry-After} of 0. */
  public static Fault databaseStops() {
    return fault(PgException.sql("57P01", "terminating connection due to administrator command"));
  }

  /** The database is down. */
  public static Fault databaseDown() {
    return fault(
        PgException.postgrest(
            503,
            "PGRST002",
            "Could not query the database for the schema cache. Retrying.",
            null,
            null));
  }

  /** Every connection of PostgREST's pool is busy. */
  public static Fault poolBusy() {
    return fault(
        PgException.postgrest(
            504, "PGRST003", "Timed out acquiring connection from connection pool.", null, null));
  }

  /** A statement ran longer than the role may. */
  public static Fault statementTimesOut() {
    return fault(PgException.sql("57014", "canceling statement due to statement timeout"));
  }

  private static Fault fault(PgException e) {
    return new Fault(r -> true, Fault.Kind.ANSWER_INSTEAD, Postgrest.failed(e, false));
  }

  @Override
  protected StandInAnswer answer(StandInRequest request) {
    Session session = null;
    try {
      boolean prefixed = request.path().equals(PREFIX) || request.path().startsWith(PREFIX + "/");
      if (!prefixed && !built.withoutGateway) {
        return StandInAnswer.json(404, "{\"error\":\"requested path is invalid\"}");
      }
      session = prefixed ? keys.atGateway(request) : keys.atPostgrest(request);
      String path = prefixed ? request.path().substring(PREFIX.length()) : request.path();
      return postgrest.answer(session, request, path.isEmpty() ? "/" : path);
    } catch (PgException e) {
      return Postgrest.failed(e, session == null || session.anonymous());
    }
  }

  @Override
  public void close() {
    super.close();
    webhooks.close();
  }

  private Table table(String name) {
    Table table = database.tables().get(name);
    if (table == null) {
      throw new IllegalArgumentException("There is no table " + name);
    }
    return table;
  }

  private static Object keyOf(Table table, String id) {
    return table.definition().columns().get(0).type().fromText(id);
  }

  private static Row existing(Table table, String id) {
    Row row = table.byPrimaryKey(keyOf(table, id));
    if (row == null) {
      throw new IllegalArgumentException("There is no such row");
    }
    return row;
  }

  /** What the project is made of; every part has a default. */
  public static final class Builder {

    private final Map<String, TableDefinition> tables = new LinkedHashMap<>();
    private final List<FunctionDefinition> functions = new ArrayList<>();
    private int port;
    private Clock clock = Clock.systemUTC();
    private boolean withFeed = true;
    private boolean withoutGateway;
    private long maxRows = 1000;
    private Duration statementTimeout = Duration.ofSeconds(8);
    private String secretKey = "sb_secret_sandbox";
    private String publishableKey = "sb_publishable_sandbox";
    private String jwtSecret = "a secret of the sandbox, known to all";

    private Builder() {}

    /** 0, the default, takes any free port. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    public Builder clock(Clock source) {
      clock = source;
      return this;
    }

    /** Instead of {@code contacts_master}. */
    public Builder table(TableDefinition table) {
      tables.put(table.name(), table);
      return this;
    }

    Builder function(FunctionDefinition function) {
      functions.add(function);
      return this;
    }

    /** As before {@code setup}: no change feed, no functions. */
    public Builder bare() {
      withFeed = false;
      return this;
    }

    /** Answers also without the path {@code /rest/v1}, as PostgREST itself: no {@code apikey}. */
    public Builder alsoWithoutGateway() {
      withoutGateway = true;
      return this;
    }

    public Builder maxRows(long most) {
      maxRows = most;
      return this;
    }

    public Builder statementTimeout(Duration time) {
      statementTimeout = time;
      return this;
    }

    public Builder secretKey(String key) {
      secretKey = key;
      return this;
    }

    public SupabaseStandIn start() {
      if (tables.isEmpty()) {
        table(ContactsMaster.table("contacts_master"));
      }
      return new SupabaseStandIn(this);
    }
  }
}
