package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.validate.RouteCheck;

class TruthForgeSyncTest {

  @TempDir Path folder;

  private final FixedService service = new FixedService();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void a_local_database_is_configured() throws IOException {
    configure("local.jdbc-url=jdbc:sqlite:x.db\nlog.file=" + folder.resolve("logs/x.log"));
    Files.createDirectories(folder.resolve("routes"));
    Files.writeString(
        folder.resolve("routes/a.camel.yaml"),
        "- route:\n    from:\n      uri: direct:a\n      steps: []\n");
  }

  @AfterEach
  void the_log_file_is_closed() {
    Logging.endFile();
  }

  @Test
  void verified_is_done() {
    assertThat(execute("verify")).isEqualTo(0);
  }

  @Test
  void drift_is_something_found() {
    service.verified =
        new VerifyReport(
            2,
            false,
            Map.of("local", new VerifyReport.SystemCount(1, 1, 0, 0)),
            0,
            0,
            Map.of(),
            0.1);

    assertThat(execute("verify")).isEqualTo(1);
  }

  @Test
  void drift_is_shown_in_percent() {
    service.verified =
        new VerifyReport(
            200,
            false,
            Map.of("local", new VerifyReport.SystemCount(199, 1, 0, 2)),
            0,
            0,
            Map.of(),
            0.1);

    execute("verify");

    assertThat(text(out)).contains("1.50%");
  }

