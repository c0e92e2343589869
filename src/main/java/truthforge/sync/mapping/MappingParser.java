package truthforge.sync.mapping;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Fields;
import truthforge.sync.text.Nearest;

/** Turns the text of one mapping file into a mapping, and collects all that is wrong in it. */
final class MappingParser {

  static final List<String> SECTIONS = List.of("system", "record", "fields", "added");
  private static final List<String> OPTIONS = List.of("path", "codec", "access");
  private static final List<String> ADDED_OPTIONS = List.of("path", "type", "codec", "access");
  static final List<String> RECORD_KEYS =
      List.of("id", "contact_id", "deleted_at", "created_at", "updated_at", "sync_metadata");
  private static final List<String> TWENTY_RECORD_NAMES =
      List.of("id", "contactId", "deletedAt", "createdAt", "updatedAt", "syncMetadata");

  /** What the statements for a database name by itself. */
  private static final List<String> NAMED_IN_SQL =
      List.of("contact_id", "deleted_at", "updated_at");

  private static final String NONE = "none";
  static final Pattern PATH = Pattern.compile("[^.\\s]+(\\.[^.\\s]+)*");
  static final Pattern FIELD_NAME = Pattern.compile("[a-z][a-z0-9_]*");

  private final String file;
  private final boolean byStatements;
  private final List<MappingFault> faults = new ArrayList<>();
  private final Map<String, Node> paths = new LinkedHashMap<>();

  MappingParser(String file) {
    this(file, false);
  }

  MappingParser(String file, boolean byStatements) {
    this.file = file;
    this.byStatements = byStatements;
  }

  Mapping parse(String text) throws MappingFaults {
    Node root = compose(text);
    Mapping mapping = root == null ? null : mapping(root);
    if (!faults.isEmpty()) {
      throw new MappingFaults(faults);
    }
    return mapping;
  }

