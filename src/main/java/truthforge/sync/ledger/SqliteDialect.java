package truthforge.sync.ledger;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteOpenMode;
import truthforge.sync.ledger.Ledger.LedgerUnavailable;
import truthforge.sync.ledger.Ledger.NoLedgerYet;

/** A ledger in one SQLite file, for one process. */
final class SqliteDialect implements Dialect {

  static final String PREFIX = "jdbc:sqlite:";
  private static final int BUSY_TIMEOUT_MILLIS = 10_000;
  private static final int CACHE_KIB = 32 * 1024;

  /** So many pages of the log are gathered, 16 MiB, before they are put in their places. */
  private static final int LOG_PAGES = 4_000;

  /**
   * The lock files that this JVM holds. The operating system's lock would not refuse it a second
   * time, and closing a second handle would give up the first lock.
   */
  private static final Set<Path> CLAIMED = ConcurrentHashMap.newKeySet();

  private static final Pattern BUSY_TIMEOUT = Pattern.compile("[?&]busy_timeout=(\\d{1,8})(&|$)");

  private final Path file;
  private final int busyTimeoutMillis;

  /** What was claimed: the file itself, whatever stands in its place later. */
  private volatile Object claimed;

  /** What SQLite would go on writing into disappears with the process. */
  private static final class NotInItsPlace extends SQLException {
    private static final long serialVersionUID = 1L;
  }

  SqliteDialect(String jdbcUrl) {
    file = LedgerSettings.file(jdbcUrl).orElseThrow().toAbsolutePath().normalize();
    Matcher timeout = BUSY_TIMEOUT.matcher(jdbcUrl);
    busyTimeoutMillis = timeout.find() ? Integer.parseInt(timeout.group(1)) : BUSY_TIMEOUT_MILLIS;
  }

  @Override
  public Claim claim() {
    Path lockFile;
    try {
      OwnerOnly.folder(file.getParent());
      Path real =
          Files.exists(file)
              ? file.toRealPath()
              : file.getParent().toRealPath().resolve(file.getFileName());
      lockFile = real.resolveSibling(real.getFileName() + ".lock");
    } catch (IOException e) {
      throw cannotOpen(e);
    }
    if (!CLAIMED.add(lockFile)) {
      throw inUse();
    }
    boolean done = false;
    try {
      Claim claim = lock(lockFile);
      OwnerOnly.file(file);
      claimed = identity();
      done = true;
      return () -> {
        claim.close();
        CLAIMED.remove(lockFile);
      };
    } catch (IOException e) {
      throw cannotOpen(e);
    } finally {
      if (!done) {
        CLAIMED.remove(lockFile);
      }
    }
  }

  /** The file's own key, as far as the file system has such keys; else only that it is there. */
  private Object identity() throws IOException {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    return key == null ? file : key;
  }

