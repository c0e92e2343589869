package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Promise 10: what an exception of others says may be somebody's data. */
class LoggingTest {

  @Test
  void a_drivers_message_is_left_out_and_its_kind_is_told() {
    assertThat(rendered(new IllegalStateException(driversFault())))
        .doesNotContain("Jane")
        .contains("caused by SQLException, SQL state 23505");
  }

  @Test
  void a_message_of_this_project_is_told() {
    assertThat(rendered(new IllegalStateException("the ledger is read-only")))
        .contains("IllegalStateException: the ledger is read-only");
  }

  @Test
  void a_folder_is_no_log_file_and_keeps_its_rights(@TempDir Path folder) throws IOException {
    Set<PosixFilePermission> before = Files.getPosixFilePermissions(folder);

    assertThatThrownBy(() -> Logging.toFile(folder))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("cannot be written (something else stands in its place");

    assertThat(Files.getPosixFilePermissions(folder)).isEqualTo(before);
  }

  private static String rendered(Throwable thrown) {
    Logger logger = new LoggerContext().getLogger("test");
    Logging.SafeTrace trace = new Logging.SafeTrace();
    trace.start();
    return trace.convert(
        new LoggingEvent(LoggingTest.class.getName(), logger, Level.WARN, "failed", thrown, null));
  }

  /** Thrown elsewhere than in this project's code, as far as its trace says. */
  private static SQLException driversFault() {
    SQLException e = new SQLException("row (Jane Doe)", "23505");
    e.setStackTrace(
        new StackTraceElement[] {
          new StackTraceElement("org.driver.Statement", "execute", "Statement.java", 1)
        });
    return e;
  }
}
