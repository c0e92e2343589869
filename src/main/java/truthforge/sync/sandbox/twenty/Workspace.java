package truthforge.sync.sandbox.twenty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The records of a workspace and every way in which they change. Each change is a transaction: it
 * happens whole or not at all, and all records that it writes share its time.
 */
final class Workspace {
  /** No call writes more records than this. */
  static final int MOST_RECORDS = 200;

  private final Clock clock;
  private volatile Consumer<Event> listener = event -> {};
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final Table people = new Table(ObjectType.person());
  private final Table companies = new Table(ObjectType.company());
  private final Table timeline = new Table(ObjectType.timelineActivity());
  private final Map<String, Table> tables = new LinkedHashMap<>();
  private final Duration timelineLag;

  /** Events that the timeline does not tell of yet, oldest first. */
  private final Deque<Event> untold = new ArrayDeque<>();

  Workspace(Clock clock, Duration timelineLag) {
    this.clock = clock;
    this.timelineLag = timelineLag;
    for (Table table : List.of(people, companies, timeline)) {
      tables.put(table.type().namePlural(), table);
    }
  }

  /** From now on the listener is told of every event once it is stored, one at a time. */
  void tell(Consumer<Event> listener) {
    this.listener = listener;
  }

  /** The table of this plural name, or the refusal that says what there is. */
  Table table(String namePlural) {
    Table table = tables.get(namePlural);
    if (table != null) {
      return table;
    }
    for (Table other : tables.values()) {
      if (other.type().nameSingular().equals(namePlural)) {
        throw Refusal.badRequest(
            "object '"
                + namePlural
                + "' not found. Did you mean '"
                + other.type().namePlural()
                + "'?");
      }
    }
    throw Refusal.badRequest("object '" + namePlural + "' not found. eg: companies");
  }

  Table people() {
    return people;
  }

  Table companies() {
    return companies;
  }

  Table timeline() {
    return timeline;
  }

  Collection<Table> tables() {
    return tables.values();
  }

  /** The worker's turn: what is old enough goes into the timeline. */
  private void tellTimeline() {
    long until = now() - timelineLag.toNanos() / 1000;
    writing(
        () -> {
          while (!untold.isEmpty() && untold.peek().micros() <= until) {
            Event event = untold.poll();
            Timeline.entry(event)
                .ifPresent(entry -> timeline.put(timeline.row(entry, null, null, event.micros())));
          }
          return null;
        });
  }

