package truthforge.sync.mapping;

import static truthforge.sync.contact.FieldType.CODE;
import static truthforge.sync.contact.FieldType.DATE;
import static truthforge.sync.contact.FieldType.DOCUMENT;
import static truthforge.sync.contact.FieldType.EMAILS;
import static truthforge.sync.contact.FieldType.FLAG;
import static truthforge.sync.contact.FieldType.LIST;
import static truthforge.sync.contact.FieldType.PHONES;
import static truthforge.sync.contact.FieldType.TEXT;
import static truthforge.sync.contact.FieldType.URL;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

/** The shapes in which systems keep the values of fields, by the names used in mapping files. */
public enum Codec {
  PLAIN_TEXT(
      "text",
      "text; empty is null, or \"\" in Twenty",
      Set.of(TEXT, CODE, URL, DATE),
      new Shapes.Scalar()),
  PLAIN_NUMBER("number", "a number; what is none is withheld", Set.of(TEXT), new Shapes.Decimal()),
  PLAIN_CODE("code", "a code as text", Set.of(CODE), new Shapes.Scalar()),
  PLAIN_URL("url", "a web address as text", Set.of(URL), new Shapes.Scalar()),
  DAY("date", "a date; what is no day of the calendar is withheld", Set.of(DATE), new Shapes.Day()),
  BOOLEAN(
      "flag",
      "true, false or null; what is neither yes nor no is withheld",
      Set.of(FLAG),
      new Shapes.Bool(true)),
  BOOLEAN_NEVER_EMPTY(
      "flag-never-empty",
      "true or false; empty becomes false (a BOOLEAN in Twenty)",
      Set.of(FLAG),
      new Shapes.Bool(false)),
  BOOLEAN_INTEGER(
      "flag-integer",
      "1, 0 or null (SQLite has no boolean)",
      Set.of(FLAG),
      new Shapes.IntegerBool()),
  ITEMS(
      "items", "an array of texts; empty is []", Set.of(EMAILS, PHONES, LIST), new Shapes.Array()),
  ITEMS_JSON_TEXT(
      "items-json-text",
      "an array of texts as JSON text; empty is null",
      Set.of(EMAILS, PHONES, LIST),
      new Shapes.ArrayText()),
  JSON_DOCUMENT("document", "a JSON object; empty is null", Set.of(DOCUMENT), new Shapes.Json()),
  DOCUMENT_JSON_TEXT(
      "document-json-text",
      "a JSON object as JSON text; empty is null",
      Set.of(DOCUMENT),
      new Shapes.JsonText()),
  EMAILS_COMPOSITE(
      "emails-composite",
      "Twenty's EMAILS: primaryEmail and additionalEmails",
      Set.of(EMAILS),
      new EmailsComposite()),
  PHONES_COMPOSITE(
      "phones-composite",
      "Twenty's PHONES: national digits, country code and calling code",
      Set.of(PHONES),
      new PhonesComposite()),
  LINKS_COMPOSITE(
      "links-composite",
      "Twenty's LINKS: the primary link; its label and the secondary links stay",
      Set.of(URL),
      new LinksComposite());

  private final String label;
  private final String description;
  private final Set<FieldType> fits;
  private final Shape shape;

  Codec(String label, String description, Set<FieldType> fits, Shape shape) {
    this.label = label;
    this.description = description;
    this.fits = fits;
    this.shape = shape;
  }

  /** As written in a mapping file. */
  public String label() {
    return label;
  }

  /** One line for people. */
  public String description() {
    return description;
  }

  /** Whether values of that type can be kept in this shape. */
  public boolean fits(FieldType type) {
    return fits.contains(type);
  }

  /** The codec of that name, or null. */
  public static Codec find(String label) {
    return Arrays.stream(values()).filter(c -> c.label.equals(label)).findFirst().orElse(null);
  }

  /** In the order in which they are explained. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Codec::label).toList();
  }

  /** What is meant where a mapping file names no codec. */
  public static Codec usual(FieldType type) {
    return switch (type) {
      case TEXT -> PLAIN_TEXT;
      case CODE -> PLAIN_CODE;
      case URL -> PLAIN_URL;
      case FLAG -> BOOLEAN;
      case DATE -> DAY;
      case EMAILS, PHONES, LIST -> ITEMS;
      case DOCUMENT -> JSON_DOCUMENT;
    };
  }

  Value read(FieldType type, JsonNode node) {
    return node.isNull() ? Value.EMPTY : shape.read(type, node);
  }

  Shape.Split split(Value value, Traits traits) {
    return shape.split(value, traits);
  }

  JsonNode write(Value held, JsonNode current, Traits traits) {
    return shape.write(held, current, traits);
  }
}
