package truthforge.sync.operate.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;
import truthforge.sync.text.Broken;

/** Whether the ledger can be opened and written. Makes no ledger and changes none. */
final class LedgerExamination {

  private static final String PLACE = "ledger";
  private static final long MIB = 1024L * 1024;
  private static final long LITTLE_ROOM_MIB = 1024;
  private static final long NO_ROOM_MIB = 100;

  /** A service at work holds the lock for milliseconds. */
  private static final int PATIENCE_MILLIS = 2_000;

  private final Databases.Address address;

  LedgerExamination(Configuration configuration) {
    address =
        new Databases.Address(
            PLACE,
            configuration.required(Options.LEDGER_JDBC_URL),
            configuration.text(Options.LEDGER_USERNAME),
            configuration.text(Options.LEDGER_PASSWORD));
  }

  void examine(List<Finding> findings) {
    Path file = address.file().orElse(null);
    if (!address.isSqlite()) {
      examineServer(findings);
    } else if (file == null) {
      findings.add(
          Finding.error(
              Options.LEDGER_JDBC_URL.name(),
              0,
              "the ledger would be gone with the process",
              "Name a file: " + Options.LEDGER_JDBC_URL.defaultValue()));
    } else {
      examineFile(file, findings);
    }
  }

  private void examineServer(List<Finding> findings) {
    try (Connection connection = Databases.toRead(address)) {
      boolean begun = Databases.is(connection, "select to_regclass('ledger_schema') is not null");
      Optional<Finding> unwritable = Databases.takesNoWrites(connection, address);
      if (unwritable.isPresent()) {
        findings.add(unwritable.get());
        return;
      }
      if (!Databases.is(connection, "select has_schema_privilege(current_schema(), 'create')")) {
        findings.add(
            Finding.error(
                PLACE,
                0,
                "this user may not create tables there",
                "Let its owner run: grant create on schema public to (ledger.username)"));
        return;
      }
      findings.add(
          Finding.ok(PLACE, begun ? "can be opened and written" : "will be made at the first run"));
    } catch (SQLException e) {
      throw Databases.trouble(PLACE, address, e, "to be opened");
    }
  }

  private void examineFile(Path file, List<Finding> findings) {
    Path there = file.getParent();
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isDirectory(there) || !Files.isWritable(there)) {
      findings.add(
          Finding.error(
              PLACE,
              0,
              "this user may not write into " + (there == null ? file : there),
              "Give the right to it, or choose another file as ledger.jdbc-url"));
      return;
    }
    if (!Files.exists(file)) {
      findings.add(Finding.ok(PLACE, "will be made at the first run"));
    } else {
      examineWriting(file, findings);
      examineOwner(file, findings);
    }
    examineRoom(there, findings);
  }

  /** Takes the writer's lock and gives it back. */
  private void examineWriting(Path file, List<Finding> findings) {
    if (!Files.isWritable(file)) {
      findings.add(
          Finding.error(
              PLACE, 0, "this user may not write " + file, "Give the right to the file to it"));
      return;
    }
    try (Connection connection = Databases.toWrite(address)) {
      if (Databases.value(connection, "select name from sqlite_master where name = 'ledger_schema'")
          == null) {
        findings.add(
            Finding.warning(
                PLACE,
                0,
                file + " is a database, but no ledger yet",
                "Check ledger.jdbc-url if a ledger should be there; else the first run makes one"));
      }
      try (Statement statement = connection.createStatement()) {
        statement.execute("pragma busy_timeout = " + PATIENCE_MILLIS);
        statement.execute("begin immediate");
        statement.execute("rollback");
      }
      findings.add(Finding.ok(PLACE, "can be opened and written"));
    } catch (SQLException e) {
      throw Databases.trouble(PLACE, address, e, "to be written");
    }
  }

  private static void examineOwner(Path file, List<Finding> findings) {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return;
    }
    Set<PosixFilePermission> permissions;
    try {
      permissions = view.readAttributes().permissions();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    boolean others =
        permissions.stream()
            .anyMatch(p -> p.name().startsWith("GROUP_") || p.name().startsWith("OTHERS_"));
    findings.add(
        others
            ? Finding.warning(
                PLACE,
                0,
                file + " can be read by others than its owner, and it holds all contacts",
                "Run: chmod 600 " + file)
            : Finding.ok(PLACE, "is readable by its owner alone"));
  }

  private static void examineRoom(Path folder, List<Finding> findings) {
    long room;
    try {
      room = Files.getFileStore(folder).getUsableSpace() / MIB;
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
    String what = room + " MiB are free on the disk of " + folder;
    String remedy = "Make room, or choose another disk as ledger.jdbc-url";
    if (room < NO_ROOM_MIB) {
      findings.add(Finding.error(PLACE, 0, "only " + what, remedy));
    } else if (room < LITTLE_ROOM_MIB) {
      findings.add(Finding.warning(PLACE, 0, "only " + what, remedy));
    } else {
      findings.add(Finding.ok(PLACE, what));
    }
  }

  private static Trouble unreadable(Path path, IOException e) {
    return Trouble.found(
        PLACE,
        "does not let its place be looked at (" + Broken.file(e) + ")",
        "Check the rights of " + path);
  }
}
