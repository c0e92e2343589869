package truthforge.sync.config;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** Reads a properties file and keeps the line of each entry, which {@link Properties} forgets. */
final class PropertiesFile {

  /**
   * @param line where the entry begins, from 1
   * @param value null where the entry is malformed
   */
  record Entry(int line, String key, String value) {}

  private PropertiesFile() {}

  static List<Entry> read(String text) {
    List<Entry> entries = new ArrayList<>();
    StringBuilder logical = new StringBuilder();
    int line = 0;
    int begin = 0;
    for (String natural : text.split("\\R", -1)) {
      line++;
      String stripped = natural.stripLeading();
      if (logical.isEmpty()) {
        if (stripped.isEmpty() || stripped.startsWith("#") || stripped.startsWith("!")) {
          continue;
        }
        begin = line;
      }
      logical.append(stripped);
      if (continues(stripped)) {
        logical.append('\n');
      } else {
        entries.add(entry(begin, logical.toString()));
        logical.setLength(0);
      }
    }
    if (!logical.isEmpty()) {
      entries.add(entry(begin, logical.toString()));
    }
    return entries;
  }

  private static boolean continues(String line) {
    int backslashes = 0;
    for (int i = line.length() - 1; i >= 0 && line.charAt(i) == '\\'; i--) {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  private static Entry entry(int line, String logical) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(logical));
    } catch (IllegalArgumentException e) {
      return new Entry(line, logical.split("[=:\\s]", 2)[0], null);
    } catch (IOException e) {
      throw new IllegalStateException("A text in memory could not be read", e);
    }
    String key = properties.stringPropertyNames().iterator().next();
    return new Entry(line, key, properties.getProperty(key).strip());
  }
}
