package truthforge.sync.contact;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class NormaliserProperties {

  private static final ObjectMapper PLAIN_JSON = new ObjectMapper();
  private static final ObjectMapper EXACT_JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  @Provide
  Arbitrary<JsonNode> nasty() {
    return NastyJson.any();
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void normalising_twice_changes_nothing(@ForAll FieldType type, @ForAll("nasty") JsonNode raw) {
    Value once = type.normalise(raw);

    assertThat(type.normalise(once.toJson())).isEqualTo(once);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void a_value_survives_its_json(@ForAll FieldType type, @ForAll("nasty") JsonNode raw) {
    Value value = type.normalise(raw);

    assertThat(Value.fromJson(value.toJson())).isEqualTo(value);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void a_value_survives_its_json_as_text(@ForAll FieldType type, @ForAll("nasty") JsonNode raw)
      throws Exception {
    Value value = type.normalise(raw);

    JsonNode parsed = EXACT_JSON.readTree(PLAIN_JSON.writeValueAsString(value.toJson()));
    assertThat(Value.fromJson(parsed)).isEqualTo(value);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void no_value_holds_what_databases_refuse(@ForAll FieldType type, @ForAll("nasty") JsonNode raw) {
    assertThat(texts(type.normalise(raw).toJson()))
        .allSatisfy(text -> assertThat(text).doesNotContain("\u0000").isEqualTo(asUtf8(text)));
  }

  @Provide
  Arbitrary<String> numbers() {
    Arbitrary<String> digits = Arbitraries.strings().numeric().ofMinLength(0).ofMaxLength(17);
    Arbitrary<String> begin =
        Arbitraries.of(
            "+", "00", "", "+49", "+4930", "+1", "+39", "+3906", "+54", "+549", "+52", "+800");
    return Combinators.combine(begin, digits).as((first, rest) -> first + rest);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void a_number_that_is_remembered_is_what_it_is_when_worked_out_anew(
      @ForAll("numbers") String written) {
    String anew = Normaliser.international(written);

    assertThat(Normaliser.phone(written)).isEqualTo(anew);
    assertThat(Normaliser.phone(anew)).isEqualTo(Normaliser.international(anew));
    assertThat(Normaliser.phone(written)).isEqualTo(anew);
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void only_the_very_text_that_was_noted_is_remembered(
      @ForAll("numbers") String noted, @ForAll("numbers") String other) {
    NormalNumbers numbers = new NormalNumbers();
    numbers.note(noted);

    assertThat(numbers.has(other)).isEqualTo(other.equals(noted) && numbers.has(noted));
  }

  private static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    if (node.isTextual()) {
      texts.add(node.textValue());
    }
    node.fieldNames().forEachRemaining(texts::add);
    node.forEach(child -> texts.addAll(texts(child)));
    return texts;
  }

  private static String asUtf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  @Example
  void each_listed_text_is_stable_in_each_type() {
    for (FieldType type : FieldType.values()) {
      for (String text : NastyJson.TEXTS) {
        Value once = type.normalise(TextNode.valueOf(text));
        assertThat(type.normalise(once.toJson())).isEqualTo(once);
        assertThat(Value.fromJson(once.toJson())).isEqualTo(once);
      }
    }
  }

  @Example
  void every_character_has_a_stable_code() {
    for (int c = 1; c <= Character.MAX_CODE_POINT; c++) {
      Value once = FieldType.CODE.normalise(TextNode.valueOf("a" + Character.toString(c) + "b"));
      assertThat(FieldType.CODE.normalise(once.toJson())).isEqualTo(once);
    }
  }

  @Example
  void every_character_has_a_stable_email() {
    for (int c = 1; c <= Character.MAX_CODE_POINT; c++) {
      Value once = FieldType.EMAILS.normalise(TextNode.valueOf("a" + Character.toString(c) + "@b"));
      assertThat(FieldType.EMAILS.normalise(once.toJson())).isEqualTo(once);
    }
  }
}
