package truthforge.sync.systems.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.TableId;
import com.google.zetasql.SqlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the service sends to BigQuery is GoogleSQL, by BigQuery's own analyzer and with the
 * parameter types as sent.
 *
 * <p>{@code -Dgolden.rewrite=true} writes the golden files anew.
 */
class GoogleSqlTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden/bigquery");

  /** A statement about one table, and the name of its golden file. */
  record Sent(String name, Schema schema, BigQueryStatement statement) {

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Sent> statements() {
    Map<String, Schema> tables = new LinkedHashMap<>();
    tables.put("default", BigQueryTables.contacts().getSchema());
    tables.put("integer-id", OddTables.INTEGER_ID);
    tables.put("few-columns", OddTables.FEW_COLUMNS);
    tables.put("other-types", OddTables.OTHER_TYPES);
    return tables.entrySet().stream()
        .flatMap(table -> statements(table.getKey(), table.getValue()).stream());
  }

  private static List<Sent> statements(String kind, Schema schema) {
    BigQueryTable table = BigQueryTable.of(OddTables.ID, schema);
    Map<String, BigQueryStatement> sent = new LinkedHashMap<>();
    sent.put(
        "changed-since", BigQueryStatements.changedSince(table, 1_700_000_000_000_000L, List.of()));
    sent.put(
        "changed-since-or-again",
        BigQueryStatements.changedSince(table, 1_700_000_000_000_000L, List.of("1")));
    if (kind.equals("default")) {
      sent.put("clock", BigQueryStatements.clock());
    }
    sent.put("all", BigQueryStatements.all(table));
    sent.put("by-ids", BigQueryStatements.byIds(table, List.of("1", "2")));
    sent.put("erase", BigQueryStatements.erase(table, List.of("1", "2")));
    sent.put("duplicate-ids", BigQueryStatements.duplicateIds(table));
    sent.put(
        "name",
        BigQueryStatements.name(
            table, List.of(new BigQueryStatements.Naming("00", null, "1")), 1L));
    sent.put("apply-staged", BigQueryStatements.applyStaged(table, "staged_rows"));
    sent.put(
        "apply",
        BigQueryStatements.apply(
            table,
            List.of(
                new BigQueryPatch(
                    "1",
                    new BigQueryPatch.Seen.Etag("00"),
                    JsonNodeFactory.instance.objectNode(),
                    List.of(),
                    1L))));
    return sent.entrySet().stream()
        .map(s -> new Sent(kind + "." + s.getKey(), schema, s.getValue()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void the_analyzer_accepts_the_statement(Sent sent) {
    assertThat(
            new GoogleSqlAnalyzer("a-project.identity.contacts", sent.schema())
                .with("a-project.identity.staged_rows", OddTables.STAGED)
                .analyze(sent.statement()))
        .isNotNull();
  }

  @Test
  void the_analyzer_accepts_what_erases_the_exported_history() {
    Map<String, Schema> tables =
        Map.of(
            "sync_change_log", BigQueryTables.changeLog().getSchema(),
            "sync_conflicts", BigQueryTables.conflicts().getSchema());
    tables.forEach(
        (name, schema) ->
            assertThat(
                    new GoogleSqlAnalyzer("a-project.identity." + name, schema)
                        .analyze(
                            BigQueryStatements.eraseExported(
                                TableId.of("a-project", "identity", name), List.of("1"))))
                .isNotNull());
  }

  @ParameterizedTest
  @MethodSource("statements")
  void the_text_is_the_golden_one(Sent sent) throws IOException {
    Path file = GOLDEN.resolve(sent.name() + ".sql");
    if (Boolean.getBoolean("golden.rewrite")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(file, sent.statement().sql() + "\n");
    }
    assertThat(sent.statement().sql() + "\n").isEqualTo(Files.readString(file));
  }

  @ParameterizedTest
  @MethodSource("statements")
  void camel_sees_exactly_the_parameters_that_are_sent(Sent sent) {
    Matcher seenByCamel = Pattern.compile("@(\\w+)").matcher(sent.statement().sql());
    assertThat(seenByCamel.results().map(m -> m.group(1)).distinct())
        .containsExactlyInAnyOrderElementsOf(sent.statement().parameters().keySet());
  }

  @ParameterizedTest
  @MethodSource("statements")
  void camel_replaces_nothing_in_the_text(Sent sent) {
    assertThat(sent.statement().sql()).doesNotContain("${").doesNotContain("{{");
  }

  @Test
  void the_analyzer_refuses_a_column_that_the_table_lacks() {
    BigQueryStatement statement =
        BigQueryStatements.changedSince(
            BigQueryTable.of(OddTables.ID, BigQueryTables.contacts().getSchema()), 1L, List.of());
    assertThatThrownBy(
            () ->
                new GoogleSqlAnalyzer("a-project.identity.contacts", OddTables.FEW_COLUMNS)
                    .analyze(statement))
        .isInstanceOf(SqlException.class);
  }

  @Test
  void every_golden_file_is_of_a_statement() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(statements().map(s -> s.name() + ".sql").toList());
    }
  }

  /** Tables as users have them. */
  static final class OddTables {

    static final TableId ID = TableId.of("a-project", "identity", "contacts");

    static final Schema STAGED = Schema.of(Field.of("r", StandardSQLTypeName.STRING));

    static final Schema INTEGER_ID =
        Schema.of(
            Field.of("Contact_ID", StandardSQLTypeName.INT64),
            Field.of("first_name", StandardSQLTypeName.STRING),
            repeated("emails", StandardSQLTypeName.STRING),
            Field.of("updated_at", StandardSQLTypeName.TIMESTAMP),
            Field.of(
                "sync_metadata",
                StandardSQLTypeName.STRUCT,
                Field.of("version", StandardSQLTypeName.INT64),
                Field.of("last_updated_by", StandardSQLTypeName.STRING)));

    static final Schema FEW_COLUMNS =
        Schema.of(
            Field.of("contact_id", StandardSQLTypeName.STRING),
            Field.of("first_name", StandardSQLTypeName.STRING),
            Field.of("last_name", StandardSQLTypeName.STRING));

    static final Schema OTHER_TYPES =
        Schema.of(
            Field.of("contact_id", StandardSQLTypeName.STRING),
            Field.of("order", StandardSQLTypeName.STRING),
            Field.of("full name", StandardSQLTypeName.STRING),
            Field.of("emails", StandardSQLTypeName.JSON),
            Field.of("phones", StandardSQLTypeName.STRING),
            Field.of("birthday", StandardSQLTypeName.DATETIME),
            Field.of("score", StandardSQLTypeName.FLOAT64),
            Field.of("worth", StandardSQLTypeName.NUMERIC),
            Field.of("exact_worth", StandardSQLTypeName.BIGNUMERIC),
            Field.of("photo", StandardSQLTypeName.BYTES),
            repeated("ages", StandardSQLTypeName.INT64),
            Field.of("is_me", StandardSQLTypeName.INT64),
            Field.of("deleted_at", StandardSQLTypeName.TIMESTAMP),
            Field.of("updated_at", StandardSQLTypeName.DATE));

    private OddTables() {}

    private static Field repeated(String name, StandardSQLTypeName type) {
      return Field.newBuilder(name, type).setMode(Field.Mode.REPEATED).build();
    }
  }
}
