package truthforge.sync.sandbox.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Schemas and values as REST and insertAll write them. */
final class Schemas {

  private Schemas() {}

  static List<StoredTable.Column> columns(JsonNode schema) {
    List<StoredTable.Column> columns = new ArrayList<>();
    for (JsonNode field : schema.path("fields")) {
      columns.add(
          new StoredTable.Column(
              field.path("name").asText(),
              type(field),
              "REQUIRED".equalsIgnoreCase(field.path("mode").asText()),
              null));
    }
    return columns;
  }

  private static SqlType type(JsonNode field) {
    String name = field.path("type").asText();
    SqlType type;
    if (name.equalsIgnoreCase("RECORD") || name.equalsIgnoreCase("STRUCT")) {
      List<SqlType.Column> members = new ArrayList<>();
      for (JsonNode member : field.path("fields")) {
        members.add(new SqlType.Column(member.path("name").asText(), type(member)));
      }
      type = SqlType.struct(members);
    } else {
      type = SqlType.named(name);
    }
    if (type == null) {
      throw Refusal.invalid("Invalid field type: " + name);
    }
    return "REPEATED".equalsIgnoreCase(field.path("mode").asText()) ? SqlType.array(type) : type;
  }

  static ObjectNode ofTable(List<StoredTable.Column> columns) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    ArrayNode fields = schema.putArray("fields");
    columns.forEach(c -> field(fields.addObject(), c.name(), c.type(), c.required()));
    return schema;
  }

  static ObjectNode ofResult(List<SqlType.Column> columns) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    ArrayNode fields = schema.putArray("fields");
    columns.forEach(c -> field(fields.addObject(), c.name(), c.type(), false));
    return schema;
  }

  private static void field(ObjectNode field, String name, SqlType type, boolean required) {
    field.put("name", name == null ? "" : name);
    boolean repeated = type.is(SqlType.Kind.ARRAY);
    SqlType single = repeated ? type.element() : type;
    field.put(
        "type",
        switch (single.kind()) {
          case INT64, NULL -> "INTEGER";
          case FLOAT64 -> "FLOAT";
          case BOOL -> "BOOLEAN";
          case STRUCT -> "RECORD";
          default -> single.kind().name();
        });
    field.put("mode", repeated ? "REPEATED" : required ? "REQUIRED" : "NULLABLE");
    if (single.is(SqlType.Kind.STRUCT)) {
      ArrayNode members = field.putArray("fields");
      single.fields().forEach(f -> field(members.addObject(), f.name(), f.type(), false));
    }
  }

  // --- values --------------------------------------------------------------------------------

  /**
   * A row given as a JSON object, as insertAll takes it.
   *
   * @param lenient whether a JSON column also takes a value that is no text
   * @throws Refusal for an unknown column, or a value that does not fit
   */
  static Object[] row(StoredTable table, JsonNode json, boolean ignoreUnknown, boolean lenient) {
    List<StoredTable.Column> columns = table.columns();
    Object[] values = new Object[columns.size()];
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      int place = table.column(entry.getKey());
      if (place >= 0) {
        values[place] = value(columns.get(place).type(), entry.getValue(), lenient);
      } else if (!ignoreUnknown) {
        throw Refusal.invalid("no such field: " + entry.getKey() + ".");
      }
    }
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null && columns.get(i).required()) {
        throw Refusal.invalid("Missing required field: " + columns.get(i).name() + ".");
      }
      values[i] = Executor.checked(columns.get(i), values[i]);
    }
    return values;
  }

  private static Object value(SqlType type, JsonNode json, boolean lenient) {
    if (json.isNull()) {
      return null;
    }
    switch (type.kind()) {
      case ARRAY -> {
        if (!json.isArray()) {
          throw Refusal.invalid("Array specified for non-repeated field, or the reverse.");
        }
        List<Object> items = new ArrayList<>(json.size());
        json.forEach(item -> items.add(value(type.element(), item, lenient)));
        return items;
      }
      case STRUCT -> {
        List<Object> members = new ArrayList<>();
        for (SqlType.Column member : type.fields()) {
          JsonNode value = json.path(member.name());
          members.add(value.isMissingNode() ? null : value(member.type(), value, lenient));
        }
        return members;
      }
      case JSON -> {
        if (json.isTextual()) {
          return JsonText.value(json.textValue(), true);
        }
        if (lenient) {
          return JsonText.value(json, true);
        }
        throw Refusal.invalid("This field: JSON value is not a string.");
      }
      case BYTES -> {
        return Base64.getDecoder().decode(json.asText());
      }
      default -> {
        if (json.isContainerNode()) {
          throw Refusal.invalid("This field: value is not a scalar.");
        }
        if (type.is(SqlType.Kind.TIMESTAMP) && json.isNumber()) {
          return Values.ofMicros(json.decimalValue().movePointRight(6).longValue());
        }
        return Values.cast(json.asText(), type);
      }
    }
  }

  /** A query parameter; NULL is one without a value. */
  static Code parameter(JsonNode parameter) {
    SqlType type = parameterType(parameter.path("parameterType"));
    Object value = parameterValue(type, parameter.path("parameterValue"));
    return Code.literal(type, value);
  }

  private static SqlType parameterType(JsonNode json) {
    String name = json.path("type").asText();
    if (name.equalsIgnoreCase("ARRAY")) {
      return SqlType.array(parameterType(json.path("arrayType")));
    }
    SqlType type = SqlType.named(name);
    if (type == null) {
      throw Refusal.invalid("Invalid query parameter type: " + name);
    }
    return type;
  }

  private static Object parameterValue(SqlType type, JsonNode json) {
    if (type.is(SqlType.Kind.ARRAY)) {
      List<Object> items = new ArrayList<>();
      for (JsonNode item : json.path("arrayValues")) {
        items.add(parameterValue(type.element(), item));
      }
      return items;
    }
    JsonNode value = json.path("value");
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    return type.is(SqlType.Kind.JSON)
        ? JsonText.value(value.asText(), false)
        : Values.cast(value.asText(), type);
  }
}
