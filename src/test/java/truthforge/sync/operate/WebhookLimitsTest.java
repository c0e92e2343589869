package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.config.Options;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandIn.Fault;
import truthforge.sync.sandbox.StandInRequest;

/** However fast webhooks come, systems are called no more often than they allow. */
class WebhookLimitsTest {

  private static final int BIGQUERY_TAKES = 25;
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final Pattern CHANGING = Pattern.compile("\\b(MERGE|INSERT|UPDATE|DELETE)\\b");

  private static Listening service(Path folder) throws Exception {
    World world = World.withoutEngine(folder, World.ALL);
    world.sql(
        "insert into contacts_master(first_name, emails, job_title) values"
            + " ('Ada', '[\"ada@example.com\"]', 'before')");
    return new Listening(world, Engine.Mode.LISTENING);
  }

  /** When each such request came, in nanoseconds of the world, in which pauses take no time. */
  private static List<Long> times(
      World world, StandIn standIn, Predicate<StandInRequest> requests) {
    List<Long> times = new CopyOnWriteArrayList<>();
    standIn.inject(
        Fault.unreachable()
            .when(
                request -> {
                  if (requests.test(request)) {
                    times.add(world.time.nanos());
                  }
                  return false;
                }));
    return times;
  }

  @Test
  void bigquery_is_sent_no_more_statements_than_it_takes(@TempDir Path folder) throws Exception {
    try (Listening service = service(folder)) {
      service.world.engine.runCycle();
      String id = service.onlyPersonsId();
      List<Long> statements =
          times(
              service.world,
              service.world.bigquery,
              request ->
                  request.method().equals("POST")
                      && request.bodyText().contains("contacts_master")
                      && CHANGING.matcher(request.bodyText()).find());
      for (int i = 0; i < 30; i++) {
        String jobTitle = "edit " + i;
        service.person("PATCH", "/rest/people/" + id, "{\"jobTitle\":\"" + jobTitle + "\"}");
        assertThat(service.tell("person.updated", id)).isEqualTo(204);
        service.await(jobTitle, () -> jobTitle.equals(service.local("job_title")));
      }

      assertThat(statements).hasSizeGreaterThanOrEqualTo(30);
      for (long first : statements) {
        assertThat(statements.stream().filter(at -> at >= first && at - first < WINDOW_NANOS))
            .hasSizeLessThanOrEqualTo(BIGQUERY_TAKES);
      }
    }
  }

  @Test
  @Tag("long")
  void twenty_is_called_no_more_often_than_it_allows(@TempDir Path folder) throws Exception {
    int perMinute = 20;
    try (Listening service = service(folder)) {
      service.world.more.put(Options.TWENTY_CALLS_PER_MINUTE, String.valueOf(perMinute));
      List<Long> calls =
          times(
              service.world,
              service.world.twenty,
              request -> !request.path().startsWith("/rest/metadata"));
      long began = service.world.time.nanos();
      service.restart();
      service.world.engine.runCycle();
      for (int i = 0; i < 60; i++) {
        assertThat(service.tell("person.updated", new UUID(7, i).toString())).isEqualTo(204);
      }
      service.await("an empty inbox", () -> service.inbox("twenty") == 0);

      long allowed =
          perMinute
              + (service.world.time.nanos() - began) * perMinute / TimeUnit.MINUTES.toNanos(1)
              + 1;
      assertThat(calls.size()).isPositive().isLessThanOrEqualTo((int) allowed);
    }
  }
}
