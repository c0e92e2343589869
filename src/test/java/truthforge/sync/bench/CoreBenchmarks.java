package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Replica;
import truthforge.sync.ledger.Seen;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Merge;
import truthforge.sync.merge.Merged;
import truthforge.sync.merge.Policies;
import truthforge.sync.merge.Sighting.Observation;

/** The pure core, one thread, on one contact as people have them. */
@State(Scope.Benchmark)
public class CoreBenchmarks {

  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final String TWENTY = "twenty";

  private final ObjectMapper json = new ObjectMapper();
  private final Mapping mapping = MappingFiles.shipped(TWENTY);
  private final Merge merge = new Merge(Fields.standard(), Policies.latest());
  private final String text;
  private final JsonNode record;
  private final Map<String, Value> values;
  private final Observation echo;
  private final Observation edited;
  private final Contact contact;
  private final Replica replica;

  public CoreBenchmarks() {
    Map<String, Value> whole = new HashMap<>();
    Map<String, String> texts =
        Map.of(
            "first_name", "Ada",
            "last_name", "Lovelace",
            "organization", "Analytical Engines",
            "job_title", "Engineer of things",
            "department", "Research",
            "linkedin_url", "https://www.linkedin.com/in/ada",
            "category_code", "B",
            "subcategory_code", "B1",
            "notes", "Met at the fair of 1843, and wrote about it at some length since",
            "birthday", "1815-12-10");
    texts.forEach((field, value) -> whole.put(field, Value.ofText(value)));
    whole.put("emails", Value.ofItems(List.of("ada@example.com", "lovelace@example.org")));
    whole.put("phones", Value.ofItems(List.of("+493012345678")));
    Map<String, Value> writable = new HashMap<>(whole);
    writable.keySet().removeIf(field -> !mapping.writes(field));
    ObjectNode shape = mapping.write(writable, null);
    try {
      text = json.writeValueAsString(shape);
      record = json.readTree(text);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    values = mapping.read(record);
    Merged met =
        merge.observe(
            Contact.blank("c"), Replica.absent("c", TWENTY), observation(values), mapping, NOW);
    contact = met.contact();
    replica = met.replica();
    echo = observation(values);
    Map<String, Value> changed = new HashMap<>(values);
    changed.put("job_title", Value.ofText("Countess"));
    changed.put("emails", Value.ofItems(List.of("ada@example.com", "ada@example.net")));
    edited = observation(changed);
  }

  private static Observation observation(Map<String, Value> values) {
    return new Observation(TWENTY, "twenty-1", "r", "c", values, false, NOW, NOW);
  }

  @Benchmark
  public Object observe() {
    return merge.observe(contact, replica, edited, mapping, NOW);
  }

  @Benchmark
  public Object echo() {
    return merge.observe(contact, replica, echo, mapping, NOW);
  }

  @Benchmark
  public Object mappingRead() {
    return mapping.read(record);
  }

  @Benchmark
  public Object mappingWrite() {
    return mapping.write(values, null);
  }

  @Benchmark
  public Object hash() {
    List<Seen> seen = new ArrayList<>(values.size());
    values.values().forEach(value -> seen.add(Seen.of(value)));
    return seen;
  }

  /** The floor of reading: Jackson alone. */
  @Benchmark
  public Object jacksonParses() throws Exception {
    return json.readTree(text);
  }

  /** The floor of writing: Jackson alone. */
  @Benchmark
  public Object jacksonWrites() throws Exception {
    return json.writeValueAsString(record);
  }
}
