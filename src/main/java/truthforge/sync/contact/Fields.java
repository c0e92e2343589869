package truthforge.sync.contact;

import static truthforge.sync.contact.FieldType.CODE;
import static truthforge.sync.contact.FieldType.DATE;
import static truthforge.sync.contact.FieldType.DOCUMENT;
import static truthforge.sync.contact.FieldType.EMAILS;
import static truthforge.sync.contact.FieldType.FLAG;
import static truthforge.sync.contact.FieldType.PHONES;
import static truthforge.sync.contact.FieldType.TEXT;
import static truthforge.sync.contact.FieldType.URL;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All fields of a contact: those that every contact has, and those that mapping files add. */
public final class Fields {

  /** The deletion is kept like a field: empty while the contact lives, a set flag when deleted. */
  public static final String DELETED = "deleted";

  /** The id is kept like a field too, so that it is put back where someone changed it. */
  public static final String CONTACT_ID = "contact_id";

  /**
   * Of a contact that a person merged into another: the id of the one that stays. Kept like a
   * field, and written nowhere.
   */
  public static final String MERGED_INTO = "merged_into";

  public static final String EMAILS_FIELD = "emails";
  public static final String PHONES_FIELD = "phones";
  public static final String CANONICAL_NAME = "canonical_name";
  public static final String NAME_NORMALIZED = "name_normalized";

  /** The parts of the canonical name, in the order in which they are spoken. */
  public static final List<String> NAME_PARTS =
      List.of("first_name", "middle_name", "last_name", "name_suffix");

  private static final List<Field> STANDARD =
      List.of(
          Field.edited("first_name", TEXT),
          Field.edited("middle_name", TEXT),
          Field.edited("last_name", TEXT),
          Field.edited("nickname", TEXT),
          Field.edited("name_suffix", TEXT),
          Field.edited("title", TEXT),
          Field.edited(CANONICAL_NAME, TEXT),
          new Field(NAME_NORMALIZED, TEXT, Field.Origin.DERIVED),
          Field.edited("organization", TEXT),
          Field.edited("job_title", TEXT),
          Field.edited("department", TEXT),
          Field.edited("is_business", FLAG),
          Field.edited(EMAILS_FIELD, EMAILS),
          Field.edited(PHONES_FIELD, PHONES),
          Field.edited("linkedin_url", URL),
          Field.edited("social_profiles", DOCUMENT),
          Field.edited("category_code", CODE),
          Field.edited("subcategory_code", CODE),
          Field.edited("relationship_category", TEXT),
          Field.edited("notes", TEXT),
          Field.edited("birthday", DATE),
          Field.edited("is_me", FLAG),
          Field.edited("llm_context", DOCUMENT),
          Field.edited("communication_stats", DOCUMENT),
          Field.edited("social_network", DOCUMENT),
          Field.edited("ai_insights", DOCUMENT),
          Field.edited("recommendations", DOCUMENT));

  private static final Fields STANDARD_ONLY = new Fields(STANDARD);

  private final Map<String, Field> byName;

  private Fields(Collection<Field> fields) {
    Map<String, Field> map = new LinkedHashMap<>();
    for (Field field : fields) {
      Field other = map.putIfAbsent(field.name(), field);
      if (other != null && !other.equals(field)) {
        throw new IllegalArgumentException(
            "The field "
                + field.name()
                + " is declared as "
                + other.type()
                + " and as "
                + field.type());
      }
    }
    byName = Map.copyOf(map);
    ordered = List.copyOf(map.values());
  }

  private final List<Field> ordered;

  public static Fields standard() {
    return STANDARD_ONLY;
  }

  /**
   * The standard fields and more.
   *
   * @throws IllegalArgumentException when a name is declared twice with different types
   */
  public static Fields with(Collection<Field> added) {
    List<Field> all = new ArrayList<>(STANDARD);
    all.addAll(added);
    return new Fields(all);
  }

  /** In the order of the model. */
  public List<Field> all() {
    return ordered;
  }

  /** The field of that name, or null. */
  public Field find(String name) {
    return byName.get(name);
  }

  /**
   * The field of that name.
   *
   * @throws IllegalArgumentException when there is none
   */
  public Field get(String name) {
    Field field = byName.get(name);
    if (field == null) {
      throw new IllegalArgumentException("There is no field " + name);
    }
    return field;
  }
}
