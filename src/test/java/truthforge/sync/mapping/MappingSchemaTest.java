package truthforge.sync.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code -Dconfiguration.write=true} writes the schema file. */
class MappingSchemaTest {

  private static final Path FOLDER = Path.of("config/mappings");
  private static final String FILE = "mapping.schema.json";

  @Test
  void the_file_is_the_schema_of_what_the_parser_takes() throws IOException {
    if (Boolean.getBoolean("configuration.write")) {
      Files.writeString(FOLDER.resolve(FILE), MappingSchema.text());
    }

    assertThat(FOLDER.resolve(FILE)).hasContent(MappingSchema.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void each_mapping_as_delivered_names_the_schema_and_follows_it(String system) throws IOException {
    String text = Files.readString(FOLDER.resolve(system + ".yaml"));

    assertThat(text).contains("# yaml-language-server: $schema=" + FILE);
    assertThat(faults(text)).isEmpty();
  }

  @Test
  void a_field_of_ones_own_follows_the_schema() {
    assertThat(faults(with("added:\n  shoe_size: {path: shoe_size, type: text}"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fields:\n  first_nam: first_name",
        "fields:\n  first_name: {path: first_name, kodec: text}",
        "fields:\n  first_name: {codec: text}",
        "fields:\n  first_name: {path: first_name, codec: emails-composite}",
        "fields:\n  first_name: {path: first_name, access: write-only}",
        "fields:\n  first_name: first name",
        "fields:\n  name_normalized: {path: n, access: read-only}",
        "fields: {}\nadded:\n  shoe_size: {path: shoe_size}",
        "fields: {}\nadded:\n  Shoe: {path: shoe_size, type: text}",
        "fields: {}\nadded:\n  shoe_size: {path: shoe_size, type: number}",
        "fields: {}\nrecord:\n  ident: id",
        "fields: {}\nrecord:\n  id: a.b",
        "feilds: {}",
      })
  void what_the_parser_refuses_the_schema_refuses(String lines) {
    String text = "system: local\n" + lines;

    assertThatThrownBy(() -> new MappingParser("local.yaml").parse(text))
        .isInstanceOf(MappingFaults.class);
    assertThat(faults(text)).isNotEmpty();
  }

  private static String with(String lines) {
    return "system: local\nfields:\n  first_name: first_name\n" + lines;
  }

  private static List<Error> faults(String yaml) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
        .getSchema(MappingSchema.text(), InputFormat.JSON)
        .validate(yaml, InputFormat.YAML);
  }
}
