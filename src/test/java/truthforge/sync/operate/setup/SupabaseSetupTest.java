package truthforge.sync.operate.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.SetupReport;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.config.Places;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.supabase.SqlType;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;

/** What setup and doctor find in Supabase by its REST API alone, which creates nothing. */
class SupabaseSetupTest {

  @TempDir private Path folder;
  private final SupabaseStandIn supabase = SupabaseStandIn.builder().bare().start();

  @AfterEach
  void close() {
    supabase.close();
  }

  private Sample sample() {
    return new Sample()
        .supabase(supabase)
        .with(Options.LEDGER_JDBC_URL, "jdbc:sqlite:" + folder.resolve("ledger.db"));
  }

  private void doNotDescribe() {
    supabase.inject(Fault.status(404, "{}").when(r -> r.path().equals("/rest/v1/")));
  }

  @Test
  void a_bare_project_is_shown_the_feed_to_paste() {
    SetupReport report = sample().setup();

    assertThat(report.steps())
        .singleElement()
        .satisfies(
            step -> {
              assertThat(step.byHand()).isTrue();
              assertThat(step.what()).isEqualTo("change feed of contacts_master");
              assertThat(step.statement()).contains("function public.sync_apply", "sync.watch(");
            });
    assertThat(report.outcome()).isEqualTo(Outcome.FOUND);
  }

  @Test
  void a_feed_of_another_version_says_so_to_whom_pastes_it_in_vain() throws IOException {
    Path sql = Files.createDirectories(folder.resolve("config/sql"));
    Files.writeString(sql.resolve("supabase-feed.sql"), "select 1;");

    SetupReport report = sample().in(Places.find(folder, Path.of("config"), null)).setup();

    assertThat(report.steps().get(0).statement())
        .startsWith("-- If this was run before, ")
        .contains("supabase-feed.sql is of another version than this program");
  }

