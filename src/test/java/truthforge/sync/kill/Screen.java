package truthforge.sync.kill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One system as its own people use it, past the service. Every change is either made, and
 * acknowledged by the system, or refused because the record is no longer as it was seen: so of each
 * acknowledged edit it is known what its author had seen.
 */
interface Screen {

  ObjectMapper JSON = new ObjectMapper();

  /** What people edit: the field and its name in Twenty. */
  Map<String, String> FIELDS =
      Map.of(
          "notes", "contactNotes",
          "nickname", "nickname",
          "job_title", "jobTitle",
          "department", "department");

  /**
   * A record that lives.
   *
   * @param id what the system calls it
   * @param contactId null where it has none yet
   * @param fields of {@link #FIELDS}; what is empty is missing
   * @param updated as the system tells it
   */
  record Person(
      String id,
      String contactId,
      Map<String, String> fields,
      List<String> emails,
      String updated,
      JsonNode raw) {}

  String system();

  /** All records that live there. */
  List<Person> people();

  /** The record of a contact; null where none lives. */
  Person look(String contactId);

  /** Whether the value was taken; not if the record has changed since it was seen. */
  boolean set(Person seen, String field, String value);

  /** Likewise. */
  boolean addEmail(Person seen, String email);

  /** Into the trash, whatever else has changed. Whether the record was there. */
  boolean delete(Person seen);

  /** Out of the trash; likewise. */
  boolean restore(Person seen);

  /** A new person, known to nobody else. Whether the system took it. */
  boolean add(String email, String notes);

  /** BigQuery takes 25 changes of a table in ten seconds, whoever makes them. */
  final class TooOften extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** The API of one system. */
  final class Api {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final Map<String, String> headers;

    Api(String url, Map<String, String> headers) {
      this.url = url;
      this.headers = headers;
    }

