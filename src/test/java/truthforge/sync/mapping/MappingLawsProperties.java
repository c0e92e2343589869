package truthforge.sync.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.NastyJson;
import truthforge.sync.contact.NastyValues;
import truthforge.sync.contact.Value;

/** The laws of a lens, for each shipped mapping and each of its fields. */
class MappingLawsProperties {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<Mapping> MAPPINGS =
      Traits.systems().stream().map(MappingFiles::shipped).toList();

  /** A field of one system and a value for it. */
  record Case(Mapping mapping, Entry entry, Value value) {
    String field() {
      return entry.field().name();
    }

    SystemModel model() {
      return new SystemModel(mapping);
    }

    @Override
    public String toString() {
      return mapping.system() + "." + field() + " = " + value.toJson();
    }
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void what_was_written_to_a_new_record_reads_back_as_foretold(@ForAll("cases") Case c) {
    ObjectNode written = c.mapping().write(Map.of(c.field(), c.value()), null);
    ObjectNode record = c.model().store(null, written);

    Value told = c.entry().codec().read(c.entry().field().type(), at(record, c.entry().path()));
    assertThat(told).isEqualTo(c.mapping().held(c.field(), c.value()));
    assertThat(c.mapping().read(record).containsKey(c.field()))
        .isEqualTo(!c.entry().field().isDerived());
  }

  @Example
  void each_listed_text_reads_back_as_foretold_in_each_field_of_each_system() {
    for (Mapping mapping : MAPPINGS) {
      for (Entry entry : mapping.entries()) {
        for (String text : NastyJson.TEXTS) {
          FieldType type = entry.field().type();
          JsonNode one = JSON.textNode(text);
          what_was_written_to_a_new_record_reads_back_as_foretold(
              new Case(mapping, entry, type.normalise(one)));
          if (type == FieldType.EMAILS || type == FieldType.PHONES) {
            String good = type == FieldType.EMAILS ? "ann@example.com" : "+33612345678";
            what_was_written_to_a_new_record_reads_back_as_foretold(
                new Case(mapping, entry, type.normalise(JSON.arrayNode().add(good).add(text))));
            what_was_written_to_a_new_record_reads_back_as_foretold(
                new Case(mapping, entry, type.normalise(JSON.arrayNode().add(text).add(good))));
          }
        }
      }
    }
  }

  private static JsonNode at(JsonNode record, String path) {
    JsonNode found = record.at("/" + path.replace('.', '/'));
    return found.isMissingNode() ? JSON.nullNode() : found;
  }

  @Property(tries = 800, edgeCases = EdgeCasesMode.NONE)
  void what_was_written_to_an_existing_record_reads_back_as_foretold(
      @ForAll("cases") Case c, @ForAll("contacts") Map<String, Value> before) {
    ObjectNode old = c.model().store(null, c.mapping().write(before, null));
    ObjectNode fragment = c.mapping().write(Map.of(c.field(), c.value()), old);
    ObjectNode now = c.model().store(old, fragment);

    Map<String, Value> expected = new LinkedHashMap<>(c.mapping().read(old));
    if (c.mapping().reads(c.field())) {
      expected.put(c.field(), c.mapping().held(c.field(), c.value()));
    }
    assertThat(c.mapping().read(now)).isEqualTo(expected);
  }

  @Property(tries = 800, edgeCases = EdgeCasesMode.NONE)
  void foretelling_twice_changes_nothing(@ForAll("cases") Case c) {
    Value held = c.mapping().held(c.field(), c.value());

    assertThat(c.mapping().held(c.field(), held)).isEqualTo(held);
    assertThat(c.mapping().withheld(c.field(), held)).isEqualTo(Withheld.NONE);
  }

