package truthforge.sync.systems.supabase;

import static org.assertj.core.api.Assertions.assertThat;
import static truthforge.sync.systems.supabase.Rig.TABLE;
import static truthforge.sync.systems.supabase.Rig.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import truthforge.sync.config.Options;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Reread;
import truthforge.sync.ledger.Cursor;
import truthforge.sync.ledger.DeadLetter;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Sighting;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.supabase.SqlType;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.supabase.TableDefinition;
import truthforge.sync.systems.SystemUnavailable;

class SupabaseRestTest {

  @TempDir Path folder;

  /** With what `setup` installs, and without. */
  enum Project {
    SET_UP,
    BARE;

    SupabaseStandIn.Builder builder() {
      SupabaseStandIn.Builder builder = SupabaseStandIn.builder();
      return this == BARE ? builder.bare() : builder;
    }
  }

  private Rig rig(Project project) throws Exception {
    return new Rig(folder, project.builder());
  }

  private static String uuid(int number) {
    return String.format("00000000-0000-4000-8000-%012d", number);
  }

  private static ObjectNode row(int number, String updatedAt) {
    ObjectNode row = (ObjectNode) json("{'first_name':'Nora'}");
    row.put("id", uuid(number)).put("contact_id", "c-" + number).put("updated_at", updatedAt);
    return row;
  }

  @Test
  void rows_behind_the_page_cap_that_share_one_time_are_all_read() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.engine.observe("supabase");
      for (int i = 0; i < 2500; i++) {
        rig.supabase.load(TABLE, row(i, "2030-01-01T00:00:00.123456+00:00"));
      }

      rig.engine.observe("supabase");

