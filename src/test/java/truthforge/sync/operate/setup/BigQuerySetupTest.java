package truthforge.sync.operate.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.SetupReport;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.systems.bigquery.BigQueryTables;
import truthforge.sync.systems.bigquery.GoogleSqlAnalyzer;

/** What setup creates in BigQuery, and what doctor says of it. */
class BigQuerySetupTest {

  @TempDir private Path folder;

  private final BigQueryStandIn bigquery =
      new BigQueryStandIn(BigQueryStandIn.Options.of("a-project"));

  @AfterEach
  void close() {
    bigquery.close();
  }

  private Sample sample() {
    return new Sample()
        .bigquery(bigquery, "a-project")
        .with(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.resolve("ledger.db"));
  }

  @Test
  void a_second_setup_finds_nothing_missing() {
    assertThat(Sample.whats(sample().setup()))
        .containsExactly(
            "dataset identity",
            "table identity.contacts_master",
            "table identity.sync_change_log",
            "table identity.sync_conflicts");

    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void a_dry_run_creates_nothing() {
    SetupReport shown = sample().dryRun();

    assertThat(shown.steps()).hasSize(4);
    assertThat(sample().dryRun()).isEqualTo(shown);
  }

  @Test
  void an_existing_table_gains_what_it_lacks_and_keeps_what_it_has() {
    bigquery.execute(
        "create schema identity",
        "create table identity.contacts_master"
            + " (contact_id string, first_name string, shoe int64)");
    bigquery.load(
        "identity",
        "contacts_master",
        JsonNodeFactory.instance.objectNode().put("contact_id", "a").put("shoe", 41));

    sample().setup();

    assertThat(bigquery.rows("identity", "contacts_master"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.path("shoe").asInt()).isEqualTo(41);
              assertThat(row.has("updated_at")).isTrue();
            });
    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void a_dry_run_shows_the_columns_with_their_types() {
    sample().setup();

    assertThat(
            sample()
                .adding("bigquery", "vip: {path: vip, type: flag}")
                .adding("bigquery", "tags: {path: tags, type: list}")
                .dryRun()
                .steps())
        .singleElement()
        .satisfies(
            step ->
                assertThat(step.statement())
                    .isEqualTo(
                        "alter table `a-project.identity.contacts_master`\n"
                            + "  add column `vip` BOOL,\n"
                            + "  add column `tags` array<STRING>;"));
  }

  @Test
  void a_field_of_the_users_own_gets_a_column() {
    sample().setup();
    Sample more = sample().adding("bigquery", "habits: {path: habits, type: document}");

    assertThat(Sample.whats(more.setup()))
        .containsExactly("column identity.contacts_master.habits");
    assertThat(more.setup().steps()).isEmpty();
  }

  @Test
  void the_shown_statements_are_bigquerys_own() {
    for (SetupReport.Step step : sample().dryRun().steps()) {
      bigquery.execute(step.statement());
    }

    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void doctor_finds_tables_after_setup_in_order() {
    sample().setup();

    assertThat(sample().findings())
        .filteredOn(f -> f.place().equals("bigquery"))
        .extracting(Finding::level)
        .containsOnly(Finding.Level.OK, Finding.Level.NOTE);
  }

  @Test
  void doctor_tells_a_missing_table() {
    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.startsWith("ERROR there is no table identity.contacts_master"))
        .anyMatch(t -> t.startsWith("WARNING lacks table identity.sync_change_log"));
  }

  @Test
  void doctor_tells_an_account_that_may_not_change_rows() {
    sample().setup();
    bigquery.inject(
        Fault.status(200, "{\"permissions\":[]}")
            .when(r -> r.path().contains("testIamPermissions")));

    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.startsWith("ERROR the account may not change rows"));
  }

