package truthforge.sync.systems.supabase;

import static org.assertj.core.api.Assertions.assertThat;
import static truthforge.sync.systems.supabase.Rig.TABLE;
import static truthforge.sync.systems.supabase.Rig.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.Held;
import truthforge.sync.operate.Engine;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.supabase.SqlType;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.supabase.TableDefinition;
import truthforge.sync.systems.SystemUnavailable;

/** Reading Supabase by the change feed that setup installs, and what happens where it cannot. */
class SupabaseFeedTest {

  /** Older than any overlap: who reads by the time of change passes such a row over. */
  private static final String LONG_AGO = "2001-01-01T00:00:00+00:00";

  @TempDir Path folder;

  private Rig rig(SupabaseStandIn.Builder builder) throws Exception {
    return new Rig(folder, builder);
  }

  private Rig rig() throws Exception {
    return rig(SupabaseStandIn.builder());
  }

  private static String uuid(int number) {
    return String.format("00000000-0000-4000-8000-%012d", number);
  }

  private static ObjectNode row(int number) {
    ObjectNode row = (ObjectNode) json("{'first_name':'P" + number + "'}");
    return row.put("id", uuid(number)).put("contact_id", "c-" + number).put("updated_at", LONG_AGO);
  }

  /** A rig that has read so many rows, and its own writes to nobody. */
  private Rig settled(SupabaseStandIn.Builder builder, int rows) throws Exception {
    Rig rig = rig(builder);
    for (int i = 1; i <= rows; i++) {
      rig.supabase.load(TABLE, row(i));
    }
    rig.engine.runCycle();
    rig.engine.runCycle();
    return rig;
  }

  private Rig settled(int rows) throws Exception {
    return settled(SupabaseStandIn.builder(), rows);
  }

  @Test
  void a_row_that_is_dated_long_ago_is_read() throws Exception {
    try (Rig rig = settled(2)) {
      rig.supabase.insert(TABLE, row(3));

      rig.engine.runCycle();

      assertThat(rig.local("contact_id", "P3")).isEqualTo("c-3");
    }
  }

  @Test
  void a_hard_deletion_is_seen_in_the_next_cycle() throws Exception {
    try (Rig rig = settled(2)) {
      rig.supabase.delete(TABLE, uuid(1));

      rig.engine.runCycle();

      assertThat(rig.local("deleted_at", "P1")).isNotNull();
      assertThat(rig.local("deleted_at", "P2")).isNull();
    }
  }

  @Test
  void a_row_that_was_deleted_and_came_back_is_live() throws Exception {
    try (Rig rig = settled(2)) {
      rig.supabase.delete(TABLE, uuid(1));
      rig.supabase.insert(TABLE, row(1).put("notes", "back"));

      rig.engine.runCycle();

      assertThat(rig.local("notes", "P1")).isEqualTo("back");
      assertThat(rig.local("deleted_at", "P1")).isNull();
    }
  }

  @Test
  void a_row_that_got_another_id_stays_the_same_contact() throws Exception {
    try (Rig rig = settled(2)) {
      ObjectNode moved = (ObjectNode) json("{'notes':'moved'}");
      rig.supabase.update(TABLE, uuid(1), moved.put("id", uuid(7)));

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(2);
      assertThat(rig.local("notes", "P1")).isEqualTo("moved");
      assertThat(rig.local("deleted_at", "P1")).isNull();
    }
  }

  @Test
  void what_a_transaction_wrote_that_ends_late_is_read_once_it_has_ended() throws Exception {
    try (Rig rig = settled(1)) {
      try (SupabaseStandIn.IdleWriter open = rig.supabase.idleWriter()) {
        assertThat(open).isNotNull();
        rig.supabase.insert(TABLE, row(2));
        rig.engine.runCycle();
        assertThat(rig.contacts()).isEqualTo(1);
      }

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(2);
    }
  }

  @Test
  void more_changes_than_a_page_of_one_time_are_all_read() throws Exception {
    try (Rig rig = settled(1)) {
      for (int i = 2; i <= 2501; i++) {
        rig.supabase.insert(TABLE, row(i));
      }

      rig.engine.observe("supabase");

      assertThat(rig.contacts()).isEqualTo(2501);
    }
  }

  @Test
  void pages_that_the_project_cuts_shorter_than_asked_for_lose_nothing() throws Exception {
    try (Rig rig = settled(SupabaseStandIn.builder().maxRows(7), 20)) {
      for (int i = 21; i <= 60; i++) {
        rig.supabase.insert(TABLE, row(i));
      }

      rig.engine.observe("supabase");

      assertThat(rig.contacts()).isEqualTo(60);
    }
  }

