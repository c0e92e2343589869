package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.flywaydb.core.Flyway;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Value;

/** A ledger as the fourth version of its tables held it, and what must be read of it ever after. */
final class FourthLedger {

  private static final Instant THEN = Instant.parse("2026-03-01T12:00:00.123456Z");
  private static final long MICROS = LedgerJson.micros(THEN);

  private static final String UUID = "0198aaaa-bbbb-7ccc-8ddd-eeeeffff0001";

  /** A UUID, one in capital letters, one that only looks like one, as long as its bytes, short. */
  static final List<String> IDS =
      List.of(
          UUID,
          "0198AAAA-BBBB-7CCC-8DDD-EEEEFFFF0001",
          "0198aaaa-bbbb-7ccc-8ddd-eeeeffff000g",
          "sixteen-letters!",
          "a");

  static final List<String> SYSTEMS = List.of("bigquery", "twenty", "supabase", "local", "other");

  private static final String SEEN = "{\"=\":\"mc\",\"-\":\"tf\",\"v\":false}";

  private FourthLedger() {}

  static void make(Dialect dialect) throws SQLException {
    Flyway.configure()
        .dataSource(dialect.dataSource(false))
        .locations("classpath:" + dialect.migrations())
        .table("ledger_schema")
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .target("4")
        .load()
        .migrate();
    try (Connection connection = dialect.dataSource(false).getConnection()) {
      connection.setAutoCommit(false);
      for (String id : IDS) {
        add(connection, id);
      }
      try (Statement statement = connection.createStatement()) {
        // The number of a line that is gone is not given again.
        statement.execute("DELETE FROM history WHERE version = 9");
      }
      connection.commit();
    }
  }

  private static void add(Connection connection, String id) throws SQLException {
    insert(
        connection,
        "contact (contact_id, version, deleted, created_at, doc)",
        id,
        2L,
        0L,
        MICROS,
        LedgerJson.ofFields(contact(id).fields()));
    insert(connection, "contact_email (email, contact_id)", "same@example.org", id);
    insert(connection, "contact_phone (phone, contact_id)", "+4930111111", id);
    for (String system : SYSTEMS) {
      insert(
          connection,
          "replica (contact_id, system, external_id, revision, seen, sent_version,"
              + " contact_version, contact_deleted, due_since, record_time, read_at, unanswered,"
              + " reread_due, attempts, next_try, last_error, failing_since, state)",
          id,
          system,
          system.equals("local") ? null : id,
          "2026-03-01T12:00:00.123456Z",
          SEEN,
          system.equals("bigquery") ? 2L : 1L,
          2L,
          0L,
          MICROS,
          MICROS,
          MICROS,
          LedgerJson.ofUnanswered(unanswered(), contact(id).fields()),
          0L,
          1L,
          MICROS,
          "It was refused",
          MICROS,
          0L);
    }
    history(connection, id, 1, "", "null", "{\"=\":\"mc\"}");
    history(connection, id, 2, "notes", "null", "\"new\"");
    history(connection, id, 9, "notes", "\"new\"", "\"newer\"");
  }

  private static void history(
      Connection connection, String id, long version, String field, String before, String after)
      throws SQLException {
    insert(
        connection,
        "history (contact_id, version, field, before_value, after_value, changed_by,"
            + " changed_at, recorded_at)",
        id,
        version,
        field,
        before,
        after,
        version == 1 ? "local" : "a person",
        MICROS,
        MICROS);
  }

