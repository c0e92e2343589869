package truthforge.sync.systems.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.bigquery.TableId;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.NastyJson;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Outcome;
import truthforge.sync.flow.Participants;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.ledger.Replica;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;

/**
 * Any value of any field of the mapping, written through the adapter and read back, is what the
 * mapping foretells: so it comes back as no edit, and nothing is written again (promises 4 and 5).
 */
class BigQueryFidelityProperties {

  private static final Mapping MAPPING = MappingFiles.shipped("bigquery");

  /** A table that was there before, with types of its own. */
  private static final String OTHER_TYPES =
      "CREATE TABLE identity.other_types (contact_id STRING, first_name STRING, notes STRING, emails"
          + " STRING, phones JSON, social_profiles STRING, llm_context JSON, is_me INT64,"
          + " is_business STRING, birthday STRING, updated_at TIMESTAMP)";

  private static BigQueryStandIn standIn;
  private static BigQueryContacts usual;
  private static BigQueryContacts otherTypes;

  /** A field and a value for it. */
  record Case(String field, Value value) {
    @Override
    public String toString() {
      return field + " = " + value.toJson();
    }
  }

  @BeforeContainer
  static void tables() {
    standIn = new BigQueryStandIn(BigQueryStandIn.Options.of("a-project"));
    standIn.execute("CREATE SCHEMA identity");
    var client = open();
    client.create(
        com.google.cloud.bigquery.TableInfo.of(
            TableId.of("identity", "contacts_master"), BigQueryTables.contacts()));
    standIn.execute(OTHER_TYPES);
    usual = adapter("contacts_master");
    otherTypes = adapter("other_types");
  }

  @AfterContainer
  static void close() {
    standIn.close();
  }

  private static com.google.cloud.bigquery.BigQuery open() {
    return BigQueryClients.configured("a-project", standIn.url(), null);
  }

  private static BigQueryContacts adapter(String table) {
    Clock clock = Clock.systemUTC();
    MemoryLedger ledger = new MemoryLedger(clock);
    BigQueryContacts contacts =
        new BigQueryContacts(
            open(),
            MAPPING,
            new Participants(List.of(MAPPING)),
            TableId.of("a-project", "identity", table),
            new BigQueryContacts.Settings(Duration.ofMinutes(1), Duration.ofHours(1), true),
            ledger,
            new BilledBytes(ledger, true, null, clock),
            () -> true,
            clock);
    contacts.learnSchema();
    return contacts;
  }

  @Property(tries = 8, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void a_value_is_read_back_as_foretold(@ForAll("cases") List<Case> cases) throws Exception {
    assertReadBack(usual, cases);
  }

  @Property(tries = 8, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void a_value_in_a_column_of_another_type_is_read_back_as_foretold(
      @ForAll("casesOfOtherTypes") List<Case> cases) throws Exception {
    assertReadBack(otherTypes, cases);
  }

  /** Each is created, then replaced by its neighbour's value where the field is the same. */
  private static void assertReadBack(BigQueryContacts contacts, List<Case> cases) throws Exception {
    List<Write> creations = new ArrayList<>();
    for (Case one : cases) {
      creations.add(write(one, Contact.blank(UUID.randomUUID().toString()), null, null));
    }
    List<Observation> created = writtenAndRead(contacts, creations);
    assertForetold(creations, created);

    List<Write> clearings = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      Case cleared = new Case(cases.get(i).field(), Value.EMPTY);
      Observation record = created.get(i);
      clearings.add(
          write(cleared, creations.get(i).contact(), record.externalId(), record.revision()));
    }
    assertForetold(clearings, writtenAndRead(contacts, clearings));
  }

  private static Write write(Case one, Contact contact, String externalId, String revision) {
    return new Write(
        UUID.randomUUID().toString(),
        "bigquery",
        contact,
        externalId,
        revision,
        Map.of(one.field(), one.value()),
        1);
  }

  /** What BigQuery tells after the writes, in their order. */
  private static List<Observation> writtenAndRead(BigQueryContacts contacts, List<Write> writes)
      throws Exception {
    for (BigQueryCall call : contacts.callsFor(new Batch("bigquery", writes, false))) {
      BigQueryAnswer answer = contacts.atOnce(call);
      assertThat(contacts.sortedOut(answer)).allMatch(Outcome.Applied.class::isInstance);
    }
    List<Reread> asked =
        writes.stream()
            .map(w -> new Reread(Replica.absent(w.contactId(), "bigquery"), w.contact()))
            .toList();
    Map<String, Observation> byId = new java.util.HashMap<>();
    contacts.read(asked).forEach(s -> byId.put(s.externalId(), (Observation) s));
    return writes.stream().map(w -> byId.get(w.contactId())).toList();
  }

  private static void assertForetold(List<Write> writes, List<Observation> read) {
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      String field = write.values().keySet().iterator().next();
      Value told = read.get(i).values().get(field);
      assertThat(told)
          .as(field + " = " + write.values().get(field).toJson())
          .isEqualTo(MAPPING.held(field, write.values().get(field)));
      assertThat(
              write
                  .applied(Replica.absent(write.contactId(), "bigquery"), MAPPING)
                  .seen()
                  .get(field)
                  .matches(told))
          .isTrue();
    }
  }

  @Provide
  Arbitrary<List<Case>> cases() {
    return cases(MAPPING.entries().stream().filter(e -> !e.field().isDerived()).toList());
  }

  @Provide
  Arbitrary<List<Case>> casesOfOtherTypes() {
    return cases(
        MAPPING.entries().stream()
            .filter(e -> OTHER_TYPES.contains(" " + e.topLevelProperty() + " "))
            .toList());
  }

  /** Two values at least for each field. */
  private static Arbitrary<List<Case>> cases(List<Entry> entries) {
    Arbitrary<Case> any = Arbitraries.of(entries).flatMap(BigQueryFidelityProperties::valueOf);
    return any.list().ofSize(entries.size() * 4);
  }

  private static Arbitrary<Case> valueOf(Entry entry) {
    return Arbitraries.oneOf(
            NastyJson.any(),
            NastyJson.texts().map(com.fasterxml.jackson.databind.node.TextNode::valueOf),
            NastyJson.arrays(
                NastyJson.texts().map(com.fasterxml.jackson.databind.node.TextNode::valueOf)),
            NastyJson.objects(NastyJson.any()))
        .map(json -> new Case(entry.field().name(), entry.field().type().normalise(json)));
  }
}
