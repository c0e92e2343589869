package truthforge.sync.sandbox.supabase;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.supabase.TableDefinition.Column;
import truthforge.sync.sandbox.supabase.TableDefinition.Privilege;

/**
 * PostgREST's description of itself, by which a client learns a table's columns and the functions
 * that there are. Holds the paths without their parameters.
 */
final class OpenApi {

  private OpenApi() {}

  static StandInAnswer answer(Database database, Session session) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("swagger", "2.0");
    root.putObject("info")
        .put("description", "")
        .put("title", "standard public schema")
        .put("version", "14.12");
    root.put("basePath", "/");
    ObjectNode paths = root.putObject("paths");
    paths.putObject("/");
    ObjectNode definitions = root.putObject("definitions");
    database.read(
        () -> {
          for (Table table : database.tables().values()) {
            TableDefinition definition = table.definition();
            if (definition.permits(session.role(), Privilege.SELECT)) {
              paths.putObject("/" + definition.name());
              describe(definition, definitions.putObject(definition.name()));
            }
          }
          return null;
        });
    for (FunctionDefinition function : database.functions().values()) {
      if (function.permits(session.role())) {
        paths.putObject("/rpc/" + function.name());
      }
    }
    return StandInAnswer.json(200, root.toString())
        .with("Content-Type", "application/openapi+json; charset=utf-8");
  }

  private static void describe(TableDefinition definition, ObjectNode out) {
    ArrayNode required = JsonNodeFactory.instance.arrayNode();
    ObjectNode properties = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < definition.columns().size(); i++) {
      Column column = definition.columns().get(i);
      if (!column.cached()) {
        continue;
      }
      if (column.notNull()) {
        required.add(column.name());
      }
      ObjectNode property = properties.putObject(column.name());
      byDefault(column, property);
      if (i == 0) {
        property.put("description", "Note:\nThis is a Primary Key.<pk/>");
      }
      type(column.type(), property);
    }
    if (!required.isEmpty()) {
      out.set("required", required);
    }
    out.set("properties", properties);
    out.put("type", "object");
  }

  private static void byDefault(Column column, ObjectNode property) {
    switch (column.byDefault()) {
      case RANDOM_UUID -> property.put("default", "gen_random_uuid()");
      case NOW -> property.put("default", "now()");
      case VALUE -> {
        if (column.value() instanceof Long number) {
          property.put("default", number);
        } else if (column.value() instanceof Boolean flag) {
          property.put("default", flag);
        } else if (column.value() instanceof String text) {
          property.put("default", text);
        }
      }
      case NULL, SEQUENCE -> {
        // not shown
      }
    }
  }

  private static void type(SqlType type, ObjectNode property) {
    switch (type.kind()) {
      case INTEGER -> property.put("format", "int32").put("type", "integer");
      case BIGINT -> property.put("format", "int64").put("type", "integer");
      case NUMERIC -> property.put("format", "numeric").put("type", "number");
      case BOOLEAN -> property.put("format", "boolean").put("type", "boolean");
      case JSONB -> property.put("format", "jsonb");
      case TEXT_ARRAY -> {
        property.put("format", "text[]");
        property.putObject("items").put("type", "string");
        property.put("type", "array");
      }
      case VARCHAR ->
          property
              .put("format", type.kind().sqlName())
              .put("maxLength", type.precision())
              .put("type", "string");
      case ENUM -> {
        ArrayNode labels = property.putArray("enum");
        type.labels().forEach(labels::add);
        property.put("format", type.kind().sqlName()).put("type", "string");
      }
      default -> property.put("format", type.kind().sqlName()).put("type", "string");
    }
  }
}
