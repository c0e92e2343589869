package truthforge.sync.systems.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.NastyValues;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.OwnWrites;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.mapping.Mappings;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;

/**
 * Whatever a contact may hold is written through the adapter into a real database and read back,
 * for every field of the mapping, in the tables that {@code setup} makes.
 */
class JdbcFidelityProperties {

  private static EmbeddedPostgres postgres;
  private static Path file;
  private static final Map<String, Database> DATABASES = new HashMap<>();

  @BeforeContainer
  static void openDatabases() throws Exception {
    postgres = EmbeddedPostgres.start();
    file = Files.createTempFile("fidelity", ".db");
    String server = "jdbc:postgresql://localhost:" + postgres.getPort() + "/";
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create database supabase");
      for (String role : List.of("anon", "authenticated", "service_role")) {
        statement.execute("create role " + role);
      }
    }
    DATABASES.put("SQLite", new Database("local", "jdbc:sqlite:" + file, null, "local-sqlite.sql"));
    DATABASES.put(
        "PostgreSQL",
        new Database("local", server + "postgres", "postgres", "local-postgresql.sql"));
    DATABASES.put(
        "Supabase", new Database("supabase", server + "supabase", "postgres", "supabase.sql"));
  }

  @AfterContainer
  static void closeDatabases() throws IOException {
    DATABASES.values().forEach(Database::close);
    postgres.close();
    Files.delete(file);
  }

  /** A database with the default table, behind the adapter and camel-jdbc. */
  private static final class Database {
    private final String system;
    private final Mapping mapping;
    private final Participants participants;
    private final Fields fields;
    private final Due due;
    private final HikariDataSource pool;
    private final CamelContext camel = new DefaultCamelContext();
    private final ProducerTemplate statements;
    private final JdbcContacts contacts;

    Database(String system, String url, String username, String script) throws Exception {
      this.system = system;
      mapping = MappingFiles.shipped(system);
      participants = new Participants(List.of(mapping));
      fields = Mappings.of(List.of(mapping)).fields();
      due = new Due(fields, () -> UUID.randomUUID().toString());
      pool = JdbcDataSources.open(system, url, username, null);
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement();
          var in = getClass().getResourceAsStream("/defaults/config/sql/" + script)) {
        String sql = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        if (username == null) {
          statement.executeUpdate(sql);
        } else {
          statement.execute(sql);
        }
      }
      camel.getRegistry().bind("contacts", pool);
      camel.start();
      statements = camel.createProducerTemplate();
      contacts =
          new JdbcContacts(
              system,
              mapping,
              participants,
              pool,
              "contacts_master",
              "id",
              Duration.ZERO,
              Clock.systemUTC(),
              new OwnWrites());
      contacts.learnSchema();
    }

    @SuppressWarnings("unchecked")
    private SqlAnswer answer(SqlCall call) {
      Map<String, Object> parameters = new HashMap<>(call.parameters());
      return new SqlAnswer(
          call,
          statements.requestBodyAndHeaders(
              "jdbc:contacts?useHeadersAsParameters=true&resetAutoCommit=false",
              call.sql(),
              parameters,
              List.class));
    }

    Write due(Contact contact, Replica replica) {
      return due.write(contact, replica, participants.of(system), contact.version(), Set.of())
          .orElse(null);
    }

    /** Writes and reads again; gives the replicas as they are then, by contact. */
    Map<String, Replica> send(List<Write> writes) {
      Batch batch = new Batch(system, writes, true);
      List<Outcome> outcomes = new ArrayList<>();
      contacts.createCalls(batch).forEach(call -> outcomes.addAll(contacts.created(answer(call))));
      if (!batch.changes().isEmpty()) {
        outcomes.addAll(contacts.changed(answer(contacts.changeCall(batch))));
      }
      assertThat(outcomes).hasSize(writes.size()).hasOnlyElementsOfType(Outcome.Applied.class);
      Map<String, String> contactOf = new HashMap<>();
      List<Reread> asked = new ArrayList<>();
      for (Outcome outcome : outcomes) {
        Outcome.Applied applied = (Outcome.Applied) outcome;
        contactOf.put(applied.externalId(), applied.write().contactId());
        asked.add(
            new Reread(
                Replica.absent(applied.write().contactId(), system)
                    .withExternalId(applied.externalId()),
                applied.write().contact()));
      }
      Map<String, Replica> replicas = new HashMap<>();
      for (SqlCall call : contacts.readCalls(asked)) {
        for (Sighting sighting : contacts.found(answer(call))) {
          Observation read = (Observation) sighting;
          String contactId = contactOf.get(read.externalId());
          Map<String, Seen> seen = new LinkedHashMap<>();
          read.values().forEach((field, value) -> seen.put(field, Seen.of(value)));
          seen.put(Fields.CONTACT_ID, Seen.of(new Value.Text(read.contactId())));
          replicas.put(
              contactId,
              Replica.absent(contactId, system)
                  .withExternalId(read.externalId())
                  .withRevision(read.revision())
                  .withSeen(seen));
        }
      }
      assertThat(replicas).hasSize(writes.size());
      return replicas;
    }

    void close() {
      camel.stop();
      pool.close();
    }
  }

  /**
   * People of one database.
   *
   * @param values of each, by field
   */
  record People(String database, List<Map<String, Value>> values) {
    @Override
    public String toString() {
      return database + " " + values;
    }
  }

  @Provide
  Arbitrary<People> people() {
    return Arbitraries.of("SQLite", "PostgreSQL", "Supabase")
        .flatMap(
            name ->
                values(DATABASES.get(name)).list().ofSize(12).map(all -> new People(name, all)));
  }

  private static Arbitrary<Map<String, Value>> values(Database database) {
    List<Arbitrary<Map.Entry<String, Value>>> each = new ArrayList<>();
    for (Field field : database.fields.all()) {
      if (!field.isDerived() && database.mapping.writes(field.name())) {
        each.add(NastyValues.of(field.type()).map(value -> Map.entry(field.name(), value)));
      }
    }
    return Combinators.combine(each)
        .as(
            entries -> {
              Map<String, Value> values = new LinkedHashMap<>();
              entries.forEach(entry -> values.put(entry.getKey(), entry.getValue()));
              return values;
            });
  }

  private static Contact contact(String id, long version, Map<String, Value> values) {
    Instant now = Instant.now();
    Map<String, FieldState> fields = new HashMap<>();
    values.forEach(
        (field, value) -> fields.put(field, new FieldState(value, version, now, "bigquery")));
    return new Contact(id, version, fields, now);
  }

  /** What was read is what was written, and nothing more is due. */
  private static void assertHeld(Database database, Contact contact, Replica replica) {
    contact
        .fields()
        .forEach(
            (field, state) -> {
              Value held = database.participants.of(database.system).held(field, state.value());
              assertThat(replica.seen().get(field).matches(held))
                  .as("%s of %s holds %s", field, database.system, held)
                  .isTrue();
            });
    assertThat(database.due(contact, replica)).as("what is still due").isNull();
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void every_value_of_every_field_reads_back_as_written_and_is_written_once(
      @ForAll("people") People people) {
    Database database = DATABASES.get(people.database());
    List<Contact> contacts = new ArrayList<>();
    List<Write> creations = new ArrayList<>();
    for (Map<String, Value> values : people.values()) {
      Contact contact = contact(UUID.randomUUID().toString(), 1, values);
      contacts.add(contact);
      creations.add(database.due(contact, Replica.absent(contact.id(), database.system)));
    }

    Map<String, Replica> created = database.send(creations);

    contacts.forEach(contact -> assertHeld(database, contact, created.get(contact.id())));

    List<Contact> changed = new ArrayList<>();
    List<Write> changes = new ArrayList<>();
    for (int i = 0; i < contacts.size(); i++) {
      Map<String, Value> ofAnother = people.values().get((i + 1) % contacts.size());
      Contact contact = contact(contacts.get(i).id(), 2, ofAnother);
      Write write = database.due(contact, created.get(contact.id()));
      if (write != null) {
        changed.add(contact);
        changes.add(write);
      }
    }

    Map<String, Replica> after = database.send(changes);

    changed.forEach(contact -> assertHeld(database, contact, after.get(contact.id())));
  }
}