  @Test
  void nothing_is_missing_once_it_was_pasted() {
    supabase.installFeed();

    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void a_feed_of_a_former_version_is_shown_to_be_pasted_anew() {
    supabase.installFeed();
    String info = "{\"identity\":\"7.1/1\",\"watched\":{\"public.contacts_master\":\"id\"}%s}";
    String path = "/rest/v1/rpc/sync_feed_info";
    for (String outdated : List.of("", ",\"outdated\":[\"public.contacts_master\"]")) {
      supabase.inject(
          Fault.status(200, info.formatted(outdated)).when(r -> r.path().equals(path)).times(1));

      assertThat(sample().setup().steps())
          .singleElement()
          .satisfies(
              step -> {
                assertThat(step.what())
                    .startsWith("change feed of contacts_master in its present form");
                assertThat(step.statement()).contains("sync.watch(");
              });
    }
    assertThat(sample().setup().steps()).isEmpty();
  }

  @Test
  void a_missing_table_is_shown_with_the_configured_name_and_fields_of_the_users_own() {
    SetupReport report =
        sample()
            .with(Options.SUPABASE_TABLE, "people")
            .adding("supabase", "vip: {path: vip, type: flag}")
            .setup();

    assertThat(report.steps().get(0).statement())
        .contains(
            "create table if not exists \"public\".\"people\"",
            "add column if not exists \"vip\" boolean")
        .doesNotContain("contacts_master");
  }

  @Test
  void a_column_of_the_users_own_is_shown_until_it_is_there() {
    supabase.installFeed();
    Sample sample = sample().adding("supabase", "tags: {path: tags, type: list}");

    assertThat(sample.setup().steps())
        .singleElement()
        .satisfies(
            step ->
                assertThat(step.statement())
                    .contains("add column if not exists \"tags\" jsonb", "notify pgrst"));
    supabase.addColumn("contacts_master", "tags", SqlType.JSONB);
    supabase.reloadSchemaCache();
    assertThat(sample.setup().steps()).isEmpty();
  }

  @Test
  void a_project_that_does_not_describe_itself_is_probed() {
    supabase.installFeed();
    doNotDescribe();

    assertThat(sample().setup().steps()).isEmpty();
    assertThat(Sample.whats(sample().adding("supabase", "tags: {path: tags, type: list}").setup()))
        .containsExactly("column contacts_master.tags");
  }

  @Test
  void a_project_that_does_not_describe_itself_and_lacks_table_and_feed_is_told() {
    doNotDescribe();

    assertThat(Sample.whats(sample().with(Options.SUPABASE_TABLE, "people").setup()))
        .containsExactly("table people", "change feed of people");
  }

  @Test
  void doctor_finds_a_project_after_setup_in_order() {
    supabase.installFeed();
    supabase.insert(
        "contacts_master", JsonNodeFactory.instance.objectNode().put("first_name", "Ann"));

    assertThat(sample().findings())
        .filteredOn(f -> f.place().equals("supabase"))
        .extracting(Finding::level)
        .containsOnly(Finding.Level.OK, Finding.Level.NOTE);
  }

  @Test
  void doctor_tells_a_public_key_from_an_empty_table() {
    supabase.insert(
        "contacts_master", JsonNodeFactory.instance.objectNode().put("first_name", "Ann"));

    assertThat(sample().with(Options.SUPABASE_KEY, supabase.publishableKey()).said("supabase"))
        .anyMatch(text -> text.startsWith("ERROR the key is a public one"))
        .anyMatch(text -> text.startsWith("WARNING shows no row of contacts_master"));
  }

  @Test
  void doctor_reads_the_role_of_a_legacy_key() {
    String anonymous = supabase.jwt("anon", 4_000_000_000L);

    assertThat(sample().with(Options.SUPABASE_KEY, anonymous).said("supabase"))
        .anyMatch(text -> text.startsWith("ERROR the key is a public one"));
  }

  @Test
  void a_legacy_key_of_the_service_is_accepted() {
    supabase.installFeed();
    String service = supabase.jwt("service_role", 4_000_000_000L);

    assertThat(sample().with(Options.SUPABASE_KEY, service).said("supabase"))
        .noneMatch(text -> text.startsWith("ERROR"))
        .anyMatch(text -> text.startsWith("OK has the change feed"));
  }

  @Test
  void doctor_tells_a_key_that_is_not_accepted_and_does_not_repeat_it() {
    List<Finding> findings =
        sample().with(Options.SUPABASE_KEY, "sb_secret_wrong_qzxjv").findings();

    assertThat(Sample.said(findings, "supabase"))
        .singleElement()
        .asString()
        .startsWith("ERROR does not accept the key");
    assertThat(findings.toString()).doesNotContain("qzxjv");
  }

  @Test
  void doctor_tells_a_missing_table_and_feed() {
    assertThat(sample().with(Options.SUPABASE_TABLE, "people").said("supabase"))
        .anyMatch(text -> text.startsWith("ERROR there is no table people"))
        .anyMatch(text -> text.startsWith("WARNING lacks change feed of people"));
  }

  @Test
  void a_feed_that_tells_of_another_table_only_is_shown_as_missing() {
    supabase.installFeedOf(Set.of());

    assertThat(Sample.whats(sample().setup())).containsExactly("change feed of contacts_master");
    assertThat(sample().said("supabase"))
        .anyMatch(text -> text.startsWith("WARNING lacks change feed of contacts_master"))
        .noneMatch(text -> text.startsWith("OK has the change feed"));
  }

  @Test
  void doctor_tells_who_holds_the_feed_back_once_that_takes_long() {
    supabase.close();
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-22T12:00:00Z"));
    Clock clock =
        new Clock() {
          @Override
          public Instant instant() {
            return now.get();
          }

          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }
        };
    try (SupabaseStandIn project = SupabaseStandIn.builder().clock(clock).start();
        SupabaseStandIn.IdleWriter open = project.idleWriter()) {
      assertThat(open).isNotNull();
      Sample sample = sample().supabase(project);
      List<String> atOnce = sample.said("supabase");
      now.set(now.get().plusSeconds(3600));

      assertThat(atOnce).noneMatch(text -> text.contains("holds the change feed back"));
      assertThat(sample.said("supabase"))
          .anyMatch(
              text ->
                  text.startsWith("WARNING a transaction that began at 2026-11-22T12:00:00Z")
                      && text.contains("pg_terminate_backend"));
    }
  }

  @Test
  void a_database_that_is_down_is_unreachable() {
    supabase.inject(SupabaseStandIn.databaseDown());

    assertThat(sample().findings())
        .filteredOn(f -> f.place().equals("supabase"))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.UNREACHABLE);
  }

  @Test
  void an_unreachable_project_ends_setup_as_such() {
    Sample sample = sample();
    supabase.close();

    assertThatThrownBy(sample::setup)
        .isInstanceOfSatisfying(
            Problem.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.UNREACHABLE));
  }
}
