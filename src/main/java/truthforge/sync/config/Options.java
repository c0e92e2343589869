package truthforge.sync.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All options of the service, declared once. From here come the defaults, the validation, {@code
 * config/application.properties} and {@code docs/configuration.md}.
 */
public final class Options {

  /** All systems, in the order in which a cycle reads them and in which ties are settled. */
  public static final List<String> SYSTEMS = List.of("bigquery", "twenty", "supabase", "local");

  /** A policy for one field is this name, a dot, and the field's name. */
  public static final String POLICY_PREFIX = "sync.conflict-policy.";

  /**
   * Names that routes may use besides those of options: the service computes them from options and
   * from the command.
   */
  public static final List<String> FOR_ROUTES =
      List.of("sync.interval-millis", "sync.answer-millis", "sync.continuous", "sync.listening");

  private static final Map<String, Option> ALL = new LinkedHashMap<>();

  private static final Kind TEXT = new Kind.Text();
  private static final Kind NAME = new Kind.Name();
  private static final Kind FLAG = new Kind.Flag();
  private static final Kind URL = new Kind.Url();
  private static final Kind FILE = new Kind.File();
  private static final Kind PORT = new Kind.Whole(0, 65535);
  private static final Kind PERCENT = new Kind.Whole(0, 100);
  private static final Kind ANY_DATABASE = new Kind.JdbcUrl(List.of("sqlite", "postgresql"));

  public static final Option SYNC_INTERVAL_SECONDS =
      add(
          "sync.interval-seconds",
          new Kind.Whole(1, 86_400),
          "300",
          "Seconds from the start of one cycle to the start of the next.");
  public static final Option SYNC_BATCH_SIZE =
      add(
          "sync.batch-size",
          new Kind.Whole(1, 10_000),
          "100",
          "Records in one write at most; a smaller limit of a system's API holds as well. BigQuery,"
              + " which bills by the statement, is sent up to 500 in one, and loaded with more.");
  public static final Option SYNC_OVERLAP_SECONDS =
      add(
          "sync.overlap-seconds",
          new Kind.Whole(0, 86_400),
          "60",
          "Seconds that each walk by time reads again, for changes that became visible late.");
  public static final Option SYNC_ANSWER_SECONDS =
      add(
          "sync.answer-seconds",
          new Kind.Whole(1, 3_600),
          "60",
          "Seconds that a system may take to answer a call; BigQuery, twice as long. Then it counts as"
              + " not reached, and is tried again later.");
  public static final Option SYNC_MAX_ATTEMPTS =
      add(
          "sync.max-attempts",
          new Kind.Whole(1, 100),
          "5",
          "Answers against one record after which it is parked.");
  public static final Option SYNC_MAX_DELETES =
      add(
          "sync.max-deletes",
          new Kind.Whole(0, Integer.MAX_VALUE),
          "200",
          "Deletions within an hour above which the rest waits for approval.");
  public static final Option SYNC_MAX_DELETE_PERCENT =
      add(
          "sync.max-delete-percent",
          PERCENT,
          "5",
          "Deletions within an hour, in percent of the contacts, above which the rest waits for"
              + " approval (from ten deletions on).");
  public static final Option SYNC_MAX_FIELD_PERCENT =
      add(
          "sync.max-field-percent",
          PERCENT,
          "20",
          "Contacts, in percent, of which one field may change within an hour before the rest"
              + " waits for approval (from a hundred contacts on).");
  public static final Option SYNC_CONFLICT_POLICY =
      add(
          "sync.conflict-policy",
          new Kind.Policy(),
          "latest",
          "What settles a field that two sides changed: the later edit (latest), a system"
              + " (prefer:twenty), or a person (manual). For one field: sync.conflict-policy.FIELD.");
  public static final Option SYNC_RECONCILE_HOURS =
      add(
          "sync.reconcile-hours",
          new Kind.Whole(1, 8_760),
          "24",
          "Hours between two full compares, which find what no cursor sees; once --reconcile makes"
              + " one at once.");
  public static final Option SYNC_COUNT_CYCLES =
      add(
          "sync.count-cycles",
          new Kind.Whole(0, 100_000),
          "12",
          "Cycles between two counts of each system's records; a count that is not as expected"
              + " brings the full compare forward. 0 counts never.");
  public static final Option INIT_PREFER =
      add(
          "init.prefer",
          new Kind.Systems(),
          String.join(",", SYSTEMS),
          "Whose value is kept where systems differ at their first meeting, the first one first.");

