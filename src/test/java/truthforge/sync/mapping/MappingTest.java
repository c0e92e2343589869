package truthforge.sync.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

class MappingTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private final Mapping twenty = MappingFiles.shipped("twenty");
  private final Mapping local = MappingFiles.shipped("local");
  private final Mapping bigquery = MappingFiles.shipped("bigquery");

  private static JsonNode json(String text) throws Exception {
    return JSON.readTree(text.replace('\'', '"'));
  }

  private static Value text(String text) {
    return new Value.Text(text);
  }

  private static Value items(String... items) {
    return new Value.Items(List.of(items));
  }

  private ObjectNode write(String field, Value value, String current) throws Exception {
    return twenty.write(Map.of(field, value), current == null ? null : json(current));
  }

  private Value read(String field, String record) throws Exception {
    return twenty.read(json(record)).get(field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "+33612345678 | 612345678 | FR | +33",
        "+14155552671 | 4155552671 | US | +1",
        "+390612345678 | 0612345678 | IT | +39",
        "+15551234567 | 5551234567 | `` | +1",
        "+80012345678 | 12345678 | `` | +800",
      })
  void a_phone_number_is_sent_in_its_parts(
      String phone, String number, String country, String calling) throws Exception {
    assertThat(write("phones", items(phone), null))
        .isEqualTo(
            json(
                "{'phones':{'primaryPhoneNumber':'%s','primaryPhoneCountryCode':'%s','primaryPhoneCallingCode':'%s','additionalPhones':[]}}"
                    .formatted(number, country, calling)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "612345678 | FR | +33 | +33612345678",
        "0612345678 | FR | +33 | +33612345678",
        "0612345678 | FR | `` | +33612345678",
        "882261739 | `` | +1 | +1882261739",
        "+14155552671 | `` | `` | +14155552671",
        "4155552671 | `` | `` | 4155552671",
      })
  void a_phone_number_is_put_together_from_its_parts(
      String number, String country, String calling, String phone) throws Exception {
    String record =
        "{'phones':{'primaryPhoneNumber':'%s','primaryPhoneCountryCode':'%s','primaryPhoneCallingCode':'%s','additionalPhones':null}}"
            .formatted(number, country, calling);

    assertThat(read("phones", record)).isEqualTo(items(phone));
  }

  @Test
  void changing_one_phone_number_sends_all_and_keeps_the_country_that_people_gave_another()
      throws Exception {
    ObjectNode written =
        write(
            "phones",
            items("+33612345678", "+1882261739"),
            "{'phones':{'primaryPhoneNumber':'882261739','primaryPhoneCountryCode':'CA','primaryPhoneCallingCode':'+1','additionalPhones':[]}}");

    assertThat(written)
        .isEqualTo(
            json(
                "{'phones':{'primaryPhoneNumber':'612345678','primaryPhoneCountryCode':'FR','primaryPhoneCallingCode':'+33','additionalPhones':[{'number':'882261739','callingCode':'+1','countryCode':'CA'}]}}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "0612345678", "+33 (home)", "+999123456789", "+1"})
  void a_phone_number_that_twenty_refuses_is_withheld_and_the_others_go(String bad) {
    Value value = items(bad, "+33612345678");

    assertThat(twenty.held("phones", value)).isEqualTo(items("+33612345678"));
    assertThat(twenty.withheld("phones", value).part()).isEqualTo(items(bad));
  }

  @Test
  void phones_are_cleared_part_by_part() throws Exception {
    assertThat(
            write(
                "phones",
                Value.EMPTY,
                "{'phones':{'primaryPhoneNumber':'612345678','primaryPhoneCountryCode':'FR','primaryPhoneCallingCode':'+33'}}"))
        .isEqualTo(
            json(
                "{'phones':{'primaryPhoneNumber':'','primaryPhoneCountryCode':'','primaryPhoneCallingCode':'','additionalPhones':[]}}"));
  }

  @Test
  void a_changed_primary_email_is_sent_with_the_additional_ones() throws Exception {
    assertThat(
            write(
                "emails",
                items("new@example.com", "x1@example.com"),
                "{'emails':{'primaryEmail':'old@example.com','additionalEmails':['x1@example.com']}}"))
        .isEqualTo(
            json(
                "{'emails':{'primaryEmail':'new@example.com','additionalEmails':['x1@example.com']}}"));
  }

  @Test
  void emails_without_a_primary_one_are_read() throws Exception {
    assertThat(
            read("emails", "{'emails':{'primaryEmail':'','additionalEmails':['X2@example.com']}}"))
        .isEqualTo(items("x2@example.com"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"not an email", "@example.com", "a@", "a@b@c", "in side@example.com"})
  void an_email_that_twenty_refuses_is_withheld_and_the_others_go(String bad) {
    Value value = items(bad, "ann@example.com");

    assertThat(twenty.held("emails", value)).isEqualTo(items("ann@example.com"));
    assertThat(twenty.withheld("emails", value).part()).isEqualTo(items(bad));
  }

  @Test
  void a_changed_address_keeps_its_label_and_the_other_links() throws Exception {
    assertThat(
            write(
                "linkedin_url",
                text("https://linkedin.com/in/new"),
                "{'linkedinLink':{'primaryLinkUrl':'https://linkedin.com/in/old','primaryLinkLabel':'lbl','secondaryLinks':[{'url':'https://a.example','label':'a'}]}}"))
        .isEqualTo(
            json(
                "{'linkedinLink':{'primaryLinkUrl':'https://linkedin.com/in/new','primaryLinkLabel':'lbl','secondaryLinks':[{'url':'https://a.example','label':'a'}]}}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"not a url", "ftp://a.example", "https://m\u00fcller.example", "ann"})
  void an_address_that_twenty_refuses_is_withheld(String bad) {
    assertThat(twenty.held("linkedin_url", text(bad))).isEqualTo(Value.EMPTY);
    assertThat(twenty.withheld("linkedin_url", text(bad)).part()).isEqualTo(text(bad));
  }

  @Test
  void a_changed_first_name_is_sent_with_the_last_name() throws Exception {
    assertThat(
            write("first_name", text("Augusta"), "{'name':{'firstName':'Ada','lastName':'King'}}"))
        .isEqualTo(json("{'name':{'firstName':'Augusta','lastName':'King'}}"));
  }

  @Test
  void both_names_are_sent_in_one_composite() {
    assertThat(
            twenty
                .write(Map.of("first_name", text("Ada"), "last_name", Value.EMPTY), null)
                .toString())
        .isEqualTo("{\"name\":{\"firstName\":\"Ada\",\"lastName\":\"\"}}");
  }

  @Test
  void an_organization_is_sent_by_name_without_the_company_it_was() throws Exception {
    assertThat(write("organization", text("New"), "{'company':{'id':'c1','name':'Old','size':7}}"))
        .isEqualTo(json("{'company':{'name':'New'}}"));
  }

  @Test
  void no_company_is_read_as_an_empty_organization() throws Exception {
    assertThat(read("organization", "{'company':null}")).isEqualTo(Value.EMPTY);
  }

  @Test
  void a_record_without_a_company_object_is_silent_on_the_organization() throws Exception {
    assertThat(twenty.read(json("{'companyId':'c1'}"))).doesNotContainKey("organization");
  }

  @Test
  void an_empty_flag_is_false_in_twenty() {
    assertThat(twenty.held("is_me", Value.EMPTY)).isEqualTo(new Value.Flag(false));
  }

  @Test
  void blanks_that_twenty_keeps_around_a_text_are_no_part_of_its_value() throws Exception {
    assertThat(read("job_title", "{'jobTitle':'  padded  '}")).isEqualTo(text("padded"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1990", "2024-02-30", "0000-01-01", "soon"})
  void what_is_no_date_is_withheld_where_the_column_is_a_date(String bad) {
    assertThat(bigquery.held("birthday", text(bad))).isEqualTo(Value.EMPTY);
    assertThat(local.held("birthday", text(bad))).isEqualTo(text(bad));
  }

  @Test
  void sqlite_holds_lists_documents_and_flags_as_text_and_numbers() throws Exception {
    Value document = FieldType.DOCUMENT.normalise(json("{'b':1,'a':2}"));
    Map<String, Value> values =
        Map.of("emails", items("a@b.c"), "llm_context", document, "is_me", new Value.Flag(true));

    assertThat(local.write(values, null))
        .isEqualTo(
            JSON.createObjectNode()
                .put("is_me", 1)
                .put("emails", "[\"a@b.c\"]")
                .put("llm_context", "{\"a\":2,\"b\":1}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bigquery | 12345678901234567890 | 12345678901234567890",
        "twenty | 12345678901234567890 | 12345678901234567000",
        "supabase | 12345678901234567890.5 | 12345678901234567890.5",
        "twenty | 0.1 | 0.1",
      })
  void the_rounding_of_numbers_in_documents_is_foretold(
      String system, String number, String expected) {
    Value value = FieldType.DOCUMENT.normalise(TextNode.valueOf("{\"n\":" + number + "}"));
    Value held = FieldType.DOCUMENT.normalise(TextNode.valueOf("{\"n\":" + expected + "}"));

    assertThat(MappingFiles.shipped(system).held("llm_context", value)).isEqualTo(held);
  }

  @Test
  void a_read_only_field_is_read_and_not_written() throws Exception {
    Mapping mapping =
        MappingFiles.load(
            new StringReader("system: local\nfields:\n  notes: {path: memo, access: read-only}\n"),
            "x");

    assertThat(mapping.read(json("{'memo':'a'}"))).containsEntry("notes", text("a"));
    assertThat(mapping.write(Map.of("notes", text("b")), null)).isEmpty();
  }

  @Test
  void a_field_of_the_users_own_is_read_and_written() throws Exception {
    Mapping mapping =
        MappingFiles.load(
            new StringReader(
                "system: twenty\nfields: {}\nadded:\n  shoe_size: {path: shoeSize, type: text}\n"),
            "x");

    assertThat(mapping.added()).containsExactly(Field.edited("shoe_size", FieldType.TEXT));
    assertThat(mapping.read(json("{'shoeSize':42}"))).containsEntry("shoe_size", text("42"));
    assertThat(mapping.write(Map.of("shoe_size", text("43")), null))
        .isEqualTo(json("{'shoeSize':'43'}"));
  }

  @Test
  void the_fingerprint_tells_a_changed_mapping() throws Exception {
    Mapping one = MappingFiles.load(new StringReader("system: local\nfields: {notes: a}\n"), "x");
    Mapping two = MappingFiles.load(new StringReader("system: local\nfields: {notes: b}\n"), "x");

    assertThat(one.fingerprint()).isNotEqualTo(two.fingerprint());
  }

  @Test
  void the_fingerprint_does_not_depend_on_the_order_of_lines() throws Exception {
    Mapping one =
        MappingFiles.load(new StringReader("system: local\nfields: {notes: a, title: b}\n"), "x");
    Mapping two =
        MappingFiles.load(new StringReader("system: local\nfields: {title: b, notes: a}\n"), "y");

    assertThat(one.fingerprint()).isEqualTo(two.fingerprint());
  }

  @Test
  void a_system_without_a_place_for_the_contact_id_has_no_path_for_it() {
    assertThat(twenty.limitedTo(property -> !property.equals("contactId")).contactIdPath())
        .isNull();
  }

  @Test
  void the_shipped_record_paths_of_twenty_need_not_be_written_down() throws Exception {
    Mapping mapping = MappingFiles.load(new StringReader("system: twenty\nfields: {}\n"), "x");

    assertThat(mapping.syncMetadataPath()).isEqualTo("syncMetadata");
  }
}
