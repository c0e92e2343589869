package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;

/** What every ledger must do, whatever it is kept in. */
abstract class LedgerContract {

  static final String BIGQUERY = "bigquery";
  static final String TWENTY = "twenty";
  static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  /** A clock that stands still until it is set. */
  static final class StandingClock extends Clock {
    private volatile Instant now = NOON;

    void set(Instant time) {
      now = time;
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("There is no zone here but UTC");
    }
  }

  final StandingClock clock = new StandingClock();
  Ledger ledger;

  /** A ledger without anything in it. */
  abstract Ledger openEmpty(Clock time) throws Exception;

  @BeforeEach
  void open() throws Exception {
    ledger = openEmpty(clock);
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  // Short forms

  /** Runs every call in a transaction of its own. */
  final LedgerTransaction alone =
      (LedgerTransaction)
          Proxy.newProxyInstance(
              LedgerTransaction.class.getClassLoader(),
              new Class<?>[] {LedgerTransaction.class},
              (proxy, method, arguments) ->
                  ledger.<Object>transaction(
                      transaction -> {
                        try {
                          return method.invoke(transaction, arguments);
                        } catch (InvocationTargetException e) {
                          throw (RuntimeException) e.getCause();
                        } catch (IllegalAccessException e) {
                          throw new IllegalStateException(e);
                        }
                      }));

  void write(Consumer<LedgerTransaction> work) {
    ledger.transaction(
        transaction -> {
          work.accept(transaction);
          return null;
        });
  }

  static Value items(String... items) {
    return Value.ofItems(List.of(items));
  }

  static Contact contact(String id, long version, Map<String, Value> values) {
    Map<String, FieldState> fields = new TreeMap<>();
    values.forEach(
        (field, value) ->
            fields.put(
                field, new FieldState(value, version, NOON.minusSeconds(version), BIGQUERY)));
    return new Contact(id, version, fields, NOON.minus(Duration.ofDays(1)));
  }

  static Contact contact(String id, long version) {
    return contact(id, version, Map.of("last_name", new Value.Text("Name of " + id)));
  }

  static Contact deleted(String id, long version) {
    return contact(id, version, Map.of(Fields.DELETED, new Value.Flag(true)));
  }

  static Replica linked(String id, String system, long sentVersion) {
    return Replica.absent(id, system)
        .withExternalId(system + "-" + id)
        .withSentVersion(sentVersion);
  }

  void save(Contact... contacts) {
    write(transaction -> transaction.saveContacts(List.of(contacts)));
  }

  void save(Replica... replicas) {
    write(transaction -> transaction.saveReplicas(List.of(replicas)));
  }

  List<String> due(String system, String gate) {
    return alone.due(system, gate, clock.instant(), null, 100);
  }

  LedgerTransaction.DueCount countDue(String system, String gate) {
    return alone.countDue(system, gate, clock.instant());
  }

  Replica replica(String id, String system) {
    return alone.replicasOf(List.of(id)).get(id).get(system);
  }

  // Transactions

  @Test
  void a_transaction_gives_what_the_work_gives() {
    assertThat(ledger.<String>transaction(transaction -> "done")).isEqualTo("done");
  }

  @Test
  void a_failed_transaction_leaves_nothing_behind() {
    save(contact("a", 1));
    save(linked("a", TWENTY, 1));
    assertThatThrownBy(
            () ->
                write(
                    transaction -> {
                      transaction.saveContacts(
                          List.of(
                              contact("a", 2, Map.of(Fields.EMAILS_FIELD, items("a@example.org"))),
                              contact("b", 1)));
                      transaction.saveReplicas(List.of(linked("a", TWENTY, 2).withRevision("x")));
                      transaction.saveCursor(new Cursor(TWENTY, "9", null, NOON));
                      transaction.setSetting("name", "value");
                      throw new IllegalStateException("stop");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("stop");
    write(
        transaction -> {
          assertThat(transaction.contacts(List.of("a", "b")))
              .isEqualTo(Map.of("a", contact("a", 1)));
          assertThat(transaction.contactIdsByEmail(List.of("a@example.org"))).isEmpty();
          assertThat(transaction.replicasOf(List.of("a")).get("a").get(TWENTY))
              .isEqualTo(linked("a", TWENTY, 1));
          assertThat(transaction.cursor(TWENTY)).isEqualTo(Cursor.none(TWENTY));
          assertThat(transaction.setting("name")).isNull();
        });
  }

  @Test
  void reads_see_what_their_own_transaction_wrote() {
    write(
        transaction -> {
          transaction.saveContacts(
              List.of(contact("a", 1, Map.of(Fields.PHONES_FIELD, items("+4930123456")))));
          transaction.saveReplicas(List.of(linked("a", TWENTY, 0)));
          assertThat(transaction.contacts(List.of("a"))).containsKey("a");
          assertThat(transaction.contactIdsByPhone(List.of("+4930123456")))
              .isEqualTo(Map.of("+4930123456", Set.of("a")));
          assertThat(transaction.due(TWENTY, null, NOON, null, 9)).containsExactly("a");
        });
  }

  @Test
  void what_was_looked_for_in_vain_is_found_once_the_transaction_has_stored_it() {
    addConflicts(conflict("a", "title", Conflict.Status.SETTLED));
    long settled = alone.conflicts(false, 0, 1).get(0).id();
    write(
        transaction -> {
          assertThat(transaction.setting("name")).isNull();
          assertThat(transaction.heldByExternalId(TWENTY, List.of("x"))).isEmpty();
          assertThat(transaction.unreadable(TWENTY, List.of("x"))).isEmpty();
          assertThat(transaction.countDeadLetters(TWENTY)).isZero();
          assertThat(transaction.waitingFields(List.of("a", "b"))).isEmpty();

          transaction.setSetting("name", "value");
          transaction.hold(held("x", Held.Reason.AMBIGUOUS));
          transaction.park(letter(DeadLetter.Direction.OBSERVE, null, "x", 1));
          transaction.park(letter(DeadLetter.Direction.DELIVER, "a", null, 1));
          transaction.setConflictStatus(settled, Conflict.Status.WAITING);

          assertThat(transaction.setting("name")).isEqualTo("value");
          assertThat(transaction.heldByExternalId(TWENTY, List.of("x"))).containsOnlyKeys("x");
          assertThat(transaction.unreadable(TWENTY, List.of("x"))).containsOnlyKeys("x");
          assertThat(transaction.waitingFields(List.of("a", "b"))).containsOnlyKeys("a");
          transaction.removeDeadLetters(DeadLetter.Direction.DELIVER, TWENTY, List.of("a"));
          assertThat(transaction.countDeadLetters(TWENTY)).isEqualTo(1);
          transaction.addConflicts(List.of(conflict("b", "title", Conflict.Status.WAITING)));
          assertThat(transaction.waitingFields(List.of("a", "b"))).containsOnlyKeys("a", "b");
          transaction.setSetting("name", null);
          assertThat(transaction.setting("name")).isNull();
        });
  }

  @Test
  void a_transaction_within_another_one_is_refused() {
    assertThatThrownBy(() -> write(outer -> write(inner -> {})))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void after_a_failure_the_next_transaction_goes_on() {
    assertThatThrownBy(
            () -> write(transaction -> transaction.saveReplicas(List.of(linked("x", TWENTY, 0)))))
        .isInstanceOf(IllegalArgumentException.class);
    save(contact("a", 1));
    assertThat(alone.countContacts(false)).isEqualTo(1);
  }

  // Contacts

  @Test
  void a_contact_reads_back_as_it_was_saved() {
    Contact contact =
        new Contact(
            "a",
            7,
            Map.of(
                "first_name", new FieldState(new Value.Text("Zoë"), 3, NOON, TWENTY),
                "is_me", new FieldState(new Value.Flag(false), 3, NOON, TWENTY),
                "notes", new FieldState(Value.EMPTY, 7, NOON.plusNanos(1_000), BIGQUERY),
                "added_by_user", new FieldState(items("x", "y"), 2, NOON, "local")),
            null);
    save(contact);
    assertThat(alone.contacts(List.of("a"))).isEqualTo(Map.of("a", contact));
  }

  @Test
  void contacts_that_are_not_there_are_missing_from_the_result() {
    save(contact("a", 1));
    assertThat(alone.contacts(List.of("b", "a", "c"))).containsOnlyKeys("a");
  }

  @Test
  void nothing_asked_gives_nothing() {
    save(contact("a", 1));
    write(
        transaction -> {
          transaction.saveContacts(List.of());
          transaction.saveReplicas(List.of());
          assertThat(transaction.contacts(List.of())).isEmpty();
          assertThat(transaction.contactIdsByEmail(List.of())).isEmpty();
          assertThat(transaction.replicasOf(List.of())).isEmpty();
          assertThat(transaction.replicasByExternalId(TWENTY, List.of())).isEmpty();
          assertThat(transaction.waitingFields(List.of())).isEmpty();
          assertThat(transaction.heldByExternalId(TWENTY, List.of())).isEmpty();
        });
  }

  @Test
  void many_contacts_are_saved_and_read_at_once() {
    List<Contact> contacts = IntStream.range(0, 3000).mapToObj(i -> contact("c" + i, 1)).toList();
    write(transaction -> transaction.saveContacts(contacts));
    assertThat(alone.contacts(contacts.stream().map(Contact::id).toList())).hasSize(3000);
  }

  @Test
  void look_ups_by_email_follow_a_change_of_emails() {
    save(
        contact("a", 1, Map.of(Fields.EMAILS_FIELD, items("old@example.org", "kept@example.org"))));
    save(
        contact("a", 2, Map.of(Fields.EMAILS_FIELD, items("kept@example.org", "new@example.org"))));
    assertThat(
            alone.contactIdsByEmail(
                List.of("old@example.org", "kept@example.org", "new@example.org")))
        .isEqualTo(Map.of("kept@example.org", Set.of("a"), "new@example.org", Set.of("a")));
  }

  @Test
  void look_ups_by_phone_follow_a_change_of_phones() {
    save(contact("a", 1, Map.of(Fields.PHONES_FIELD, items("+4930111111"))));
    save(contact("a", 2, Map.of(Fields.PHONES_FIELD, items("+4930222222"))));
    assertThat(alone.contactIdsByPhone(List.of("+4930111111", "+4930222222")))
        .isEqualTo(Map.of("+4930222222", Set.of("a")));
  }

  @Test
  void an_email_finds_every_contact_that_holds_it_deleted_ones_too() {
    save(
        contact("a", 1, Map.of(Fields.EMAILS_FIELD, items("same@example.org"))),
        contact(
            "b",
            1,
            Map.of(
                Fields.EMAILS_FIELD,
                items("own@example.org", "same@example.org"),
                Fields.DELETED,
                new Value.Flag(true))));
    assertThat(alone.contactIdsByEmail(List.of("same@example.org")))
        .isEqualTo(Map.of("same@example.org", Set.of("a", "b")));
  }

  @Test
  void a_text_of_any_length_among_the_emails_can_be_stored() {
    Contact contact =
        contact("a", 1, Map.of(Fields.EMAILS_FIELD, items("a@example.org", "ä".repeat(20_000))));
    save(contact);
    assertThat(alone.contacts(List.of("a"))).isEqualTo(Map.of("a", contact));
  }

  @Test
  void contacts_are_paged_in_the_order_of_their_ids() {
    save(contact("b", 1), contact("B", 1), contact("a", 1), contact("é", 1));
    assertThat(alone.contactsAfter(null, 2)).extracting(Contact::id).containsExactly("B", "a");
    assertThat(alone.contactsAfter("a", 9)).extracting(Contact::id).containsExactly("b", "é");
  }

  @Test
  void live_and_deleted_contacts_are_counted_apart() {
    save(contact("a", 1), contact("b", 1), deleted("c", 1));
    assertThat(alone.countContacts(false)).isEqualTo(2);
    assertThat(alone.countContacts(true)).isEqualTo(1);
  }

  // Replicas

  @Test
  void what_a_system_was_seen_to_hold_stays_so_when_the_contact_changes() {
    Map<String, Value> before =
        Map.of("title", new Value.Text("Dr."), "phones", items("+4930111111"));
    save(contact("a", 1, before));
    Map<String, Seen> seen = new TreeMap<>();
    before.forEach((field, value) -> seen.put(field, Seen.of(value)));
    seen.put("notes", Seen.of(new Value.Text("seen in one system alone")));
    save(linked("a", TWENTY, 1).withSeen(seen), linked("a", BIGQUERY, 1).withSeen(seen));
    Contact after =
        contact("a", 2, Map.of("title", new Value.Text("Prof."), "phones", items("+4930222222")));
    save(after);
    assertThat(replica("a", TWENTY).seen()).isEqualTo(seen);
    assertThat(alone.replicasByExternalId(BIGQUERY, List.of("bigquery-a")).get("bigquery-a").seen())
        .isEqualTo(seen);
    write(
        transaction -> {
          Replica one = transaction.replicasAfter(TWENTY, null, 1).get(0);
          transaction.saveContacts(List.of(contact("a", 3, before)));
          transaction.saveReplicas(List.of(one));
          transaction.saveContacts(List.of(after));
        });
    assertThat(replica("a", TWENTY).seen()).isEqualTo(seen);
  }

  @Test
  void a_write_under_way_stays_what_it_was_when_the_contact_changes() {
    Map<String, Value> before =
        Map.of("title", new Value.Text("Dr."), "phones", items("+4930111111"));
    save(contact("a", 1, before));
    UnansweredWrite open = new UnansweredWrite("w", 1, null, before, NOON);
    save(linked("a", TWENTY, 1).withUnanswered(List.of(open)));
    save(contact("a", 2, Map.of("title", new Value.Text("Prof."))));
    assertThat(replica("a", TWENTY).unanswered()).containsExactly(open);
    save(contact("a", 3, before));
    assertThat(replica("a", TWENTY).unanswered()).containsExactly(open);
  }

  static Replica full(String id) {
    return new Replica(
        id,
        TWENTY,
        "external",
        "2026-03-01T12:00:00.123Z",
        Map.of(
            "first_name", Seen.of(new Value.Text("Zoë")),
            "emails", Seen.of(items("a@example.org")),
            "notes", Seen.of(Value.EMPTY),
            "own field", Seen.of(new Value.Flag(true))),
        3,
        NOON.minusSeconds(9),
        NOON.minusSeconds(5),
        List.of(
            new UnansweredWrite(
                "w1", 4, null, Map.of("notes", new Value.Text("…"), "emails", Value.EMPTY), NOON),
            new UnansweredWrite("w2", 5, "rev", Map.of(), NOON.plusSeconds(1)),
            new UnansweredWrite("w3", 6, "rev", Map.of("notes", Value.EMPTY), NOON, true),
            new UnansweredWrite("w4", 7, null, Map.of(), NOON).ofAnother(true)),
        true,
        2,
        NOON.plusSeconds(60),
        "The system refused the record",
        NOON.minusSeconds(30),
        Replica.State.HELD);
  }

  @Test
  void a_replica_reads_back_as_it_was_saved() {
    save(contact("a", 9));
    save(full("a"));
    assertThat(replica("a", TWENTY)).isEqualTo(full("a"));
  }

  @Test
  void a_saved_replica_replaces_the_former_one() {
    save(contact("a", 9));
    save(full("a"));
    save(Replica.absent("a", TWENTY));
    assertThat(replica("a", TWENTY)).isEqualTo(Replica.absent("a", TWENTY));
  }

  @Test
  void whatever_changes_of_a_replica_is_stored() {
    save(contact("a", 9));
    save(full("a").withState(Replica.State.FREE));
    Replica stored = replica("a", TWENTY);
    for (Replica changed :
        List.of(
            stored.withExternalId("other"),
            stored.withExternalId(null),
            stored.withRevision("other"),
            stored.withRevision(null),
            stored.withSeen(Map.of("notes", Seen.of(new Value.Flag(true)))),
            stored.withSentVersion(9),
            stored.withReading(null, NOON),
            stored.withReading(NOON, null),
            stored.withUnanswered(List.of()),
            stored.withUnanswered(stored.unanswered().subList(0, 1)),
            stored.withRereadDue(false),
            stored.withFailure(0, null, null),
            stored.withFailure(3, NOON, "other"),
            stored.withState(Replica.State.PARKED),
            stored.gone(),
            stored)) {
      write(
          transaction -> {
            transaction.replicasOf(List.of("a"));
            transaction.saveReplicas(List.of(changed));
            assertThat(transaction.replicasOf(List.of("a")).get("a").get(TWENTY))
                .isEqualTo(changed);
          });
      assertThat(replica("a", TWENTY)).isEqualTo(changed);
    }
  }

  @Test
  void a_replica_saved_as_it_was_read_takes_a_mark_set_meanwhile_away() {
    save(contact("a", 1));
    save(linked("a", TWENTY, 0));
    write(
        transaction -> {
          Replica read = transaction.replicasOf(List.of("a")).get("a").get(TWENTY);
          transaction.requireReread(TWENTY);
          transaction.saveReplicas(List.of(read));
        });
    assertThat(replica("a", TWENTY)).isEqualTo(linked("a", TWENTY, 0));
  }

  @Test
  void replicas_are_found_by_contact_and_system() {
    save(contact("a", 1), contact("b", 1), contact("c", 1));
    save(linked("a", TWENTY, 1), linked("a", BIGQUERY, 1), linked("b", TWENTY, 1));
    assertThat(alone.replicasOf(List.of("a", "b", "c", "d")))
        .isEqualTo(
            Map.of(
                "a",
                Map.of(BIGQUERY, linked("a", BIGQUERY, 1), TWENTY, linked("a", TWENTY, 1)),
                "b",
                Map.of(TWENTY, linked("b", TWENTY, 1))));
  }

  @Test
  void replicas_are_found_by_external_id_within_their_system() {
    save(contact("a", 1), contact("b", 1));
    save(
        Replica.absent("a", TWENTY).withExternalId("7"),
        Replica.absent("b", BIGQUERY).withExternalId("7"));
    assertThat(alone.replicasByExternalId(TWENTY, List.of("7", "8")))
        .isEqualTo(Map.of("7", Replica.absent("a", TWENTY).withExternalId("7")));
  }

  @Test
  void contacts_are_found_by_external_id_within_a_system() {
    save(contact("a", 1), contact("b", 1));
    save(
        Replica.absent("a", TWENTY).withExternalId("1"),
        Replica.absent("b", BIGQUERY).withExternalId("1"),
        Replica.absent("b", TWENTY));

    assertThat(alone.contactIdsByExternalId(TWENTY, List.of("1", "2")))
        .containsExactly(Map.entry("1", "a"));
    assertThat(alone.contactIdsByExternalId("nowhere", List.of("1"))).isEmpty();
  }

  @Test
  void an_external_id_belongs_to_one_replica_of_a_system_only() {
    save(contact("a", 1), contact("b", 1));
    save(Replica.absent("a", TWENTY).withExternalId("7"));
    assertThatThrownBy(() -> save(Replica.absent("b", TWENTY).withExternalId("7")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_failure_that_the_work_passes_over_is_not_committed() {
    save(contact("a", 1), contact("b", 1));
    save(Replica.absent("a", TWENTY).withExternalId("7"));
    assertThatThrownBy(
            () ->
                write(
                    transaction -> {
                      transaction.setSetting("name", "value");
                      assertThatThrownBy(
                              () ->
                                  transaction.saveReplicas(
                                      List.of(Replica.absent("b", TWENTY).withExternalId("7"))))
                          .isInstanceOf(IllegalStateException.class);
                    }))
        .isInstanceOf(RuntimeException.class);
    assertThat(alone.setting("name")).isNull();
  }

  @Test
  void ids_of_any_form_are_told_apart() {
    String uuid = "0198aaaa-bbbb-7ccc-8ddd-eeeeffff0001";
    List<String> ids =
        List.of(
            uuid,
            uuid.toUpperCase(Locale.ROOT),
            uuid.replace("-", ""),
            uuid.replace("1", "g"),
            "=" + uuid,
            "ab",
            "sixteen-letters!");
    write(
        transaction -> {
          transaction.saveContacts(ids.stream().map(id -> contact(id, 1)).toList());
          transaction.saveReplicas(
              ids.stream().map(id -> Replica.absent(id, TWENTY).withExternalId(id)).toList());
        });
    assertThat(alone.contacts(ids)).containsOnlyKeys(ids);
    assertThat(alone.replicasOf(ids)).containsOnlyKeys(ids);
    assertThat(alone.contactIdsByExternalId(TWENTY, ids))
        .hasSize(ids.size())
        .allSatisfy((external, id) -> assertThat(id).isEqualTo(external));
    List<String> due = new ArrayList<>();
    for (String after = null; due.size() < ids.size(); after = due.get(due.size() - 1)) {
      due.addAll(alone.due(TWENTY, null, NOON, after, 1));
    }
    assertThat(due).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(alone.contactsAfter(due.get(due.size() - 1), 1)).isEmpty();
  }

  @Test
  void external_ids_change_places_in_one_batch() {
    save(contact("a", 1), contact("b", 1));
    save(
        Replica.absent("a", TWENTY).withExternalId("1"),
        Replica.absent("b", TWENTY).withExternalId("2"));
    save(
        Replica.absent("a", TWENTY).withExternalId("2"),
        Replica.absent("b", TWENTY).withExternalId("1"));
    assertThat(alone.replicasByExternalId(TWENTY, List.of("1", "2")))
        .extractingByKeys("1", "2")
        .extracting(Replica::contactId)
        .containsExactly("b", "a");
  }

  @Test
  void external_ids_of_new_contacts_change_places_within_a_transaction() {
    write(
        transaction -> {
          transaction.saveContacts(List.of(contact("a", 1), contact("b", 1)));
          transaction.saveReplicas(
              List.of(
                  Replica.absent("a", TWENTY).withExternalId("1"),
                  Replica.absent("b", TWENTY).withExternalId("2")));
          transaction.saveReplicas(
              List.of(
                  Replica.absent("a", TWENTY).withExternalId("2"),
                  Replica.absent("b", TWENTY).withExternalId("1")));
        });
    assertThat(replica("a", TWENTY).externalId()).isEqualTo("2");
    assertThat(replica("b", TWENTY).externalId()).isEqualTo("1");
  }

  @Test
  void an_external_id_that_was_given_up_can_be_taken() {
    save(contact("a", 1), contact("b", 1));
    save(Replica.absent("a", TWENTY).withExternalId("1"));
    save(Replica.absent("b", TWENTY).withExternalId("1"), Replica.absent("a", TWENTY).gone());
    assertThat(alone.replicasByExternalId(TWENTY, List.of("1")))
        .extractingByKey("1")
        .extracting(Replica::contactId)
        .isEqualTo("b");
  }

  @Test
  void a_replica_needs_its_contact() {
    assertThatThrownBy(() -> save(linked("nobody", TWENTY, 0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void replicas_of_a_system_are_paged_in_the_order_of_contacts() {
    save(contact("a", 1), contact("b", 1), contact("c", 1));
    save(linked("c", TWENTY, 1), linked("a", TWENTY, 1), linked("b", TWENTY, 1));
    save(linked("a", BIGQUERY, 1));
    assertThat(alone.replicasAfter(TWENTY, null, 2))
        .extracting(Replica::contactId)
        .containsExactly("a", "b");
    assertThat(alone.replicasAfter(TWENTY, "b", 2))
        .extracting(Replica::contactId)
        .containsExactly("c");
  }

  @Test
  void missing_replicas_are_added_and_the_others_left() {
    save(contact("a", 1), contact("b", 1));
    save(linked("a", TWENTY, 1));
    write(transaction -> transaction.addMissingReplicas(TWENTY));
    assertThat(replica("a", TWENTY)).isEqualTo(linked("a", TWENTY, 1));
    assertThat(replica("b", TWENTY)).isEqualTo(Replica.absent("b", TWENTY));
  }

  @Test
  void added_replicas_are_due() {
    save(contact("a", 1), deleted("b", 1));
    write(transaction -> transaction.addMissingReplicas(TWENTY));
    assertThat(due(TWENTY, null)).containsExactly("a");
  }

  @Test
  void every_record_of_a_system_can_be_required_to_be_read_again() {
    save(contact("a", 1), contact("b", 1));
    save(linked("a", TWENTY, 1), Replica.absent("b", TWENTY), linked("a", BIGQUERY, 1));
    write(transaction -> transaction.requireReread(TWENTY));
    assertThat(replica("a", TWENTY).rereadDue()).isTrue();
    assertThat(replica("b", TWENTY).rereadDue()).isFalse();
    assertThat(replica("a", BIGQUERY).rereadDue()).isFalse();
  }

  @Test
  void replicas_are_counted_by_state() {
    save(contact("a", 1), contact("b", 1), contact("c", 1));
    save(
        linked("a", TWENTY, 1),
        linked("b", TWENTY, 1).withState(Replica.State.PARKED),
        Replica.absent("c", TWENTY),
        linked("a", BIGQUERY, 1));
    assertThat(
            Arrays.stream(Replica.State.values()).map(state -> alone.countReplicas(TWENTY, state)))
        .containsExactly(2L, 0L, 0L, 1L);
  }

  @Test
  void records_are_counted_per_system() {
    save(contact("a", 1), contact("b", 1), contact("c", 1));
    save(
        linked("a", TWENTY, 1),
        linked("b", TWENTY, 1).gone(),
        Replica.absent("c", TWENTY),
        linked("a", BIGQUERY, 1));
    assertThat(List.of(alone.countRecords(TWENTY), alone.countRecords("local")))
        .containsExactly(1L, 0L);
  }

  // Due

  @Test
  void what_was_sent_is_not_due() {
    save(contact("a", 2), contact("b", 2));
    save(linked("a", TWENTY, 2), linked("b", TWENTY, 1));
    assertThat(due(TWENTY, null)).containsExactly("b");
  }

  @Test
  void a_contact_that_changes_becomes_due_everywhere() {
    save(contact("a", 1));
    save(linked("a", TWENTY, 1), linked("a", BIGQUERY, 1));
    save(contact("a", 2));
    assertThat(due(TWENTY, null)).containsExactly("a");
    assertThat(due(BIGQUERY, null)).containsExactly("a");
  }

  @Test
  void nothing_is_due_behind_a_gate_that_has_not_acknowledged() {
    save(contact("a", 2), contact("b", 2), contact("c", 2));
    save(
        linked("a", TWENTY, 1),
        linked("a", BIGQUERY, 1),
        linked("b", TWENTY, 1),
        linked("b", BIGQUERY, 2),
        linked("c", TWENTY, 1));
    assertThat(due(TWENTY, BIGQUERY)).containsExactly("b");
  }

  @Test
  void a_gate_that_is_behind_lets_through_what_it_has() {
    save(contact("a", 3));
    save(Replica.absent("a", TWENTY), linked("a", BIGQUERY, 2));
    assertThat(due(TWENTY, BIGQUERY)).containsExactly("a");
  }

  @Test
  void what_is_not_to_be_tried_yet_is_not_due() {
    save(contact("a", 2));
    save(linked("a", TWENTY, 1).withFailure(1, NOON.plusSeconds(60), "refused"));
    assertThat(due(TWENTY, null)).isEmpty();
    clock.set(NOON.plusSeconds(60));
    assertThat(due(TWENTY, null)).containsExactly("a");
  }

  @Test
  void held_and_parked_replicas_are_not_due_and_gone_ones_are() {
    save(contact("a", 2), contact("b", 2), contact("c", 2));
    save(
        linked("a", TWENTY, 1).withState(Replica.State.HELD),
        linked("b", TWENTY, 1).withState(Replica.State.PARKED),
        linked("c", TWENTY, 1).gone());
    assertThat(due(TWENTY, null)).containsExactly("c");
  }

  @Test
  void what_must_be_read_first_is_not_due() {
    save(contact("a", 2), contact("b", 2));
    save(
        linked("a", TWENTY, 1).withRereadDue(true),
        linked("b", TWENTY, 1)
            .withUnanswered(List.of(new UnansweredWrite("w", 2, null, Map.of(), NOON)))
            .withRereadDue(true));
    assertThat(due(TWENTY, null)).isEmpty();
  }

  @Test
  void a_deleted_contact_is_due_only_where_its_record_is() {
    save(deleted("a", 2), deleted("b", 2), deleted("c", 2));
    save(linked("a", TWENTY, 1), Replica.absent("b", TWENTY), linked("c", TWENTY, 1).gone());
    assertThat(due(TWENTY, null)).containsExactly("a");
  }

  @Test
  void a_contact_that_is_restored_is_due_again_where_it_is_absent() {
    save(deleted("a", 2));
    save(Replica.absent("a", TWENTY));
    save(contact("a", 3));
    assertThat(due(TWENTY, null)).containsExactly("a");
  }

  @Test
  void due_contacts_are_paged_in_the_order_of_their_ids() {
    List<String> ids = List.of("c", "a", "d", "b");
    for (String id : ids) {
      save(contact(id, 2));
      save(linked(id, TWENTY, 1));
    }
    assertThat(alone.due(TWENTY, null, NOON, null, 2)).containsExactly("a", "b");
    assertThat(alone.due(TWENTY, null, NOON, "b", 9)).containsExactly("c", "d");
  }

  @Test
  void the_order_of_saving_does_not_matter_for_what_is_due() {
    save(contact("a", 1));
    save(Replica.absent("a", TWENTY), linked("a", BIGQUERY, 1));
    write(
        transaction -> {
          transaction.saveReplicas(List.of(linked("a", BIGQUERY, 2)));
          transaction.saveContacts(List.of(contact("a", 2)));
          transaction.saveReplicas(List.of(linked("a", TWENTY, 1)));
        });
    assertThat(due(TWENTY, BIGQUERY)).containsExactly("a");
    assertThat(due(BIGQUERY, null)).isEmpty();
  }

  @Test
  void as_many_are_counted_as_are_due() {
    save(contact("a", 2), contact("b", 2), contact("c", 2));
    save(
        linked("a", TWENTY, 1),
        linked("a", BIGQUERY, 2),
        linked("b", TWENTY, 1),
        linked("b", BIGQUERY, 1),
        linked("c", TWENTY, 1).withState(Replica.State.PARKED),
        linked("c", BIGQUERY, 2));
    assertThat(countDue(TWENTY, BIGQUERY).count()).isEqualTo(1);
    assertThat(countDue(TWENTY, null).count()).isEqualTo(2);
    assertThat(countDue("local", null)).isEqualTo(new LedgerTransaction.DueCount(0, null));
  }

  @Test
  void a_contact_that_waits_for_a_person_to_settle_a_conflict_is_not_counted_as_due() {
    save(contact("a", 2), contact("b", 2));
    save(linked("a", TWENTY, 1), linked("b", TWENTY, 1));
    addConflicts(
        conflict("a", "title", Conflict.Status.WAITING),
        conflict("b", "title", Conflict.Status.SETTLED));
    assertThat(countDue(TWENTY, null).count()).isEqualTo(1);
    assertThat(alone.contactsInDoubt()).containsExactly("a");
    assertThat(alone.countWaiting()).isEqualTo(1);

    long waiting = alone.conflicts(true, 0, 1).get(0).id();
    write(transaction -> transaction.setConflictStatus(waiting, Conflict.Status.RESOLVED));

    assertThat(countDue(TWENTY, null).count()).isEqualTo(2);
    assertThat(alone.countWaiting()).isZero();
  }

  @Test
  void the_oldest_waits_since_its_first_change_that_was_not_sent() {
    save(contact("a", 1), contact("b", 1));
    save(linked("a", TWENTY, 1), linked("b", TWENTY, 1));
    clock.set(NOON.plusSeconds(10));
    save(contact("a", 2));
    clock.set(NOON.plusSeconds(20));
    save(contact("a", 3), contact("b", 2));
    save(linked("a", TWENTY, 1).withFailure(1, null, "refused"));
    assertThat(countDue(TWENTY, null).oldest()).isEqualTo(NOON.plusSeconds(10));
  }

  @Test
  void what_was_sent_waits_no_longer() {
    save(contact("a", 1));
    save(Replica.absent("a", TWENTY));
    clock.set(NOON.plusSeconds(10));
    save(linked("a", TWENTY, 1));
    clock.set(NOON.plusSeconds(20));
    save(contact("a", 2));
    assertThat(countDue(TWENTY, null).oldest()).isEqualTo(NOON.plusSeconds(20));
  }

  // To be read again

  @Test
  void records_to_be_read_again_are_those_marked_so_whether_or_not_a_write_is_unanswered() {
    save(contact("a", 1), contact("b", 1), contact("c", 1));
    Replica marked = linked("c", TWENTY, 1).withRereadDue(true);
    Replica unanswered =
        linked("a", TWENTY, 1)
            .withUnanswered(List.of(new UnansweredWrite("w", 1, null, Map.of(), NOON)));
    Replica both = unanswered.withRereadDue(true);
    Replica open = linked("b", TWENTY, 1).withUnanswered(unanswered.unanswered());
    save(marked, both, open);
    assertThat(alone.toReread(TWENTY, NOON, null, 9)).containsExactly(both, marked);
    assertThat(alone.toReread(TWENTY, NOON, "a", 9)).containsExactly(marked);
    assertThat(alone.toReread(TWENTY, NOON, null, 1)).containsExactly(both);
  }

  @Test
  void held_parked_and_postponed_records_are_not_read_again() {
    save(contact("a", 1), contact("b", 1), contact("c", 1));
    save(
        linked("a", TWENTY, 1).withRereadDue(true).withState(Replica.State.HELD),
        linked("b", TWENTY, 1).withRereadDue(true).withState(Replica.State.PARKED),
        linked("c", TWENTY, 1).withRereadDue(true).withFailure(1, NOON.plusSeconds(1), "later"));
    assertThat(alone.toReread(TWENTY, NOON, null, 9)).isEmpty();
  }

  // Cursors

  @Test
  void a_cursor_is_none_until_it_is_saved() {
    assertThat(alone.cursor(TWENTY)).isEqualTo(Cursor.none(TWENTY));
  }

  @Test
  void a_saved_cursor_replaces_the_former_one_of_its_system() {
    write(transaction -> transaction.saveCursor(new Cursor(TWENTY, null, "page 2", NOON)));
    write(transaction -> transaction.saveCursor(new Cursor(TWENTY, "42", null, NOON)));
    assertThat(alone.cursor(TWENTY)).isEqualTo(new Cursor(TWENTY, "42", null, NOON));
    assertThat(alone.cursor(BIGQUERY)).isEqualTo(Cursor.none(BIGQUERY));
  }

  // Erasing

  @Test
  void of_an_erased_contact_nothing_is_left_and_of_others_all() {
    Contact withEmail = contact("a", 1, Map.of("emails", items("a@example.org")));
    save(withEmail, contact("b", 1));
    save(linked("a", TWENTY, 1), linked("b", TWENTY, 1));
    addConflicts(
        conflict("a", "notes", Conflict.Status.SETTLED),
        conflict("b", "notes", Conflict.Status.SETTLED));
    write(
        transaction -> {
          transaction.park(letter(DeadLetter.Direction.DELIVER, "a", null, 1));
          transaction.park(letter(DeadLetter.Direction.DELIVER, "b", null, 1));
        });

    write(transaction -> transaction.eraseContact("a"));

    assertThat(alone.contacts(List.of("a", "b"))).containsOnlyKeys("b");
    assertThat(alone.replicasOf(List.of("a", "b"))).containsOnlyKeys("b");
    assertThat(alone.contactIdsByEmail(List.of("a@example.org"))).isEmpty();
    assertThat(alone.conflicts(false, 0, 9)).extracting(Conflict::contactId).containsExactly("b");
    assertThat(alone.deadLetters(0, 9)).extracting(DeadLetter::contactId).containsExactly("b");
    assertThat(alone.countRecords(TWENTY)).isEqualTo(1);
  }

  @Test
  void the_id_of_an_erased_record_can_be_anothers() {
    save(contact("a", 1), contact("b", 1));
    save(linked("a", TWENTY, 1));
    write(transaction -> transaction.eraseContact("a"));

    save(Replica.absent("b", TWENTY).withExternalId(TWENTY + "-a"));

    assertThat(alone.replicasByExternalId(TWENTY, List.of(TWENTY + "-a")))
        .hasEntrySatisfying(
            TWENTY + "-a", replica -> assertThat(replica.contactId()).isEqualTo("b"));
  }

  @Test
  void what_is_held_of_an_erased_record_is_gone() {
    write(
        transaction -> {
          transaction.hold(held("x", Held.Reason.AMBIGUOUS));
          transaction.hold(held("y", Held.Reason.AMBIGUOUS));
        });

    write(transaction -> transaction.eraseRecord(TWENTY, "x"));

    assertThat(held()).extracting(Held::externalId).containsExactly("y");
  }

  // Conflicts

  static Conflict conflict(String contactId, String field, Conflict.Status status) {
    return new Conflict(
        0,
        contactId,
        field,
        Conflict.Kind.EDIT,
        new Value.Text("kept"),
        TWENTY,
        NOON,
        items("lost", "both"),
        BIGQUERY,
        NOON.minusSeconds(1),
        NOON.plusSeconds(1),
        status);
  }

  void addConflicts(Conflict... conflicts) {
    write(transaction -> transaction.addConflicts(List.of(conflicts)));
  }

  @Test
  void a_conflict_keeps_both_values_whole() {
    Conflict conflict = conflict("a", "emails", Conflict.Status.SETTLED);
    addConflicts(conflict);
    Conflict stored = alone.conflicts(false, 0, 9).get(0);
    assertThat(stored).usingRecursiveComparison().ignoringFields("id").isEqualTo(conflict);
    assertThat(alone.conflict(stored.id())).isEqualTo(stored);
  }

  @Test
  void conflicts_are_listed_from_the_newest_down() {
    addConflicts(
        conflict("a", "title", Conflict.Status.SETTLED),
        conflict("b", "title", Conflict.Status.SETTLED),
        conflict("c", "title", Conflict.Status.SETTLED));
    List<Conflict> newest = alone.conflicts(false, 0, 2);
    assertThat(newest).extracting(Conflict::contactId).containsExactly("c", "b");
    assertThat(alone.conflicts(false, newest.get(1).id(), 2))
        .extracting(Conflict::contactId)
        .containsExactly("a");
  }

  @Test
  void conflicts_behind_a_known_one_come_from_the_oldest_up() {
    addConflicts(
        conflict("a", "title", Conflict.Status.SETTLED),
        conflict("b", "title", Conflict.Status.WAITING),
        conflict("c", "title", Conflict.Status.SETTLED));
    List<Conflict> first = alone.conflictsAfter(0, 1);
    assertThat(first).extracting(Conflict::contactId).containsExactly("a");
    assertThat(alone.conflictsAfter(first.get(0).id(), 9))
        .extracting(Conflict::contactId)
        .containsExactly("b", "c");
  }

  @Test
  void open_conflicts_are_those_that_wait() {
    addConflicts(
        conflict("a", "title", Conflict.Status.SETTLED),
        conflict("b", "title", Conflict.Status.WAITING),
        conflict("c", "title", Conflict.Status.RESOLVED));
    assertThat(alone.conflicts(true, 0, 9)).extracting(Conflict::contactId).containsExactly("b");
  }

  @Test
  void a_resolved_conflict_keeps_no_field_waiting() {
    addConflicts(
        conflict("a", "title", Conflict.Status.WAITING),
        conflict("a", "notes", Conflict.Status.WAITING),
        conflict("b", "title", Conflict.Status.SETTLED));
    assertThat(alone.waitingFields(List.of("a", "b")))
        .isEqualTo(Map.of("a", Set.of("title", "notes")));
    long notes = alone.conflicts(true, 0, 1).get(0).id();
    write(transaction -> transaction.setConflictStatus(notes, Conflict.Status.RESOLVED));
    assertThat(alone.waitingFields(List.of("a", "b"))).isEqualTo(Map.of("a", Set.of("title")));
    assertThat(alone.conflict(notes).status()).isEqualTo(Conflict.Status.RESOLVED);
  }

  @Test
  void conflicts_are_counted_by_kind() {
    addConflicts(
        conflict("a", "title", Conflict.Status.SETTLED),
        conflict("b", "title", Conflict.Status.WAITING));
    assertThat(alone.countConflicts(Conflict.Kind.EDIT)).isEqualTo(2);
    assertThat(alone.countConflicts(Conflict.Kind.FIRST_MEETING)).isZero();
  }

  @Test
  void a_conflict_that_is_not_there_is_null() {
    assertThat(alone.conflict(77)).isNull();
  }

  // Dead letters

  static DeadLetter letter(
      DeadLetter.Direction direction, String contactId, String externalId, int attempts) {
    return new DeadLetter(
        0,
        direction,
        TWENTY,
        contactId,
        externalId,
        "{\"name\":\"x\"}",
        "refused",
        attempts,
        NOON,
        NOON.plusSeconds(attempts));
  }

  List<DeadLetter> letters() {
    return alone.deadLetters(0, 100);
  }

  @Test
  void a_dead_letter_reads_back_as_it_was_parked() {
    DeadLetter letter = letter(DeadLetter.Direction.DELIVER, "a", "x", 3);
    write(transaction -> transaction.park(letter));
    DeadLetter stored = letters().get(0);
    assertThat(stored).usingRecursiveComparison().ignoringFields("id").isEqualTo(letter);
    assertThat(alone.deadLetter(stored.id())).isEqualTo(stored);
  }

  @Test
  void a_later_dead_letter_of_a_record_replaces_the_earlier_one() {
    write(transaction -> transaction.park(letter(DeadLetter.Direction.DELIVER, "a", null, 3)));
    write(transaction -> transaction.park(letter(DeadLetter.Direction.DELIVER, "b", null, 3)));
    long id = letters().get(0).id();
    write(transaction -> transaction.park(letter(DeadLetter.Direction.DELIVER, "a", "x", 4)));
    assertThat(letters()).extracting(DeadLetter::contactId).containsExactly("a", "b");
    assertThat(letters().get(0).id()).isEqualTo(id);
    assertThat(letters().get(0).attempts()).isEqualTo(4);
  }

  @Test
  void unreadable_records_are_told_apart_by_their_external_ids() {
    write(
        transaction -> {
          transaction.park(letter(DeadLetter.Direction.OBSERVE, null, "x", 1));
          transaction.park(letter(DeadLetter.Direction.OBSERVE, null, "y", 1));
          transaction.park(letter(DeadLetter.Direction.OBSERVE, "a", "x", 2));
        });
    assertThat(letters()).extracting(DeadLetter::externalId).containsExactly("x", "y");
  }

  @Test
  void dead_letters_are_paged() {
    write(
        transaction -> {
          for (String id : List.of("a", "b", "c")) {
            transaction.park(letter(DeadLetter.Direction.DELIVER, id, null, 1));
          }
        });
    List<DeadLetter> first = alone.deadLetters(0, 2);
    assertThat(first).extracting(DeadLetter::contactId).containsExactly("a", "b");
    assertThat(alone.deadLetters(first.get(1).id(), 2))
        .extracting(DeadLetter::contactId)
        .containsExactly("c");
  }

  @Test
  void dead_letters_of_delivered_contacts_are_removed_and_the_others_stay() {
    write(
        transaction -> {
          transaction.park(letter(DeadLetter.Direction.DELIVER, "a", null, 1));
          transaction.park(letter(DeadLetter.Direction.DELIVER, "b", null, 1));
          transaction.park(letter(DeadLetter.Direction.OBSERVE, "a", "x", 1));
          transaction.removeDeadLetters(
              DeadLetter.Direction.DELIVER, TWENTY, List.of("a", "other"));
          transaction.removeDeadLetters(DeadLetter.Direction.DELIVER, BIGQUERY, List.of("b"));
        });
    assertThat(letters())
        .extracting(DeadLetter::direction, DeadLetter::contactId)
        .containsExactly(
            tuple(DeadLetter.Direction.DELIVER, "b"), tuple(DeadLetter.Direction.OBSERVE, "a"));
  }

  @Test
  void a_dead_letter_is_removed_by_its_id() {
    write(transaction -> transaction.park(letter(DeadLetter.Direction.DELIVER, "a", null, 1)));
    long id = letters().get(0).id();
    write(transaction -> transaction.removeDeadLetter(id));
    assertThat(alone.deadLetter(id)).isNull();
    assertThat(alone.countDeadLetters(TWENTY)).isZero();
  }

  @Test
  void dead_letters_are_counted_by_target() {
    write(transaction -> transaction.park(letter(DeadLetter.Direction.DELIVER, "a", null, 1)));
    assertThat(alone.countDeadLetters(TWENTY)).isEqualTo(1);
    assertThat(alone.countDeadLetters(BIGQUERY)).isZero();
  }

  // Held

  static Held held(String externalId, Held.Reason why) {
    return new Held(
        0, why, TWENTY, externalId, null, List.of("a", "b"), "{}", "two contacts match", NOON);
  }

  List<Held> held() {
    return alone.heldAfter(0, 100);
  }

  @Test
  void a_held_observation_reads_back_as_it_was() {
    Held held = held("x", Held.Reason.AMBIGUOUS);
    write(transaction -> transaction.hold(held));
    Held stored = held().get(0);
    assertThat(stored).usingRecursiveComparison().ignoringFields("id").isEqualTo(held);
    assertThat(alone.held(stored.id())).isEqualTo(stored);
  }

  @Test
  void a_later_observation_held_of_a_record_replaces_the_earlier_one() {
    write(transaction -> transaction.hold(held("x", Held.Reason.AMBIGUOUS)));
    write(transaction -> transaction.hold(held("y", Held.Reason.AMBIGUOUS)));
    write(transaction -> transaction.hold(held("x", Held.Reason.DUPLICATE_ID)));
    assertThat(held())
        .extracting(Held::externalId, Held::why)
        .containsExactly(tuple("x", Held.Reason.DUPLICATE_ID), tuple("y", Held.Reason.AMBIGUOUS));
  }

  @Test
  void a_system_is_held_as_a_whole_once() {
    write(transaction -> transaction.hold(held(null, Held.Reason.EMPTY_SOURCE)));
    write(transaction -> transaction.hold(held(null, Held.Reason.SOURCE_RESTORED)));
    assertThat(held()).extracting(Held::why).containsExactly(Held.Reason.SOURCE_RESTORED);
  }

  @Test
  void held_observations_are_found_by_external_id() {
    write(transaction -> transaction.hold(held("x", Held.Reason.AMBIGUOUS)));
    assertThat(alone.heldByExternalId(TWENTY, List.of("x", "y")))
        .isEqualTo(Map.of("x", held().get(0)));
    assertThat(alone.heldByExternalId(BIGQUERY, List.of("x"))).isEmpty();
  }

  @Test
  void held_observations_are_paged() {
    write(
        transaction -> {
          for (String id : List.of("x", "y", "z")) {
            transaction.hold(held(id, Held.Reason.AMBIGUOUS));
          }
        });
    List<Held> first = alone.heldAfter(0, 2);
    assertThat(first).extracting(Held::externalId).containsExactly("x", "y");
    assertThat(alone.heldAfter(first.get(1).id(), 2))
        .extracting(Held::externalId)
        .containsExactly("z");
  }

  @Test
  void a_held_observation_is_removed_by_its_id() {
    write(transaction -> transaction.hold(held("x", Held.Reason.AMBIGUOUS)));
    long id = held().get(0).id();
    assertThat(alone.countHeld(TWENTY)).isEqualTo(1);
    write(transaction -> transaction.removeHeld(id));
    assertThat(alone.held(id)).isNull();
    assertThat(alone.countHeld(TWENTY)).isZero();
  }

  // History

  static Change change(String contactId, long version, String field, Value after, Instant at) {
    return new Change(
        contactId, version, field, Value.EMPTY, after, TWENTY, at.minusSeconds(3600), at);
  }

  @Test
  void history_is_told_from_the_newest_change_down() {
    List<Change> changes = new ArrayList<>();
    for (int version = 1; version <= 3; version++) {
      changes.add(change("a", version, "title", new Value.Text("Dr. " + version), NOON));
    }
    changes.add(change("b", 1, "title", new Value.Text("Prof."), NOON));
    write(transaction -> transaction.addHistory(changes));
    assertThat(alone.history("a", 2)).containsExactly(changes.get(2), changes.get(1));
  }

  @Test
  void history_behind_a_known_line_comes_from_the_oldest_up() {
    List<Change> changes =
        List.of(
            change("a", 1, "title", new Value.Text("Dr."), NOON),
            change("b", 1, "title", new Value.Text("Prof."), NOON),
            change("a", 2, "title", new Value.Text("Dr. h.c."), NOON));
    write(transaction -> transaction.addHistory(changes));
    List<LedgerTransaction.Recorded> first = alone.historyAfter(0, 1);
    assertThat(first)
        .extracting(LedgerTransaction.Recorded::change)
        .containsExactly(changes.get(0));
    assertThat(alone.historyAfter(first.get(0).id(), 9))
        .extracting(LedgerTransaction.Recorded::change)
        .containsExactly(changes.get(1), changes.get(2));
  }

  @Test
  void the_latest_history_of_all_contacts_comes_newest_first() {
    List<Change> changes =
        List.of(
            change("a", 1, "title", new Value.Text("Dr."), NOON),
            change("b", 1, "title", new Value.Text("Prof."), NOON),
            change("a", 2, "title", new Value.Text("Dr. h.c."), NOON));
    write(transaction -> transaction.addHistory(changes));
    assertThat(alone.latestHistory(2))
        .extracting(LedgerTransaction.Recorded::change)
        .containsExactly(changes.get(2), changes.get(1));
  }

  @Test
  void what_a_contact_was_created_with_is_told_when_it_has_changed_long_since() {
    Value doctor = new Value.Text("Dr.");
    List<Change> created =
        List.of(
            change("a", 1, "first_name", new Value.Text("Zoë"), NOON),
            change("a", 1, "title", doctor, NOON),
            change("a", 1, "word_of_a_user", new Value.Text("x"), NOON));
    Map<String, Value> values = new TreeMap<>();
    created.forEach(one -> values.put(one.field(), one.after()));
    save(contact("a", 1, values));
    write(transaction -> transaction.addHistory(created));
    Change later = new Change("a", 2, "title", doctor, new Value.Text("Prof."), TWENTY, NOON, NOON);
    values.put("title", later.after());
    write(
        transaction -> {
          transaction.saveContacts(List.of(contact("a", 2, values)));
          transaction.addHistory(List.of(later));
        });
    List<Change> oldestFirst = new ArrayList<>();
    long after = 0;
    List<LedgerTransaction.Recorded> page = alone.historyAfter(after, 1);
    while (!page.isEmpty()) {
      assertThat(page.get(0).id()).isGreaterThan(after);
      oldestFirst.add(page.get(0).change());
      after = page.get(0).id();
      page = alone.historyAfter(after, 1);
    }
    List<Change> all = new ArrayList<>(created);
    all.add(later);
    assertThat(oldestFirst).isEqualTo(all);
    Collections.reverse(all);
    assertThat(alone.history("a", 9)).isEqualTo(all);
    assertThat(alone.history("a", 3)).isEqualTo(all.subList(0, 3));
    assertThat(alone.latestHistory(2))
        .extracting(LedgerTransaction.Recorded::change)
        .isEqualTo(all.subList(0, 2));
  }

  @Test
  void deletions_are_counted_from_when_they_were_accepted_and_restores_are_none() {
    Value on = new Value.Flag(true);
    write(
        transaction ->
            transaction.addHistory(
                List.of(
                    change("a", 2, Fields.DELETED, on, NOON.minusSeconds(1)),
                    change("b", 2, Fields.DELETED, on, NOON),
                    change("c", 2, Fields.DELETED, on, NOON.plusSeconds(1)),
                    change("c", 3, Fields.DELETED, Value.EMPTY, NOON.plusSeconds(2)),
                    change("came-deleted", 1, Fields.DELETED, on, NOON),
                    change("d", 2, "title", new Value.Text("Dr."), NOON))));
    assertThat(alone.countDeletionsSince(NOON)).isEqualTo(2);
  }

  @Test
  void contacts_are_counted_once_however_often_a_system_changed_the_field() {
    Value title = new Value.Text("Dr.");
    write(
        transaction ->
            transaction.addHistory(
                List.of(
                    change("a", 2, "title", title, NOON),
                    change("a", 3, "title", title, NOON),
                    change("b", 2, "title", title, NOON),
                    change("b", 3, "notes", title, NOON),
                    change("came-with-it", 1, "title", title, NOON),
                    change("c", 2, "title", title, NOON.minusSeconds(1)))));
    assertThat(alone.countFieldChangesSince(TWENTY, "title", NOON)).isEqualTo(2);
    assertThat(alone.countFieldChangesSince(BIGQUERY, "title", NOON)).isZero();
  }

  @Test
  void pruning_drops_what_is_old_and_keeps_what_waits_for_a_person() {
    Value title = new Value.Text("Dr.");
    write(
        transaction -> {
          transaction.addHistory(
              List.of(
                  change("a", 1, "title", title, NOON.minusSeconds(1)),
                  change("a", 2, "title", title, NOON)));
          transaction.addConflicts(
              List.of(
                  conflict("a", "title", Conflict.Status.SETTLED),
                  conflict("b", "title", Conflict.Status.WAITING)));
          transaction.saveCycle(new CycleReport(0, NOON.minusSeconds(1), null, Map.of()));
          transaction.saveCycle(new CycleReport(0, NOON.plusSeconds(10), null, Map.of()));
          transaction.pruneBefore(NOON);
        });
    assertThat(alone.history("a", 9)).extracting(Change::version).containsExactly(2L);
    assertThat(alone.conflicts(false, 0, 9)).hasSize(2);
    assertThat(alone.cycles(9)).hasSize(1);
    write(transaction -> transaction.pruneBefore(NOON.plusSeconds(5)));
    assertThat(alone.conflicts(false, 0, 9))
        .extracting(Conflict::status)
        .containsExactly(Conflict.Status.WAITING);
  }

  // Cycles

  @Test
  void a_cycle_report_is_replaced_under_its_id() {
    long id = alone.saveCycle(new CycleReport(0, NOON, null, Map.of()));
    CycleReport ended =
        new CycleReport(
            id,
            NOON,
            NOON.plusSeconds(4),
            Map.of(
                TWENTY,
                new CycleReport.Counters(1, 2, 3, 4, 5, 6, null),
                BIGQUERY,
                new CycleReport.Counters(0, 0, 0, 0, 0, 1, "It cannot be reached")));
    assertThat(alone.saveCycle(ended)).isEqualTo(id);
    assertThat(alone.cycles(9)).containsExactly(ended);
  }

  @Test
  void cycles_are_told_from_the_newest_down() {
    for (int i = 0; i < 3; i++) {
      CycleReport report = new CycleReport(0, NOON.plusSeconds(i), null, Map.of());
      write(transaction -> transaction.saveCycle(report));
    }
    assertThat(alone.cycles(2))
        .extracting(CycleReport::startedAt)
        .containsExactly(NOON.plusSeconds(2), NOON.plusSeconds(1));
  }

  // Webhooks

  private static Heard heard(String system, String externalId, Instant at) {
    return new Heard(0, system, externalId, Heard.Kind.CHANGED, at);
  }

  @Test
  void the_inbox_tells_the_oldest_first_and_each_system_its_own() {
    alone.receive(List.of(heard(TWENTY, "a", NOON), heard(BIGQUERY, "x", NOON)));
    alone.receive(List.of(heard(TWENTY, "b", NOON.plusSeconds(1)), heard(TWENTY, null, NOON)));

    assertThat(alone.inbox(TWENTY, 9))
        .extracting(Heard::externalId)
        .containsExactly("a", "b", null);
    assertThat(alone.inbox(TWENTY, 1)).extracting(Heard::externalId).containsExactly("a");
    assertThat(alone.countInbox(BIGQUERY)).isEqualTo(1);
  }

  @Test
  void a_later_notice_of_a_record_outlives_the_removal_of_the_earlier() {
    alone.receive(List.of(heard(TWENTY, "a", NOON)));
    List<Long> read = alone.inbox(TWENTY, 9).stream().map(Heard::id).toList();
    alone.receive(List.of(heard(TWENTY, "a", NOON.plusSeconds(1))));

    alone.removeFromInbox(read);

    assertThat(alone.inbox(TWENTY, 9))
        .extracting(Heard::receivedAt)
        .containsExactly(NOON.plusSeconds(1));
  }

  @Test
  void many_notices_of_one_record_are_one() {
    alone.receive(List.of(heard(TWENTY, "a", NOON), heard(TWENTY, "a", NOON.plusSeconds(1))));
    alone.receive(List.of(heard(TWENTY, null, NOON), heard(TWENTY, null, NOON)));

    assertThat(alone.inbox(TWENTY, 9)).extracting(Heard::externalId).containsExactly("a", null);
  }

  @Test
  void what_was_read_leaves_the_inbox() {
    alone.receive(List.of(heard(TWENTY, "a", NOON), heard(TWENTY, "b", NOON)));

    alone.removeFromInbox(List.of(alone.inbox(TWENTY, 9).get(0).id()));

    assertThat(alone.inbox(TWENTY, 9)).extracting(Heard::externalId).containsExactly("b");
  }

  @Test
  void the_newest_notice_is_told_by_its_number_and_none_by_nothing() {
    assertThat(alone.newestInInbox(TWENTY)).isZero();

    alone.receive(List.of(heard(TWENTY, "a", NOON), heard(TWENTY, "b", NOON)));

    assertThat(alone.newestInInbox(TWENTY)).isEqualTo(alone.inbox(TWENTY, 9).get(1).id());
    assertThat(alone.newestInInbox(BIGQUERY)).isZero();
  }

  @Test
  void a_signature_is_new_once() {
    assertThat(alone.markUsed(Map.of("s1", NOON))).isEmpty();
    assertThat(alone.markUsed(Map.of("s1", NOON, "s2", NOON))).containsExactly("s1");
    assertThat(alone.markUsed(Map.of("s2", NOON))).containsExactly("s2");
  }

  @Test
  void a_signature_that_is_too_old_anyway_is_forgotten() {
    alone.markUsed(Map.of("old", NOON, "young", NOON.plusSeconds(1)));

    alone.forgetSignatures(NOON.plusSeconds(1));

    assertThat(alone.markUsed(Map.of("old", NOON, "young", NOON))).containsExactly("young");
  }

  // Writes without a condition

  private static Watch watch(String contactId, String externalId, Instant readAt) {
    return new Watch(
        contactId,
        externalId,
        Map.of(
            "job_title", new FieldState(new Value.Text("Captain"), 7, NOON, BIGQUERY),
            "department", new FieldState(Value.EMPTY, 3, null, null)),
        "{\"jobTitle\":\"Pilot\"}",
        readAt,
        readAt.plusSeconds(1));
  }

  @Test
  void a_write_without_a_condition_reads_back_as_it_was_noted_until_its_watch_ends() {
    Watch one = watch("c-1", "a", NOON);
    Watch other = watch("c-2", "b", NOON);
    write(transaction -> transaction.watch(TWENTY, List.of(other, one)));

    assertThat(alone.watched(TWENTY)).containsExactly(one, other);
    assertThat(alone.watched(BIGQUERY)).isEmpty();

    write(transaction -> transaction.endWatch(TWENTY, List.of("a", "unknown")));

    assertThat(alone.watched(TWENTY)).containsExactly(other);
  }

  @Test
  void a_later_write_of_a_record_is_watched_in_the_place_of_the_earlier() {
    Watch later = watch("c-1", "a", NOON.plusSeconds(9));
    write(transaction -> transaction.watch(TWENTY, List.of(watch("c-1", "a", NOON))));
    write(transaction -> transaction.watch(TWENTY, List.of(later)));

    assertThat(alone.watched(TWENTY)).containsExactly(later);
  }

  @Test
  void nothing_of_an_erased_contact_or_record_is_watched() {
    write(
        transaction ->
            transaction.watch(
                TWENTY,
                List.of(
                    watch("c-1", "a", NOON), watch("c-2", "b", NOON), watch("c-3", "c", NOON))));

    write(transaction -> transaction.eraseContact("c-1"));
    write(transaction -> transaction.eraseRecord(TWENTY, "b"));

    assertThat(alone.watched(TWENTY)).extracting(Watch::externalId).containsExactly("c");
  }

  // Settings

  @Test
  void a_setting_is_null_until_it_is_set_and_keeps_its_last_value() {
    assertThat(alone.setting("pause")).isNull();
    write(transaction -> transaction.setSetting("pause", "twenty"));
    write(transaction -> transaction.setSetting("pause", "local"));
    assertThat(alone.setting("pause")).isEqualTo("local");
  }

  @Test
  void a_setting_that_is_set_to_null_is_gone() {
    write(transaction -> transaction.setSetting("pause", "twenty"));
    write(transaction -> transaction.setSetting("pause", null));
    assertThat(alone.setting("pause")).isNull();
  }
}
