package truthforge.sync.contact;

import java.text.Normalizer;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The derived names of a contact. */
public final class Names {

  private static final Pattern MARKS = Pattern.compile("\\p{M}+");
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private Names() {}

  /**
   * The name that the parts give: first, middle and last name, suffix.
   *
   * @param valueOf gives a field's value by its name
   */
  public static Value canonicalName(Function<String, Value> valueOf) {
    return Value.ofText(
        Fields.NAME_PARTS.stream()
            .map(valueOf)
            .filter(Value.Text.class::isInstance)
            .map(value -> ((Value.Text) value).text())
            .collect(Collectors.joining(" ")));
  }

  /** For sorting and searching: small letters, without accents, single blanks. */
  public static Value normalized(Value canonicalName) {
    if (!(canonicalName instanceof Value.Text name)) {
      return Value.EMPTY;
    }
    String plain =
        MARKS.matcher(Normalizer.normalize(name.text(), Normalizer.Form.NFKD)).replaceAll("");
    return Value.ofText(BLANKS.matcher(plain.toLowerCase(Locale.ROOT)).replaceAll(" ").strip());
  }
}
