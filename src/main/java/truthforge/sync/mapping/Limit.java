package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Optional;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

/**
 * What a property of the real system takes, beyond what its codec knows: people give their tables
 * and data models limits of their own.
 *
 * @param choices the only texts that it takes, as they are written there; empty where it takes any
 * @param length the most characters that it takes; 0 where there is no such limit
 * @param emptyIsNull whether an empty text is refused there, and null means empty
 */
public record Limit(List<String> choices, int length, boolean emptyIsNull) {

  public Limit {
    choices = List.copyOf(choices);
  }

  public static Limit ofChoices(List<String> choices) {
    return new Limit(choices, 0, true);
  }

  public static Limit ofLength(int characters) {
    return new Limit(List.of(), characters, false);
  }

  public static Limit withoutEmptyText() {
    return new Limit(List.of(), 0, true);
  }

  /** The text among the choices that means this value. */
  Optional<String> choice(FieldType type, Value value) {
    return choices.stream()
        .filter(choice -> type.normalise(TextNode.valueOf(choice)).equals(value))
        .findFirst();
  }

  /** Why the value is refused there, without the value itself; null where it is taken. */
  String refusal(FieldType type, Value value) {
    if (!choices.isEmpty() && choice(type, value).isEmpty()) {
      return "It is none of the values that can be chosen there";
    }
    if (length > 0
        && value instanceof Value.Text text
        && text.text().codePointCount(0, text.text().length()) > length) {
      return "It is longer than the " + length + " characters that can be kept there";
    }
    return null;
  }
}
