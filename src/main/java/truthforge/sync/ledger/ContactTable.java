package truthforge.sync.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import truthforge.sync.contact.ByField;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.FieldState;
import truthforge.sync.contact.Fields;

/** Contacts, and the emails and phone numbers that they are found by. */
final class ContactTable {

  private final Sql sql;
  private final Dialect dialect;
  private final Clock clock;

  /** Contacts as they are stored now, as far as this transaction came to know them. */
  private final Map<String, Contact> known = new HashMap<>();

  /** Contacts that came into being here: they have no replicas but those saved here. */
  private final Set<String> created = new HashSet<>();

  ContactTable(Sql sql, Dialect dialect, Clock clock) {
    this.sql = sql;
    this.dialect = dialect;
    this.clock = clock;
  }

  Map<String, Contact> byId(Collection<String> contactIds) {
    Set<String> unknown = new TreeSet<>();
    for (String id : contactIds) {
      if (!known.containsKey(id)) {
        unknown.add(id);
      }
    }
    if (!unknown.isEmpty()) {
      stored(unknown).forEach(contact -> known.put(contact.id(), contact));
    }
    Map<String, Contact> found = new LinkedHashMap<>();
    for (String id : contactIds) {
      Contact contact = known.get(id);
      if (contact != null) {
        found.put(id, contact);
      }
    }
    return found;
  }

  /** As they are stored, of ids that are not known here; not kept: there may be many of them. */
  List<Contact> stored(Collection<String> unknown) {
    return sql.list(
        "SELECT contact_id, version, created_at, doc FROM contact WHERE "
            + dialect.inKeys("contact_id"),
        row -> row.keys(unknown),
        this::contact);
  }

  /** Null where this transaction has not met it. */
  Contact known(String contactId) {
    return known.get(contactId);
  }

  void met(Contact contact) {
    known.put(contact.id(), contact);
  }

  boolean isCreatedHere(String contactId) {
    return created.contains(contactId);
  }

  private Contact contact(ResultSet result) throws SQLException {
    return contact(dialect.key(result, 1), result, 2);
  }

  /**
   * @param column that of the version; the time of creation and the fields stand behind it
   */
  static Contact contact(String id, ResultSet result, int column) throws SQLException {
    String doc = result.getString(column + 2);
    return new Contact(
        id,
        result.getLong(column),
        ByField.later(() -> LedgerJson.toFields(doc)),
        Sql.time(result, column + 1));
  }

  void save(Collection<Contact> contacts) {
    // In the order in which they are stored, as far as they lie side by side.
    Map<String, Contact> distinct = new TreeMap<>();
    contacts.forEach(contact -> distinct.put(contact.id(), contact));
    Map<String, Contact> before = byId(distinct.keySet());
    distinct.keySet().stream().filter(id -> !before.containsKey(id)).forEach(created::add);
    Collection<Contact> all = distinct.values();
    sql.batch(
        "INSERT INTO contact (contact_id, version, deleted, created_at, doc)"
            + " VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT (contact_id) DO UPDATE SET version = excluded.version,"
            + " deleted = excluded.deleted, created_at = excluded.created_at, doc = excluded.doc",
        all,
        (row, contact) ->
            row.key(contact.id())
                .number(contact.version())
                .flag(contact.isDeleted())
                .time(contact.createdAt())
                .text(LedgerJson.ofFields(contact.fields())));
    sql.batch(
        "UPDATE replica SET contact_version = ?, contact_deleted = ?, due_since ="
            + " CASE WHEN sent_version < ? THEN coalesce(due_since, ?) END WHERE contact_id = ?",
        all.stream().filter(contact -> isNews(before.get(contact.id()), contact)).toList(),
        (row, contact) ->
            row.number(contact.version())
                .flag(contact.isDeleted())
                .number(contact.version())
                .time(clock.instant())
                .key(contact.id()));
    restate(before, all);
    lookUps("contact_email", "email", Fields.EMAILS_FIELD, before, all);
    lookUps("contact_phone", "phone", Fields.PHONES_FIELD, before, all);
    known.putAll(distinct);
  }

  private static boolean isNews(Contact before, Contact after) {
    return before != null
        && (before.version() != after.version() || before.isDeleted() != after.isDeleted());
  }

  private record Restated(String contactId, String system, String seen, String unanswered) {}

  private record RestatedCreation(long id, String text) {}

