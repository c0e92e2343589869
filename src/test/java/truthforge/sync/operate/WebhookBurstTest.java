package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandIn.Fault;

/** Many events: few reads, and an answer in time for each. */
class WebhookBurstTest {

  private static final int PARALLEL = 50;

  private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Integer> statuses = new ConcurrentLinkedQueue<>();

  private static Listening service(Path folder) throws Exception {
    Listening service = new Listening(folder, World.ALL);
    service.world.sql(
        "insert into contacts_master(first_name, emails, job_title) values"
            + " ('Ada', '[\"ada@example.com\"]', 'before')");
    service.world.engine.runCycle();
    return service;
  }

  private CompletableFuture<Void> send(Listening service, String id) {
    long began = System.nanoTime();
    return service
        .client()
        .sendAsync(
            service.signed(service.now(), Listening.event("person.updated", id)),
            BodyHandlers.discarding())
        .thenAccept(
            (HttpResponse<Void> answer) -> {
              nanos.add(System.nanoTime() - began);
              statuses.add(answer.statusCode());
            });
  }

  private String figures(String what) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    return String.format(
        "%s: %d events, median %.1f ms, p99 %.1f ms, longest %.1f ms",
        what,
        sorted.length,
        millis(sorted, 0.5),
        millis(sorted, 0.99),
        sorted[sorted.length - 1] / 1e6);
  }

  private static double millis(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e6;
  }

  private double millis(double share) {
    return millis(nanos.stream().mapToLong(Long::longValue).sorted().toArray(), share);
  }

  @Test
  void five_thousand_events_at_once_make_few_reads(@TempDir Path folder) throws Exception {
    try (Listening service = service(folder)) {
      String id = service.onlyPersonsId();
      service.person("PATCH", "/rest/people/" + id, "{\"jobTitle\":\"edited in Twenty\"}");
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        // Every second one is of a record of its own.
        ids.add(i % 2 == 0 ? id : new UUID(7, i).toString());
      }
      service.world.twenty.resetCalls();
      AtomicInteger statements = countStatements(service.world.bigquery);
      long used = usedMemory();
      burst(service, ids);
      service.await("an empty inbox", () -> service.inbox("twenty") == 0);
      service.await("the edit", () -> "edited in Twenty".equals(service.local("job_title")));

      System.out.println(
          figures("burst")
              + ", "
              + service.world.twenty.calls()
              + " calls to Twenty, "
              + statements
              + " statements to BigQuery, memory "
              + (usedMemory() - used) / 1_000
              + " KB more");
      // A good part of them bears one millisecond, one id, and so one signature.
      assertThat(statuses).hasSize(5_000).containsAnyOf(204).allMatch(s -> s == 204 || s == 401);
      assertThat(service.world.twenty.calls())
          .as(
              "reads and writes: some twenty where a machine is quiet, more the longer a burst takes")
          .isLessThan(250);
      assertThat(statements).hasValueLessThan(25);
      assertThat(usedMemory() - used).as("bytes that stay in use").isLessThan(32_000_000);
    }
  }

  private void burst(Listening service, List<String> ids) throws Exception {
    Semaphore free = new Semaphore(PARALLEL);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (String one : ids) {
      free.acquire();
      all.add(send(service, one).whenComplete((done, failure) -> free.release()));
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
  }

  /** Those that change the table. */
  private static AtomicInteger countStatements(StandIn bigquery) {
    AtomicInteger count = new AtomicInteger();
    bigquery.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (request.bodyText().contains("MERGE")
                      || request.bodyText().contains("UPDATE")) {
                    count.incrementAndGet();
                  }
                  return false;
                }));
    return count;
  }

  /** A hundred a second, beside whatever else is done. */
  private void send(Listening service, int events) throws Exception {
    nanos.clear();
    statuses.clear();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < events; i++) {
      long due = start + i * 10_000_000L;
      while (System.nanoTime() < due) {
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      }
      all.add(send(service, UUID.randomUUID().toString()));
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
    assertThat(statuses).hasSize(events).containsOnly(204);
  }

  /** Prints the figures; in time on a machine of its own. */
  @Test
  @Tag("long")
  void a_hundred_events_a_second_are_answered_in_time(@TempDir Path folder) throws Exception {
    try (Listening service = service(folder)) {
      send(service, 500);
      System.out.println(figures("the first five seconds after the start"));
      long used = usedMemory();

      send(service, 3_000);
      service.await("an empty inbox", () -> service.inbox("twenty") == 0);

      System.out.println(
          figures("100 events a second")
              + ", heap before "
              + used / 1_000_000
              + " MB and after "
              + usedMemory() / 1_000_000
              + " MB, "
              + service.world.twenty.calls()
              + " calls to Twenty");
      assertThat(millis(0.5)).isLessThan(50);
      assertThat(millis(0.99)).isLessThan(250);
    }
  }

  /** Fifty at a time, and the next as soon as one is answered. */
  @Test
  @Tag("long")
  void a_burst_is_answered_in_time(@TempDir Path folder) throws Exception {
    try (Listening service = service(folder)) {
      send(service, 500);
      nanos.clear();

      burst(service, Stream.generate(() -> UUID.randomUUID().toString()).limit(5_000).toList());

      System.out.println(figures("burst"));
      assertThat(millis(0.5)).isLessThan(50);
      assertThat(millis(0.99)).isLessThan(250);
    }
  }

  /** Large pages are stored meanwhile. */
  @Test
  @Tag("long")
  void they_are_answered_in_time_while_everything_is_read_and_much_is_changed(@TempDir Path folder)
      throws Exception {
    try (Listening service = service(folder)) {
      service.world.sql(
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)"
              + " insert into contacts_master(first_name, emails, job_title) select 'P' || i,"
              + " '[\"p' || i || '@example.com\"]', 'before' from n");
      service.world.engine.runCycle();
      send(service, 500);
      CompletableFuture<Void> work =
          CompletableFuture.runAsync(
              () -> {
                service.world.engine.reconcile();
                edit(service.world);
                service.world.engine.runCycle();
              });

      send(service, 3_000);
      work.get(300, TimeUnit.SECONDS);

      System.out.println(figures("100 events a second beside a full compare and 500 edits"));
      assertThat(millis(0.5)).isLessThan(50);
      assertThat(millis(0.99)).isLessThan(250);
    }
  }

  private static void edit(World world) {
    try {
      world.sql("update contacts_master set job_title = 'after' where id % 6 = 0");
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long usedMemory() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