  private Node compose(String text) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(file).setAllowDuplicateKeys(true).build();
    try {
      Optional<Node> root = new Compose(settings).composeString(text);
      if (root.isEmpty()) {
        whole("The file is empty", "Begin it with 'system:' and 'fields:'");
      }
      return root.orElse(null);
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark();
      faults.add(
          new MappingFault(
              file,
              mark.map(m -> m.getLine() + 1).orElse(0),
              mark.map(m -> m.getColumn() + 1).orElse(0),
              "This is no YAML: " + e.getProblem(),
              "Check indentation, colons and quotes here and in the line above"));
      return null;
    } catch (YamlEngineException e) {
      whole("This is no YAML: " + e.getMessage(), "Check that the file is plain UTF-8 text");
      return null;
    }
  }

  private Mapping mapping(Node root) {
    Map<String, NodeTuple> sections = keys(root, "The file", SECTIONS);
    Traits traits = traits(root, sections);
    RecordPaths records = records(sections.get("record"), traits);
    List<Entry> entries = new ArrayList<>();
    if (!sections.containsKey("fields")) {
      fault(root, "There is no section 'fields'", "List there which field is kept where");
    } else {
      fields(sections.get("fields"), entries);
    }
    Map<Field, Mapping.Position> added = new LinkedHashMap<>();
    if (sections.containsKey("added")) {
      added(sections.get("added"), entries, added);
    }
    return traits == null ? null : new Mapping(traits, records, entries, added);
  }

  private Traits traits(Node root, Map<String, NodeTuple> sections) {
    NodeTuple section = sections.get("system");
    if (section == null) {
      fault(root, "There is no 'system'", "Add 'system:' with " + either(Traits.systems()));
      return null;
    }
    String system = text(section.getValueNode(), "The system");
    if (system == null) {
      return null;
    }
    Traits traits = Traits.find(system);
    if (traits == null) {
      fault(
          section.getValueNode(),
          "There is no system '" + system + "'",
          meant(system, Traits.systems()));
    }
    return traits;
  }

  private RecordPaths records(NodeTuple section, Traits traits) {
    Map<String, NodeTuple> given =
        section == null ? Map.of() : keys(section.getValueNode(), "'record'", RECORD_KEYS);
    String[] found = new String[RECORD_KEYS.size()];
    for (int i = 0; i < found.length; i++) {
      String key = RECORD_KEYS.get(i);
      NodeTuple tuple = given.get(key);
      String usual = traits == Traits.TWENTY ? TWENTY_RECORD_NAMES.get(i) : key;
      String path = tuple == null ? usual : path(tuple.getValueNode(), key);
      if (path != null && path.contains(".")) {
        fault(
            tuple.getValueNode(),
            "'" + key + "' cannot lie inside another property",
            "Name a property of the record itself, or 'none'");
      } else if ((traits == Traits.LOCAL || byStatements)
          && NAMED_IN_SQL.contains(key)
          && path != null
          && !path.equals(key)
          && !path.equals(NONE)) {
        fault(
            tuple.getValueNode(),
            "'" + key + "' of a database is always the column " + key,
            "Write '" + key + "' or 'none', and rename the column in the table");
      }
      found[i] = NONE.equals(path) ? null : path;
      if (found[i] != null) {
        take(found[i], tuple == null ? null : tuple.getValueNode());
      }
    }
    return new RecordPaths(found[0], found[1], found[2], found[3], found[4], found[5]);
  }

  private void fields(NodeTuple section, List<Entry> entries) {
    List<String> names = Fields.standard().all().stream().map(Field::name).toList();
    for (NodeTuple tuple : tuples(section.getValueNode(), "'fields'")) {
      String name = key(tuple);
      Field field = name == null ? null : Fields.standard().find(name);
      if (field != null) {
        Entry entry = entry(field, tuple, OPTIONS);
        if (entry != null) {
          entries.add(entry);
        }
      } else if (RECORD_KEYS.contains(name)) {
        fault(
            tuple.getKeyNode(),
            "'" + name + "' is kept by the service itself and is no field to map",
            "Give its place in the section 'record'");
      } else if (name != null) {
        String near = Nearest.nearest(name, names);
        fault(
            tuple.getKeyNode(),
            "Contacts have no field '" + name + "'",
            near == null
                ? "A field of your own belongs into the section 'added', with its type"
                : "Did you mean '"
                    + near
                    + "'? A field of your own belongs into the section 'added', with its type");
      }
    }
  }

  private void added(NodeTuple section, List<Entry> entries, Map<Field, Mapping.Position> added) {
    for (NodeTuple tuple : tuples(section.getValueNode(), "'added'")) {
      String name = key(tuple);
      if (name == null) {
        continue;
      }
      if (Fields.standard().find(name) != null || RECORD_KEYS.contains(name)) {
        fault(
            tuple.getKeyNode(),
            "Every contact has '" + name + "' already",
            "Map it in the section 'fields', or choose another name");
        continue;
      }
      if (!FIELD_NAME.matcher(name).matches() || name.equals(Fields.DELETED)) {
        fault(
            tuple.getKeyNode(),
            "'" + name + "' cannot be the name of a field",
            "Use small letters, digits and underscores, beginning with a letter; 'deleted' is taken");
        continue;
      }
      FieldType type = type(tuple, name);
      if (type != null) {
        Field field = Field.edited(name, type);
        Entry entry = entry(field, tuple, ADDED_OPTIONS);
        if (entry != null) {
          entries.add(entry);
          added.put(field, position(tuple.getKeyNode()));
        }
      }
    }
  }

  private FieldType type(NodeTuple tuple, String name) {
    List<String> types =
        EnumSet.allOf(FieldType.class).stream()
            .map(t -> t.name().toLowerCase(Locale.ROOT))
            .toList();
    if (tuple.getValueNode() instanceof MappingNode options) {
      for (NodeTuple option : options.getValue()) {
        if (option.getKeyNode() instanceof ScalarNode key && key.getValue().equals("type")) {
          String type = text(option.getValueNode(), "The type");
          if (type != null && !types.contains(type)) {
            fault(option.getValueNode(), "There is no type '" + type + "'", meant(type, types));
            return null;
          }
          return type == null ? null : FieldType.valueOf(type.toUpperCase(Locale.ROOT));
        }
      }
    }
    fault(
        tuple.getKeyNode(),
        "The added field '" + name + "' has no type",
        "Write '" + name + ": {path: …, type: text}', the type being " + either(types));
    return null;
  }

  /** Null where something is wrong with it. */
  private Entry entry(Field field, NodeTuple tuple, List<String> options) {
    Node value = tuple.getValueNode();
    if (!(value instanceof MappingNode)) {
      String path = path(value, field.name());
      return path == null || !take(path, value)
          ? null
          : new Entry(field, path, Codec.usual(field.type()), Access.READ_WRITE);
    }
    Map<String, NodeTuple> given = keys(value, "'" + field.name() + "'", options);
    if (!given.containsKey("path")) {
      fault(
          tuple.getKeyNode(),
          "'" + field.name() + "' has no path",
          "Write '" + field.name() + ": {path: …}' with its place in the system's record");
    }
    Codec codec = codec(field, given.get("codec"));
    Access access = access(field, given.get("access"));
    Node pathNode = given.containsKey("path") ? given.get("path").getValueNode() : null;
    String path = pathNode == null ? null : path(pathNode, field.name());
    boolean free = path != null && take(path, pathNode);
    return free && codec != null && access != null ? new Entry(field, path, codec, access) : null;
  }

  private Codec codec(Field field, NodeTuple option) {
    if (option == null) {
      return Codec.usual(field.type());
    }
    String label = text(option.getValueNode(), "The codec");
    if (label == null) {
      return null;
    }
    Codec codec = Codec.find(label);
    if (codec == null) {
      fault(
          option.getValueNode(), "There is no codec '" + label + "'", meant(label, Codec.labels()));
      return null;
    }
    if (!codec.fits(field.type())) {
      List<String> fitting =
          EnumSet.allOf(Codec.class).stream()
              .filter(c -> c.fits(field.type()))
              .map(Codec::label)
              .toList();
      fault(
          option.getValueNode(),
          "The codec '"
              + label
              + "' does not fit '"
              + field.name()
              + "', which is of type "
              + field.type().name().toLowerCase(Locale.ROOT),
          "Use " + either(fitting));
      return null;
    }
    return codec;
  }

  private Access access(Field field, NodeTuple option) {
    if (option == null) {
      return Access.READ_WRITE;
    }
    String label = text(option.getValueNode(), "The access");
    if (label == null) {
      return null;
    }
    for (Access access : Access.values()) {
      if (access.label().equals(label)) {
        if (access == Access.READ_ONLY && field.isDerived()) {
          fault(
              option.getValueNode(),
              "'" + field.name() + "' is computed and never read, so it cannot be read-only",
              "Leave out its line to keep it away from this system");
          return null;
        }
        return access;
      }
    }
    List<String> labels = EnumSet.allOf(Access.class).stream().map(Access::label).toList();
    fault(option.getValueNode(), "There is no access '" + label + "'", meant(label, labels));
    return null;
  }

  private String path(Node node, String name) {
    String path = text(node, "The path of '" + name + "'");
    if (path != null && !PATH.matcher(path).matches()) {
      fault(
          node,
          "'" + path + "' is no path",
          "Write the property's name, and a dot before one inside it: 'name.firstName'");
      return null;
    }
    return path;
  }

  /** Whether nothing else is kept there. */
  private boolean take(String path, Node node) {
    for (Map.Entry<String, Node> other : paths.entrySet()) {
      String taken = other.getKey();
      boolean same = path.equals(taken);
      if (same || path.startsWith(taken + ".") || taken.startsWith(path + ".")) {
        Node place = node == null ? other.getValue() : node;
        String where =
            other.getValue() == null || node == null
                ? "the record itself"
                : "line " + position(other.getValue()).line();
        String problem =
            same
                ? "The path '" + path + "' is used twice, here and for " + where
                : "The path '" + path + "' overlaps with '" + taken + "' of " + where;
        fault(place, problem, "Give each its own place, or remove one");
        return false;
      }
    }
    paths.put(path, node);
    return true;
  }

  /** The known keys of a mapping, each once; anything else is a fault. */
  private Map<String, NodeTuple> keys(Node node, String what, List<String> known) {
    Map<String, NodeTuple> found = new LinkedHashMap<>();
    for (NodeTuple tuple : tuples(node, what)) {
      String key = key(tuple);
      if (key != null && !known.contains(key)) {
        fault(tuple.getKeyNode(), what + " has no option '" + key + "'", meant(key, known));
      } else if (key != null) {
        found.put(key, tuple);
      }
    }
    return found;
  }

  /** Without the repetitions, which are faults. */
  private List<NodeTuple> tuples(Node node, String what) {
    if (!(node instanceof MappingNode mapping)) {
      fault(node, what + " must hold lines of the form 'name: value'", "See the shipped mappings");
      return List.of();
    }
    Map<String, Node> seen = new LinkedHashMap<>();
    List<NodeTuple> tuples = new ArrayList<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : null;
      Node first = key == null ? null : seen.putIfAbsent(key, tuple.getKeyNode());
      if (first == null) {
        tuples.add(tuple);
      } else {
        fault(
            tuple.getKeyNode(),
            "'" + key + "' is given twice, first in line " + position(first).line(),
            "Remove one of the two");
      }
    }
    return tuples;
  }

  private String key(NodeTuple tuple) {
    return text(tuple.getKeyNode(), "The name");
  }

  private String text(Node node, String what) {
    if (node instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
      return scalar.getValue();
    }
    fault(node, what + " must be a text", "Write one word after the colon");
    return null;
  }

  private static String meant(String word, Collection<String> names) {
    String near = Nearest.nearest(word, names);
    return (near == null ? "" : "Did you mean '" + near + "'? ") + "Possible: " + either(names);
  }

  private static String either(Collection<String> names) {
    return String.join(", ", names);
  }

  private Mapping.Position position(Node node) {
    Optional<Mark> mark = node.getStartMark();
    return new Mapping.Position(
        file, mark.map(m -> m.getLine() + 1).orElse(0), mark.map(m -> m.getColumn() + 1).orElse(0));
  }

  private void fault(Node node, String problem, String remedy) {
    Mapping.Position at = position(node);
    faults.add(new MappingFault(file, at.line(), at.column(), problem, remedy));
  }

  private void whole(String problem, String remedy) {
    faults.add(new MappingFault(file, 0, 0, problem, remedy));
  }
}
