package truthforge.sync.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import truthforge.sync.contact.ByField;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Value;

/**
 * How one system keeps contacts: a lens between its records and the fields of the model.
 *
 * <p>Reading back what was written gives {@link #held}; writing what was read changes nothing in
 * the record. Immutable.
 */
public final class Mapping implements Capabilities {

  private final Traits traits;
  private final RecordPaths paths;
  private final Map<String, Entry> entries;
  private final List<Place> places;
  private final List<Place> inOrder;
  private final Map<Field, Position> added;
  private final Map<String, Limit> limits;

  /** Where a field stands in a record. */
  private record Place(Entry entry, String[] path) {
    static Place of(Entry entry) {
      return new Place(entry, entry.path().split("\\."));
    }
  }

  /**
   * A place in a mapping file.
   *
   * @param line from 1
   * @param column from 1
   */
  record Position(String file, int line, int column) {}

  Mapping(Traits traits, RecordPaths paths, List<Entry> entries, Map<Field, Position> added) {
    this(traits, paths, entries, added, Map.of());
  }

  private Mapping(
      Traits traits,
      RecordPaths paths,
      List<Entry> entries,
      Map<Field, Position> added,
      Map<String, Limit> limits) {
    this.traits = traits;
    this.paths = paths;
    Map<String, Entry> byName = new LinkedHashMap<>();
    entries.forEach(entry -> byName.put(entry.field().name(), entry));
    this.entries = Collections.unmodifiableMap(byName);
    this.places = byName.values().stream().map(Place::of).toList();
    this.inOrder = new TreeMap<>(byName).values().stream().map(Place::of).toList();
    this.added = Collections.unmodifiableMap(new LinkedHashMap<>(added));
    this.limits = limits;
  }

  @Override
  public String system() {
    return traits.system();
  }

  @Override
  public boolean reads(String field) {
    Entry entry = entries.get(field);
    return entry != null && !entry.field().isDerived();
  }

  @Override
  public boolean writes(String field) {
    Entry entry = entries.get(field);
    return entry != null && entry.access() == Access.READ_WRITE;
  }

  @Override
  public Value held(String field, Value canonical) {
    Entry entry = entries.get(field);
    return entry == null ? Value.EMPTY : split(entry, canonical).held();
  }

  /**
   * Which part of a value this system is known to refuse, and why.
   *
   * @return {@link Withheld#NONE} where it takes all of it, or does not hold the field at all
   */
  public Withheld withheld(String field, Value canonical) {
    Entry entry = entries.get(field);
    return entry == null ? Withheld.NONE : split(entry, canonical).refused();
  }

  private Shape.Split split(Entry entry, Value canonical) {
    Shape.Split split = entry.codec().split(canonical, traits);
    Limit limit = limits.get(entry.field().name());
    String refusal =
        limit == null || split.held().isEmpty()
            ? null
            : limit.refusal(entry.field().type(), split.held());
    return refusal == null ? split : Shape.Split.none(canonical, refusal);
  }

  /**
   * What a record tells of a contact.
   *
   * @param record as the system's adapter hands it out
   * @return by field, in normal form: {@link Value#EMPTY} where the record says null or empty;
   *     fields on which it is silent are missing, derived ones always
   */
  public Map<String, Value> read(JsonNode record) {
    return read(record, false);
  }

  /**
   * The same, and what the record holds in fields that are derived. That is no edit, whatever it
   * is: only good for knowing whether it must be written.
   */
  public Map<String, Value> readAll(JsonNode record) {
    return read(record, true);
  }

  private Map<String, Value> read(JsonNode record, boolean derivedToo) {
    ByField.Builder<Value> values = ByField.builder(inOrder.size());
    for (Place place : inOrder) {
      Field field = place.entry().field();
      JsonNode node = field.isDerived() && !derivedToo ? null : at(record, place.path());
      if (node != null) {
        values.put(field.name(), place.entry().codec().read(field.type(), node));
      }
    }
    return values.build();
  }

