package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Arrays;
import java.util.List;

/** What the systems make of values of any shape. */
enum Traits {
  /** JSON numbers are 64-bit integers, signed or not, or doubles; anything else is refused. */
  BIGQUERY("bigquery", NullNode.getInstance(), Numbers.INTEGERS_AND_DOUBLES),
  /** Written in JavaScript: every number is a double. An empty text is told as "". */
  TWENTY("twenty", TextNode.valueOf(""), Numbers.DOUBLES),
  /** {@code jsonb} keeps numbers as they are written. */
  SUPABASE("supabase", NullNode.getInstance(), Numbers.EXACT),
  /** JSON is text there. */
  LOCAL("local", NullNode.getInstance(), Numbers.EXACT);

  enum Numbers {
    EXACT,
    INTEGERS_AND_DOUBLES,
    DOUBLES
  }

  private final String system;
  private final JsonNode emptyText;
  private final Numbers numbers;

  Traits(String system, JsonNode emptyText, Numbers numbers) {
    this.system = system;
    this.emptyText = emptyText;
    this.numbers = numbers;
  }

  String system() {
    return system;
  }

  JsonNode emptyText() {
    return emptyText;
  }

  Numbers numbers() {
    return numbers;
  }

  static List<String> systems() {
    return Arrays.stream(values()).map(Traits::system).toList();
  }

  /** Null if there is no such system. */
  static Traits find(String system) {
    return Arrays.stream(values()).filter(t -> t.system.equals(system)).findFirst().orElse(null);
  }
}
