package truthforge.sync.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MappingFaultsTest {

  private static List<MappingFault> faults(String yaml) {
    MappingFaults faults =
        catchThrowableOfType(
            MappingFaults.class, () -> MappingFiles.load(new StringReader(yaml), "my.yaml"));
    assertThat(faults).as("faults of %s", yaml).isNotNull();
    return faults.faults();
  }

  private static MappingFault only(String yaml) {
    List<MappingFault> faults = faults(yaml);
    assertThat(faults).hasSize(1);
    return faults.get(0);
  }

  /** Every line is the third of its file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "  job_titel: jobTitle | 3 | no field 'job_titel' | Did you mean 'job_title'",
        "  shoe_size: shoeSize | 3 | no field 'shoe_size' | section 'added'",
        "  contact_id: contactId | 3 | 'contact_id' is kept by the service | section 'record'",
        "  emails: {path: emails, codec: emails-composit} | 33 | no codec | 'emails-composite'",
        "  emails: {path: emails, codec: flag} | 33 | does not fit 'emails' | emails-composite",
        "  notes: {path: notes, acces: read-only} | 24 | no option 'acces' | mean 'access'",
        "  notes: {path: notes, access: readonly} | 32 | no access 'readonly' | mean 'read-only'",
        "  notes: {codec: text} | 3 | 'notes' has no path | path: …",
        "  notes: | 9 | path of 'notes' must be a text | one word",
        "  notes: [a, b] | 10 | path of 'notes' must be a text | one word",
        "  notes: a..b | 10 | 'a..b' is no path | a dot before",
        "  notes: updatedAt | 10 | 'updatedAt' is used twice, here and for the record | own place",
        "  name_normalized: {path: n, access: read-only} | 38 | never read | Leave out its line",
      })
  void a_faulty_line_is_named_with_its_place_and_its_remedy(
      String line, int column, String problem, String remedy) {
    MappingFault fault = only("system: twenty\nfields:\n  " + line + "\n");

    assertThat(fault.file()).isEqualTo("my.yaml");
    assertThat(fault.line()).isEqualTo(3);
    assertThat(fault.column()).isEqualTo(column);
    assertThat(fault.problem()).contains(problem);
    assertThat(fault.remedy()).contains(remedy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "shoe_size: shoeSize | 3 | has no type | type: text",
        "shoe_size: {path: shoeSize} | 3 | has no type | type: text",
        "shoe_size: {path: shoeSize, type: txt} | 37 | no type 'txt' | Did you mean 'text'",
        "notes: {path: x, type: text} | 3 | has 'notes' already | section 'fields'",
        "Shoe-Size: {path: x, type: text} | 3 | cannot be the name | small letters",
        "deleted: {path: x, type: text} | 3 | cannot be the name | taken",
        "shoe_size: {path: x, type: text, codec: items} | 43 | does not fit 'shoe_size' | text",
      })
  void a_faulty_added_field_is_named_with_its_place_and_its_remedy(
      String line, int column, String problem, String remedy) {
    MappingFault fault = only("system: local\nfields: {}\nadded:\n  " + line + "\n");

    assertThat(fault.line()).isEqualTo(4);
    assertThat(fault.column()).isEqualTo(column);
    assertThat(fault.problem()).contains(problem);
    assertThat(fault.remedy()).contains(remedy);
  }

  @Test
  void two_fields_in_one_place_are_a_fault_that_names_both_lines() {
    MappingFault fault = only("system: local\nfields:\n  notes: memo\n  title: memo\n");

    assertThat(fault.line()).isEqualTo(4);
    assertThat(fault.problem()).contains("'memo' is used twice", "line 3");
  }

  @Test
  void a_field_inside_the_composite_of_another_is_a_fault() {
    MappingFault fault =
        only(
            "system: twenty\nfields:\n  emails: {path: emails, codec: emails-composite}\n"
                + "  notes: emails.primaryEmail\n");

    assertThat(fault.line()).isEqualTo(4);
    assertThat(fault.problem()).contains("overlaps with 'emails' of line 3");
  }

  @Test
  void a_field_given_twice_is_a_fault_that_names_both_lines() {
    MappingFault fault = only("system: local\nfields:\n  notes: a\n  notes: b\n");

    assertThat(fault.line()).isEqualTo(4);
    assertThat(fault.problem()).contains("'notes' is given twice, first in line 3");
  }

  @Test
  void an_option_given_twice_is_a_fault() {
    assertThat(only("system: local\nfields:\n  notes: {path: a, path: b}\n").problem())
        .contains("'path' is given twice");
  }

  @Test
  void an_unknown_section_names_the_one_meant() {
    MappingFault fault = only("system: local\nfields: {}\nadd: {}\n");

    assertThat(fault.line()).isEqualTo(3);
    assertThat(fault.remedy()).contains("added");
  }

  @Test
  void a_misspelt_system_names_the_one_meant() {
    MappingFault fault = only("system: twnety\nfields: {}\n");

    assertThat(fault.line()).isEqualTo(1);
    assertThat(fault.remedy()).contains("Did you mean 'twenty'");
  }

  @Test
  void a_misspelt_record_key_names_the_one_meant() {
    assertThat(only("system: local\nrecord:\n  contactid: x\nfields: {}\n").remedy())
        .contains("Did you mean 'contact_id'");
  }

  @Test
  void a_record_key_inside_another_property_is_a_fault() {
    assertThat(only("system: local\nrecord:\n  contact_id: a.b\nfields: {}\n").problem())
        .contains("'contact_id' cannot lie inside");
  }

  @ParameterizedTest
  @ValueSource(strings = {"contact_id", "deleted_at", "updated_at"})
  void a_column_that_statements_name_by_itself_cannot_be_another_one(String key) {
    MappingFault fault = only("system: local\nrecord:\n  " + key + ": other\nfields: {}\n");

    assertThat(fault.line()).isEqualTo(3);
    assertThat(fault.problem()).contains("always the column " + key);
  }

  @Test
  void missing_sections_are_told_at_once() {
    assertThat(faults("record: {}\n"))
        .extracting(MappingFault::problem)
        .containsExactly("There is no 'system'", "There is no section 'fields'");
  }

  @Test
  void all_faults_of_a_file_are_told_at_once() {
    assertThat(faults("system: local\nfields:\n  nots: a\n  title: {path: b, codec: tex}\n"))
        .extracting(MappingFault::line)
        .containsExactly(3, 4);
  }

  @Test
  void what_is_no_yaml_is_told_with_its_line() {
    MappingFault fault = only("system: local\nfields:\n  notes: {path: a\n  title: b\n");

    assertThat(fault.line()).isBetween(3, 5);
    assertThat(fault.problem()).startsWith("This is no YAML");
  }

  @Test
  void an_empty_file_is_a_fault() {
    assertThat(only("").problem()).isEqualTo("The file is empty");
  }

  @Test
  void a_list_instead_of_lines_is_a_fault() {
    assertThat(faults("- system\n").get(0).problem()).contains("'name: value'");
  }

  @Test
  void a_missing_file_is_a_fault(@TempDir Path folder) {
    MappingFaults faults =
        catchThrowableOfType(
            MappingFaults.class, () -> MappingFiles.load(folder.resolve("twenty.yaml")));

    assertThat(faults.faults().get(0).problem()).contains("cannot be read");
  }

  @Test
  void a_file_for_another_system_is_a_fault(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("local.yaml"), "system: supabase\nfields: {}\n");
    MappingFaults faults =
        catchThrowableOfType(
            MappingFaults.class, () -> MappingFiles.loadAll(folder, List.of("local")));

    assertThat(faults.faults().get(0).remedy()).contains("system: local");
  }

  @Test
  void an_added_field_has_one_type_in_all_files(@TempDir Path folder) throws Exception {
    String file = "system: %s\nfields: {}\nadded:\n  size: {path: size, type: %s}\n";
    Files.writeString(folder.resolve("local.yaml"), file.formatted("local", "text"));
    Files.writeString(folder.resolve("twenty.yaml"), file.formatted("twenty", "date"));
    MappingFaults faults =
        catchThrowableOfType(
            MappingFaults.class, () -> MappingFiles.loadAll(folder, List.of("local", "twenty")));

    assertThat(faults)
        .hasMessageContaining("twenty.yaml:4:3: 'size' is of type date here")
        .hasMessageContaining("text in local.yaml:4");
  }

  @Test
  void the_message_names_file_line_and_column() {
    assertThat(only("system: local\nfields:\n  notes: a..b\n").toString())
        .startsWith("my.yaml:3:10: ");
  }
}
