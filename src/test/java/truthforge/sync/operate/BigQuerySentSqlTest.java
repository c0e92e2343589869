package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.operate.setup.Doctor;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.systems.bigquery.BigQueryPatch;
import truthforge.sync.systems.bigquery.BigQueryStatement;
import truthforge.sync.systems.bigquery.BigQueryStatements;
import truthforge.sync.systems.bigquery.BigQueryStatements.Naming;
import truthforge.sync.systems.bigquery.BigQueryTable;
import truthforge.sync.systems.bigquery.BigQueryTables;
import truthforge.sync.systems.bigquery.GoogleSqlAnalyzer;

/**
 * Every SQL text that reached BigQuery's stand-in, on every way that the service takes, is
 * GoogleSQL by its own analyzer, with the parameter types as they were sent.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BigQuerySentSqlTest {

  private static final String CONTACTS = "identity.contacts_master";
  private static final Pattern STAGING = Pattern.compile("truth_forge_sync_staging_\\w+");
  private static final String STAGED = "staged_rows";

  /** A text, with the staging table under one name, and the types of its parameters. */
  record Sent(String sql, Map<String, String> types) {}

  private final Set<Sent> sent = new LinkedHashSet<>();
  private BigQueryWorld world;
  private BigQueryTable table;

  @BeforeAll
  void go_every_way(@TempDir Path folder) throws Exception {
    world =
        new BigQueryWorld(
            folder,
            "CREATE TABLE identity.contacts_master (contact_id STRING, first_name STRING, notes"
                + " STRING, emails ARRAY<STRING>, is_me BOOL, birthday DATE, llm_context JSON,"
                + " sync_metadata JSON, deleted_at TIMESTAMP, created_at TIMESTAMP, updated_at"
                + " TIMESTAMP)",
            Map.of(Options.SYNC_MAX_FIELD_PERCENT, "100"));
    table = BigQueryTable.of(world.client.getTable(TableId.of("identity", "contacts_master")));
    world.load("1", "Ada");
    world.bigquery.execute(
        "INSERT INTO " + CONTACTS + " (contact_id, first_name) VALUES (NULL, 'Grace')");
    cycle();
    // Read what changed; write one, refused because it was edited meanwhile, so read by its id.
    world.local("update contacts_master set notes = 'n' where contact_id = '1'");
    world.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (request.bodyText().contains("MERGE ")
                      && world.rowOf("1").get("first_name").asText().equals("Ada")) {
                    world.bigquery.execute(
                        "UPDATE "
                            + CONTACTS
                            + " SET first_name = 'Augusta', updated_at = CURRENT_TIMESTAMP() WHERE"
                            + " contact_id = '1'");
                  }
                  return false;
                }));
    cycle();
    world.heal();
    // Refused as a whole: halves.
    world.addLocally(600);
    world.inject(
        Fault.status(
                400,
                "{\"error\":{\"code\":400,\"message\":\"Value out of range\",\"errors\":"
                    + "[{\"reason\":\"invalidQuery\",\"message\":\"Value out of range\"}]}}")
            .when(request -> request.bodyText().contains("MERGE "))
            .times(1));
    cycle();
    world.heal();
    // More bytes than one statement carries.
    world.addLocally(600);
    world.local(
        "update contacts_master set notes = hex(zeroblob(7000)) where first_name like 'P%'");
    cycle();
    // Two rows of one id, which are read again.
    insert("2", "Joan");
    insert("2", "Jane");
    cycle();
    insert("3", "Mary");
    cycle();
    world.requests.clear();
    new Doctor(
            world.configuration(),
            Places.insideTheJar(),
            Mappings.of(List.of(MappingFiles.shipped("bigquery"), MappingFiles.shipped("local"))))
        .examine();
    collect();
    world.client.create(
        TableInfo.of(TableId.of("identity", "sync_change_log"), BigQueryTables.changeLog()));
    world.client.create(
        TableInfo.of(TableId.of("identity", "sync_conflicts"), BigQueryTables.conflicts()));
    world.engine.decisions().forget("3");
    cycle();
    world.time.advance(Duration.ofHours(1));
    cycle();
  }

  @AfterAll
  void close() {
    world.close();
  }

  private void insert(String id, String firstName) {
    world.bigquery.execute(
        "INSERT INTO "
            + CONTACTS
            + " (contact_id, first_name, updated_at) VALUES ('"
            + id
            + "', '"
            + firstName
            + "', CURRENT_TIMESTAMP())");
  }

  private void cycle() throws Exception {
    world.cycle();
    collect();
  }

  private void collect() throws Exception {
    for (String body : world.queries()) {
      JsonNode json = new ObjectMapper().readTree(body);
      JsonNode query = json.has("configuration") ? json.at("/configuration/query") : json;
      Map<String, String> types = new TreeMap<>();
      query
          .path("queryParameters")
          .forEach(p -> types.put(p.get("name").asText(), p.at("/parameterType/type").asText()));
      Matcher staging = STAGING.matcher(query.get("query").asText());
      sent.add(new Sent(staging.replaceAll(STAGED), types));
    }
  }

  @Test
  void the_analyzer_accepts_every_text() {
    GoogleSqlAnalyzer analyzer =
        new GoogleSqlAnalyzer(
                "a-project." + CONTACTS,
                world
                    .client
                    .getTable(TableId.of("identity", "contacts_master"))
                    .getDefinition()
                    .getSchema())
            .with(
                "a-project.identity." + STAGED,
                Schema.of(Field.of("r", StandardSQLTypeName.STRING)))
            .with("a-project.identity.sync_change_log", BigQueryTables.changeLog().getSchema())
            .with("a-project.identity.sync_conflicts", BigQueryTables.conflicts().getSchema());
    assertThat(sent)
        .allSatisfy(one -> assertThat(analyzer.analyze(one.sql(), one.types())).isNotNull());
  }

  /** Nothing that the service can say has been left out. */
  @Test
  void every_statement_there_is_was_sent() {
    Map<String, BigQueryStatement> all = new LinkedHashMap<>();
    all.put("clock", BigQueryStatements.clock());
    all.put("all", BigQueryStatements.all(table));
    all.put("changedSince", BigQueryStatements.changedSince(table, 1, List.of("2")));
    all.put("byIds", BigQueryStatements.byIds(table, List.of("1")));
    all.put("duplicateIds", BigQueryStatements.duplicateIds(table));
    all.put("name", BigQueryStatements.name(table, List.of(new Naming("etag", null, "1")), 1));
    all.put(
        "apply",
        BigQueryStatements.apply(
            table,
            List.of(
                new BigQueryPatch(
                    "1",
                    new BigQueryPatch.Seen.Absent(),
                    new ObjectMapper().createObjectNode(),
                    List.of(),
                    1))));
    all.put("applyStaged", BigQueryStatements.applyStaged(table, STAGED));
    all.put("erase", BigQueryStatements.erase(table, List.of("1")));
    all.put(
        "eraseExported",
        BigQueryStatements.eraseExported(
            TableId.of("a-project", "identity", "sync_change_log"), List.of("1")));
    Set<String> texts = sent.stream().map(Sent::sql).collect(Collectors.toSet());
    assertThat(all)
        .containsOnlyKeys(
            Arrays.stream(BigQueryStatements.class.getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()))
                .filter(m -> m.getReturnType() == BigQueryStatement.class)
                .map(Method::getName)
                .distinct()
                .toList())
        .allSatisfy((name, statement) -> assertThat(texts).as(name).contains(statement.sql()));
  }
}
