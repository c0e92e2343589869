package truthforge.sync.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A folder that its owner alone can read, deleted when it is closed. What a process left behind
 * that was killed is deleted by the next one of the same user.
 */
public final class TemporaryFolder implements AutoCloseable {

  private static final String MARK = "in-use";
  private static final Duration TIME_TO_LOCK = Duration.ofMinutes(1);
  private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel mark;

  private TemporaryFolder(Path path, FileChannel mark) {
    this.path = path;
    this.mark = mark;
  }

  /**
   * @param name what its name begins with, and what is left behind is known by
   * @throws UncheckedIOException when it cannot be made
   */
  public static TemporaryFolder open(String name) {
    return open(Path.of(System.getProperty("java.io.tmpdir")), name);
  }

  static TemporaryFolder open(Path parent, String name) {
    deleteLeftBehind(parent, name);
    try {
      Path path = Files.createTempDirectory(parent, name);
      OPEN_HERE.add(path);
      FileChannel mark =
          FileChannel.open(
              path.resolve(MARK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      mark.lock();
      return new TemporaryFolder(path, mark);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      mark.close();
      delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      OPEN_HERE.remove(path);
    }
  }

  private static void deleteLeftBehind(Path parent, String name) {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, name + "*")) {
      for (Path folder : folders) {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && isLeftBehind(folder)) {
          delete(folder);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nobody holds its mark. One that is not yet marked, or another user's, is somebody's. */
  private static boolean isLeftBehind(Path folder) throws IOException {
    Path mark = folder.resolve(MARK);
    if (OPEN_HERE.contains(folder) || !Files.isWritable(mark) || isNew(mark)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(mark, StandardOpenOption.WRITE)) {
      FileLock lock = channel.tryLock();
      return lock != null;
    }
  }

  private static boolean isNew(Path mark) throws IOException {
    FileTime made = Files.getLastModifiedTime(mark);
    return made.toInstant().isAfter(Instant.now().minus(TIME_TO_LOCK));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
