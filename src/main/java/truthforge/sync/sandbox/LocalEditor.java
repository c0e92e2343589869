package truthforge.sync.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** A person with a SQL client on the local database, whose trigger moves {@code updated_at}. */
final class LocalEditor implements LiveEditor {

  private static final Set<String> FLAGS = Set.of("is_business", "is_me");

  /** What is JSON text in SQLite. */
  private static final Set<String> JSON_TEXTS =
      Set.of(
          "emails",
          "phones",
          "social_profiles",
          "llm_context",
          "communication_stats",
          "social_network",
          "ai_insights",
          "recommendations");

  private final SampleSystems systems;
  private final Random random;

  LocalEditor(SampleSystems systems, Random random) {
    this.systems = systems;
    this.random = random;
  }

  @Override
  public Found find(boolean deleted) {
    String from =
        " from " + SampleSystems.TABLE + " where deleted_at is " + (deleted ? "not null" : "null");
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      long count;
      try (ResultSet counted = statement.executeQuery("select count(*)" + from)) {
        counted.next();
        count = counted.getLong(1);
      }
      if (count == 0) {
        return null;
      }
      long place = (long) (random.nextDouble() * count);
      try (ResultSet row =
          statement.executeQuery("select *" + from + " order by id limit 1 offset " + place)) {
        return row.next() ? found(row) : null;
      }
    } catch (SQLException e) {
      throw refused(e);
    }
  }

  private static Found found(ResultSet row) throws SQLException {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
      String column = row.getMetaData().getColumnName(i);
      String text = row.getString(i);
      if (text != null) {
        fields.set(column, value(column, text));
      }
    }
    return new Found(row.getString("id"), fields, fields);
  }

  private static JsonNode value(String column, String text) {
    if (FLAGS.contains(column)) {
      return JsonNodeFactory.instance.booleanNode(text.equals("1"));
    }
    if (JSON_TEXTS.contains(column)) {
      try {
        return SampleHttp.JSON.readTree(text);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("The column " + column + " holds no JSON", e);
      }
    }
    return JsonNodeFactory.instance.textNode(text);
  }

  @Override
  public boolean set(Found found, String field, JsonNode value) {
    update(field + " = ?", value, found);
    return true;
  }

  private void update(String set, JsonNode value, Found found) {
    try (Connection connection = connect();
        PreparedStatement statement =
            connection.prepareStatement(
                "update " + SampleSystems.TABLE + " set " + set + " where id = ?")) {
      int place = 1;
      if (value != null) {
        bind(statement, place++, value);
      }
      statement.setLong(place, Long.parseLong(found.id()));
      if (statement.executeUpdate() != 1) {
        throw new IllegalStateException("A live edit met a row that is gone");
      }
    } catch (SQLException e) {
      throw refused(e);
    }
  }

  private static void bind(PreparedStatement statement, int place, JsonNode value)
      throws SQLException {
    if (value.isBoolean()) {
      statement.setInt(place, value.booleanValue() ? 1 : 0);
    } else if (value.isNull()) {
      statement.setString(place, null);
    } else {
      statement.setString(place, value.isTextual() ? value.textValue() : value.toString());
    }
  }

  @Override
  public boolean append(Found found, String list, String item) {
    ArrayNode items =
        found.fields().get(list) instanceof ArrayNode present
            ? present.deepCopy()
            : JsonNodeFactory.instance.arrayNode();
    return set(found, list, items.add(item));
  }

  @Override
  public boolean delete(Found found, boolean deleted) {
    if (deleted) {
      update("deleted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", null, found);
    } else {
      update("deleted_at = ?", NullNode.instance, found);
    }
    return true;
  }

  @Override
  public String organization(SampleFirms firms) {
    return firms.pick(random);
  }

  @Override
  public String add(ObjectNode fields) {
    List<String> columns = new ArrayList<>();
    fields.fieldNames().forEachRemaining(columns::add);
    String sql =
        "insert into "
            + SampleSystems.TABLE
            + " ("
            + String.join(", ", columns)
            + ") values ("
            + columns.stream().map(column -> "?").collect(Collectors.joining(", "))
            + ") returning id";
    try (Connection connection = connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < columns.size(); i++) {
        bind(statement, i + 1, fields.get(columns.get(i)));
      }
      try (ResultSet added = statement.executeQuery()) {
        added.next();
        return added.getString(1);
      }
    } catch (SQLException e) {
      throw refused(e);
    }
  }

  private Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection(systems.localJdbcUrl());
    try (Statement statement = connection.createStatement()) {
      // The service writes there too.
      statement.execute("pragma busy_timeout = 10000");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static IllegalStateException refused(SQLException e) {
    return new IllegalStateException("A live edit was refused by the local database", e);
  }
}
