package truthforge.sync.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.cli.Door;
import truthforge.sync.cli.Terminal;
import truthforge.sync.cli.TruthForgeSync;
import truthforge.sync.operate.MappingCheck;

/** Issue 6: validate reports all faults at once, each with its file and line. */
class AllFaultsAtOnceTest {

  @TempDir Path folder;

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void a_folder_with_thirteen_different_faults_has_them_all_told_with_file_and_line()
      throws IOException {
    write(
        "config/application.properties",
        """
        sync.batch-sise=1
        sync.interval-seconds=soon
        local.table=a
        local.table=b
        """);
    write(
        "config/mappings/local.yaml",
        """
        system: local
        record:
          id: id
          contact_id: contact_id
          deleted_at: deleted_at
          created_at: created_at
          updated_at: updated_at
        fields:
          first_name: {path: first_name, codec: rot13}
        """);
    write("routes/a-broken.camel.yaml", "- route:\n    id: x: y\n");
    write(
        "routes/b-step.camel.yaml",
        "- from:\n    uri: timer:a\n    steps:\n      - setHaeder:\n          name: a\n");
    write(
        "routes/c-twice.camel.yaml",
        "- from:\n    uri: timer:a\n    uri: timer:b\n    steps:\n      - stop: {}\n");
    write(
        "routes/d-option.camel.yaml",
        "- from:\n    uri: timer:a\n    parameters:\n      perod: 5\n    steps:\n      - stop: {}\n");
    write(
        "routes/e-component.camel.yaml",
        "- from:\n    uri: timer:a\n    steps:\n      - to: carrier-pigeon:a\n");
    write(
        "routes/f-bean.camel.yaml",
        "- from:\n    uri: timer:a\n    steps:\n      - bean:\n          ref: cicle\n");
    write(
        "routes/g-nowhere.camel.yaml",
        "- from:\n    uri: timer:a\n    steps:\n      - to: direct:nowhere\n");
    write(
        "routes/h-placeholder.camel.yaml",
        "- from:\n    uri: timer:a\n    parameters:\n      period: \"{{sync.intervall-seconds}}\"\n"
            + "    steps:\n      - stop: {}\n");
    write(
        "routes/i-load.camel.yaml",
        "- from:\n    uri: timer:a?period=5\n    parameters:\n      delay: 5\n    steps:\n"
            + "      - stop: {}\n");

    assertThat(found())
        .containsExactlyInAnyOrder(
            "application.properties:1",
            "application.properties:2",
            "application.properties:4",
            "local.yaml:9",
            "a-broken.camel.yaml:2",
            "b-step.camel.yaml:4",
            "c-twice.camel.yaml:3",
            "d-option.camel.yaml:4",
            "e-component.camel.yaml:4",
            "f-bean.camel.yaml:5",
            "g-nowhere.camel.yaml:4",
            "h-placeholder.camel.yaml:4",
            "i-load.camel.yaml:2");
  }

  /** By its API, which takes other names, it would be none. */
  @Test
  void a_column_that_only_statements_name_by_themselves_is_a_fault_where_there_are_such()
      throws IOException {
    write("config/application.properties", "supabase.jdbc-url=jdbc:postgresql://db/postgres\n");
    write(
        "config/mappings/supabase.yaml",
        "system: supabase\nrecord:\n  deleted_at: removed_at\nfields: {}\n");

    assertThat(found()).containsExactly("supabase.yaml:3");

    write("config/application.properties", "supabase.url=http://db\nsupabase.key=k\nsync.x=1\n");
    assertThat(found()).containsExactly("application.properties:3");
  }

  @Test
  void a_policy_for_a_field_that_is_none_is_told_with_its_line() throws IOException {
    write(
        "config/application.properties",
        "local.jdbc-url=jdbc:sqlite:a.db\nsync.conflict-policy.nots=manual\n");

    assertThat(found()).containsExactly("application.properties:2");
  }

  private List<String> found() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Door door =
        new Door(
            new Terminal(new PrintStream(out, true), new PrintStream(out, true), false),
            null,
            null,
            List.of(RouteCheck::new, MappingCheck::new),
            Map.of(),
            folder);
    int code = TruthForgeSync.execute(door, "validate", "--json");
    assertThat(code).isEqualTo(1);
    List<String> found = new ArrayList<>();
    for (JsonNode finding :
        new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8)).get("findings")) {
      found.add(
          Path.of(finding.get("place").asText()).getFileName() + ":" + finding.get("line").asInt());
    }
    return found;
  }
}
