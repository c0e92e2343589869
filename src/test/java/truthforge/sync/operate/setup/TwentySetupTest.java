package truthforge.sync.operate.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.SetupReport;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.twenty.FieldSpec;
import truthforge.sync.sandbox.twenty.FieldType;
import truthforge.sync.sandbox.twenty.TwentyStandIn;

/** What setup creates in a workspace of Twenty, and what doctor says of one. */
class TwentySetupTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private TwentyStandIn twenty = TwentyStandIn.start(TwentyStandIn.Options.bare());

  @AfterEach
  void close() {
    twenty.close();
  }

  private Sample sample() {
    return new Sample()
        .twenty(twenty)
        .with(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.resolve("ledger.db"));
  }

  private void restart(TwentyStandIn.Options options) {
    twenty.close();
    twenty = TwentyStandIn.start(options);
  }

  @Test
  void a_second_setup_finds_nothing_missing() {
    assertThat(sample().setup().steps()).hasSize(22);

    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void a_workspace_that_was_set_up_by_the_stand_in_lacks_nothing() {
    restart(TwentyStandIn.Options.afterSetup());

    assertThat(sample().dryRun().steps()).isEmpty();
  }

  private Sample reachable(String secret) {
    return sample()
        .with(Options.SERVICE_PUBLIC_URL, "https://sync.example.com")
        .with(Options.TWENTY_WEBHOOK_SECRET, secret);
  }

  @Test
  void the_webhook_is_registered_once() {
    assertThat(Sample.whats(reachable("s3cret").setup()))
        .contains("webhook to https://sync.example.com/webhooks/twenty");

    assertThat(reachable("s3cret").setup().steps()).isEmpty();
  }

  @Test
  void a_webhook_with_another_secret_is_set_right_and_not_registered_again() {
    reachable("old").setup();

    assertThat(Sample.whats(reachable("new").setup()))
        .containsExactly(
            "secret and operations of the webhook to https://sync.example.com/webhooks/twenty");
    assertThat(reachable("new").setup().steps()).isEmpty();
  }

  @Test
  void what_setup_shows_of_the_webhook_is_without_its_secret() {
    assertThat(reachable("s3cret").dryRun().steps())
        .extracting(SetupReport.Step::statement)
        .noneMatch(statement -> statement.contains("s3cret"));
  }

  @Test
  void doctor_says_that_the_webhook_is_missing() {
    assertThat(reachable("s3cret").said("twenty"))
        .anyMatch(said -> said.contains("webhook to https://sync.example.com/webhooks/twenty"));
  }

  @Test
  void without_a_public_address_no_webhook_is_registered_and_doctor_says_so() {
    Sample sample = sample().with(Options.TWENTY_WEBHOOK_SECRET, "s3cret");

    assertThat(Sample.whats(sample.setup())).noneMatch(what -> what.contains("webhook"));
    assertThat(sample.said("service.public-url")).hasSize(1);
  }

  @Test
  void a_dry_run_creates_nothing() {
    SetupReport shown = sample().dryRun();

    assertThat(sample().dryRun()).isEqualTo(shown);
  }

  @Test
  void a_dry_run_shows_each_request() {
    assertThat(sample().dryRun().steps())
        .filteredOn(step -> step.what().contains("contactNotes"))
        .singleElement()
        .satisfies(
            step ->
                assertThat(step.statement())
                    .startsWith("POST /rest/metadata/fields {")
                    .contains("\"label\":\"Contact notes\"", "\"type\":\"TEXT\""));
  }

  private static JsonNode person(String id, String contactId) throws Exception {
    return JSON.readTree(
        "{\"id\":\"%s\",\"contactId\":\"%s\",\"createdAt\":\"%s\",\"updatedAt\":\"%s\"}"
            .formatted(id, contactId, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"));
  }

  @Test
  void two_people_cannot_carry_one_id_after_setup() throws Exception {
    sample().setup();
    twenty.loadPerson(person("00000000-0000-4000-8000-000000000001", "one"));

    assertThatThrownBy(
            () -> twenty.loadPerson(person("00000000-0000-4000-8000-000000000002", "one")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_field_of_the_users_own_is_created_with_a_type_that_holds_it() {
    SetupReport report =
        sample()
            .adding("twenty", "vip: {path: vip, type: flag}")
            .adding("twenty", "met_on: {path: metOn, type: date}")
            .adding("twenty", "habits: {path: habits, type: document}")
            .setup();

    assertThat(report.steps())
        .extracting(SetupReport.Step::statement)
        .anyMatch(s -> s.contains("\"name\":\"vip\"") && s.contains("\"type\":\"BOOLEAN\""))
        .anyMatch(s -> s.contains("\"name\":\"metOn\"") && s.contains("\"type\":\"DATE\""))
        .anyMatch(s -> s.contains("\"name\":\"habits\"") && s.contains("\"type\":\"RAW_JSON\""));
  }

  @Test
  void what_was_created_before_a_refusal_stays_and_setup_goes_on_from_there() {
    Fault refusal =
        Fault.status(
                400,
                "{\"errors\":{\"fieldMetadata\":[{\"errors\":[{\"code\":\"NOT_AVAILABLE\"}]}]}}")
            .when(r -> new String(r.body()).contains("\"nickname\""));
    twenty.inject(refusal);
    assertThatThrownBy(() -> sample().setup())
        .isInstanceOf(Problem.class)
        .hasMessageContaining("nickname")
        .hasMessageContaining("NOT_AVAILABLE");
    twenty.heal();

    assertThat(Sample.whats(sample().setup()))
        .contains("field nickname of people")
        .doesNotContain("field contactId of people");
  }

  @Test
  void an_unreachable_workspace_ends_setup_as_such() {
    Sample sample = sample();
    twenty.close();

    assertThatThrownBy(sample::setup)
        .isInstanceOfSatisfying(
            Problem.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.UNREACHABLE));
  }

  @Test
  void doctor_finds_a_workspace_after_setup_in_order() {
    restart(TwentyStandIn.Options.afterSetup());

    assertThat(sample().findings())
        .filteredOn(f -> f.place().equals("twenty"))
        .extracting(Finding::level)
        .containsOnly(Finding.Level.OK, Finding.Level.NOTE);
  }

  @Test
  void doctor_names_the_fields_that_are_missing_and_setup() {
    assertThat(sample().said("twenty"))
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith("WARNING lacks field contactId of people; field middleName")
                    .contains("'setup'"));
  }

  @Test
  void doctor_tells_a_key_that_is_not_accepted_and_does_not_repeat_it() {
    List<Finding> findings = sample().with(Options.TWENTY_API_KEY, "not-the-key-qzxjv").findings();

    assertThat(Sample.said(findings, "twenty"))
        .singleElement()
        .asString()
        .startsWith("ERROR does not accept the key")
        .contains("twenty.api-key");
    assertThat(findings.toString()).doesNotContain("qzxjv");
  }

  @Test
  void a_key_that_no_header_can_carry_is_not_repeated_either() {
    List<Finding> findings = sample().with(Options.TWENTY_API_KEY, "a\nkey-qzxjv").findings();

    assertThat(Sample.said(findings, "twenty"))
        .singleElement()
        .asString()
        .startsWith("ERROR cannot be asked");
    assertThat(findings.toString()).doesNotContain("qzxjv");
  }

  @Test
  void doctor_tells_a_workspace_that_cannot_be_reached_as_such() {
    Sample sample = sample();
    twenty.close();

    assertThat(sample.findings())
        .filteredOn(f -> f.place().equals("twenty"))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.UNREACHABLE);
  }

  @Test
  void doctor_tells_another_server_at_that_address() {
    twenty.inject(Fault.status(200, "<html>Log in</html>"));

    assertThat(sample().said("twenty"))
        .singleElement()
        .asString()
        .contains("is not what answers at", "twenty.url");
  }

  @Test
  void what_was_found_before_a_failure_stays_found() {
    twenty.inject(Fault.status(403, "{}").when(r -> r.path().equals("/rest/people")));

    assertThat(sample().said("twenty"))
        .anyMatch(text -> text.startsWith("OK answers"))
        .anyMatch(text -> text.startsWith("ERROR refuses the key to read people"));
  }

  @Test
  void doctor_tells_clocks_that_are_far_apart() {
    restart(TwentyStandIn.Options.afterSetup());
    Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1));

    assertThat(Sample.said(sample().doctor(ahead).examine(), "twenty"))
        .anySatisfy(
            text -> assertThat(text).matches("WARNING its clock is (59|60|61) seconds behind .*"));
  }

  @Test
  void doctor_tells_an_id_that_is_not_unique() {
    restart(
        TwentyStandIn.Options.bare()
            .withFields(List.of(FieldSpec.custom("contactId", FieldType.TEXT))));

    assertThat(sample().said("twenty"))
        .anyMatch(text -> text.startsWith("WARNING the field contactId is not unique"));
  }

  @Test
  void doctor_tells_a_field_whose_type_does_not_fit() {
    restart(
        TwentyStandIn.Options.bare()
            .withFields(List.of(FieldSpec.custom("isMe", FieldType.NUMBER))));

    assertThat(sample().said("twenty"))
        .anyMatch(text -> text.startsWith("WARNING the field isMe is of type NUMBER, not BOOLEAN"));
  }

  @Test
  void doctor_names_the_codec_for_numbers_that_are_mapped_as_text() {
    restart(
        TwentyStandIn.Options.bare()
            .withFields(List.of(FieldSpec.custom("nickname", FieldType.NUMBER))));

    assertThat(sample().said("twenty"))
        .anyMatch(text -> text.contains("codec: number in mappings/twenty.yaml"));
  }

  @Test
  void doctor_tells_a_limit_below_what_a_cycle_may_need() {
    assertThat(sample().with(Options.TWENTY_CALLS_PER_MINUTE, "20").said("twenty"))
        .anyMatch(text -> text.startsWith("WARNING a cycle may make 210 calls"));
  }

  @Test
  void a_limited_doctor_says_so() {
    twenty.inject(Fault.status(429, "{}").when(r -> r.path().equals("/rest/people")));

    assertThat(sample().findings())
        .filteredOn(f -> f.place().equals("twenty"))
        .anyMatch(f -> f.level() == Finding.Level.UNREACHABLE && f.what().contains("limits"));
  }

  @Test
  void doctor_tells_a_field_that_is_deactivated() {
    restart(TwentyStandIn.Options.afterSetup());
    twenty.inject(
        Fault.status(
                200,
                """
                {"data":[{"id":"p","nameSingular":"person","fields":[
                  {"name":"nickname","type":"TEXT","isActive":false}]}]}
                """)
            .when(r -> r.path().equals("/rest/metadata/objects")));

    assertThat(sample().said("twenty"))
        .anyMatch(text -> text.startsWith("WARNING these fields are deactivated: nickname."));
  }

  @Test
  void people_are_found_on_the_second_page_of_the_data_model() {
    restart(TwentyStandIn.Options.afterSetup());
    twenty.inject(
        Fault.status(200, "{\"data\":[],\"pageInfo\":{\"hasNextPage\":true,\"endCursor\":\"x\"}}")
            .when(r -> r.path().equals("/rest/metadata/objects") && r.rawQuery() == null));

    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void a_workspace_without_people_is_told() {
    twenty.inject(
        Fault.status(200, "{\"data\":[],\"pageInfo\":{\"hasNextPage\":true,\"endCursor\":\"x\"}}")
            .when(r -> r.path().equals("/rest/metadata/objects")));

    assertThat(sample().said("twenty"))
        .singleElement()
        .asString()
        .startsWith("ERROR shows no object 'person'");
  }

  @Test
  void a_read_only_workspace_is_left_as_it_is() {
    Sample sample = sample().with(Options.TWENTY_READ_ONLY, "true");

    assertThat(sample.setup().steps()).isEmpty();
    assertThat(sample.said("twenty"))
        .anyMatch(text -> text.startsWith("WARNING lacks") && text.contains("read-only is set"));
  }
}
