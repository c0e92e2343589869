package truthforge.sync.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** Whoever hears of a weakness in a library can look up whether the jar holds it. */
class BillOfMaterialsIT {

  private static final String LIBRARIES = "BOOT-INF/lib/";

  @Test
  void it_names_every_library_of_the_jar_with_its_version() throws Exception {
    JsonNode bill = new ObjectMapper().readTree(Path.of("target", "bom.json").toFile());
    Set<String> named = new TreeSet<>();
    for (JsonNode component : bill.path("components")) {
      String file = component.path("name").asText() + "-" + component.path("version").asText();
      assertThat(component.path("purl").asText()).startsWith("pkg:maven/");
      assertThat(component.path("hashes").isEmpty()).as(file + " has no hash").isFalse();
      named.add(file);
    }
    Set<String> inside = new TreeSet<>();
    try (JarFile jar = new JarFile(Path.of("target", "truth-forge-sync.jar").toFile())) {
      jar.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.startsWith(LIBRARIES) && name.endsWith(".jar"))
          .map(name -> name.substring(LIBRARIES.length(), name.length() - ".jar".length()))
          .forEach(inside::add);
    }

    assertThat(bill.path("bomFormat").asText()).isEqualTo("CycloneDX");
    assertThat(inside).hasSizeGreaterThan(50);
    // A file may have a classifier behind the version.
    assertThat(inside).allMatch(file -> named.stream().anyMatch(file::startsWith));
  }
}