  public static final Option BIGQUERY_PROJECT =
      add(
          "bigquery.project",
          new Kind.Project(),
          null,
          "Google Cloud project of the record of truth. Without it BigQuery is left out.");
  public static final Option BIGQUERY_DATASET =
      add("bigquery.dataset", NAME, "identity", "Dataset of the table of contacts.");
  public static final Option BIGQUERY_TABLE =
      add("bigquery.table", NAME, "contacts_master", "Table of contacts.");
  public static final Option BIGQUERY_URL =
      add(
          "bigquery.url",
          URL,
          null,
          "Another host than Google's. Without bigquery.credentials it is called with none.");
  public static final Option BIGQUERY_CREDENTIALS =
      secret(
          "bigquery.credentials",
          new Kind.ServiceAccount(),
          "Key of a service account, as JSON or as the path of its file. Without it, and without"
              + " bigquery.url, the machine's own credentials are used.");
  public static final Option BIGQUERY_MAX_BYTES_PER_DAY =
      add(
          "bigquery.max-bytes-per-day",
          new Kind.Whole(0, Long.MAX_VALUE),
          null,
          "Bytes billed in a day above which an alarm is raised and statements become fewer and"
              + " larger.");
  public static final Option BIGQUERY_FORCE_QUERY_MINUTES =
      add(
          "bigquery.force-query-minutes",
          new Kind.Whole(1, 10_080),
          "60",
          "Minutes after which the table is queried even if its time of modification stands still;"
              + " and for which changes are gathered once more was billed in a day than is wanted.");
  public static final Option BIGQUERY_READ_ONLY =
      add(
          "bigquery.read-only",
          FLAG,
          "false",
          "Observe BigQuery, and never write to it; nothing new goes to the other systems"
              + " meanwhile.");

  public static final Option TWENTY_URL =
      add(
          "twenty.url",
          URL,
          null,
          "Address of Twenty, without /rest. Without it Twenty is left out.");
  public static final Option TWENTY_API_KEY = secret("twenty.api-key", TEXT, "API key of Twenty.");
  public static final Option TWENTY_WEBHOOK_SECRET =
      secret(
          "twenty.webhook-secret",
          TEXT,
          "Secret that signs Twenty's webhooks. Without it they are refused, and polling finds the"
              + " changes.");
  public static final Option TWENTY_CALLS_PER_MINUTE =
      add(
          "twenty.calls-per-minute",
          new Kind.Whole(1, 100_000),
          "100",
          "Calls a minute that Twenty allows this API key.");
  public static final Option TWENTY_CONDITIONAL_LIMIT =
      add(
          "twenty.conditional-limit",
          new Kind.Whole(0, 100_000),
          "200",
          "Records a cycle that are changed one by one, each only if it is as last seen; more go"
              + " in batches.");
  public static final Option TWENTY_READ_ONLY =
      add("twenty.read-only", FLAG, "false", "Observe Twenty, and never write to it.");

  public static final Option SUPABASE_URL =
      add(
          "supabase.url",
          URL,
          null,
          "Address of the Supabase project, without /rest. Without it and supabase.jdbc-url"
              + " Supabase is left out.");
  public static final Option SUPABASE_KEY =
      secret("supabase.key", TEXT, "Secret key (sb_secret_…) or service_role key of Supabase.");
  public static final Option SUPABASE_JDBC_URL =
      add(
          "supabase.jdbc-url",
          new Kind.JdbcUrl(List.of("postgresql")),
          null,
          "PostgreSQL behind Supabase, directly or by its session pooler. Setup makes with it what"
              + " the API cannot, and changes are heard of at once, without webhooks. Without"
              + " supabase.url it is used instead of the API.");
  public static final Option SUPABASE_USERNAME =
      add("supabase.username", TEXT, null, "User of supabase.jdbc-url.");
  public static final Option SUPABASE_PASSWORD =
      secret("supabase.password", TEXT, "Password of supabase.jdbc-url.");
  public static final Option SUPABASE_TABLE =
      add("supabase.table", NAME, "contacts_master", "Table of contacts.");
  public static final Option SUPABASE_ID_COLUMN =
      add("supabase.id-column", NAME, "id", "Column that names a row for good.");
  public static final Option SUPABASE_WEBHOOK_SECRET =
      secret(
          "supabase.webhook-secret",
          TEXT,
          "Secret in the header X-Webhook-Secret of Supabase's webhooks. Without it they are"
              + " refused, and polling finds the changes.");
  public static final Option SUPABASE_READ_ONLY =
      add("supabase.read-only", FLAG, "false", "Observe Supabase, and never write to it.");

  public static final Option LOCAL_JDBC_URL =
      add(
          "local.jdbc-url",
          ANY_DATABASE,
          null,
          "The local database, SQLite or PostgreSQL. Without it it is left out.");
  public static final Option LOCAL_USERNAME =
      add("local.username", TEXT, null, "User of local.jdbc-url.");
  public static final Option LOCAL_PASSWORD =
      secret("local.password", TEXT, "Password of local.jdbc-url.");
  public static final Option LOCAL_TABLE =
      add("local.table", NAME, "contacts_master", "Table of contacts.");
  public static final Option LOCAL_ID_COLUMN =
      add("local.id-column", NAME, "id", "Column that names a row for good.");
  public static final Option LOCAL_READ_ONLY =
      add("local.read-only", FLAG, "false", "Observe the local database, and never write to it.");

