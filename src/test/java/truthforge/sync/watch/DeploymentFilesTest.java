package truthforge.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import truthforge.sync.config.Option;
import truthforge.sync.config.Options;

/** Issue 6: what containers are started with names what there is. */
class DeploymentFilesTest {

  private static final Path KUBERNETES = Path.of("config/kubernetes/truth-forge-sync.yaml");

  private static List<JsonNode> documents(Path file) throws IOException {
    YAMLMapper yaml = new YAMLMapper();
    try (MappingIterator<JsonNode> documents =
        yaml.readerFor(JsonNode.class).readValues(Files.readString(file))) {
      return documents.readAll();
    }
  }

  private static JsonNode kind(String kind) throws IOException {
    return documents(KUBERNETES).stream()
        .filter(document -> document.path("kind").asText().equals(kind))
        .findFirst()
        .orElseThrow();
  }

  private static Properties settings() throws IOException {
    Properties properties = new Properties();
    properties.load(
        new StringReader(kind("ConfigMap").at("/data/application.properties").asText()));
    return properties;
  }

  @Test
  void every_setting_for_kubernetes_is_an_option() throws IOException {
    assertThat(settings().stringPropertyNames())
        .isNotEmpty()
        .allMatch(
            name ->
                Options.find(name) != null
                    || Options.find(name.replaceFirst("\\.file$", "")) != null);
  }

  @Test
  void every_secret_that_kubernetes_mounts_is_one_that_is_read() throws IOException {
    List<String> secrets = new ArrayList<>();
    kind("Secret").get("stringData").fieldNames().forEachRemaining(secrets::add);

    assertThat(settings().values())
        .extracting(Object::toString)
        .filteredOn(value -> value.startsWith("/run/secrets/sync/"))
        .extracting(value -> value.substring(value.lastIndexOf('/') + 1))
        .containsExactlyInAnyOrderElementsOf(secrets);
  }

  @Test
  void kubernetes_asks_the_operators_port_and_writes_to_volumes_alone() throws IOException {
    JsonNode container = kind("StatefulSet").at("/spec/template/spec/containers/0");

    assertThat(container.at("/ports/0/containerPort").asText())
        .isEqualTo(Options.OPERATE_PORT.defaultValue());
    assertThat(container.at("/livenessProbe/httpGet/path").asText())
        .isEqualTo("/observe/health/live");
    assertThat(container.at("/readinessProbe/httpGet/path").asText())
        .isEqualTo("/observe/health/ready");
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    List<String> writable = new ArrayList<>();
    for (JsonNode mount : container.get("volumeMounts")) {
      if (!mount.path("readOnly").asBoolean()) {
        writable.add(mount.get("mountPath").asText());
      }
    }
    assertThat(writable).anyMatch(settings().getProperty("log.file")::startsWith);
  }

  @Test
  void every_variable_of_the_compose_file_is_an_option() throws IOException {
    List<String> options =
        Options.all().stream().map(Option::name).map(DeploymentFilesTest::variable).toList();
    List<String> variables = new ArrayList<>();
    documents(Path.of("compose.yaml"))
        .get(0)
        .at("/services/sync/environment")
        .fieldNames()
        .forEachRemaining(variables::add);

    assertThat(options).containsAll(variables);
  }

  private static String variable(String option) {
    return option.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }
}