    JsonNode call(String method, String pathAndQuery, JsonNode body) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(url + pathAndQuery))
              .timeout(PATIENCE)
              .header("Content-Type", "application/json")
              .method(
                  method,
                  body == null
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body.toString()));
      headers.forEach(request::header);
      try {
        HttpResponse<String> answer =
            client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 403 && answer.body().contains("rateLimitExceeded")) {
          throw new TooOften();
        }
        if (answer.statusCode() / 100 != 2) {
          throw new IllegalStateException(
              method + " was answered " + answer.statusCode() + ": " + answer.body());
        }
        return answer.body().isEmpty() ? JsonNodeFactory.instance.nullNode() : json(answer.body());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + text, e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static void put(Map<String, String> fields, String name, JsonNode value) {
    if (!value.asText("").isEmpty() && !value.isNull()) {
      fields.put(name, value.asText());
    }
  }

  /** A person at BigQuery's console. */
  record BigQuery(Api api, String project) implements Screen {

    private static final String TABLE = "identity.contacts_master";
    private static final List<String> COLUMNS = List.copyOf(FIELDS.keySet());

    BigQuery(Map<String, String> settings) {
      this(new Api(settings.get("bigquery.url"), Map.of()), settings.get("bigquery.project"));
    }

    @Override
    public String system() {
      return "bigquery";
    }

    private JsonNode query(String sql) {
      JsonNode answer =
          api.call(
              "POST",
              "/bigquery/v2/projects/" + project + "/queries",
              JSON.createObjectNode()
                  .put("useLegacySql", false)
                  .put("query", sql)
                  .put("timeoutMs", 60_000));
      if (!answer.path("jobComplete").asBoolean() || answer.has("pageToken")) {
        throw new IllegalStateException("One answer was to hold all: " + answer.path("pageToken"));
      }
      return answer;
    }

    private List<Person> select(String where) {
      List<Person> found = new ArrayList<>();
      JsonNode answer =
          query(
              "SELECT contact_id, emails, updated_at, sync_metadata, "
                  + String.join(", ", COLUMNS)
                  + " FROM "
                  + TABLE
                  + " WHERE deleted_at IS NULL"
                  + where);
      for (JsonNode row : answer.path("rows")) {
        JsonNode cells = row.get("f");
        List<String> emails = new ArrayList<>();
        cells.get(1).get("v").forEach(email -> emails.add(email.get("v").asText()));
        Map<String, String> fields = new TreeMap<>();
        for (int i = 0; i < COLUMNS.size(); i++) {
          put(fields, COLUMNS.get(i), cells.get(4 + i).get("v"));
        }
        String id = cells.get(0).get("v").asText(null);
        found.add(new Person(id, id, fields, emails, cells.get(2).get("v").asText(), row));
      }
      return found;
    }

    @Override
    public List<Person> people() {
      return select("");
    }

    @Override
    public Person look(String contactId) {
      List<Person> found = select(" AND contact_id = '" + contactId + "'");
      return found.isEmpty() ? null : found.get(0);
    }

    private boolean update(String set, String where) {
      return changed(
          "UPDATE " + TABLE + " SET " + set + ", updated_at = CURRENT_TIMESTAMP() WHERE " + where);
    }

    private boolean changed(String statement) {
      try {
        return query(statement).path("numDmlAffectedRows").asInt() == 1;
      } catch (TooOften e) {
        return false;
      }
    }

    @Override
    public boolean set(Person seen, String field, String value) {
      String before = seen.fields.get(field);
      return update(
          field + " = '" + value + "'",
          "deleted_at IS NULL AND contact_id = '"
              + seen.id
              + "' AND "
              + field
              + (before == null ? " IS NULL" : " = '" + before + "'"));
    }

    @Override
    public boolean addEmail(Person seen, String email) {
      return update(
          "emails = ARRAY_CONCAT(emails, ['" + email + "'])",
          "deleted_at IS NULL AND contact_id = '" + seen.id + "'");
    }

    @Override
    public boolean delete(Person seen) {
      return update("deleted_at = CURRENT_TIMESTAMP()", "contact_id = '" + seen.id + "'");
    }

    @Override
    public boolean restore(Person seen) {
      return update("deleted_at = NULL", "contact_id = '" + seen.id + "'");
    }

    @Override
    public boolean add(String email, String notes) {
      return changed(
          "INSERT INTO "
              + TABLE
              + " (contact_id, first_name, last_name, emails, notes, created_at, updated_at)"
              + " VALUES ('"
              + UUID.randomUUID()
              + "', 'New', 'Person', ['"
              + email
              + "'], '"
              + notes
              + "', CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP())");
    }
  }

  /** A person at Twenty's screen. */
  record Twenty(Api api) implements Screen {

    private static final String FIRST_ID = new UUID(0, 0).toString();

    Twenty(Map<String, String> settings) {
      this(
          new Api(settings.get("twenty.url"), Map.of("Authorization", "Bearer twenty-user-token")));
    }

    @Override
    public String system() {
      return "twenty";
    }

    private List<Person> select(String filter) {
      List<Person> found = new ArrayList<>();
      JsonNode answer = api.call("GET", "/rest/people?limit=60&filter=" + encoded(filter), null);
      for (JsonNode person : answer.at("/data/people")) {
        Map<String, String> fields = new TreeMap<>();
        FIELDS.forEach((field, property) -> put(fields, field, person.path(property)));
        List<String> emails = new ArrayList<>();
        JsonNode composite = person.path("emails");
        if (!composite.path("primaryEmail").asText("").isEmpty()) {
          emails.add(composite.get("primaryEmail").asText());
        }
        composite.path("additionalEmails").forEach(email -> emails.add(email.asText()));
        found.add(
            new Person(
                person.get("id").asText(),
                person.path("contactId").asText(null),
                fields,
                emails,
                person.get("updatedAt").asText(),
                person));
      }
      return found;
    }

    @Override
    public List<Person> people() {
      List<Person> all = new ArrayList<>();
      String after = FIRST_ID;
      while (true) {
        List<Person> page = select("and(deletedAt[is]:NULL,id[gt]:\"" + after + "\")");
        if (page.isEmpty()) {
          return all;
        }
        all.addAll(page);
        after = page.get(page.size() - 1).id;
      }
    }

    @Override
    public Person look(String contactId) {
      List<Person> found = select("and(deletedAt[is]:NULL,contactId[eq]:\"" + contactId + "\")");
      return found.isEmpty() ? null : found.get(0);
    }

    private boolean patch(Person seen, ObjectNode body) {
      return api.call(
                  "PATCH",
                  "/rest/people?filter="
                      + encoded(
                          "and(id[eq]:\"" + seen.id + "\",updatedAt[eq]:\"" + seen.updated + "\")"),
                  body)
              .at("/data/updatePeople")
              .size()
          == 1;
    }

    @Override
    public boolean set(Person seen, String field, String value) {
      return patch(seen, JSON.createObjectNode().put(FIELDS.get(field), value));
    }

    @Override
    public boolean addEmail(Person seen, String email) {
      ObjectNode composite = seen.raw.get("emails").deepCopy();
      if (composite.path("primaryEmail").asText("").isEmpty()) {
        composite.put("primaryEmail", email);
      } else if (composite.get("additionalEmails") instanceof ArrayNode more) {
        more.add(email);
      } else {
        composite.putArray("additionalEmails").add(email);
      }
      ObjectNode body = JSON.createObjectNode();
      body.set("emails", composite);
      return patch(seen, body);
    }

    @Override
    public boolean delete(Person seen) {
      return api.call(
                  "DELETE",
                  "/rest/people?soft_delete=true&filter=" + encoded("id[eq]:\"" + seen.id + "\""),
                  null)
              .at("/data/deletePeople")
              .size()
          == 1;
    }

    @Override
    public boolean restore(Person seen) {
      return api.call(
                  "PATCH",
                  "/rest/restore/people?filter=" + encoded("id[eq]:\"" + seen.id + "\""),
                  null)
              .at("/data/restorePeople")
              .size()
          == 1;
    }

    @Override
    public boolean add(String email, String notes) {
      ObjectNode person = JSON.createObjectNode();
      person.putObject("name").put("firstName", "New").put("lastName", "Person");
      person.putObject("emails").put("primaryEmail", email).putArray("additionalEmails");
      person.put("contactNotes", notes);
      return api.call("POST", "/rest/people", person).at("/data/createPerson").isObject();
    }
  }

  /** A person at Supabase's table editor. */
  record Supabase(Api api) implements Screen {

    private static final String ROWS = "/rest/v1/contacts_master";

    Supabase(Map<String, String> settings) {
      this(
          new Api(
              settings.get("supabase.url"),
              Map.of("apikey", settings.get("supabase.key"), "Prefer", "return=representation")));
    }

    @Override
    public String system() {
      return "supabase";
    }

    private List<Person> select(String filter) {
      List<Person> found = new ArrayList<>();
      for (JsonNode row :
          api.call("GET", ROWS + "?select=*&deleted_at=is.null&order=id.asc" + filter, null)) {
        Map<String, String> fields = new TreeMap<>();
        FIELDS.keySet().forEach(field -> put(fields, field, row.path(field)));
        List<String> emails = new ArrayList<>();
        row.path("emails").forEach(email -> emails.add(email.asText()));
        found.add(
            new Person(
                row.get("id").asText(),
                row.path("contact_id").asText(null),
                fields,
                emails,
                row.get("updated_at").asText(),
                row));
      }
      return found;
    }

    @Override
    public List<Person> people() {
      List<Person> all = new ArrayList<>();
      while (true) {
        List<Person> page = select("&limit=1000&offset=" + all.size());
        if (page.isEmpty()) {
          return all;
        }
        all.addAll(page);
      }
    }

    @Override
    public Person look(String contactId) {
      List<Person> found = select("&limit=1&contact_id=eq." + contactId);
      return found.isEmpty() ? null : found.get(0);
    }

    private boolean patch(String filter, ObjectNode body) {
      return api.call("PATCH", ROWS + "?" + filter, body).size() == 1;
    }

    private static String asSeen(Person seen) {
      return "id=eq." + seen.id + "&updated_at=eq." + encoded(seen.updated);
    }

    @Override
    public boolean set(Person seen, String field, String value) {
      return patch(asSeen(seen), JSON.createObjectNode().put(field, value));
    }

    @Override
    public boolean addEmail(Person seen, String email) {
      ObjectNode body = JSON.createObjectNode();
      ArrayNode emails = body.putArray("emails");
      seen.emails.forEach(emails::add);
      emails.add(email);
      return patch(asSeen(seen), body);
    }

    @Override
    public boolean delete(Person seen) {
      return patch(
          "id=eq." + seen.id, JSON.createObjectNode().put("deleted_at", Instant.now().toString()));
    }

    @Override
    public boolean restore(Person seen) {
      return patch("id=eq." + seen.id, JSON.createObjectNode().putNull("deleted_at"));
    }

    @Override
    public boolean add(String email, String notes) {
      ObjectNode row = JSON.createObjectNode();
      row.put("first_name", "New").put("last_name", "Person").put("notes", notes);
      row.putArray("emails").add(email);
      return api.call("POST", ROWS, row).size() == 1;
    }
  }

  /** Somebody's program on the local SQLite file. */
  record Local(String jdbcUrl) implements Screen {

    Local(Map<String, String> settings) {
      this(settings.get("local.jdbc-url"));
    }

    @Override
    public String system() {
      return "local";
    }

    Connection connect() throws SQLException {
      Connection local = DriverManager.getConnection(jdbcUrl);
      try (Statement statement = local.createStatement()) {
        statement.execute("pragma busy_timeout = 60000");
        return local;
      } catch (SQLException e) {
        local.close();
        throw e;
      }
    }

    private int update(String sql, String... values) {
      try (Connection local = connect();
          PreparedStatement statement = local.prepareStatement(sql)) {
        for (int i = 0; i < values.length; i++) {
          statement.setString(i + 1, values[i]);
        }
        return statement.executeUpdate();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    private List<Person> select(String where) {
      try (Connection local = connect();
          Statement statement = local.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "select * from contacts_master where deleted_at is null" + where)) {
        List<Person> found = new ArrayList<>();
        while (rows.next()) {
          Map<String, String> fields = new TreeMap<>();
          for (String field : FIELDS.keySet()) {
            String value = rows.getString(field);
            if (value != null && !value.isEmpty()) {
              fields.put(field, value);
            }
          }
          List<String> emails = new ArrayList<>();
          String list = rows.getString("emails");
          json(list == null ? "[]" : list).forEach(email -> emails.add(email.asText()));
          found.add(
              new Person(
                  rows.getString("id"),
                  rows.getString("contact_id"),
                  fields,
                  emails,
                  rows.getString("updated_at"),
                  JsonNodeFactory.instance.textNode(rows.getString("sync_metadata"))));
        }
        return found;
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public List<Person> people() {
      return select("");
    }

    @Override
    public Person look(String contactId) {
      List<Person> found = select(" and contact_id = '" + contactId + "'");
      return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public boolean set(Person seen, String field, String value) {
      return update(
              "update contacts_master set "
                  + field
                  + " = ? where id = ? and deleted_at is null and "
                  + field
                  + " is ?",
              value,
              seen.id,
              seen.fields.get(field))
          == 1;
    }

    @Override
    public boolean addEmail(Person seen, String email) {
      return update(
              "update contacts_master set emails = json_insert(coalesce(emails, '[]'), '$[#]', ?)"
                  + " where id = ? and deleted_at is null",
              email,
              seen.id)
          == 1;
    }

    @Override
    public boolean delete(Person seen) {
      return update(
              "update contacts_master set deleted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
                  + " where id = ?",
              seen.id)
          == 1;
    }

    @Override
    public boolean restore(Person seen) {
      return update("update contacts_master set deleted_at = null where id = ?", seen.id) == 1;
    }

    @Override
    public boolean add(String email, String notes) {
      return update(
              "insert into contacts_master (first_name, last_name, emails, notes)"
                  + " values ('New', 'Person', json_array(?), ?)",
              email,
              notes)
          == 1;
    }
  }
}
