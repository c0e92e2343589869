package truthforge.sync.bench;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What bare JDBC does of the same work, in one thread: pages by key, a thousand rows each; writes
 * of a thousand rows as arrays, one transaction each. No merge, no ledger, no history.
 */
final class JdbcFloor {

  private static final int PAGE = 1000;

  private JdbcFloor() {}

  private static String columns() {
    return People.COLUMNS.stream().map(column -> column[0]).collect(Collectors.joining(", "));
  }

  /** One page, column by column. */
  private static List<List<String>> page(PreparedStatement select, String after)
      throws SQLException {
    select.setString(1, after);
    List<List<String>> columns = new ArrayList<>();
    People.COLUMNS.forEach(column -> columns.add(new ArrayList<>(PAGE)));
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        for (int i = 0; i < columns.size(); i++) {
          columns.get(i).add(rows.getString(i + 1));
        }
      }
    }
    return columns;
  }

  private interface OnPage {
    void take(List<List<String>> columns) throws SQLException;
  }

  /** Returns rows a second. */
  private static double walk(Connection source, String table, String where, OnPage onPage)
      throws SQLException {
    source.setAutoCommit(false);
    long began = System.nanoTime();
    long read = 0;
    try (PreparedStatement select =
        source.prepareStatement(
            "select "
                + columns()
                + " from "
                + table
                + " where id > ?::uuid "
                + where
                + " order by id limit "
                + PAGE)) {
      String after = "00000000-0000-0000-0000-000000000000";
      while (true) {
        List<List<String>> columns = page(select, after);
        source.commit();
        List<String> ids = columns.get(0);
        if (ids.isEmpty()) {
          return read / ((System.nanoTime() - began) / 1e9);
        }
        read += ids.size();
        onPage.take(columns);
        after = ids.get(ids.size() - 1);
      }
    }
  }

  private static void write(Connection target, PreparedStatement write, List<List<String>> columns)
      throws SQLException {
    for (int i = 0; i < columns.size(); i++) {
      Array array = target.createArrayOf("text", columns.get(i).toArray());
      write.setArray(i + 1, array);
    }
    write.executeUpdate();
    target.commit();
  }

  private static String arrays() {
    return People.COLUMNS.stream().map(column -> "?::text[]").collect(Collectors.joining(", "));
  }

  private static String cast() {
    return People.COLUMNS.stream()
        .map(column -> "u." + column[0] + "::" + column[1])
        .collect(Collectors.joining(", "));
  }

  /** Copies all rows into a table; rows a second. */
  static double copy(Postgres.Database from, Postgres.Database to, String table)
      throws SQLException {
    try (Connection source = from.connect();
        Connection target = to.connect();
        PreparedStatement insert =
            target.prepareStatement(
                "insert into "
                    + table
                    + " ("
                    + columns()
                    + ") select "
                    + cast()
                    + " from unnest("
                    + arrays()
                    + ") as u("
                    + columns()
                    + ") on conflict do nothing")) {
      target.setAutoCommit(false);
      return walk(source, Postgres.TABLE, "", columns -> write(target, insert, columns));
    }
  }

  /** Updates one field of rows that are there; rows a second. */
  static double update(Postgres.Database from, String where, Postgres.Database to, String table)
      throws SQLException {
    int notes = 12;
    try (Connection source = from.connect();
        Connection target = to.connect();
        PreparedStatement update =
            target.prepareStatement(
                "update "
                    + table
                    + " as t set notes = u.notes from unnest(?::text[], ?::text[]) as u(contact_id,"
                    + " notes) where t.contact_id = u.contact_id")) {
      target.setAutoCommit(false);
      return walk(
          source,
          Postgres.TABLE,
          where,
          columns -> write(target, update, List.of(columns.get(1), columns.get(notes))));
    }
  }

  /** Reads all rows of both and compares them; rows a second. */
  static double compare(Postgres.Database one, Postgres.Database other) throws SQLException {
    try (Connection left = one.connect();
        Connection right = other.connect();
        PreparedStatement select =
            right.prepareStatement(
                "select "
                    + columns()
                    + " from "
                    + Postgres.TABLE
                    + " where contact_id = any(?::text[]) order by contact_id")) {
      right.setAutoCommit(false);
      return walk(
          left,
          Postgres.TABLE,
          "",
          columns -> {
            select.setArray(1, right.createArrayOf("text", columns.get(1).toArray()));
            int row = 0;
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                for (int i = 1; i < columns.size(); i++) {
                  String here = columns.get(i).get(row);
                  if (!here.equals(rows.getString(i + 1))) {
                    throw new AssertionError("They differ in " + People.COLUMNS.get(i)[0]);
                  }
                }
                row++;
              }
            }
            right.commit();
            if (row != columns.get(0).size()) {
              throw new AssertionError("Rows are missing");
            }
          });
    }
  }
}
