package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import truthforge.sync.config.Options;
import truthforge.sync.contact.FieldType;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Held;
import truthforge.sync.mapping.Entry;
import truthforge.sync.mapping.Mapping;

/** People at work in all systems of a {@link World}, and what they find there. */
final class Desks {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String TABLE = "contacts_master";

  private final World world;
  private final Map<String, Desk> desks =
      Map.of(
          "bigquery", new BigQuery(),
          "twenty", new Twenty(),
          "supabase", new Supabase(),
          "local", new Local());

  Desks(World world) {
    this.world = world;
  }

  Desk of(String system) {
    return desks.get(system);
  }

  private Mapping mapping(String system) {
    return world.mappings.of(system);
  }

  /** The record of a contact that is in the system, live or deleted. */
  ObjectNode record(String system, String contactId) {
    return of(system).records().stream()
        .filter(record -> contactId.equals(contactId(system, record)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(system + " has no record of " + contactId));
  }

  /** The id in that system of a contact's record. */
  String id(String system, String contactId) {
    return of(system).idOf(record(system, contactId));
  }

  /** All records of a system that carry a contact id, live or deleted, by that. */
  Map<String, ObjectNode> byContactId(String system) {
    Map<String, ObjectNode> records = new LinkedHashMap<>();
    for (ObjectNode record : of(system).records()) {
      records.put(contactId(system, record), record);
    }
    return records;
  }

  /** The ids in that system of all records, by the contact id that they carry. */
  Map<String, String> ids(String system) {
    Map<String, String> ids = new LinkedHashMap<>();
    byContactId(system).forEach((contactId, record) -> ids.put(contactId, of(system).idOf(record)));
    return ids;
  }

  void edit(String system, String contactId, String field, JsonNode value) {
    of(system).edit(id(system, contactId), field, value);
  }

  void edit(String system, String contactId, String field, String value) {
    edit(system, contactId, field, value == null ? NullNode.getInstance() : JSON.textNode(value));
  }

  /** What a field of a contact holds in that system, in normal form. */
  Value value(String system, String contactId, String field) {
    return mapping(system).read(record(system, contactId)).get(field);
  }

  private String contactId(String system, ObjectNode record) {
    return record.path(mapping(system).contactIdPath()).textValue();
  }

  boolean isDeleted(String system, ObjectNode record) {
    return record.hasNonNull(mapping(system).deletedAtPath());
  }

  boolean isDeleted(String system, String contactId) {
    return isDeleted(system, record(system, contactId));
  }

  /**
   * What the live records of a system tell, by contact id; without those that are held.
   *
   * @throws AssertionError for a live record without a contact id, and for an id in two of them
   */
  Map<String, Map<String, Value>> contacts(String system) {
    Map<String, Map<String, Value>> contacts = new TreeMap<>();
    Set<String> held = held(system);
    for (ObjectNode record : of(system).records()) {
      if (!isDeleted(system, record) && !held.contains(of(system).idOf(record))) {
        String id = contactId(system, record);
        assertThat(id).as("contact id of a record in %s", system).isNotBlank();
        assertThat(contacts.put(id, mapping(system).read(record)))
            .as("another record in %s of %s", system, id)
            .isNull();
      }
    }
    return contacts;
  }

  /** The ids of the system's records that wait for a person. */
  Set<String> held(String system) {
    return world.ledger.transaction(
        tx ->
            tx.heldAfter(0, 1000).stream()
                .filter(held -> held.system().equals(system))
                .map(Held::externalId)
                .collect(Collectors.toSet()));
  }

  /**
   * Every system holds the same contacts, and of each, in every field that it lets be written, what
   * it holds of the value in BigQuery.
   */
  void allHoldTheSame() {
    Map<String, Map<String, Value>> truth = contacts("bigquery");
    for (String system : World.ALL) {
      Map<String, Map<String, Value>> here = contacts(system);
      assertThat(here.keySet()).as("contacts of %s", system).isEqualTo(truth.keySet());
      List<String> differences = new ArrayList<>();
      for (Entry entry : mapping(system).entries()) {
        String field = entry.field().name();
        boolean shared = mapping(system).writes(field) && mapping("bigquery").reads(field);
        if (shared && mapping(system).reads(field)) {
          truth.forEach(
              (id, values) -> {
                Value wanted = mapping(system).held(field, values.get(field));
                Value found = here.get(id).get(field);
                if (!wanted.equals(found)) {
                  differences.add(id + " " + field + " " + found + " instead of " + wanted);
                }
              });
        }
      }
      assertThat(differences).as("differences of %s", system).isEmpty();
    }
  }

  /** All records of all systems, with every column, in the order of their ids. */
  Map<String, List<ObjectNode>> everything() {
    Map<String, List<ObjectNode>> all = new LinkedHashMap<>();
    for (String system : World.ALL) {
      Desk desk = of(system);
      List<ObjectNode> records = new ArrayList<>(desk.records());
      records.sort(Comparator.comparing(desk::idOf));
      all.put(system, records);
    }
    return all;
  }

  private static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** At the console, who sets {@code updated_at} along, as the table's users do. */
  private final class BigQuery implements Desk {

    @Override
    public String add(Map<String, JsonNode> fields) {
      String columns = String.join(", ", fields.keySet());
      String values =
          fields.entrySet().stream()
              .map(field -> literal(field.getKey(), field.getValue()))
              .collect(Collectors.joining(", "));
      world.bigquery.execute(
          "INSERT INTO identity.contacts_master ("
              + columns
              + ", created_at, updated_at) VALUES ("
              + values
              + ", CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP())");
      return fields.get(Fields.CONTACT_ID).textValue();
    }

    @Override
    public void edit(String id, String field, JsonNode value) {
      update(id, field + " = " + literal(field, value));
    }

    @Override
    public void editContactId(String id, String contactId) {
      update(id, "contact_id = " + text(contactId));
    }

    @Override
    public void delete(String id) {
      update(id, "deleted_at = CURRENT_TIMESTAMP()");
    }

    @Override
    public void restore(String id) {
      update(id, "deleted_at = NULL");
    }

    @Override
    public void destroy(String id) {
      world.bigquery.execute("DELETE FROM identity.contacts_master WHERE contact_id = " + text(id));
    }

    private void update(String id, String set) {
      world.bigquery.execute(
          "UPDATE identity.contacts_master SET "
              + set
              + ", updated_at = CURRENT_TIMESTAMP() WHERE contact_id = "
              + text(id));
    }

    @Override
    public List<ObjectNode> records() {
      return world.bigquery.rows("identity", TABLE);
    }

    @Override
    public String idOf(ObjectNode record) {
      return record.path("contact_id").asText();
    }

    private String literal(String field, JsonNode value) {
      FieldType type = typeOf(field);
      if (value instanceof ArrayNode array) {
        List<String> items = new ArrayList<>();
        array.forEach(item -> items.add(text(item.textValue())));
        return "[" + String.join(", ", items) + "]";
      }
      if (value.isNull()) {
        return type == FieldType.EMAILS || type == FieldType.PHONES ? "[]" : "NULL";
      }
      return switch (type) {
        case FLAG -> value.asText().toUpperCase(java.util.Locale.ROOT);
        case DATE -> "DATE " + text(value.textValue());
        case DOCUMENT -> "JSON " + text(value.toString());
        default -> text(value.textValue());
      };
    }

    private static String text(String value) {
      if (value == null) {
        return "NULL";
      }
      return "'"
          + value
              .replace("\\", "\\\\")
              .replace("'", "\\'")
              .replace("\n", "\\n")
              .replace("\r", "\\r")
          + "'";
    }
  }

  private FieldType typeOf(String field) {
    return field.equals(Fields.CONTACT_ID)
        ? FieldType.TEXT
        : world.mappings.fields().get(field).type();
  }

  /** At the screen, which calls the API with that person's token. */
  private final class Twenty implements Desk {

    private static final Set<String> NEVER_EMPTY = Set.of("is_business", "is_me");
    private final HttpClient client = HttpClient.newHttpClient();

    @Override
    public String add(Map<String, JsonNode> fields) {
      ObjectNode body = JSON.objectNode();
      fields.forEach((field, value) -> put(body, field, value));
      return call("POST", "/rest/people", body).at("/data/createPerson/id").textValue();
    }

    @Override
    public void edit(String id, String field, JsonNode value) {
      ObjectNode body = JSON.objectNode();
      put(body, field, value);
      call("PATCH", "/rest/people/" + id, body);
    }

    @Override
    public void editContactId(String id, String contactId) {
      call("PATCH", "/rest/people/" + id, JSON.objectNode().put("contactId", contactId));
    }

    @Override
    public void delete(String id) {
      call("DELETE", "/rest/people/" + id + "?soft_delete=true", null);
    }

    @Override
    public void restore(String id) {
      call("PATCH", "/rest/restore/people?filter=" + encoded("id[eq]:\"" + id + "\""), null);
    }

    @Override
    public void destroy(String id) {
      call("DELETE", "/rest/people/" + id, null);
    }

    private void put(ObjectNode body, String field, JsonNode value) {
      switch (field) {
        case Fields.CONTACT_ID -> body.set("contactId", value);
        case "first_name" -> name(body).put("firstName", value.asText(""));
        case "last_name" -> name(body).put("lastName", value.asText(""));
        case "organization" -> body.put("companyId", value.isNull() ? null : company(value));
        case Fields.EMAILS_FIELD -> {
          ObjectNode emails = body.putObject("emails");
          emails.put("primaryEmail", value.path(0).asText(""));
          ArrayNode more = emails.putArray("additionalEmails");
          for (int i = 1; i < value.size(); i++) {
            more.add(value.get(i));
          }
        }
        case Fields.PHONES_FIELD -> {
          ObjectNode phones = body.putObject("phones");
          ObjectNode first = phone(value.path(0).asText(""));
          phones.set("primaryPhoneNumber", first.get("number"));
          phones.set("primaryPhoneCountryCode", first.get("countryCode"));
          phones.set("primaryPhoneCallingCode", first.get("callingCode"));
          ArrayNode more = phones.putArray("additionalPhones");
          for (int i = 1; i < value.size(); i++) {
            more.add(phone(value.get(i).textValue()));
          }
        }
        case "linkedin_url" -> {
          ObjectNode link = body.putObject("linkedinLink");
          link.put("primaryLinkUrl", value.asText("")).put("primaryLinkLabel", "");
          link.putArray("secondaryLinks");
        }
        default -> {
          String property = mapping("twenty").entry(field).path();
          boolean no = value.isNull() && NEVER_EMPTY.contains(field);
          body.set(property, no ? JSON.booleanNode(false) : value);
        }
      }
    }

    /** In parts, as the screen sends a number. */
    private static ObjectNode phone(String number) {
      ObjectNode parts = JSON.objectNode();
      if (number.isEmpty()) {
        return parts.put("number", "").put("callingCode", "").put("countryCode", "");
      }
      PhoneNumberUtil plans = PhoneNumberUtil.getInstance();
      try {
        var parsed = plans.parse(number, null);
        return parts
            .put("number", plans.getNationalSignificantNumber(parsed))
            .put("callingCode", "+" + parsed.getCountryCode())
            .put("countryCode", plans.getRegionCodeForNumber(parsed));
      } catch (NumberParseException e) {
        throw new IllegalArgumentException(e);
      }
    }

    private static ObjectNode name(ObjectNode body) {
      return body.get("name") instanceof ObjectNode there ? there : body.putObject("name");
    }

    private String company(JsonNode name) {
      for (ObjectNode company : world.twenty.companies()) {
        if (company.get("name").equals(name)) {
          return company.get("id").textValue();
        }
      }
      ObjectNode body = JSON.objectNode();
      body.set("name", name);
      return call("POST", "/rest/companies", body).at("/data/createCompany/id").textValue();
    }

    @Override
    public List<ObjectNode> records() {
      Map<String, ObjectNode> companies = new LinkedHashMap<>();
      world.twenty.companies().forEach(c -> companies.put(c.get("id").textValue(), c));
      List<ObjectNode> people = new ArrayList<>();
      for (ObjectNode person : world.twenty.people()) {
        ObjectNode whole = person.deepCopy();
        whole.set("company", companies.get(person.path("companyId").textValue()));
        people.add(whole);
      }
      return people;
    }

    @Override
    public String idOf(ObjectNode record) {
      return record.get("id").textValue();
    }

    private JsonNode call(String method, String target, JsonNode body) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(world.twenty.url() + target))
              .header("Authorization", "Bearer " + world.twenty.userToken())
              .method(
                  method,
                  body == null
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body.toString()))
              .build();
      try {
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return read(answer.body());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static String encoded(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
  }

  /** In the table editor. */
  private final class Supabase implements Desk {

    private String table() {
      return world.more.getOrDefault(Options.SUPABASE_TABLE, TABLE);
    }

    @Override
    public String add(Map<String, JsonNode> fields) {
      ObjectNode row = JSON.objectNode();
      row.setAll(fields);
      return world.supabase.insert(table(), row).get("id").asText();
    }

    @Override
    public void edit(String id, String field, JsonNode value) {
      ObjectNode set = JSON.objectNode();
      set.set(field, value);
      world.supabase.update(table(), id, set);
    }

    @Override
    public void editContactId(String id, String contactId) {
      world.supabase.update(
          table(), id, JSON.objectNode().put(mapping("supabase").contactIdPath(), contactId));
    }

    @Override
    public void delete(String id) {
      world.supabase.update(
          table(), id, JSON.objectNode().put("deleted_at", Instant.now().toString()));
    }

    @Override
    public void restore(String id) {
      world.supabase.update(table(), id, JSON.objectNode().putNull("deleted_at"));
    }

    @Override
    public void destroy(String id) {
      world.supabase.delete(table(), id);
    }

    @Override
    public List<ObjectNode> records() {
      return world.supabase.rows(table()).stream().map(row -> (ObjectNode) row).toList();
    }

    @Override
    public String idOf(ObjectNode record) {
      return record.get("id").asText();
    }
  }

  /** With a SQL client on the file. */
  private final class Local implements Desk {

    @Override
    public String add(Map<String, JsonNode> fields) {
      String columns = String.join(", ", fields.keySet());
      String marks = fields.keySet().stream().map(f -> "?").collect(Collectors.joining(", "));
      String sql =
          "insert into contacts_master (" + columns + ") values (" + marks + ") returning id";
      try (Connection connection = world.local();
          PreparedStatement insert = connection.prepareStatement(sql)) {
        int i = 1;
        for (JsonNode value : fields.values()) {
          insert.setObject(i++, stored(value));
        }
        try (ResultSet id = insert.executeQuery()) {
          id.next();
          return id.getString(1);
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void edit(String id, String field, JsonNode value) {
      run("update contacts_master set " + field + " = ? where id = ?", stored(value), id);
    }

    @Override
    public void editContactId(String id, String contactId) {
      run("update contacts_master set contact_id = ? where id = ?", contactId, id);
    }

    @Override
    public void delete(String id) {
      run("update contacts_master set deleted_at = ? where id = ?", Instant.now().toString(), id);
    }

    @Override
    public void restore(String id) {
      run("update contacts_master set deleted_at = ? where id = ?", null, id);
    }

    @Override
    public void destroy(String id) {
      run("delete from contacts_master where id is not ? and id = ?", null, id);
    }

    private void run(String sql, Object value, String id) {
      try (Connection connection = world.local();
          PreparedStatement update = connection.prepareStatement(sql)) {
        update.setObject(1, value);
        update.setLong(2, Long.parseLong(id));
        assertThat(update.executeUpdate()).isOne();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    private static Object stored(JsonNode value) {
      if (value.isNull()) {
        return null;
      }
      if (value.isBoolean()) {
        return value.booleanValue() ? 1 : 0;
      }
      return value.isTextual() ? value.textValue() : value.toString();
    }

    @Override
    public List<ObjectNode> records() {
      List<ObjectNode> records = new ArrayList<>();
      try (Connection connection = world.local();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select * from contacts_master")) {
        while (rows.next()) {
          ObjectNode record = JSON.objectNode();
          for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            Object value = rows.getObject(i);
            record.set(rows.getMetaData().getColumnName(i), told(value));
          }
          records.add(record);
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
      return records;
    }

    private static JsonNode told(Object value) {
      if (value == null) {
        return NullNode.getInstance();
      }
      if (value instanceof Double number) {
        return JSON.numberNode(number);
      }
      return value instanceof Number number
          ? JSON.numberNode(number.longValue())
          : TextNode.valueOf(value.toString());
    }

    @Override
    public String idOf(ObjectNode record) {
      return record.get("id").asText();
    }
  }
}