  @Test
  void doctor_tells_an_account_that_may_change_rows_and_that_the_free_tier_may_not() {
    sample().setup();
    bigquery.inject(
        Fault.status(200, "{\"permissions\":[\"bigquery.tables.updateData\"]}")
            .when(r -> r.path().contains("testIamPermissions")));

    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.startsWith("OK the account may change rows"))
        .anyMatch(t -> t.startsWith("NOTE whether the project may run DML"));
  }

  @Test
  void a_project_that_only_reads_is_told() {
    sample().setup();

    assertThat(sample().with(Options.BIGQUERY_READ_ONLY, "true").said("bigquery"))
        .anyMatch(t -> t.startsWith("NOTE is only read"));
  }

  @Test
  void doctor_tells_a_time_of_another_type() {
    bigquery.execute(
        "create schema identity",
        "create table identity.contacts_master (contact_id string, updated_at string)");

    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.startsWith("WARNING updated_at is no TIMESTAMP"));
  }

  @Test
  void doctor_tells_ids_that_are_numbers_and_columns_that_are_left_alone() {
    bigquery.execute(
        "create schema identity",
        "create table identity.contacts_master (contact_id int64, notes struct<a int64>,"
            + " updated_at timestamp)");

    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.startsWith("WARNING contact_id holds whole numbers"))
        .anyMatch(t -> t.startsWith("WARNING these columns are left alone, for their type: notes"));
  }

  @Test
  void doctor_names_the_columns_that_an_existing_table_lacks() {
    bigquery.execute(
        "create schema identity",
        "create table identity.contacts_master (contact_id string, updated_at timestamp)");

    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.contains("lacks") && t.contains("llm_context") && t.contains("emails"));
  }

  @Test
  void doctor_tells_a_view() {
    bigquery.execute(
        "create schema identity",
        "create table identity.people (contact_id string)",
        "create view identity.contacts_master as select contact_id from identity.people");

    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.startsWith("ERROR identity.contacts_master is no table but a VIEW"));
  }

  @Test
  void the_shown_statements_are_googlesql() {
    GoogleSqlAnalyzer analyzer =
        new GoogleSqlAnalyzer(
            "a-project.identity.contacts_master", BigQueryTables.contacts().getSchema());
    for (SetupReport.Step step : sample().dryRun().steps()) {
      assertThat(analyzer.analyze(step.statement(), Map.of())).as(step.what()).isNotNull();
    }
    sample().setup();
    for (SetupReport.Step step :
        sample().adding("bigquery", "vip: {path: vip, type: flag}").dryRun().steps()) {
      assertThat(analyzer.analyze(step.statement(), Map.of())).as(step.what()).isNotNull();
    }
  }

  @Test
  void doctor_tells_another_project() {
    assertThat(sample().with(Options.BIGQUERY_PROJECT, "b-project").said("bigquery"))
        .singleElement()
        .asString()
        .startsWith("ERROR refuses to be asked for its datasets (HTTP 403)");
  }

  @Test
  void doctor_tells_credentials_that_are_refused() {
    bigquery.inject(
        Fault.status(401, "{\"error\":{\"code\":401,\"message\":\"no\",\"errors\":[]}}"));

    assertThat(sample().said("bigquery"))
        .singleElement()
        .asString()
        .startsWith("ERROR does not accept the credentials");
  }

  @Test
  void credentials_that_are_none_are_not_repeated() {
    String finding =
        sample()
            .with(Options.BIGQUERY_CREDENTIALS, "{\"type\":\"none\",\"private_key\":\"qzxjv\"}")
            .findings()
            .toString();

    assertThat(finding).contains("credentials that cannot be read").doesNotContain("qzxjv");
  }

  @Test
  void doctor_tells_clocks_that_are_apart() {
    Clock behind = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(-30));

    assertThat(Sample.said(sample().doctor(behind).examine(), "bigquery"))
        .anyMatch(t -> t.matches("WARNING its clock is (29|30) seconds ahead of .*"));
  }

  @Test
  void an_unreachable_host_is_told_without_delay() {
    Sample sample = sample();
    bigquery.close();

    assertThat(sample.findings())
        .filteredOn(f -> f.place().equals("bigquery"))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.UNREACHABLE);
    assertThatThrownBy(sample::setup)
        .isInstanceOfSatisfying(
            Problem.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.UNREACHABLE));
  }

  @Test
  void doctor_counts_ids_that_stand_in_two_rows_and_shows_none() {
    sample().setup();
    for (int i = 0; i < 2; i++) {
      bigquery.load(
          "identity",
          "contacts_master",
          JsonNodeFactory.instance.objectNode().put("contact_id", "the-one"));
    }

    assertThat(sample().said("bigquery"))
        .anyMatch(t -> t.startsWith("WARNING 1 contact ids stand in more than one row"))
        .noneMatch(t -> t.contains("the-one"));
  }
}
