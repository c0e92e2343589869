package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Fields;

/**
 * The JSON schema (draft 7) of mapping files, for editors that complete and check YAML by it.
 * {@code validate} knows more: paths that overlap, and what a system can hold.
 */
public final class MappingSchema {

  private static final ObjectMapper JSON = new ObjectMapper();

  private MappingSchema() {}

  /** The schema as indented JSON text, ending in a line break. */
  public static String text() {
    return schema().toPrettyString() + "\n";
  }

  private static ObjectNode schema() {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("$schema", "http://json-schema.org/draft-07/schema#");
    schema.put("title", "A mapping: which field of a contact is kept where in a system");
    closed(schema);
    ObjectNode sections = schema.putObject("properties");
    oneOf(sections.putObject("system"), Traits.systems(), "The system that this mapping is of");
    record(sections.putObject("record"));
    fields(sections.putObject("fields"));
    added(sections.putObject("added"));
    schema.putArray("required").add("system").add("fields");
    ObjectNode path = schema.putObject("definitions").putObject("path");
    path.put("type", "string");
    path.put("pattern", whole(MappingParser.PATH.pattern()));
    path.put("description", "A property of the record; a dot before one inside it: name.firstName");
    return schema;
  }

  private static void record(ObjectNode record) {
    record.put("description", "What is no field of its own; 'none' where there is no such thing");
    closed(record);
    ObjectNode keys = record.putObject("properties");
    for (String key : MappingParser.RECORD_KEYS) {
      keys.putObject(key).put("type", "string").put("pattern", whole("[^.\\s]+"));
    }
  }

  private static void fields(ObjectNode section) {
    section.put("description", "The fields that every contact has");
    closed(section);
    ObjectNode properties = section.putObject("properties");
    for (Field field : Fields.standard().all()) {
      entry(properties.putObject(field.name()), field);
    }
  }

  private static void entry(ObjectNode entry, Field field) {
    entry.put("description", "Of type " + label(field.type()));
    ArrayNode forms = entry.putArray("anyOf");
    path(forms.addObject());
    ObjectNode longForm = forms.addObject();
    ObjectNode options = options(longForm);
    List<Codec> fitting = Arrays.stream(Codec.values()).filter(c -> c.fits(field.type())).toList();
    codecs(options.putObject("codec"), fitting);
    List<Access> possible =
        Arrays.stream(Access.values())
            .filter(access -> access != Access.READ_ONLY || !field.isDerived())
            .toList();
    accesses(options.putObject("access"), possible);
  }

  private static void added(ObjectNode section) {
    section.put("description", "Fields of your own, the same in each system that is to hold them");
    closed(section);
    ObjectNode entry =
        section.putObject("patternProperties").putObject(whole(MappingParser.FIELD_NAME.pattern()));
    ObjectNode options = options(entry);
    ((ArrayNode) entry.get("required")).add("type");
    oneOf(
        options.putObject("type"),
        Arrays.stream(FieldType.values()).map(MappingSchema::label).toList(),
        "What the field holds");
    codecs(options.putObject("codec"), List.of(Codec.values()));
    accesses(options.putObject("access"), List.of(Access.values()));
  }

  private static ObjectNode options(ObjectNode entry) {
    closed(entry);
    entry.putArray("required").add("path");
    ObjectNode options = entry.putObject("properties");
    path(options.putObject("path"));
    return options;
  }

  private static void codecs(ObjectNode option, List<Codec> codecs) {
    oneOf(option, codecs.stream().map(Codec::label).toList(), "How this system keeps the value");
  }

  private static void accesses(ObjectNode option, List<Access> accesses) {
    oneOf(option, accesses.stream().map(Access::label).toList(), "Whether it is written, too");
  }

  private static void path(ObjectNode node) {
    node.put("$ref", "#/definitions/path");
  }

  private static void oneOf(ObjectNode node, Collection<String> values, String description) {
    node.put("description", description);
    ArrayNode possible = node.putArray("enum");
    values.forEach(possible::add);
  }

  private static void closed(ObjectNode object) {
    object.put("type", "object").put("additionalProperties", false);
  }

  private static String whole(String pattern) {
    return "^" + pattern + "$";
  }

  private static String label(FieldType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