  private Claim lock(Path lockFile) throws IOException {
    OwnerOnly.file(lockFile);
    FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw inUse();
    }
    return () -> {
      try {
        channel.close();
      } catch (IOException e) {
        throw new LedgerUnavailable("The lock of " + place() + " cannot be given free", e);
      }
    };
  }

  private LedgerUnavailable inUse() {
    return new LedgerUnavailable(
        place()
            + " is in use by another process. Stop that one, ask it instead, or give this one a"
            + " ledger of its own (ledger.jdbc-url).",
        null);
  }

  private LedgerUnavailable cannotOpen(IOException e) {
    return new LedgerUnavailable(
        place()
            + " cannot be made or opened. Check that its folder exists and that this user may"
            + " write there, or choose another file (ledger.jdbc-url).",
        e);
  }

  @Override
  public DataSource dataSource(boolean readOnly) {
    if (readOnly && !Files.exists(file)) {
      throw new NoLedgerYet(emptyPlace());
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(busyTimeoutMillis);
    config.setCacheSize(-CACHE_KIB);
    config.enforceForeignKeys(true);
    // The pool gives a connection to one thread at a time.
    config.setOpenMode(SQLiteOpenMode.NOMUTEX);
    if (readOnly) {
      config.setReadOnly(true);
      config.resetOpenMode(SQLiteOpenMode.CREATE);
    } else {
      config.setJournalMode(SQLiteConfig.JournalMode.WAL);
      config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
      config.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, String.valueOf(LOG_PAGES));
    }
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl(PREFIX + file);
    return source;
  }

  @Override
  public String migrations() {
    return "ledger/sqlite";
  }

  /**
   * Said in SQL: without auto-commit the driver begins the next transaction right after each
   * commit, and so keeps the file locked while nothing is done.
   */
  @Override
  public void begin(Connection connection, boolean readOnly) throws SQLException {
    execute(connection, readOnly ? "BEGIN" : "BEGIN IMMEDIATE");
  }

  @Override
  public void commit(Connection connection) throws SQLException {
    requireInItsPlace();
    execute(connection, "COMMIT");
  }

  private void requireInItsPlace() throws SQLException {
    if (claimed == null) {
      return;
    }
    boolean inItsPlace;
    try {
      inItsPlace = claimed.equals(identity());
    } catch (IOException e) {
      inItsPlace = false;
    }
    if (!inItsPlace) {
      throw new NotInItsPlace();
    }
  }

  @Override
  public void rollBack(Connection connection) throws SQLException {
    execute(connection, "ROLLBACK");
  }

  @Override
  public boolean flushesTogether() {
    return true;
  }

  @Override
  public boolean keepsStatements() {
    return true;
  }

  @Override
  public String in(String column) {
    return column + " IN (SELECT value FROM json_each(?))";
  }

  @Override
  public void setTexts(PreparedStatement statement, int index, Collection<String> texts)
      throws SQLException {
    statement.setString(index, LedgerJson.ofTexts(texts));
  }

  @Override
  public void setKey(PreparedStatement statement, int index, String id) throws SQLException {
    set(statement, index, id, id == null ? null : Dense.ofId(id));
  }

  private static void set(PreparedStatement statement, int index, String text, byte[] bytes)
      throws SQLException {
    if (bytes == null) {
      statement.setString(index, text);
    } else {
      statement.setBytes(index, bytes);
    }
  }

  @Override
  public String key(ResultSet result, int column) throws SQLException {
    Object id = result.getObject(column);
    return id instanceof byte[] bytes ? Dense.toId(bytes) : (String) id;
  }

  @Override
  public String inKeys(String column) {
    return column + " IN (SELECT coalesce(unhex(value), substr(value, 2)) FROM json_each(?))";
  }

  @Override
  public void setKeys(PreparedStatement statement, int index, Collection<String> ids)
      throws SQLException {
    List<String> keys = new ArrayList<>(ids.size());
    ids.forEach(id -> keys.add(Dense.ofIdInList(id)));
    setTexts(statement, index, keys);
  }

  @Override
  public void setDense(PreparedStatement statement, int index, String text) throws SQLException {
    set(statement, index, text, text == null ? null : Dense.ofText(text));
  }

  @Override
  public String dense(ResultSet result, int column) throws SQLException {
    Object text = result.getObject(column);
    return text instanceof byte[] bytes ? Dense.toText(bytes) : (String) text;
  }

  @Override
  public boolean isWorthRetrying(SQLException e) {
    return false;
  }

  @Override
  public boolean isDuplicate(SQLException e) {
    SQLiteErrorCode code = code(e);
    return code == SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE
        || code == SQLiteErrorCode.SQLITE_CONSTRAINT_PRIMARYKEY;
  }

  private static SQLiteErrorCode code(SQLException e) {
    return e instanceof org.sqlite.SQLiteException sqlite
        ? sqlite.getResultCode()
        : SQLiteErrorCode.getErrorCode(e.getErrorCode());
  }

  @Override
  public String explain(SQLException e) {
    if (e instanceof NotInItsPlace) {
      return place()
          + " was removed or replaced while it was open, so nothing can be stored. Put the very"
          + " same file back, and the service goes on by itself; or stop the service, put a copy"
          + " there if there is one, and run init.";
    }
    SQLiteErrorCode code = code(e);
    String name = code.name();
    if (code == SQLiteErrorCode.SQLITE_FULL) {
      return "The disk of the ledger "
          + file
          + " is full. Make room; the service goes on by itself.";
    }
    if (name.startsWith("SQLITE_READONLY") || name.startsWith("SQLITE_PERM")) {
      return place()
          + " can only be read. Check the rights of the file and its folder, and whether the file"
          + " system is mounted read-only.";
    }
    if (name.startsWith("SQLITE_BUSY") || name.startsWith("SQLITE_LOCKED")) {
      return place() + " is locked by another program. Close whatever has it open, then try again.";
    }
    if (name.startsWith("SQLITE_CORRUPT") || name.startsWith("SQLITE_NOTADB")) {
      return place()
          + " is damaged or no ledger. Stop the service, put a backup in its place, and start it"
          + " again; without a backup, move the file away and run init.";
    }
    if (name.startsWith("SQLITE_CANTOPEN")) {
      return place()
          + " cannot be opened. Check that its folder exists and that this user may write there.";
    }
    if (name.startsWith("SQLITE_IOERR")) {
      return place() + " cannot be read or written. Check the disk and the system's log.";
    }
    return place() + " refused a statement (" + name + "). Run doctor.";
  }

  /** What stands at the target is whole and says that it is a copy, or nothing is there. */
  @Override
  public void backup(Path target, Instant now) throws SQLException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      OwnerOnly.folder(target.toAbsolutePath().getParent());
      if (Files.exists(target) && Files.size(target) > 0) {
        throw new LedgerUnavailable(
            "The backup " + target + " is there already. Move it away or name another file.", null);
      }
      remove(part);
      OwnerOnly.file(part);
      try {
        copy(part, now);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        remove(part);
      }
    } catch (IOException e) {
      throw new LedgerUnavailable(
          "The backup " + target + " cannot be written. Check its folder and the room there.", e);
    } catch (SQLException e) {
      throw new LedgerUnavailable(explainBackup(target, e), e);
    }
  }

  private static void remove(Path part) throws IOException {
    for (String suffix : List.of("", "-journal", "-wal", "-shm")) {
      Files.deleteIfExists(part.resolveSibling(part.getFileName() + suffix));
    }
  }

  private void copy(Path part, Instant now) throws SQLException {
    try (Connection connection = dataSource(true).getConnection();
        PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
      vacuum.setString(1, part.toString());
      vacuum.execute();
    }
    try (Connection copy = new SqliteDialect(PREFIX + part).dataSource(false).getConnection();
        PreparedStatement mark =
            copy.prepareStatement("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)")) {
      mark.setString(1, Ledger.COPIED_AT);
      mark.setString(2, now.toString());
      mark.executeUpdate();
    }
  }

  /** The ledger is only read meanwhile: what lacks room is the copy. */
  String explainBackup(Path target, SQLException e) {
    String name = code(e).name();
    if (name.equals("SQLITE_FULL") || name.startsWith("SQLITE_IOERR")) {
      return "The backup "
          + target
          + " cannot be written ("
          + name
          + "), and nothing is left of it. Make room on its disk or name a file on another one, then"
          + " try again.";
    }
    return explain(e);
  }

  @Override
  public String place() {
    return "The ledger " + file;
  }

  @Override
  public String emptyPlace() {
    return "at " + file;
  }
}
