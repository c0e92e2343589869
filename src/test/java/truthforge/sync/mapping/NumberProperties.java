package truthforge.sync.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.NastyValues;
import truthforge.sync.contact.Value;

/** The laws of a text that a system keeps as a number. */
class NumberProperties {

  private static final Codec CODEC = Codec.PLAIN_NUMBER;

  private static Value held(Value value, Traits system) {
    return CODEC.split(value, system).held();
  }

  /** What a system that keeps so many digits tells of a number. */
  private static JsonNode kept(JsonNode written, Traits system) {
    return written.isNull() || system.numbers() == Traits.Numbers.EXACT
        ? written
        : DoubleNode.valueOf(written.doubleValue());
  }

  @Property(tries = 2000)
  void what_was_written_reads_back_as_foretold(
      @ForAll("values") Value value, @ForAll Traits system) {
    JsonNode written = CODEC.write(held(value, system), null, system);

    assertThat(written.isNumber() || written.isNull()).isTrue();
    assertThat(CODEC.read(FieldType.TEXT, kept(written, system))).isEqualTo(held(value, system));
  }

  @Property(tries = 2000)
  void foretelling_twice_changes_nothing(@ForAll("values") Value value, @ForAll Traits system) {
    Value held = held(value, system);

    assertThat(held(held, system)).isEqualTo(held);
    assertThat(CODEC.split(held, system).refused()).isEqualTo(Withheld.NONE);
  }

  @Property(tries = 2000)
  void what_is_read_as_a_number_can_be_written(@ForAll("numbers") JsonNode told) {
    Value read = CODEC.read(FieldType.TEXT, told);

    assertThat(CODEC.write(held(read, Traits.LOCAL), null, Traits.LOCAL).decimalValue())
        .isEqualByComparingTo(told.decimalValue());
  }

  @ParameterizedTest
  @CsvSource({
    "1.50, 1.5",
    "-0, 0",
    "007, 7",
    "100, 100",
    "1e3, 1000",
    "12345678901234567890.125, 12345678901234567890.125",
    "38½, 38½",
    "'1,5', '1,5'",
  })
  void a_number_has_one_form_and_any_other_text_stays(String told, String read) {
    JsonNode node =
        told.contains("e")
            ? DecimalNode.valueOf(new BigDecimal(told))
            : JsonNodeFactory.instance.textNode(told);

    assertThat(CODEC.read(FieldType.TEXT, node)).isEqualTo(Value.ofText(read));
  }

  @ParameterizedTest
  @CsvSource({"38½", "'1,5'", "1e3", "+5", "NaN", "0x10"})
  void what_is_no_number_is_withheld_and_said_to_be_none(String text) {
    Shape.Split split = CODEC.split(Value.ofText(text), Traits.TWENTY);

    assertThat(split.held()).isEqualTo(Value.EMPTY);
    assertThat(split.refused().reason()).contains("no number");
  }

  /** Its plain form would fill the memory. */
  @ParameterizedTest
  @CsvSource({"1e999999999", "1e-999999999"})
  void a_number_without_measure_is_kept_as_it_is_written(String text) {
    Value read = CODEC.read(FieldType.TEXT, DecimalNode.valueOf(new BigDecimal(text)));

    assertThat(((Value.Text) read).text()).hasSizeLessThan(20);
    assertThat(held(read, Traits.LOCAL)).isEqualTo(Value.EMPTY);
  }

  @Provide
  Arbitrary<Value> values() {
    Arbitrary<Value> numbers =
        Arbitraries.bigDecimals()
            .between(new BigDecimal("-1e41"), new BigDecimal("1e41"))
            .ofScale(45)
            .map(number -> FieldType.TEXT.normalise(text(number.toPlainString())));
    Arbitrary<Value> few =
        Arbitraries.bigDecimals().map(number -> FieldType.TEXT.normalise(text(number.toString())));
    return Arbitraries.oneOf(numbers, few, NastyValues.of(FieldType.TEXT));
  }

  private static JsonNode text(String text) {
    return JsonNodeFactory.instance.textNode(text);
  }

  @Provide
  Arbitrary<JsonNode> numbers() {
    return Arbitraries.oneOf(
        Arbitraries.bigDecimals()
            .between(new BigDecimal("-1e30"), new BigDecimal("1e30"))
            .ofScale(30)
            .map(DecimalNode::valueOf),
        Arbitraries.longs().map(number -> (JsonNode) JsonNodeFactory.instance.numberNode(number)),
        Arbitraries.doubles().between(-1e30, 1e30).ofScale(12).map(DoubleNode::valueOf));
  }
}
