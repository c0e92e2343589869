package truthforge.sync.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What all scenarios share: the scale, the results, a folder, and PostgreSQL, started when asked
 * for.
 */
final class Stage implements AutoCloseable {

  private final Scale scale;
  private final Path folder;
  private final Results results;
  private Postgres postgres;
  private int folders;

  Stage(Scale scale, Path folder, Results results) {
    this.scale = scale;
    this.folder = folder;
    this.results = results;
  }

  Scale scale() {
    return scale;
  }

  Results results() {
    return results;
  }

  synchronized Postgres postgres() throws IOException {
    if (postgres == null) {
      postgres = new Postgres(folder.resolve("postgresql"));
    }
    return postgres;
  }

  synchronized Path newFolder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name + ++folders));
  }

  /** Progress, for people. */
  void say(String what) {
    System.err.println("  " + what);
  }

  @Override
  public void close() throws IOException {
    if (postgres != null) {
      postgres.close();
    }
  }
}
