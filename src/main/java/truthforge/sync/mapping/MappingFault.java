package truthforge.sync.mapping;

/**
 * Something wrong in a mapping file.
 *
 * @param line from 1; 0 where the file as a whole is meant
 * @param column from 1; 0 where the file as a whole is meant
 * @param problem what is wrong
 * @param remedy what to do about it
 */
public record MappingFault(String file, int line, int column, String problem, String remedy) {

  @Override
  public String toString() {
    String place = line == 0 ? file : file + ":" + line + ":" + column;
    return place + ": " + problem + ". " + remedy;
  }
}
