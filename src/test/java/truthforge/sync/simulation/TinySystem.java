package truthforge.sync.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.mapping.Capabilities;
import truthforge.sync.merge.Sighting;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.merge.Write;

/**
 * A system of contacts in memory: records with a revision, a feed of what changed, conditional
 * writes, and the manners of its kind.
 */
public final class TinySystem implements Capabilities {

  /** How a system treats what it is given. */
  public enum Manner {
    EXACT,
    /** Writes nicknames and tags in small letters. */
    SMALL_LETTERS,
    /** Has no third state of a flag. */
    NO_EMPTY_FLAG,
    /** Has no place for documents, and none for tags that begin with X. */
    NO_DOCUMENT
  }

  public static final String TAGS = "tags";
  public static final String DOCUMENT = "social_profiles";
  public static final String FLAG = "is_business";
  public static final List<String> TEXTS = List.of("first_name", "nickname");
  public static final String EMAILS = Fields.EMAILS_FIELD;
  public static final List<String> TOLD =
      List.of("first_name", "nickname", Fields.CANONICAL_NAME, FLAG, EMAILS, TAGS, DOCUMENT);

  /** How many places of the feed a change may become visible late. */
  public static final int OVERLAP = 4;

  public static final Fields FIELDS = Fields.with(List.of(Field.edited(TAGS, FieldType.LIST)));

  /** One record. */
  public static final class Row {
    public final String id;
    public String contactId;
    public final Map<String, Value> values = new TreeMap<>();
    public boolean deleted;
    public long revision;
    public Instant modifiedAt;
    public Instant createdAt;

    Row(String id) {
      this.id = id;
    }

    @Override
    public String toString() {
      return id + "@" + revision + (deleted ? " deleted " : " ") + contactId + " " + values;
    }

    Row copy() {
      Row copy = new Row(id);
      copy.contactId = contactId;
      copy.values.putAll(values);
      copy.deleted = deleted;
      copy.revision = revision;
      copy.modifiedAt = modifiedAt;
      copy.createdAt = createdAt;
      return copy;
    }
  }

  /** A transaction of someone who is slow: its place in the feed is taken, its row not seen. */
  private record Open(int place, Row row) {}

  /** All that a backup holds. */
  public record Backup(List<Row> rows) {}

  /** What became of a write. */
  public enum Answer {
    APPLIED,
    CONDITION_FAILED
  }

  private final String name;
  private final Manner manner;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final List<String> feed = new ArrayList<>();
  private final List<Open> open = new ArrayList<>();
  private int identity = 1;
  private final Map<String, Value> empties = new HashMap<>();
  private long nextId = 1;
  private long nextRevision = 1;
  private int writes;

  public TinySystem(String name, Manner manner) {
    this.name = name;
    this.manner = manner;
    TOLD.forEach(field -> empties.put(field, held(field, Value.EMPTY)));
  }

  @Override
  public String system() {
    return name;
  }