  /**
   * The part of a record that sets these fields and no other. Composites are whole: what belongs to
   * no field in them is taken from the record as last read. A value that the record already has
   * stays as it is written there. Fields that this system does not hold, or that are read-only, are
   * passed over.
   *
   * @param values by field; {@link Value#EMPTY} clears
   * @param current the record as last read; null when it is to be created
   */
  public ObjectNode write(Map<String, Value> values, JsonNode current) {
    ObjectNode fragment = JsonNodeFactory.instance.objectNode();
    for (Place place : places) {
      Entry entry = place.entry();
      Value value = values.get(entry.field().name());
      if (value != null && entry.access() == Access.READ_WRITE) {
        JsonNode present = current == null ? null : at(current, place.path());
        set(fragment, place.path(), form(entry, value, present), current);
      }
    }
    return fragment;
  }

  private JsonNode form(Entry entry, Value value, JsonNode present) {
    Value held = split(entry, value).held();
    if (present != null) {
      Value there = entry.codec().read(entry.field().type(), present);
      boolean same = there.equals(value) || there.equals(held);
      boolean silent = present.isNull() && !held.isEmpty();
      if (same && !silent) {
        return present.deepCopy();
      }
    }
    boolean composite = present != null && present.isObject();
    JsonNode written = entry.codec().write(held, composite ? present : null, traits);
    Limit limit = limits.get(entry.field().name());
    return limit == null ? written : fitted(limit, entry, held, written);
  }

  private static JsonNode fitted(Limit limit, Entry entry, Value held, JsonNode written) {
    if (held.isEmpty()) {
      return limit.emptyIsNull() ? NullNode.getInstance() : written;
    }
    return limit
        .choice(entry.field().type(), held)
        .<JsonNode>map(TextNode::valueOf)
        .orElse(written);
  }

  /** Null where the record is silent; JSON null where it says that there is nothing. */
  private static JsonNode at(JsonNode record, String[] path) {
    JsonNode node = record;
    for (String part : path) {
      if (node.isNull()) {
        return node;
      }
      node = node.get(part);
      if (node == null) {
        return null;
      }
    }
    return node;
  }

  private static void set(ObjectNode fragment, String[] path, JsonNode leaf, JsonNode current) {
    ObjectNode parent = fragment;
    JsonNode there = current;
    for (int i = 0; i < path.length - 1; i++) {
      there = there == null ? null : there.get(path[i]);
      if (!(parent.get(path[i]) instanceof ObjectNode)) {
        parent.set(path[i], siblings(there));
      }
      parent = (ObjectNode) parent.get(path[i]);
    }
    parent.set(path[path.length - 1], leaf);
  }

  /** A thing with an id is another record, not a part of this one. */
  private static ObjectNode siblings(JsonNode there) {
    return there instanceof ObjectNode composite && !composite.has("id")
        ? composite.deepCopy()
        : JsonNodeFactory.instance.objectNode();
  }

  /** In the order of the file. */
  public List<Entry> entries() {
    return List.copyOf(entries.values());
  }

  /** The entry of that field, or null. */
  public Entry entry(String field) {
    return entries.get(field);
  }

  @Override
  public Set<String> fieldNames() {
    return entries.keySet();
  }

  /** The fields of the users' own that this system holds. */
  public Set<Field> added() {
    return Collections.unmodifiableSet(new LinkedHashSet<>(added.keySet()));
  }

  Map<Field, Position> addedAt() {
    return added;
  }

  /**
   * This mapping without what the system has no place for.
   *
   * @param has whether the system's records have that property
   */
  public Mapping limitedTo(Predicate<String> has) {
    List<Entry> kept =
        entries.values().stream().filter(entry -> has.test(entry.topLevelProperty())).toList();
    Map<Field, Position> keptFields = new LinkedHashMap<>(added);
    keptFields
        .keySet()
        .removeIf(field -> kept.stream().noneMatch(entry -> entry.field().equals(field)));
    RecordPaths keptPaths = paths.each(path -> path != null && has.test(path) ? path : null);
    return new Mapping(traits, keptPaths, kept, keptFields, limits);
  }

