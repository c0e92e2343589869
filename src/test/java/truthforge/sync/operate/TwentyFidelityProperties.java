package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import truthforge.sync.config.Options;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Value;

/**
 * Full fidelity: whatever a field holds elsewhere, Twenty is given, by the real calls, what it can
 * hold of it, tells the same again, and is then left alone.
 */
class TwentyFidelityProperties {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Path folder;
  private World world;
  private Desks desks;
  private int number;

  @BeforeProperty
  void two_systems() throws Exception {
    folder = Files.createTempDirectory(Path.of("target"), "fidelity");
    world = new World(folder, "twenty", "local");
    world.more.put(Options.SYNC_MAX_FIELD_PERCENT, "100");
    world.restart();
    desks = new Desks(world);
  }

  @AfterProperty
  void they_end() throws Exception {
    world.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** One contact with a value in every field. */
  @Provide
  Arbitrary<List<Map<String, JsonNode>>> contacts() {
    return Arbitraries.randomValue(random -> random.nextLong())
        .map(java.util.Random::new)
        .map(
            random -> {
              List<Map<String, JsonNode>> contacts = new ArrayList<>();
              for (int i = 0; i < 20; i++) {
                contacts.add(contact(random));
              }
              return contacts;
            })
        .dontShrink();
  }

  private Map<String, JsonNode> contact(java.util.Random random) {
    Map<String, JsonNode> contact = new LinkedHashMap<>();
    for (Field field : world.mappings.fields().all()) {
      if (!field.isDerived() && random.nextInt(5) > 0) {
        contact.put(field.name(), value(field, random));
      }
    }
    return contact;
  }

  private JsonNode value(Field field, java.util.Random random) {
    return switch (field.type()) {
      case FLAG -> JSON.booleanNode(random.nextBoolean());
      case DATE ->
          JSON.textNode(
              random.nextInt(8) == 0
                  ? text(random)
                  : "%04d-%02d-%02d"
                      .formatted(
                          1 + random.nextInt(9998),
                          1 + random.nextInt(12),
                          1 + random.nextInt(28)));
      case URL ->
          JSON.textNode(
              random.nextInt(4) == 0
                  ? text(random)
                  : "https://www.Example.com:443/é/" + random.nextInt() + "?q=a+b&x=%c3%a9");
      case DOCUMENT -> {
        var document = JSON.objectNode().put(text(random) + "k", text(random));
        document.put("n", random.nextInt(3) == 0 ? 0.1 : random.nextInt());
        document.putObject("o").putArray("a").add(text(random)).addNull().add(1e21);
        yield document;
      }
      case EMAILS -> {
        // By an email people are known: each is told apart.
        ArrayNode emails = JSON.arrayNode();
        emails.add("P" + ++number + "+Tag@Example.com");
        emails.add("o'neil" + number + "@example.org");
        if (random.nextBoolean()) {
          emails.add("none " + number);
        }
        yield emails;
      }
      case PHONES -> {
        ArrayNode phones = JSON.arrayNode();
        phones.add(
            "+33 6 %02d %02d %02d %02d"
                .formatted(
                    number / 10000 % 100, number / 100 % 100, number % 100, random.nextInt(100)));
        if (random.nextBoolean()) {
          phones.add("ext. " + number++);
        }
        yield phones;
      }
      default -> JSON.textNode(text(random));
    };
  }

  private static final String ALPHABET =
      "abcXYZ 0189'\"\\()[]{}%_,:;+&?=/<>@#$|~`^*!-.\n\t\u0000éßñŁøƒ山田🎉\u200d\u2028\ud83d\u00a0";

  private static String text(java.util.Random random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(24);
    for (int i = 0; i < length; i++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }

  @Property(tries = 12, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void what_is_written_to_twenty_is_read_back_and_a_second_cycle_writes_nothing(
      @ForAll("contacts") List<Map<String, JsonNode>> contacts) throws Exception {
    for (Map<String, JsonNode> contact : contacts) {
      Map<String, JsonNode> row = new LinkedHashMap<>(contact);
      row.put("contact_id", JSON.textNode("c-" + ++number));
      row.replaceAll((field, value) -> value.isObject() ? read(value.toString()) : value);
      desks.of("local").add(row);
    }
    world.engine.runCycle();
    world.engine.runCycle();
    world.writes.clear();
    world.engine.runCycle();

    assertThat(world.writes).isEmpty();
    assertThat(world.parked()).isZero();
    Map<String, Map<String, Value>> here = desks.contacts("local");
    Map<String, Map<String, Value>> there = desks.contacts("twenty");
    assertThat(there.keySet()).isEqualTo(here.keySet());
    List<String> differences = new ArrayList<>();
    here.forEach(
        (id, values) ->
            there
                .get(id)
                .forEach(
                    (field, found) -> {
                      Value wanted = world.mappings.of("twenty").held(field, values.get(field));
                      if (!wanted.equals(found)) {
                        differences.add(id + " " + field + ": " + found + " for " + wanted);
                      }
                    }));
    assertThat(differences).isEmpty();
  }

  private static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
