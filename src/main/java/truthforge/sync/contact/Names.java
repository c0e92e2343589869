package truthforge.sync.contact;

import java.text.Normalizer;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

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
    StringBuilder name = new StringBuilder();
    for (String part : Fields.NAME_PARTS) {
      if (valueOf.apply(part) instanceof Value.Text text) {
        name.append(name.length() == 0 ? "" : " ").append(text.text());
      }
    }
    return Value.ofText(name.toString());
  }

  /** For sorting and searching: small letters, without accents, single blanks. */
  public static Value normalized(Value canonicalName) {
    if (!(canonicalName instanceof Value.Text name)) {
      return Value.EMPTY;
    }
    // The letters that most names consist of have no other form.
    String plain =
        name.text().chars().allMatch(c -> c < 0x80)
            ? name.text()
            : MARKS.matcher(Normalizer.normalize(name.text(), Normalizer.Form.NFKD)).replaceAll("");
    return Value.ofText(BLANKS.matcher(plain.toLowerCase(Locale.ROOT)).replaceAll(" ").strip());
  }
}
