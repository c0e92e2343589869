package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;

/** What is stored reads back as it was. */
class LedgerJsonProperties {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  @Property(tries = 200)
  void fields_read_back(@ForAll("fields") Map<String, FieldState> fields) {
    assertThat(LedgerJson.toFields(LedgerJson.ofFields(fields))).isEqualTo(fields);
  }

  @Property(tries = 200)
  void what_was_seen_reads_back(
      @ForAll("values") Map<String, Value> values,
      @ForAll("fields") Map<String, FieldState> contact) {
    Map<String, Value> some = new TreeMap<>(values);
    contact.forEach((field, state) -> some.putIfAbsent(field, state.value()));
    Map<String, Seen> seen = new TreeMap<>();
    some.forEach((field, value) -> seen.put(field, Seen.of(value)));
    String text = LedgerJson.ofSeen(seen, contact);
    assertThat(LedgerJson.toSeen(text, contact)).isEqualTo(seen);
    assertThat(LedgerJson.toSeen(LedgerJson.ofSeen(seen, Map.of()), contact)).isEqualTo(seen);
  }

  @Property(tries = 200)
  void what_was_seen_is_known_to_lean_on_the_contact_where_it_does(
      @ForAll("fields") Map<String, FieldState> contact) {
    Map<String, Seen> seen = new TreeMap<>();
    contact.forEach((field, state) -> seen.put(field, Seen.of(state.value())));
    String text = LedgerJson.ofSeen(seen, contact);
    contact.keySet().stream()
        .filter(field -> !LedgerJson.leansOn(text, field))
        .forEach(
            field -> {
              Map<String, FieldState> without = new TreeMap<>(contact);
              without.remove(field);
              assertThat(LedgerJson.toSeen(text, without)).isEqualTo(seen);
            });
  }

  @Property(tries = 200)
  void what_a_contact_was_created_with_reads_back(
      @ForAll("values") Map<String, Value> values,
      @ForAll("fields") Map<String, FieldState> contact) {
    Map<String, Value> some = new TreeMap<>(values);
    contact.forEach((field, state) -> some.putIfAbsent(field, state.value()));
    String text = LedgerJson.ofCreation(some, contact);
    assertThat(LedgerJson.toCreation(text, contact)).isEqualTo(some);
  }

  @Property(tries = 200)
  void unanswered_writes_read_back(
      @ForAll("writes") List<UnansweredWrite> writes,
      @ForAll("fields") Map<String, FieldState> contact) {
    Map<String, Value> own = new TreeMap<>();
    contact.forEach((field, state) -> own.put(field, state.value()));
    List<UnansweredWrite> all = new ArrayList<>(writes);
    all.add(new UnansweredWrite("own", 1, null, own, Instant.EPOCH));
    String text = LedgerJson.ofUnanswered(all, contact);
    assertThat(LedgerJson.toUnanswered(text, contact)).isEqualTo(all);
    assertThat(LedgerJson.toUnanswered(LedgerJson.ofUnanswered(all, Map.of()), contact))
        .isEqualTo(all);
  }

  @Property(tries = 200)
  void a_value_reads_back(@ForAll("value") Value value) {
    assertThat(LedgerJson.toValue(LedgerJson.ofValue(value))).isEqualTo(value);
  }

  @Property(tries = 200)
  void a_stored_text_survives_utf_8(@ForAll("values") Map<String, Value> values) {
    String text =
        LedgerJson.ofSeen(
            Map.of("x", Seen.of(Value.ofItems(List.copyOf(texts(values))))), Map.of());
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    assertThat(new String(bytes, java.nio.charset.StandardCharsets.UTF_8)).isEqualTo(text);
  }

  private static List<String> texts(Map<String, Value> values) {
    return values.values().stream()
        .filter(Value.Text.class::isInstance)
        .map(value -> ((Value.Text) value).text())
        .distinct()
        .toList();
  }

  @Property(tries = 200)
  void a_time_reads_back_to_the_microsecond(@ForAll("time") Instant time) {
    assertThat(LedgerJson.instant(LedgerJson.micros(time))).isEqualTo(time);
  }

  @Provide
  Arbitrary<Map<String, FieldState>> fields() {
    Arbitrary<FieldState> states =
        Combinators.combine(
                value(),
                Arbitraries.longs().between(0, Long.MAX_VALUE),
                time().injectNull(0.1),
                Arbitraries.of("bigquery", "twenty", "local").injectNull(0.1))
            .as(FieldState::new);
    return Arbitraries.maps(name(), states).ofMaxSize(12);
  }

  @Provide
  Arbitrary<Map<String, Value>> values() {
    return Arbitraries.maps(name(), value()).ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<UnansweredWrite>> writes() {
    return Combinators.combine(
            Arbitraries.strings().alpha().ofLength(8),
            Arbitraries.longs(),
            Arbitraries.strings().injectNull(0.3),
            values(),
            time())
        .as(UnansweredWrite::new)
        .list()
        .ofMaxSize(3);
  }

  @Provide
  Arbitrary<Instant> time() {
    return Arbitraries.longs()
        .between(-99_999_999_999_999_999L, 99_999_999_999_999_999L)
        .map(LedgerJson::instant);
  }

  /** Standard fields, fields whose names look like our letters and marks, and any others. */
  private static Arbitrary<String> name() {
    return Arbitraries.oneOf(
        Arbitraries.of(Fields.standard().all()).map(Field::name),
        Arbitraries.of(Fields.DELETED, "a", "z", "A", "+", "-", "=", "=a", "s", "f", "contact_id"),
        Arbitraries.strings().ofMinLength(1).ofMaxLength(8));
  }

  @Provide
  Arbitrary<Value> value() {
    Arbitrary<String> texts = Arbitraries.strings().ofMaxLength(20);
    return Arbitraries.oneOf(
        Arbitraries.just(Value.EMPTY),
        texts.map(text -> FieldType.TEXT.normalise(NODES.textNode(text))),
        Arbitraries.of(new Value.Flag(true), new Value.Flag(false)),
        texts.list().ofMaxSize(4).map(LedgerJsonProperties::list),
        document().map(FieldType.DOCUMENT::normalise));
  }

  private static Value list(List<String> items) {
    var array = NODES.arrayNode();
    items.forEach(array::add);
    return FieldType.LIST.normalise(array);
  }

  private static Arbitrary<JsonNode> document() {
    Arbitrary<JsonNode> leaf =
        Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(10).map(NODES::textNode),
            Arbitraries.longs().map(NODES::numberNode),
            Arbitraries.integers().map(NODES::numberNode),
            Arbitraries.bigDecimals().ofScale(6).map(NODES::numberNode),
            Arbitraries.of("1e30", "1e500", "-1e-40", "12345678901234567890")
                .map(number -> NODES.numberNode(new BigDecimal(number))),
            Arbitraries.of(NODES.booleanNode(true), NODES.nullNode()));
    return Arbitraries.recursive(
        () -> leaf,
        inner -> Arbitraries.maps(names(), inner).ofMaxSize(3).map(LedgerJsonProperties::object),
        0,
        3);
  }

  private static Arbitrary<String> names() {
    return Arbitraries.strings().ofMaxLength(5);
  }

  private static JsonNode object(Map<String, JsonNode> properties) {
    ObjectNode object = NODES.objectNode();
    properties.forEach(object::set);
    return object;
  }
}