  @Override
  public Set<String> fieldNames() {
    return FIELDS.all().stream()
        .map(Field::name)
        .filter(field -> reads(field) || writes(field))
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public boolean reads(String field) {
    return TOLD.contains(field) && !(manner == Manner.NO_DOCUMENT && field.equals(DOCUMENT));
  }

  @Override
  public boolean writes(String field) {
    return reads(field) || (manner == Manner.EXACT && field.equals(Fields.NAME_NORMALIZED));
  }

  @Override
  public Value held(String field, Value value) {
    return switch (manner) {
      case EXACT -> value;
      case SMALL_LETTERS ->
          field.equals("nickname") || field.equals(TAGS) ? inSmallLetters(value) : value;
      case NO_EMPTY_FLAG -> field.equals(FLAG) && value.isEmpty() ? new Value.Flag(false) : value;
      case NO_DOCUMENT ->
          field.equals(DOCUMENT)
              ? Value.EMPTY
              : field.equals(TAGS) && value instanceof Value.Items items
                  ? Value.ofItems(
                      items.items().stream().filter(item -> !item.startsWith("X")).toList())
                  : value;
    };
  }

  private static Value inSmallLetters(Value value) {
    if (value instanceof Value.Text text) {
      return Value.ofText(text.text().toLowerCase(Locale.ROOT));
    }
    if (value instanceof Value.Items items) {
      Set<String> small = new LinkedHashSet<>();
      items.items().forEach(item -> small.add(item.toLowerCase(Locale.ROOT)));
      return Value.ofItems(List.copyOf(small));
    }
    return value;
  }

  public Map<String, Row> rows() {
    return rows;
  }

  /** How many writes of the service were taken. */
  public int writes() {
    return writes;
  }

  public Row insert(String contactId, Instant now) {
    Row row = blank(contactId, now);
    rows.put(row.id, row);
    touch(row, now);
    return row;
  }

  private Row blank(String contactId, Instant now) {
    Row row = new Row(name + "-" + nextId++);
    row.contactId = contactId;
    row.createdAt = now;
    row.values.putAll(empties);
    row.values.keySet().removeIf(field -> !reads(field));
    return row;
  }

  /** As {@link #insert}, by someone whose transaction ends later: {@link #commit}. */
  public Row insertSlowly(String contactId, Instant now) {
    Row row = blank(contactId, now);
    row.revision = nextRevision++;
    row.modifiedAt = now;
    endWhatTakesTooLong();
    open.add(new Open(feed.size(), row));
    feed.add(null);
    return row;
  }

  /** The oldest of the slow transactions ends. */
  public void commit() {
    if (!open.isEmpty()) {
      Open oldest = open.remove(0);
      rows.put(oldest.row().id, oldest.row());
      feed.set(oldest.place(), oldest.row().id);
    }
  }

  public void commitAll() {
    while (isOpen()) {
      commit();
    }
  }

  public boolean isOpen() {
    return !open.isEmpty();
  }

  public Backup backup() {
    return new Backup(rows.values().stream().map(Row::copy).toList());
  }

  /** From now on it is as it was then, and its feed is another one. */
  public void restore(Backup backup) {
    rows.clear();
    backup.rows().forEach(row -> rows.put(row.id, row.copy()));
    open.clear();
    feed.clear();
    rows.keySet().forEach(feed::add);
    identity++;
  }

  /** Tells one feed from another. */
  public int identity() {
    return identity;
  }

  public void edit(Row row, String field, Value value, Instant now) {
    row.values.put(field, held(field, value));
    if (rows.containsKey(row.id)) {
      touch(row, now);
    }
  }

  public void touch(Row row, Instant now) {
    row.revision = nextRevision++;
    row.modifiedAt = now;
    tell(row.id);
  }

  public void remove(Row row) {
    rows.remove(row.id);
    tell(row.id);
  }

  private void tell(String id) {
    endWhatTakesTooLong();
    feed.add(id);
  }

  /** No transaction is so slow that the overlap does not cover it. */
  private void endWhatTakesTooLong() {
    while (!open.isEmpty() && feed.size() + 1 - open.get(0).place() > OVERLAP) {
      commit();
    }
  }

  public int feedEnd() {
    return feed.size();
  }

  /** The records that changed between two positions of the feed, as they are now. */
  public List<Sighting> changed(int from, int to, Instant now) {
    List<Sighting> told = new ArrayList<>();
    Set<String> ids = new LinkedHashSet<>(feed.subList(from, to));
    ids.remove(null);
    for (String id : ids) {
      Row row = rows.get(id);
      told.add(row == null ? new Sighting.Gone(name, id) : observe(row, now));
    }
    return told;
  }

  public Observation observe(Row row, Instant now) {
    return new Observation(
        name,
        row.id,
        Long.toString(row.revision),
        row.contactId == null ? "" : row.contactId,
        row.values,
        row.deleted,
        row.modifiedAt.isAfter(now) ? now : row.modifiedAt,
        row.createdAt);
  }

  public Row byContactId(String contactId) {
    return rows.values().stream()
        .filter(row -> contactId.equals(row.contactId))
        .findFirst()
        .orElse(null);
  }

  /** Creating never merges; changing is conditional on the record being as last seen. */
  public Answer write(Write write, Instant now) {
    Row row;
    if (write.isCreation()) {
      if (byContactId(write.contactId()) != null) {
        return Answer.CONDITION_FAILED;
      }
      row = insert(write.contactId(), now);
    } else {
      row = rows.get(write.externalId());
      if (row == null || !Long.toString(row.revision).equals(write.revision())) {
        return Answer.CONDITION_FAILED;
      }
      touch(row, now);
    }
    writes++;
    for (Map.Entry<String, Value> field : write.values().entrySet()) {
      switch (field.getKey()) {
        case Fields.DELETED -> row.deleted = !field.getValue().isEmpty();
        case Fields.CONTACT_ID -> row.contactId = ((Value.Text) field.getValue()).text();
        default -> {
          if (reads(field.getKey())) {
            row.values.put(field.getKey(), held(field.getKey(), field.getValue()));
          }
        }
      }
    }
    return Answer.APPLIED;
  }

  /** The texts within a value: itself, its items, or what its keys hold. */
  public static List<String> texts(Value value) {
    List<String> texts = new ArrayList<>();
    if (value instanceof Value.Text text) {
      texts.add(text.text());
    } else if (value instanceof Value.Items items) {
      texts.addAll(items.items());
    } else if (value instanceof Value.Document document) {
      ObjectNode json = document.json();
      json.forEach(node -> texts.add(node.asText()));
    }
    return texts.stream().map(text -> text.toLowerCase(Locale.ROOT)).toList();
  }
}
