package truthforge.sync.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Keeps the written files equal to {@link Options}. {@code -Dconfiguration.write=true} writes them.
 */
class ConfigurationFilesTest {

  @Test
  void the_properties_file_lists_every_option_as_it_is_declared() throws IOException {
    compare(Path.of("config/application.properties"), ConfigurationFiles.properties());
  }

  @Test
  void the_reference_page_lists_every_option_as_it_is_declared() throws IOException {
    compare(Path.of("docs/configuration.md"), ConfigurationFiles.page());
  }

  @Test
  void every_option_belongs_to_a_group_that_is_written() {
    assertThat(Options.all())
        .allSatisfy(o -> assertThat(ConfigurationFiles.groups()).containsKey(o.group()));
  }

  @Test
  void every_default_is_a_value_that_its_option_takes() {
    assertThat(Options.all())
        .filteredOn(o -> o.defaultValue() != null)
        .allSatisfy(o -> assertThat(o.kind().fault(o.defaultValue())).as(o.name()).isNull());
  }

  @Test
  void the_file_as_delivered_sets_up_no_system() {
    Configuration configuration = Configuration.load(Places.insideTheJar(), Map.of(), Map.of());

    assertThat(configuration.systems()).isEmpty();
  }

  private static void compare(Path file, String generated) throws IOException {
    if (Boolean.getBoolean("configuration.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, generated);
    }
    assertThat(Files.readString(file)).isEqualTo(generated);
  }
}
