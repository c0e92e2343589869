package truthforge.sync.recordings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The recorded exchanges with one real system, where this machine has them. */
public final class Recordings {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  private Recordings(Path folder) {
    this.folder = folder;
  }

  public static Recordings of(String system) {
    return new Recordings(Path.of("..", "shared", "recordings", system));
  }

  /** Whether they are there: tests that need them are skipped otherwise. */
  public boolean present() {
    return Files.isDirectory(folder);
  }

  /** The names of all of them, without the ending. */
  public List<String> names() {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json"))
          .map(name -> name.substring(0, name.length() - ".json".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public JsonNode read(String name) {
    try {
      return JSON.readTree(folder.resolve(name + ".json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The recordings of a system that are not replayed, each with the reason. */
  public static Map<String, String> notApplicable(String system) {
    Map<String, String> reasons = new TreeMap<>();
    for (String line : lines("/recordings/not-applicable.tsv")) {
      String[] columns = line.split("\t");
      if (columns[0].equals(system)) {
        reasons.put(columns[1], columns[2]);
      }
    }
    return reasons;
  }

  /** The lines of a test resource, without comments and empty ones. */
  static List<String> lines(String resource) {
    try (InputStream in = Recordings.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
