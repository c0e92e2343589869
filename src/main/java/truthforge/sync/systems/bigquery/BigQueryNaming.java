package truthforge.sync.systems.bigquery;

import com.github.f4b6a3.uuid.UuidCreator;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.FieldValueList;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Change;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Linker;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.Records;
import truthforge.sync.systems.bigquery.BigQueryStatements.Naming;

/**
 * Sees to it that every row carries an id, and the right one: BigQuery has no other by which a row
 * could be found again. A row without id gets one; where somebody changed or cleared the id of a
 * contact, it is put back and told in the history.
 *
 * <p>A row is a contact's former one if it holds an email or a phone number of that contact alone,
 * the names do not differ, and no row carries the contact's id any more.
 */
final class BigQueryNaming {

  private static final int INVALID = 400;

  private final BigQueryRunner runner;
  private final Ledger ledger;
  private final AgreedClock clock;

  BigQueryNaming(BigQueryRunner runner, Ledger ledger, Clock clock) {
    this.runner = runner;
    this.ledger = ledger;
    this.clock = AgreedClock.of(clock);
  }

  /**
   * What each row is to be called that has no id, or an unknown one and is a known contact's.
   *
   * @param rows of a page
   */
  List<Naming> wanted(KnownTable known, List<BigQueryRows.Row> rows) throws InterruptedException {
    Set<String> ids = new LinkedHashSet<>();
    Map<String, Integer> equalRows = new HashMap<>();
    for (BigQueryRows.Row row : rows) {
      ids.add(known.contactId(row));
      equalRows.merge(row.etag(), 1, Integer::sum);
    }
    ids.remove("");
    Set<String> familiar =
        ledger.transaction(tx -> tx.replicasByExternalId(BigQueryContacts.NAME, ids).keySet());
    Map<BigQueryRows.Row, Observation> unfamiliar = new LinkedHashMap<>();
    List<BigQueryRows.Row> nameless = new ArrayList<>();
    for (BigQueryRows.Row row : rows) {
      String id = known.contactId(row);
      if (!row.doubled() && !familiar.contains(id) && equalRows.get(row.etag()) == 1) {
        unfamiliar.put(row, observation(known, row));
        if (id.isEmpty()) {
          nameless.add(row);
        }
      }
    }
    Map<BigQueryRows.Row, Set<String>> owners = ledger.transaction(tx -> owners(tx, unfamiliar));
    Set<String> missing = new HashSet<>();
    owners.values().forEach(missing::addAll);
    if (!missing.isEmpty()) {
      for (FieldValueList values : runner.rows(BigQueryStatements.byIds(known.table(), missing))) {
        missing.remove(known.contactId(BigQueryRows.decode(known.table(), values)));
      }
    }
    Map<String, BigQueryRows.Row> taken = new LinkedHashMap<>();
    Set<String> disputed = new HashSet<>();
    owners.forEach(
        (row, of) -> {
          if (of.size() == 1 && missing.containsAll(of)) {
            String id = of.iterator().next();
            if (taken.put(id, row) != null) {
              disputed.add(id);
            }
          }
        });
    List<Naming> namings = new ArrayList<>();
    taken.forEach(
        (id, row) -> {
          if (!disputed.contains(id)) {
            namings.add(new Naming(row.etag(), formerId(known, row), id));
            nameless.remove(row);
          }
        });
    if (known.table().type(BigQueryTable.CONTACT_ID).orElseThrow() == BigQueryType.STRING) {
      for (BigQueryRows.Row row : nameless) {
        String fresh = UuidCreator.getTimeOrderedEpoch().toString();
        namings.add(new Naming(row.etag(), formerId(known, row), fresh));
      }
    }
    return namings;
  }

  /** As it stands in the column, where an empty text is not the same as none. */
  private static String formerId(KnownTable known, BigQueryRows.Row row) {
    var id = row.values().path(known.table().column(BigQueryTable.CONTACT_ID).orElseThrow());
    return id.isNull() ? null : id.asText();
  }

  private Observation observation(KnownTable known, BigQueryRows.Row row) {
    return Records.observation(
        known.mapping(), known.contactId(row), null, known.record(row), clock);
  }

