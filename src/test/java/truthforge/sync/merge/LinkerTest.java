package truthforge.sync.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.merge.Linker.Link;
import truthforge.sync.merge.Sighting.Observation;

class LinkerTest {

  private static Contact contact(String id, String firstName, boolean deleted) {
    Instant at = Instant.EPOCH;
    Map<String, FieldState> states = new HashMap<>();
    states.put("first_name", new FieldState(Value.ofText(firstName), 1, at, "bigquery"));
    if (deleted) {
      states.put(Fields.DELETED, new FieldState(new Value.Flag(true), 1, at, "bigquery"));
    }
    return new Contact(id, 1, states, at);
  }

  private static Observation record(String contactId, String firstName, boolean deleted) {
    return new Observation(
        "twenty",
        "t1",
        "r",
        contactId,
        Map.of("first_name", Value.ofText(firstName)),
        deleted,
        null,
        null);
  }

  private static Link link(
      Observation record, Contact carried, List<Contact> byEmail, List<Contact> byPhone) {
    return Linker.link(record, carried, byEmail, byPhone, id -> false);
  }

  private static final Contact ANN = contact("ann", "Ann", false);
  private static final Contact BOB = contact("bob", "Bob", false);

  @Test
  void a_known_id_links() {
    assertThat(link(record("ann", "Ann", false), ANN, List.of(), List.of()))
        .isEqualTo(new Link.To("ann"));
  }

  @Test
  void an_email_links_where_no_id_is_carried() {
    assertThat(link(record("", "Other", false), null, List.of(ANN), List.of()))
        .isEqualTo(new Link.To("ann"));
  }

  @Test
  void a_phone_number_links_where_the_names_do_not_contradict() {
    assertThat(link(record("", "ann", false), null, List.of(), List.of(ANN)))
        .isEqualTo(new Link.To("ann"));
  }

  @Test
  void a_phone_number_does_not_link_people_of_different_names() {
    assertThat(link(record("", "Bob", false), null, List.of(), List.of(ANN)))
        .isEqualTo(new Link.New(null));
  }

  @Test
  void a_record_that_matches_nobody_keeps_the_id_that_it_carries() {
    assertThat(link(record("own", "Ann", false), null, List.of(), List.of()))
        .isEqualTo(new Link.New("own"));
  }

  @Test
  void the_id_of_one_contact_with_the_email_of_another_is_held() {
    assertThat(link(record("ann", "Ann", false), ANN, List.of(BOB), List.of()))
        .isInstanceOfSatisfying(
            Link.Hold.class, hold -> assertThat(hold.candidates()).containsExactly("ann", "bob"));
  }

  @Test
  void an_unknown_id_with_the_email_of_a_contact_is_held() {
    assertThat(link(record("own", "Ann", false), null, List.of(ANN), List.of()))
        .isInstanceOf(Link.Hold.class);
  }

  @Test
  void an_email_of_two_contacts_is_held() {
    assertThat(link(record("", "Ann", false), null, List.of(ANN, BOB), List.of()))
        .isInstanceOf(Link.Hold.class);
  }

  @Test
  void a_match_that_has_another_record_there_is_held() {
    assertThat(
            Linker.link(
                record("", "Ann", false), null, List.of(ANN), List.of(), Set.of("ann")::contains))
        .isInstanceOf(Link.Hold.class);
  }

  @Test
  void a_second_record_with_the_same_id_is_held() {
    assertThat(
            Linker.link(
                record("ann", "Ann", false), ANN, List.of(), List.of(), Set.of("ann")::contains))
        .isInstanceOf(Link.Hold.class);
  }

  @Test
  void a_deleted_contact_counts_only_where_there_is_no_live_one() {
    Contact former = contact("former", "Ann", true);
    assertThat(link(record("", "Ann", false), null, List.of(former, ANN), List.of()))
        .isEqualTo(new Link.To("ann"));
    assertThat(link(record("", "Ann", false), null, List.of(former), List.of()))
        .isEqualTo(new Link.To("former"));
  }

  @Test
  void an_unknown_id_with_the_email_of_a_deleted_contact_is_somebody_new() {
    Contact former = contact("former", "Ann", true);
    assertThat(link(record("own", "Ann", false), null, List.of(former), List.of(former)))
        .isEqualTo(new Link.New("own"));
  }

  @Test
  void a_known_id_with_the_email_of_a_deleted_contact_links() {
    Contact former = contact("former", "Ann", true);
    assertThat(link(record("ann", "Ann", false), ANN, List.of(former), List.of()))
        .isEqualTo(new Link.To("ann"));
  }

  @Test
  void a_deleted_record_with_an_id_and_the_email_of_another_contact_goes_by_its_id() {
    Contact former = contact("former", "Bob", true);
    assertThat(link(record("own", "Bob", true), null, List.of(ANN), List.of()))
        .isEqualTo(new Link.New("own"));
    assertThat(link(record("former", "Bob", true), former, List.of(ANN, former), List.of()))
        .isEqualTo(new Link.To("former"));
  }

  @Test
  void names_alone_never_link() {
    assertThat(link(record("", "Ann", false), null, List.of(), List.of()))
        .isEqualTo(new Link.New(null));
  }
}