      assertThat(rig.contacts()).isEqualTo(2500);
    }
  }

  @Test
  void a_full_reading_tells_beforehand_how_many_rows_there_are() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      for (int i = 0; i < 3; i++) {
        rig.supabase.load(TABLE, row(i, "2026-01-01T00:00:00+00:00"));
      }
      Set<Long> totals = new LinkedHashSet<>();
      rig.engine.cycle().initial(true, done -> totals.add(done.total()));

      rig.engine.observe("supabase");

      assertThat(totals).contains(3L);
    }
  }

  @Test
  void changes_behind_the_page_cap_that_share_one_microsecond_are_all_read() throws Exception {
    try (Rig rig = rig(Project.BARE)) {
      rig.supabase.load(TABLE, row(9999, "2026-01-01T00:00:00+00:00"));
      rig.engine.observe("supabase");
      for (int i = 0; i < 2500; i++) {
        rig.supabase.load(TABLE, row(i, "2030-01-01T00:00:00.123456+00:00"));
      }

      rig.engine.observe("supabase");

      assertThat(rig.contacts()).isEqualTo(2501);
    }
  }

  @Test
  void a_row_without_a_time_of_change_is_read_too() throws Exception {
    try (Rig rig = rig(Project.BARE)) {
      rig.supabase.load(TABLE, row(1, "2026-01-01T00:00:00+00:00"));
      rig.engine.observe("supabase");
      for (int i = 2; i < 1300; i++) {
        rig.supabase.load(TABLE, row(i, null));
      }

      rig.engine.observe("supabase");

      assertThat(rig.contacts()).isEqualTo(1299);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_row_dated_to_the_microsecond_takes_a_change(Project project) throws Exception {
    try (Rig rig = rig(project)) {
      rig.supabase.load(TABLE, row(1, "2026-01-01T00:00:00.123456+00:00"));
      rig.engine.runCycle();
      rig.sql("update contacts_master set notes = 'met at the fair'");

      rig.engine.runCycle();

      assertThat(rig.row("Nora").get("notes").asText()).isEqualTo("met at the fair");
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_row_without_a_time_of_change_takes_a_change(Project project) throws Exception {
    try (Rig rig = rig(project)) {
      rig.supabase.load(TABLE, row(1, null));
      rig.engine.runCycle();
      rig.sql("update contacts_master set notes = 'met at the fair'");

      rig.engine.runCycle();

      assertThat(rig.row("Nora").get("notes").asText()).isEqualTo("met at the fair");
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_later_edit_in_supabase_is_not_overwritten(Project project) throws Exception {
    try (Rig rig = rig(project)) {
      rig.supabase.load(TABLE, row(1, "2026-01-01T00:00:00.123456+00:00"));
      rig.engine.runCycle();
      rig.sql(
          "update contacts_master set notes = 'from here', updated_at = '2026-01-02T00:00:00Z'");
      rig.engine.observe("local");
      rig.supabase.update(TABLE, uuid(1), json("{'notes':'from there, later'}"));

      rig.engine.deliver();

      assertThat(rig.row("Nora").get("notes").asText()).isEqualTo("from there, later");
    }
  }

  @ParameterizedTest
  @EnumSource
  void deletions_and_restores_arrive(Project project) throws Exception {
    try (Rig rig = rig(project)) {
      rig.supabase.load(TABLE, row(1, "2026-01-01T00:00:00.123456+00:00"));
      rig.engine.runCycle();
      rig.sql("update contacts_master set deleted_at = '2026-11-01T00:00:00Z'");
      rig.engine.runCycle();
      boolean deleted = rig.row("Nora").hasNonNull("deleted_at");
      rig.sql("update contacts_master set deleted_at = null");
      rig.engine.runCycle();

      assertThat(List.of(deleted, rig.row("Nora").hasNonNull("deleted_at")))
          .containsExactly(true, false);
    }
  }

  @ParameterizedTest
  @EnumSource
  void what_has_arrived_is_not_written_again(Project project) throws Exception {
    try (Rig rig = rig(project)) {
      rig.supabase.load(TABLE, row(1, "2026-01-01T00:00:00.123456+00:00"));
      rig.sql(
          "insert into contacts_master(first_name, emails, phones, birthday, llm_context, is_me)"
              + " values ('Ada', '[\"Ada+x@Example.com\"]', '[\"+33612345678\"]', '1815-12-10',"
              + " '{\"a\": [1.50, {\"b\": null}]}', 1)");
      rig.engine.runCycle();
      rig.sql("update contacts_master set notes = 'new', title = null");
      rig.engine.runCycle();
      rig.countWrites();

      rig.engine.runCycle();

      assertThat(rig.writes()).isZero();
    }
  }

  @Test
  void contacts_of_different_fields_are_created_in_one_call() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.sql(
          "insert into contacts_master(first_name, notes, birthday) values ('Ada', 'n', null),"
              + " ('Bob', null, '1990-02-03'), ('Cyd', null, null)");
      rig.countWrites();

      rig.engine.runCycle();

      assertThat(rig.writes()).isEqualTo(1);
      assertThat(rig.supabase.rows(TABLE)).hasSize(3);
    }
  }

  @Test
  void many_changes_go_in_one_call_where_the_function_is_installed() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      for (int i = 0; i < 60; i++) {
        rig.supabase.load(TABLE, row(i, "2026-01-01T00:00:00.123456+00:00"));
      }
      rig.engine.runCycle();
      rig.sql("update contacts_master set notes = 'n' || contact_id");
      rig.countWrites();

      rig.engine.runCycle();

      assertThat(rig.writes()).isEqualTo(1);
      assertThat(rig.supabase.rows(TABLE))
          .allSatisfy(
              row ->
                  assertThat(row.get("notes").asText())
                      .isEqualTo("n" + row.get("contact_id").asText()));
    }
  }

  @Test
  void a_row_that_appeared_meanwhile_is_not_overwritten_by_a_creation() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.sql(
          "insert into contacts_master(contact_id, first_name, notes)"
              + " values ('c-1', 'Ada', 'from here')");
      rig.engine.observe("supabase");
      rig.engine.observe("local");
      rig.supabase.insert(
          TABLE, json("{'contact_id':'c-1','first_name':'Ada','notes':'from there'}"));

      rig.engine.deliver();

      assertThat(rig.supabase.rows(TABLE)).hasSize(1);
      assertThat(rig.row("Ada").get("notes").asText()).isEqualTo("from there");
    }
  }

  @Test
  void a_reading_that_is_one_too_many_waits_and_is_made_again_in_the_same_cycle() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.sql("insert into contacts_master(first_name) values ('Ada')");
      rig.supabase.inject(
          Fault.status(429, "{\"message\":\"too many\"}")
              .when(r -> r.method().equals("GET"))
              .times(1));

      rig.engine.runCycle();

      assertThat(rig.engine.availability().failure("supabase")).isNull();
      assertThat(rig.supabase.rows(TABLE)).hasSize(1);
    }
  }

  @Test
  void a_creation_of_which_the_answer_was_lost_is_not_made_twice() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.sql("insert into contacts_master(first_name) values ('Ada')");
      rig.supabase.inject(
          new Fault(r -> r.method().equals("POST"), Fault.Kind.LOSE_ANSWER, null).times(1));
      rig.engine.runCycle();
      rig.engine.availability().tryAllNow();

      rig.engine.runCycle();

      assertThat(rig.supabase.rows(TABLE)).hasSize(1);
      assertThat(rig.contacts()).isEqualTo(1);
    }
  }

  private static TableDefinition narrow() {
    return narrow(TABLE);
  }

  private static TableDefinition narrow(String name) {
    return TableDefinition.table(name)
        .column("id", SqlType.UUID)
        .byDefaultRandomUuid()
        .column("contact_id", SqlType.TEXT)
        .column("first_name", SqlType.TEXT)
        .column("notes", SqlType.TEXT)
        .column("deleted_at", SqlType.TIMESTAMPTZ)
        .column("updated_at", SqlType.TIMESTAMPTZ)
        .byDefaultNow()
        .unique("contacts_master_contact_id_key", "contact_id")
        .touch("updated_at")
        .check("no_spam", column -> !"spam".equals(column.apply("notes")))
        .grantAll("service_role");
  }

  @Test
  void a_table_with_capital_letters_takes_changes_in_one_call_and_tells_its_own() throws Exception {
    String name = "People";
    try (Rig rig = new Rig(folder, SupabaseStandIn.builder().table(narrow(name)))) {
      rig.with(Options.SUPABASE_TABLE, name).start(rig.supabase.secretKey());
      rig.sql("insert into contacts_master(first_name) values ('Ada'), ('Bob')");
      rig.engine.runCycle();
      rig.sql("update contacts_master set notes = 'from here'");
      rig.countWrites();
      rig.engine.runCycle();
      assertThat(rig.writes()).isEqualTo(1);
      rig.supabase.heal();
      JsonNode ada = rig.supabase.rows(name).get(0);
      rig.supabase.delete(name, ada.get("id").asText());

      rig.engine.runCycle();

      assertThat(rig.local("notes", "Bob")).isEqualTo("from here");
      assertThat(rig.contacts()).isEqualTo(1);
    }
  }

  @Test
  void a_field_that_the_table_lacks_is_cleared_nowhere() throws Exception {
    try (Rig rig = new Rig(folder, SupabaseStandIn.builder().table(narrow()))) {
      rig.sql(
          "insert into contacts_master(first_name, nickname, notes) values ('Ada', 'Lin', 'n')");
      rig.engine.runCycle();
      rig.supabase.update(
          TABLE, rig.row("Ada").get("id").asText(), json("{'notes':'edited there'}"));

      rig.engine.runCycle();

      assertThat(rig.local("notes", "Ada")).isEqualTo("edited there");
      assertThat(rig.local("nickname", "Ada")).isEqualTo("Lin");
    }
  }

  @Test
  void the_columns_are_learned_from_a_row_where_the_project_hides_its_description()
      throws Exception {
    try (Rig rig = new Rig(folder, SupabaseStandIn.builder().table(narrow()))) {
      rig.supabase.inject(
          Fault.status(404, "{\"message\":\"hidden\"}").when(r -> r.path().equals("/rest/v1/")));
      rig.supabase.load(
          TABLE, json("{'id':'" + uuid(1) + "','contact_id':'c-1','first_name':'Nora'}"));
      rig.sql("insert into contacts_master(first_name, nickname) values ('Ada', 'Lin')");

      rig.engine.runCycle();

      assertThat(rig.row("Ada").get("contact_id").isNull()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void one_refused_creation_among_two_hundred_is_parked_and_the_rest_arrives(Project project)
      throws Exception {
    try (Rig rig = new Rig(folder, project.builder().table(narrow()))) {
      rig.sql(
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)"
              + " insert into contacts_master(first_name, notes)"
              + " select 'P' || i, case i when 77 then 'spam' else 'n' end from n");
      rig.countWrites();

      rig.engine.runCycle();

      assertThat(rig.supabase.rows(TABLE)).hasSize(199);
      assertThat(rig.writes()).isLessThanOrEqualTo(2 + 18);
      assertThat(reasons(rig))
          .containsExactly(
              "supabase: A check of the table refuses a value, constraint no_spam (23514)");
    }
  }

  @ParameterizedTest
  @EnumSource
  void one_refused_change_is_parked_and_the_rest_arrives(Project project) throws Exception {
    try (Rig rig = new Rig(folder, project.builder().table(narrow()))) {
      rig.sql(
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 30)"
              + " insert into contacts_master(first_name, notes) select 'P' || i, 'n' from n");
      rig.engine.runCycle();
      rig.sql(
          "update contacts_master set notes = case first_name when 'P7' then 'spam' else 'm' end");

      rig.engine.runCycle();

      assertThat(
              rig.supabase.rows(TABLE).stream()
                  .filter(row -> row.get("notes").asText().equals("m")))
          .hasSize(29);
      assertThat(reasons(rig)).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_value_that_only_one_row_may_have_is_taken_over_once_its_owner_gave_it_up(Project project)
      throws Exception {
    TableDefinition oneEach =
        narrow().column("nickname", SqlType.TEXT).unique("one_each", "nickname");
    try (Rig rig = new Rig(folder, project.builder().table(oneEach))) {
      rig.sql(
          "insert into contacts_master(contact_id, first_name, nickname)"
              + " values ('c-0', 'P0', 'A'), ('c-1', 'P1', 'B'), ('c-2', 'P2', 'C')");
      rig.engine.runCycle();
      rig.sql(
          "update contacts_master set nickname = case contact_id when 'c-0' then 'B'"
              + " when 'c-1' then 'C' else 'D' end");

      rig.engine.runCycle();

      assertThat(rig.row("P0").get("nickname").asText()).isEqualTo("B");
      assertThat(rig.row("P1").get("nickname").asText()).isEqualTo("C");
      assertThat(reasons(rig)).isEmpty();
    }
  }

  /** The calls that a delivery makes of 200 records, of which one is refused. */
  private static long callsOfRefusal(Rig rig, String refused) throws Exception {
    rig.with(Options.SYNC_BATCH_SIZE, "200").with(Options.SYNC_MAX_FIELD_PERCENT, "100");
    rig.start(rig.supabase.secretKey());
    rig.engine.observe("supabase");
    rig.sql(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)"
            + " insert into contacts_master(first_name, notes)"
            + " select 'P' || i, '"
            + (refused.equals("created") ? "" : "fine")
            + "' from n");
    if (refused.equals("changed")) {
      rig.engine.runCycle();
    }
    rig.sql(
        "update contacts_master set notes = case first_name when 'P77' then 'spam' else 'm' end");
    rig.engine.observe("local");
    long before = rig.supabase.calls();
    rig.engine.deliver();
    return rig.supabase.calls() - before;
  }

  @ParameterizedTest
  @CsvSource({"SET_UP, created, 1", "BARE, created, 1", "SET_UP, changed, 1", "BARE, changed, 200"})
  void one_refused_record_among_two_hundred_costs_few_further_calls(
      Project project, String refused, int without) throws Exception {
    try (Rig rig = new Rig(folder, project.builder().table(narrow()))) {
      long calls = callsOfRefusal(rig, refused);

      assertThat(calls - without).isLessThanOrEqualTo(17);
      assertThat(
              rig.supabase.rows(TABLE).stream()
                  .filter(row -> row.get("notes").asText().equals("m")))
          .hasSize(199);
      assertThat(reasons(rig))
          .containsExactly(
              "supabase: A check of the table refuses a value, constraint no_spam (23514)");
    }
  }

  private static List<String> reasons(Rig rig) {
    return rig.ledger.transaction(
        tx -> tx.deadLetters(0, 10).stream().map(DeadLetter::reason).toList());
  }

  @Test
  void a_statement_that_takes_too_long_is_tried_in_halves() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.sql("insert into contacts_master(first_name) values ('Ada'), ('Bob'), ('Cyd')");
      Fault tooLong = SupabaseStandIn.statementTimesOut();
      rig.supabase.inject(tooLong.when(r -> r.method().equals("POST")).times(1));

      rig.engine.runCycle();

      assertThat(rig.supabase.rows(TABLE)).hasSize(3);
      assertThat(reasons(rig)).isEmpty();
    }
  }

  @Test
  void a_database_that_is_down_parks_nothing() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.sql("insert into contacts_master(first_name) values ('Ada'), ('Bob'), ('Cyd')");
      rig.supabase.inject(SupabaseStandIn.databaseDown());

      rig.engine.runCycle();

      assertThat(reasons(rig)).isEmpty();
      assertThat(rig.engine.availability().failureKind("supabase"))
          .isEqualTo(SystemUnavailable.Kind.UNREACHABLE);
    }
  }

  private static void becomeBlind(Rig rig) throws Exception {
    rig.supabase.load(TABLE, row(1, "2026-01-01T00:00:00.123456+00:00"));
    rig.supabase.load(TABLE, row(2, "2026-01-01T00:00:00.123456+00:00"));
    rig.engine.runCycle();
    rig.start(rig.supabase.publishableKey());
  }

  @Test
  void records_that_a_wrong_key_does_not_see_are_not_taken_for_gone() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      becomeBlind(rig);
      rig.ledger.transaction(
          tx -> {
            tx.requireReread("supabase");
            return null;
          });

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(2);
      assertThat(rig.engine.availability().failureKind("supabase"))
          .isEqualTo(SystemUnavailable.Kind.KEY_REFUSED);
    }
  }

  @Test
  void a_wrong_key_moves_no_cursor() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      becomeBlind(rig);
      String before = position(rig);

      rig.engine.runCycle();

      assertThat(position(rig)).isEqualTo(before);
    }
  }

  private static String position(Rig rig) {
    Cursor cursor = rig.ledger.transaction(tx -> tx.cursor("supabase"));
    return cursor.position();
  }

  @Test
  void a_table_that_a_full_reading_finds_empty_is_not_taken_for_read() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      becomeBlind(rig);
      rig.ledger.transaction(
          tx -> {
            tx.setSetting("full-read.supabase", "test");
            return null;
          });

      rig.engine.runCycle();

      assertThat(rig.engine.availability().failure("supabase")).contains("supabase.key");
    }
  }

  @Test
  void a_row_that_was_deleted_for_good_is_gone_when_asked_for() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.supabase.load(TABLE, row(1, "2026-01-01T00:00:00.123456+00:00"));
      rig.supabase.load(TABLE, row(2, "2026-01-01T00:00:00.123456+00:00"));
      rig.engine.runCycle();
      rig.supabase.delete(TABLE, uuid(1));
      rig.ledger.transaction(
          tx -> {
            tx.requireReread("supabase");
            return null;
          });

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(1);
    }
  }

  @Test
  void a_missing_table_is_named_with_the_remedy() throws Exception {
    TableDefinition other = TableDefinition.table("people").column("id", SqlType.UUID);
    try (Rig rig = new Rig(folder, SupabaseStandIn.builder().table(other))) {
      rig.engine.runCycle();

      assertThat(rig.engine.availability().failure("supabase"))
          .contains("contacts_master")
          .contains("setup");
    }
  }

  @Test
  void a_table_without_a_time_of_change_is_refused_with_the_remedy() throws Exception {
    TableDefinition timeless =
        TableDefinition.table(TABLE)
            .column("id", SqlType.UUID)
            .column("contact_id", SqlType.TEXT)
            .grantAll("service_role");
    try (Rig rig = new Rig(folder, SupabaseStandIn.builder().table(timeless))) {
      rig.engine.runCycle();

      assertThat(rig.engine.availability().failure("supabase"))
          .contains("updated_at")
          .contains("setup");
    }
  }

  @Test
  void a_row_is_found_by_an_email_with_quotes_and_a_plus_sign() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      String email = "\"a,b)\\\"c\"+x@example.com";
      ObjectNode row = row(1, "2026-01-01T00:00:00+00:00");
      row.putArray("emails").add("first@example.com").add(email);
      rig.supabase.load(TABLE, row);
      rig.engine.observe("supabase");
      FieldState state = new FieldState(new Value.Items(List.of(email)), 1, Instant.EPOCH, "local");
      Contact contact = new Contact("c-2", 1, Map.of(Fields.EMAILS_FIELD, state), null);

      List<?> found =
          rig.engine
              .context()
              .createProducerTemplate()
              .requestBody(
                  "direct:read-supabase",
                  List.of(new Reread(Replica.absent("c-2", "supabase"), contact)),
                  List.class);

      assertThat(found)
          .map(sighting -> ((Sighting) sighting).externalId())
          .containsExactly(uuid(1));
    }
  }

  @Test
  void three_hundred_records_are_read_by_their_ids() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      for (int i = 0; i < 300; i++) {
        rig.supabase.load(TABLE, row(i, "2026-01-01T00:00:00+00:00"));
      }
      rig.engine.observe("supabase");
      List<Reread> asked =
          rig.ledger.transaction(
              tx ->
                  tx.replicasAfter("supabase", null, 300).stream()
                      .map(replica -> new Reread(replica, Contact.blank(replica.contactId())))
                      .toList());

      List<?> found =
          rig.engine
              .context()
              .createProducerTemplate()
              .requestBody("direct:read-supabase", asked, List.class);

      assertThat(found).hasSize(300);
    }
  }

  @Test
  void only_a_legacy_key_is_sent_as_a_bearer_token() {
    assertThat(SupabaseRest.keyHeaders("sb_secret_abc"))
        .isEqualTo(Map.of("apikey", "sb_secret_abc"));
    assertThat(SupabaseRest.keyHeaders("eyJh.eyJi.c"))
        .isEqualTo(Map.of("apikey", "eyJh.eyJi.c", "Authorization", "Bearer eyJh.eyJi.c"));
  }

  @Test
  void a_legacy_key_works() throws Exception {
    try (Rig rig = rig(Project.SET_UP)) {
      rig.start(rig.supabase.jwt("service_role", Instant.now().getEpochSecond() + 3600));
      rig.sql("insert into contacts_master(first_name) values ('Ada')");

      rig.engine.runCycle();

      JsonNode row = rig.row("Ada");
      assertThat(row.get("sync_metadata").get("last_updated_by").asText()).isEqualTo("local");
    }
  }
}
