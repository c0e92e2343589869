package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.VerifyReport;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.contact.Value;
import truthforge.sync.recordings.Recordings;
import truthforge.sync.recordings.TwentyReplay;
import truthforge.sync.sandbox.supabase.RecordedSchema;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/**
 * Records as real systems showed them: Twenty's people in all recorded lists, and the rows of a
 * Supabase project whose table was made by somebody else, with one email and one phone number of
 * its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealRecordsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path ROWS = Path.of("..", "shared", "recordings", "supabase", "rest");

  private static final String SUPABASE_MAPPING =
      """
      system: supabase
      record:
        id: id
        contact_id: external_id
        deleted_at: deleted_at
        created_at: created_at
        updated_at: updated_at
        sync_metadata: none
      fields:
        first_name: first_name
        last_name: last_name
        birthday: birthday
        emails: {path: email, access: read-only}
        phones: {path: phone, access: read-only}
        llm_context: {path: attrs, access: read-only}
      """;

  @TempDir static Path folder;
  private final Map<String, ObjectNode> people = new TreeMap<>();
  private final Map<String, ObjectNode> rows = new TreeMap<>();
  private World world;
  private Desks desks;
  private VerifyReport verified;
  private Map<String, Map<String, Value>> afterInit;
  private Set<String> held;
  private final Map<String, String> edited = new LinkedHashMap<>();

  @BeforeAll
  void the_real_records_are_synced_and_then_edited_in_each_system() throws Exception {
    assumeTrue(Recordings.of("twenty").present(), "the recordings are not here");
    world =
        new World(
            folder,
            TwentyStandIn.Options.afterSetup().withFields(TwentyReplay.FIELDS),
            SupabaseStandIn.builder().table(RecordedSchema.contacts()),
            World.ALL);
    desks = new Desks(world);
    Path config = Files.createDirectories(folder.resolve("config"));
    Files.createDirectories(config.resolve("mappings"));
    Files.writeString(config.resolve("mappings/supabase.yaml"), SUPABASE_MAPPING);
    world.places = new Places(config, null);
    world.more.put(Options.SUPABASE_TABLE, "contacts");
    loadPeople();
    loadRows();

    verified = world.init();
    afterInit = desks.contacts("bigquery");
    held = desks.held("twenty");

    for (String system : World.ALL) {
      List<String> ids = new ArrayList<>(desks.contacts(system).keySet());
      String name = "Zoë of " + system;
      String contact = ids.get(7 * edited.size() + 3);
      desks.edit(system, contact, "last_name", name);
      edited.put(contact, name);
    }
    world.command(SyncService::once);
  }

  @AfterAll
  void close() {
    if (world != null) {
      world.close();
    }
  }

  /** Each person as the latest of the lists shows it. */
  private void loadPeople() {
    Recordings recordings = Recordings.of("twenty");
    for (String name : recordings.names()) {
      JsonNode recording = recordings.read(name);
      if (name.startsWith("people-") && recording.at("/request/method").asText().equals("GET")) {
        for (JsonNode person : recording.at("/response/body/data/people")) {
          people.merge(
              person.get("id").asText(),
              (ObjectNode) person,
              (a, b) ->
                  a.get("updatedAt").asText().compareTo(b.get("updatedAt").asText()) < 0 ? b : a);
        }
      }
    }
    JsonNode companies =
        recordings.read("companies-list-limit1").at("/response/body/data/companies");
    companies.forEach(company -> world.twenty.loadCompany(company));
    people.values().forEach(person -> world.twenty.loadPerson(person));
  }

  /** Each row with every column that some answer shows of it. */
  private void loadRows() throws IOException {
    try (Stream<Path> files = Files.list(ROWS)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
        String text = Files.readString(file);
        int body = text.indexOf("\n\n[{", text.indexOf("----- response -----"));
        if (text.startsWith("GET /contacts?") && body > 0) {
          for (JsonNode row : JSON.readTree(text.substring(body))) {
            rows.computeIfAbsent(row.get("id").asText(), id -> JSON.createObjectNode())
                .setAll((ObjectNode) row);
          }
        }
      }
    }
    rows.values().forEach(row -> row.remove("xmin"));
    rows.values().forEach(row -> world.supabase.load("contacts", row));
  }

  @Test
  void the_recordings_hold_more_than_a_page_of_people_and_some_rows() {
    assertThat(people).hasSizeGreaterThan(200);
    assertThat(rows).hasSizeGreaterThan(3);
  }

  @Test
  void the_initial_sync_verifies() {
    assertThat(verified.verified()).isTrue();
  }

  @Test
  void every_live_record_that_is_not_held_is_a_contact_with_its_names() {
    List<String> wanted = new ArrayList<>();
    people.values().stream()
        .filter(person -> person.get("deletedAt").isNull())
        .filter(person -> !held.contains(person.get("id").asText()))
        .map(person -> person.get("name"))
        .forEach(n -> wanted.add(n.get("firstName").asText() + "|" + n.get("lastName").asText()));
    rows.values()
        .forEach(
            row ->
                wanted.add(
                    row.path("first_name").asText("") + "|" + row.path("last_name").asText("")));
    List<String> found =
        afterInit.values().stream()
            .map(contact -> text(contact, "first_name") + "|" + text(contact, "last_name"))
            .toList();

    assertThat(found).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void of_two_people_with_one_email_the_later_read_waits_for_a_person() {
    assertThat(held)
        .singleElement()
        .extracting(id -> people.get(id).at("/emails/primaryEmail").asText())
        .isEqualTo("ada2@example.com");
  }

  @Test
  void every_email_of_a_live_record_is_one_of_a_contact() {
    TreeSet<String> wanted = new TreeSet<>();
    people.values().stream()
        .filter(person -> person.get("deletedAt").isNull())
        .map(person -> person.get("emails"))
        .forEach(
            emails -> {
              wanted.add(emails.get("primaryEmail").asText());
              emails.path("additionalEmails").forEach(email -> wanted.add(email.asText()));
            });
    rows.values().forEach(row -> wanted.add(row.path("email").asText("")));
    wanted.remove("");
    TreeSet<String> found =
        afterInit.values().stream()
            .map(contact -> contact.get("emails"))
            .filter(Value.Items.class::isInstance)
            .flatMap(emails -> ((Value.Items) emails).items().stream())
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(found).isEqualTo(wanted);
  }

  @Test
  void the_edits_made_in_each_system_are_in_the_record_of_truth() {
    Map<String, Map<String, Value>> truth = desks.contacts("bigquery");
    edited.forEach(
        (contact, name) -> assertThat(text(truth.get(contact), "last_name")).isEqualTo(name));
  }

  @Test
  void all_four_hold_the_same_field_by_field() {
    desks.allHoldTheSame();
  }

  private static String text(Map<String, Value> contact, String field) {
    return contact.get(field) instanceof Value.Text text ? text.text() : "";
  }
}
