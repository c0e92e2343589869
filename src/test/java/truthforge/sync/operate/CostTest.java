package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.ledger.CountedLedger;
import truthforge.sync.ledger.CycleReport.Counters;

/**
 * What a contact costs, in counts: they say the same on a slow machine. The bounds lie well above
 * what was counted, so that only a change of kind breaks them, such as a call, a statement or a
 * tree for each contact where there was one for a batch. Who makes it cheaper lowers them.
 */
class CostTest {

  private static final int CONTACTS = 600;
  private static final int CHANGED = 500;
  private static final int BATCH = 100;
  private static final int CONDITIONAL_LIMIT = 200;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir static Path folder;

  private static World world;
  private static CountedLedger ledger;
  private static Engine engine;

  /** What the first sync cost, a cycle with changes, one that reads them back, and a quiet one. */
  private static Counted first;

  private static Counted changes;
  private static Counted readBack;
  private static Counted nothing;

  /**
   * @param bytesRead allocated by the reading thread while it read the local database
   * @param bytesOfBigQuery likewise of BigQuery
   */
  private record Counted(
      Map<String, Long> calls,
      long sent,
      long statements,
      long commits,
      long bytesRead,
      long bytesOfBigQuery) {}

  @BeforeAll
  static void everything_is_counted() throws Exception {
    world = World.withoutEngine(Files.createDirectory(folder.resolve("world")), World.ALL);
    world.set(Options.SYNC_MAX_FIELD_PERCENT, "100");
    ledger = new CountedLedger(folder.resolve("counted.db"), world.time);
    Configuration configuration = world.configuration();
    engine =
        Engine.start(
            configuration,
            world.places,
            SyncService.mappings(configuration.systems(), world.places, false),
            ledger.ledger(),
            world.time,
            Engine.Mode.ON_DEMAND);
    fill();
    first = initial();
    // What is remembered of Twenty's companies is too old to be gone by.
    world.time.advance(Duration.ofMinutes(15));
    edit();
    changes = cycle();
    // What was written is read once more, as it changed since.
    readBack = cycle();
    nothing = cycle();
  }

  private static void fill() throws Exception {
    try (Connection local = world.local();
        PreparedStatement insert =
            local.prepareStatement(
                "insert into contacts_master (first_name, last_name, emails, phones, organization,"
                    + " job_title, notes, llm_context) values (?, ?, ?, ?, ?, ?, ?, ?)")) {
      local.setAutoCommit(false);
      for (int i = 1; i <= CONTACTS; i++) {
        List<String> values =
            List.of(
                "First" + i,
                "Last" + i,
                "[\"person" + i + "@example.com\"]",
                String.format("[\"+4930%07d\"]", i),
                "Company " + i % 20,
                "Engineer of things",
                "Met at the fair of " + (1990 + i % 30),
                "{\"summary\": \"text " + i + "\"}");
        for (int column = 0; column < values.size(); column++) {
          insert.setString(column + 1, values.get(column));
        }
        insert.addBatch();
      }
      insert.executeBatch();
      local.commit();
    }
  }

  private static void edit() throws Exception {
    world.sql(
        "update contacts_master set notes = 'changed' where id in (select id from contacts_master"
            + " limit "
            + CHANGED
            + ")");
  }

  private static Counted initial() {
    engine.cycle().initial(true, done -> {});
    try {
      return cycle();
    } finally {
      engine.cycle().initial(false, done -> {});
    }
  }

