package truthforge.sync.sql;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The SQL that is shipped, and small ways to run it. */
final class SqlFiles {

  private SqlFiles() {}

  static String read(String name) throws IOException {
    try (InputStream in = SqlFiles.class.getResourceAsStream("/defaults/config/sql/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Runs a text of one statement or more. */
  static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  /** Runs a query whose rows are of no interest, or a call. */
  static void call(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Each row as its values, joined by a blank; NULL as {@code null}. */
  static List<String> rows(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      List<String> lines = new ArrayList<>();
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          values.add(String.valueOf(rows.getString(i)));
        }
        lines.add(String.join(" ", values));
      }
      return lines;
    }
  }

  static String row(Connection connection, String query) throws SQLException {
    List<String> rows = rows(connection, query);
    if (rows.size() != 1) {
      throw new IllegalStateException(rows.size() + " rows, not one, of: " + query);
    }
    return rows.get(0);
  }
}