  /** The ids that contacts have in BigQuery who could have been these rows. */
  private static Map<BigQueryRows.Row, Set<String>> owners(
      LedgerTransaction tx, Map<BigQueryRows.Row, Observation> rows) {
    Map<String, Set<String>> byEmail = tx.contactIdsByEmail(all(rows, Linker::emails));
    Map<String, Set<String>> byPhone = tx.contactIdsByPhone(all(rows, Linker::phones));
    Set<String> ids = new LinkedHashSet<>();
    byEmail.values().forEach(ids::addAll);
    byPhone.values().forEach(ids::addAll);
    Map<String, Contact> contacts = tx.contacts(ids);
    Map<String, Map<String, Replica>> replicas = tx.replicasOf(ids);
    Map<BigQueryRows.Row, Set<String>> owners = new LinkedHashMap<>();
    rows.forEach(
        (row, told) -> {
          Set<String> matches = matches(byEmail, Linker.emails(told));
          if (matches.isEmpty()) {
            matches = matches(byPhone, Linker.phones(told));
          }
          Set<String> of = new LinkedHashSet<>();
          for (String match : matches) {
            Replica replica = replicas.get(match).get(BigQueryContacts.NAME);
            if (replica != null && replica.hasRecord() && sameNames(contacts.get(match), told)) {
              of.add(replica.externalId());
            }
          }
          owners.put(row, of);
        });
    return owners;
  }

  private static Set<String> all(
      Map<BigQueryRows.Row, Observation> rows, Function<Observation, List<String>> items) {
    Set<String> all = new LinkedHashSet<>();
    rows.values().forEach(row -> all.addAll(items.apply(row)));
    return all;
  }

  private static Set<String> matches(Map<String, Set<String>> index, List<String> items) {
    Set<String> matches = new LinkedHashSet<>();
    items.forEach(item -> matches.addAll(index.getOrDefault(item, Set.of())));
    return matches;
  }

  private static boolean sameNames(Contact contact, Observation row) {
    return List.of("first_name", "last_name").stream()
        .allMatch(
            name ->
                contact.value(name).isEmpty()
                    || row.value(name).isEmpty()
                    || contact.value(name).equals(row.value(name)));
  }

  /**
   * Gives the rows these ids, each on the condition that it is as it was read.
   *
   * @param pace waits until a statement may change the table
   * @return the ids that may have been given; empty where BigQuery takes no change of such a row
   *     now, because it was streamed in
   */
  Set<String> give(KnownTable known, List<Naming> namings, long micros)
      throws InterruptedException {
    try {
      runner.write(BigQueryStatements.name(known.table(), namings, micros));
    } catch (BigQueryException e) {
      if (e.getCode() == INVALID && String.valueOf(e.getMessage()).contains("streaming buffer")) {
        return Set.of();
      }
      throw e;
    }
    Set<String> given = new LinkedHashSet<>();
    namings.forEach(naming -> given.add(naming.id()));
    return given;
  }

  /** Tells in the history of a contact that its id was put back. */
  void tell(List<Naming> putBack) {
    Instant now = clock.instant();
    ledger.transaction(
        tx -> {
          Set<String> external = new LinkedHashSet<>();
          putBack.forEach(naming -> external.add(naming.id()));
          Map<String, Replica> replicas = tx.replicasByExternalId(BigQueryContacts.NAME, external);
          Map<String, Contact> contacts =
              tx.contacts(replicas.values().stream().map(Replica::contactId).toList());
          List<Change> changes = new ArrayList<>();
          for (Naming naming : putBack) {
            Replica replica = replicas.get(naming.id());
            if (replica != null) {
              Contact contact = contacts.get(replica.contactId());
              changes.add(
                  new Change(
                      contact.id(),
                      contact.version(),
                      Fields.CONTACT_ID,
                      naming.former() == null ? Value.EMPTY : Value.ofText(naming.former()),
                      Value.ofText(contact.id()),
                      BigQueryContacts.NAME,
                      now,
                      now));
            }
          }
          tx.addHistory(changes);
          return null;
        });
  }
}
