package truthforge.sync.operate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import truthforge.sync.sandbox.StandInRequest;

/**
 * What people do in each of the four systems, and what then stands there. People are told by their
 * first names. Their own way in is not cut off by faults that are injected for {@link #theirs} not.
 */
final class Hands {

  private static final String MARK = "X-By-Hand";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final World world;
  private final HttpClient http = HttpClient.newHttpClient();

  Hands(World world) {
    this.world = world;
  }

  /** Whether a request is one of these hands, not of the service. */
  static boolean theirs(StandInRequest request) {
    return request.header(MARK) != null;
  }

  /** Adds a person, without a contact id where the system's people need none. */
  void add(String system, String name) throws Exception {
    String email = name.toLowerCase(Locale.ROOT) + "@example.com";
    switch (system) {
      case "bigquery" ->
          world.bigquery.execute(
              "INSERT INTO identity.contacts_master (contact_id, first_name, last_name, emails,"
                  + " created_at, updated_at) VALUES ('"
                  + UUID.randomUUID()
                  + "', '"
                  + name
                  + "', 'Person', ['"
                  + email
                  + "'], TIMESTAMP '"
                  + now()
                  + "', TIMESTAMP '"
                  + now()
                  + "')");
      case "twenty" ->
          twenty(
              "POST",
              "/rest/people",
              "{\"name\":{\"firstName\":\""
                  + name
                  + "\",\"lastName\":\"Person\"},\"emails\":{\"primaryEmail\":\""
                  + email
                  + "\",\"additionalEmails\":[]}}");
      case "supabase" -> {
        ObjectNode row = JSON.createObjectNode();
        row.put("first_name", name).put("last_name", "Person").putArray("emails").add(email);
        world.supabase.insert("contacts_master", row);
      }
      default ->
          world.sql(
              "insert into contacts_master(first_name, last_name, emails) values ('"
                  + name
                  + "', 'Person', '[\""
                  + email
                  + "\"]')");
    }
  }

  void rename(String system, String from, String to) throws Exception {
    switch (system) {
      case "bigquery" ->
          world.bigquery.execute(
              "UPDATE identity.contacts_master SET first_name = '"
                  + to
                  + "', updated_at = TIMESTAMP '"
                  + now()
                  + "' WHERE first_name = '"
                  + from
                  + "'");
      case "twenty" -> patch(from, "{\"name\":{\"firstName\":\"" + to + "\"}}");
      case "supabase" -> set(from, JSON.createObjectNode().put("first_name", to));
      default ->
          world.sql(
              "update contacts_master set first_name = '"
                  + to
                  + "' where first_name = '"
                  + from
                  + "'");
    }
  }

  /** Notes of the person, whatever is there. */
  void note(String system, String name, String notes) throws Exception {
    switch (system) {
      case "bigquery" ->
          world.bigquery.execute(
              "UPDATE identity.contacts_master SET notes = '"
                  + notes
                  + "', updated_at = TIMESTAMP '"
                  + now()
                  + "' WHERE first_name = '"
                  + name
                  + "'");
      case "twenty" -> patch(name, "{\"contactNotes\":\"" + notes + "\"}");
      case "supabase" -> set(name, JSON.createObjectNode().put("notes", notes));
      default ->
          world.sql(
              "update contacts_master set notes = '"
                  + notes
                  + "' where first_name = '"
                  + name
                  + "'");
    }
  }

  /** Deletes as people do there: into the trash, where the system has one. */
  void delete(String system, String name) throws Exception {
    switch (system) {
      case "bigquery" ->
          world.bigquery.execute(
              "UPDATE identity.contacts_master SET deleted_at = TIMESTAMP '"
                  + now()
                  + "', updated_at = TIMESTAMP '"
                  + now()
                  + "' WHERE first_name = '"
                  + name
                  + "'");
      case "twenty" ->
          twenty("DELETE", "/rest/people/" + personOf(name) + "?soft_delete=true", null);
      case "supabase" -> set(name, JSON.createObjectNode().put("deleted_at", now()));
      default ->
          world.sql(
              "update contacts_master set deleted_at = '"
                  + now()
                  + "' where first_name = '"
                  + name
                  + "'");
    }
  }

  /** First names of all that live there, in order; a person who stands twice is told twice. */
  List<String> names(String system) throws Exception {
    return column(system, "first_name", "firstName");
  }

  /** The notes of all that live there and have some, in order. */
  List<String> notes(String system) throws Exception {
    return column(system, "notes", "contactNotes");
  }

  private List<String> column(String system, String column, String field) throws Exception {
    List<String> found = new ArrayList<>();
    switch (system) {
      case "bigquery" ->
          world
              .bigquery
              .rows("identity", "contacts_master")
              .forEach(row -> tell(row, column, found));
      case "twenty" ->
          world
              .twenty
              .people()
              .forEach(
                  person -> {
                    JsonNode told = field.equals("firstName") ? person.path("name") : person;
                    if (!person.hasNonNull("deletedAt") && !told.path(field).asText("").isEmpty()) {
                      found.add(told.path(field).asText());
                    }
                  });
      case "supabase" ->
          world.supabase.rows("contacts_master").forEach(row -> tell(row, column, found));
      default -> {
        try (Connection connection = world.local();
            Statement statement = connection.createStatement();
            ResultSet rows =
                statement.executeQuery(
                    "select "
                        + column
                        + " from contacts_master where deleted_at is null and "
                        + column
                        + " is not null")) {
          while (rows.next()) {
            found.add(rows.getString(1));
          }
        }
      }
    }
    return found.stream().sorted().toList();
  }

  private static void tell(JsonNode row, String column, List<String> found) {
    if (!row.hasNonNull("deleted_at") && row.hasNonNull(column)) {
      found.add(row.get(column).asText());
    }
  }

  private String now() {
    return world.watches.get("bigquery").instant().truncatedTo(ChronoUnit.MICROS).toString();
  }

  void set(String name, ObjectNode columns) {
    JsonNode row =
        world.supabase.rows("contacts_master").stream()
            .filter(r -> r.path("first_name").asText().equals(name))
            .findFirst()
            .orElseThrow();
    world.supabase.update("contacts_master", row.get("id").asText(), columns);
  }

  void patch(String name, String body) throws Exception {
    twenty("PATCH", "/rest/people/" + personOf(name), body);
  }

  private String personOf(String name) {
    return world.twenty.people().stream()
        .filter(person -> person.path("name").path("firstName").asText().equals(name))
        .findFirst()
        .orElseThrow()
        .path("id")
        .asText();
  }

  /** A call of Twenty's own API, with a person's token. */
  JsonNode twenty(String method, String path, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(world.twenty.url() + path))
            .header("Authorization", "Bearer " + world.twenty.userToken())
            .header("Content-Type", "application/json")
            .header(MARK, "1")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    var answer = http.send(request.build(), BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IllegalStateException("Twenty answered " + answer.statusCode());
    }
    return JSON.readTree(answer.body());
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
