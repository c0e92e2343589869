package truthforge.sync.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {

  private static final String MARK = "s3cret-mark";

  @TempDir Path folder;

  @Test
  void an_option_that_is_not_given_has_its_default() {
    assertThat(load("").integer(Options.SYNC_INTERVAL_SECONDS)).isEqualTo(300);
  }

  @Test
  void an_empty_value_means_the_default() {
    assertThat(load("sync.batch-size=").integer(Options.SYNC_BATCH_SIZE)).isEqualTo(100);
  }

  @Test
  void the_environment_overrides_the_file() {
    Configuration configuration =
        load("sync.interval-seconds=60", Map.of("SYNC_INTERVAL_SECONDS", "30"), Map.of());

    assertThat(configuration.integer(Options.SYNC_INTERVAL_SECONDS)).isEqualTo(30);
  }

  @Test
  void the_command_line_overrides_the_environment() {
    Configuration configuration =
        load(
            "sync.interval-seconds=60",
            Map.of("SYNC_INTERVAL_SECONDS", "30"),
            Map.of(Options.SYNC_INTERVAL_SECONDS, "5"));

    assertThat(configuration.integer(Options.SYNC_INTERVAL_SECONDS)).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({
    "sync.interval-second,sync.interval-seconds",
    "twenty.apikey,twenty.api-key",
    "twenty.api-key.fiel,twenty.api-key.file",
    "supabase.jdbcurl,supabase.jdbc-url",
    "bigqery.project,bigquery.project",
  })
  void a_misspelt_key_names_the_nearest_real_one(String misspelt, String meant) {
    Finding fault = onlyFault(misspelt + "=1");

    assertThat(fault.what() + ". " + fault.remedy())
        .isEqualTo("there is no option " + misspelt + ". Did you mean " + meant + "?");
  }

  @Test
  void a_file_may_not_be_named_for_what_is_no_secret() {
    assertThat(onlyFault("local.table.file=x").what()).contains("local.table.file");
  }

  @Test
  void all_faults_are_told_at_once_with_their_lines() {
    String text =
        """
        # comment
        sync.batch-size=many
        twnty.url=http://localhost

        sync.max-delete-percent = \\
            101
        local.read-only=yes
        """;

    assertThat(faults(text)).extracting(Finding::line).containsExactly(2, 3, 5, 7);
  }

  @Test
  void a_fault_names_the_file_that_it_is_in() {
    assertThat(onlyFault("sync.batch-size=0").place())
        .isEqualTo(folder.resolve("config/application.properties").toString());
  }

  @Test
  void a_fault_in_the_environment_names_the_variable() {
    List<Finding> faults = faults("", Map.of("SYNC_BATCH_SIZE", "many"));

    assertThat(faults)
        .extracting(Finding::place)
        .containsExactly("environment variable SYNC_BATCH_SIZE");
  }

  @Test
  void a_key_that_stands_twice_is_a_fault_that_names_both_lines() {
    Finding fault = onlyFault("sync.batch-size=1\n\nsync.batch-size=2");

    assertThat(fault.what() + " " + fault.line())
        .isEqualTo("sync.batch-size stands here and in line 1 3");
  }

  @Test
  void a_broken_escape_is_a_fault_of_its_line() {
    assertThat(onlyFault("\nlocal.username=\\u00zz").line()).isEqualTo(2);
  }

  @Test
  void keys_of_camel_are_let_through() {
    assertThat(load("camel.main.name=mine").forCamel()).containsEntry("camel.main.name", "mine");
  }

  @Test
  void umlauts_are_read_as_written() {
    Configuration configuration = load("local.jdbc-url=jdbc:sqlite:x.db\nlocal.username=jürgen");

    assertThat(configuration.text(Options.LOCAL_USERNAME)).isEqualTo("jürgen");
  }

  @Test
  void a_system_without_settings_is_left_out() {
    assertThat(load("local.jdbc-url=jdbc:sqlite:x.db").systems()).containsExactly("local");
  }

  @Test
  void systems_come_in_the_order_of_a_cycle() {
    String text =
        """
        local.jdbc-url=jdbc:sqlite:x.db
        supabase.jdbc-url=jdbc:postgresql://db/postgres
        twenty.url=https://crm.example.org
        twenty.api-key=k
        bigquery.project=my-project
        """;

    assertThat(load(text).systems()).isEqualTo(Options.SYSTEMS);
  }

  static Stream<List<String>> half_systems() {
    return Stream.of(
        List.of("twenty.url=https://crm.example.org", "twenty.api-key"),
        List.of("twenty.api-key=k", "twenty.url"),
        List.of("supabase.url=https://x.supabase.co", "supabase.key"),
        List.of("supabase.key=k", "supabase.url"),
        List.of("supabase.username=u", "supabase.jdbc-url"),
        List.of("supabase.webhook-secret=w", "supabase.url"),
        List.of("bigquery.url=http://localhost:9050", "bigquery.project"),
        List.of("local.password=p", "local.jdbc-url"));
  }

  @ParameterizedTest
  @CsvSource({"90,PT2160H", "0.5,PT12H", "0.001,PT1M26.4S"})
  void days_may_have_parts(String written, Duration meant) {
    assertThat(load("ledger.keep-days=" + written).days(Options.LEDGER_KEEP_DAYS)).isEqualTo(meant);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.0", "-1", "36501", "a week", "1e3", "0.000000001"})
  void what_is_no_number_of_days_is_refused(String written) {
    assertThat(onlyFault("ledger.keep-days=" + written).what())
        .contains("must be a number of days");
  }

  @ParameterizedTest
  @MethodSource("half_systems")
  void a_system_set_up_by_half_is_a_fault_that_names_the_missing_option(List<String> half) {
    assertThat(onlyFault(half.get(0)).remedy()).startsWith("Set " + half.get(1) + " (");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local.jdbc-url=jdbc:postgresql://me:" + MARK + "@db/contacts",
        "local.jdbc-url=jdbc:postgresql://db/contacts?user=me&password=" + MARK,
        "ledger.jdbc-url=jdbc:sqlite:x.db?KEY=" + MARK,
        "twenty.url=https://me:" + MARK + "@crm.example.org",
      })
  void credentials_inside_an_address_are_refused_and_not_repeated(String line) {
    assertThat(faults(line))
        .extracting(Finding::text)
        .anySatisfy(t -> assertThat(t).contains("holds"))
        .noneSatisfy(t -> assertThat(t).contains(MARK));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:sqlite:",
        "jdbc:sqlite::memory:",
        "jdbc:sqlite:file::memory:?cache=shared",
        "jdbc:sqlite:file:x?mode=memory"
      })
  void a_database_that_ends_with_the_process_is_refused(String url) {
    assertThat(onlyFault("ledger.jdbc-url=" + url).what()).contains("outlives the process");
    assertThat(onlyFault("local.jdbc-url=" + url).what()).contains("outlives the process");
  }

  @Test
  void a_jdbc_url_with_other_parameters_is_taken() {
    String url = "jdbc:postgresql://db/contacts?sslmode=require&prepareThreshold=0";

    assertThat(load("local.jdbc-url=" + url).text(Options.LOCAL_JDBC_URL)).isEqualTo(url);
  }

  @Test
  void a_secret_is_read_from_the_file_that_is_named() throws IOException {
    Path secret = Files.writeString(folder.resolve("key"), MARK + "\n");

    Configuration configuration =
        load("twenty.url=https://crm.example.org\ntwenty.api-key.file=" + secret);

    assertThat(configuration.text(Options.TWENTY_API_KEY)).isEqualTo(MARK);
  }

  @Test
  void a_secret_file_that_an_editor_of_windows_saved_holds_the_same_secret() throws IOException {
    Path secret = Files.writeString(folder.resolve("key"), "\ufeff" + MARK + "\r\n");

    Configuration configuration =
        load("twenty.url=https://crm.example.org\ntwenty.api-key.file=" + secret);

    assertThat(configuration.text(Options.TWENTY_API_KEY)).isEqualTo(MARK);
  }

  @Test
  void a_secret_in_the_environment_overrides_a_secret_file_in_the_properties() throws IOException {
    Path secret = Files.writeString(folder.resolve("key"), "from the file");

    Configuration configuration =
        load(
            "twenty.url=https://crm.example.org\ntwenty.api-key.file=" + secret,
            Map.of("TWENTY_API_KEY", "from the environment"),
            Map.of());

    assertThat(configuration.text(Options.TWENTY_API_KEY)).isEqualTo("from the environment");
  }

  @Test
  void a_secret_file_in_the_environment_overrides_a_secret_in_the_properties() throws IOException {
    Path secret = Files.writeString(folder.resolve("key"), "from the file");

    Configuration configuration =
        load(
            "twenty.url=https://crm.example.org\ntwenty.api-key=old",
            Map.of("TWENTY_API_KEY_FILE", secret.toString()),
            Map.of());

    assertThat(configuration.text(Options.TWENTY_API_KEY)).isEqualTo("from the file");
  }

  @Test
  void a_secret_file_that_cannot_be_read_is_the_only_fault() {
    Finding fault = onlyFault("twenty.url=https://crm.example.org\ntwenty.api-key.file=/no/such");

    assertThat(fault.what()).isEqualTo("twenty.api-key.file: the file cannot be read");
  }

  @Test
  void a_secret_given_as_value_and_as_file_is_a_fault() throws IOException {
    Path secret = Files.writeString(folder.resolve("key"), "x");

    Finding fault =
        onlyFault(
            "twenty.url=https://crm.example.org\ntwenty.api-key=x\ntwenty.api-key.file=" + secret);

    assertThat(fault.what()).contains("given twice");
  }

  @Test
  void a_service_account_is_read_from_the_path_of_its_key() throws IOException {
    Path key = Files.writeString(folder.resolve("key.json"), "{\"type\":\"service_account\"}");

    Configuration configuration = load("bigquery.project=p\nbigquery.credentials=" + key);

    assertThat(configuration.text(Options.BIGQUERY_CREDENTIALS)).startsWith("{\"type\"");
  }

  @Test
  void a_service_account_that_is_no_json_is_a_fault_that_does_not_show_it() throws IOException {
    Path key = Files.writeString(folder.resolve("key.json"), MARK);

    Finding fault = onlyFault("bigquery.project=p\nbigquery.credentials=" + key);

    assertThat(fault.text()).contains("no JSON").doesNotContain(MARK);
  }

  @Test
  void secrets_are_covered_where_the_configuration_is_printed() {
    Configuration configuration =
        load("twenty.url=https://crm.example.org\ntwenty.api-key=" + MARK);

    assertThat(configuration.toString()).contains("twenty.api-key=***").doesNotContain(MARK);
  }

  @Test
  void secrets_are_not_among_the_properties_that_camel_shows() {
    Configuration configuration =
        load("twenty.url=https://crm.example.org\ntwenty.api-key=" + MARK);

    assertThat(configuration.forCamel())
        .containsKey("twenty.url")
        .doesNotContainKey("twenty.api-key");
  }

  @Test
  void a_placeholder_is_kept_until_it_is_resolved() {
    Configuration raw =
        load(
            "twenty.url={{env:CRM}}\ntwenty.api-key={{hashicorp:kv:crm#key}}",
            Map.of("CRM", "https://crm.example.org"),
            Map.of());

    Configuration resolved =
        raw.resolved(text -> text.equals("{{env:CRM}}") ? "https://crm.example.org" : MARK);

    assertThat(resolved.text(Options.TWENTY_API_KEY)).isEqualTo(MARK);
  }

  @Test
  void a_value_is_validated_when_its_placeholder_is_resolved() {
    Configuration raw = load("sync.batch-size={{hashicorp:kv:size}}");

    assertThatThrownBy(() -> raw.resolved(text -> "many"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sync.batch-size must be a whole number");
  }

  @Test
  void a_placeholder_for_a_variable_that_is_not_set_is_found_before_anything_starts() {
    Finding fault = onlyFault("\nlog.file={{env:NOPE}}");

    assertThat(fault.line()).isEqualTo(2);
    assertThat(fault.text()).contains("log.file: there is no environment variable NOPE");
  }

  @Test
  void a_placeholder_for_a_variable_with_a_default_or_in_camels_spelling_is_no_fault() {
    Configuration raw =
        load(
            "log.file={{env:NOPE:a}}\nlocal.table={{env:my.table}}",
            Map.of("MY_TABLE", "b"),
            Map.of());

    assertThat(raw.hasPlaceholders()).isTrue();
  }

  @Test
  void a_placeholder_without_a_value_is_a_fault_of_its_line() {
    Configuration raw = load("\nsync.batch-size={{hashicorp:kv:size}}");

    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                raw.resolved(
                    text -> {
                      throw new IllegalArgumentException("no such variable");
                    }));

    assertThat(e.findings()).extracting(Finding::line).containsExactly(2);
  }

  @Test
  void a_field_has_the_general_policy_unless_it_has_its_own() {
    Configuration configuration =
        load("sync.conflict-policy=manual\nsync.conflict-policy.notes=prefer:twenty");

    assertThat(List.of("notes", "title"))
        .extracting(configuration::conflictPolicy)
        .containsExactly("prefer:twenty", "manual");
  }

  @Test
  void a_policy_of_a_field_is_taken_from_the_environment() {
    Configuration configuration =
        load("", Map.of("SYNC_CONFLICT_POLICY_JOB_TITLE", "prefer:local"), Map.of());

    assertThat(configuration.conflictPolicy("job_title")).isEqualTo("prefer:local");
  }

  @Test
  void a_policy_that_prefers_no_system_names_the_nearest() {
    assertThat(onlyFault("sync.conflict-policy.notes=prefer:twnty").what())
        .contains("did you mean twenty?");
  }

  @Test
  void a_policy_for_a_field_that_is_none_names_the_nearest() {
    Configuration configuration = load("sync.conflict-policy.job_titel=manual");

    assertThat(configuration.policiesForUnknownFields(List.of("notes", "job_title")))
        .extracting(Finding::remedy)
        .containsExactly("Did you mean sync.conflict-policy.job_title?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"local.table=contacts; drop table x", "bigquery.dataset=a`b"})
  void a_name_that_could_break_out_of_a_statement_is_refused(String line) {
    assertThat(onlyFault(line).what()).contains("letters, digits and underscores");
  }

  @Test
  void the_operators_port_is_not_opened_to_others_without_a_token() {
    assertThat(onlyFault("operate.host=0.0.0.0").remedy()).startsWith("Set operate.token");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "nineteen-characters",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "123412341234123412341234"
      })
  void a_token_that_can_be_guessed_does_not_open_the_operators_port_to_others(String token) {
    String host = "operate.host=0.0.0.0\n";
    Finding fault = onlyFault(host + "operate.token=" + token);

    assertThat(fault.what()).contains("operate.token can be guessed").doesNotContain(token);
    assertThat(fault.remedy()).contains("at least 20 characters");
    assertThat(load("operate.token=" + token).isSet(Options.OPERATE_TOKEN))
        .as("on this machine alone it is the operator's matter")
        .isTrue();
  }

  @Test
  void a_name_that_only_looks_like_the_loopback_is_not_it() {
    assertThat(onlyFault("operate.host=127.0.0.1.example.com").remedy())
        .startsWith("Set operate.token");
  }

  @Test
  void an_order_of_systems_that_names_one_twice_is_refused() {
    assertThat(onlyFault("init.prefer=local,local").what()).contains("twice");
  }

  @Test
  void a_config_folder_that_does_not_exist_is_a_fault() {
    assertThatThrownBy(() -> Places.find(folder, Path.of("nowhere"), null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("nowhere: there is no such folder");
  }

  @Test
  void a_folder_without_a_configuration_of_its_own_gets_the_one_inside_the_jar() {
    Places places = Places.find(folder, null, null);

    assertThat(places.config("application.properties"))
        .hasValueSatisfying(s -> assertThat(s.name()).startsWith("(inside the jar)"));
  }

  @Test
  void mappings_of_ones_own_are_used_where_the_options_stand_elsewhere() throws IOException {
    Path mappings = Files.createDirectories(folder.resolve("config/mappings"));
    Files.writeString(mappings.resolve("local.yaml"), "system: local\n");

    assertThat(Places.find(folder, null, null).config("mappings/local.yaml"))
        .map(Places.Source::text)
        .hasValue("system: local\n");
  }

  @Test
  void a_mark_of_the_byte_order_before_the_first_option_is_passed_over() {
    assertThat(load("\ufefflocal.jdbc-url=jdbc:sqlite:x.db\r\n").systems())
        .containsExactly("local");
  }

  @Test
  void a_file_in_another_encoding_is_a_fault_that_says_so() throws IOException {
    Path config = Files.createDirectories(folder.resolve("config"));
    Files.write(
        config.resolve(Places.PROPERTIES),
        "local.username=jürgen".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(
            () -> Configuration.load(Places.find(folder, null, null), Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("is no UTF-8 text. Save it as UTF-8");
  }

  @Test
  void routes_of_the_working_folder_are_used_if_the_shipped_ones_are_among_them()
      throws IOException {
    Files.createDirectories(folder.resolve("routes"));
    Files.writeString(folder.resolve("routes/merge.camel.yaml"), "- route:\n");

    assertThat(Places.find(folder, null, null).routes())
        .extracting(Places.Source::text)
        .containsExactly("- route:\n");
  }

  @Test
  void routes_of_ones_own_alone_are_added_to_those_inside_the_jar() throws IOException {
    Files.createDirectories(folder.resolve("routes"));
    Files.writeString(folder.resolve("routes/ping.camel.yaml"), "- route:\n    id: ping\n");
    Places places = Places.find(folder, null, null);

    assertThat(places.routes()).hasSize(Places.ROUTES.size() + 1);
    assertThat(places.routesIncludePattern())
        .contains("/routes/ping.camel.yaml,classpath:defaults/routes/");
  }

  @Test
  void the_shipped_routes_may_stand_in_a_file_of_another_name() throws IOException {
    Files.createDirectories(folder.resolve("routes"));
    Files.writeString(folder.resolve("routes/all.camel.yaml"), "- route:\n    id: merge\n");

    assertThat(Places.find(folder, null, null).routes()).hasSize(1);
  }

  private Configuration load(String text) {
    return load(text, Map.of(), Map.of());
  }

  private Configuration load(
      String text, Map<String, String> environment, Map<Option, String> commandLine) {
    try {
      Path config = Files.createDirectories(folder.resolve("config"));
      Files.writeString(config.resolve(Places.PROPERTIES), text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return Configuration.load(Places.find(folder, null, null), environment, commandLine);
  }

  private List<Finding> faults(String text) {
    return faults(text, Map.of());
  }

  private List<Finding> faults(String text, Map<String, String> environment) {
    ConfigurationException e =
        catchThrowableOfType(ConfigurationException.class, () -> load(text, environment, Map.of()));
    assertThat(e).as("a fault").isNotNull();
    return e.findings();
  }

  private Finding onlyFault(String text) {
    List<Finding> faults = faults(text);
    assertThat(faults).hasSize(1);
    return faults.get(0);
  }
}