  private static void insert(Connection connection, String into, Object... values)
      throws SQLException {
    String marks = "?" + ", ?".repeat(values.length - 1);
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO " + into + " VALUES (" + marks + ")")) {
      for (int i = 0; i < values.length; i++) {
        if (values[i] instanceof Long number) {
          insert.setLong(i + 1, number);
        } else {
          insert.setString(i + 1, (String) values[i]);
        }
      }
      insert.executeUpdate();
    }
  }

  private static Contact contact(String id) {
    Map<String, FieldState> fields = new TreeMap<>();
    fields.put("last_name", new FieldState(new Value.Text("Of " + id), 1, THEN, "local"));
    fields.put(
        "emails", new FieldState(Value.ofItems(List.of("same@example.org")), 1, THEN, "local"));
    fields.put("phones", new FieldState(Value.ofItems(List.of("+4930111111")), 1, THEN, "local"));
    fields.put("notes", new FieldState(new Value.Text("new"), 2, THEN, "a person"));
    return new Contact(id, 2, fields, THEN);
  }

  private static List<UnansweredWrite> unanswered() {
    return List.of(new UnansweredWrite("w", 2, null, Map.of("notes", new Value.Text("new")), THEN));
  }

  private static Replica replica(String id, String system) {
    Contact contact = contact(id);
    return new Replica(
        id,
        system,
        system.equals("local") ? null : id,
        "2026-03-01T12:00:00.123456Z",
        Map.of(
            "emails", Seen.of(contact.value("emails")),
            "last_name", Seen.of(contact.value("last_name")),
            "notes", Seen.of(Value.EMPTY),
            "title", Seen.of(Value.EMPTY),
            "is_me", Seen.of(new Value.Flag(false))),
        system.equals("bigquery") ? 2 : 1,
        THEN,
        THEN,
        unanswered(),
        false,
        1,
        THEN,
        "It was refused",
        THEN,
        Replica.State.FREE);
  }

  private static Change change(String id, long version, String field, Value after) {
    String by = version == 1 ? "local" : "a person";
    return new Change(id, version, field, Value.EMPTY, after, by, THEN, THEN);
  }

  /** Everything is there, found by whatever it is looked for by, and goes on from where it was. */
  static void mustBeIn(Ledger ledger) {
    ledger.transaction(
        tx -> {
          Map<String, Contact> contacts = new TreeMap<>();
          IDS.forEach(id -> contacts.put(id, contact(id)));
          assertThat(tx.contacts(IDS)).isEqualTo(contacts);
          assertThat(paged(tx)).containsExactlyInAnyOrderElementsOf(IDS);
          assertThat(tx.contactIdsByEmail(List.of("same@example.org")))
              .isEqualTo(Map.of("same@example.org", Set.copyOf(IDS)));
          assertThat(tx.contactIdsByPhone(List.of("+4930111111")))
              .isEqualTo(Map.of("+4930111111", Set.copyOf(IDS)));
          Map<String, Map<String, Replica>> replicas = tx.replicasOf(IDS);
          for (String id : IDS) {
            Map<String, Replica> all = new TreeMap<>();
            SYSTEMS.forEach(system -> all.put(system, replica(id, system)));
            assertThat(replicas.get(id)).isEqualTo(all);
            Contact contact = contact(id);
            assertThat(tx.history(id, 9))
                .containsExactly(
                    change(id, 2, "notes", new Value.Text("new")),
                    change(id, 1, "last_name", contact.value("last_name")),
                    change(id, 1, "emails", contact.value("emails")));
          }
          for (String system : SYSTEMS) {
            Map<String, String> ids = new TreeMap<>();
            IDS.forEach(id -> ids.put(id, id));
            assertThat(tx.contactIdsByExternalId(system, IDS))
                .isEqualTo(system.equals("local") ? Map.of() : ids);
            assertThat(tx.due(system, null, THEN, null, 9))
                .containsExactlyInAnyOrderElementsOf(system.equals("bigquery") ? List.of() : IDS);
            assertThat(tx.due(system, "bigquery", THEN, null, 9))
                .hasSameElementsAs(tx.due(system, null, THEN, null, 9));
          }
          assertThat(tx.countFieldChangesSince("a person", "notes", THEN)).isEqualTo(IDS.size());
          long last = tx.latestHistory(1).get(0).id();
          assertThat(last).isEqualTo((3 * IDS.size() - 1) * 1000L);
          tx.addHistory(List.of(change(UUID, 3, "notes", Value.EMPTY)));
          assertThat(tx.latestHistory(1).get(0).id()).isEqualTo((3 * IDS.size() + 1) * 1000L);
          return null;
        });
  }

  private static List<String> paged(LedgerTransaction tx) {
    List<String> ids = new ArrayList<>();
    List<Contact> page = tx.contactsAfter(null, 1);
    while (!page.isEmpty()) {
      ids.add(page.get(0).id());
      page = tx.contactsAfter(page.get(0).id(), 1);
    }
    return ids;
  }
}
