package truthforge.sync.operate.port;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The OpenAPI document of the HTTP interface. */
final class OpenApi {

  static final String PATH = "/api/openapi.json";

  private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

  private OpenApi() {}

  static ObjectNode of(List<Endpoint> endpoints) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("openapi", "3.0.3");
    document
        .putObject("info")
        .put("title", "Truth Forge Sync")
        .put("version", "1")
        .put("description", "What the operator's page and the commands use.");
    document.putArray("security").addObject().putArray("token");
    ObjectNode components = document.putObject("components");
    components
        .putObject("securitySchemes")
        .putObject("token")
        .put("type", "http")
        .put("scheme", "bearer");
    ObjectNode error = components.putObject("schemas").putObject("Error");
    error.put("type", "object");
    error.putObject("properties").set("error", string("What is the matter, and what to do next"));
    ObjectNode paths = document.putObject("paths");
    for (Endpoint endpoint : endpoints) {
      ObjectNode path =
          paths.get(endpoint.path()) instanceof ObjectNode present
              ? present
              : paths.putObject(endpoint.path());
      path.set(endpoint.method().toLowerCase(Locale.ROOT), operation(endpoint));
    }
    return document;
  }

  private static ObjectNode operation(Endpoint endpoint) {
    ObjectNode operation = JsonNodeFactory.instance.objectNode();
    operation.put("operationId", endpoint.name());
    operation.put("summary", endpoint.summary());
    ArrayNode parameters = operation.putArray("parameters");
    Matcher names = PARAMETER.matcher(endpoint.path());
    while (names.find()) {
      ObjectNode parameter = parameters.addObject();
      parameter.put("name", names.group(1)).put("in", "path").put("required", true);
      parameter.putObject("schema").put("type", "string");
    }
    for (Endpoint.Parameter query : endpoint.query()) {
      ObjectNode parameter = parameters.addObject();
      parameter.put("name", query.name()).put("in", "query").put("required", query.required());
      parameter.put("description", query.description());
      parameter.putObject("schema").put("type", query.type());
    }
    if (!endpoint.body().isEmpty()) {
      body(operation.putObject("requestBody"), endpoint.body());
    }
    ObjectNode responses = operation.putObject("responses");
    responses
        .putObject("200")
        .put("description", "As asked")
        .putObject("content")
        .putObject("application/json")
        .putObject("schema");
    responses.set("default", failure());
    return operation;
  }

  private static void body(ObjectNode request, List<Endpoint.Parameter> properties) {
    ObjectNode schema =
        request.putObject("content").putObject("application/json").putObject("schema");
    schema.put("type", "object");
    ObjectNode all = schema.putObject("properties");
    ArrayNode required = JsonNodeFactory.instance.arrayNode();
    for (Endpoint.Parameter property : properties) {
      ObjectNode one = all.putObject(property.name()).put("description", property.description());
      if (!property.type().isEmpty()) {
        one.put("type", property.type());
      }
      if (property.type().equals("array")) {
        one.putObject("items").put("type", "integer");
      }
      if (property.required()) {
        required.add(property.name());
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
  }

  private static ObjectNode failure() {
    ObjectNode failure = JsonNodeFactory.instance.objectNode();
    failure.put(
        "description",
        "400 asked wrongly, or of an id that there is not, 401 no token, 403 not from our page,"
            + " 404 nothing at this address, 409 not now, 503 a system or the ledger cannot be"
            + " reached");
    failure
        .putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", "#/components/schemas/Error");
    return failure;
  }

  private static ObjectNode string(String description) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "string")
        .put("description", description);
  }
}
