package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import truthforge.sync.config.Places;

/** Issue 6: with --dev routes are edited while running, and none is ever lost unseen. */
class RouteEditingTest {

  private static final String EDITED = "observe-local.camel.yaml";

  @TempDir static Path folder;
  private static Path routes;
  private static World world;
  private static String good;

  @BeforeAll
  static void a_service_with_its_routes_in_a_folder() throws Exception {
    routes = Files.createDirectory(folder.resolve("routes"));
    for (String name : Places.ROUTES) {
      String file = name + ".camel.yaml";
      try (InputStream in =
          RouteEditingTest.class.getResourceAsStream("/defaults/routes/" + file)) {
        Files.copy(in, routes.resolve(file));
      }
    }
    good = Files.readString(routes.resolve(EDITED));
    world = World.withoutEngine(folder, "local", "supabase");
    world.places = new Places(null, routes);
    world.start();
    world.engine.watchRoutes(world.places);
  }

  @AfterAll
  static void it_ends() {
    world.close();
  }

  @AfterEach
  void the_good_file_mends_all() throws Exception {
    write(EDITED, good);
    AtWork.await(() -> world.engine.routeFaults().isEmpty(), "the file to be taken in");
    assertThat(world.engine.stoppedRoutes()).isEmpty();
  }

  /** At once, as editors do that write beside the file. */
  private static void write(String name, String text) throws IOException {
    Path beside = folder.resolve("beside");
    Files.writeString(beside, text);
    Files.move(
        beside,
        routes.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static String ping(String header) {
    return """
        - route:
            id: ping
            from:
              uri: direct:ping
              steps:
                - setBody:
                    constant: "%s"
        """
        .formatted(header);
  }

  private static String answer() {
    return world
        .engine
        .context()
        .createProducerTemplate()
        .requestBody("direct:ping?failIfNoConsumers=false", null, String.class);
  }

  @Test
  void a_new_route_and_an_edit_of_it_are_taken_in_while_running() throws Exception {
    write("ping.camel.yaml", ping("one"));
    AtWork.await(() -> "one".equals(answer()), "the new route to answer");
    assertThat(world.engine.expectedRoutes()).contains("ping");

    Files.writeString(routes.resolve("ping.camel.yaml"), ping("two"));
    AtWork.await(() -> "two".equals(answer()), "the edited route to answer");
  }

  @ParameterizedTest
  @CsvSource({
    "broken YAML,        'id: observe-local',       'id: observe: local'",
    "an unknown option,  'useHeadersAsParameters:', 'useHeadersAsParametres:'",
    "an unknown step,    '- enrich:',               '- enritch:'",
    "a missing bean,     'ref: localDoor',          'ref: lokalDoor'",
    "a route id twice,   'id: follow-local',        'id: observe-local'"
  })
  void a_bad_edit_is_told_and_the_old_routes_go_on(String fault, String before, String after)
      throws Exception {
    String bad =
        good.contains(before) ? good.replace(before, after) : good + "\n- enritch: nothing\n";
    write(EDITED, bad);
    AtWork.await(() -> !world.engine.routeFaults().isEmpty(), "it to be told");

    assertThat(world.engine.routeFaults()).allMatch(told -> told.contains(EDITED));
    assertThat(world.engine.stoppedRoutes()).isEmpty();
    String person = fault.replace(" ", "");
    world.sql("insert into contacts_master(first_name) values ('" + person + "')");
    world.engine.runCycle();
    assertThat(world.supabase.rows("contacts_master").toString()).contains(person);
  }

  @Test
  void a_route_that_left_its_file_goes_on_and_is_told() throws Exception {
    write(EDITED, good.replace("id: call-local\n", "id: ring-local\n"));
    AtWork.await(() -> !world.engine.routeFaults().isEmpty(), "it to be told");

    assertThat(world.engine.routeFaults()).anyMatch(told -> told.contains("call-local"));
    assertThat(world.engine.stoppedRoutes()).isEmpty();
  }

  @Test
  void a_file_that_is_removed_is_told_while_its_routes_go_on() throws Exception {
    Files.delete(routes.resolve(EDITED));

    assertThat(world.engine.routeFaults())
        .singleElement()
        .matches(told -> told.startsWith(EDITED + ": the file is there no more"));
    assertThat(world.engine.stoppedRoutes()).isEmpty();
  }
}
