package truthforge.sync.systems.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Connections to what stands at the path now. An open SQLite connection stays with the file that it
 * has opened: where another one was put in its place, or it was removed, all that is written there
 * is gone when it is closed, and nobody's edits are seen.
 */
final class SqlitePool extends HikariDataSource {

  /** Not of databases in memory. */
  private static final Pattern FILE = Pattern.compile("jdbc:sqlite:(?:file:)?([^?:][^?]*).*");

  /** The file that was open is not there any more, and neither is another one. */
  static final class FileGone extends SQLException {
    private static final long serialVersionUID = 1L;
  }

  private final Path file;
  private Object opened;

  SqlitePool(HikariConfig config) {
    super(config);
    file = file(config.getJdbcUrl());
  }

  /** Null of a database in memory. */
  static Path file(String url) {
    Matcher path = FILE.matcher(url);
    return path.matches() ? Path.of(path.group(1)) : null;
  }

  /**
   * @throws FileGone where the file has been removed; SQLite would make an empty one
   */
  @Override
  public Connection getConnection() throws SQLException {
    if (file != null) {
      follow();
    }
    return super.getConnection();
  }

  private synchronized void follow() throws SQLException {
    Object there = identity();
    if (opened != null && !opened.equals(there)) {
      getHikariPoolMXBean().softEvictConnections();
      if (there == null) {
        throw new FileGone();
      }
    }
    opened = there;
  }

  /** Null where there is no file. */
  private Object identity() throws SQLException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return key == null ? file : key;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new SQLException("The file of the database cannot be looked at", e);
    }
  }
}