  private static Counted cycle() {
    List.of("bigquery", "twenty", "supabase").forEach(s -> world.standIn(s).resetCalls());
    long statements = ledger.statements();
    long commits = ledger.commits();
    engine.cycle().begin();
    long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
    engine.observe("bigquery");
    long bytesOfBigQuery = THREADS.getCurrentThreadAllocatedBytes() - bytesBefore;
    engine.observe("twenty");
    engine.observe("supabase");
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    engine.observe("local");
    long bytesRead = THREADS.getCurrentThreadAllocatedBytes() - bytes;
    engine.deliver();
    engine.cycle().end();
    Map<String, Long> calls = new LinkedHashMap<>();
    List.of("bigquery", "twenty", "supabase")
        .forEach(system -> calls.put(system, world.standIn(system).calls()));
    long sent = engine.cycle().last().systems().values().stream().mapToLong(Counters::sent).sum();
    return new Counted(
        calls,
        sent,
        ledger.statements() - statements,
        ledger.commits() - commits,
        bytesRead,
        bytesOfBigQuery);
  }

  @AfterAll
  static void close() {
    engine.close();
    ledger.close();
    world.close();
  }

  @Test
  void a_first_sync_sends_each_contact_to_every_system() {
    // Where it comes from, it gets its id.
    assertThat(first.sent()).isEqualTo(4L * CONTACTS);
  }

  @Test
  void a_first_sync_calls_each_system_once_for_a_batch_and_a_few_times_more() {
    assertThat(first.calls().get("twenty")).isLessThanOrEqualTo(CONTACTS / BATCH + 8);
    assertThat(first.calls().get("supabase")).isLessThanOrEqualTo(CONTACTS / BATCH + 8);
    assertThat(first.calls().get("bigquery")).isLessThanOrEqualTo(24);
  }

  @Test
  void a_first_sync_asks_the_ledger_by_the_page_and_by_the_batch() {
    assertThat(first.statements()).isLessThanOrEqualTo(CONTACTS);
  }

  @Test
  void a_first_sync_flushes_the_ledger_by_the_page_and_by_the_batch() {
    assertThat(first.commits()).isLessThanOrEqualTo(CONTACTS / 8);
  }

  @Test
  void reading_a_contact_takes_memory_within_bounds() {
    assertThat(first.bytesRead() / CONTACTS).isLessThanOrEqualTo(80_000);
  }

  @Test
  void reading_a_change_takes_memory_within_bounds() {
    assertThat(changes.bytesRead() / CHANGED).isLessThanOrEqualTo(120_000);
  }

  @Test
  void reading_a_row_of_bigquery_takes_memory_within_bounds() {
    assertThat(readBack.bytesOfBigQuery() / CHANGED).isLessThanOrEqualTo(90_000);
  }

  @Test
  void changes_are_sent_to_all_others() {
    assertThat(changes.sent()).isEqualTo(3L * CHANGED);
  }

  @Test
  void changes_are_sent_by_the_batch() {
    // Twenty: one by one up to its limit; the rest is read, written, and looked at afterwards.
    long batches = (CHANGED - CONDITIONAL_LIMIT) / BATCH;
    assertThat(changes.calls().get("twenty"))
        .isLessThanOrEqualTo(CONDITIONAL_LIMIT + 2 * batches + (batches + 1) / 2 + 4);
    assertThat(changes.calls().get("supabase")).isLessThanOrEqualTo(CHANGED / BATCH + 8);
    assertThat(changes.calls().get("bigquery")).isLessThanOrEqualTo(12);
  }

  @Test
  void changes_ask_the_ledger_a_few_times_for_a_contact() {
    assertThat(changes.statements()).isLessThanOrEqualTo(7L * CHANGED / 2);
  }

  @Test
  void a_cycle_without_changes_makes_a_few_calls() {
    assertThat(nothing.sent()).isZero();
    assertThat(nothing.calls().get("bigquery")).isLessThanOrEqualTo(1);
    assertThat(nothing.calls().get("twenty")).isLessThanOrEqualTo(4);
    assertThat(nothing.calls().get("supabase")).isLessThanOrEqualTo(2);
  }

  @Test
  void a_cycle_without_changes_asks_the_ledger_no_more_for_more_contacts() {
    assertThat(nothing.statements()).isLessThanOrEqualTo(160);
  }
}