  @Test
  void an_edit_while_everything_is_read_for_the_first_time_is_not_passed_over() throws Exception {
    try (Rig rig = rig()) {
      for (int i = 1; i <= 1500; i++) {
        rig.supabase.load(TABLE, row(i));
      }
      AtomicInteger pages = new AtomicInteger();
      rig.supabase.inject(
          Fault.unreachable()
              .when(
                  request -> {
                    boolean page = request.query("order") != null;
                    if (page && pages.incrementAndGet() == 2) {
                      ObjectNode edit = (ObjectNode) json("{'notes':'meanwhile'}");
                      rig.supabase.update(TABLE, uuid(1), edit.put("updated_at", LONG_AGO));
                    }
                    return false;
                  }));
      rig.engine.observe("supabase");
      rig.supabase.heal();

      rig.engine.observe("supabase");
      rig.engine.runCycle();

      assertThat(rig.local("notes", "P1")).isEqualTo("meanwhile");
    }
  }

  @Test
  void an_idle_cycle_asks_where_the_feed_stands_and_for_what_is_new() throws Exception {
    try (Rig rig = settled(3)) {
      rig.engine.runCycle();
      long before = rig.supabase.calls();

      rig.engine.runCycle();

      assertThat(rig.supabase.calls() - before).isEqualTo(2);
    }
  }

  /** So many that reading them makes the feed forget. */
  private static void manyEdits(Rig rig) {
    for (int i = 0; i < 1001; i++) {
      rig.supabase.update(TABLE, uuid(1), json("{'notes':'" + i + "'}"));
    }
  }

  @Test
  void entries_that_were_read_are_forgotten_but_for_the_last_transactions() throws Exception {
    try (Rig rig = settled(1)) {
      manyEdits(rig);

      rig.engine.observe("supabase");

      assertThat(rig.feed().size()).isBetween(1, 10);
    }
  }

  @Test
  void a_page_that_could_not_be_stored_is_not_forgotten() throws Exception {
    try (Rig rig = settled(1)) {
      manyEdits(rig);
      rig.supabase.inject(Fault.status(503, "{}").when(r -> r.query("id") != null));

      rig.engine.observe("supabase");

      assertThat(rig.feed()).hasSizeGreaterThan(499);
    }
  }

  @Test
  void a_system_that_is_only_read_keeps_its_entries() throws Exception {
    try (Rig rig = settled(1)) {
      rig.with(Options.SUPABASE_READ_ONLY, "true").start(rig.supabase.secretKey());
      manyEdits(rig);

      rig.engine.runCycle();

      assertThat(rig.local("notes", "P1")).isEqualTo("1000");
      assertThat(rig.feed()).hasSizeGreaterThan(499);
    }
  }

  @Test
  void who_only_looks_keeps_the_entries_for_the_service() throws Exception {
    try (Rig rig = settled(1)) {
      rig.in(Engine.Mode.OBSERVING).start(rig.supabase.secretKey());
      manyEdits(rig);

      rig.engine.runCycle();

      assertThat(rig.feed()).hasSizeGreaterThan(499);
    }
  }

  @Test
  void entries_that_somebody_else_forgot_unread_cost_a_full_reading_and_no_edit() throws Exception {
    try (Rig rig = settled(3)) {
      ObjectNode edit = (ObjectNode) json("{'notes':'unread'}");
      rig.supabase.update(TABLE, uuid(1), edit.put("updated_at", LONG_AGO));
      rig.supabase.delete(TABLE, uuid(2));
      rig.supabase.prune(Long.MAX_VALUE);

      rig.engine.runCycle();

      assertThat(rig.local("notes", "P1")).isEqualTo("unread");
      assertThat(rig.local("deleted_at", "P2")).isNotNull();
    }
  }

  private static void isHeldAs(Rig rig, Held.Reason why) {
    assertThat(rig.held()).extracting(Held::why).containsExactly(why);
  }

  private static void approve(Rig rig) {
    rig.engine.observing().approve(rig.held().get(0).id(), null);
    rig.engine.runCycle();
    rig.engine.runCycle();
  }

  @Test
  void another_database_in_its_place_waits_for_a_person_and_is_read_when_approved()
      throws Exception {
    try (Rig rig = settled(2)) {
      rig.supabase.load(TABLE, row(3));
      rig.supabase.moveToAnotherCluster();

      rig.engine.runCycle();
      rig.engine.runCycle();
      isHeldAs(rig, Held.Reason.SOURCE_RESTORED);
      assertThat(rig.contacts()).isEqualTo(2);

      approve(rig);
      assertThat(rig.held()).isEmpty();
      assertThat(rig.local("contact_id", "P3")).isEqualTo("c-3");
    }
  }

