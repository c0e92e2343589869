package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.merge.Due;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Manner;
import truthforge.sync.simulation.TinySystem.Row;

/** What a ledger that was put back from a copy makes of records that came since (promise 1). */
class RestoredLedgerTest {

  private static final String NAME = "first_name";
  private static final String NICK = "nickname";

  private final Instant now = Instant.parse("2026-01-01T12:00:00Z");
  private final Clock clock = Clock.fixed(now, ZoneOffset.UTC);
  private final MemoryLedger copy = new MemoryLedger(clock);
  private final TinySystem bigquery = new TinySystem("bigquery", Manner.EXACT);
  private final Observing observing =
      new Observing(
          copy,
          new Participants(List.of(bigquery)),
          new Merge(TinySystem.FIELDS, Policies.latest()),
          new Due(TinySystem.FIELDS, () -> "w"),
          () -> "new",
          clock);

  /** Ada's record of then is destroyed, and somebody made another one. */
  @BeforeEach
  void a_ledger_is_copied() {
    Row ada = bigquery.insert("ada", now);
    bigquery.edit(ada, TinySystem.EMAILS, new Value.Items(List.of("ada@x.example")), now);
    bigquery.edit(ada, NAME, new Value.Text("Ada"), now);
    bigquery.edit(ada, NICK, new Value.Text("Addie"), now);
    bigquery.edit(ada, TinySystem.TAGS, new Value.Items(List.of("old", "kept")), now);
    store(List.of(bigquery.observe(ada, now)));
    copy.transaction(
        tx -> {
          tx.setSetting(Ledger.COPIED_AT, now.plusSeconds(1).toString());
          return null;
        });
    bigquery.remove(ada);
    store(List.of(new Sighting.Gone("bigquery", ada.id)));
  }

  private void store(List<Sighting> told) {
    observing.store(new Page("bigquery", told, null), Limits.none());
  }

  private Contact madeAnew(String contactId) {
    Row anew = bigquery.insert(contactId, now);
    bigquery.edit(anew, TinySystem.EMAILS, new Value.Items(List.of("ada@x.example")), now);
    bigquery.edit(anew, NAME, new Value.Text("Ada Maria"), now);
    bigquery.edit(anew, TinySystem.TAGS, new Value.Items(List.of("kept")), now);
    store(new ArrayList<>(List.of(bigquery.observe(anew, now))));
    return copy.transaction(tx -> tx.contacts(List.of("ada"))).get("ada");
  }

  private List<Conflict> listed(String field) {
    return copy.transaction(tx -> tx.conflicts(false, 0, 100)).stream()
        .filter(conflict -> conflict.field().equals(field))
        .toList();
  }

  @Test
  void a_record_made_anew_with_the_contacts_id_tells_what_holds_by_now() {
    Contact ada = madeAnew("ada");
    assertThat(List.of(ada.value(NAME), ada.value(NICK), ada.value(TinySystem.TAGS)))
        .containsExactly(
            new Value.Text("Ada Maria"), Value.EMPTY, new Value.Items(List.of("kept")));
  }

  @Test
  void what_the_ledger_knew_of_it_is_listed() {
    madeAnew("ada");
    assertThat(listed(NAME))
        .extracting(Conflict::kind, Conflict::lost)
        .containsExactly(tuple(Conflict.Kind.FIRST_MEETING, new Value.Text("Ada")));
  }

  @Test
  void a_record_without_the_id_takes_nothing_away() {
    Contact ada = madeAnew(null);
    assertThat(List.of(ada.value(NICK), ada.value(TinySystem.TAGS)))
        .containsExactly(new Value.Text("Addie"), new Value.Items(List.of("old", "kept")));
  }
}
