package truthforge.sync.systems.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What both databases must do, tried on the real ones through camel-jdbc. */
abstract class JdbcContract {

  private static final ObjectMapper JSON = new ObjectMapper();

  private HikariDataSource pool;
  private CamelContext camel;
  ContactTable table;

  abstract HikariDataSource open() throws Exception;

  /** The default table with its trigger, empty. */
  abstract void createTable() throws SQLException;

  /** A table of the given columns without any trigger. */
  abstract void createPlainTable(String columns) throws SQLException;

  @BeforeEach
  void start() throws Exception {
    pool = open();
    camel = new DefaultCamelContext();
    camel.getRegistry().bind("contacts", pool);
    camel.start();
    createTable();
    table = describe("contacts_master");
  }

  @AfterEach
  void stop() {
    camel.stop();
    pool.close();
  }

  ContactTable describe(String name) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return ContactTable.read(connection, name, "id");
    }
  }

  void execute(String... statements) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @SuppressWarnings("unchecked")
  List<Map<String, Object>> call(String sql, Map<String, Object> parameters) {
    return camel
        .createProducerTemplate()
        .requestBodyAndHeaders(
            "jdbc:contacts?useHeadersAsParameters=true", sql, parameters, List.class);
  }

  List<JdbcRow> read(String sql, Map<String, Object> parameters) {
    return JdbcRows.read(table, call(sql, parameters));
  }

  List<JdbcRow> insert(String... rows) {
    List<JdbcRow> inserted = new ArrayList<>();
    for (JdbcWrites.Batch batch :
        JdbcWrites.inserts(table, Arrays.stream(rows).map(JdbcContract::json).toList())) {
      inserted.addAll(
          read(table.dialect().insert(table, batch.columns()), Map.of("rows", batch.rows())));
    }
    return inserted;
  }

  List<JdbcRow> update(JdbcWrites.Change... changes) {
    JdbcWrites.Batch batch = JdbcWrites.update(table, List.of(changes));
    return read(table.dialect().update(table, batch.columns()), Map.of("rows", batch.rows()));
  }

  static JdbcWrites.Change change(JdbcRow row, String set) {
    return new JdbcWrites.Change(row.id(), row.revision(), json(set));
  }

  JdbcRow byContactId(String contactId) {
    List<JdbcRow> rows =
        read(
            table.dialect().byContactIds(table),
            Map.of("contact_ids", JdbcWrites.texts(List.of(contactId))));
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  static ObjectNode json(String text) {
    try {
      return (ObjectNode) JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  List<JdbcRow> changedSince(String since, int limit) {
    List<JdbcRow> all = new ArrayList<>();
    Map<String, Object> parameters = new HashMap<>(Map.of("since", since, "limit", limit));
    List<JdbcRow> page = read(table.dialect().changedSince(table, Page.FIRST), parameters);
    while (!page.isEmpty()) {
      assertThat(page.size()).isLessThanOrEqualTo(limit);
      all.addAll(page);
      JdbcRow last = page.get(page.size() - 1);
      parameters.put("after_updated_at", last.position());
      parameters.put("after_id", last.id());
      page = read(table.dialect().changedSince(table, Page.NEXT), parameters);
    }
    return all;
  }

  private void insertMany(int count, String time) {
    String[] rows =
        IntStream.range(0, count)
            .mapToObj(
                n ->
                    "{\"contact_id\":\"c%05d\",\"first_name\":\"Ada\",\"updated_at\":\"%s\"}"
                        .formatted(n, time))
            .toArray(String[]::new);
    assertThat(insert(rows)).hasSize(count);
  }

  @Test
  void rows_that_share_one_moment_are_all_read_once() {
    insertMany(2_500, "2026-01-01T00:00:00.123Z");

    List<JdbcRow> rows = changedSince("2026-01-01T00:00:00.123Z", 300);

    assertThat(rows).extracting(JdbcRow::contactId).doesNotHaveDuplicates().hasSize(2_500);
  }

  @Test
  void rows_come_oldest_first_and_older_ones_not_at_all() {
    insert(
        "{\"contact_id\":\"new\",\"updated_at\":\"2026-01-03T00:00:00.000Z\"}",
        "{\"contact_id\":\"old\",\"updated_at\":\"2026-01-01T00:00:00.000Z\"}",
        "{\"contact_id\":\"mid\",\"updated_at\":\"2026-01-02T00:00:00.000Z\"}");

    assertThat(changedSince("2026-01-02T00:00:00Z", 1))
        .extracting(JdbcRow::contactId)
        .containsExactly("mid", "new");
  }

  @Test
  void rows_without_a_time_come_too_after_all_others() {
    insert(
        "{\"contact_id\":\"a\",\"updated_at\":null}",
        "{\"contact_id\":\"b\",\"updated_at\":null}",
        "{\"contact_id\":\"c\",\"updated_at\":\"2026-01-02T00:00:00.000Z\"}",
        "{\"contact_id\":\"d\",\"updated_at\":null}");

    List<JdbcRow> rows = changedSince("2026-01-01T00:00:00Z", 2);

    assertThat(rows).extracting(JdbcRow::contactId).containsExactlyInAnyOrder("a", "b", "c", "d");
    assertThat(rows.get(0).contactId()).isEqualTo("c");
  }

  @Test
  void a_full_walk_reads_every_row_once() {
    insertMany(250, "2026-01-01T00:00:00.000Z");

    List<String> ids = new ArrayList<>();
    Map<String, Object> parameters = new HashMap<>(Map.of("limit", 100));
    List<JdbcRow> page = read(table.dialect().all(table, Page.FIRST), parameters);
    while (!page.isEmpty()) {
      page.forEach(row -> ids.add(row.contactId()));
      parameters.put("after_id", page.get(page.size() - 1).id());
      page = read(table.dialect().all(table, Page.NEXT), parameters);
    }

    assertThat(ids).doesNotHaveDuplicates().hasSize(250);
  }

  @Test
  void a_silent_edit_shows_in_the_hash_and_an_untouched_row_keeps_it() throws SQLException {
    insert("{\"contact_id\":\"a\"}", "{\"contact_id\":\"b\"}");
    Map<Object, Object> before = hashes();
    silentEdit("a");
    Map<Object, Object> after = hashes();

    assertThat(after.get("a")).isNotEqualTo(before.get("a"));
    assertThat(after.get("b")).isEqualTo(before.get("b"));
  }

  /** Changes a row's nickname without moving its time. */
  abstract void silentEdit(String contactId) throws SQLException;

  private Map<Object, Object> hashes() {
    Map<Object, Object> hashes = new HashMap<>();
    call(table.dialect().hashes(table, Page.FIRST), Map.of("limit", 100))
        .forEach(row -> hashes.put(row.get("contact_id"), row.get(ContactTable.HASH)));
    return hashes;
  }

  @Test
  void a_change_names_the_row_as_it_then_is() {
    JdbcRow row = insert("{\"contact_id\":\"a\",\"first_name\":\"Ada\",\"notes\":\"n\"}").get(0);

    JdbcRow changed = update(change(row, "{\"first_name\":\"Grace\"}")).get(0);

    assertThat(changed).isEqualTo(byContactId("a"));
    assertThat(changed.columns().get("first_name").asText()).isEqualTo("Grace");
    assertThat(changed.columns().get("notes").asText()).isEqualTo("n");
    assertThat(changed.updatedAt()).isAfter(row.updatedAt());
  }

  @Test
  void the_revision_of_a_change_is_accepted_by_the_next_one() {
    JdbcRow row = insert("{\"contact_id\":\"a\"}").get(0);

    for (int n = 0; n < 20; n++) {
      List<JdbcRow> changed = update(change(row, "{\"first_name\":\"n" + n + "\"}"));
      assertThat(changed).hasSize(1);
      row = changed.get(0);
    }

    assertThat(byContactId("a").columns().get("first_name").asText()).isEqualTo("n19");
  }

  @Test
  void an_edit_in_between_is_not_overwritten_and_the_rest_goes() throws SQLException {
    List<JdbcRow> rows = insert("{\"contact_id\":\"a\"}", "{\"contact_id\":\"b\"}");
    execute("update contacts_master set last_name = 'Hopper' where contact_id = 'a'");

    List<JdbcRow> changed =
        update(
            change(rows.get(0), "{\"last_name\":\"Lovelace\"}"),
            change(rows.get(1), "{\"last_name\":\"Byron\"}"));

    assertThat(changed).extracting(JdbcRow::contactId).containsExactly("b");
    assertThat(byContactId("a").columns().get("last_name").asText()).isEqualTo("Hopper");
  }

  @Test
  void rows_without_a_time_change_under_their_condition_too() {
    JdbcRow row = insert("{\"contact_id\":\"a\",\"updated_at\":null}").get(0);
    assertThat(row.revision()).isNull();

    assertThat(update(change(row, "{\"notes\":\"x\"}"))).hasSize(1);
    assertThat(update(change(row, "{\"notes\":\"y\"}"))).isEmpty();
    assertThat(byContactId("a").columns().get("notes").asText()).isEqualTo("x");
  }

  @Test
  void each_row_of_a_batch_changes_only_the_columns_it_names() {
    List<JdbcRow> rows =
        insert(
            "{\"contact_id\":\"a\",\"first_name\":\"A\",\"last_name\":\"A\"}",
            "{\"contact_id\":\"b\",\"first_name\":\"B\",\"last_name\":\"B\"}");

    update(
        change(rows.get(0), "{\"first_name\":\"x\"}"),
        change(rows.get(1), "{\"last_name\":\"y\"}"));

    assertThat(names("a")).containsExactly("x", "A");
    assertThat(names("b")).containsExactly("B", "y");
  }

  private List<String> names(String contactId) {
    ObjectNode columns = byContactId(contactId).columns();
    return List.of(columns.get("first_name").asText(), columns.get("last_name").asText());
  }

  @Test
  void json_null_clears_a_column_of_every_type() {
    JdbcRow row =
        insert(
                "{\"contact_id\":\"a\",\"first_name\":\"A\",\"is_business\":true,\"emails\":[\"a@b.c\"],"
                    + "\"birthday\":\"1815-12-10\",\"llm_context\":{\"k\":1},\"deleted_at\":\"2026-01-01T00:00:00.000Z\"}")
            .get(0);
    List<String> cleared =
        List.of("first_name", "is_business", "emails", "birthday", "llm_context", "deleted_at");
    cleared.forEach(column -> assertThat(row.columns().get(column).isNull()).isFalse());

    update(
        change(
            row,
            "{\"first_name\":null,\"is_business\":null,\"emails\":null,\"birthday\":null,"
                + "\"llm_context\":null,\"deleted_at\":null}"));

    ObjectNode columns = byContactId("a").columns();
    cleared.forEach(column -> assertThat(columns.get(column).isNull()).as(column).isTrue());
  }

  @Test
  void a_contact_that_is_there_is_not_inserted_again_and_missing_in_the_answer() {
    insert("{\"contact_id\":\"a\",\"first_name\":\"Ada\"}");

    List<JdbcRow> inserted =
        insert(
            "{\"contact_id\":\"a\",\"first_name\":\"Other\"}",
            "{\"contact_id\":\"b\",\"first_name\":\"New\"}");

    assertThat(inserted).extracting(JdbcRow::contactId).containsExactly("b");
    assertThat(byContactId("a").columns().get("first_name").asText()).isEqualTo("Ada");
  }

  @Test
  void a_column_that_an_inserted_row_does_not_name_gets_its_default() {
    List<JdbcRow> rows =
        insert("{\"contact_id\":\"a\"}", "{\"contact_id\":\"b\",\"category_code\":\"A\"}");

    assertThat(rows)
        .extracting(row -> row.columns().get("category_code").asText())
        .containsExactly("X", "A");
    assertThat(rows).allSatisfy(row -> assertThat(row.updatedAt()).isNotNull());
  }

  @Test
  void unusual_texts_survive_writing_and_reading() {
    List<String> texts =
        List.of(
            "O'Brien \"Bob\"",
            "'); drop table contacts_master; --",
            ":?x :?rows :rows ? ?? $1 @me ::text",
            "👩🏽‍💻 Zażółć 王小明 مرحبا",
            "a\\b\tc\nd\re",
            "${header.rows} {{x}} {fn now()}",
            "null",
            "{\"a\":1}",
            "[1]",
            "0012",
            "1e3",
            "true");
    List<JdbcRow> rows =
        insert(
            IntStream.range(0, texts.size())
                .mapToObj(n -> "{\"contact_id\":\"c" + n + "\"}")
                .toArray(String[]::new));
    JdbcWrites.Change[] changes = new JdbcWrites.Change[texts.size()];
    for (int n = 0; n < changes.length; n++) {
      changes[n] =
          new JdbcWrites.Change(
              rows.get(n).id(),
              rows.get(n).revision(),
              JSON.createObjectNode().put("notes", texts.get(n)));
    }

    assertThat(update(changes))
        .extracting(row -> row.columns().get("notes").asText())
        .containsExactlyInAnyOrderElementsOf(texts);
    assertThat(read(table.dialect().all(table, Page.FIRST), Map.of("limit", 100)))
        .extracting(row -> row.columns().get("notes").asText())
        .containsExactlyInAnyOrderElementsOf(texts);
  }

  @Test
  void no_value_in_a_parameter_becomes_sql() {
    insert("{\"contact_id\":\"a\"}");
    String hostile = "x' or '1'='1\"]'); drop table contacts_master; --";
    String texts = JdbcWrites.texts(List.of(hostile));

    assertThat(read(table.dialect().byContactIds(table), Map.of("contact_ids", texts))).isEmpty();
    assertThat(read(table.dialect().byEmails(table), Map.of("emails", texts))).isEmpty();
    assertThat(byContactId("a").contactId()).isEqualTo("a");
  }

  @Test
  void rows_are_found_by_id_and_by_any_of_their_addresses() {
    List<JdbcRow> rows =
        insert(
            "{\"contact_id\":\"a\",\"emails\":[\"x@y.org\",\"Ada@Example.com\"]}",
            "{\"contact_id\":\"b\",\"emails\":[]}",
            "{\"contact_id\":\"c\"}");

    assertThat(
            read(
                table.dialect().byEmails(table),
                Map.of("emails", JdbcWrites.texts(List.of("ada@example.com", "no@no.no")))))
        .extracting(JdbcRow::contactId)
        .containsExactly("a");
    assertThat(
            read(
                table.dialect().byIds(table),
                Map.of("ids", JdbcWrites.texts(List.of(rows.get(1).id(), rows.get(2).id())))))
        .extracting(JdbcRow::contactId)
        .containsExactlyInAnyOrder("b", "c");
  }

  @Test
  void live_and_deleted_rows_are_counted_with_the_latest_time() {
    insert(
        "{\"contact_id\":\"a\",\"updated_at\":\"2026-01-01T00:00:00.000Z\"}",
        "{\"contact_id\":\"b\",\"updated_at\":\"2026-01-02T00:00:00.000Z\",\"deleted_at\":\"2026-01-02T00:00:00.000Z\"}");

    Map<String, Object> count = call(table.dialect().count(table), Map.of()).get(0);

    assertThat(((Number) count.get("live")).longValue()).isEqualTo(1);
    assertThat(((Number) count.get("deleted")).longValue()).isEqualTo(1);
    assertThat(JdbcRows.moment((String) count.get("updated_at")))
        .isEqualTo(Instant.parse("2026-01-02T00:00:00Z"));
    assertThat(byContactId("b").deleted()).isTrue();
    assertThat(byContactId("a").deleted()).isFalse();
  }

  @Test
  void the_clock_of_the_database_can_be_asked() {
    String now = (String) call(table.dialect().now(table), Map.of()).get(0).get("now");

    assertThat(Instant.parse(now))
        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
  }

  @Test
  void a_row_that_changed_is_not_removed() throws SQLException {
    List<JdbcRow> rows = insert("{\"contact_id\":\"a\"}", "{\"contact_id\":\"b\"}");
    execute("update contacts_master set last_name = 'Hopper' where contact_id = 'a'");

    List<JdbcRow> removed =
        read(table.dialect().delete(table), Map.of("rows", JdbcWrites.deletes(rows)));

    assertThat(removed).extracting(JdbcRow::contactId).containsExactly("b");
    assertThat(byContactId("a").contactId()).isEqualTo("a");
  }

  @Test
  void a_table_without_a_time_of_change_refuses_to_overwrite_an_edit() throws SQLException {
    createPlainTable("contact_id varchar(64), first_name text, notes text");
    table = describe("plain");
    JdbcRow row = insert("{\"contact_id\":\"a\",\"first_name\":\"Ada\"}").get(0);

    JdbcRow changed = update(change(row, "{\"notes\":\"x\"}")).get(0);
    execute("update plain set first_name = 'Grace'");

    assertThat(update(change(changed, "{\"notes\":\"y\"}"))).isEmpty();
    assertThat(update(change(byContactId("a"), "{\"notes\":\"y\"}"))).hasSize(1);
  }

  @Test
  void every_row_of_a_table_without_a_time_of_change_is_read() throws SQLException {
    createPlainTable("contact_id varchar(64), first_name text");
    table = describe("plain");
    insert("{\"contact_id\":\"a\"}", "{\"contact_id\":\"b\"}", "{\"contact_id\":\"c\"}");

    assertThat(changedSince("2026-01-01T00:00:00Z", 2))
        .extracting(JdbcRow::contactId)
        .containsExactly("a", "b", "c");
  }

  @Test
  void where_nothing_moves_the_time_the_row_itself_is_the_condition() throws SQLException {
    createPlainTable("contact_id varchar(64), first_name text, updated_at timestamp");
    table = describe("plain");
    assertThat(table.revisionKind()).isEqualTo(RevisionKind.ROW);
    JdbcRow row = insert("{\"contact_id\":\"a\",\"first_name\":\"Ada\"}").get(0);
    execute("update plain set first_name = 'Grace'");

    assertThat(update(change(row, "{\"first_name\":\"Eve\"}"))).isEmpty();
    JdbcRow changed = update(change(byContactId("a"), "{\"first_name\":\"Eve\"}")).get(0);
    assertThat(changed).isEqualTo(byContactId("a"));
  }

  @Test
  void a_table_with_its_trigger_is_compared_by_time() {
    assertThat(table.revisionKind()).isEqualTo(RevisionKind.UPDATED_AT);
  }

  @Test
  void a_flag_kept_as_a_number_takes_yes_and_no() throws SQLException {
    createPlainTable("contact_id varchar(64), is_me integer");
    table = describe("plain");

    JdbcRow row = insert("{\"contact_id\":\"a\",\"is_me\":true}").get(0);
    assertThat(row.columns().get("is_me").asInt()).isEqualTo(1);
    JdbcRow changed = update(change(row, "{\"is_me\":false}")).get(0);

    assertThat(changed.columns().get("is_me").asInt()).isZero();
    assertThat(changed.columns().get("is_me").isNull()).isFalse();
  }

  @Test
  void hostile_names_of_columns_do_no_harm() throws SQLException {
    List<String> names =
        List.of(
            "na\"me",
            "o'clock",
            "a.b",
            "$.x",
            "7",
            "q?",
            "two words",
            "per%cent",
            "c:d",
            "back\\slash");
    StringBuilder columns = new StringBuilder("contact_id varchar(64)");
    for (String name : names) {
      columns.append(", \"").append(name.replace("\"", "\"\"")).append("\" text");
    }
    createPlainTable(columns.append(", \"x:?rows\" text").toString());
    table = describe("plain");
    ObjectNode set = JSON.createObjectNode();
    names.forEach(name -> set.put(name, "v " + name));
    Set<String> written = new LinkedHashSet<>(names);

    JdbcRow row = insert(set.deepCopy().put("contact_id", "a").toString()).get(0);
    written.forEach(name -> assertThat(row.columns().get(name).asText()).isEqualTo("v " + name));
    names.forEach(name -> set.put(name, "w " + name));
    JdbcRow changed = update(new JdbcWrites.Change(row.id(), row.revision(), set)).get(0);

    written.forEach(
        name -> assertThat(changed.columns().get(name).asText()).isEqualTo("w " + name));
    assertThat(changed).isEqualTo(byContactId("a"));
  }

  @Test
  void an_id_of_another_form_than_the_column_finds_nothing_and_fails_nothing() throws SQLException {
    createPlainTable("contact_id integer");
    table = describe("plain");
    insert("{\"contact_id\":7}");
    String texts = JdbcWrites.texts(List.of("0199-abc", "7", ""));

    assertThat(read(table.dialect().byContactIds(table), Map.of("contact_ids", texts)))
        .extracting(JdbcRow::contactId)
        .containsExactly("7");
  }

  @Test
  void a_table_without_contact_ids_and_addresses_finds_none_by_them() throws SQLException {
    createPlainTable("first_name text");
    table = describe("plain");
    insert("{\"first_name\":\"Ada\"}");

    assertThat(read(table.dialect().byContactIds(table), Map.of("contact_ids", "[\"a\"]")))
        .isEmpty();
    assertThat(read(table.dialect().byEmails(table), Map.of("emails", "[\"a@b.c\"]"))).isEmpty();
    assertThat(call(table.dialect().count(table), Map.of()).get(0).get("updated_at")).isNull();
  }

  @Test
  void a_missing_table_is_named_with_a_remedy() {
    assertThatThrownBy(() -> describe("contactsXmaster"))
        .isInstanceOf(MissingTableException.class)
        .hasMessageContaining("contactsXmaster")
        .hasMessageContaining("setup");
  }

  @Test
  void a_missing_id_column_is_named_with_a_remedy() throws SQLException {
    execute("create table no_id (contact_id varchar(64))");

    assertThatThrownBy(() -> describe("no_id"))
        .isInstanceOf(MissingTableException.class)
        .hasMessageContaining("no column id")
        .hasMessageContaining("contact_id");
  }

  @Test
  void a_column_that_the_table_lacks_is_refused_before_the_database_sees_it() {
    assertThatThrownBy(() -> table.dialect().update(table, List.of("shoe_size")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shoe_size");
  }

  @Test
  void a_thousand_rows_change_in_one_statement_under_a_tenth_of_a_second() {
    insertMany(1_000, "2026-01-01T00:00:00.000Z");
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 8; round++) {
      List<JdbcRow> rows = read(table.dialect().all(table, Page.FIRST), Map.of("limit", 1_000));
      String set =
          "{\"first_name\":\"r%1$d\",\"last_name\":\"l%1$d\",\"emails\":[\"a%1$d@b.c\"],\"notes\":\"n\",\"llm_context\":{\"k\":%1$d}}"
              .formatted(round);
      JdbcWrites.Batch batch =
          JdbcWrites.update(table, rows.stream().map(row -> change(row, set)).toList());
      String sql = table.dialect().update(table, batch.columns());
      long begun = System.nanoTime();
      List<Map<String, Object>> changed = call(sql, Map.of("rows", batch.rows()));
      best = Math.min(best, System.nanoTime() - begun);
      assertThat(changed).hasSize(1_000);
    }
    System.out.printf(
        "%s: update of 1,000 rows: %d ms%n", getClass().getSimpleName(), best / 1_000_000);
    assertThat(best).isLessThan(100_000_000L);
  }
}
