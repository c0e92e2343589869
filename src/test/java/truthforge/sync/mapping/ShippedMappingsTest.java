package truthforge.sync.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Fields;

class ShippedMappingsTest {

  @ParameterizedTest
  @ValueSource(strings = {"bigquery", "twenty", "supabase", "local"})
  void every_field_of_the_model_has_a_place_in_every_system(String system) {
    assertThat(MappingFiles.shipped(system).fieldNames())
        .containsExactlyElementsOf(Fields.standard().all().stream().map(Field::name).toList());
  }

  @Test
  void the_four_files_of_the_folder_agree() throws Exception {
    Mappings mappings =
        MappingFiles.loadAll(
            Path.of("config/mappings"), List.of("bigquery", "twenty", "supabase", "local"));

    assertThat(mappings.fields().all()).isEqualTo(Fields.standard().all());
  }

  @Test
  void bigquery_records_have_no_key_of_their_own() {
    assertThat(MappingFiles.shipped("bigquery").idPath()).isNull();
  }

  @Test
  void twenty_keeps_the_contact_id_in_a_custom_field() {
    assertThat(MappingFiles.shipped("twenty").contactIdPath()).isEqualTo("contactId");
  }

  @Test
  void a_derived_name_is_written_and_never_read() {
    Mapping mapping = MappingFiles.shipped("supabase");

    assertThat(mapping.writes(Fields.NAME_NORMALIZED)).isTrue();
    assertThat(mapping.reads(Fields.NAME_NORMALIZED)).isFalse();
  }
}