  /** What leans on a value of the contact that is another now gets the former value itself. */
  private void restate(Map<String, Contact> before, Collection<Contact> all) {
    Map<String, Contact> after = new HashMap<>();
    Map<String, Set<String>> moved = new HashMap<>();
    for (Contact contact : all) {
      Contact former = before.get(contact.id());
      Set<String> fields = former == null ? Set.of() : movedFields(former, contact);
      if (!fields.isEmpty()) {
        moved.put(contact.id(), fields);
        after.put(contact.id(), contact);
      }
    }
    if (moved.isEmpty()) {
      return;
    }
    List<Restated> replicas = new ArrayList<>();
    sql.each(
        "SELECT contact_id, system, seen, unanswered FROM replica WHERE "
            + dialect.inKeys("contact_id"),
        row -> row.keys(moved.keySet()),
        result -> {
          String id = dialect.key(result, 1);
          String seen = dialect.dense(result, 3);
          String unanswered = result.getString(4);
          if (unanswered != null
              || moved.get(id).stream().anyMatch(field -> LedgerJson.leansOn(seen, field))) {
            Map<String, FieldState> former = before.get(id).fields();
            Map<String, FieldState> fields = after.get(id).fields();
            replicas.add(
                new Restated(
                    id,
                    Sql.system(result, 2),
                    LedgerJson.ofSeen(LedgerJson.toSeen(seen, former), fields),
                    LedgerJson.ofUnanswered(LedgerJson.toUnanswered(unanswered, former), fields)));
          }
        });
    sql.batch(
        "UPDATE replica SET seen = ?, unanswered = ? WHERE contact_id = ? AND system = ?",
        replicas,
        (row, one) ->
            row.dense(one.seen()).text(one.unanswered()).key(one.contactId()).system(one.system()));
    List<RestatedCreation> creations = new ArrayList<>();
    sql.each(
        "SELECT id, contact_id, after_value FROM history WHERE field = '' AND "
            + dialect.inKeys("contact_id"),
        row -> row.keys(moved.keySet()),
        result -> {
          String id = dialect.key(result, 2);
          String values = dialect.dense(result, 3);
          if (moved.get(id).stream().anyMatch(field -> LedgerJson.leansOn(values, field))) {
            creations.add(
                new RestatedCreation(
                    result.getLong(1),
                    LedgerJson.ofCreation(
                        LedgerJson.toCreation(values, before.get(id).fields()),
                        after.get(id).fields())));
          }
        });
    sql.batch(
        "UPDATE history SET after_value = ? WHERE id = ?",
        creations,
        (row, one) -> row.dense(one.text()).number(one.id()));
  }

  private static Set<String> movedFields(Contact before, Contact after) {
    Set<String> moved = new TreeSet<>();
    before
        .fields()
        .forEach(
            (field, state) -> {
              if (!state.value().equals(after.value(field))) {
                moved.add(field);
              }
            });
    return moved;
  }

  private record LookUp(String item, String contactId) {}

  private void lookUps(
      String table,
      String column,
      String field,
      Map<String, Contact> before,
      Collection<Contact> after) {
    List<LookUp> removed = new ArrayList<>();
    List<LookUp> added = new ArrayList<>();
    for (Contact contact : after) {
      Contact former = before.get(contact.id());
      Set<String> old = former == null ? Set.of() : LookUps.items(former.value(field));
      Set<String> now = LookUps.items(contact.value(field));
      for (String item : old) {
        if (!now.contains(item)) {
          removed.add(new LookUp(item, contact.id()));
        }
      }
      for (String item : now) {
        if (!old.contains(item)) {
          added.add(new LookUp(item, contact.id()));
        }
      }
    }
    sql.batch(
        "DELETE FROM " + table + " WHERE " + column + " = ? AND contact_id = ?",
        removed,
        (row, lookUp) -> row.text(lookUp.item()).key(lookUp.contactId()));
    sql.batch(
        "INSERT INTO " + table + " (" + column + ", contact_id) VALUES (?, ?)",
        added,
        (row, lookUp) -> row.text(lookUp.item()).key(lookUp.contactId()));
  }

  Map<String, Set<String>> idsByEmail(Collection<String> emails) {
    return lookUp("contact_email", "email", emails);
  }

  Map<String, Set<String>> idsByPhone(Collection<String> phones) {
    return lookUp("contact_phone", "phone", phones);
  }

  private Map<String, Set<String>> lookUp(String table, String column, Collection<String> items) {
    Map<String, Set<String>> ids = new HashMap<>();
    if (!items.isEmpty()) {
      sql.each(
          "SELECT " + column + ", contact_id FROM " + table + " WHERE " + dialect.in(column),
          row -> row.texts(items),
          result ->
              ids.computeIfAbsent(result.getString(1), item -> new TreeSet<>())
                  .add(dialect.key(result, 2)));
    }
    return ids;
  }

  List<Contact> after(String afterId, int limit) {
    return sql.list(
        "SELECT contact_id, version, created_at, doc FROM contact WHERE contact_id > ?"
            + " ORDER BY contact_id LIMIT ?",
        row -> row.key(Sql.orFirst(afterId)).number(limit),
        this::contact);
  }

  long count(boolean deleted) {
    long gone = sql.count("SELECT count(*) FROM contact WHERE deleted = 1", row -> {});
    return deleted ? gone : sql.count("SELECT count(*) FROM contact", row -> {}) - gone;
  }

  void erase(String contactId) {
    for (String table : List.of("contact_email", "contact_phone", "contact")) {
      sql.update("DELETE FROM " + table + " WHERE contact_id = ?", row -> row.key(contactId));
    }
    known.remove(contactId);
    created.remove(contactId);
  }
}
