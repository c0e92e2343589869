package truthforge.sync.operate.setup;

import com.google.cloud.ServiceOptions;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Dataset;
import com.google.cloud.bigquery.DatasetInfo;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.LegacySQLTypeName;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import com.google.cloud.bigquery.TableResult;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.mapping.Codec;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.systems.ClockDifference;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.bigquery.BigQueryClients;
import truthforge.sync.systems.bigquery.BigQueryStatement;
import truthforge.sync.systems.bigquery.BigQueryStatements;
import truthforge.sync.systems.bigquery.BigQueryTable;
import truthforge.sync.systems.bigquery.BigQueryTables;
import truthforge.sync.systems.bigquery.BigQueryType;
import truthforge.sync.text.Broken;

/** The dataset and its tables, by the client that the service uses, without its retries. */
final class BigQueryInspection implements Inspection {

  private static final String SYSTEM = "bigquery";
  private static final long MOST_BYTES = 1L << 30;
  private static final String CHANGE_ROWS = "bigquery.tables.updateData";

  private final Configuration configuration;
  private final Mapping mapping;
  private final Clock clock;
  private final String project;
  private final String dataset;
  private final String contacts;
  private BigQuery client;

  BigQueryInspection(Configuration configuration, Mapping mapping, Clock clock) {
    this.configuration = configuration;
    this.mapping = mapping;
    this.clock = clock;
    project = configuration.required(Options.BIGQUERY_PROJECT);
    dataset = configuration.required(Options.BIGQUERY_DATASET);
    contacts = configuration.required(Options.BIGQUERY_TABLE);
  }

  @Override
  public String system() {
    return SYSTEM;
  }

  private BigQuery client() {
    if (client == null) {
      BigQuery made = make();
      client =
          made.getOptions().toBuilder()
              .setRetrySettings(ServiceOptions.getNoRetrySettings())
              .build()
              .getService();
    }
    return client;
  }

  private BigQuery make() {
    try {
      return BigQueryClients.configured(
          project,
          configuration.url(Options.BIGQUERY_URL).orElse(null),
          configuration.text(Options.BIGQUERY_CREDENTIALS));
    } catch (SystemUnavailable e) {
      throw Trouble.found(
          SYSTEM,
          configuration.isSet(Options.BIGQUERY_CREDENTIALS)
              ? "has credentials that cannot be read"
              : "has no credentials, nor does this machine",
          "Set bigquery.credentials to the JSON of a service account's key, or to its path");
    }
  }

  private <T> T asking(String about, Supplier<T> call) {
    try {
      return call.get();
    } catch (BigQueryException e) {
      throw trouble(e, about);
    }
  }