  /**
   * This mapping for a system some of whose properties take nothing but days of the calendar: a
   * date that is none is withheld there, and the rest of the record goes.
   */
  public Mapping withDays(Predicate<String> takesDaysOnly) {
    List<Entry> fitted =
        entries.values().stream()
            .map(
                entry ->
                    entry.codec() == Codec.PLAIN_TEXT
                            && entry.field().type() == FieldType.DATE
                            && takesDaysOnly.test(entry.topLevelProperty())
                        ? new Entry(entry.field(), entry.path(), Codec.DAY, entry.access())
                        : entry)
            .toList();
    return new Mapping(traits, paths, fitted, added, limits);
  }

  /**
   * This mapping for a system that computes some of its properties itself: they are told, and never
   * written.
   */
  public Mapping withComputed(Predicate<String> isComputed) {
    List<Entry> fitted =
        entries.values().stream()
            .filter(
                entry -> !(entry.field().isDerived() && isComputed.test(entry.topLevelProperty())))
            .map(
                entry ->
                    isComputed.test(entry.topLevelProperty())
                        ? new Entry(entry.field(), entry.path(), entry.codec(), Access.READ_ONLY)
                        : entry)
            .toList();
    return new Mapping(traits, paths, fitted, added, limits);
  }

  /**
   * This mapping for a system that takes not every value in some of its properties: what it refuses
   * is withheld there, and the rest of the record goes. Lists and documents are taken as they are.
   *
   * @param limitOf by property; null where it takes everything
   */
  public Mapping within(Function<String, Limit> limitOf) {
    Map<String, Limit> found = new LinkedHashMap<>();
    for (Entry entry : entries.values()) {
      Limit limit = limitOf.apply(entry.path());
      FieldType type = entry.field().type();
      // An address may be longer in its normal form than it is written there.
      if (limit != null && !type.mergesInParts() && type != FieldType.URL) {
        found.put(entry.field().name(), limit);
      }
    }
    return new Mapping(traits, paths, List.copyOf(entries.values()), added, found);
  }

  @Override
  public Map<String, Limit> limits() {
    return Collections.unmodifiableMap(limits);
  }

  /** Differs where two mappings differ in anything but the order of their lines. */
  public String fingerprint() {
    StringBuilder content = new StringBuilder(traits.system()).append('\n').append(paths);
    Map<String, Entry> sorted = new TreeMap<>(entries);
    sorted.values().forEach(entry -> content.append('\n').append(entry));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(content.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** What is to be remembered of it for {@link #movedSince}; begins with the fingerprint. */
  public String remembered() {
    StringBuilder text = new StringBuilder(fingerprint());
    new TreeMap<>(entries)
        .forEach((name, entry) -> text.append('\n').append(name).append(' ').append(place(entry)));
    return text.toString();
  }

  /** The fields that were kept elsewhere, or in another form, by the mapping remembered. */
  public Set<String> movedSince(String remembered) {
    Set<String> moved = new TreeSet<>();
    for (String line : remembered.split("\n")) {
      String[] nameAndPlace = line.split(" ", 2);
      Entry entry = entries.get(nameAndPlace[0]);
      if (entry != null && !nameAndPlace[1].equals(place(entry))) {
        moved.add(nameAndPlace[0]);
      }
    }
    return moved;
  }

  private static String place(Entry entry) {
    return entry.path() + ' ' + entry.codec().label() + ' ' + entry.field().type();
  }

  /** The property with the system's own key of a record; null where it has none. */
  public String idPath() {
    return paths.id();
  }

  /** The property with the contact's id; null where the system has none. */
  public String contactIdPath() {
    return paths.contactId();
  }

  /** The property with the time of deletion; null where the system has none. */
  public String deletedAtPath() {
    return paths.deletedAt();
  }

  /** The property with the time of creation; null where the system has none. */
  public String createdAtPath() {
    return paths.createdAt();
  }

  /** The property with the time of the last change; null where the system has none. */
  public String updatedAtPath() {
    return paths.updatedAt();
  }

  /** The property with version and origin for people to see; null where the system has none. */
  public String syncMetadataPath() {
    return paths.syncMetadata();
  }
}
