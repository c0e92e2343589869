package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Places;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Sources;
import truthforge.sync.ledger.Conflict;

/** An operator adds a line to a mapping file of a service that has long been running. */
class NewMappingLineTest {

  private static final String CONTACT = "contact-1";
  private static final String OTHER = "contact-2";

  @TempDir Path folder;
  private World world;
  private Desks desks;

  @BeforeEach
  void all_but_supabase_and_the_local_database_hold_nicknames() throws Exception {
    world = World.withoutEngine(folder, World.ALL);
    world.places = new Places(folder.resolve("config"), null);
    without("supabase", "nickname: nickname");
    without("local", "nickname: nickname");
    world.start();
    desks = new Desks(world);
    for (String contact : List.of(CONTACT, OTHER)) {
      desks
          .of("bigquery")
          .add(
              Map.of(
                  "contact_id", JsonNodeFactory.instance.textNode(contact),
                  "first_name", JsonNodeFactory.instance.textNode("Zoë"),
                  "nickname", JsonNodeFactory.instance.textNode("Zo")));
    }
    world.engine.runCycle();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private Path mappingFile(String system) throws Exception {
    Path file = folder.resolve("config/mappings/" + system + ".yaml");
    if (!Files.exists(file)) {
      Files.createDirectories(file.getParent());
      try (InputStream in =
          NewMappingLineTest.class.getResourceAsStream(
              "/defaults/config/mappings/" + system + ".yaml")) {
        Files.write(file, in.readAllBytes());
      }
    }
    return file;
  }

  private void without(String system, String line) throws Exception {
    replace(system, line, "");
  }

  private void replace(String system, String line, String by) throws Exception {
    Path file = mappingFile(system);
    String text = Files.readString(file);
    assertThat(text).contains("  " + line + "\n");
    Files.writeString(file, text.replace("  " + line + "\n", by.isEmpty() ? "" : "  " + by + "\n"));
  }

  private void with(String system, String line) throws Exception {
    Path file = mappingFile(system);
    Files.writeString(file, Files.readString(file) + "  " + line + "\n");
  }

  private void withOwnField(String system, String line) throws Exception {
    Path file = mappingFile(system);
    Files.write(
        file,
        (Files.readString(file) + "added:\n  " + line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void assertEverywhere(String contact, String nickname) {
    for (String system : World.ALL) {
      assertThat(desks.value(system, contact, "nickname"))
          .as(system)
          .isEqualTo(new Value.Text(nickname));
    }
  }

  @Test
  void without_the_line_the_column_stays_empty() {
    assertThat(desks.record("supabase", CONTACT).get("nickname")).isEqualTo(NullNode.getInstance());
  }

  @Test
  void the_value_arrives_in_the_empty_column_and_is_cleared_nowhere() throws Exception {
    with("supabase", "nickname: nickname");
    with("local", "nickname: nickname");

    world.restart();
    world.engine.runCycle();

    assertEverywhere(CONTACT, "Zo");
    assertEverywhere(OTHER, "Zo");
  }

  @Test
  void once_it_has_arrived_nothing_more_is_written() throws Exception {
    with("supabase", "nickname: nickname");
    with("local", "nickname: nickname");
    world.restart();
    world.engine.runCycle();
    world.writes.clear();

    world.engine.runCycle();

    assertThat(world.writes).isEmpty();
  }

  @Test
  void a_column_with_another_value_gives_way_to_the_preferred_system_and_is_listed()
      throws Exception {
    desks.edit("supabase", CONTACT, "nickname", "Zozo");
    with("supabase", "nickname: nickname");
    with("local", "nickname: nickname");

    world.restart();
    world.engine.runCycle();

    assertEverywhere(CONTACT, "Zo");
    List<Conflict> listed = world.ledger.transaction(tx -> tx.conflicts(false, 0, 10));
    assertThat(listed)
        .singleElement()
        .satisfies(
            difference -> {
              assertThat(difference.kind()).isEqualTo(Conflict.Kind.FIRST_MEETING);
              assertThat(difference.lost()).isEqualTo(new Value.Text("Zozo"));
            });
  }

  @Test
  void a_value_that_is_not_written_to_a_system_is_listed_when_somebody_there_replaces_its_own()
      throws Exception {
    replace("twenty", "nickname: nickname", "nickname: {path: nickname, access: read-only}");
    world.restart();
    world.engine.runCycle();
    desks.edit("bigquery", CONTACT, "nickname", "Zizi");
    world.engine.runCycle();

    desks.edit("twenty", CONTACT, "nickname", "Zaza");
    world.engine.runCycle();

    assertThat(desks.value("bigquery", CONTACT, "nickname")).isEqualTo(new Value.Text("Zaza"));
    List<Conflict> listed = world.ledger.transaction(tx -> tx.conflicts(false, 0, 10));
    assertThat(listed).extracting(Conflict::lost).contains(new Value.Text("Zizi"));
  }

  @Test
  void a_value_in_the_new_column_is_taken_over_where_nobody_had_one() throws Exception {
    desks.edit("bigquery", CONTACT, "nickname", (String) null);
    world.engine.runCycle();
    desks.edit("supabase", CONTACT, "nickname", "Zozo");
    with("supabase", "nickname: nickname");
    with("local", "nickname: nickname");

    world.restart();
    world.engine.runCycle();

    assertEverywhere(CONTACT, "Zozo");
  }

  @Test
  void a_line_that_names_another_column_which_is_empty_clears_the_field_nowhere() throws Exception {
    desks.edit("local", CONTACT, "notes", "kept");
    world.engine.runCycle();
    world.sql("alter table contacts_master add column remarks text");
    replace("local", "notes: notes", "notes: remarks");

    world.restart();
    world.engine.runCycle();

    for (String system : List.of("bigquery", "twenty", "supabase")) {
      assertThat(desks.value(system, CONTACT, "notes"))
          .as(system)
          .isEqualTo(new Value.Text("kept"));
    }
    assertThat(desks.record("local", CONTACT).get("remarks").asText()).isEqualTo("kept");
  }

  @Test
  void what_stands_in_the_other_column_gives_way_to_the_preferred_system_and_is_listed()
      throws Exception {
    desks.edit("bigquery", CONTACT, "notes", "kept");
    world.engine.runCycle();
    world.sql("alter table contacts_master add column remarks text");
    world.sql("update contacts_master set remarks = 'of another kind'");
    replace("local", "notes: notes", "notes: remarks");

    world.restart();
    world.engine.runCycle();

    assertThat(desks.value("bigquery", CONTACT, "notes")).isEqualTo(new Value.Text("kept"));
    List<Conflict> listed = world.ledger.transaction(tx -> tx.conflicts(false, 0, 10));
    assertThat(listed).extracting(Conflict::lost).contains(new Value.Text("of another kind"));
  }

  @Test
  void a_column_that_was_dropped_and_is_made_anew_clears_the_field_nowhere() throws Exception {
    desks.edit("twenty", CONTACT, "department", "Sales");
    world.engine.runCycle();
    world.sql("alter table contacts_master drop column department");
    world.restart();
    world.engine.runCycle();
    world.sql("alter table contacts_master add column department text");

    world.restart();
    world.engine.reconcile();

    for (String system : World.ALL) {
      assertThat(desks.value(system, CONTACT, "department"))
          .as(system)
          .isEqualTo(new Value.Text("Sales"));
    }
  }

  @Test
  void what_a_person_decided_about_the_source_stays_decided() throws Exception {
    String decision = Sources.FULL_READ + "local";
    world.ledger.transaction(
        tx -> {
          tx.setSetting(decision, Sources.APPROVED);
          return null;
        });
    with("local", "nickname: nickname");

    world.restart();

    String left = world.ledger.transaction(tx -> tx.setting(decision));
    assertThat(left).isEqualTo(Sources.APPROVED);
  }

  @Test
  void a_line_for_a_column_that_the_table_lacks_does_no_harm() throws Exception {
    withOwnField("supabase", "shoe_size: {path: shoe_size, type: text}");
    withOwnField("bigquery", "shoe_size: {path: shoe_size, type: text}");
    world.restart();
    desks.edit("local", CONTACT, "first_name", "Zoé");

    world.engine.runCycle();

    for (String system : World.ALL) {
      assertThat(desks.value(system, CONTACT, "first_name"))
          .as(system)
          .isEqualTo(new Value.Text("Zoé"));
    }
  }

  @Test
  void a_field_of_ones_own_travels_between_the_systems_that_have_a_column_for_it()
      throws Exception {
    world.sql("alter table contacts_master add column shoe_size text");
    world.bigquery.execute("ALTER TABLE identity.contacts_master ADD COLUMN shoe_size STRING");
    withOwnField("local", "shoe_size: {path: shoe_size, type: text}");
    withOwnField("bigquery", "shoe_size: {path: shoe_size, type: text}");
    world.restart();
    desks.edit("local", CONTACT, "shoe_size", "38½");

    world.engine.runCycle();

    assertThat(desks.value("bigquery", CONTACT, "shoe_size")).isEqualTo(new Value.Text("38½"));
  }
}
