package truthforge.sync.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** A PostgreSQL server in processes of its own, with databases as {@code setup} leaves them. */
final class Postgres implements AutoCloseable {

  static final String TABLE = "contacts_master";

  private final EmbeddedPostgres server;
  private final Path data;
  private int databases;

  Postgres(Path folder) throws IOException {
    data = folder;
    // Without flushing, as the library starts it: source and target are to be no brake, for the
    // floors as little as for the service. Its ledger is another file, and is flushed.
    server =
        EmbeddedPostgres.builder()
            .setDataDirectory(folder)
            .setCleanDataDirectory(true)
            .setServerConfig("shared_buffers", "512MB")
            .setServerConfig("max_wal_size", "8GB")
            .start();
    try {
      Database all = new Database("postgres");
      all.run("create role anon; create role authenticated; create role service_role");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** CPU time of all its processes so far, in seconds. */
  double cpu() throws IOException {
    String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip();
    return Machine.cpuOfTree(Long.parseLong(pid));
  }

  /** A new database with the table of contacts, so many of them, and the change feed. */
  synchronized Database newDatabase(int contacts) throws Exception {
    String name = "people" + ++databases;
    new Database("postgres").run("create database " + name);
    Database database = new Database(name);
    database.run(Files.readString(Path.of("config/sql/local-postgresql.sql")));
    if (contacts > 0) {
      database.run(People.insert(contacts));
    }
    database.run(Files.readString(Path.of("config/sql/supabase-feed.sql")));
    database.run("vacuum analyze " + TABLE);
    return database;
  }

  final class Database {
    private final String name;

    private Database(String name) {
      this.name = name;
    }

    String url() {
      return "jdbc:postgresql://localhost:" + server.getPort() + "/" + name;
    }

    /** Settings with which the service reaches it as a system. */
    Map<String, String> settings(String system) {
      Map<String, String> settings = new LinkedHashMap<>();
      settings.put(system + ".jdbc-url", url());
      settings.put(system + ".username", "postgres");
      return settings;
    }

    Connection connect() throws SQLException {
      return DriverManager.getConnection(url(), "postgres", "postgres");
    }

    void run(String sql) throws SQLException {
      try (Connection connection = connect();
          Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    long number(String query) throws SQLException {
      try (Connection connection = connect();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(query)) {
        rows.next();
        return rows.getLong(1);
      }
    }

    /** A table of the same columns, with its indexes and without its triggers. */
    String bareTable() throws SQLException {
      run(
          "create table if not exists bare (like "
              + TABLE
              + " including defaults including indexes); truncate bare");
      return "bare";
    }

    void drop() throws SQLException {
      new Database("postgres").run("drop database " + name + " with (force)");
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