  public static final Option LEDGER_JDBC_URL =
      add(
          "ledger.jdbc-url",
          ANY_DATABASE,
          "jdbc:sqlite:data/ledger.db",
          "Where the service keeps its memory, SQLite or PostgreSQL.");
  public static final Option LEDGER_USERNAME =
      add("ledger.username", TEXT, null, "User of ledger.jdbc-url.");
  public static final Option LEDGER_PASSWORD =
      secret("ledger.password", TEXT, "Password of ledger.jdbc-url.");
  public static final Option LEDGER_KEEP_DAYS =
      add(
          "ledger.keep-days",
          new Kind.Days(36_500),
          "90",
          "Days for which history and settled conflicts are kept.");

  public static final Option LOG_FILE =
      add(
          "log.file",
          FILE,
          "logs/truth-forge-sync.log",
          "Log file of run, init and once; a new one each day and at 20 MB, those of 30 days or"
              + " 400 MB are kept beside it.");
  public static final Option LOG_LEVEL =
      add(
          "log.level",
          new Kind.Choice(List.of("error", "warn", "info", "debug")),
          "info",
          "How much the service says of itself.");

  public static final Option SERVICE_HOST =
      add("service.host", TEXT, "0.0.0.0", "Address that the webhooks' port is bound to.");
  public static final Option SERVICE_PORT =
      add("service.port", PORT, "8080", "Port of the webhooks.");
  public static final Option SERVICE_REQUEST_SECONDS =
      add(
          "service.request-seconds",
          new Kind.Whole(1, 300),
          "10",
          "Seconds within which the headers of a request, and then its body, must have arrived as a"
              + " whole, at the webhooks' port and at the operator's; who takes longer is cut off.");
  public static final Option SERVICE_PUBLIC_URL =
      add(
          "service.public-url",
          URL,
          null,
          "Address under which Twenty and Supabase reach service.port; setup registers webhooks"
              + " only with it.");
  public static final Option OPERATE_HOST =
      add(
          "operate.host",
          TEXT,
          "127.0.0.1",
          "Address that the operator's port is bound to; any but the loopback needs"
              + " operate.token.");
  public static final Option OPERATE_PORT =
      add(
          "operate.port",
          PORT,
          "8081",
          "Port of the operator's page, health and metrics; 0 takes a free one.");
  public static final Option OPERATE_TOKEN =
      secret(
          "operate.token",
          TEXT,
          "Token that the operator's port asks of whoever sees contacts or changes anything; where"
              + " operate.host is not the loopback at least 20 characters that nobody can guess. Without"
              + " it there is a new one at each start, in the file operator.json beside the ledger.");
  public static final Option OPERATE_HOST_NAMES =
      add(
          "operate.host-names",
          TEXT,
          null,
          "Names, separated by commas, that browsers reach the operator's port under, besides IP"
              + " addresses and localhost; other names are refused.");

  public static final Option ALERT_WEBHOOK_URL =
      secret(
          "alert.webhook-url",
          URL,
          "Address that is told, in the form of Slack's incoming webhooks, when a system fails, has"
              + " something for a person to decide, or has recovered.");

  public static final Option TRACE_OTLP_URL =
      add(
          "trace.otlp-url",
          URL,
          null,
          "OpenTelemetry collector that is told the way of every change by OTLP over HTTP, without"
              + " /v1/traces (http://127.0.0.1:4318). Without it there are no traces.");
  public static final Option TRACE_PERCENT =
      add("trace.percent", PERCENT, "100", "Changes of which the way is told, in percent.");

  public static final Option SERVER_TLS_KEYSTORE =
      add(
          "server.tls.keystore",
          FILE,
          null,
          "Keystore (PKCS #12 or JKS) with the key of both ports. Without it they speak plain"
              + " HTTP.");
  public static final Option SERVER_TLS_KEYSTORE_PASSWORD =
      secret("server.tls.keystore-password", TEXT, "Password of server.tls.keystore.");
  public static final Option JMX_JOLOKIA_PORT =
      add(
          "jmx.jolokia.port",
          PORT,
          null,
          "Port for JMX consoles over HTTP, on 127.0.0.1 alone. Without it there is none.");
  public static final Option JMX_JOLOKIA_POLICY =
      add(
          "jmx.jolokia.policy",
          FILE,
          null,
          "Access policy of that port; without it, the one of config/jolokia, which lets read the"
              + " service's routes and statistics and change nothing.");

  private Options() {}

  /** In the order in which they are documented. */
  public static List<Option> all() {
    return new ArrayList<>(ALL.values());
  }

  /** The option of that name, or null. */
  public static Option find(String name) {
    return ALL.get(name);
  }

  private static Option add(String name, Kind kind, String defaultValue, String description) {
    return add(Option.of(name, kind, defaultValue, description));
  }

  private static Option secret(String name, Kind kind, String description) {
    return add(Option.secret(name, kind, description));
  }

  private static Option add(Option option) {
    ALL.put(option.name(), option);
    return option;
  }
}
