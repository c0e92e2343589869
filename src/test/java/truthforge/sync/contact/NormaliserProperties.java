package truthforge.sync.contact;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
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