  <T> T reading(Supplier<T> work) {
    tellTimeline();
    lock.readLock().lock();
    try {
      return work.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  private <T> T writing(Supplier<T> work) {
    lock.writeLock().lock();
    try {
      return work.get();
    } finally {
      lock.writeLock().unlock();
    }
  }

  void addField(Table table, FieldSpec field) {
    writing(
        () -> {
          table.addField(field);
          return null;
        });
  }

  /** Stores a record as it is; see {@link TwentyStandIn#loadPerson}. */
  void load(Table table, JsonNode given) {
    ObjectNode record = Json.object();
    for (FieldSpec field : table.type().fields()) {
      JsonNode value = given.get(field.name());
      record.set(field.name(), value == null ? field.empty() : value);
    }
    for (String name : (Iterable<String>) given::fieldNames) {
      if (table.type().field(name) == null) {
        throw new IllegalArgumentException(
            "The workspace has no field " + name + ": name it in the stand-in's options");
      }
    }
    Long updated = Instants.parse(record.get("updatedAt").textValue());
    record.put("updatedAt", Instants.api(updated));
    writing(
        () -> {
          Row row = table.row(record, null, updated, Math.min(updated, now()));
          if (table.get(row.id()) == null && table.collides(row)) {
            throw new IllegalArgumentException(
                "Record " + row.id() + " has a unique value of another");
          }
          table.put(row);
          table.notePosition(record.path("position").asDouble());
          return null;
        });
  }

  /** Creates all or none; answers in the order given. */
  List<Row> create(Table table, List<Input> inputs, Caller caller) {
    return writing(
        () -> {
          List<Event> events = new ArrayList<>();
          List<Row> rows = insert(table, inputs, caller, events);
          events.forEach(this::publish);
          return rows;
        });
  }

  /** Changes every record that the filter finds; the filter and the change are one transaction. */
  List<Row> updateMany(Table table, Filter filter, Input input, Caller caller) {
    return writing(
        () -> {
          List<Row> rows = find(table, filter);
          if (rows.size() > MOST_RECORDS) {
            throw Refusal.coded(
                "TOO_MANY_RECORDS_TO_UPDATE",
                "Cannot update more than " + MOST_RECORDS + " records at once");
          }
          return update(table, rows, input, caller, false);
        });
  }

  /** Changes one record, be it in the trash. */
  Row updateOne(Table table, String id, Input input, Caller caller) {
    return writing(() -> update(table, List.of(existing(table, id)), input, caller, false).get(0));
  }

  /** What is done to records as a whole. */
  enum Removal {
    SOFT_DELETE,
    RESTORE,
    DESTROY
  }

  Row remove(Table table, String id, Removal removal, Caller caller) {
    return writing(() -> remove(table, List.of(existing(table, id)), removal, caller).get(0));
  }

  List<Row> removeMany(Table table, Filter filter, Removal removal, Caller caller) {
    return writing(
        () -> {
          List<Row> rows =
              removal == Removal.RESTORE
                  ? matching(table, filter).stream().filter(Row::inTrash).toList()
                  : find(table, filter);
          return remove(table, rows, removal, caller);
        });
  }

  /**
   * Updates what is there and creates the rest. Not atomic: each update is a transaction of its
   * own, and all of them stay when the creations fail. Answers the updates first.
   */
  List<Row> upsert(Table table, List<Input> inputs, Caller caller) {
    return writing(
        () -> {
          Map<Input, Row> matches = new HashMap<>();
          for (Input input : inputs) {
            Row match = match(table, input);
            if (match != null) {
              matches.put(input, match);
            }
          }
          List<Row> rows = new ArrayList<>();
          List<Input> fresh = new ArrayList<>();
          for (Input input : inputs) {
            Row match = matches.get(input);
            if (match == null) {
              fresh.add(input);
            } else {
              rows.addAll(
                  update(table, List.of(table.get(match.id())), withoutId(input), caller, true));
            }
          }
          List<Event> events = new ArrayList<>();
          rows.addAll(insert(table, fresh, caller, events));
          events.forEach(this::publish);
          return rows;
        });
  }

  private static Input withoutId(Input input) {
    Map<String, JsonNode> values = new LinkedHashMap<>(input.values());
    values.remove("id");
    return new Input(values);
  }

  /** The one record that has the input's id or one of its unique values, or null. */
  private static Row match(Table table, Input input) {
    Set<Row> found = new LinkedHashSet<>();
    List<String> keys = new ArrayList<>();
    List<String> paths = new ArrayList<>(List.of("id"));
    paths.addAll(table.type().uniquePaths());
    for (String path : paths) {
      String value = input.text(path);
      if (value != null) {
        Collection<Row> rows = table.lookUp(path, List.of(value));
        if (!rows.isEmpty()) {
          found.addAll(rows);
          keys.add(path + ": " + value);
        }
      }
    }
    if (found.size() > 1) {
      throw Refusal.badRequest(
          "Multiple records found with the same unique field values for "
              + String.join(", ", keys)
              + ". Cannot determine which record to update.");
    }
    return found.isEmpty() ? null : found.iterator().next();
  }

  private static Row existing(Table table, String id) {
    Row row = table.get(id);
    if (row == null) {
      throw Refusal.notFound();
    }
    return row;
  }

  /** What a filter finds, the trash hidden unless it names {@code deletedAt}, oldest first. */
  private static List<Row> find(Table table, Filter filter) {
    boolean all = filter != null && filter.namesDeletedAt();
    return matching(table, filter).stream().filter(row -> all || !row.inTrash()).toList();
  }

  private static List<Row> matching(Table table, Filter filter) {
    Collection<Row> candidates = filter == null ? null : filter.candidates(table);
    Collection<Row> rows = candidates == null ? table.byId().values() : candidates;
    return rows.stream()
        .filter(
            row -> filter == null || Boolean.TRUE.equals(filter.test(new Filter.Candidate(row))))
        .sorted(Comparator.comparingLong(Row::sequence))
        .toList();
  }

  private List<Row> insert(Table table, List<Input> inputs, Caller caller, List<Event> events) {
    long time = now();
    double positions = table.lowestPosition();
    List<Row> rows = new ArrayList<>();
    try {
      for (Input input : inputs) {
        ObjectNode record = fresh(table, input, caller, time);
        Long updated = input.get("updatedAt") == null ? time : null;
        Row row = table.row(record, null, updated, time);
        if (table.get(row.id()) != null || table.collides(row)) {
          throw Refusal.duplicate();
        }
        table.put(row);
        rows.add(row);
        checkCompany(table, record);
        events.add(new Event(table.type(), "created", null, record, List.of(), caller, time));
      }
      return rows;
    } catch (Refusal refusal) {
      rows.forEach(row -> table.remove(row.id()));
      table.resetLowestPosition(positions);
      throw refusal;
    }
  }

  private static ObjectNode fresh(Table table, Input input, Caller caller, long time) {
    ObjectNode record = Json.object();
    for (FieldSpec field : table.type().fields()) {
      record.set(field.name(), field.empty().deepCopy());
    }
    record.put("id", UUID.randomUUID().toString());
    record.put("createdAt", Instants.api(time)).put("updatedAt", Instants.api(time));
    record.set("createdBy", caller.actor());
    input.applyTo(table.type(), record);
    record.set("updatedBy", caller.actor());
    if (input.get("position") == null) {
      record.set("position", Json.number(table.firstPosition()));
    }
    settle(table, record);
    return record;
  }

  /** What the database computes of the other fields. */
  private static void settle(Table table, ObjectNode record) {
    JsonNode position = record.get("position");
    if (position.isTextual()) {
      double at =
          position.textValue().equals("first") ? table.firstPosition() : table.lastPosition();
      record.set("position", Json.number(at));
    } else {
      table.notePosition(position.asDouble());
    }
    record.put("searchVector", SearchVector.of(record));
  }

  private List<Row> update(
      Table table, List<Row> rows, Input input, Caller caller, boolean resurrect) {
    long time = timeAfter(rows);
    List<Row> written = new ArrayList<>();
    List<Event> events = new ArrayList<>();
    try {
      for (Row row : rows) {
        String id = input.text("id");
        if (id != null && !id.equals(row.id())) {
          throw Refusal.badRequest(
              "update or delete on table \"person\" violates foreign key constraint"
                  + " \"FK_875809b410c253073b5aa812c9a\" on table \"timelineActivity\"");
        }
        ObjectNode before = row.record();
        ObjectNode after = before.deepCopy();
        after.put("updatedAt", Instants.api(time));
        input.applyTo(table.type(), after);
        after.set("updatedBy", caller.actor());
        if (resurrect && row.inTrash()) {
          after.putNull("deletedAt");
        }
        settle(table, after);
        Long updated = input.get("updatedAt") == null ? time : null;
        Row next = table.row(after, row, updated, time);
        if (table.collides(next)) {
          throw Refusal.duplicate();
        }
        table.put(next);
        written.add(next);
        if (!after.path("companyId").equals(before.path("companyId"))) {
          checkCompany(table, after);
        }
        List<String> fields = changed(table.type(), before, after);
        if (!fields.isEmpty()) {
          events.add(new Event(table.type(), "updated", before, after, fields, caller, time));
        }
      }
    } catch (Refusal refusal) {
      rows.forEach(table::put);
      throw refusal;
    }
    events.forEach(this::publish);
    return written;
  }

  private List<Row> remove(Table table, List<Row> rows, Removal removal, Caller caller) {
    long time = timeAfter(rows);
    List<Row> written = new ArrayList<>();
    List<Event> events = new ArrayList<>();
    for (Row row : rows) {
      ObjectNode before = row.record();
      if (removal == Removal.DESTROY) {
        table.remove(row.id());
        forget(table, row.id());
        written.add(row);
        events.add(new Event(table.type(), "destroyed", before, before, List.of(), caller, time));
        continue;
      }
      ObjectNode after = before.deepCopy();
      after.put("updatedAt", Instants.api(time));
      if (removal == Removal.SOFT_DELETE) {
        after.put("deletedAt", Instants.api(time));
      } else {
        after.putNull("deletedAt");
      }
      Row next = table.row(after, row, time, time);
      table.put(next);
      written.add(next);
      String action = removal == Removal.SOFT_DELETE ? "deleted" : "restored";
      events.add(
          new Event(table.type(), action, before, after, List.of("deletedAt"), caller, time));
    }
    events.forEach(this::publish);
    return written;
  }

  /** A destroyed company leaves its people without one; nothing else of them moves. */
  private void forget(Table table, String companyId) {
    if (table != companies) {
      return;
    }
    for (Row row : List.copyOf(people.lookUp("companyId", List.of(companyId)))) {
      ObjectNode record = row.record().putNull("companyId");
      people.put(people.row(record, row, row.updated(), row.touched()));
    }
  }

  private void checkCompany(Table table, ObjectNode record) {
    JsonNode company = record.path("companyId");
    if (table == people && company.isTextual() && companies.get(company.textValue()) == null) {
      throw Refusal.badRequest(
          "insert or update on table \"person\" violates foreign key constraint"
              + " \"FK_ee066ddacfce46c9a7cb90edd1a\"");
    }
  }

  private static List<String> changed(ObjectType type, ObjectNode before, ObjectNode after) {
    List<String> fields = new ArrayList<>();
    for (FieldSpec field : type.fields()) {
      String name = field.name();
      if (name.equals("updatedAt") || name.equals("searchVector")) {
        continue;
      }
      if (!after.get(name).equals(before.get(name))) {
        if (name.equals("companyId")) {
          fields.add("company");
        }
        fields.add(name);
      }
    }
    return fields;
  }

  private void publish(Event event) {
    untold.add(event);
    listener.accept(event);
  }

  private long now() {
    return Instants.micros(clock.instant());
  }

  /**
   * The time of a transaction that writes these records: at least a millisecond after the one that
   * wrote them last. In Twenty each takes longer than that; here a condition on {@code updatedAt}
   * would else match twice.
   */
  private long timeAfter(Collection<Row> rows) {
    long time = now();
    for (Row row : rows) {
      time = Math.max(time, row.touched() + 1000);
    }
    return time;
  }
}
