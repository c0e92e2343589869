package truthforge.sync.contact;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NormaliserTest {

  private static Value of(FieldType type, String text) {
    return type.normalise(TextNode.valueOf(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":1} and a note", "[1] more", "1 2", "{bad"})
  void text_that_is_no_single_json_document_is_kept_whole(String text) {
    assertThat(of(FieldType.DOCUMENT, text)).isEqualTo(new Value.Text(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"+49 30 12345 abc", "+33 6 12 34 56 78 (home)", "+49 30 123456 ext 7"})
  void a_phone_number_with_words_is_kept_as_written(String text) {
    assertThat(of(FieldType.PHONES, text)).isEqualTo(new Value.Items(List.of(text)));
  }

  @ParameterizedTest
  @CsvSource({
    "+33 6 12 34 56 78, +33612345678",
    "0033612345678, +33612345678",
    "+1 (415) 555-2671, +14155552671"
  })
  void an_international_number_becomes_e164(String written, String expected) {
    assertThat(of(FieldType.PHONES, written)).isEqualTo(new Value.Items(List.of(expected)));
  }

  @Test
  void words_behind_a_date_are_no_time_and_stay() {
    assertThat(of(FieldType.DATE, "2024-02-29 or so"))
        .isEqualTo(new Value.Text("2024-02-29 or so"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2024-02-29T23:00:00Z", "2024-02-29 00:00:00+00"})
  void a_time_behind_a_date_is_dropped(String text) {
    assertThat(of(FieldType.DATE, text)).isEqualTo(new Value.Text("2024-02-29"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://linkedin.com/in/zo%c3%ab",
        "https://LinkedIn.com/in/zo\u00eb/",
        "HTTPS://linkedin.com/in/zo%C3%AB"
      })
  void an_address_is_one_however_its_letters_are_escaped(String text) {
    assertThat(of(FieldType.URL, text))
        .isEqualTo(new Value.Text("https://linkedin.com/in/zo%C3%AB"));
  }

  @Test
  void half_a_character_becomes_the_replacement_character() {
    assertThat(of(FieldType.TEXT, "a\ud83d")).isEqualTo(new Value.Text("a\ufffd"));
  }

  @Test
  void a_document_equals_itself_after_any_json_parser() throws Exception {
    Value value = of(FieldType.DOCUMENT, "{\"b\":0.1,\"a\":5}");

    assertThat(Value.fromJson(new ObjectMapper().readTree(value.toJson().toString())))
        .isEqualTo(value);
  }
}