  @Test
  void a_database_that_was_put_back_to_a_backup_is_brought_up_again_when_refused()
      throws Exception {
    try (Rig rig = settled(2)) {
      SupabaseStandIn.Backup backup = rig.supabase.backup();
      rig.supabase.update(TABLE, uuid(1), json("{'notes':'since'}"));
      rig.engine.runCycle();
      backup.restore();

      rig.engine.runCycle();
      isHeldAs(rig, Held.Reason.SOURCE_RESTORED);

      rig.engine.observing().refuse(rig.held().get(0).id());
      rig.engine.runCycle();
      rig.engine.runCycle();
      assertThat(rig.local("notes", "P1")).isEqualTo("since");
      assertThat(rig.row("P1").get("notes").asText()).isEqualTo("since");
      assertThat(rig.held()).isEmpty();
    }
  }

  @Test
  void a_backup_is_noticed_though_as_much_was_written_since_and_once_only() throws Exception {
    try (Rig rig = settled(2)) {
      SupabaseStandIn.Backup backup = rig.supabase.backup();
      for (int i = 0; i < 3; i++) {
        rig.supabase.update(TABLE, uuid(1), json("{'notes':'" + i + "'}"));
      }
      rig.engine.runCycle();
      backup.restore();
      for (int i = 0; i < 9; i++) {
        rig.supabase.update(TABLE, uuid(2), json("{'notes':'" + i + "'}"));
      }

      rig.engine.runCycle();
      isHeldAs(rig, Held.Reason.SOURCE_RESTORED);

      approve(rig);
      rig.supabase.update(TABLE, uuid(2), json("{'notes':'later'}"));
      rig.engine.runCycle();
      assertThat(rig.held()).isEmpty();
      assertThat(rig.local("notes", "P2")).isEqualTo("later");
    }
  }

  @Test
  void a_source_that_waits_for_a_person_keeps_its_entries() throws Exception {
    try (Rig rig = settled(1)) {
      manyEdits(rig);
      rig.supabase.moveToAnotherCluster();

      rig.engine.runCycle();

      isHeldAs(rig, Held.Reason.SOURCE_RESTORED);
      assertThat(rig.feed()).hasSizeGreaterThan(499);
    }
  }

  @Test
  void a_table_that_is_empty_at_once_waits_for_a_person() throws Exception {
    try (Rig rig = settled(3)) {
      rig.supabase.truncate(TABLE);

      rig.engine.runCycle();

      isHeldAs(rig, Held.Reason.EMPTY_SOURCE);
      assertThat(rig.contacts()).isEqualTo(3);
    }
  }

  @Test
  void a_table_that_a_person_approved_to_be_empty_goes_on_by_its_feed() throws Exception {
    try (Rig rig = settled(3)) {
      rig.supabase.truncate(TABLE);
      rig.engine.runCycle();
      approve(rig);
      rig.engine.runCycle();
      long before = rig.supabase.calls();
      rig.engine.runCycle();
      long quiet = rig.supabase.calls() - before;
      rig.supabase.insert(TABLE, row(4));

      rig.engine.runCycle();

      assertThat(rig.local("deleted_at", "P1")).isNotNull();
      assertThat(rig.local("contact_id", "P4")).isEqualTo("c-4");
      assertThat(quiet).isEqualTo(2);
    }
  }

  @Test
  void emptying_the_table_at_one_stroke_waits_for_a_person() throws Exception {
    try (Rig rig = settled(30)) {
      rig.supabase.truncate(TABLE);
      rig.supabase.insert(TABLE, row(31));

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(31);
      assertThat(rig.held())
          .hasSize(30)
          .extracting(Held::why)
          .containsOnly(Held.Reason.TOO_MANY_DELETIONS);
    }
  }

  @Test
  void emptying_the_table_deletes_what_was_in_it_where_that_is_little() throws Exception {
    try (Rig rig = settled(3)) {
      rig.supabase.truncate(TABLE);
      rig.supabase.insert(TABLE, row(4));

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(1);
    }
  }

  @Test
  void rows_are_asked_for_after_a_restart_where_the_full_reading_was_interrupted()
      throws Exception {
    try (Rig rig = settled(3)) {
      rig.supabase.truncate(TABLE);
      rig.supabase.insert(TABLE, row(4));
      AtomicInteger pages = new AtomicInteger();
      rig.supabase.inject(
          Fault.unreachable()
              .when(r -> "id.asc".equals(r.query("order")) && pages.incrementAndGet() == 2));
      rig.engine.runCycle();
      rig.supabase.heal();
      rig.start(rig.supabase.secretKey());

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(1);
    }
  }

