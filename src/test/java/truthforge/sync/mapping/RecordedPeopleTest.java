package truthforge.sync.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Value;

/** The people that a real Twenty listed. */
class RecordedPeopleTest {

  private static final Path RECORDINGS = Path.of("../shared/recordings/twenty");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final List<ObjectNode> PEOPLE = new ArrayList<>();

  private final Mapping twenty = MappingFiles.shipped("twenty");

  @BeforeAll
  static void read_the_recordings() throws IOException {
    assumeTrue(Files.isDirectory(RECORDINGS), "no recordings at hand");
    try (Stream<Path> files = Files.list(RECORDINGS)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        JsonNode people = JSON.readTree(file.toFile()).at("/response/body/data/people");
        for (JsonNode person : people) {
          if (person.has("emails")) {
            PEOPLE.add((ObjectNode) person);
          }
        }
      }
    }
  }

  @Test
  void there_are_people() {
    assertThat(PEOPLE).hasSizeGreaterThan(200);
  }

  @Test
  void writing_a_real_person_back_changes_nothing() {
    for (ObjectNode person : PEOPLE) {
      ObjectNode written = twenty.write(twenty.read(person), person);

      assertThat(person.deepCopy().<ObjectNode>setAll(written)).isEqualTo(person);
    }
  }

  @Test
  void a_real_person_created_anew_reads_as_before() {
    SystemModel model = new SystemModel(twenty);
    for (ObjectNode person : PEOPLE) {
      Map<String, Value> values = twenty.read(person);
      ObjectNode created = model.store(null, twenty.write(values, null));

      assertThat(twenty.read(created)).isEqualTo(values);
    }
  }

  @Test
  void nothing_of_a_real_person_is_withheld() {
    for (ObjectNode person : PEOPLE) {
      twenty
          .read(person)
          .forEach((field, value) -> assertThat(twenty.held(field, value)).isEqualTo(value));
    }
  }
}
