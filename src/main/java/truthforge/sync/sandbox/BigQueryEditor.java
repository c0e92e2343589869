package truthforge.sync.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A person at BigQuery's console, who mostly sets {@code updated_at} along with what they change,
 * and forgets it sometimes.
 */
final class BigQueryEditor implements LiveEditor {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String TABLE = SampleSystems.DATASET + "." + SampleSystems.TABLE;
  private static final double FORGOTTEN_SHARE = 0.15;
  private static final Set<String> DOCUMENTS =
      Set.of(
          "social_profiles",
          "llm_context",
          "communication_stats",
          "social_network",
          "ai_insights",
          "recommendations");

  private final SampleHttp http;
  private final String queries;
  private final Random random;
  private final double forgotten;

  BigQueryEditor(SampleSystems systems, Random random) {
    this(systems, random, FORGOTTEN_SHARE);
  }

  /**
   * @param forgotten how often {@code updated_at} is forgotten, from 0 to 1
   */
  BigQueryEditor(SampleSystems systems, Random random, double forgotten) {
    this.random = random;
    this.forgotten = forgotten;
    http = new SampleHttp(systems.bigquery().url(), null, null);
    queries = "/bigquery/v2/projects/" + systems.project() + "/queries";
  }

  @Override
  public Found find(boolean deleted) {
    String from = " FROM " + TABLE + " WHERE deleted_at IS " + (deleted ? "NOT NULL" : "NULL");
    JsonNode counted = query("SELECT COUNT(*)" + from, Map.of());
    long count = counted.at("/rows/0/f/0/v").asLong();
    if (count == 0) {
      return null;
    }
    long place = (long) (random.nextDouble() * count);
    JsonNode answer =
        query("SELECT *" + from + " ORDER BY contact_id LIMIT 1 OFFSET " + place, Map.of());
    if (answer.path("rows").isEmpty()) {
      return null;
    }
    ObjectNode fields = JSON.objectNode();
    int column = 0;
    for (JsonNode schema : answer.at("/schema/fields")) {
      JsonNode value = answer.at("/rows/0/f").path(column++).path("v");
      if (!value.isNull()) {
        fields.set(schema.get("name").textValue(), value(schema, value));
      }
    }
    return new Found(fields.get("contact_id").textValue(), fields, fields);
  }

  private static JsonNode value(JsonNode schema, JsonNode value) {
    if (schema.path("mode").asText().equals("REPEATED")) {
      ArrayNode items = JSON.arrayNode();
      value.forEach(item -> items.add(item.get("v")));
      return items;
    }
    return switch (schema.path("type").asText()) {
      case "BOOLEAN" -> JSON.booleanNode(value.asText().equals("true"));
      case "JSON" -> {
        try {
          yield SampleHttp.JSON.readTree(value.textValue());
        } catch (JsonProcessingException e) {
          throw new IllegalStateException("A JSON column holds no JSON", e);
        }
      }
      default -> value;
    };
  }

  @Override
  public boolean set(Found found, String field, JsonNode value) {
    return update(found, field + " = @value", Map.of("value", parameter(field, value)));
  }

  private boolean update(Found found, String set, Map<String, ObjectNode> parameters) {
    boolean touched = random.nextDouble() >= forgotten;
    Map<String, ObjectNode> all = new LinkedHashMap<>(parameters);
    all.put("id", parameter("contact_id", JSON.textNode(found.id())));
    String sql =
        "UPDATE "
            + TABLE
            + " SET "
            + set
            + (touched ? ", updated_at = CURRENT_TIMESTAMP()" : "")
            + " WHERE contact_id = @id";
    change(sql, all);
    return touched;
  }

  @Override
  public boolean append(Found found, String list, String item) {
    ArrayNode items =
        found.fields().get(list) instanceof ArrayNode present
            ? present.deepCopy()
            : JSON.arrayNode();
    return set(found, list, items.add(item));
  }

  @Override
  public boolean delete(Found found, boolean deleted) {
    return update(found, "deleted_at = " + (deleted ? "CURRENT_TIMESTAMP()" : "NULL"), Map.of());
  }

  @Override
  public String organization(SampleFirms firms) {
    return firms.pick(random);
  }

  @Override
  public String add(ObjectNode fields) {
    String id = SampleMaker.uuidOfVersion7(random).toString();
    List<String> columns = new ArrayList<>(List.of("contact_id"));
    Map<String, ObjectNode> parameters = new LinkedHashMap<>();
    parameters.put("contact_id", parameter("contact_id", JSON.textNode(id)));
    fields
        .properties()
        .forEach(
            field -> {
              columns.add(field.getKey());
              parameters.put(field.getKey(), parameter(field.getKey(), field.getValue()));
            });
    change(
        "INSERT INTO "
            + TABLE
            + " ("
            + String.join(", ", columns)
            + ", created_at, updated_at) VALUES ("
            + columns.stream().map(column -> "@" + column).collect(Collectors.joining(", "))
            + ", CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP())",
        parameters);
    return id;
  }

  private void change(String sql, Map<String, ObjectNode> parameters) {
    JsonNode answer = query(sql, parameters);
    if (answer.path("numDmlAffectedRows").asLong() != 1) {
      throw new IllegalStateException("A live edit met a row that is gone");
    }
  }

  private static ObjectNode parameter(String column, JsonNode value) {
    ObjectNode parameter = JSON.objectNode();
    ObjectNode type = parameter.putObject("parameterType");
    ObjectNode holder = parameter.putObject("parameterValue");
    if (value instanceof ArrayNode items) {
      type.put("type", "ARRAY").putObject("arrayType").put("type", "STRING");
      ArrayNode values = holder.putArray("arrayValues");
      items.forEach(item -> values.addObject().set("value", item));
      return parameter;
    }
    type.put(
        "type",
        column.equals("birthday")
            ? "DATE"
            : DOCUMENTS.contains(column) ? "JSON" : value.isBoolean() ? "BOOL" : "STRING");
    if (!(value instanceof NullNode)) {
      holder.put("value", value.isValueNode() ? value.asText() : value.toString());
    }
    return parameter;
  }

  /** Asks until the query has ended. */
  private JsonNode query(String sql, Map<String, ObjectNode> parameters) {
    ObjectNode request = JSON.objectNode();
    request.put("query", sql).put("useLegacySql", false).put("parameterMode", "NAMED");
    ArrayNode list = request.putArray("queryParameters");
    parameters.forEach((name, parameter) -> list.add(parameter.deepCopy().put("name", name)));
    JsonNode answer = http.call("POST", queries, request);
    while (!answer.path("jobComplete").asBoolean()) {
      answer = http.call("GET", queries + "/" + answer.at("/jobReference/jobId").asText(), null);
    }
    return answer;
  }
}
