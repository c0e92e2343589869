package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.ledger.CycleReport.Counters;
import truthforge.sync.sandbox.StandIn.Fault;

/** What webhooks do: wake, and nothing else. */
class WebhooksTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Listening service;
  private World world;
  private String id;

  @BeforeEach
  void a_contact_that_all_hold(@TempDir Path folder) throws Exception {
    service = new Listening(folder, World.ALL);
    world = service.world;
    world.sql(
        "insert into contacts_master(first_name, emails, job_title) values"
            + " ('Ada', '[\"ada@example.com\"]', 'before')");
    world.engine.runCycle();
    id = service.onlyPersonsId();
  }

  @AfterEach
  void it_ends() {
    service.close();
  }

  private void edit(String jobTitle) throws Exception {
    service.person("PATCH", "/rest/people/" + id, "{\"jobTitle\":\"" + jobTitle + "\"}");
  }

  private void awaitEverywhere(String jobTitle) throws Exception {
    service.await(
        jobTitle + " in all systems",
        () ->
            jobTitle.equals(service.local("job_title"))
                && jobTitle.equals(bigquery())
                && jobTitle.equals(supabase()));
  }

  private String bigquery() {
    return world.bigquery.rows("identity", "contacts_master").get(0).get("job_title").asText();
  }

  private String supabase() {
    return world.supabase.rows("contacts_master").get(0).get("job_title").asText();
  }

  private void awaitEmptyInbox() throws Exception {
    service.await(
        "an empty inbox", () -> service.inbox("twenty") == 0 && service.inbox("supabase") == 0);
  }

  private void assertThatNothingIsLeftToDo() {
    world.writes.clear();
    // The first one waits for what is being heard to be counted to its end.
    world.engine.runCycle();
    world.engine.runCycle();
    assertThat(world.writes).isEmpty();
    assertThat(world.engine.cycle().last().systems().values())
        .extracting(Counters::changed)
        .containsOnly(0L);
  }

  @Test
  void the_record_is_read_and_sent_on_at_once_and_the_payload_is_not_believed() throws Exception {
    edit("edited in Twenty");

    assertThat(service.tell("person.updated", id)).isEqualTo(204);

    awaitEverywhere("edited in Twenty");
    assertThat(world.ledger.transaction(tx -> tx.historyAfter(0, 1000)).toString())
        .doesNotContain("claimed by the payload");
  }

  @Test
  void a_row_edited_in_supabase_is_read_and_sent_on_at_once() throws Exception {
    String row = world.supabase.rows("contacts_master").get(0).get("id").asText();
    service.registerInSupabase();
    world.supabase.update(
        "contacts_master", row, JSON.readTree("{\"job_title\":\"edited in Supabase\"}"));

    awaitEverywhere("edited in Supabase");
  }

  /** Promise 9: what was answered is in the ledger. */
  @Test
  void a_notice_stays_until_its_record_was_read_and_is_read_after_a_restart() throws Exception {
    edit("edited in Twenty");
    Fault away = Fault.unreachable();
    world.twenty.inject(away);
    assertThat(service.tell("person.updated", id)).isEqualTo(204);
    service.await(
        "the failed reading", () -> world.engine.availability().failure("twenty") != null);
    assertThat(service.inbox("twenty")).isEqualTo(1);

    world.stop();
    world.twenty.heal();
    service.start();
    assertThat(service.inbox("twenty")).isEqualTo(1);
    world.engine.runCycle();

    assertThat(service.inbox("twenty")).isZero();
    assertThat(service.local("job_title")).isEqualTo("edited in Twenty");
  }

  @Test
  void a_destroyed_person_is_gone_only_if_the_system_says_so_too() throws Exception {
    service.tell("person.destroyed", id);
    awaitEmptyInbox();
    assertThat(service.local("deleted_at")).isNull();

    service.person("DELETE", "/rest/people/" + id, "");
    service.tell("person.destroyed", id);

    service.await("the deletion", () -> service.local("deleted_at") != null);
  }

  @Test
  void a_person_created_in_twenty_is_found_by_the_id_of_the_event() throws Exception {
    String created =
        service
            .person(
                "POST",
                "/rest/people",
                "{\"name\":{\"firstName\":\"Grace\"},"
                    + "\"emails\":{\"primaryEmail\":\"grace@example.com\"}}")
            .findPath("id")
            .asText();

    service.tell("person.created", created);

    service.await(
        "a second row", () -> world.bigquery.rows("identity", "contacts_master").size() == 2);
  }

  @Test
  void events_of_nothing_that_is_synchronised_are_counted_and_dropped() throws Exception {
    assertThat(service.tell("opportunity.updated", id)).isEqualTo(204);
    assertThat(
            service
                .send(
                    service
                        .supabase(
                            Listening.SUPABASE_SECRET,
                            "{\"type\":\"INSERT\",\"table\":\"orders\",\"record\":{\"id\":\"1\"}}")
                        .build())
                .statusCode())
        .isEqualTo(204);

    assertThat(service.count("sync.webhooks.unknown", "system", "twenty")).isEqualTo(1);
    assertThat(service.count("sync.webhooks.unknown", "system", "supabase")).isEqualTo(1);
    assertThat(service.inbox("twenty") + service.inbox("supabase")).isZero();
  }

  @Test
  void an_event_that_does_not_say_which_record_makes_the_system_be_polled() throws Exception {
    edit("edited in Twenty");

    assertThat(service.tell("person.updated", "none")).isEqualTo(204);

    awaitEverywhere("edited in Twenty");
    awaitEmptyInbox();
  }

  /** Promise 7: nobody can block the reading of others by a made-up id. */
  @Test
  void an_id_that_the_system_does_not_take_stops_no_other_notice() throws Exception {
    String row = world.supabase.rows("contacts_master").get(0).get("id").asText();
    world.supabase.update(
        "contacts_master", row, JSON.readTree("{\"job_title\":\"edited in Supabase\"}"));
    for (String one : List.of("no-such-row", row)) {
      service.send(
          service
              .supabase(
                  Listening.SUPABASE_SECRET,
                  "{\"type\":\"UPDATE\",\"table\":\"contacts_master\",\"record\":{\"id\":\""
                      + one
                      + "\"}}")
              .build());
    }

    awaitEverywhere("edited in Supabase");
    awaitEmptyInbox();
  }

  // Order and doubles

  /** Promise 5. */
  @Test
  void our_own_writes_come_back_as_events_and_are_no_changes() throws Exception {
    service.registerInTwenty();
    service.registerInSupabase();
    world.sql("update contacts_master set job_title = 'edited here'");
    world.engine.runCycle();
    service.await(
        "the event of our own write",
        () -> service.count("sync.webhooks.taken", "system", "twenty") >= 1);
    awaitEmptyInbox();

    assertThat(service.local("job_title")).isEqualTo("edited here");
    assertThatNothingIsLeftToDo();
  }

  @Test
  void events_doubled_and_out_of_order_lead_to_the_state_as_it_is() throws Exception {
    List<HttpRequest> events = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      edit("edit " + i);
      String timestamp = String.valueOf(world.time.instant().toEpochMilli() + i);
      events.add(service.signed(timestamp, Listening.event("person.updated", id)));
      String again = String.valueOf(world.time.instant().toEpochMilli() + 1000 + i);
      events.add(service.signed(again, Listening.event("person.created", id)));
    }
    Collections.shuffle(events, new Random(1));
    for (HttpRequest event : events) {
      assertThat(service.send(event).statusCode()).isEqualTo(204);
    }

    awaitEverywhere("edit 29");
    awaitEmptyInbox();
    assertThatNothingIsLeftToDo();
  }

  @Test
  void a_late_event_of_a_record_that_is_newer_here_changes_nothing() throws Exception {
    edit("edited in Twenty");
    world.engine.runCycle();
    world.sql("update contacts_master set job_title = 'newer'");
    world.engine.runCycle();
    world.writes.clear();

    service.tell("person.updated", id);
    service.await(
        "the event being taken",
        () -> service.count("sync.webhooks.taken", "system", "twenty") == 1);
    awaitEmptyInbox();

    assertThat(world.writes).isEmpty();
    assertThat(service.local("job_title")).isEqualTo("newer");
  }

  // Each signature once

  @Test
  void a_signature_is_taken_once_even_after_a_restart() throws Exception {
    HttpRequest event = service.signed(service.now(), Listening.event("person.updated", id));
    assertThat(service.send(event).statusCode()).isEqualTo(204);
    assertThat(service.send(event).statusCode()).isEqualTo(401);

    service.restart();

    assertThat(service.send(event).statusCode()).isEqualTo(401);
    assertThat(service.refused("replayed")).isEqualTo(1);
  }

  @Test
  void signatures_are_forgotten_once_they_are_too_old_to_be_taken() throws Exception {
    String timestamp = service.now();
    HttpRequest event = service.signed(timestamp, Listening.event("person.updated", id));
    service.send(event);
    String signature = event.headers().firstValue("X-Twenty-Webhook-Signature").orElseThrow();

    world.time.advance(Duration.ofMinutes(6));
    service.tell("person.updated", id);

    Map<String, Instant> mark = Map.of(signature, world.time.instant());
    Set<String> used = world.ledger.transaction(tx -> tx.markUsed(mark));
    assertThat(used).isEmpty();
    assertThat(service.send(event).statusCode()).isEqualTo(401);
  }
}