  @Test
  void one_contact_is_spoken_of_as_one() {
    service.verified = new VerifyReport(1, true, Map.of(), 0, 0, Map.of(), 0.1);

    execute("verify");

    assertThat(text(out)).contains("verified: 1 contact,");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "verfy",
        "verify --jsn",
        "run --interval soon",
        "run --interval 0",
        "held",
        "held approve x",
        "held approve",
        "dead-letters replay",
        "dead-letters replay 1 --all",
        "conflicts list --limit 0",
        "held list --limit -1",
        "history c-1 --limit many",
      })
  void what_cannot_be_carried_out_as_given_is_wrong_usage(String line) {
    assertThat(execute(line.split(" "))).isEqualTo(2);
  }

  @Test
  void a_misspelt_command_names_the_nearest() {
    execute("verfy");

    assertThat(text(err)).contains(". Did you mean verify").contains("? See truth-forge-sync");
  }

  @Test
  void an_id_that_is_none_is_wrong_usage_with_the_next_step() {
    int code = execute("held", "approve", "12");

    assertThat(code + " " + text(err).strip())
        .isEqualTo("2 truth-forge-sync: nothing is held under the id 12. See held list");
  }

  @Test
  void a_system_that_does_not_answer_has_a_code_of_its_own() {
    service.trouble = new IllegalStateException(new ConnectException("refused"));

    assertThat(execute("init")).isEqualTo(3);
  }

  @Test
  void a_database_that_does_not_answer_has_the_same_code() {
    service.trouble = new IllegalStateException(new SQLException("down", "08001"));

    assertThat(execute("init")).isEqualTo(3);
  }

  @Test
  void doctor_says_by_its_code_that_a_system_does_not_answer() {
    service.findings =
        List.of(Finding.unreachable("twenty", "does not answer", "Check twenty.url"));

    assertThat(execute("doctor")).isEqualTo(3);
  }

  @Test
  void a_warning_of_doctor_is_no_fault() {
    service.findings = List.of(Finding.warning("twenty", 0, "is slow", ""));

    assertThat(execute("doctor")).isEqualTo(0);
  }

  @Test
  void an_unexpected_exception_is_one_plain_line() {
    service.trouble = new IllegalStateException(new SQLException("row (Jane Doe)", "23505"));

    execute("verify");

    assertThat(lastLineOf(err))
        .isEqualTo(
            "truth-forge-sync: stopped by an unexpected SQLException, SQL state 23505. Run the"
                + " command again with --debug to see where, and doctor to check the set-up");
  }

  @Test
  void a_drivers_message_does_not_reach_the_operator() {
    service.trouble = new IllegalStateException(new SQLException("row (Jane Doe)", "23505"));

    execute("verify");

    assertThat(text(err)).doesNotContain("Jane");
  }

  @Test
  void debug_shows_where_an_exception_came_from() {
    service.trouble = new IllegalStateException("broken");

    execute("verify", "--debug");

    assertThat(text(err)).contains("at truthforge.sync.cli.");
  }

  @Test
  void the_service_is_closed_after_an_exception() {
    service.trouble = new IllegalStateException("broken");

    execute("verify");

    assertThat(service.closed).isTrue();
  }

  @Test
  void verify_as_json_has_exactly_the_documented_shape() throws IOException {
    execute("verify", "--json");

    assertThat(text(out).strip())
        .isEqualTo(
            "{\"contacts\":2,\"verified\":true,\"systems\":{\"local\":{\"contacts\":2,"
                + "\"missing\":0,\"extra\":0,\"different\":0}},\"held\":1,\"parked\":0,"
                + "\"calls\":{\"twenty\":7},\"seconds\":0.3}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "init",
        "once",
        "plan",
        "verify",
        "status",
        "doctor",
        "setup",
        "conflicts list",
        "dead-letters list",
        "dead-letters replay --all",
        "held list",
        "held refuse 1",
        "ledger backup x",
        "validate"
      })
  void with_json_standard_output_is_one_object_and_nothing_else(String line) throws IOException {
    execute((line + " --json").split(" "));

    assertThat(json().isObject()).isTrue();
  }

  @Test
  void progress_goes_to_standard_error() {
    execute("verify", "--json");

    assertThat(text(err)).contains("reading 2/2 100%");
  }

  @Test
  void without_a_command_it_runs() {
    execute("--initial-sync");

    assertThat(service.initialSync).isTrue();
  }

  @Test
  void options_of_run_override_the_configuration() {
    execute("run", "--interval", "7", "--batch-size", "8");

    assertThat(List.of(Options.SYNC_INTERVAL_SECONDS, Options.SYNC_BATCH_SIZE))
        .extracting(service.configuration::integer)
        .containsExactly(7, 8);
  }

  @Test
  void a_faulty_configuration_is_something_found() throws IOException {
    configure("sync.batch-sise=1");

    assertThat(execute("run")).isEqualTo(1);
  }

  @Test
  void without_any_system_run_says_what_to_set() throws IOException {
    configure("");

    execute("run");

    assertThat(text(err)).contains("no system is set up. Set bigquery.project");
  }

  @Test
  void with_the_jar_alone_it_names_the_file_to_write_and_none_inside_the_jar() throws IOException {
    Files.delete(folder.resolve("config/application.properties"));

    execute("run");

    assertThat(text(err))
        .startsWith("truth-forge-sync: config/application.properties: no system is set up. Set");
  }

  @Test
  void validate_tells_all_faults_as_json() throws IOException {
    configure("sync.batch-sise=1\nlocal.table=x\ntwenty.url=http://crm");

    execute("validate", "--json");

    assertThat(json().get("findings")).extracting(f -> f.get("line").asInt()).containsExactly(1, 3);
  }

  @Test
  void validate_of_a_faulty_configuration_is_something_found() throws IOException {
    configure("sync.batch-sise=1");

    assertThat(execute("validate")).isEqualTo(1);
  }

  @Test
  void validate_of_a_good_configuration_is_done() {
    assertThat(execute("validate")).isEqualTo(0);
  }

  @Test
  void validate_names_the_line_of_a_broken_route() throws IOException {
    Path route = folder.resolve("routes/mine.camel.yaml");
    Files.writeString(route, "- route:\n    from:\n      uri: direct:a\n      stpes: []\n");

    execute("validate");

    assertThat(text(out)).contains("mine.camel.yaml:4: Camel knows no stpes here");
  }

  @Test
  void validate_tells_faults_of_properties_and_routes_together() throws IOException {
    configure("sync.batch-sise=1");
    Files.writeString(folder.resolve("routes/mine.camel.yaml"), "- rout: {}\n");

    execute("validate", "--json");

    assertThat(json().get("findings")).hasSize(2);
  }

  @Test
  void the_sandbox_reports_by_one_json_object_alone() throws IOException {
    execute("sandbox", "--once", "--contacts", "5", "--seed", "7", "--json");

    assertThat(json().get("contacts").asInt()).isEqualTo(5);
  }

  @Test
  void the_sandbox_needs_no_system_in_the_configuration() throws IOException {
    configure("");

    assertThat(execute("sandbox", "--once")).isEqualTo(0);
  }

  @Test
  void a_sandbox_without_contacts_is_wrong_usage() {
    assertThat(execute("sandbox", "--contacts", "0")).isEqualTo(2);
  }

  @Test
  void a_sandbox_without_seconds_for_edits_is_wrong_usage() {
    assertThat(execute("sandbox", "--seconds", "0")).isEqualTo(2);
  }

  @Test
  void a_sandbox_has_edits_for_a_while_or_none_at_all() {
    assertThat(execute("sandbox", "--once", "--seconds", "5")).isEqualTo(2);
  }

  @Test
  void a_stand_in_whose_port_is_taken_says_so_and_what_to_do() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();

      assertThat(execute("stand-in", "twenty", "--port", String.valueOf(port))).isEqualTo(1);

      assertThat(text(err)).contains("port " + port, "--port");
    }
  }

  @Test
  void a_stand_in_that_does_not_exist_names_the_nearest() {
    execute("stand-in", "twenti", "--port", "0");

    assertThat(text(err)).contains("did you mean twenty?");
  }

  @Test
  void a_stand_in_says_where_it_listens_until_it_is_told_to_stop() throws Exception {
    PipedInputStream said = new PipedInputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(new PipedOutputStream(said), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    Door door = new Door(terminal, service, new FixedSandbox(), List.of(), Map.of(), folder);
    Thread running =
        new Thread(() -> TruthForgeSync.execute(door, "stand-in", "twenty", "--port", "0"));
    running.start();

    String line =
        new BufferedReader(new InputStreamReader(said, StandardCharsets.UTF_8)).readLine();
    URI url = URI.create(line.substring(line.indexOf("http")));
    int status =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.discarding())
            .statusCode();
    running.interrupt();
    running.join();

    assertThat(status).isEqualTo(403);
  }

  @Test
  void findings_as_json_have_only_what_is_documented() throws IOException {
    service.findings = List.of(Finding.warning("twenty", 3, "is slow", "Wait"));

    execute("doctor", "--json");

    assertThat(text(out).strip())
        .isEqualTo(
            "{\"ok\":true,\"findings\":[{\"level\":\"WARNING\",\"place\":\"twenty\","
                + "\"line\":3,\"what\":\"is slow\",\"remedy\":\"Wait\"}]}");
  }

  @Test
  void a_stand_in_without_a_port_is_wrong_usage() {
    assertThat(execute("stand-in", "twenty")).isEqualTo(2);
  }

  @Test
  void another_folder_of_configuration_can_be_given_after_the_command() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.writeString(other.resolve("application.properties"), "local.jdbc-url=jdbc:sqlite:y.db");

    execute("verify", "--config", other.toString());

    assertThat(service.configuration.text(Options.LOCAL_JDBC_URL)).isEqualTo("jdbc:sqlite:y.db");
  }

  @Test
  void a_folder_of_configuration_that_does_not_exist_is_something_found() {
    assertThat(execute("verify", "--config", "nowhere")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"--help", "run --help", "held --help", "held approve --help", "--version"})
  void help_and_version_are_done(String line) {
    assertThat(execute(line.split(" "))).isEqualTo(0);
  }

  @Test
  void replay_tells_the_service_the_ids() {
    execute("dead-letters", "replay", "3", "5");

    assertThat(service.decisions.replayed).containsExactly(3L, 5L);
  }

  @Test
  void discarding_tells_the_service_the_id() {
    execute("dead-letters", "discard", "4");

    assertThat(service.decisions.discarded).containsExactly(4L);
  }

  @Test
  void a_conflict_is_resolved_by_a_value_of_ones_own() {
    execute("conflicts", "resolve", "7", "--value", "Ann");

    assertThat(service.decisions.choice).isEqualTo(new Decisions.Choice.Other("Ann"));
  }

  @Test
  void a_conflict_cannot_be_resolved_without_a_value() {
    assertThat(execute("conflicts", "resolve", "7")).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "conflicts list",
    "conflicts show 1",
    "conflicts resolve 1 --lost",
    "dead-letters list",
    "dead-letters show 1",
    "held list",
    "held show 1",
    "history c-1",
    "revert c-1 2",
    "duplicates",
    "merge c-1 c-2",
    "forget c-1",
    "forget --pending"
  })
  void what_is_looked_up_or_decided_is_told_as_one_line_of_json(String line) throws IOException {
    String all = line + " --json";

    assertThat(execute(all.split(" "))).isEqualTo(0);
    assertThat(json().isObject()).isTrue();
  }

  @Test
  void an_unhealthy_status_is_something_found() {
    service.status = new StatusReport(false, List.of(), Map.of(), 0, 0, 0, 0, 0, null);

    assertThat(execute("status")).isEqualTo(1);
  }

  @Test
  void the_log_file_is_its_owners_alone() throws IOException {
    execute("run", "--log-file", folder.resolve("own/own.log").toString());

    assertThat(Files.getPosixFilePermissions(folder.resolve("own/own.log")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void a_command_that_only_reports_writes_no_log_file() {
    execute("status");

    assertThat(folder.resolve("logs")).doesNotExist();
  }

  @Test
  void a_log_file_that_cannot_be_written_is_something_found_with_the_remedy() throws IOException {
    Files.writeString(folder.resolve("file"), "");

    int code = execute("run", "--log-file", folder.resolve("file/x.log").toString());

    assertThat(code + text(err)).startsWith("1").contains("Give another one by log.file");
  }

  private void configure(String text) throws IOException {
    Files.createDirectories(folder.resolve("config"));
    Files.writeString(folder.resolve("config/application.properties"), text);
  }

  @Test
  void a_report_is_coloured_on_a_terminal_and_says_the_same_words() {
    execute(false, Map.of(), "verify");
    String plain = text(out);
    out.reset();

    execute(true, Map.of(), "verify");

    assertThat(text(out)).contains("\u001b[1msystem").isNotEqualTo(plain);
    assertThat(text(out).replaceAll("\u001b\\[\\d+m", "")).isEqualTo(plain);
  }

  @Test
  void a_report_is_plain_where_it_is_piped_or_no_colours_are_wanted() {
    execute(false, Map.of(), "verify");
    execute(true, Map.of("NO_COLOR", "1"), "verify");
    execute(true, Map.of("NO_COLOR", "1"), "--help");

    assertThat(text(out)).doesNotContain("\u001b");
  }

  @Test
  void good_and_bad_are_told_apart_by_colour_in_tables_and_findings() {
    assertThat(Paint.of("cycles complete  BAD    none ended\nerror rate       good   0 of 4\n"))
        .isEqualTo(
            "cycles complete  \u001b[31mBAD\u001b[0m    none ended\n"
                + "error rate       \u001b[32mgood\u001b[0m   0 of 4\n");
    assertThat(Paint.of("warning  a.yaml:3: held is no error\n2 faults"))
        .isEqualTo(
            "\u001b[33mwarning\u001b[0m  a.yaml:3: held is no error\n\u001b[31m2 faults\u001b[0m");
  }

  private int execute(String... arguments) {
    return execute(false, Map.of(), arguments);
  }

  private int execute(boolean interactive, Map<String, String> environment, String... arguments) {
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            interactive);
    Door door =
        new Door(
            terminal, service, new FixedSandbox(), List.of(RouteCheck::new), environment, folder);
    return TruthForgeSync.execute(door, arguments);
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper()
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .readTree(text(out));
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }

  private static String lastLineOf(ByteArrayOutputStream stream) {
    List<String> lines = text(stream).lines().toList();
    return lines.get(lines.size() - 1);
  }
}