  @Test
  void without_its_feed_changes_are_found_by_their_time_again() throws Exception {
    try (Rig rig = settled(2)) {
      rig.supabase.dropFeed();
      rig.supabase.update(TABLE, uuid(1), json("{'notes':'by time'}"));

      rig.engine.runCycle();

      assertThat(rig.local("notes", "P1")).isEqualTo("by time");
    }
  }

  @Test
  void a_feed_that_is_installed_later_is_used_from_then_on() throws Exception {
    try (Rig rig = settled(SupabaseStandIn.builder().bare(), 2)) {
      rig.supabase.installFeed();
      rig.supabase.update(TABLE, uuid(2), json("{'notes':'n'}"));
      rig.engine.runCycle();
      rig.supabase.delete(TABLE, uuid(1));

      rig.engine.runCycle();

      assertThat(rig.local("deleted_at", "P1")).isNotNull();
    }
  }

  @Test
  void a_feed_that_was_taken_away_and_came_back_is_taken_for_another_one() throws Exception {
    try (Rig rig = settled(2)) {
      rig.supabase.dropFeed();
      rig.supabase.delete(TABLE, uuid(1));
      rig.supabase.installFeed();

      rig.engine.runCycle();
      isHeldAs(rig, Held.Reason.SOURCE_RESTORED);
      approve(rig);

      assertThat(rig.local("deleted_at", "P1")).isNotNull();
    }
  }

  @Test
  void a_feed_of_another_table_is_not_relied_on() throws Exception {
    try (Rig rig = rig(SupabaseStandIn.builder().bare())) {
      rig.supabase.installFeedOf(Set.of());
      rig.supabase.load(TABLE, row(1));
      rig.engine.runCycle();
      rig.supabase.update(TABLE, uuid(1), json("{'notes':'by time'}"));

      rig.engine.runCycle();

      assertThat(rig.local("notes", "P1")).isEqualTo("by time");
    }
  }

  @Test
  void changes_of_other_tables_in_the_feed_are_passed_over() throws Exception {
    TableDefinition pets =
        TableDefinition.table("pets").column("id", SqlType.UUID).grantAll("service_role");
    TableDefinition contacts =
        TableDefinition.table(TABLE)
            .column("id", SqlType.UUID)
            .column("contact_id", SqlType.TEXT)
            .column("first_name", SqlType.TEXT)
            .column("updated_at", SqlType.TIMESTAMPTZ)
            .unique("contacts_master_contact_id_key", "contact_id")
            .grantAll("service_role");
    try (Rig rig = settled(SupabaseStandIn.builder().table(contacts).table(pets), 2)) {
      rig.supabase.insert("pets", json("{'id':'" + uuid(1) + "'}"));
      rig.supabase.delete("pets", uuid(1));

      rig.engine.runCycle();

      assertThat(rig.contacts()).isEqualTo(2);
    }
  }

  @Test
  void changed_rows_that_the_key_does_not_see_are_neither_gone_nor_passed_over() throws Exception {
    try (Rig rig = settled(2)) {
      rig.supabase.update(TABLE, uuid(1), json("{'notes':'unseen'}"));
      rig.supabase.inject(Fault.status(200, "[]").when(r -> r.path().endsWith(TABLE)));
      rig.engine.observe("supabase");
      SystemUnavailable.Kind kind = rig.engine.availability().failureKind("supabase");
      rig.supabase.heal();
      rig.engine.availability().tryAllNow();

      rig.engine.runCycle();

      assertThat(kind).isEqualTo(SystemUnavailable.Kind.KEY_REFUSED);
      assertThat(rig.local("notes", "P1")).isEqualTo("unseen");
    }
  }

  @Test
  void all_rows_that_share_one_microsecond_are_read_with_and_without_the_feed() throws Exception {
    Set<Long> counts = new LinkedHashSet<>();
    for (boolean bare : List.of(true, false)) {
      SupabaseStandIn.Builder builder = SupabaseStandIn.builder();
      try (Rig rig = new Rig(folder.resolve("bare-" + bare), bare ? builder.bare() : builder)) {
        rig.supabase.load(TABLE, row(9999));
        rig.engine.observe("supabase");
        for (int i = 1; i <= 300; i++) {
          rig.supabase.insert(TABLE, row(i).put("updated_at", "2030-01-01T00:00:00.123456+00:00"));
        }
        rig.engine.observe("supabase");
        counts.add(rig.contacts());
      }
    }

    assertThat(counts).containsExactly(301L);
  }
}
