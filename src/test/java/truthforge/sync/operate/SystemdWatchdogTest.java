package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SystemdWatchdogTest {

  private static final Map<String, String> SYSTEMD =
      Map.of("NOTIFY_SOCKET", "/run/systemd/notify", "WATCHDOG_USEC", "100000");
  private static final Path UNIT = Path.of("config/systemd/truth-forge-sync.service");

  @TempDir Path folder;

  @Test
  void systemd_is_told_that_the_service_is_up_and_goes_on() throws Exception {
    assertThat(told(() -> true, 3)).containsExactly("READY=1", "WATCHDOG=1", "WATCHDOG=1");
  }

  @Test
  void a_service_that_does_not_go_on_does_not_say_so() throws Exception {
    AtomicInteger asked = new AtomicInteger();

    List<String> told = told(() -> asked.incrementAndGet() > 3, 2);

    assertThat(told).containsExactly("READY=1", "WATCHDOG=1");
    assertThat(asked).hasValueGreaterThan(3);
  }

  @Test
  void the_unit_waits_longer_for_a_stop_than_the_service_takes() throws IOException {
    assertThat(Files.readAllLines(UNIT)).contains("TimeoutStopSec=30", "NotifyAccess=all");
  }

  /** With the JVM of this test, as /usr/bin/java need not be there. */
  @Test
  void systemd_takes_the_unit_as_it_is() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "systemd is not installed");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path unit = folder.resolve(UNIT.getFileName());
    Files.writeString(unit, Files.readString(UNIT).replace("=/usr/bin/java ", "=" + java + " "));
    Path said = folder.resolve("said");

    Process verify =
        new ProcessBuilder("/usr/bin/systemd-analyze", "verify", "--man=no", unit.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();

    assertThat(verify.waitFor()).as(Files.readString(said)).isZero();
  }

  /** What systemd is told, from a program that passes it on through a pipe. */
  private List<String> told(BooleanSupplier goesOn, int times) throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path program = folder.resolve("notify");
    Files.writeString(program, "#!/bin/sh\nexec echo \"$1\" > '" + pipe + "'\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    List<String> told = new ArrayList<>();
    // Open for both directions, a pipe never ends.
    try (RandomAccessFile reader = new RandomAccessFile(pipe.toFile(), "rw");
        SystemdWatchdog watchdog = new SystemdWatchdog(SYSTEMD, program.toString(), goesOn)) {
      watchdog.ready();
      while (told.size() < times) {
        told.add(reader.readLine());
      }
    }
    return told;
  }
}
