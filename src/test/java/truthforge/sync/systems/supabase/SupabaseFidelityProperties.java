package truthforge.sync.systems.supabase;

import static org.assertj.core.api.Assertions.assertThat;
import static truthforge.sync.systems.supabase.Rig.TABLE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import truthforge.sync.config.Options;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.NastyJson;
import truthforge.sync.contact.Value;
import truthforge.sync.flow.Limits;
import truthforge.sync.flow.Page;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;

/**
 * Any value of any field of the mapping, written by the routes and read back by them, is the same
 * after normalisation, and is not written again.
 */
class SupabaseFidelityProperties {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Mapping MAPPING = MappingFiles.shipped("supabase");
  private static final Map<FieldType, Arbitrary<Value>> VALUES = new EnumMap<>(FieldType.class);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static Path folder;
  private static Rig setUp;
  private static Rig bare;

  @BeforeContainer
  static void start() throws Exception {
    folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "fidelity");
    setUp = rig("set-up", SupabaseStandIn.builder());
    bare = rig("bare", SupabaseStandIn.builder().bare());
  }

  private static Rig rig(String name, SupabaseStandIn.Builder builder) throws Exception {
    Rig rig = new Rig(folder.resolve(name), builder);
    // What the local database tells is told here.
    rig.with(Options.LOCAL_READ_ONLY, "true").start(rig.supabase.secretKey());
    rig.engine.observe("supabase");
    return rig;
  }

  @AfterContainer
  static void stop() throws IOException {
    setUp.close();
    bare.close();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @Property(tries = 40, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void what_is_created_and_changed_reads_back_and_is_not_written_again(
      @ForAll("people") List<Tuple2<Map<String, Value>, Map<String, Value>>> people)
      throws Exception {
    for (Rig rig : List.of(setUp, bare)) {
      List<String> ids = people.stream().map(p -> "c-" + NUMBER.incrementAndGet()).toList();
      told(rig, ids, people.stream().map(p -> Map.<String, Value>of()).toList());
      told(rig, ids, people.stream().map(Tuple2::get1).toList());
      rig.engine.deliver();
      readsBack(rig, ids);

      told(rig, ids, people.stream().map(Tuple2::get2).toList());
      rig.engine.deliver();
      readsBack(rig, ids);

      Map<String, Contact> before = contacts(rig, ids);
      rig.engine.observe("supabase");
      assertThat(contacts(rig, ids)).isEqualTo(before);
      rig.countWrites();
      rig.engine.deliver();
      assertThat(rig.writes()).isZero();
      rig.supabase.heal();
    }
  }

  /** The people as the local database is taken to hold them. */
  private static void told(Rig rig, List<String> ids, List<Map<String, Value>> values) {
    List<Sighting> sightings = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      sightings.add(
          new Observation(
              "local", ids.get(i), null, ids.get(i), values.get(i), false, Instant.now(), null));
    }
    rig.engine.observing().store(new Page("local", sightings, null), Limits.none());
  }

  private static Map<String, Contact> contacts(Rig rig, List<String> ids) {
    return rig.ledger.transaction(tx -> tx.contacts(ids));
  }

  private static void readsBack(Rig rig, List<String> ids) {
    Map<String, JsonNode> rows = new LinkedHashMap<>();
    rig.supabase.rows(TABLE).forEach(row -> rows.put(row.get("contact_id").asText(), row));
    contacts(rig, ids)
        .forEach(
            (id, contact) -> {
              assertThat(rows).containsKey(id);
              Map<String, Value> read = MAPPING.read(rows.get(id));
              for (Entry entry : MAPPING.entries()) {
                String field = entry.field().name();
                if (MAPPING.reads(field)) {
                  assertThat(read.get(field))
                      .as("%s of %s", field, id)
                      .isEqualTo(MAPPING.held(field, contact.value(field)));
                }
              }
            });
  }

  @Provide
  Arbitrary<List<Tuple2<Map<String, Value>, Map<String, Value>>>> people() {
    return Combinators.combine(person(), person()).as(Tuple::of).list().ofSize(6);
  }

  /** A value for every field that the mapping reads; some of them empty. */
  private static Arbitrary<Map<String, Value>> person() {
    List<Entry> entries =
        MAPPING.entries().stream().filter(e -> MAPPING.reads(e.field().name())).toList();
    return Combinators.combine(entries.stream().map(e -> values(e.field().type())).toList())
        .as(
            values -> {
              Map<String, Value> person = new LinkedHashMap<>();
              for (int i = 0; i < entries.size(); i++) {
                person.put(entries.get(i).field().name(), values.get(i));
              }
              return person;
            });
  }

  private static Arbitrary<Value> values(FieldType type) {
    return VALUES.computeIfAbsent(type, SupabaseFidelityProperties::allValues);
  }

  private static Arbitrary<Value> allValues(FieldType type) {
    Arbitrary<JsonNode> texts = NastyJson.texts().map(JSON::textNode);
    Arbitrary<JsonNode> good =
        switch (type) {
          case FLAG -> Arbitraries.of(true, false).map(JSON::booleanNode);
          case DATE ->
              Arbitraries.of("0001-01-01", "1815-12-10", "2024-02-29", "9999-12-31")
                  .map(JSON::textNode);
          case EMAILS ->
              NastyJson.arrays(
                  Arbitraries.of("ann@example.com", "Ben@Example.com", "o'b+x@a-b.example")
                      .map(JSON::textNode));
          case PHONES ->
              NastyJson.arrays(
                  Arbitraries.of("+33612345678", "(415) 555-2671", "+15551234567", "ext. 7")
                      .map(JSON::textNode));
          case DOCUMENT -> NastyJson.objects(NastyJson.any());
          case LIST -> NastyJson.arrays(texts);
          default -> texts;
        };
    return Arbitraries.oneOf(good, good, good, NastyJson.any(), texts).map(type::normalise);
  }
}
