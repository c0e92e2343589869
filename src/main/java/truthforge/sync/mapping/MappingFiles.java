package truthforge.sync.mapping;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import truthforge.sync.text.Broken;

/** Reads mapping files. */
public final class MappingFiles {

  private MappingFiles() {}

  /**
   * Reads one mapping file.
   *
   * @throws MappingFaults with all that is wrong in it, also where it cannot be read
   */
  public static Mapping load(Path file) throws MappingFaults {
    String name = file.getFileName().toString();
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
    return load(new StringReader(text), name);
  }

  /**
   * Reads one mapping file.
   *
   * @param name of the file, for messages
   * @throws MappingFaults with all that is wrong in it, also where it cannot be read
   */
  public static Mapping load(Reader reader, String name) throws MappingFaults {
    return load(reader, name, false);
  }

  /**
   * Reads one mapping file.
   *
   * @param name of the file, for messages
   * @param byStatements whether the system is a database that is asked by statements
   * @throws MappingFaults with all that is wrong in it, also where it cannot be read
   */
  public static Mapping load(Reader reader, String name, boolean byStatements)
      throws MappingFaults {
    StringWriter text = new StringWriter();
    try {
      reader.transferTo(text);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
    return new MappingParser(name, byStatements).parse(text.toString());
  }

  /**
   * Reads the mapping files of these systems, {@code <system>.yaml} each, and checks them together.
   *
   * @throws MappingFaults with all that is wrong in all of them
   */
  public static Mappings loadAll(Path folder, Collection<String> systems) throws MappingFaults {
    List<Mapping> mappings = new ArrayList<>();
    List<MappingFault> faults = new ArrayList<>();
    for (String system : systems) {
      String name = system + ".yaml";
      try {
        Mapping mapping = load(folder.resolve(name));
        if (mapping.system().equals(system)) {
          mappings.add(mapping);
        } else {
          faults.add(
              new MappingFault(
                  name,
                  0,
                  0,
                  "This file is for the system " + mapping.system(),
                  "Write 'system: " + system + "', or rename the file"));
        }
      } catch (MappingFaults e) {
        faults.addAll(e.faults());
      }
    }
    if (!faults.isEmpty()) {
      throw new MappingFaults(faults);
    }
    return Mappings.of(mappings);
  }

  /**
   * The mapping of a system that the jar carries.
   *
   * @param system {@code bigquery}, {@code twenty}, {@code supabase} or {@code local}
   */
  public static Mapping shipped(String system) {
    String resource = "/defaults/config/mappings/" + system + ".yaml";
    try (InputStream stream = MappingFiles.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalArgumentException("No mapping is shipped for " + system);
      }
      return load(new InputStreamReader(stream, StandardCharsets.UTF_8), system + ".yaml");
    } catch (IOException | MappingFaults e) {
      throw new IllegalStateException("The shipped mapping of " + system + " is unusable", e);
    }
  }

  private static MappingFaults unreadable(String name, IOException e) {
    return new MappingFaults(
        List.of(
            new MappingFault(
                name,
                0,
                0,
                "The file cannot be read (" + Broken.file(e) + ")",
                "Check that it exists in the folder of the mappings, is UTF-8, and may be read")));
  }
}
