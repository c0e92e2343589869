package truthforge.sync.operate;

import org.sqlite.SQLiteJDBCLoader;
import truthforge.sync.cli.Outcome;
import truthforge.sync.cli.Problem;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;

/** SQLite is a library for this machine, which each process unpacks before it can be used. */
final class SqliteLibrary {

  private SqliteLibrary() {}

  /**
   * @throws Problem where a database is one of SQLite and its library cannot be had
   */
  static void require(Configuration configuration) {
    if (!isSqlite(configuration.text(Options.LEDGER_JDBC_URL))
        && !isSqlite(configuration.text(Options.LOCAL_JDBC_URL))) {
      return;
    }
    try {
      SQLiteJDBCLoader.initialize();
    } catch (Exception e) {
      throw new Problem(
          Outcome.FOUND,
          "the library of SQLite cannot be unpacked into the temporary folder "
              + System.getProperty("java.io.tmpdir")
              + ", or not be used from there",
          "Make room there, and see that this user may write there and that programs may be run from"
              + " it; or name another folder: java -Djava.io.tmpdir=FOLDER -jar …",
          e);
    }
  }

  private static boolean isSqlite(String url) {
    return url != null && url.startsWith("jdbc:sqlite:");
  }
}
