package truthforge.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Promise 10. The log's text is what is tested here: nobody's data may be in it. */
class LoggingTest {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync.test");

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void a_log_file_is_open() {
    file = folder.resolve("log.txt");
    Logging.toFile(file);
  }

  @AfterEach
  void the_log_file_is_closed() {
    Logging.endFile();
  }

  @Test
  void a_drivers_message_does_not_reach_the_log() throws IOException {
    LOG.warn("failed", new IllegalStateException(driversFault()));

    assertThat(Files.readString(file)).doesNotContain("Jane");
  }

  @Test
  void the_kind_of_a_drivers_exception_reaches_the_log() throws IOException {
    LOG.warn("failed", new IllegalStateException(driversFault()));

    assertThat(Files.readString(file)).contains("caused by SQLException, SQL state 23505");
  }

  @Test
  void a_message_of_this_project_reaches_the_log() throws IOException {
    LOG.warn("failed", new IllegalStateException("the ledger is read-only"));

    assertThat(Files.readString(file)).contains("IllegalStateException: the ledger is read-only");
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
