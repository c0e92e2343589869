package truthforge.sync.ledger;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files and folders that their owner alone can read, where the file system knows owners. */
public final class OwnerOnly {

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");

  private OwnerOnly() {}

  /** Makes the folder where it is missing; one that is there is left as it is. */
  public static void folder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.createDirectories(folder, attributes(folder.toAbsolutePath().getRoot(), FOLDER));
  }

  /** Makes the file, empty, where it is missing, and takes it from the eyes of others. */
  public static void file(Path file) throws IOException {
    try {
      Files.createFile(file, attributes(file.toAbsolutePath().getParent(), FILE));
    } catch (FileAlreadyExistsException e) {
      PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
      if (view != null && !view.readAttributes().permissions().equals(FILE)) {
        view.setPermissions(FILE);
      }
    }
  }

  private static FileAttribute<?>[] attributes(Path place, Set<PosixFilePermission> permissions)
      throws IOException {
    return Files.getFileStore(place).supportsFileAttributeView(PosixFileAttributeView.class)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }
}
