package truthforge.sync.operate;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.operate.Operator.Said;
import truthforge.sync.sandbox.StandIn.Fault;

/**
 * What the operator is told when something is wrong: what it is, what to do, and a fitting code.
 */
class ClearMessagesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final int DONE = 0;
  private static final int FOUND = 1;
  private static final int USAGE = 2;
  private static final int UNREACHABLE = 3;

  /** Must be in nothing that is said: a wrong key, and who lives in the local database. */
  private static final String SECRET = "mistyped-5d41402abc4b";

  private static final List<String> PERSONAL = List.of("Zebediah", "zebediah@example.com");

  @TempDir Path folder;

  private World world;
  private Operator operator;

  @BeforeEach
  void the_systems_run_and_hold_a_person() throws Exception {
    world = World.withoutEngine(folder, World.ALL);
    new Hands(world).add("local", "Zebediah");
    operator = new Operator(folder, world.settings());
  }

  @AfterEach
  void nothing_secret_or_personal_was_said_or_logged() {
    String everything = operator.everything();
    operator.close();
    world.close();
    assertThat(everything).doesNotContain(SECRET).doesNotContain(PERSONAL);
    assertThat(everything).doesNotContain("\tat ");
  }

  /**
   * Something wrong with a system.
   *
   * @param property set to the value instead
   * @param code of the command
   * @param says what the operator must find in what is said
   */
  record Wrong(String what, String property, String value, int code, List<String> says) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Wrong> wrongs() {
    return Stream.of(
        new Wrong(
            "a wrong key of Twenty",
            "twenty.api-key",
            SECRET,
            FOUND,
            List.of("twenty refuses our key (HTTP 401)", "Check twenty's key", "'doctor'")),
        new Wrong(
            "a wrong key of Supabase",
            "supabase.key",
            SECRET,
            FOUND,
            List.of("Supabase refuses our key (HTTP 401", "Check supabase.key", "'doctor'")),
        new Wrong(
            "a wrong key of BigQuery",
            "bigquery.credentials",
            "{\"type\":\"" + SECRET + "\"}",
            FOUND,
            List.of("no usable credentials for BigQuery", "Set bigquery.credentials")),
        new Wrong(
            "a table that BigQuery lacks",
            "bigquery.table",
            "contact_master",
            FOUND,
            List.of("contact_master does not exist", "Check its name", "'setup'")),
        new Wrong(
            "a table that Supabase lacks",
            "supabase.table",
            "contact_master",
            FOUND,
            List.of("no table 'contact_master'", "supabase.table", "'setup'")),
        new Wrong(
            "a table that the local database lacks",
            "local.table",
            "contact_master",
            FOUND,
            List.of("There is no table contact_master", "in the configuration", "`setup`")));
  }

  @ParameterizedTest
  @MethodSource("wrongs")
  void init_says_what_is_wrong_with_a_system_and_what_to_do(Wrong wrong) throws Exception {
    Said said = operator.sets(wrong.property(), wrong.value()).does("init");

    assertThat(said.code() + " " + said.err())
        .startsWith(wrong.code() + " ")
        .contains(wrong.says());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase"})
  void init_names_a_system_that_cannot_be_reached(String system) throws Exception {
    Said said = operator.sets(system + ".url", closedPort()).does("init");

    assertThat(said.code() + " " + said.err())
        .startsWith(UNREACHABLE + " ")
        .contains(system + " cannot be reached", "Check", "'doctor'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"once", "run"})
  void before_init_nothing_is_synchronised(String command) throws Exception {
    Said said = operator.does(command);

    assertThat(said.code() + " " + said.err())
        .startsWith(USAGE + " ")
        .contains("bigquery, twenty, supabase, local have not been read yet", "Run 'init' first");
  }

  @Test
  void before_init_there_is_nothing_to_verify() throws Exception {
    Said said = operator.does("verify");

    assertThat(said.code() + " " + said.err()).startsWith(USAGE + " ").contains("Run 'init' first");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "held list",
        "duplicates",
        "forget --pending",
        "ledger backup copy.db",
        "pause twenty",
        "resume twenty",
        "held approve 1",
        "held refuse 1 --json",
        "conflicts resolve 1 --lost",
        "dead-letters replay --all",
        "dead-letters discard 1",
        "revert somebody 1",
        "merge somebody other",
        "forget somebody"
      })
  void where_nothing_ran_yet_a_command_says_so_and_makes_no_ledger(String command)
      throws Exception {
    Said said = operator.does(command);

    assertThat(said.code() + " " + said.err())
        .startsWith(FOUND + " ")
        .contains("There is no ledger yet at ", "Start with init, or check ledger.jdbc-url");
    assertThat(folder.resolve("ledger.db")).doesNotExist();
  }

  @Test
  void after_a_copy_of_the_ledger_was_put_back_the_plan_is_that_of_init() throws Exception {
    operator.does("init");
    operator.does("ledger backup " + folder.resolve("copy.db"));
    new Hands(world).add("local", "Ada");
    operator.does("once");
    Files.move(folder.resolve("copy.db"), folder.resolve("ledger.db"), REPLACE_EXISTING);

    JsonNode plan = JSON.readTree(operator.does("plan --json").out());

    assertThat(plan.get("next").asText()).isEqualTo("init");
    assertThat(plan.at("/systems/twenty").toString())
        .isEqualTo("{\"create\":0,\"change\":0,\"delete\":0,\"link\":1}");
    assertThat(operator.does("init --json").code()).isZero();
  }

  @Test
  void status_says_that_no_system_is_set_up() throws Exception {
    operator.does("init");
    List.of("bigquery.url", "bigquery.project", "twenty.url", "twenty.api-key")
        .forEach(operator::without);
    List.of("twenty.calls-per-minute", "supabase.url", "supabase.key", "local.jdbc-url")
        .forEach(operator::without);

    Said said = operator.does("status");

    assertThat(said.code() + " " + said.out())
        .startsWith(FOUND + " ")
        .contains("no system is set up; see 'doctor'")
        .doesNotContain("null");
  }

  @Test
  void a_system_added_later_needs_init_too() throws Exception {
    operator.without("twenty.url").without("twenty.api-key").without("twenty.calls-per-minute");
    operator.does("init");
    operator.sets("twenty.url", world.twenty.url().toString());
    operator.sets("twenty.api-key", world.twenty.apiKey());

    Said said = operator.does("once");

    assertThat(said.code() + " " + said.err())
        .startsWith(USAGE + " ")
        .contains("twenty has not been read yet", "Run 'init' first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"init", "once", "run", "verify", "validate"})
  void a_misspelt_option_is_told_with_the_right_one(String command) throws Exception {
    Said said = operator.sets("sync.batch-sise", "50").does(command);

    assertThat(said.code() + " " + said.all())
        .startsWith(FOUND + " ")
        .contains("application.properties:", "sync.batch-sise", "sync.batch-size");
  }

  @ParameterizedTest
  @ValueSource(strings = {"init", "once", "run", "verify", "validate"})
  void a_broken_route_is_told_with_its_line(String command) throws Exception {
    operator.changes("routes/merge.camel.yaml", "steps:", "stpes:");

    Said said = operator.does(command);

    assertThat(said.code() + " " + said.all())
        .startsWith(FOUND + " ")
        .containsPattern("merge\\.camel\\.yaml:\\d+: .*stpes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"init", "once", "run", "verify", "validate"})
  void an_unknown_field_in_a_mapping_is_told_with_its_line(String command) throws Exception {
    operator.changes("config/mappings/local.yaml", "last_name:", "lastname:");

    Said said = operator.does(command);

    assertThat(said.code() + " " + said.all())
        .startsWith(FOUND + " ")
        .containsPattern("local\\.yaml:\\d+: .*lastname")
        .contains("last_name");
  }

  @Test
  void once_says_which_system_could_not_be_reached_and_goes_on_with_the_others() throws Exception {
    operator.does("init");
    world.twenty.inject(Fault.unreachable().when(request -> !Hands.theirs(request)));
    new Hands(world).add("supabase", "Obadiah");

    Said said = operator.does("once");

    assertThat(said.code() + " " + said.out() + new Hands(world).names("local"))
        .startsWith(UNREACHABLE + " ")
        .contains("twenty cannot be reached", "[Obadiah, Zebediah]");
  }

  @Test
  void once_tells_a_key_that_is_refused_from_a_system_that_cannot_be_reached() throws Exception {
    operator.does("init");

    Said said = operator.sets("twenty.api-key", SECRET).does("once");

    assertThat(said.code() + " " + said.out())
        .startsWith(FOUND + " ")
        .contains("twenty refuses our key (HTTP 401)", "Check twenty's key");
  }

  @Test
  void a_healthy_start_is_done_without_a_word_of_trouble() throws Exception {
    Said said = operator.does("init");

    assertThat(said.code()).isEqualTo(DONE);
  }

  private static String closedPort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "http://127.0.0.1:" + socket.getLocalPort();
    }
  }
}
