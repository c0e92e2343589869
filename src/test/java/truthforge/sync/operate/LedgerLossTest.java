package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.VerifyReport;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;

/**
 * The ledger is lost beside four full systems in which people went on: an older one is put in its
 * place, or an empty one. By {@code init} it finds its way back: promises 1, 4 and 9.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LedgerLossTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What becomes of the ledger. */
  enum Loss {
    RESTORED,
    EMPTY
  }

  private final Map<Loss, Life> lives = new EnumMap<>(Loss.class);

  @BeforeAll
  void two_ledgers_are_lost(@TempDir Path folder) throws Exception {
    for (Loss loss : Loss.values()) {
      lives.put(loss, new Life(Files.createDirectory(folder.resolve(loss.name())), loss));
    }
  }

  @AfterAll
  void they_end() {
    lives.values().forEach(life -> life.world.close());
  }

  /** Four systems and the people in them, before and after the loss. */
  private static final class Life {
    private final World world;
    private final Desks desks;
    private final VerifyReport init;
    private final Throwable onceBeforeInit;
    private final List<String> written;

    Life(Path folder, Loss loss) throws Exception {
      world = new World(folder, World.ALL);
      desks = new Desks(world);
      begin();
      Path copy = folder.resolve("backup.db");
      world.<Void>command(
          service -> {
            service.backup(copy);
            return null;
          });
      goOn();
      editUnseen();
      world.stop();
      for (String suffix : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(folder.resolve("ledger.db" + suffix));
      }
      if (loss == Loss.RESTORED) {
        Files.copy(copy, folder.resolve("ledger.db"));
      }
      world.start();
      onceBeforeInit = catchThrowable(() -> world.command(service -> service.once(false)));
      init = world.init();
      world.writes.clear();
      assertThat(world.command(service -> service.once(false)).systems()).hasSize(4);
      world.engine.reconcile();
      written = world.writes.stream().map(request -> request.path()).toList();
    }

    private void begin() throws Exception {
      for (String id :
          List.of(
              "untouched",
              "twice-edited",
              "lists",
              "cleared",
              "documents",
              "deleted-before",
              "deleted-bigquery",
              "deleted-twenty",
              "deleted-supabase",
              "deleted-local",
              "edited-and-deleted",
              "restored",
              "destroyed-twenty",
              "destroyed-local",
              "stays",
              "goes",
              "late-bigquery",
              "late-twenty",
              "late-supabase",
              "late-local",
              "two-at-once",
              "late-list",
              "late-other-field",
              "returned-bigquery",
              "returned-twenty",
              "late-deletion")) {
        desks.of("bigquery").add(person(id));
      }
      assertThat(world.init().verified()).isTrue();
      desks.edit("local", "untouched", "notes", "as it was");
      deletes("bigquery", "deleted-before");
      deletes("supabase", "restored");
      settle();
    }

    /** What people do after the backup, and the service brings everywhere. */
    private void goOn() throws Exception {
      desks.edit("twenty", "twice-edited", "notes", "second");
      edit("supabase", "lists", "emails", "['lists@x.example','added@x.example']");
      edit("bigquery", "documents", "llm_context", "{'tone':'warm','pets':2}");
      edit("bigquery", "cleared", "nickname", "null");
      desks.edit("supabase", "edited-and-deleted", "notes", "edited after the backup");
      desks.of("twenty").restore(desks.id("twenty", "restored"));
      desks.edit("bigquery", "returned-twenty", "notes", "elsewhere");
      desks.edit("twenty", "returned-bigquery", "notes", "elsewhere");
      settle();
      desks.edit("local", "twice-edited", "notes", "third");
      edit("local", "lists", "emails", "['added@x.example']");
      for (String system : World.ALL) {
        deletes(system, "deleted-" + system);
        Map<String, JsonNode> created = person("created-" + system);
        if (!system.equals("bigquery")) {
          created.remove("contact_id");
        }
        desks.of(system).add(created);
      }
      deletes("twenty", "edited-and-deleted");
      for (String system : List.of("twenty", "local")) {
        desks.of(system).destroy(desks.id(system, "destroyed-" + system));
      }
      settle();
      world.engine.reconcile();
      world.engine.observing().deciding().merge("stays", "goes");
      settle();
      desks.allHoldTheSame();
    }

    /** What people do while the service stands still. */
    private void editUnseen() throws Exception {
      for (String system : World.ALL) {
        desks.edit(system, "late-" + system, "notes", "last in " + system);
      }
      desks.edit("bigquery", "two-at-once", "notes", "one of two");
      desks.edit("local", "two-at-once", "notes", "the other of two");
      edit("twenty", "late-list", "emails", "['late-list@x.example','late@x.example']");
      desks.edit("supabase", "late-other-field", "job_title", "Director");
      desks.edit("twenty", "returned-twenty", "notes", "first");
      desks.edit("bigquery", "returned-bigquery", "notes", "first");
      desks.of("supabase").add(without(person("unseen")));
      deletes("local", "late-deletion");
    }

    private void settle() {
      world.engine.runCycle();
      world.engine.runCycle();
    }

    private void deletes(String system, String contactId) {
      desks.of(system).delete(desks.id(system, contactId));
    }

    private void edit(String system, String contactId, String field, String json) {
      desks.edit(system, contactId, field, json(json));
    }

    private static Map<String, JsonNode> without(Map<String, JsonNode> person) {
      person.remove("contact_id");
      return person;
    }

    /** First names of all that live there, in order; who stands twice is told twice. */
    List<String> names(String system) {
      return desks.of(system).records().stream()
          .filter(record -> !desks.isDeleted(system, record))
          .map(record -> world.mappings.of(system).read(record).get("first_name"))
          .map(name -> ((Value.Text) name).text())
          .sorted()
          .toList();
    }

    /** What is found of a field where it stands, in the order of the systems. */
    Map<String, Value> everywhere(String contactId, String field) {
      Map<String, Value> found = new LinkedHashMap<>();
      for (String system : World.ALL) {
        found.put(system, desks.value(system, contactId, field));
      }
      return found;
    }

    /** The values that gave way to others, of a field of a contact. */
    List<String> listed(String contactId, String field) {
      return world.ledger.transaction(
          tx ->
              tx.conflicts(false, 0, 1000).stream()
                  .filter(c -> c.contactId().equals(contactId) && c.field().equals(field))
                  .map(Conflict::lost)
                  .map(String::valueOf)
                  .toList());
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Map<String, JsonNode> person(String id) {
    ObjectNode fields = JSON.createObjectNode();
    fields.put("contact_id", id).put("first_name", id).put("last_name", "Person");
    fields.put("notes", "first").put("nickname", "Nick").put("job_title", "Engineer");
    fields.set("emails", json("['" + id + "@x.example']"));
    fields.set("llm_context", json("{'tone':'formal','pets':1}"));
    Map<String, JsonNode> person = new LinkedHashMap<>();
    fields.properties().forEach(field -> person.put(field.getKey(), field.getValue()));
    return person;
  }

  private Value wanted(Life life, String field, JsonNode value) {
    return life.world.mappings.fields().get(field).type().normalise(value);
  }

  private void assertEverywhere(Loss loss, String contactId, String field, JsonNode value) {
    Life life = lives.get(loss);
    Value wanted = wanted(life, field, value);
    Map<String, Value> all = new LinkedHashMap<>();
    Stream.of(World.ALL).forEach(system -> all.put(system, wanted));
    assertThat(life.everywhere(contactId, field)).isEqualTo(all);
  }

  private void assertEverywhere(Loss loss, String contactId, String field, String value) {
    assertEverywhere(loss, contactId, field, JSON.getNodeFactory().textNode(value));
  }

  private void assertStandsOrIsListed(Loss loss, String contactId, String field, String value) {
    Life life = lives.get(loss);
    Value wanted = wanted(life, field, JSON.getNodeFactory().textNode(value));
    List<String> found = new ArrayList<>(life.listed(contactId, field));
    life.everywhere(contactId, field).values().stream()
        .distinct()
        .forEach(one -> found.add(one.toString()));
    assertThat(found).contains(wanted.toString());
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void nothing_is_done_before_init(Loss loss) {
    assertThat(lives.get(loss).onceBeforeInit)
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.remedy()).contains("'init'"));
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void init_ends_verified(Loss loss) {
    VerifyReport init = lives.get(loss).init;
    assertThat(init.verified()).as("%s", init).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void all_four_hold_the_same(Loss loss) {
    lives.get(loss).desks.allHoldTheSame();
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void nothing_is_written_after_init(Loss loss) {
    assertThat(lives.get(loss).written).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void nothing_waits_for_a_person(Loss loss) {
    World world = lives.get(loss).world;
    List<String> waiting = new ArrayList<>();
    world.ledger.transaction(
        tx -> {
          tx.heldAfter(0, 1000)
              .forEach(h -> waiting.add(h.system() + " " + h.candidates() + " " + h.reason()));
          tx.deadLetters(0, 1000).forEach(letter -> waiting.add(letter.reason()));
          return null;
        });
    assertThat(waiting).isEmpty();
  }

  static Stream<Arguments> everywhere() {
    return Stream.of(Loss.values())
        .flatMap(loss -> Stream.of(World.ALL).map(system -> Arguments.of(loss, system)));
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void nobody_stands_twice(Loss loss, String system) {
    assertThat(lives.get(loss).names(system)).doesNotHaveDuplicates().isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void nobody_who_was_deleted_everywhere_lives_again(Loss loss, String system) {
    assertThat(lives.get(loss).names(system))
        .doesNotContain(
            "deleted-before",
            "deleted-bigquery",
            "deleted-twenty",
            "deleted-supabase",
            "deleted-local",
            "edited-and-deleted",
            "destroyed-twenty",
            "destroyed-local",
            "goes");
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void everybody_who_was_created_or_restored_after_the_backup_lives(Loss loss, String system) {
    assertThat(lives.get(loss).names(system))
        .contains(
            "created-bigquery",
            "created-twenty",
            "created-supabase",
            "created-local",
            "unseen",
            "restored",
            "stays",
            "untouched");
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void what_all_had_agreed_on_after_the_backup_stands(Loss loss) {
    assertEverywhere(loss, "twice-edited", "notes", "third");
    assertEverywhere(loss, "documents", "llm_context", json("{'tone':'warm','pets':2}"));
    assertEverywhere(loss, "lists", "emails", json("['added@x.example']"));
    assertEverywhere(loss, "cleared", "nickname", json("null"));
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void the_last_edit_stands_or_is_listed(Loss loss, String system) {
    assertStandsOrIsListed(loss, "late-" + system, "notes", "last in " + system);
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void both_of_two_last_edits_stand_or_are_listed(Loss loss) {
    assertStandsOrIsListed(loss, "two-at-once", "notes", "one of two");
    assertStandsOrIsListed(loss, "two-at-once", "notes", "the other of two");
    assertStandsOrIsListed(loss, "late-other-field", "job_title", "Director");
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void a_last_addition_to_a_list_stands(Loss loss) {
    assertEverywhere(loss, "late-list", "emails", json("['late-list@x.example','late@x.example']"));
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void a_last_edit_that_put_a_former_value_back_stands_or_is_listed(Loss loss) {
    assertStandsOrIsListed(loss, "returned-twenty", "notes", "first");
    assertStandsOrIsListed(loss, "returned-bigquery", "notes", "first");
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void a_last_deletion_stands_or_is_listed(Loss loss) {
    Life life = lives.get(loss);
    Map<String, Boolean> stands = new TreeMap<>();
    for (String system : World.ALL) {
      stands.put(system, life.desks.isDeleted(system, "late-deletion"));
    }
    boolean listed = !life.listed("late-deletion", Fields.DELETED).isEmpty();
    assertThat(listed || !stands.containsValue(false)).as("%s", stands).isTrue();
  }
}