  @Property(tries = 800, edgeCases = EdgeCasesMode.NONE)
  void a_value_is_withheld_only_with_a_reason(@ForAll("cases") Case c) {
    Withheld withheld = c.mapping().withheld(c.field(), c.value());

    assertThat(withheld.reason().isEmpty()).isEqualTo(withheld.part().isEmpty());
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void writing_what_was_read_changes_nothing(@ForAll("records") Tuple2<Mapping, ObjectNode> c) {
    Mapping mapping = c.get1();
    ObjectNode record = c.get2();
    ObjectNode written = mapping.write(mapping.read(record), record);

    assertThat(merged(record, written)).isEqualTo(record);
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void a_fragment_holds_the_properties_of_the_given_fields_and_no_other(
      @ForAll("cases") Case c, @ForAll("contacts") Map<String, Value> given) {
    Map<String, Value> values = new LinkedHashMap<>(given);
    values.put(c.field(), c.value());
    Set<String> expected = new TreeSet<>();
    values.keySet().forEach(f -> expected.add(c.mapping().entry(f).topLevelProperty()));

    Set<String> found = new TreeSet<>();
    c.mapping().write(values, null).fieldNames().forEachRemaining(found::add);
    assertThat(found).isEqualTo(expected);
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void a_field_that_the_system_lacks_is_neither_told_nor_written(
      @ForAll("cases") Case c, @ForAll("contacts") Map<String, Value> contact) {
    ObjectNode record = c.model().store(null, c.mapping().write(contact, null));
    String lacking = c.entry().topLevelProperty();
    Mapping limited = c.mapping().limitedTo(property -> !property.equals(lacking));

    assertThat(limited.reads(c.field())).isFalse();
    assertThat(limited.writes(c.field())).isFalse();
    assertThat(limited.held(c.field(), c.value())).isEqualTo(Value.EMPTY);
    assertThat(limited.read(record)).doesNotContainKey(c.field());
    assertThat(limited.write(Map.of(c.field(), c.value()), record)).isEmpty();
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void a_record_that_is_silent_on_a_field_is_not_read_as_empty(
      @ForAll("records") Tuple2<Mapping, ObjectNode> c, @ForAll("entryNumbers") int number) {
    Mapping mapping = c.get1();
    String silent = mapping.entries().get(number).topLevelProperty();
    ObjectNode record = c.get2().deepCopy();
    record.remove(silent);

    assertThat(mapping.read(record).keySet())
        .allMatch(field -> !mapping.entry(field).topLevelProperty().equals(silent));
  }

  private static ObjectNode merged(ObjectNode record, ObjectNode fragment) {
    ObjectNode result = record.deepCopy();
    fragment
        .properties()
        .forEach(
            e -> {
              boolean ofOtherRecord = result.path(e.getKey()).has("id");
              if (ofOtherRecord) {
                ((ObjectNode) result.get(e.getKey())).setAll((ObjectNode) e.getValue());
              } else {
                result.set(e.getKey(), e.getValue());
              }
            });
    return result;
  }

  @Provide
  Arbitrary<Integer> entryNumbers() {
    return Arbitraries.integers().between(0, MAPPINGS.get(0).entries().size() - 1);
  }

  @Provide
  Arbitrary<Case> cases() {
    return Arbitraries.of(MAPPINGS)
        .flatMap(
            mapping ->
                Arbitraries.of(mapping.entries())
                    .flatMap(
                        entry ->
                            NastyValues.of(entry.field().type())
                                .map(value -> new Case(mapping, entry, value))));
  }

  /** Some fields of a contact. */
  @Provide
  Arbitrary<Map<String, Value>> contacts() {
    Arbitrary<Tuple2<String, Value>> one =
        Arbitraries.of(MAPPINGS.get(0).entries())
            .flatMap(
                entry ->
                    NastyValues.of(entry.field().type())
                        .map(value -> Tuple.of(entry.field().name(), value)));
    return one.list()
        .ofMaxSize(6)
        .map(
            list -> {
              Map<String, Value> contact = new LinkedHashMap<>();
              list.forEach(t -> contact.put(t.get1(), t.get2()));
              return contact;
            });
  }

  /** Records as people and programs may have left them. */
  @Provide
  Arbitrary<Tuple2<Mapping, ObjectNode>> records() {
    return Arbitraries.of(MAPPINGS)
        .flatMap(
            mapping ->
                Combinators.combine(mapping.entries().stream().map(this::raw).toList())
                    .as(
                        nodes -> {
                          ObjectNode record = JSON.objectNode();
                          for (int i = 0; i < nodes.size(); i++) {
                            put(record, mapping.entries().get(i).path(), nodes.get(i));
                          }
                          if (record.get("company") instanceof ObjectNode company) {
                            company.put("id", "c1").put("employees", 7);
                          }
                          return Tuple.of(mapping, record);
                        }));
  }

  private static void put(ObjectNode record, String path, JsonNode node) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      record.set(path, node);
    } else {
      record.withObject("/" + path.substring(0, dot)).set(path.substring(dot + 1), node);
    }
  }

  private Arbitrary<JsonNode> raw(Entry entry) {
    Arbitrary<JsonNode> text = NastyJson.texts().map(JSON::textNode);
    Arbitrary<JsonNode> nothing = Arbitraries.of(JSON.nullNode(), JSON.textNode(""));
    Arbitrary<JsonNode> texts = NastyJson.arrays(text);
    return switch (entry.codec()) {
      case BOOLEAN_NEVER_EMPTY -> Arbitraries.of(true, false).map(JSON::booleanNode);
      case BOOLEAN -> Arbitraries.of(JSON.booleanNode(true), JSON.nullNode());
      case BOOLEAN_INTEGER ->
          Arbitraries.of(JSON.numberNode(1), JSON.nullNode(), JSON.textNode("yes"));
      case ITEMS -> texts;
      case ITEMS_JSON_TEXT ->
          Arbitraries.oneOf(texts.map(t -> JSON.textNode(t.toPrettyString())), text);
      case JSON_DOCUMENT -> NastyJson.objects(NastyJson.any());
      case DOCUMENT_JSON_TEXT ->
          Arbitraries.oneOf(
              NastyJson.objects(text).map(d -> JSON.textNode(d.toPrettyString())), text, nothing);
      case EMAILS_COMPOSITE ->
          Combinators.combine(text, texts)
              .as((p, a) -> composite(Map.of("primaryEmail", p, "additionalEmails", a)));
      case PHONES_COMPOSITE ->
          Combinators.combine(phoneParts(), phoneParts())
              .as(
                  (p, a) -> {
                    ObjectNode phones = JSON.objectNode();
                    phones.put("primaryPhoneNumber", p.get(0));
                    phones.put("primaryPhoneCountryCode", p.get(1));
                    phones.put("primaryPhoneCallingCode", p.get(2));
                    phones
                        .putArray("additionalPhones")
                        .addObject()
                        .put("number", a.get(0))
                        .put("callingCode", a.get(2))
                        .put("countryCode", a.get(1));
                    return phones;
                  });
      case LINKS_COMPOSITE ->
          Combinators.combine(text, text, texts)
              .as(
                  (url, label, more) ->
                      composite(
                          Map.of(
                              "primaryLinkUrl", url,
                              "primaryLinkLabel", label,
                              "secondaryLinks", more)));
      default -> Arbitraries.oneOf(text, text, nothing);
    };
  }

  private static JsonNode composite(Map<String, JsonNode> parts) {
    ObjectNode composite = JSON.objectNode();
    parts.forEach(composite::set);
    return composite;
  }

  private static Arbitrary<List<String>> phoneParts() {
    return Arbitraries.of(
        List.of("", "", ""),
        List.of("612345678", "FR", "+33"),
        List.of("0612345678", "FR", ""),
        List.of("882261739", "", "+1"),
        List.of("098822619", "", "+1"),
        List.of("4155552671", "US", "1"),
        List.of("4155552671", "", ""),
        List.of("+14155552671", "", ""),
        List.of("call me", "XX", "+0"));
  }
}
