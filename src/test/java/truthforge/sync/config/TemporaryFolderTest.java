package truthforge.sync.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {

  private static final FileTime AN_HOUR_AGO =
      FileTime.from(Instant.now().minus(Duration.ofHours(1)));

  @TempDir private Path parent;

  @Test
  void a_closed_one_is_gone_with_all_that_is_in_it() throws IOException {
    Path path;
    try (TemporaryFolder folder = TemporaryFolder.open(parent, "plan")) {
      path = folder.path();
      Files.writeString(Files.createDirectory(path.resolve("sub")).resolve("file"), "text");
    }

    assertThat(path).doesNotExist();
  }

  @Test
  void one_that_a_killed_process_left_is_deleted_by_the_next() throws Exception {
    Process killed = anotherProcess();
    Path left = ofAnother(killed);
    killed.destroyForcibly().waitFor();
    Files.writeString(left.resolve("ledger"), "people");

    try (TemporaryFolder folder = TemporaryFolder.open(parent, "plan")) {
      assertThat(left).doesNotExist();
      assertThat(folder.path()).isDirectory();
    }
  }

  @Test
  void one_that_is_in_use_stays_in_this_process_and_in_others() throws Exception {
    Process living = anotherProcess();
    Path another = ofAnother(living);
    try (TemporaryFolder first = age(TemporaryFolder.open(parent, "plan"));
        TemporaryFolder second = age(TemporaryFolder.open(parent, "plan"));
        TemporaryFolder third = TemporaryFolder.open(parent, "plan")) {
      assertThat(first.path()).isDirectory();
      assertThat(second.path()).isDirectory();
      assertThat(third.path()).isDirectory();
      assertThat(another).isDirectory();
    } finally {
      living.destroyForcibly();
    }
  }

  @Test
  void what_is_not_ours_stays() throws IOException {
    Path unmarked = Files.createDirectory(parent.resolve("plan-of-somebody"));
    Path otherName = Files.createDirectory(parent.resolve("other"));
    Files.createFile(otherName.resolve("in-use"));
    Files.setLastModifiedTime(otherName.resolve("in-use"), AN_HOUR_AGO);
    Path link = Files.createSymbolicLink(parent.resolve("plan-link"), otherName);

    TemporaryFolder.open(parent, "plan").close();

    assertThat(unmarked).isDirectory();
    assertThat(otherName.resolve("in-use")).exists();
    assertThat(link).isSymbolicLink();
  }

  private static TemporaryFolder age(TemporaryFolder folder) throws IOException {
    Files.setLastModifiedTime(folder.path().resolve("in-use"), AN_HOUR_AGO);
    return folder;
  }

  /** An hour old. */
  private Path ofAnother(Process process) throws IOException {
    Path path = Path.of(process.inputReader().readLine());
    Files.setLastModifiedTime(path.resolve("in-use"), AN_HOUR_AGO);
    return path;
  }

  private Process anotherProcess() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Opener.class.getName(),
            parent.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Opens a folder in a process of its own, says which, and waits. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] arguments) throws IOException {
      System.out.println(TemporaryFolder.open(Path.of(arguments[0]), "plan").path());
      System.in.read();
    }
  }
}
