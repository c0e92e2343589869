package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text of the form of PostgreSQL's {@code tsvector}, made of the record's name alone. The real
 * one holds more; no client reads it.
 */
final class SearchVector {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

  private SearchVector() {}

  static String of(JsonNode record) {
    JsonNode name = record.path("name");
    String text =
        name.isTextual()
            ? name.textValue()
            : name.path("firstName").asText() + " " + name.path("lastName").asText();
    TreeMap<String, Integer> words = new TreeMap<>();
    Matcher word = WORD.matcher(text.toLowerCase(Locale.ROOT));
    int place = 0;
    while (word.find()) {
      words.putIfAbsent(word.group(), ++place);
    }
    StringBuilder vector = new StringBuilder();
    words.forEach(
        (lexeme, at) ->
            vector
                .append(vector.length() == 0 ? "'" : " '")
                .append(lexeme)
                .append("':")
                .append(at));
    return vector.toString();
  }
}
