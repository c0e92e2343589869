package truthforge.sync.systems.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The text of each statement, as it was reviewed.
 *
 * <p>{@code -Dgolden.rewrite=true} writes the golden files anew.
 */
class JdbcGoldenTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden/jdbc");

  record Text(String file, String sql) {
    @Override
    public String toString() {
      return file;
    }
  }

  static Stream<Text> texts() {
    JdbcDialect postgresql = PostgresqlJdbcDialect.INSTANCE;
    JdbcDialect sqlite = SqliteJdbcDialect.INSTANCE;
    Map<String, ColumnType> postgresqlColumns = columns(ColumnType.UUID, ColumnType.JSON);
    postgresqlColumns.put("is_me", ColumnType.BOOLEAN);
    postgresqlColumns.put("birthday", ColumnType.DATE);
    for (String time : List.of("deleted_at", "created_at", "updated_at")) {
      postgresqlColumns.put(time, ColumnType.TIMESTAMP);
    }
    Map<String, ColumnType> sqliteColumns = columns(ColumnType.INTEGER, ColumnType.TEXT);
    sqliteColumns.put("is_me", ColumnType.INTEGER);
    for (String text : List.of("birthday", "deleted_at", "created_at", "updated_at")) {
      sqliteColumns.put(text, ColumnType.TEXT);
    }
    Map<String, ColumnType> few = new LinkedHashMap<>();
    few.put("id", ColumnType.INTEGER);
    few.put("first_name", ColumnType.TEXT);
    Map<String, ColumnType> odd = new LinkedHashMap<>();
    odd.put("key", ColumnType.TEXT);
    odd.put("contact_id", ColumnType.INTEGER);
    odd.put("emails", ColumnType.TEXT_ARRAY);
    odd.put("a\"b:?c'd", ColumnType.TEXT);
    odd.put("updated_at", ColumnType.LOCAL_TIMESTAMP);
    Map<String, ColumnType> oddSqlite = new LinkedHashMap<>(odd);
    oddSqlite.remove("a\"b:?c'd");
    oddSqlite.put("a\"b c'd", ColumnType.TEXT);
    oddSqlite.put("emails", ColumnType.JSON);
    oddSqlite.put("updated_at", ColumnType.INTEGER);
    return Stream.of(
            texts("default", table(postgresql, "id", postgresqlColumns, RevisionKind.UPDATED_AT)),
            texts("few-columns", table(postgresql, "id", few, RevisionKind.ROW)),
            texts("odd", table(postgresql, "key", odd, RevisionKind.ROW)),
            texts("default", table(sqlite, "id", sqliteColumns, RevisionKind.UPDATED_AT)),
            texts("few-columns", table(sqlite, "id", few, RevisionKind.ROW)),
            texts("odd", table(sqlite, "key", oddSqlite, RevisionKind.ROW)))
        .flatMap(List::stream);
  }

  private static Map<String, ColumnType> columns(ColumnType id, ColumnType json) {
    Map<String, ColumnType> columns = new LinkedHashMap<>();
    columns.put("id", id);
    columns.put("contact_id", ColumnType.TEXT);
    columns.put("first_name", ColumnType.TEXT);
    columns.put("emails", json);
    columns.put("llm_context", json);
    return columns;
  }

  private static ContactTable table(
      JdbcDialect dialect, String id, Map<String, ColumnType> columns, RevisionKind kind) {
    String schema = dialect.hasSchemas() ? "public" : null;
    return new ContactTable(dialect, schema, "contacts_master", id, columns, Set.of(), kind);
  }

  private static List<Text> texts(String name, ContactTable table) {
    JdbcDialect dialect = table.dialect();
    Set<String> columns = new TreeSet<>(table.columns().keySet());
    columns.remove(table.idColumn());
    columns.remove(ContactTable.UPDATED_AT);
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("changed-since.first", dialect.changedSince(table, Page.FIRST));
    texts.put("changed-since.next", dialect.changedSince(table, Page.NEXT));
    texts.put("all.first", dialect.all(table, Page.FIRST));
    texts.put("all.next", dialect.all(table, Page.NEXT));
    texts.put("hashes.first", dialect.hashes(table, Page.FIRST));
    texts.put("hashes.next", dialect.hashes(table, Page.NEXT));
    texts.put("by-ids", dialect.byIds(table));
    texts.put("by-contact-ids", dialect.byContactIds(table));
    texts.put("by-emails", dialect.byEmails(table));
    texts.put("insert", dialect.insert(table, columns));
    texts.put("update", dialect.update(table, columns));
    texts.put("delete", dialect.delete(table));
    texts.put("count", dialect.count(table));
    texts.put("now", dialect.now(table));
    texts.put("feed-state", dialect.feedState(table));
    texts.put("feed-entries", dialect.feedEntries(table));
    List<String> prunes = dialect.feedPrunes(table);
    for (int i = 0; i < prunes.size(); i++) {
      texts.put("feed-prune." + (i + 1), prunes.get(i));
    }
    String folder = dialect.hasSchemas() ? "postgresql" : "sqlite";
    List<Text> all = new ArrayList<>();
    texts.forEach((key, sql) -> all.add(new Text(folder + "/" + name + "." + key + ".sql", sql)));
    return all;
  }

  @ParameterizedTest
  @MethodSource("texts")
  void the_text_is_the_golden_one(Text text) throws IOException {
    Path file = GOLDEN.resolve(text.file());
    if (Boolean.getBoolean("golden.rewrite")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text.sql());
    }
    assertThat(text.sql()).isEqualTo(Files.readString(file));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void camel_replaces_nothing_but_parameters(Text text) {
    assertThat(text.sql()).doesNotContain("${").doesNotContain("{{");
    assertThat(text.sql().replaceAll(":\\?[a-z_]+\\b", ""))
        .doesNotContain("?)")
        .doesNotContain(":?");
  }

  @Test
  void every_golden_file_is_of_a_statement() throws IOException {
    try (Stream<Path> files = Files.walk(GOLDEN)) {
      assertThat(
              files
                  .filter(Files::isRegularFile)
                  .map(file -> GOLDEN.relativize(file).toString().replace('\\', '/')))
          .containsExactlyInAnyOrderElementsOf(texts().map(Text::file).toList());
    }
  }
}
