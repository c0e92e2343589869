package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import truthforge.sync.cli.Problem;
import truthforge.sync.cli.Progress;

/** What is told to end before it has looked at everything must not tell what it did not see. */
class StoppedCommandsTest {

  private static final Progress NOBODY_LOOKS =
      new Progress() {
        @Override
        public void begin(String what, long total, long done) {}

        @Override
        public void advance(long more) {}

        @Override
        public void end() {}
      };

  private World world;

  @BeforeEach
  void two_systems_with_a_contact(@TempDir Path folder) throws Exception {
    world = new World(folder, "local", "twenty");
    world.sql("insert into contacts_master(first_name) values ('Ada')");
  }

  @AfterEach
  void close() {
    world.close();
  }

  static List<Named<Consumer<SyncService>>> commands() {
    return List.of(
        Named.of("init", service -> service.init(NOBODY_LOOKS)),
        Named.of("once", service -> service.once()),
        Named.of("plan", service -> service.plan(NOBODY_LOOKS)),
        Named.of("verify", service -> service.verify(NOBODY_LOOKS)));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void a_command_that_was_stopped_reports_nothing_and_says_that_it_was(
      Consumer<SyncService> command) throws Exception {
    assertThat(world.init().verified()).isTrue();

    assertThatThrownBy(() -> stoppedBefore(command))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("was stopped before its end");
  }

  @Test
  void a_service_that_is_stopped_in_its_initial_sync_ends_as_one_that_is_done() throws Exception {
    stoppedBefore(service -> service.run(true, NOBODY_LOOKS));
  }

  private void stoppedBefore(Consumer<SyncService> command) throws Exception {
    world.<Void>command(
        service -> {
          service.stop();
          command.accept(service);
          return null;
        });
  }
}