  private static Trouble trouble(BigQueryException e, String about) {
    int code = e.getCode();
    if (code == 401) {
      return Trouble.found(
          SYSTEM,
          "does not accept the credentials (HTTP 401)",
          "Make a new key for the service account and set bigquery.credentials");
    }
    if (code == 403
            && ("rateLimitExceeded".equals(e.getReason()) || "quotaExceeded".equals(e.getReason()))
        || code == 429) {
      return Trouble.unreachable(SYSTEM, "it limits our calls", "Run the command again later");
    }
    if (code == 403) {
      return Trouble.found(
          SYSTEM,
          "refuses " + about + " (HTTP 403)",
          "Check bigquery.project, and give the account the roles BigQuery Data Editor (on the"
              + " dataset) and BigQuery Job User (on the project)");
    }
    if (code == 404) {
      return Trouble.found(
          SYSTEM,
          "knows nothing of what it was asked " + about + " (HTTP 404)",
          "Check bigquery.project, bigquery.dataset and bigquery.url");
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketException
          || cause instanceof SocketTimeoutException
          || cause instanceof UnknownHostException) {
        return Trouble.unreachable(
            SYSTEM, Broken.connection(cause), "Check bigquery.url if it is set, and the network");
      }
    }
    if (code >= 500) {
      return Trouble.unreachable(SYSTEM, "HTTP " + code, "Run the command again later");
    }
    return Trouble.found(
        SYSTEM,
        "fails " + about + (code > 0 ? " (HTTP " + code + ")" : " before it is asked"),
        "Check bigquery.credentials, and that this machine's clock is right");
  }

  // What is missing

  private record Wanted(TableId id, StandardTableDefinition definition, boolean essential) {}

  private List<Wanted> wanted() {
    return List.of(
        new Wanted(TableId.of(project, dataset, contacts), contactsDefinition(), true),
        new Wanted(
            TableId.of(project, dataset, "sync_change_log"), BigQueryTables.changeLog(), false),
        new Wanted(
            TableId.of(project, dataset, "sync_conflicts"), BigQueryTables.conflicts(), false));
  }

  private StandardTableDefinition contactsDefinition() {
    StandardTableDefinition usual = BigQueryTables.contacts();
    List<Field> fields = new ArrayList<>(usual.getSchema().getFields());
    for (Field field : mapped()) {
      if (fields.stream().noneMatch(f -> f.getName().equalsIgnoreCase(field.getName()))) {
        fields.add(field);
      }
    }
    return usual.toBuilder().setSchema(Schema.of(fields)).build();
  }

  /** The columns that the mapping names. */
  private List<Field> mapped() {
    FieldList usual = BigQueryTables.contacts().getSchema().getFields();
    Map<String, Field> fields = new LinkedHashMap<>();
    put(fields, mapping.contactIdPath(), StandardSQLTypeName.STRING);
    for (Entry entry : mapping.entries()) {
      Field field = field(entry.topLevelProperty(), entry.codec());
      fields.putIfAbsent(field.getName(), field);
    }
    put(fields, mapping.syncMetadataPath(), StandardSQLTypeName.JSON);
    put(fields, mapping.deletedAtPath(), StandardSQLTypeName.TIMESTAMP);
    put(fields, mapping.createdAtPath(), StandardSQLTypeName.TIMESTAMP);
    put(fields, mapping.updatedAtPath(), StandardSQLTypeName.TIMESTAMP);
    return List.copyOf(fields.values());
  }

  private static void put(Map<String, Field> fields, String name, StandardSQLTypeName type) {
    if (name != null) {
      fields.putIfAbsent(name, Field.of(name, type));
    }
  }

  private static Field field(String name, Codec codec) {
    StandardSQLTypeName type =
        switch (codec) {
          case PLAIN_TEXT, PLAIN_CODE, PLAIN_URL, ITEMS, ITEMS_JSON_TEXT, DOCUMENT_JSON_TEXT ->
              StandardSQLTypeName.STRING;
          case BOOLEAN, BOOLEAN_NEVER_EMPTY -> StandardSQLTypeName.BOOL;
          case BOOLEAN_INTEGER -> StandardSQLTypeName.INT64;
          case PLAIN_NUMBER -> StandardSQLTypeName.FLOAT64;
          case DAY -> StandardSQLTypeName.DATE;
          case JSON_DOCUMENT, EMAILS_COMPOSITE, PHONES_COMPOSITE, LINKS_COMPOSITE ->
              StandardSQLTypeName.JSON;
        };
    Field.Mode mode = codec == Codec.ITEMS ? Field.Mode.REPEATED : Field.Mode.NULLABLE;
    return Field.newBuilder(name, type).setMode(mode).build();
  }

  @Override
  public List<Missing> missing() {
    List<Missing> missing = new ArrayList<>();
    Dataset found = asking("to be asked for its datasets", () -> client().getDataset(dataset));
    if (found == null) {
      missing.add(
          Missing.created(
                  "dataset " + dataset,
                  "create schema if not exists `" + project + "." + dataset + "`;",
                  () ->
                      asking(
                          "to create the dataset " + dataset,
                          () -> client().create(DatasetInfo.newBuilder(dataset).build())))
              .asEssential());
    }
    for (Wanted wanted : wanted()) {
      Table table = found == null ? null : table(wanted.id());
      if (table == null) {
        Missing lacking = creation(wanted);
        missing.add(wanted.essential() ? lacking.asEssential() : lacking);
      } else {
        addColumns(wanted, table, missing);
      }
    }
    return missing;
  }

  private Table table(TableId id) {
    return asking("to be asked for its tables", () -> client().getTable(id));
  }

  private Missing creation(Wanted wanted) {
    String name = wanted.id().getDataset() + "." + wanted.id().getTable();
    return Missing.created(
        "table " + name,
        createTable(wanted),
        () ->
            asking(
                "to create the table " + name,
                () -> client().create(TableInfo.of(wanted.id(), wanted.definition()))));
  }

  private void addColumns(Wanted wanted, Table table, List<Missing> missing) {
    if (!(table.getDefinition() instanceof StandardTableDefinition definition)
        || definition.getSchema() == null) {
      return;
    }
    BigQueryTable known = BigQueryTable.of(table);
    List<Field> needed =
        wanted.essential() ? mapped() : wanted.definition().getSchema().getFields();
    List<Field> absent =
        needed.stream()
            .filter(field -> known.column(field.getName()).isEmpty())
            // A column that is added to rows that are there cannot be required.
            .map(
                field ->
                    field.getMode() == Field.Mode.REQUIRED
                        ? field.toBuilder().setMode(Field.Mode.NULLABLE).build()
                        : field)
            .toList();
    if (absent.isEmpty()) {
      return;
    }
    String name = wanted.id().getDataset() + "." + wanted.id().getTable();
    String what =
        (absent.size() == 1 ? "column " : "columns ")
            + name
            + "."
            + absent.stream().map(Field::getName).collect(Collectors.joining(", "));
    String sql =
        absent.stream()
            .map(field -> "\n  add column " + column(field))
            .collect(Collectors.joining(",", "alter table " + quoted(wanted.id()), ";"));
    missing.add(
        Missing.created(
            what,
            sql,
            () -> {
              List<Field> all = new ArrayList<>(definition.getSchema().getFields());
              all.addAll(absent);
              TableInfo changed =
                  table.toBuilder()
                      .setDefinition(definition.toBuilder().setSchema(Schema.of(all)).build())
                      .build();
              asking("to add " + what, () -> client().update(changed));
            }));
  }

  private static String createTable(Wanted wanted) {
    StandardTableDefinition definition = wanted.definition();
    StringBuilder sql =
        new StringBuilder("create table if not exists ").append(quoted(wanted.id())).append(" (");
    sql.append(
        definition.getSchema().getFields().stream()
            .map(field -> "\n  " + column(field))
            .collect(Collectors.joining(",")));
    sql.append("\n)");
    if (definition.getTimePartitioning() != null) {
      sql.append("\npartition by timestamp_trunc(")
          .append(definition.getTimePartitioning().getField())
          .append(", month)");
    }
    if (definition.getClustering() != null) {
      sql.append("\ncluster by ").append(String.join(", ", definition.getClustering().getFields()));
    }
    return sql.append(';').toString();
  }

  private static String column(Field field) {
    LegacySQLTypeName type = field.getType();
    String name = type.getStandardType().name();
    return "`"
        + field.getName()
        + "` "
        + (field.getMode() == Field.Mode.REPEATED ? "array<" + name + ">" : name)
        + (field.getMode() == Field.Mode.REQUIRED ? " not null" : "");
  }

  private static String quoted(TableId id) {
    return "`" + id.getProject() + "." + id.getDataset() + "." + id.getTable() + "`";
  }

  // What is to be said of it

  @Override
  public void examine(List<Finding> findings) {
    Dataset found = asking("to be asked for its datasets", () -> client().getDataset(dataset));
    findings.add(Finding.ok(SYSTEM, "answers, and accepts the credentials"));
    examineClock(findings);
    Table table = found == null ? null : table(TableId.of(project, dataset, contacts));
    if (table == null) {
      return;
    }
    if (!(table.getDefinition() instanceof StandardTableDefinition)) {
      findings.add(
          Finding.error(
              SYSTEM,
              0,
              dataset + "." + contacts + " is no table but a " + table.getDefinition().getType(),
              "Name a table as bigquery.table: a view can neither be written nor tells when it"
                  + " changed"));
      return;
    }
    examineColumns(BigQueryTable.of(table), findings);
    examineRights(table, findings);
    examineIds(BigQueryTable.of(table), findings);
  }

  /** Also shows whether the account may run queries at all. Reads no table, so it costs nothing. */
  private void examineClock(List<Finding> findings) {
    Instant asked = clock.instant();
    TableResult answer = query(BigQueryStatements.clock(), "to run queries");
    long micros = answer.iterateAll().iterator().next().get(0).getLongValue();
    Instant told = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    findings.add(
        ClockFinding.of(SYSTEM, ClockDifference.of(asked, told, clock.instant(), Duration.ZERO)));
  }

  /** Bills one column of the table. */
  private void examineIds(BigQueryTable table, List<Finding> findings) {
    if (table.column(BigQueryTable.CONTACT_ID).isEmpty()) {
      return;
    }
    long doubles =
        query(BigQueryStatements.duplicateIds(table), "to look for ids that stand in two rows")
            .getTotalRows();
    if (doubles > 0) {
      findings.add(
          Finding.warning(
              SYSTEM,
              0,
              doubles + " contact ids stand in more than one row; these contacts are held",
              "Delete all rows but one of each, or clear contact_id in the others"));
    }
  }

  private TableResult query(BigQueryStatement statement, String about) {
    QueryJobConfiguration configuration =
        statement
            .configuration()
            .setMaximumBytesBilled(MOST_BYTES)
            .setLabels(Map.of("app", "truth-forge-sync"))
            .build();
    return asking(
        about,
        () -> {
          try {
            return client().query(configuration);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.unreachable(SYSTEM, "interrupted", "Run the command again");
          }
        });
  }

  private void examineColumns(BigQueryTable table, List<Finding> findings) {
    List<String> unfit = new ArrayList<>();
    for (Field field : mapped()) {
      BigQueryType there = table.type(field.getName()).orElse(null);
      if (there == BigQueryType.OTHER) {
        unfit.add(field.getName());
      }
    }
    if (!unfit.isEmpty()) {
      findings.add(
          Finding.warning(
              SYSTEM,
              0,
              "these columns are left alone, for their type: " + String.join(", ", unfit),
              "Nothing is retyped: add columns of a type that is written (STRING, BOOL, DATE,"
                  + " JSON, ARRAY<STRING>) and name them in mappings/bigquery.yaml"));
    }
    if (table.type(BigQueryTable.CONTACT_ID).filter(BigQueryType.INT64::equals).isPresent()) {
      findings.add(
          Finding.warning(
              SYSTEM,
              0,
              "contact_id holds whole numbers, so contacts that come from other systems under"
                  + " another id cannot be created there",
              "Name a table with a STRING contact_id as bigquery.table, or add such people in"
                  + " BigQuery first"));
    }
    if (!table.tellsUpdates() && table.column(BigQueryTable.UPDATED_AT).isPresent()) {
      findings.add(
          Finding.warning(
              SYSTEM,
              0,
              "updated_at is no TIMESTAMP, so every change is found by reading the whole table",
              "Add a TIMESTAMP column of that name to a copy of the table, and name the copy as"
                  + " bigquery.table"));
    }
  }

  private void examineRights(Table table, List<Finding> findings) {
    if (configuration.isReadOnly(SYSTEM)) {
      findings.add(Rights.readOnly(SYSTEM));
      return;
    }
    Boolean granted;
    try {
      granted =
          client()
              .testIamPermissions(table.getTableId(), List.of(CHANGE_ROWS))
              .contains(CHANGE_ROWS);
    } catch (BigQueryException e) {
      // A server that does not tell rights says nothing about them.
      granted = null;
    }
    if (Boolean.FALSE.equals(granted)) {
      findings.add(
          Finding.error(
              SYSTEM,
              0,
              "the account may not change rows of " + dataset + "." + contacts,
              "Give it the role BigQuery Data Editor on the dataset, or set"
                  + " bigquery.read-only=true"));
      return;
    }
    if (Boolean.TRUE.equals(granted)) {
      findings.add(Finding.ok(SYSTEM, "the account may change rows"));
    }
    findings.add(
        Finding.note(
            SYSTEM,
            "whether the project may run DML cannot be told without writing: Google's free sandbox"
                + " may not",
            "If the first write is refused, add a billing account to the project"));
  }
}
